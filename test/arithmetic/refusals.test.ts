import { expect } from "chai";
import {
  effectiveReceptiveField,
  explainInputSizes,
  explainOutputSize,
  explainReceptiveField,
  explainSamePadding,
  explainTransposedOutputSize,
  icnr,
  inputSizes,
  layersOf,
  ones,
  outputSize,
  receptiveBox,
  receptiveField,
  samePadding,
  shapesOf,
  summary,
  transposedOutputSize,
  unreadPixels,
} from "../../src/index.js";

type Anything = (...values: unknown[]) => unknown;

const conv = { op: "conv2d", kernel: 3, channels: 1 } as const;

/** Functions of one set of sizes, with a call that is right and the arguments that must be whole numbers. */
const ofSizes: readonly [string, unknown, Record<string, unknown>, string[]][] = [
  ["outputSize", outputSize, { input: 7, kernel: 3 }, ["input", "kernel", "stride", "dilation", "padding"]],
  ["explainOutputSize", explainOutputSize, { input: 7, kernel: 3 }, ["input", "kernel", "stride", "dilation", "padding"]],
  ["transposedOutputSize", transposedOutputSize, { input: 7, kernel: 3 }, ["input", "kernel", "stride", "dilation", "padding", "outputPadding"]],
  ["explainTransposedOutputSize", explainTransposedOutputSize, { input: 7, kernel: 3 }, ["input", "kernel", "stride", "dilation", "padding", "outputPadding"]],
  ["inputSizes", inputSizes, { output: 7, kernel: 3 }, ["output", "kernel", "stride", "dilation", "padding"]],
  ["explainInputSizes", explainInputSizes, { output: 7, kernel: 3 }, ["output", "kernel", "stride", "dilation", "padding"]],
  ["samePadding", samePadding, { kernel: 3, input: 7 }, ["kernel", "stride", "dilation", "input"]],
  ["explainSamePadding", explainSamePadding, { kernel: 3, input: 7 }, ["kernel", "stride", "dilation", "input"]],
  ["unreadPixels", unreadPixels, { input: 7, kernel: 3 }, ["input", "kernel", "stride", "dilation", "padding"]],
]; // prettier-ignore

