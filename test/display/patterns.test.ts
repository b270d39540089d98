import { expect } from "chai";
import {
  checkerboard,
  conv2d,
  convTranspose2d,
  dilationGrid,
  icnr,
  interpolate,
  ones,
  pixelShuffle,
  randn,
} from "../../src/index.js";
import { spectrumOf } from "../../src/display/spectrum.js";

describe("dilationGrid", () => {
  it("counts the lecture's taps", () => {
    expect(dilationGrid({ rates: [1, 2, 4] }).data.taps.join(" ")).to.equal("1 1 2 1 3 2 3 1 3 2 3 1 2 1 1");
    expect(dilationGrid({ rates: [2, 2, 2] }).data.taps.join(" ")).to.equal("1 0 3 0 6 0 7 0 6 0 3 0 1");
    expect(dilationGrid({ rates: [2, 2, 2] }).data.holes).to.equal(6);
  });

  it("is the checkerboard's impulse response: one phenomenon", () => {
    let impulse = ones([1, 1]);
    for (let layer = 0; layer < 3; layer++)
      impulse = convTranspose2d(impulse, ones([1, 3]), { stride: [1, 2] });
    expect(dilationGrid({ rates: [4, 2, 1] }).data.taps).to.deep.equal([...impulse.data]);
  });

  it("draws in the page what the ops computed, for any rates", () => {
    for (const options of [
      { rates: [1, 2, 4] },
      { rates: [3, 1], kernel: 2 },
      { rates: [2, 5, 1], kernel: 4 },
    ]) {
      const figure = dilationGrid(options);
      const { taps, reach } = figure.data;
      expect(figure.toSVG()).to.contain(`Reach ${reach} cells`);
      const drawn = /counts ([\d ]+)\./.exec(figure.toSVG().replaceAll(/<\/text><text[^>]*>/g, ""))?.[1];
      expect(drawn).to.equal(taps.join(" "));
    }
  });

  it("multiplies the counts in two dimensions and refuses what cannot be seen", () => {
    const { grid, taps } = dilationGrid({ rates: [1, 2] }).data;
    expect(grid[2][3]).to.equal(taps[2] * taps[3]);
    expect(() => dilationGrid({ rates: [] })).to.throw(/rates/);
    expect(() => dilationGrid({ rates: [60, 60] })).to.throw(/at most 120/);
  });
});

describe("checkerboard", () => {
  it("overlaps as the lecture says: 2, 3, 5 to one on an axis after one, two, three layers", () => {
    for (const [depth, ratio] of [
      [1, 2],
      [2, 3],
      [3, 5],
    ] as const) {
      // prettier-ignore
      const { overlap } = checkerboard({ kernel: 3, stride: 2, depth }).data;
      const middle = Math.floor(overlap.length / 2);
      const inside = overlap
        .slice(middle - 8, middle + 8)
        .map((row) => row.slice(middle - 8, middle + 8))
        .flat();
      expect(Math.max(...inside) / Math.min(...inside)).to.equal(ratio * ratio);
      expect(checkerboard({ kernel: 3, stride: 2, depth }).toSVG()).to.contain(`${ratio * ratio} : 1`);
    }
  });

  it("is flat inside for kernel 4, stride 2, and uneven again when its weights differ", () => {
    expect(checkerboard({ kernel: 4, stride: 2 }).data.amplitude).to.equal(0);
    expect(checkerboard({ kernel: 4, stride: 2 }).toSVG()).to.contain("Even inside");
    expect(checkerboard({ kernel: 4, stride: 2, weights: [1, 2, 1, 1] }).data.amplitude).to.be.greaterThan(
      0.1,
    );
  });

  it("has its spectrum's peaks at half the sampling frequency, and none when flat", () => {
    const { spectrum } = checkerboard({ kernel: 3, stride: 2 }).data;
    const half = spectrum.length / 2;
    const peaks = spectrum.flatMap((row, y) => row.flatMap((value, x) => (value > 0.01 ? [[y, x]] : [])));
    expect(peaks).to.deep.equal([[0, 0], [0, half], [half, 0]]); // prettier-ignore
    const flat = checkerboard({ kernel: 4, stride: 2 }).data.spectrum.flat();
    expect(Math.max(...flat)).to.be.below(1e-6);
  });

  it("is the gradient of a strided convolution", () => {
    const { overlap, gradient } = checkerboard({ kernel: 3, stride: 2 }).data;
    expect(gradient).to.deep.equal(overlap);
  });

  it("measures the remedies: ICNR and resizing are free of it, a divisible kernel alone is not", () => {
    const [odd, divisible, subPixel, withIcnr, resized] = checkerboard({ kernel: 3, stride: 2 }).data
      .remedies;
    expect(Math.min(odd.amplitude, divisible.amplitude, subPixel.amplitude)).to.be.greaterThan(0.1);
    expect(Math.max(withIcnr.amplitude, resized.amplitude)).to.be.below(1e-5);
  });

  it("measures a real output", () => {
    const image = randn([4, 16, 16], { seed: 1 });
    const uneven = convTranspose2d(image, ones([4, 2, 3, 3]), { stride: 2 });
    const even = interpolate(image, { scaleFactor: 2 });
    expect(checkerboard({ output: uneven }).data.amplitude).to.be.greaterThan(0.05);
    expect(checkerboard({ output: even }).data.amplitude).to.be.closeTo(0, 1e-6);
    expect(checkerboard({ output: uneven }).data.overlap).to.have.lengthOf(2);
  });

  it("refuses what cannot be seen", () => {
    expect(() => checkerboard({ kernel: 3, stride: 2, depth: 9 })).to.throw(/depth/i);
    expect(() => checkerboard({ kernel: 3, stride: 2, weights: [1] })).to.throw(/3 finite weights/);
    expect(() => checkerboard({ output: ones([2, 2]), stride: 4 })).to.throw(/8 cells/);
  });
});

describe("icnr", () => {
  it("makes a sub-pixel convolution start as nearest upsampling of a convolution", () => {
    const image = randn([2, 6, 6], { seed: 1 });
    const weight = icnr([12, 2, 3, 3], 2, { seed: 3 });
    const shuffled = pixelShuffle(conv2d(image, weight, { padding: 1 }), 2);
    const plain = icnr([3, 2, 3, 3], 1, { seed: 3 });
    const resized = interpolate(conv2d(image, plain, { padding: 1 }), { scaleFactor: 2 });
    expect([...shuffled.data]).to.deep.equal([...resized.data]);
    expect(() => icnr([3, 2, 3, 3], 2)).to.throw(/O·4/);
  });
});

describe("spectrumOf", () => {
  it("finds a wave's frequency and its amplitude", () => {
    const wave = Float32Array.from(
      { length: 64 },
      (_, index) => 3 + Math.cos((2 * Math.PI * 2 * (index % 8)) / 8),
    );
    const spectrum = spectrumOf(wave, 8, 8);
    expect(spectrum[4][6]).to.be.closeTo(0.5, 1e-6);
    expect(spectrum[4][4]).to.be.closeTo(0, 1e-6);
  });
});
