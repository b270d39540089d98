import { expect } from "chai";
import {
  conv2d,
  convolutionMatrix,
  convolutionSteps,
  effectiveReceptiveField,
  explainOutputSize,
  explainReceptiveField,
  type LayerRecord,
  networkDiagram,
  ones,
  pixelUse,
  randn,
  receptiveBox,
  receptiveField,
  receptiveFieldMap,
  shapesOf,
  slidingWindow,
  summary,
  unreadPixels,
} from "../../src/index.js";

/** Throws unless the box of every unit of the last layer is what its gradient reaches on the input. */
function agree(network: readonly LayerRecord[], side: number): void {
  const image = randn([1, side, side], { seed: 1 });
  const [, height, width] = [...shapesOf(network, [1, side, side]).values()].at(-1) ?? [];
  for (let unit = 0; unit < Math.max(height ?? 0, width ?? 0); unit++) {
    const position = [Math.min(unit, (height ?? 1) - 1), Math.min(unit, (width ?? 1) - 1)] as const;
    const { map, visible } = effectiveReceptiveField(network, image, { position, weights: "random" });
    const [rows, columns] = [new Set<number>(), new Set<number>()];
    map.forEach((value, index) => {
      if (value === 0) return;
      rows.add(Math.floor(index / side));
      columns.add(index % side);
    });
    const found = [Math.min(...rows), Math.max(...rows), Math.min(...columns), Math.max(...columns)];
    const { top, bottom, left, right } = visible;
    expect([top, bottom, left, right], `unit ${position.join()}`).to.deep.equal(found);
  }
}

const same: readonly LayerRecord[] = [
  { op: "conv2d", kernel: 3, stride: 2, padding: "same", channels: 2 },
  { op: "conv2d", kernel: [2, 4], stride: [3, 1], padding: "same", channels: 2 },
];

describe("a convolution that pads to the same size, with a stride", () => {
  it("has ⌈i/s⌉ positions in every network", () => {
    expect(shapesOf(same, [1, 9, 10]).get("conv2d1")).to.deep.equal([2, 5, 5]);
    expect(shapesOf(same, [1, 9, 10]).get("conv2d2")).to.deep.equal([2, 2, 5]);
    expect(summary(same, { input: [1, 9, 10] }).layers[0].multiplications).to.equal(9 * 2 * 25);
  });

  it("sees what the gradient reaches, on even and odd inputs", () => {
    for (const side of [7, 8, 9, 10]) agree(same, side);
    agree([{ op: "conv2d", kernel: 1, stride: 3, padding: "same", channels: 1 }], 8);
    agree([{ op: "conv2d", kernel: 3, stride: 2, dilation: 2, padding: "same", channels: 1 }], 7);
  });

  it("needs the input's size for where its units look, and says so", () => {
    expect(() => receptiveField(same)).to.throw(
      "conv2d1: padding: expected one that does not depend on the input's size, or that size: " +
        '{ input: [channels, height, width] }, got "same" with stride 2',
    );
    expect(() => explainReceptiveField(same)).to.throw("conv2d1: padding");
    // 10 cells take one on the right alone, 9 one on each side.
    expect(receptiveField(same, { input: [1, 10, 10] }).layers[0]).to.include({
      size: 3,
      stride: 2,
      start: 0,
    });
    expect(receptiveField(same, { input: [1, 9, 9] }).layers[0]).to.include({
      size: 3,
      stride: 2,
      start: -1,
    });
    expect(explainReceptiveField(same, undefined, { input: [1, 9, 9] }).size).to.equal(5);
    // At stride 1 it does not depend on it.
    const plain: LayerRecord[] = [{ op: "conv2d", kernel: 3, padding: "same", channels: 1 }];
    expect(receptiveField(plain).layers[0].start).to.equal(-1);
    expect(receptiveField(plain, { input: [1, 5, 5] }).layers[0].start).to.equal(-1);
    expect(() => receptiveField(plain, { size: 3 } as never)).to.throw(
      "receptiveField: options: expected only input",
    );
    expect(() => receptiveField(plain, { input: [5, 5] })).to.throw("network: input");
  });

  it("is drawn and explained", () => {
    const diagram = networkDiagram(same, { input: [1, 9, 9] });
    expect(diagram.data.layers[1].output).to.deep.equal([2, 2, 5]);
    expect(diagram.toSVG()).to.contain("padding\u00a0same");
    expect(receptiveFieldMap(same, ones([1, 9, 9])).data.box).to.deep.equal(
      receptiveBox(same, { input: [1, 9, 9] }).box,
    );
    expect(explainOutputSize({ input: 6, kernel: 3, stride: 2, padding: "same" }).text).to.contain(
      "⌊(6 + 0 + 1 − 3)/2⌋ + 1 = 3",
    );
    const kernel = randn([3, 3], { seed: 2 });
    for (const side of [6, 7]) {
      const image = randn([side, side], { seed: 3 });
      const steps = convolutionSteps(image, kernel, { stride: 2, padding: "same" });
      const output = conv2d(image, kernel, { stride: 2, padding: "same", algorithm: "direct" });
      expect([...steps.data.output].map((value) => value.toFixed(4))).to.deep.equal(
        [...output.data].map((value) => value.toFixed(4)),
      );
      const { matrix } = convolutionMatrix({ input: side, kernel: 3, stride: 2, padding: "same" }).data;
      expect([matrix.length, matrix[0].length]).to.deep.equal([output.size, side * side]);
    }
    expect(slidingWindow({ input: 7, kernel: 3, stride: 2, padding: "same" }).data.positions).to.deep.equal([
      -1, 1, 3, 5,
    ]);
    expect(pixelUse({ input: 7, kernel: 3, stride: 2, padding: "same" }).data.counts[0][0]).to.equal(1);
    expect(() => slidingWindow({ input: 6, kernel: 3, stride: 2, padding: "same" })).to.throw(
      "slidingWindow: padding: expected the same on both sides, got [0, 1]",
    );
    expect(unreadPixels({ input: 6, kernel: 1, stride: 2, padding: "same" }).rows).to.deep.equal([1, 3, 5]);
  });
});