describe("arithmetic, called wrongly", () => {
  for (const [name, method, right, whole] of ofSizes) {
    const call = (options: unknown): unknown => (method as Anything)(options);

    it(`${name} names itself, the argument and what came`, () => {
      call(right);
      for (const argument of whole) {
        for (const [came, said] of [
          [-1, "-1"],
          [1.5, "1.5"],
          [Number.NaN, "NaN"],
          [Infinity, "Infinity"],
          [2 ** 53, "9007199254740992"],
          ["x", '"x"'],
          [{}, "an object"],
        ] as const) {
          const start = new RegExp(`^${name}: ${argument}(\\[0\\])?( \\(rows\\))?: expected .*, got ${said}`);
          expect(() => call({ ...right, [argument]: came }), `${argument} ${said}`).to.throw(start);
        }
      }
      // What is left out or misspelt is said too.
      expect(() => call({ ...right, kernel: undefined })).to.throw(`${name}: kernel: expected`);
      expect(() => call({ ...right, kernal: 3 })).to.throw(
        /: options: expected only .*kernel.*, got "kernal"$/,
      );
      expect(() => call(undefined)).to.throw(`${name}: options: expected an object with`);
      expect(() => call([7, 3])).to.throw(`${name}: options: expected an object with`);
    });

    it(`${name} refuses sizes that cannot be counted`, () => {
      const huge = { ...right, kernel: 2 ** 52, dilation: 2 ** 10 };
      expect(() => call(huge)).to.throw(new RegExp(`^${name}: `));
    });
  }

  it("ceilMode and pooling are true or false", () => {
    const odd = { input: 7, kernel: 3, ceilMode: "no" } as never;
    expect(() => outputSize(odd)).to.throw('outputSize: ceilMode: expected true or false, got "no"');
    const pooling = { input: 7, kernel: 3, pooling: 1 } as never;
    expect(() => explainOutputSize(pooling)).to.throw("explainOutputSize: pooling: expected true or false");
  });

  it("a kernel that does not fit is said with the formula", () => {
    expect(() => unreadPixels({ input: [7, 2], kernel: 3 })).to.throw(/unreadPixels: kernel \(columns\)/);
    expect(() => transposedOutputSize({ input: 1, kernel: 1, padding: 1 })).to.throw(/= -1$/);
  });

  const users: readonly [string, Anything][] = [
    ["layersOf", layersOf as Anything],
    ["receptiveField", receptiveField as Anything],
    ["explainReceptiveField", explainReceptiveField as Anything],
    ["shapesOf", (network) => shapesOf(network as [], [1, 8, 8])],
    ["summary", (network) => summary(network as [], { input: [1, 8, 8] })],
    ["receptiveBox", (network) => receptiveBox(network as [], { input: [1, 8, 8] })],
    ["effectiveReceptiveField", (network) => effectiveReceptiveField(network as [], ones([8, 8]))],
  ];
  const wrong: readonly [unknown, string][] = [
    [undefined, "network: layers: expected layer records"],
    [[], "network: layers: expected layer records"],
    ["vgg16", 'got "vgg16"'],
    [{ layers: 3 }, 'got an object with keys ["layers"]'],
    [{ layers: () => 3 }, "got 3"],
    [["conv2d"], 'network: layer 1: expected a record such as { op: "conv2d", kernel: 3 }, got "conv2d"'],
    [[{}], 'network: layer 1\'s op: expected one of "conv2d", '],
    [[{ op: "conv3d" }], 'got "conv3d"'],
    [[{ ...conv, kernal: 3 }], 'conv2d1: options: expected only op, name, from, kernel, stride, padding, dilation, groups, channels, bias, got "kernal"'],
    [[{ op: "relu", name: "r", kernel: 3 }], 'r: options: expected only op, name, from, got "kernel"'],
    [[{ ...conv, kernel: 0 }], "conv2d1: kernel: expected a whole number ≥ 1, got 0"],
    [[{ ...conv, kernel: [3, 3, 3] }], "conv2d1: kernel: expected a number or [height, width], got [3, 3, 3]"],
    [[{ ...conv, stride: 1.5 }], "conv2d1: stride: expected a whole number ≥ 1, got 1.5"],
    [[{ ...conv, stride: "2" }], 'conv2d1: stride: expected a number or [height, width], got "2"'],
    [[{ ...conv, dilation: Number.NaN }], "conv2d1: dilation: expected a whole number ≥ 1, got NaN"],
    [[{ ...conv, padding: "sane" }], 'conv2d1: padding: expected one of "valid", "same", "half", "full", got "sane"'],
    [[{ ...conv, padding: -1 }], "conv2d1: padding: expected a whole number ≥ 0, got -1"],
    [[{ ...conv, padding: true }], "got true"],
    [[{ op: "maxPool2d", kernel: 2, padding: "same" }], 'maxPool2d1: padding: expected a number or [height, width], got "same"'],
    [[{ ...conv, channels: -2 }], "conv2d1: channels: expected a whole number ≥ 1, got -2"],
    [[{ ...conv, bias: 0 }], "conv2d1: bias: expected true or false, got 0"],
    [[{ ...conv, name: "" }], "layer 1's name: expected a word"],
    [[{ ...conv, from: 0 }], "conv2d1's from: expected a layer's name or a list of them, got 0"],
    [[{ ...conv, from: [] }], "conv2d1's from: expected one layer for conv2d, got []"],
    [[{ op: "interpolate", scale: 0 }], "interpolate1: scale: expected a positive scale, got 0"],
    [[{ op: "interpolate", scale: 2, mode: "linear" }], 'interpolate1: mode: expected one of "nearest", "bilinear", "bicubic"'],
    [[{ op: "pixelShuffle", scale: 1.5 }], "pixelShuffle1: scale: expected a whole number ≥ 1, got 1.5"],
  ]; // prettier-ignore
  for (const [name, use] of users) {
    it(`${name} names the layer and what is wrong with it`, () => {
      for (const [network, message] of wrong) expect(() => use(network), message).to.throw(message);
    });
  }

  it("summary and shapesOf say which layer does not fit", () => {
    const of = (layer: object, input: unknown = [1, 8, 8]): (() => unknown) =>
      (() => (summary as Anything)([layer], { input })); // prettier-ignore
    expect(of({ ...conv, groups: 2 })).to.throw(
      "conv2d1: groups: expected a divisor of 1 inputs and 1 outputs",
    );
    expect(of({ op: "convTranspose2d", kernel: 2, channels: 3, groups: 2 }, [4, 2, 2])).to.throw(/groups/);
    expect(of({ op: "interpolate", scale: 0.1 }, [1, 4, 4])).to.throw(/scale: expected at least one cell/);
    expect(of(conv, null)).to.throw("summary: input: expected a value, got null");
    for (const input of [8, [8, 8], [1, 8, 0], [1, 8, 1.5], [1, Number.NaN, 8], "8"]) {
      expect(of(conv, input)).to.throw(/network: input: expected \[channels, height, width\]/);
    }
    expect(() => (summary as Anything)([conv])).to.throw("summary: options: expected an object with input");
    expect(() => (summary as Anything)([conv], { inputs: [1, 8, 8] })).to.throw(
      /summary: options: .*"inputs"/,
    );
  });

  it("receptiveBox and effectiveReceptiveField refuse places and weights that are not there", () => {
    const box = (options: object): (() => unknown) => (() => (receptiveBox as Anything)([conv], { input: [1, 8, 8], ...options })); // prettier-ignore
    for (const position of [[6, 0], [-1, 0], [0.5, 1], [1], 3, [Number.NaN, 0]]) {
      expect(box({ position })).to.throw(/receptiveBox: position: expected a unit of conv2d1's 6 × 6/);
    }
    expect(box({ layer: "fc7" })).to.throw("receptiveBox: layer: expected one of conv2d1");
    const seen = (image: unknown, options?: object): (() => unknown) => (() => (effectiveReceptiveField as Anything)([conv], image, options)); // prettier-ignore
    expect(seen([[1]])).to.throw("effectiveReceptiveField: image: expected a tensor");
    expect(seen(ones([8]))).to.throw("effectiveReceptiveField: image: expected [H, W]");
    expect(seen(ones([8, 8]), { weights: "radnom" })).to.throw(
      'weights: expected one of "uniform", "random"',
    );
    expect(seen(ones([8, 8]), { seed: 0.5 })).to.throw("effectiveReceptiveField: seed");
    expect(seen(ones([8, 8]), { unit: [0, 0] })).to.throw("effectiveReceptiveField: options");
  });

  it("icnr says which shape it takes", () => {
    expect(() => icnr([4, 1, 3], 2)).to.throw("icnr: shape: expected [O·4, C, h, w], got [4, 1, 3]");
    expect(() => icnr([4, 1, 0, 3], 2)).to.throw("icnr: shape");
    expect(() => icnr(4 as never, 2)).to.throw("icnr: shape: expected [O·4, C, h, w], got 4");
    expect(() => icnr([4, 1, 3, 3], 1.5)).to.throw("icnr: factor");
    expect(() => icnr([4, 1, 3, 3], 2, { sed: 1 } as never)).to.throw("icnr: options");
  });
});
