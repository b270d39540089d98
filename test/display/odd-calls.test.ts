import { expect } from "chai";
import {
  checkerboard,
  dilationGrid,
  type Figure,
  full,
  pixelUse,
  rand,
  receptiveFieldMap,
  slidingWindow,
  tensor,
  type Tensor,
  upsamplingComparison,
  zeros,
} from "../../src/index.js";

type Anything = (...values: unknown[]) => Figure<unknown>;

const network = [{ op: "conv2d", kernel: 3, padding: 1, channels: 2 }] as const;
const mixed = tensor([[NaN, 1, 2, 3], [0, Infinity, 1, 2], [1, 1, -Infinity, 1], [0, 0, 0, 0.5]]); // prettier-ignore

/** Figures of a tensor. */
const ofTensors: Record<string, (image: Tensor) => Figure<unknown>> = {
  upsamplingComparison: (image) => upsamplingComparison(image),
  checkerboard: (output) => checkerboard({ output }),
  receptiveFieldMap: (image) => receptiveFieldMap(network, image),
};

describe("figures of odd tensors", () => {
  for (const [name, make] of Object.entries(ofTensors)) {
    it(`${name} draws NaN, infinities and constants without a number that is none`, () => {
      for (const image of [mixed, ...[NaN, Infinity, -Infinity, 0, 5].map((value) => full([8, 8], value))]) {
        const figure = make(image);
        expect(figure.toSVG()).to.not.match(/="(NaN|-?Infinity|undefined)/);
        expect(figure.toString()).to.not.contain("undefined");
        expect(figure.toHTML().length).to.be.below(80_000);
      }
    });

    it(`${name} refuses what is no image, by its own name`, () => {
      const odd = [
        zeros([0, 0]),
        zeros([3, 0, 4]),
        zeros([8]),
        zeros([2, 3, 8, 8]),
        undefined,
        null,
        3,
        [[1, 2]],
      ];
      for (const image of odd) expect(() => make(image as Tensor)).to.throw(/^(upsamplingComparison|checkerboard|receptiveFieldMap|network): /); // prettier-ignore
    });
  }

  it("a single pixel is drawn or refused", () => {
    expect(receptiveFieldMap(network, zeros([1, 1])).toString()).to.contain("sees rows −1 to 1");
    expect(upsamplingComparison(zeros([1, 1]), { scaleFactor: 1 }).toSVG()).to.contain("1 × 1");
    expect(() => upsamplingComparison(zeros([1, 1]))).to.throw(/height and width that 2 divides/);
    expect(() => checkerboard({ output: zeros([1, 1]) })).to.throw(/at least 4 cells a side/);
  });

  it("checkerboard measures the values that are finite and counts the others", () => {
    const clean = rand([1, 8, 8], { seed: 1 });
    const { data, ...figure } = checkerboard({ output: clean });
    expect(figure.toSVG()).to.not.contain("not finite");
    const spoiled = clean.data.slice();
    spoiled[0] = NaN;
    const left = checkerboard({ output: tensor(spoiled, [1, 8, 8]) });
    expect(left.toSVG()).to.contain("1 value of 64 not finite");
    // By hand: the first phase's mean is that of its other fifteen cells.
    const others = clean.data.filter((_, at) => at > 0 && at % 2 === 0 && Math.floor(at / 8) % 2 === 0);
    const mean = others.reduce((sum, value) => sum + value, 0) / 15;
    expect(left.data.overlap[0][0]).to.be.closeTo(mean, 1e-6);
    expect(left.data.overlap[1][1]).to.equal(data.overlap[1][1]);
    expect(checkerboard({ output: full([8, 8], NaN) }).toString()).to.contain("nothing to measure");
  });

  it("upsamplingComparison says why there is no PSNR", () => {
    const spoiled = upsamplingComparison(mixed, { methods: ["nearest"] });
    expect(spoiled.toString()).to.contain("none can be measured by PSNR");
    expect(spoiled.toSVG()).to.contain("Values that are not finite leave no PSNR.");
    const flat = upsamplingComparison(full([4, 4], 5), { methods: ["nearest", "bed-of-nails"] });
    expect(flat.data.psnr).to.deep.equal({ nearest: Infinity, "bed-of-nails": NaN });
    expect(flat.toSVG()).to.contain("A constant image has no range");
  });
});

/** Figures of options, each with wrong ones and what is said. */
const ofOptions: readonly [string, unknown, readonly [object, string][]][] = [
  ["upsamplingComparison", (options: never) => upsamplingComparison(rand([8, 8], { seed: 1 }), options), [
    [{ methods: ["nearst"] }, 'methods: expected one of "nearest", "bilinear"'],
    [{ methods: "nearest" }, 'methods: expected a list of "nearest"'],
    [{ methods: [] }, "methods: expected a list of"],
    [{ methods: ["nearest", "nearest"] }, "methods: expected each method once"],
    [{ method: ["nearest"] }, 'options: expected only scaleFactor, methods, got "method"'],
    [{ scaleFactor: 1.5 }, "scaleFactor: expected a whole number ≥ 1, got 1.5"],
    [{ scaleFactor: "2" }, 'scaleFactor: expected a whole number ≥ 1, got "2"'],
    [{ scaleFactor: 3 }, "image: expected height and width that 3 divides"],
  ]],
  ["checkerboard", checkerboard, [
    [{ kernel: 3 }, "stride: expected a whole number ≥ 1, got undefined"],
    [{ kernel: NaN, stride: 2 }, "kernel: expected a whole number ≥ 1, got NaN"],
    [{ kernel: 9, stride: 2 }, "kernel: expected at most 8, to be seen, got 9"],
    [{ kernel: 3, stride: 2, depth: 9 }, "depth: expected stride to the power of depth at most 27, to be seen, got 2 to the power of 9"],
    [{ kernel: 2, stride: 2, weights: [1, NaN] }, "weights: expected 2 finite weights, of one axis, got [1, NaN]"],
    [{ kernel: 2, stride: 2, weights: "11" }, 'weights: expected 2 finite weights, of one axis, got "11"'],
    [{ kernel: 2, stride: 2, weight: [1, 1] }, 'got "weight"'],
    [{ output: zeros([8, 8]), kernel: 3 }, 'options: expected only output, stride, got "kernel"'],
  ]],
  ["dilationGrid", dilationGrid, [
    [{}, "rates: expected one to six dilations, got undefined"],
    [{ rates: 2 }, "rates: expected one to six dilations, got 2"],
    [{ rates: [1, 1, 1, 1, 1, 1, 1] }, "rates: expected one to six dilations"],
    [{ rates: [1.5] }, "rates: expected a whole number ≥ 1, got 1.5"],
    [{ rates: [1e15] }, "rates: expected a reach of at most 120 cells, to be seen, got 2000000000000001"],
    [{ rates: [1], kernal: 3 }, 'options: expected only rates, kernel, got "kernal"'],
  ]],
  ...[["slidingWindow", slidingWindow, 64] as const, ["pixelUse", pixelUse, 256] as const].map(
    ([name, make, most]): [string, unknown, [object, string][]] => [name, make, [
      [{ kernel: 3 }, "input: expected a whole number ≥ 0, got undefined"],
      [{ input: 0, kernel: 1, padding: 2 }, "input: expected at least one cell, got 0"],
      [{ input: 1e9, kernel: 3 }, `input: expected at most ${most} cells, to be seen`],
      [{ input: 7, kernel: 3, stride: 1e9 }, `stride: expected at most ${most} cells, to be seen`],
      [{ input: 7, kernel: 3, padding: 1e6 }, `padding: expected at most ${most} cells, to be seen`],
      [{ input: 7, kernel: 3, padding: "sane" }, 'padding: expected one of "valid", "same", "half", "full", got "sane"'],
      [{ input: 7, kernel: 3, padding: [1, 2] }, "padding: expected the same on both sides, got [1, 2]"],
      [{ input: 7, kernel: 3, dialtion: 2 }, 'got "dialtion"'],
    ]],
  ),
  ["receptiveFieldMap", (options: never) => receptiveFieldMap(network, zeros([8, 8]), options), [
    [{ layer: "fc7" }, 'layer: expected one of conv2d1, got "fc7"'],
    [{ position: [9, 9] }, "position: expected a unit of conv2d1's 8 × 8, got [9, 9]"],
    [{ position: "middle" }, 'position: expected a unit of conv2d1\'s 8 × 8, got "middle"'],
    [{ weights: "radnom" }, 'weights: expected one of "uniform", "random", got "radnom"'],
    [{ seed: NaN }, "seed: expected a whole number ≥ 0, got NaN"],
    [{ positon: [1, 1] }, 'got "positon"'],
  ]],
]; // prettier-ignore

describe("figures, called wrongly from plain JavaScript", () => {
  for (const [name, make, wrong] of ofOptions) {
    it(`${name} names the option, what was expected and what came`, () => {
      const call = make as Anything;
      for (const [options, message] of wrong) expect(() => call(options), message).to.throw(message);
      for (const [options, message] of wrong) expect(() => call(options), message).to.throw(new RegExp(`^${name}: `)); // prettier-ignore
      for (const options of [null, 3, "x", [1]]) expect(() => call(options)).to.throw(`${name}: options: expected an object with`); // prettier-ignore
    });
  }
});

describe("figures of large inputs stay small", () => {
  const bytesOf = (figure: Figure<unknown>): number => figure.toHTML().length;

  it("upsamplingComparison draws the middle, says so, and holds everything", () => {
    const image = rand([256, 256], { seed: 1 });
    const figure = upsamplingComparison(image);
    // Noise cannot be packed.
    expect(bytesOf(figure)).to.be.below(400_000);
    expect(figure.toSVG()).to.match(/Made large again, rows \d+ to \d+, columns \d+ to \d+/);
    expect(figure.toSVG()).to.contain("the PSNR is of the whole image, and data holds it all");
    expect(figure.data.outputs.bicubic).to.have.lengthOf(256 * 256);
    expect(bytesOf(upsamplingComparison(rand([3, 1024, 512], { seed: 1 })))).to.be.below(400_000);
    const typical = upsamplingComparison(rand([64, 64], { seed: 1 }));
    expect(bytesOf(typical)).to.be.below(200_000);
    expect(typical.toSVG()).to.not.contain("The middle is drawn");
  });

  it("the footnote about zeros speaks of the methods that are there", () => {
    const foot = (...methods: ("nearest" | "bed-of-nails" | "max-unpooling")[]): string =>
      /[^>]* zeros between [^<]*/.exec(upsamplingComparison(rand([8, 8], { seed: 1 }), { methods }).toSVG())?.[0] ?? ""; // prettier-ignore
    expect(foot("nearest")).to.equal("");
    expect(foot("bed-of-nails")).to.match(/^Bed of nails leaves zeros/);
    expect(foot("nearest", "max-unpooling")).to.match(/^Max unpooling leaves zeros/);
    expect(foot("bed-of-nails", "max-unpooling")).to.match(/^Bed of nails and max unpooling leave/);
  });

  it("two methods use the width of the page", () => {
    const svg = upsamplingComparison(rand([16, 16], { seed: 1 }), {
      methods: ["nearest", "bilinear"],
    }).toSVG();
    const widths = [...svg.matchAll(/<image[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));
    expect(widths.slice(2)).to.deep.equal([359, 359]);
  });

  it("checkerboard, dilationGrid, slidingWindow, pixelUse and receptiveFieldMap are bounded", () => {
    expect(bytesOf(checkerboard({ kernel: 3, stride: 2 }))).to.be.below(75_000);
    expect(bytesOf(checkerboard({ kernel: 8, stride: 3, depth: 3 }))).to.be.below(110_000);
    expect(bytesOf(dilationGrid({ rates: [1, 2, 4] }))).to.be.below(65_000);
    expect(bytesOf(dilationGrid({ rates: [3, 5, 7, 9, 11, 24] }))).to.be.below(320_000);
    expect(bytesOf(slidingWindow({ input: 64, kernel: 64, padding: 64 }))).to.be.below(200_000);
    expect(bytesOf(pixelUse({ input: 256, kernel: 31, dilation: 7, padding: 100 }))).to.be.below(400_000);
    expect(bytesOf(receptiveFieldMap(network, rand([3, 512, 512], { seed: 1 })))).to.be.below(400_000);
  });
});