describe("records of resizing", () => {
  const resized = (scale: number, more: Partial<LayerRecord>): LayerRecord[] => [
    { op: "interpolate", scale, ...more },
  ];

  it("by areas and with antialias see what the gradient reaches", () => {
    for (const scale of [0.25, 0.3, 1 / 3, 0.4, 0.5, 0.6, 0.75, 0.9, 1, 1.2, 1.5, 2, 2.5, 3]) {
      for (const side of [7, 8, 12]) {
        agree(resized(scale, { mode: "area" }), side);
        agree(resized(scale, { mode: "bilinear", antialias: true }), side);
        agree(resized(scale, { mode: "bicubic", antialias: true }), side);
      }
    }
    agree([{ op: "conv2d", kernel: 3, padding: 1, channels: 2 }, ...resized(0.5, { mode: "area" })], 8);
  });

  it("by a scale that copies or doubles see one cell", () => {
    for (const scale of [1.05, 1.1, 2.05, 2.1]) agree(resized(scale, { mode: "nearest" }), 8);
    const one = receptiveBox(resized(1.1, { mode: "bilinear" }), { input: [1, 8, 8], position: [5, 5] });
    expect([one.visible.top, one.visible.bottom]).to.include(5);
  });

  it("say their fields without an input too", () => {
    expect(receptiveField(resized(0.5, { mode: "area" })).layers[0]).to.include({ size: 2, stride: 2, start: 0, centre: 0.5 }); // prettier-ignore
    expect(receptiveField(resized(0.1, { mode: "area" })).layers[0].size).to.equal(10);
    expect(receptiveField(resized(0.5, { mode: "bilinear", antialias: true })).layers[0]).to.include({ size: 4, start: -1 }); // prettier-ignore
    expect(receptiveField(resized(0.5, { mode: "bicubic", antialias: true })).layers[0]).to.include({ size: 8, start: -3 }); // prettier-ignore
    expect(explainReceptiveField(resized(0.5, { mode: "area" })).text).to.contain(
      "⌈(0 + 1)/0.5⌉ − ⌊0/0.5⌋ = 2",
    );
    expect(explainReceptiveField(resized(0.5, { mode: "bilinear", antialias: true })).text).to.contain(
      "⌈(0 + 0.5)/0.5 + 2 − 0.5⌉ − ⌊(0 + 0.5)/0.5 − 2 − 0.5⌋ − 1 = 4",
    );
    expect(
      networkDiagram(resized(0.5, { mode: "bicubic", antialias: true }), { input: [1, 8, 8] }).toSVG(),
    ).to.contain("antialiased");
  });

  it("are refused by name where modes contradict", () => {
    expect(() => receptiveField(resized(2, { antialias: true }))).to.throw(
      'interpolate1: antialias: expected true only with mode "bilinear" or "bicubic", got "nearest"',
    );
    expect(() => receptiveField(resized(2, { mode: "area", antialias: true }))).to.throw(
      "interpolate1: antialias",
    );
    expect(() => receptiveField(resized(2, { mode: "bilinear", antialias: 1 as never }))).to.throw(
      "interpolate1: antialias: expected true or false, got 1",
    );
  });
});

