import { expect } from "chai";
import katex from "katex";
import { runInNewContext } from "node:vm";
import { explainReceptiveField, type LayerRecord, receptiveField } from "../../src/index.js";
import { unet } from "../../src/display/examples/networks.js";
import { contextModule, dilatedFrontEnd, vgg16 } from "./networks.js";

const typeset = (latex: string): string =>
  katex.renderToString(latex, { throwOnError: true, strict: "error", displayMode: true });

/** The value of a formula as a reader would work it out. */
function valueOf(formula: string): number {
  const code = formula
    .replaceAll("−", "-")
    .replaceAll("·", "*")
    .replaceAll("⌊", "Math.floor(")
    .replaceAll("⌈", "Math.ceil(")
    .replaceAll(/[⌋⌉]/g, ")");
  return Number(runInNewContext(code));
}

const networks: Record<string, readonly LayerRecord[]> = {
  vgg16,
  "the dilated front end and its context module": [...dilatedFrontEnd, ...contextModule],
  "an encoder–decoder": unet,
  "transposed layers": [
    { op: "conv2d", kernel: 3, stride: 2, padding: 1, channels: 2 },
    { op: "relu" },
    { op: "convTranspose2d", kernel: 4, stride: 2, padding: 1, channels: 2 },
    { op: "convTranspose2d", kernel: 3, stride: 2, padding: 1, outputPadding: 1, channels: 1 },
    { op: "maxUnpool2d", kernel: 2 },
  ],
  "resized maps": [
    { op: "avgPool2d", kernel: 2 },
    { op: "interpolate", scale: 2, mode: "bilinear" },
    { op: "conv2d", kernel: [3, 5], padding: 1, dilation: [1, 2], channels: 4 },
    { op: "pixelShuffle", scale: 2 },
    { op: "interpolate", scale: 2, mode: "bicubic" },
    { op: "interpolate", scale: 3 },
    { op: "bedOfNails", scale: 2 },
    { op: "conv2d", kernel: 3, channels: 1 },
  ],
};

