import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { writeKernelspec } from "../kernel/kernelspec.js";
import { runCommand } from "./cli/command.js";
import { describeWithPython } from "./support/python.js";

const root = path.resolve(__dirname, "../..");
const folder = path.join(root, "notebooks");
const notebooks = readdirSync(folder).filter((name) => name.endsWith(".ipynb"));

interface Output {
  output_type: string;
  text?: string | string[];
  data?: Record<string, unknown>;
  ename?: string;
}

interface Cell {
  id: string;
  cell_type: string;
  outputs?: Output[];
}

function joined(text: unknown): string {
  return Array.isArray(text) ? text.join("") : String(text);
}

/** What a reader of plain text sees of each cell. */
function texts(file: string): Record<string, string[]> {
  const { cells } = JSON.parse(readFileSync(file, "utf8")) as { cells: Cell[] };
  const code = cells.filter(({ cell_type: type }) => type === "code");
  const text = ({ output_type: type, text, data, ename }: Output): string =>
    `${type}: ${ename ?? joined(text ?? data?.["text/plain"])}`;
  return Object.fromEntries(code.map(({ id, outputs = [] }) => [id, outputs.map(text)]));
}

describe("the notebooks", function () {
  this.timeout(300_000);
  let out = "";
  before(() => {
    out = mkdtempSync(path.join(tmpdir(), "convlab-notebooks-"));
  });
  after(() => rmSync(out, { recursive: true, force: true }));

  it("run through the kernel without a fault", async () => {
    const files = notebooks.map((name) => path.join(folder, name));
    const { code, err } = await runCommand("run", ...files, "--out", out, "--html");
    expect(code, err).to.equal(0);
    for (const name of notebooks) {
      const shown = texts(path.join(out, name));
      expect(Object.values(shown).flat().length, name).to.be.greaterThan(5);
      expect(Object.values(shown).flat().join("\n"), name).not.to.match(/^error:/m);
    }
  });

  it("hold no line of code that does not fit the page", () => {
    for (const name of notebooks) {
      const { cells } = JSON.parse(readFileSync(path.join(folder, name), "utf8")) as {
        cells: { cell_type: string; source: string | string[] }[];
      };
      const lines = cells
        .filter((cell) => cell.cell_type === "code")
        .flatMap((cell) => joined(cell.source).split("\n"));
      expect(
        lines.filter((line) => line.length > 90),
        name,
      ).to.deep.equal([]);
    }
  });

  describeWithPython("under Python's nbclient", ["nbclient", "nbformat"], (python) => {
    for (const name of notebooks) {
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
        expect(texts(theirs)).to.deep.equal(texts(path.join(out, name)));
      });
    }
  });
});
