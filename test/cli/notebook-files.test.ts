import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Failure } from "../../src/cli/failure.js";
import { describeWithPython } from "../support/python.js";
import { parseNotebook, readNotebook } from "../../src/cli/notebook/read.js";
import { formatNotebook, writeAtomically, writeNotebook } from "../../src/cli/notebook/write.js";
import { temporaryFolder } from "./notebooks.js";

type Loose = Record<string, unknown>;
const code: Loose = { cell_type: "code", metadata: {}, source: "1", outputs: [], execution_count: null };

function document(cells: unknown, minor = 4, more: Loose = {}): string {
  return JSON.stringify({ nbformat: 4, nbformat_minor: minor, metadata: {}, cells, ...more });
}

describe("reading a notebook", () => {
  const refusals: [title: string, text: string, message: string | RegExp][] = [
    ["an empty file", " \n", "x.ipynb is not a valid notebook: the file is empty."],
    ["what is not JSON", "{ nope", /^x\.ipynb is not a valid notebook: it is not JSON \(.+\)\.$/],
    ["another JSON value", "[1]", "x.ipynb is not a valid notebook: expected a JSON object, got an array."],
    [
      "JSON without nbformat",
      "{}",
      "x.ipynb is not a valid notebook: the field nbformat is missing, expected nbformat 4.0 to 4.5.",
    ],
    ["nbformat 3", '{"nbformat":3,"nbformat_minor":0}', /it is nbformat 3\.0, expected 4\.0 to 4\.5\.$/],
    ["nbformat 4.6", document([], 6), /it is nbformat 4\.6, expected 4\.0 to 4\.5\.$/],
    [
      "a minor version that is no number",
      document([], 4, { nbformat_minor: "5" }),
      /nbformat 4\.5, expected/,
    ],
    ["missing cells", document(undefined), /: the field cells is missing\.$/],
    ["cells that are no list", document({}), /: cells: expected array, got an object\.$/],
    ["a cell that is no object", document([7]), /: cells\[0\]: expected object, got the number 7\.$/],
    [
      "an unknown kind of cell",
      document([{ ...code, cell_type: "heading" }]),
      /: cells\[0\]\.cell_type: expected code, markdown or raw, got the string "heading"\.$/,
    ],
    [
      "a missing field",
      document([{ ...code, outputs: undefined }]),
      /: cells\[0\]: the field outputs is missing\.$/,
    ],
    ["an unexpected field", document([{ ...code, colour: 1 }]), /: cells\[0\]: unexpected field "colour"\.$/],
    [
      "a wrong type deep inside",
      document([code, { ...code, outputs: [{ output_type: "stream", name: 5, text: "" }] }]),
      /: cells\[1\]\.outputs\[0\]\.name: expected string, got the number 5\.$/,
    ],
    [
      "an unknown kind of output",
      document([{ ...code, outputs: [{ output_type: "pyout" }] }]),
      /outputs\[0\]\.output_type: expected stream, display_data, execute_result or error, got the string "pyout"\.$/,
    ],
    [
      "an id with a space",
      document([{ ...code, id: "a b" }], 5),
      /: cells\[0\]\.id: must match pattern .*"a b"\.$/,
    ],
    [
      "a negative count",
      document([{ ...code, execution_count: -1 }]),
      /: cells\[0\]\.execution_count: must be >= 0, got the number -1\.$/,
    ],
  ];
  for (const [title, text, message] of refusals) {
    it(`refuses ${title}, saying where and why in one line`, () => {
      let thrown: unknown;
      try {
        parseNotebook(text, "x.ipynb");
      } catch (error) {
        thrown = error;
      }
      if (!(thrown instanceof Failure)) throw new Error("it was accepted");
      expect(thrown.exitCode).to.equal(3);
      expect(thrown.message).not.to.contain("\n");
      if (typeof message === "string") expect(thrown.message).to.equal(message);
      else expect(thrown.message).to.match(message);
    });
  }

  const folder = temporaryFolder();
  it("says that a file is missing, and that a folder is none", () => {
    expect(() => readNotebook("nowhere.ipynb")).to.throw(
      Failure,
      "nowhere.ipynb cannot be read: there is no such file",
    );
    expect(() => readNotebook(folder())).to.throw(Failure, "it is a folder");
  });

  for (const minor of [0, 1, 2, 3, 4, 5]) {
    it(`takes nbformat 4.${minor} as 4.5 with joined lines`, () => {
      const cell = { ...code, source: ["let a = 1\n", "a"], ...(minor === 5 ? { id: "own" } : {}) };
      const notebook = parseNotebook(document([cell], minor), "x");
      expect(notebook.nbformat_minor).to.equal(5);
      expect(notebook.cells[0]?.source).to.equal("let a = 1\na");
      if (minor === 5) expect(notebook.cells[0]?.id).to.equal("own");
    });
  }

  it("gives cells without an id the same one each time, and different ones to equal cells", () => {
    const read = (): string[] => parseNotebook(document([code, code]), "x").cells.map(({ id }) => id);
    expect(read()).to.deep.equal(read());
    expect(new Set(read()).size).to.equal(2);
  });

  it("gives the second of two equal ids a new one", () => {
    const cells = [
      { ...code, id: "same" },
      { ...code, id: "same" },
    ];
    const ids = parseNotebook(document(cells, 5), "x").cells.map(({ id }) => id);
    expect(ids[0]).to.equal("same");
    expect(ids[1]).to.match(/^[0-9a-f]{8}$/);
  });

  it("keeps metadata it does not know, and takes a byte order mark", () => {
    const text = `\uFEFF${document([{ ...code, metadata: { mine: { deep: [1, null] } } }], 4, { metadata: { "x-y": 1 } })}`;
    const notebook = parseNotebook(text, "x");
    expect(notebook.metadata).to.deep.equal({ "x-y": 1 });
    expect(notebook.cells[0]?.metadata).to.deep.equal({ mine: { deep: [1, null] } });
  });
});

