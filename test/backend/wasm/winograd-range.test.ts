import { expect } from "chai";
import type { ConvGeometry } from "../../../src/backend/backend.js";
import { useBackend } from "../../../src/backend/choose.js";
import type { WasmBackend } from "../../../src/backend/wasm/index.js";
import {
  conv2d,
  convTranspose2d,
  loadImage,
  mnist,
  randn,
  reshape,
  type Tensor,
} from "../../../src/index.js";
import {
  compute,
  convGeometry,
  type ConvShape,
  Draws,
  lengths,
  normal,
  OPERANDS,
  type Pass,
  PASSES,
  wasmBackend,
} from "./support.js";

/** The most that `auto` is off where nothing of `marked` is read; infinite where it is not a number. */
function offBeside(
  wasm: WasmBackend,
  pass: Pass,
  operands: readonly [Float32Array, Float32Array],
  marked: readonly [Float32Array, Float32Array],
  geometry: ConvGeometry,
): number {
  const came = compute(wasm, pass, ...operands, geometry, "auto");
  const expected = compute(wasm, pass, ...operands, geometry, "direct");
  const reads = compute(wasm, pass, ...marked, geometry, "direct");
  let most = 0;
  let beside = 0;
  came.forEach((value, index) => {
    if (reads[index] > 0.5) return;
    beside++;
    // Padding times infinity is not a number, here and there.
    if (Object.is(value, expected[index])) return;
    const off = Math.abs(value - expected[index]);
    most = Math.max(most, Number.isNaN(off) ? Infinity : off);
  });
  expect(beside, "some outputs do not read it").to.be.greaterThan(0);
  return most;
}

/** One for each tiling and way: see winograd-plan.test.ts. */
const SHAPES: Record<string, ConvShape> = {
  "F(4×4, 3×3)": { channels: 16, out: 16, size: [32, 32], kernel: [3, 3], padding: 1 },
  "F(4×4, 3×3) of three channels, two images": {
    ...{ channels: 3, out: 10, size: [30, 31], kernel: [3, 3], padding: 1, batch: 2 },
  },
  "F(2×2, 3×3)": { channels: 24, out: 24, size: [4, 4], kernel: [3, 3], padding: 1, batch: 2 },
  "F(4×2, 3×3)": { channels: 40, out: 36, size: [7, 7], kernel: [3, 3], padding: 1 },
  "F(3×3, 4×4)": { channels: 8, out: 12, size: [20, 27], kernel: [4, 3], padding: 2 },
  "F(4×4, 5×5)": { channels: 16, out: 12, size: [18, 21], kernel: [5, 5], padding: 2 },
  "backwards, 5×5": { channels: 6, out: 16, size: [14, 14], kernel: [5, 5], batch: 5 },
  "backwards, 3×3": { channels: 8, out: 8, size: [30, 30], kernel: [3, 3] },
  "stride 2": { channels: 12, out: 16, size: [26, 22], kernel: [4, 4], stride: 2, padding: 1 },
  "stride 2, 7×7": { channels: 3, out: 16, size: [33, 28], kernel: [7, 7], stride: 2, padding: 3 },
  "stride 3": { channels: 9, out: 12, size: [25, 25], kernel: [9, 8], stride: 3 },
  "dilation 2": { channels: 16, out: 16, size: [17, 20], kernel: [3, 3], padding: 2, dilation: 2 },
  "dilation 3": { channels: 9, out: 10, size: [23, 19], kernel: [3, 3], padding: [0, 3], dilation: 3 },
  groups: { channels: 24, out: 32, size: [18, 16], kernel: [3, 3], padding: 1, groups: 2 },
  "more on one side": { channels: 12, out: 9, size: [16, 15], kernel: [3, 3], padding: [0, 2] },
};

const PEAKS = [20, 100, 1e3, 1e5, 1e7, 1e20, 3e38, Infinity, NaN];

const backends = { wasm: wasmBackend(), "wasm, wide": wasmBackend("wide") };

