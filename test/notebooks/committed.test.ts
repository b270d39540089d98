import { expect } from "chai";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { JsonObject, Notebook, Output } from "../../src/cli/notebook/format.js";
import { compareJson, compareText } from "../cli/compare-outputs.js";
import { codeCells, committed, expectNoTraces, folder, mostBytes, names } from "./lecture.js";
import { asWeStore, disagreements } from "./nbclient.js";

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

describe("the comparison with nbclient", () => {
  const name = names.find((one) => one.startsWith("02-")) ?? "";

  /** The notebook as nbclient would have gathered it: streams in pieces, controls with their models. */
  function gathered(): Notebook {
    const notebook = committed(name);
    const state: JsonObject = {};
    for (const cell of codeCells(notebook)) {
      cell.outputs = cell.outputs.flatMap((output): Output[] => {
        if (output.output_type === "stream") {
          return output.text.split(/(?<=\n)/).map((text) => ({ ...output, text }));
        }
        if (!("metadata" in output) || output.metadata["convlab"] !== "controls") return [output];
        const id = `model-${cell.id}`;
        state[id] = {};
        const view = { version_major: 2, version_minor: 0, model_id: id };
        const data = { ...output.data, "application/vnd.jupyter.widget-view+json": view };
        return [{ ...output, data, metadata: {} }];
      });
    }
    notebook.metadata = {
      ...notebook.metadata,
      widgets: { "application/vnd.jupyter.widget-state+json": { state } },
    };
    return notebook;
  }
  const compared = (
    change: (cell: (id: string) => { outputs: Output[] }, all: Notebook) => void,
  ): string[] => {
    const theirs = gathered();
    change((id) => {
      const found = codeCells(theirs).find((cell) => cell.id === id);
      if (!found) throw new Error(`no cell ${id}`);
      return found;
    }, theirs);
    return disagreements(committed(name), asWeStore(theirs));
  };

  it("takes nothing amiss but what differs", () => {
    expect(JSON.stringify(gathered())).to.include("widget-view");
    expect(compared(() => undefined)).to.deep.equal([]);
  });

  it("notices a changed number, figure or text, and an output too many or too few", () => {
    const replaced = (from: string, to: string): ((cell: (id: string) => { outputs: Output[] }) => void) => {
      return (cell) => {
        const before = JSON.stringify(cell("edge-steps").outputs);
        expect(before).to.include(from);
        cell("edge-steps").outputs = JSON.parse(before.replace(from, to)) as Output[];
      };
    };
    expect(compared(replaced("row by row 3 0", "row by row 3 1"))).to.have.length(1);
    expect(compared(replaced("<svg", "<SVG"))).to.have.length(1);
    const fault: Output = { output_type: "error", ename: "Error", evalue: "no", traceback: [] };
    expect(compared((cell) => cell("turn").outputs.push(fault))).to.deep.equal([
      "cell turn [5]: 1 outputs here, 2 there",
    ]);
    expect(compared((cell) => cell("turn").outputs.pop())).to.have.length(1);
    const warning: Output = { output_type: "stream", name: "stderr", text: "careful" };
    expect(compared((cell) => cell("one").outputs.push(warning))).to.have.length(1);
    expect(compared((_, { cells }) => cells.pop() && cells.pop() && cells.pop())).not.to.deep.equal([]);
  });

  it("notices controls that are missing, and views that lead nowhere", () => {
    expect(compared((cell) => cell("steer").outputs.shift())).not.to.deep.equal([]);
    expect(() => compared((_, theirs) => (theirs.metadata = {}))).to.throw("no model for the view");
  });
});
