import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { writeKernelspec } from "../kernel/kernelspec.js";
import { isExecuted } from "../src/cli/book/chapter.js";
import type { CodeCell, Notebook, Output } from "../src/cli/notebook/format.js";
import { readNotebook } from "../src/cli/notebook/read.js";
import { runCommand } from "./cli/command.js";
import { compareJson, compareText, differences, drawnNumbers, words } from "./cli/compare-outputs.js";
import { describeWithPython } from "./support/python.js";

const root = path.resolve(__dirname, "../..");
const folder = path.join(root, "notebooks");
const names = readdirSync(folder).filter((name) => name.endsWith(".ipynb"));
/** The lecture in full: what the table may promise for later. */
const planned = 11;
const mostBytes = 1.5e6;

const committed = (name: string): Notebook => readNotebook(path.join(folder, name));

function codeCells(notebook: Notebook): CodeCell[] {
  return notebook.cells.filter((cell) => cell.cell_type === "code");
}

function htmlOf(outputs: Output[]): string[] {
  return outputs.flatMap((output) => {
    const html = "data" in output ? output.data["text/html"] : undefined;
    return typeof html === "string" ? [html] : [];
  });
}

/** What a reader of plain text sees of each cell. */
function texts(notebook: Notebook): Record<string, string[]> {
  const cells = codeCells(notebook).map(({ id, outputs }) => {
    const shown = outputs.map((output) => {
      if (output.output_type === "error") return `error: ${output.ename}`;
      const text = output.output_type === "stream" ? output.text : output.data["text/plain"];
      return `${output.output_type}: ${typeof text === "string" ? text : ""}`;
    });
    return [id, shown] as const;
  });
  return Object.fromEntries(cells);
}

describe("the notebooks as they are committed", () => {
  for (const name of names) {
    it(`${name} is valid, and its cells have names that say what they hold`, () => {
      const { cells } = committed(name);
      const raw = JSON.parse(readFileSync(path.join(folder, name), "utf8")) as { cells: { id?: string }[] };
      const ids = raw.cells.map(({ id }) => id);
      expect(ids).to.deep.equal(cells.map(({ id }) => id));
      expect(ids.filter((id) => !/^[a-z][a-z0-9-]+$/.test(id ?? ""))).to.deep.equal([]);
      expect(cells[0]?.cell_type).to.equal("markdown");
    });

    it(`${name} holds no line of code that does not fit the page`, () => {
      const lines = codeCells(committed(name)).flatMap(({ source }) => source.split("\n"));
      expect(lines.filter((line) => line.length > 90)).to.deep.equal([]);
    });

    it(`${name} is small and tells nothing of the machine it was run on`, () => {
      expect(statSync(path.join(folder, name)).size).to.be.below(mostBytes);
      expectNoTraces(committed(name));
    });
  }
});