for (const [name, wasm] of Object.entries(backends))
  describe(`Winograd beside numbers far larger than the rest, ${name}`, () => {
    for (const [title, shape] of Object.entries(SHAPES))
      it(`${title}: what does not read them stays within 1e-3 of direct`, () => {
        const draws = new Draws(21);
        const geometry = convGeometry(shape);
        const size = lengths(geometry);
        for (const pass of PASSES) {
          const sizes = OPERANDS[pass].map((operand) => size[operand]);
          for (const [which, peak] of [0, 1].flatMap((side) =>
            PEAKS.map((value) => [side, value] as const),
          )) {
            const operands = [normal(draws, sizes[0]), normal(draws, sizes[1])] as const;
            const marked = [new Float32Array(sizes[0]), new Float32Array(sizes[1])] as const;
            // Of a kernel, the corner: outputs at the border have padding there.
            const at = draws.pick([0, sizes[which] - 1, draws.whole(0, sizes[which] - 1)]);
            operands[which][at] = draws.pick([1, -1]) * peak;
            marked[which][at] = 1;
            marked[1 - which].fill(1);
            const off = offBeside(wasm, pass, operands, marked, geometry);
            expect(off, `${pass}, ${peak} at ${at} of operand ${which}`).to.be.at.most(1e-3);
          }
        }
      });

    it("in a row, a column, a square, a quarter and half of the image", () => {
      const draws = new Draws(22);
      const geometry = convGeometry(SHAPES["F(4×4, 3×3)"]);
      const size = lengths(geometry);
      const regions: Record<string, (y: number, x: number) => boolean> = {
        row: (y) => y === 13,
        "first row": (y) => y === 0,
        column: (_, x) => x === 30,
        square: (y, x) => y > 4 && y < 12 && x > 18 && x < 27,
        quarter: (y, x) => y < 16 && x < 16,
        half: (_, x) => x < 16,
        "most of it": (y) => y > 9,
        scattered: (y, x) => (y * 7 + x * 11) % 97 === 0,
      };
      for (const [region, holds] of Object.entries(regions)) {
        for (const peak of [1e4, 1e5, 1e9]) {
          const operands = [normal(draws, size.input), normal(draws, size.weight)] as const;
          const marked = [new Float32Array(size.input), new Float32Array(size.weight).fill(1)] as const;
          operands[0].forEach((_, index) => {
            const cell = index % 1024;
            if (!holds(Math.floor(cell / 32), cell % 32)) return;
            operands[0][index] *= peak;
            marked[0][index] = 1;
          });
          const off = offBeside(wasm, "forward", operands, marked, geometry);
          expect(off, `${region}, ${peak}`).to.be.at.most(1e-3);
        }
      }
    });

    it("of one image of a batch leaves the digits of the others as they are, with any number of threads", () => {
      const draws = new Draws(23);
      const geometry = convGeometry({ ...SHAPES["F(4×4, 3×3)"], size: [48, 48], batch: 6 });
      const size = lengths(geometry);
      const { threads } = wasm;
      for (const pass of ["forward", "input gradient"] as const) {
        const [images, weight] = OPERANDS[pass].map((operand) => normal(draws, size[operand]));
        const peaked = images.slice();
        const one = images.length / 6;
        peaked[3 * one + 77] = 1e6;
        peaked[5 * one + 5] = NaN;
        const alone = compute(wasm, pass, images, weight, geometry, "auto");
        wasm.threads = 1;
        const beside = compute(wasm, pass, peaked, weight, geometry, "auto");
        wasm.threads = 3;
        const shared = compute(wasm, pass, peaked, weight, geometry, "auto");
        wasm.threads = threads;
        const direct = compute(wasm, pass, peaked, weight, geometry, "direct");
        const cells = alone.length / 6;
        const of = (all: Float32Array, image: number): Float32Array =>
          all.subarray(image * cells, (image + 1) * cells);
        expect(shared).to.deep.equal(beside);
        for (const image of [0, 1, 2, 4]) expect(of(beside, image)).to.deep.equal(of(alone, image));
        for (const image of [3, 5]) expect(of(beside, image)).to.deep.equal(of(direct, image));
        // The others did take Winograd.
        expect(of(beside, 0)).to.not.deep.equal(of(direct, 0));
      }
      const [input, gradient] = [normal(draws, size.input), normal(draws, size.output)];
      input[2 * 16 * 48 * 48 + 9] = -1e6;
      const results = [1, 3].map((count) => {
        wasm.threads = count;
        return compute(wasm, "weight gradient", input, gradient, geometry, "auto");
      });
      wasm.threads = threads;
      expect(results[1]).to.deep.equal(results[0]);
    });

    it("goes on with what images, activations and gradients hold: zeros, strokes, shadows, long tails", () => {
      const draws = new Draws(24);
      const geometry = convGeometry({ ...SHAPES["F(4×4, 3×3)"], batch: 3 });
      const size = lengths(geometry);
      const kinds: Record<string, (value: number, y: number, x: number) => number> = {
        uniform: (value) => Math.abs(value % 1),
        rectified: (value) => Math.max(0, value),
        "a digit's strokes": (_, y, x) => (Math.abs(Math.hypot(y - 16, x - 16) - 9) < 2 ? 0.99 : 0),
        "strokes on what a bias left": (value, y, x) => (Math.abs(x - y) < 4 ? 2 + value * 0.2 : 0.3),
        "a photograph with shadows": (value, y, x) => (x < 12 ? 0.02 : 0.7) + 0.05 * Math.sin(y / 3) * value,
        "long tails": (value) => Math.sign(value) * Math.exp(0.8 * value),
        "behind a pool": (value, y, x) => (value > 0 && y % 2 === 0 && x % 2 === 1 ? value : 0),
        "nothing but zeros": () => 0,
        "one number in zeros": (_, y, x) => (y === 9 && x === 9 ? 1 : 0),
      };
      for (const pass of PASSES) {
        const [first, second] = OPERANDS[pass];
        const other = normal(draws, size[second]);
        for (const [kind, make] of Object.entries(kinds)) {
          const numbers = normal(draws, size[first]).map((value, index) =>
            make(value, Math.floor((index % 1024) / 32), index % 32),
          );
          const came = compute(wasm, pass, numbers, other, geometry, "auto");
          const direct = compute(wasm, pass, numbers, other, geometry, "direct");
          const same = came.every((value, index) => value === direct[index]);
          expect(same, `${pass}, ${kind}`).to.equal(kind === "nothing but zeros");
        }
      }
    });
  });