const rich = document(
  [
    {
      cell_type: "markdown",
      id: "a",
      metadata: { tags: ["b", "a"] },
      source: ["# Ünïcode\n", "$x$\u2028line\n"],
    },
    {
      ...code,
      id: "b",
      metadata: { collapsed: false },
      execution_count: 2,
      outputs: [
        { output_type: "stream", name: "stdout", text: ["one\n", "two"] },
        {
          output_type: "display_data",
          metadata: {},
          data: {
            "text/plain": ["a\r\n", "b"],
            "image/png": "aGVsbG8=\n",
            "application/json": { b: [1, 2], a: null },
            "image/svg+xml": ["<svg>\n", "</svg>"],
          },
        },
        { output_type: "execute_result", metadata: {}, data: {}, execution_count: 2 },
        { output_type: "error", ename: "E", evalue: "v", traceback: ["t\nu"] },
      ],
    },
    {
      cell_type: "raw",
      id: "c",
      metadata: {},
      source: "",
      attachments: { "a.txt": { "text/plain": "x\ny" } },
    },
  ],
  5,
);

describe("writing a notebook", function () {
  this.timeout(30_000);
  const folder = temporaryFolder();

  it("reads back what it wrote, byte for byte", () => {
    const text = formatNotebook(parseNotebook(rich, "x"));
    expect(formatNotebook(parseNotebook(text, "x"))).to.equal(text);
    expect(text.endsWith("}\n")).to.equal(true);
  });

  describeWithPython("beside Jupyter's own nbformat", ["nbformat"], (python) => {
    it("writes the same bytes", () => {
      const file = path.join(folder(), "rich.ipynb");
      writeNotebook(file, parseNotebook(rich, "x"));
      const script =
        "import sys, nbformat; nb = nbformat.read(sys.argv[1], 4); nbformat.validate(nb); sys.stdout.buffer.write((nbformat.writes(nb) + '\\n').encode())";
      const theirs = execFileSync(python(), ["-c", script, file], { encoding: "utf8" });
      expect(readFileSync(file, "utf8")).to.equal(theirs);
    });
  });

  it("leaves the old file whole and nothing beside it when it cannot write", () => {
    const place = path.join(folder(), "taken");
    mkdirSync(place);
    writeFileSync(path.join(place, "a.ipynb"), "old");
    // A folder cannot be replaced by a file: the last step fails.
    mkdirSync(path.join(place, "b.ipynb"));
    expect(() => writeAtomically(path.join(place, "b.ipynb"), "new")).to.throw(
      Failure,
      /b\.ipynb cannot be written: /,
    );
    expect(() => writeAtomically(path.join(place, "a.ipynb", "c"), "new")).to.throw(
      Failure,
      "cannot be written",
    );
    expect(readdirSync(place).sort()).to.deep.equal(["a.ipynb", "b.ipynb"]);
    expect(readFileSync(path.join(place, "a.ipynb"), "utf8")).to.equal("old");
  });
});
