import { expect } from "chai";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { writeKernelspec } from "../../kernel/kernelspec.js";
import { isExecuted } from "../../src/cli/book/chapter.js";
import type { Notebook } from "../../src/cli/notebook/format.js";
import { readNotebook } from "../../src/cli/notebook/read.js";
import { inParallel } from "../../src/cli/progress.js";
import { runCommand } from "../cli/command.js";
import { differences } from "../cli/compare-outputs.js";
import { describeWithPython } from "../support/python.js";
import { committed, expectNoTraces, folder, mostBytes, names, texts } from "./lecture.js";
import { asWeStore, disagreements, runByNbclient } from "./nbclient.js";
import { cellText, holds, readTable } from "./table.js";

/** The lecture in full: what the table may promise for later. */
const planned = 11;

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
    const theirs = (name: string): string => path.join(out, `nbclient-${name}`);
    const faults = new Map<string, string>();
    before(async () => {
      const kernels = path.join(out, "jupyter");
      await writeKernelspec(kernels);
      await inParallel(names, 2, (name) =>
        runByNbclient(python(), name, { kernels, out: theirs(name), ours: path.join(out, name) }).catch(
          (error: unknown) => faults.set(name, String((error as { stderr?: unknown }).stderr ?? error)),
        ),
      );
    });

    for (const name of names) {
      it(`${name} shows the same, to the byte`, () => {
        expect(faults.get(name)).to.equal(undefined);
        expect(disagreements(rerun(name), asWeStore(readNotebook(theirs(name))))).to.deep.equal([]);
      });
    }
  });
});