describe("a pixel far larger than the rest, in conv2d and convTranspose2d", () => {
  before(() => useBackend("wasm"));
  after(() => useBackend("auto"));

  const farthest = (came: Tensor, expected: Tensor, reads: (y: number, x: number) => boolean): number => {
    const [rows, columns] = came.shape.slice(-2);
    const [a, b] = [came.data, expected.data];
    return a.reduce((most, value, index) => {
      const cell = index % (rows * columns);
      if (reads(Math.floor(cell / columns), cell % columns)) return most;
      return Math.max(most, Math.abs(value - b[index]));
    }, 0);
  };

  it("leaves all that does not read it within 1e-3 of direct", () => {
    for (const peak of [1e3, 1e5, 1e7, 1e20, -Infinity, NaN]) {
      const x = randn([1, 16, 32, 32], { seed: 1 });
      x.data[5 * 1024 + 11 * 32 + 14] = peak;
      const weight = randn([16, 16, 3, 3], { seed: 2 });
      const [auto, direct] = (["auto", "direct"] as const).map((algorithm) =>
        conv2d(x, weight, { padding: 1, algorithm }),
      );
      const near = (y: number, x: number): boolean => Math.abs(y - 11) < 2 && Math.abs(x - 14) < 2;
      expect(farthest(auto, direct, near), String(peak)).to.be.at.most(1e-3);
      const up = randn([16, 16, 4, 4], { seed: 3 });
      const [wide, exact] = (["auto", "direct"] as const).map((algorithm) =>
        convTranspose2d(x, up, { stride: 2, padding: 1, algorithm }),
      );
      const reached = (y: number, x: number): boolean => y >= 21 && y <= 24 && x >= 27 && x <= 30;
      expect(farthest(wide, exact, reached), `transposed, ${peak}`).to.be.at.most(1e-3);
    }
  });

  it("is none of a photograph's or a digit's: they go through Winograd", async () => {
    const names = [
      "airplane-from-above",
      "allium-oreophilum",
      "french-alpine-landscape",
      "locomotion-house-cat",
    ];
    const images = await Promise.all(names.map((name) => loadImage(name, { size: 64 })));
    const { images: digits } = await mnist({ split: "test", limit: 20 });
    for (const image of [...images.map((one) => reshape(one, [1, ...one.shape])), digits]) {
      // One channel is faster directly with 3×3.
      const size = image.shape[1] === 1 ? 5 : 3;
      const weight = randn([16, image.shape[1], size, size], { seed: 4 });
      const [auto, direct] = (["auto", "direct"] as const).map(
        (algorithm) => conv2d(image, weight, { padding: "half", algorithm }).data,
      );
      const cells = auto.length / image.shape[0];
      for (let first = 0; first < auto.length; first += cells) {
        expect(auto.subarray(first, first + cells)).to.not.deep.equal(direct.subarray(first, first + cells));
      }
    }
  });
});