/** Paths and times change from run to run, and are nobody's business. */
function expectNoTraces(notebook: Notebook): void {
  for (const cell of notebook.cells) expect(cell.metadata, cell.id).not.to.have.property("execution");
  const cells = codeCells(notebook).map(({ id, outputs }) => {
    return {
      id,
      text: [...(texts(notebook)[id] ?? []), ...htmlOf(outputs).map(words)].join("\n"),
    };
  });
  for (const { id, text } of cells) {
    expect(text, id).not.to.match(
      /(^|[\s"'(])(\/(work|root|home|tmp|Users|usr|var|opt)\/|[A-Z]:\\|file:\/\/)/m,
    );
    expect(text, id).not.to.match(
      /\b\d+(\.\d+)? ?(ms|µs|s|sec|seconds)\b|\b\d\d:\d\d:\d\d\b|\b20\d\d-\d\d-\d\d/,
    );
  }
}

describe("the notebooks run anew", function () {
  this.timeout(900_000);
  let out = "";
  before(() => {
    out = mkdtempSync(path.join(tmpdir(), "convlab-notebooks-"));
  });
  after(() => rmSync(out, { recursive: true, force: true }));
  const rerun = (name: string): Notebook => readNotebook(path.join(out, name));

  it("run through the kernel without a fault", async () => {
    const files = names.map((name) => path.join(folder, name));
    const { code, err } = await runCommand("run", ...files, "--out", out, "--jobs", "2");
    expect(code, err).to.equal(0);
    for (const name of names) {
      const shown = Object.values(texts(rerun(name))).flat();
      expect(shown.length, name).to.be.greaterThan(5);
      expect(shown.join("\n"), name).not.to.match(/^error:/m);
      expect(statSync(path.join(out, name)).size, name).to.be.below(mostBytes);
      expectNoTraces(rerun(name));
    }
  });

  for (const name of names) {
    const executed = isExecuted(committed(name));
    it(`${name} shows what was committed${executed ? "" : " (committed without outputs)"}`, async function () {
      if (!executed) this.skip();
      expect(await differences(committed(name), rerun(name))).to.deep.equal([]);
    });
  }

  describe("the table of the lecture in notebooks/README.md", () => {
    const rows = readTable(readFileSync(path.join(folder, "README.md"), "utf8"));

    it("holds every row of the lecture and every slip of its slides", () => {
      const labels = [...new Set(rows.map(({ label }) => label))];
      const topics = Array.from({ length: 23 }, (_, i) => `${i + 1}`).filter((label) => label !== "13");
      const slips = Array.from({ length: 13 }, (_, i) => `S${i + 1}`).filter((label) => label !== "S12");
      expect(labels).to.have.members([...topics, ...slips]);
    });

    for (const { label, notebook, cells, numbers } of rows) {
      it(`${label} is in ${notebook}, ${cells.join(" and ")}`, function () {
        const name = names.find((file) => file.startsWith(notebook));
        if (name === undefined || cells.join() === "to come") {
          expect(cells, `${notebook} is missing, so this is to come`).to.deep.equal(["to come"]);
          expect(Number(notebook)).to.be.within(1, planned);
          this.skip();
        }
        const shown = cells.map((id) => cellText(rerun(name), id)).join("\n");
        expect(numbers, "numbers to look for").not.to.deep.equal([]);
        expect(numbers.filter((number) => !holds(shown, number))).to.deep.equal([]);
      });
    }
  });

  describeWithPython("under Python's nbclient", ["nbclient", "nbformat"], (python) => {
    for (const name of names.filter((n) => n.startsWith("01-"))) {
      it(`${name} is valid and says the same`, async () => {
        const data = path.join(out, "jupyter");
        await writeKernelspec(data);
        const script = path.join(root, "test", "support", "execute.py");
        const theirs = path.join(out, `nbclient-${name}`);
        const env = { ...process.env, JUPYTER_PATH: data };
        const ran = spawnSync(python(), [script, path.join(folder, name), theirs, path.join(out, name)], {
          cwd: folder,
          env,
          encoding: "utf8",
        });
        expect(ran.status, ran.stderr).to.equal(0);
        expect(texts(readNotebook(theirs))).to.deep.equal(texts(rerun(name)));
      });
    }
  });
});

interface Row {
  label: string;
  notebook: string;
  cells: string[];
  numbers: string[];
}

/** `| 4 | stride … | 03 | `stride-3` | 2.33, 13 |`; a slip of the slides has an S before its number. */
function readTable(markdown: string): Row[] {
  return markdown.split("\n").flatMap((line): Row[] => {
    const parts = line.split("|").map((part) => part.trim());
    const [, label = "", , notebook = "", cells = "", numbers = ""] = parts;
    if (!/^S?\d+$/.test(label)) return [];
    const list = (text: string): string[] => text.split(" · ").map((item) => item.replace(/^`|`$/g, ""));
    return [{ label, notebook, cells: list(cells), numbers: numbers === "" ? [] : list(numbers) }];
  });
}

/** All that a cell says: its outputs' text, its figures' numbers, and of a Markdown cell its source. */
function cellText(notebook: Notebook, id: string): string {
  const cell = notebook.cells.find((candidate) => candidate.id === id);
  expect(cell, `cell ${id}`).not.to.equal(undefined);
  if (cell?.cell_type !== "code") return cell?.source ?? "";
  const html = htmlOf(cell.outputs);
  const figures = html.map((text) => `${words(text)} ${JSON.stringify(drawnNumbers(text))}`);
  return [...(texts(notebook)[id] ?? []), ...figures].join("\n");
}

/** Whether a text holds numbers in this order, however they are set: "1 2 4" is in [1, 2, 4], "352800" in 352,800. */
function holds(text: string, wanted: string): boolean {
  const numbersOf = (written: string): number[] =>
    (written.replaceAll("−", "-").match(/(?<![\w.])-?\d+(?:\.\d+)?/g) ?? []).map(Number);
  const sought = numbersOf(wanted);
  if (sought.length === 0) return text.includes(wanted);
  // A comma stands between numbers, or between the digits of one.
  const readings = [text, text.replace(/\b\d{1,3}(?:,\d{3})+\b/g, (number) => number.replaceAll(",", ""))];
  return readings
    .map(numbersOf)
    .some((there) => there.some((_, at) => sought.every((number, i) => there[at + i] === number)));
}

describe("the comparison of outputs", () => {
  it("forgives the last places of floats and nothing else", () => {
    expect(compareText("loss 0.1234", "loss 0.1235")).to.equal(undefined);
    expect(compareText("loss 0.1234", "loss 0.1334")).to.be.a("string");
    expect(compareText("12 weights", "13 weights")).to.be.a("string");
    expect(compareText("[ 1, 2 ]", "[ 1,  2 ]")).to.equal(undefined);
    expect(compareText("a", "b")).to.be.a("string");
    expect(compareJson({ a: [1, 2.5] }, { a: [1, 2.500001] })).to.equal(undefined);
    expect(compareJson({ a: [1, 2.5] }, { a: [1, 2.6] })).to.equal("it.a.1 was 2.5, is 2.6");
    expect(compareJson({ a: 1 }, { b: 1 })).to.be.a("string");
  });
});