describe("explainReceptiveField", () => {
  it("adds up term by term on one path", () => {
    const network: readonly LayerRecord[] = [
      { op: "conv2d", kernel: 5, stride: 2, channels: 2 },
      { op: "relu" },
      { op: "maxPool2d", kernel: 2, name: "pool" },
      { op: "pad", padding: 1 },
      { op: "conv2d", name: "last", kernel: 3, dilation: 2, channels: 2 },
    ];
    const explained = explainReceptiveField(network);
    expect(explained.text).to.equal("r = 1 + Σ (d(k − 1))·j = 1 + 4·1 + 1·2 + 4·4 = 23");
    expect(explained.size).to.equal(receptiveField(network).layer("last").size);
    expect(explainReceptiveField(network, "pool").size).to.equal(7);
    typeset(explained.latex);
  });

  it("says rows and columns apart where they differ", () => {
    const { text, size, columns } = explainReceptiveField([{ op: "conv2d", kernel: [3, 5], stride: [2, 1] }]);
    expect(text.split("\n")).to.deep.equal([
      "On the rows:",
      "r = 1 + Σ (d(k − 1))·j = 1 + 2·1 = 3",
      "On the columns:",
      "r = 1 + Σ (d(k − 1))·j = 1 + 4·1 = 5",
    ]);
    expect([size, columns]).to.deep.equal([3, 5]);
  });

  it("goes back through branches, pools and transposed layers with the numbers put in", () => {
    // By hand: a 3 × 3 on the pool needs 3 cells, so 6 of a; up's unit 0 needs one cell of the pool.
    const network: readonly LayerRecord[] = [
      { op: "conv2d", name: "a", kernel: 3, padding: 1, channels: 1 },
      { op: "maxPool2d", name: "half", kernel: 2 },
      { op: "conv2d", name: "deep", kernel: 3, padding: 1, channels: 1 },
      { op: "convTranspose2d", name: "up", kernel: 2, stride: 2, channels: 1 },
      { op: "concat", name: "skip", from: ["up", "a"] },
      { op: "conv2d", name: "last", kernel: 1, channels: 1 },
    ];
    const { text, latex, size } = explainReceptiveField(network);
    expect(text.split("\n")).to.deep.equal([
      "Unit 0 of last reads",
      "skip: (1 − 1)·1 + 1 = 1 through last (0)",
      "up: 1 as skip (0)",
      "deep: ⌊(0 + 0)/2⌋ − ⌈(0 + 0 − 2 + 1)/2⌉ + 1 = 1 through up (0)",
      "half: (1 − 1)·1 + 3 = 3 through deep (−1 to 1)",
      "a: 1 as skip, (3 − 1)·2 + 2 = 6 through half; together 6 cells (−2 to 3)",
      "input: (6 − 1)·1 + 3 = 8 through a (−3 to 4)",
      "r = 8",
    ]);
    expect(size).to.equal(8);
    typeset(latex);
  });

  it("begins at the unit that sees the most, where upsampling makes units differ", () => {
    // By hand: bilinear unit 0 reads cells −1 and 0, unit 1 cells 0 and 1; dilated taps of 2 span 3.
    const network: readonly LayerRecord[] = [
      { op: "conv2d", name: "wide", kernel: 2, dilation: 2, channels: 1 },
      { op: "convTranspose2d", name: "up", kernel: 3, stride: 2, padding: 1, channels: 1 },
    ];
    // Unit 0 of up reads one cell, unit 1 two: (2 − 1)·1 + 3 = 4.
    expect(explainReceptiveField(network).text.split("\n")).to.deep.equal([
      "Unit 1 of up reads",
      "wide: ⌊(1 + 1)/2⌋ − ⌈(1 + 1 − 3 + 1)/2⌉ + 1 = 2 through up (0 to 1)",
      "input: (2 − 1)·1 + 2·(2 − 1) + 1 = 4 through wide (0 to 3)",
      "r = 4",
    ]);
    const linear = explainReceptiveField([{ op: "interpolate", scale: 2, mode: "bilinear" }]);
    expect(linear.text).to.contain(
      "input: ⌊(0 + 0.5)/2 − 0.5⌋ − ⌊(0 + 0.5)/2 − 0.5⌋ + 2 = 2 through interpolate1 (−1 to 0)",
    );
  });

  it("says in words where branches are misaligned, and only on the way", () => {
    const network: readonly LayerRecord[] = [
      { op: "conv2d", name: "valid", kernel: 3, channels: 1 },
      { op: "conv2d", name: "strided", kernel: 3, stride: 2, padding: 1, channels: 1, from: "input" },
      { op: "conv2d", name: "even", kernel: 2, channels: 1, from: "input" },
      { op: "add", name: "centres", from: ["valid", "even"] },
      { op: "add", name: "strides", from: ["valid", "strided"] },
    ];
    const centres = explainReceptiveField(network, "centres");
    expect(centres.text.split("\n").slice(-2)).to.deep.equal([
      "Misaligned: centres joins branches whose centres differ: valid at 1, even at 0.5,",
      "so each unit of centres puts together places 0.5 cells apart.",
    ]);
    expect(centres.misaligned.map(({ axis }) => axis)).to.deep.equal(["rows", "columns"]);
    expect(explainReceptiveField(network).text.split("\n").slice(-2)).to.deep.equal([
      "Misaligned: strides joins branches whose strides differ: valid every 1, strided every 2,",
      "so strides's branches drift apart from unit to unit.",
    ]);
    expect(explainReceptiveField(network, "even").misaligned).to.deep.equal([]);
    typeset(centres.latex);
  });

  it("says when everything is seen, and nothing", () => {
    const all = explainReceptiveField([{ op: "conv2d", kernel: 3 }, { op: "flatten" }, { op: "linear", channels: 2 }]); // prettier-ignore
    expect(all.text).to.contain("r = ∞, the whole input");
    expect(all.size).to.equal(Infinity);
    typeset(all.latex);
  });

  for (const [name, network] of Object.entries(networks)) {
    it(`agrees with receptiveField and with its own formulas for every layer of ${name}`, () => {
      const field = receptiveField(network);
      for (const { name: layer, rows, columns } of field.layers) {
        const { text, latex, size, columns: across } = explainReceptiveField(network, layer);
        expect([size, across]).to.deep.equal([rows.size, columns.size]);
        expect(text.split("\n").filter((line) => line.startsWith("r = ")).map((line) => Number(line.split(" = ").at(-1))))
          .to.deep.equal(rows.size === columns.size && !text.startsWith("On") ? [rows.size] : [rows.size, columns.size]); // prettier-ignore
        for (const formula of text
          .split(/\n|: |, |; | through /)
          .filter((part) => /^[⌊(].* = \d+$/.test(part))) {
          const [numbers, result] = formula.split(" = ");
          expect(valueOf(numbers), formula).to.equal(Number(result));
        }
        typeset(latex);
      }
    });
  }

  it("sets names as they are, and refuses those that are not there", () => {
    const odd = "a_1 & b^2 \\ {50 %} #$~";
    const { text, latex } = explainReceptiveField([
      { op: "conv2d", name: odd, kernel: 3 },
      { op: "interpolate", scale: 2 },
    ]);
    expect(text).to.contain(odd);
    expect(typeset(latex)).to.match(/50.%/);
    expect(() => explainReceptiveField(vgg16, "pool6")).to.throw(/explainReceptiveField: layer: .*pool5/);
  });
});
