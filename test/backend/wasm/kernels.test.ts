import { expect } from "chai";
import type { TapTable } from "../../../src/backend/backend.js";
import { cellsOf } from "../../../src/ops/pick.js";
import { slide } from "../../../src/tensor/window.js";
import { distance, Draws, inside, output, reference, release, wasmBackend } from "./support.js";

const wasm = wasmBackend();
const axis = (
  input: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation = 1,
): ReturnType<typeof slide> => slide("test", { input, kernel, stride, padding, dilation });

/** Runs one kernel on both backends and compares what they wrote. */
function both(
  lengths: number[],
  run: (backend: typeof reference, ...outputs: Float32Array[]) => void,
): number {
  const results = lengths.map((length) => output(wasm, length));
  const expected = lengths.map((length) => new Float32Array(length));
  run(wasm, ...results);
  run(reference, ...expected);
  return Math.max(...results.map((result, index) => distance(result, expected[index])));
}

describe("wasm kernels", () => {
  afterEach(release);

  it("fold any windows back as the reference does, on whole planes and beside NaN", () => {
    const draws = new Draws(26);
    for (let trial = 0; trial < 200; trial++) {
      const [batch, inputChannels] = [draws.whole(1, 2), draws.whole(1, 3)];
      const side = (size: number): ReturnType<typeof slide> =>
        axis(size, draws.whole(1, 5), draws.whole(1, 3), draws.whole(0, 4), draws.whole(1, 2));
      const [rows, columns] = [side(draws.whole(9, 20)), side(draws.whole(9, 26))];
      const geometry = { batch, inputChannels, outputChannels: 1, groups: 1, rows, columns };
      const planes = batch * inputChannels;
      const cells = rows.kernel * columns.kernel * rows.output * columns.output;
      const input = draws.numbers(planes * cells);
      if (trial % 4 === 0) input[draws.whole(0, input.length - 1)] = NaN;
      const x = inside(wasm, input);
      const error = both([planes * rows.input * columns.input], (on, out) => on.fold(x, out, geometry));
      expect(error, JSON.stringify(geometry)).to.be.lessThan(2e-6);
    }
    // A single window's stride says nothing, however large.
    const single = { batch: 1, inputChannels: 1, outputChannels: 1, groups: 1 };
    const alone = { ...single, rows: axis(3, 3, 2 ** 32, 0), columns: axis(4, 3, 2 ** 40, 0) };
    const x = inside(wasm, draws.numbers(9));
    expect(both([12], (on, out) => on.fold(x, out, alone))).to.equal(0);
  });

  it("pool over random windows as the reference does, NaN and infinities included", () => {
    const draws = new Draws(20);
    for (let trial = 0; trial < 120; trial++) {
      const [height, width] = [draws.whole(4, 20), draws.whole(4, 26)];
      const kernel = draws.whole(1, 4);
      const padding = draws.whole(0, Math.floor(kernel / 2));
      const [stride, dilation] = [draws.whole(1, 4), kernel > 2 || height < 8 ? 1 : draws.whole(1, 2)];
      const geometry = {
        planes: draws.whole(1, 5),
        rows: axis(height, kernel, stride, padding, dilation),
        columns: axis(width, kernel, draws.whole(1, 3), padding, dilation),
      };
      const input = draws.numbers(geometry.planes * height * width);
      if (trial % 3 === 0) input[draws.whole(0, input.length - 1)] = draws.pick([NaN, Infinity, -Infinity]);
      const x = inside(wasm, input);
      const cells = geometry.planes * geometry.rows.output * geometry.columns.output;
      for (const kind of ["max", "min"] as const) {
        expect(both([cells], (on, out) => on.pool2d(kind, x, out, undefined, geometry))).to.equal(0);
        expect(
          both([cells, cells], (on, out, at) => on.pool2d(kind, x, out, cellsOf(at), geometry)),
        ).to.equal(0);
      }
      for (const options of [
        { countIncludePad: true },
        { countIncludePad: false },
        { countIncludePad: true, divisor: 3 },
      ]) {
        expect(both([cells], (on, out) => on.averagePool2d(x, out, geometry, options))).to.be.lessThan(1e-5);
        const slopes = inside(wasm, draws.numbers(cells));
        const error = both([input.length], (on, out) =>
          on.averagePool2dGradient(slopes, out, geometry, options),
        );
        expect(error).to.be.lessThan(1e-5);
      }
    }
  });

  it("pool over windows that divide the input, NaN and infinities included", () => {
    const draws = new Draws(35);
    for (let trial = 0; trial < 60; trial++) {
      const [rows, columns] = [0, 1].map(() => ({
        ...axis(draws.whole(1, 20), 1, 1, 0),
        output: trial % 4 === 0 ? 1 : draws.whole(1, 12),
      }));
      const geometry = { planes: draws.whole(1, 4), rows, columns };
      const input = draws.numbers(geometry.planes * rows.input * columns.input);
      if (trial % 3 === 0) input[draws.whole(0, input.length - 1)] = draws.pick([NaN, Infinity, -Infinity]);
      if (trial % 5 === 0) input.fill(-Infinity);
      const x = inside(wasm, input);
      const cells = geometry.planes * rows.output * columns.output;
      for (const kind of ["max", "min"] as const) {
        expect(both([cells], (on, out) => on.adaptivePool2d(kind, x, out, undefined, geometry))).to.equal(0);
        const error = both([cells, cells], (on, out, at) =>
          on.adaptivePool2d(kind, x, out, cellsOf(at), geometry),
        );
        expect(error).to.equal(0);
      }
    }
  });

  it("move numbers by indices, and never outside the plane", () => {
    const draws = new Draws(21);
    const geometry = { planes: 3, large: 30, small: 11 };
    const values = inside(wasm, draws.numbers(33));
    const indices = Int32Array.from({ length: 33 }, () => draws.whole(0, 29));
    const large = inside(wasm, draws.numbers(90));
    expect(both([90], (on, out) => on.scatterAdd(values, indices, out, geometry))).to.be.lessThan(1e-6);
    expect(both([90], (on, out) => on.scatter(values, indices, out, geometry))).to.equal(0);
    expect(both([33], (on, out) => on.gather(large, indices, out, geometry))).to.equal(0);
    const before = output(wasm, 64).fill(5);
    const result = output(wasm, 90);
    const after = output(wasm, 64).fill(5);
    wasm.scatter(values, new Int32Array(33).fill(1e9), result, geometry);
    wasm.scatterAdd(values, new Int32Array(33).fill(-7), result, geometry);
    expect([...before, ...after].every((value) => value === 5)).to.equal(true);
    expect(result.every((value) => value === 0)).to.equal(true);
  });

  it("double height and width as the tables say, whatever the numbers", () => {
    const draws = new Draws(28);
    const doubled = (input: number, name: "nearest" | "bilinear", offset: number): TapTable => {
      const taps = name === "nearest" ? 1 : 2;
      const [index, weight] = [new Int32Array(2 * input * taps), new Float32Array(2 * input * taps)];
      for (let o = 0; o < 2 * input; o++) {
        const at = name === "nearest" ? o >> 1 : Math.max(0, (o + offset) / 2 - offset);
        const left = Math.floor(at);
        const share = left + 1 < input ? at - left : 0;
        index[o * taps] = left;
        weight[o * taps] = 1 - share;
        if (taps === 2) [index[2 * o + 1], weight[2 * o + 1]] = [Math.min(left + 1, input - 1), share];
      }
      return { input, output: 2 * input, taps, index, weight };
    };
    for (const name of ["nearest", "bilinear"] as const) {
      for (let trial = 0; trial < 60; trial++) {
        const [height, width] = [draws.whole(1, 9), draws.whole(1, 21)];
        // Bilinear with offset 0 is not what the fast path computes.
        const axisScale = { scale: 0.5, offset: trial % 5 === 0 ? 0 : 0.5 };
        const geometry = {
          planes: 3,
          rows: doubled(height, name, axisScale.offset),
          columns: doubled(width, name, axisScale.offset),
          kind: { name, rows: axisScale, columns: axisScale },
        };
        const numbers = draws.numbers(3 * height * width);
        if (trial % 3 === 0) numbers[draws.whole(0, numbers.length - 1)] = draws.pick([NaN, Infinity]);
        const x = inside(wasm, numbers);
        const error = both([4 * numbers.length], (on, out) => on.resample(x, out, geometry));
        expect(error, `${name} ${height}×${width}`).to.be.lessThan(1e-6);
        const slopes = inside(wasm, draws.numbers(4 * numbers.length));
        const slopeError = both([numbers.length], (on, out) => on.resampleGradient(slopes, out, geometry));
        expect(slopeError, `gradient, ${name} ${height}×${width}`).to.be.lessThan(1e-6);
      }
    }
  });

  it("resample by any table", () => {
    const draws = new Draws(22);
    const table = (input: number, size: number, taps: number): TapTable => {
      const [index, weight] = [new Int32Array(size * taps), new Float32Array(size * taps)];
      for (let o = 0; o < size; o++) {
        const at = Math.max(0, ((o + 0.5) * input) / size - 0.5);
        for (let t = 0; t < taps; t++) {
          const cell = Math.min(
            input - 1,
            (taps === 1 ? Math.floor((o * input) / size) : Math.floor(at)) + t,
          );
          index[o * taps + t] = cell;
          weight[o * taps + t] = taps === 1 ? 1 : taps === 2 ? Math.abs(1 - t - (at % 1)) : draws.next();
        }
      }
      return { input, output: size, taps, index, weight };
    };
    for (const taps of [1, 2, 4]) {
      for (const [input, size] of [
        [13, 26],
        [16, 32],
        [9, 9],
        [14, 5],
        [7, 20],
        [1, 3],
      ]) {
        const geometry = {
          planes: 3,
          rows: table(input, size, taps),
          columns: table(input, size, taps),
          kind: { name: "tables" as const },
        };
        const x = inside(wasm, draws.numbers(3 * input * input));
        const slopes = inside(wasm, draws.numbers(3 * size * size));
        expect(both([3 * size * size], (on, out) => on.resample(x, out, geometry))).to.be.lessThan(1e-5);
        expect(
          both([3 * input * input], (on, out) => on.resampleGradient(slopes, out, geometry)),
        ).to.be.lessThan(1e-5);
      }
    }
  });

  it("read images at places of their own", () => {
    const draws = new Draws(41);
    for (let trial = 0; trial < 40; trial++) {
      const [batch, channels, taps] = [draws.whole(1, 3), draws.whole(1, 5), draws.pick([1, 4, 16])];
      const [large, small] = [draws.whole(1, 40), draws.whole(1, 300)];
      const geometry = { batch, channels, taps, large, small };
      const count = batch * taps * small;
      const cells = Int32Array.from({ length: count }, () => draws.whole(-1, large - 1));
      const weights = inside(wasm, draws.numbers(count));
      const images = inside(wasm, draws.numbers(batch * channels * large));
      const slopes = inside(wasm, draws.numbers(batch * channels * small));
      const errors = [
        both([slopes.length], (on, out) => on.sample(images, cells, weights, out, geometry)),
        both([images.length], (on, out) => on.sampleGradient(slopes, cells, weights, out, geometry)),
        both([count], (on, out) => on.sampleWeightGradient(slopes, images, cells, out, geometry)),
      ];
      expect(Math.max(...errors), JSON.stringify(geometry)).to.be.lessThan(1e-5);
    }
  });

  it("multiply matrices, transposed, batched and repeated", () => {
    const draws = new Draws(23);
    for (let trial = 0; trial < 60; trial++) {
      const [batch, rows, inner, columns] = [
        draws.whole(1, 3),
        draws.whole(1, 19),
        draws.whole(0, 40),
        draws.whole(1, 21),
      ];
      const [aStep, bStep] = [draws.pick([0, rows * inner]), draws.pick([0, inner * columns])];
      const a = inside(wasm, draws.numbers(batch * rows * inner));
      const b = inside(wasm, draws.numbers(batch * inner * columns));
      const [transposeA, transposeB] = [draws.pick([true, false]), draws.pick([true, false])];
      const geometry = { batch, rows, inner, columns, transposeA, transposeB, aStep, bStep };
      const error = both([batch * rows * columns], (on, out) => on.matmul(a, b, out, geometry));
      expect(error, JSON.stringify(geometry)).to.be.lessThan(1e-5);
    }
  });

  it("multiply matrices two panels at a time, also where the sum takes several blocks", () => {
    const draws = new Draws(33);
    const wide = wasmBackend("wide");
    for (let trial = 0; trial < 30; trial++) {
      const [rows, inner, columns] = [4 * draws.whole(1, 5), draws.whole(1, 1300), draws.whole(1, 70)];
      const a = draws.numbers(rows * inner);
      const b = draws.numbers(inner * columns);
      const transposes = { transposeA: draws.pick([true, false]), transposeB: draws.pick([true, false]) };
      const geometry = { batch: 1, rows, inner, columns, ...transposes, aStep: 0, bStep: 0 };
      const [result, expected] = [output(wide, rows * columns), new Float32Array(rows * columns)];
      wide.matmul(inside(wide, a), inside(wide, b), result, geometry);
      reference.matmul(a, b, expected, geometry);
      expect(distance(result, expected), JSON.stringify(geometry)).to.be.lessThan(1e-5);
      release();
    }
  });

  it("compute element by element, broadcast, select and copy", () => {
    const draws = new Draws(24);
    const odd = Float32Array.from([NaN, Infinity, -Infinity, 0, -0, 1e-40, 2.5, 3.5, -2.5, 0.5]);
    const a = inside(wasm, Float32Array.from([...odd, ...draws.numbers(51)]));
    const b = inside(
      wasm,
      Float32Array.from([...draws.numbers(50), 0, -0, NaN, Infinity, 1, 1, 1, 1, 1, 1, 1]),
    );
    const unaries = [
      "negative",
      "abs",
      "sign",
      "reciprocal",
      "square",
      "sqrt",
      "relu",
      "floor",
      "ceil",
      "round",
      "exp",
      "sigmoid",
      "tanh",
    ] as const;
    for (const kind of unaries) {
      expect(
        both([61], (on, out) => on.unary(kind, a, out)),
        kind,
      ).to.be.lessThan(1e-6);
    }
    const binaries = [
      "add",
      "sub",
      "mul",
      "div",
      "maximum",
      "minimum",
      "equal",
      "less",
      "lessEqual",
      "greater",
      "greaterEqual",
      "gate",
      "pow",
    ] as const;
    const layouts = [
      { shape: [61], aStrides: [1], bStrides: [1] },
      { shape: [61], aStrides: [0], bStrides: [1] },
      { shape: [61], aStrides: [1], bStrides: [0] },
      { shape: [3, 20], aStrides: [20, 1], bStrides: [0, 1] },
      { shape: [4, 15], aStrides: [0, 1], bStrides: [1, 0] },
      { shape: [2, 3, 5], aStrides: [15, 1, 3], bStrides: [0, 5, 1] },
      { shape: [2, 3, 2, 5], aStrides: [30, 10, 5, 1], bStrides: [0, 1, 0, 0] },
      { shape: [3, 1, 9], aStrides: [0, 0, 0], bStrides: [9, 9, 1] },
    ];
    for (const kind of binaries) {
      for (const geometry of layouts) {
        const length = geometry.shape.reduce((product, side) => product * side, 1);
        const error = both([length], (on, out) => on.binary(kind, a, b, out, geometry));
        expect(error, `${kind} ${JSON.stringify(geometry)}`).to.be.lessThan(1e-6);
      }
    }
    for (const kind of [
      "addScalar",
      "mulScalar",
      "leakyRelu",
      "maxScalar",
      "minScalar",
      "powScalar",
    ] as const) {
      expect(
        both([61], (on, out) => on.scalar(kind, a, 0.25, out)),
        kind,
      ).to.be.lessThan(1e-6);
    }
    const condition = inside(
      wasm,
      Float32Array.from({ length: 61 }, (_, index) => index % 3),
    );
    expect(both([61], (on, out) => on.select(condition, a, b, out))).to.equal(0);
    const copies = [
      {
        shape: [3, 4, 5],
        inputOffset: 1,
        inputStrides: [20, 1, 4],
        outputOffset: 0,
        outputStrides: [20, 5, 1],
      },
      { shape: [2, 6], inputOffset: 11, inputStrides: [6, -1], outputOffset: 3, outputStrides: [8, 1] },
      { shape: [], inputOffset: 4, inputStrides: [], outputOffset: 2, outputStrides: [] },
      { shape: [5, 0], inputOffset: 0, inputStrides: [1, 1], outputOffset: 0, outputStrides: [1, 1] },
    ];
    for (const geometry of copies) expect(both([60], (on, out) => on.copy(a, out, geometry, 7))).to.equal(0);
  });

  it("take exponentials to seven digits at every size, small and large", () => {
    const sizes = Float32Array.from(
      { length: 4000 },
      (_, index) => ((index % 2) - 0.5) * 2 ** ((index % 66) / 2 - 25),
    );
    const extremes = [
      88.7,
      89,
      1000,
      -87,
      -100,
      -103.9,
      -104.5,
      -1000,
      Infinity,
      -Infinity,
      NaN,
      0,
      -0,
      1e-40,
    ];
    const x = inside(wasm, Float32Array.from([...sizes, ...extremes]));
    for (const kind of ["exp", "sigmoid", "tanh"] as const) {
      const [came, expected] = [output(wasm, x.length), new Float32Array(x.length)];
      wasm.unary(kind, x, came);
      reference.unary(kind, x, expected);
      expected.forEach((value, index) => {
        // Near 0, float32 itself has fewer digits.
        const close = Math.abs(came[index] - value) <= 4e-7 * Math.abs(value) + 3e-42;
        expect(
          Object.is(came[index], value) || close,
          `${kind}(${x[index]}) = ${came[index]}, not ${value}`,
        ).to.equal(true);
      });
    }
  });

  it("reduce every pattern of dimensions, and lines to probabilities", () => {
    const draws = new Draws(25);
    const x = inside(wasm, draws.numbers(2 * 3 * 4 * 5));
    const patterns = [
      { shape: [120], reduced: [true] },
      { shape: [24, 5], reduced: [true, false] },
      { shape: [24, 5], reduced: [false, true] },
      { shape: [2, 3, 20], reduced: [true, false, true] },
      { shape: [6, 4, 5], reduced: [false, true, false] },
      { shape: [2, 3, 4, 5], reduced: [true, false, true, false] },
      { shape: [2, 3, 4, 5], reduced: [false, true, false, true] },
      { shape: [2, 3, 4, 1, 5], reduced: [true, false, true, false, true] },
    ];
    for (const { shape, reduced } of patterns) {
      const length = shape.reduce((product, side, at) => (reduced[at] ? product : product * side), 1);
      for (const kind of ["sum", "mean", "max", "min"] as const) {
        const error = both([length], (on, out) => on.reduce(kind, x, out, { shape, reduced }));
        expect(error, `${kind} ${JSON.stringify(reduced)}`).to.be.lessThan(1e-6);
      }
    }
    for (const geometry of [
      { outer: 24, length: 5, inner: 1 },
      { outer: 2, length: 3, inner: 20 },
      { outer: 6, length: 4, inner: 5 },
    ]) {
      expect(both([120], (on, out) => on.softmax(x, out, geometry))).to.be.lessThan(1e-6);
      expect(both([120], (on, out) => on.logSoftmax(x, out, geometry))).to.be.lessThan(1e-6);
    }
    for (const value of [NaN, Infinity, -Infinity, 1e30]) {
      const odd = inside(wasm, draws.numbers(120));
      odd[37] = value;
      const geometry = { outer: 2, length: 6, inner: 10 };
      expect(both([120], (on, out) => on.softmax(odd, out, geometry))).to.be.lessThan(1e-6);
      expect(both([120], (on, out) => on.logSoftmax(odd, out, geometry))).to.be.lessThan(1e-6);
    }
    const bias = { batch: 2, channels: 3, cells: 20 };
    expect(both([3], (on, out) => on.conv2dBiasGradient(x, out, bias))).to.be.lessThan(1e-6);
  });
});