describe("a pad's record", () => {
  it("cuts cells away where it is negative, as pad does", () => {
    const cut: LayerRecord[] = [
      { op: "conv2d", kernel: 3, padding: 1, channels: 2 },
      { op: "pad", padding: [-1, 2, -3, 0] },
    ];
    expect(shapesOf(cut, [1, 8, 8]).get("pad2")).to.deep.equal([2, 5, 9]);
    agree([...cut, { op: "conv2d", kernel: 3, channels: 1 }], 8);
    const { box } = receptiveBox(cut, { input: [1, 8, 8], position: [0, 0] });
    expect(box).to.deep.equal({ top: 2, bottom: 4, left: 0, right: 2 });
    expect(receptiveField(cut).layers[1]).to.include({ size: 3, start: 2 });
    expect(shapesOf([{ op: "pad", padding: -1 }], [3, 5, 4]).get("pad1")).to.deep.equal([3, 3, 2]);
    expect(shapesOf([{ op: "pad", padding: [-1, 0] }], [3, 5, 4]).get("pad1")).to.deep.equal([3, 3, 4]);
    expect(networkDiagram(cut, { input: [1, 8, 8] }).toSVG()).to.contain("-1");
  });

  it("is refused where nothing is left, or what it says is no whole number", () => {
    expect(() => shapesOf([{ op: "pad", padding: -2 }], [1, 4, 9])).to.throw(
      "pad1: padding: expected at least one row and column left, got 0×5",
    );
    for (const padding of [0.5, Number.NaN, [1, 2, 3], [1], {}, true]) {
      expect(() => receptiveField([{ op: "pad", padding: padding as never }])).to.throw(
        "pad1: padding: expected",
      );
    }
    expect(() => receptiveField([{ op: "conv2d", kernel: 3, padding: -1 }])).to.throw("conv2d1: padding");
  });
});

describe("records of activations", () => {
  const names = ["relu", "relu6", "leakyRelu", "elu", "gelu", "silu", "mish", "softplus", "sigmoid", "hardSigmoid", "hardSwish", "tanh"] as const; // prettier-ignore

  it("leave shapes, fields and costs as they are, and run", () => {
    for (const op of names) {
      const network: LayerRecord[] = [{ op: "conv2d", kernel: 3, channels: 2 }, { op }];
      expect(shapesOf(network, [1, 6, 6]).get(`${op}2`)).to.deep.equal([2, 4, 4]);
      expect(receptiveField(network).layers[1]).to.include({ size: 3, stride: 1 });
      expect(summary(network, { input: [1, 6, 6] }).layers[1]).to.include({
        parameters: 0,
        multiplications: 0,
      });
      expect(networkDiagram(network, { input: [1, 6, 6] }).toSVG()).to.contain(op);
      expect(shapesOf([{ op: "flatten" }, { op }], [1, 2, 2]).get(`${op}2`)).to.deep.equal([4]);
      const { map } = effectiveReceptiveField(network, ones([1, 5, 5]), { position: [0, 2] });
      expect([...map].filter((value) => value > 0)).to.have.length(9);
      expect(() => receptiveField([{ op, kernel: 3 }])).to.throw(
        `${op}1: options: expected only op, name, from`,
      );
    }
  });
});
