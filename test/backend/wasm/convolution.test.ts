import { expect } from "chai";
import type { Algorithm, ConvGeometry } from "../../../src/backend/backend.js";
import { slide } from "../../../src/tensor/window.js";
import {
  convGeometry,
  type ConvShape,
  distance,
  Draws,
  inside,
  lengths,
  output,
  reference,
  release,
  wasmBackend,
} from "./support.js";

const backends = { "wasm convolutions": wasmBackend(), "wasm convolutions, wide": wasmBackend("wide") };
let wasm = backends["wasm convolutions"];

/** The distances of forward, input gradient and weight gradient from the reference's. */
function compare(geometry: ConvGeometry, algorithm: Algorithm, draws: Draws): number[] {
  const size = lengths(geometry);
  const [input, weight, gradient] = [size.input, size.weight, size.output].map((n) => draws.numbers(n));
  const [bias, inputBias] = [geometry.outputChannels, geometry.inputChannels].map((n) => draws.numbers(n));
  const [x, w, g, b, c] = [input, weight, gradient, bias, inputBias].map((n) => inside(wasm, n));
  const results = [output(wasm, size.output), output(wasm, size.input), output(wasm, size.weight)];
  const expected = results.map(({ length }) => new Float32Array(length));
  wasm.conv2d(x, w, b, results[0], geometry, algorithm);
  wasm.conv2dInputGradient(g, w, c, results[1], geometry, algorithm);
  wasm.conv2dWeightGradient(x, g, results[2], geometry, algorithm);
  reference.conv2d(input, weight, bias, expected[0], geometry, algorithm);
  reference.conv2dInputGradient(gradient, weight, inputBias, expected[1], geometry, algorithm);
  reference.conv2dWeightGradient(input, gradient, expected[2], geometry, algorithm);
  const distances = results.map((result, index) => distance(result, expected[index]));
  release();
  return distances;
}

for (const [name, backend] of Object.entries(backends))
  describe(name, () => {
    before(() => {
      wasm = backend;
    });

    it("agree with the reference over random shapes and options, direct within 1e-5", () => {
      const draws = new Draws(7);
      for (let trial = 0; trial < 150; trial++) {
        const groups = draws.pick([1, 1, 1, 2, 3]);
        const shape = {
          batch: draws.whole(1, 3),
          channels: groups * draws.whole(1, 9),
          size: [draws.whole(5, 19), draws.whole(5, 19)] as [number, number],
          out: groups * draws.whole(1, 9),
          kernel: [draws.whole(1, 5), draws.whole(1, 5)] as [number, number],
          stride: draws.whole(1, 3),
          padding: [draws.whole(2, 4), draws.whole(2, 5)] as [number, number],
          dilation: draws.whole(1, 2),
          groups,
        };
        for (const error of compare(convGeometry(shape), "direct", draws)) {
          expect(error, JSON.stringify(shape)).to.be.lessThan(1e-5);
        }
      }
    });

    it("agree where each special path begins: depthwise, 1×1, long sums, giant kernels, phases", () => {
      const draws = new Draws(8);
      const shapes: ConvShape[] = [
        { channels: 6, size: [13, 18], out: 6, kernel: [3, 3], groups: 6, padding: 1 },
        { channels: 6, size: [13, 18], out: 12, kernel: [3, 3], groups: 6, padding: 1, stride: 2 },
        { channels: 5, size: [37, 68], out: 5, kernel: [3, 4], groups: 5, padding: 1, stride: 2, batch: 3 },
        { channels: 4, size: [26, 41], out: 8, kernel: [5, 2], groups: 4, padding: 2, dilation: 2, batch: 2 },
        { channels: 3, size: [12, 12], out: 3, kernel: [3, 3], groups: 3 },
        { channels: 2, size: [5, 3], out: 2, kernel: [3, 3], groups: 2, padding: 1 },
        { channels: 4, size: [20, 33], out: 4, kernel: [3, 3], groups: 4, padding: 2, dilation: 2 },
        { channels: 3, size: [9, 7], out: 5, kernel: [1, 1] },
        { channels: 3, size: [9, 7], out: 5, kernel: [1, 1], stride: 2 },
        { channels: 700, size: [3, 5], out: 6, kernel: [3, 3], padding: 1 },
        { channels: 2, size: [31, 31], out: 3, kernel: [29, 27], padding: 3 },
        { channels: 5, size: [6, 6], out: 4, kernel: [4, 4], stride: 2, padding: 1 },
        { channels: 5, size: [12, 9], out: 4, kernel: [2, 2], stride: 3 },
        { channels: 1, size: [28, 28], out: 6, kernel: [5, 5], padding: 2, batch: 4 },
        { channels: 3, size: [1, 1], out: 2, kernel: [1, 1], batch: 2 },
      ];
      for (const shape of shapes) {
        const geometry = convGeometry(shape);
        for (const error of compare(geometry, "direct", draws)) {
          expect(error, JSON.stringify(shape)).to.be.lessThan(1e-5);
        }
      }
    });

    it("read depthwise 3×3 where the input is, with any padding, beside cells that are NaN", () => {
      const draws = new Draws(15);
      for (let trial = 0; trial < 200; trial++) {
        const [rows, columns] = [0, 1].map(() => {
          const [before, after] = [draws.whole(0, 5), draws.whole(0, 5)];
          const input = draws.whole(Math.max(1, 3 - before - after), 14);
          return {
            input,
            kernel: 3,
            stride: 1,
            dilation: 1,
            before,
            after,
            output: input + before + after - 2,
          };
        });
        const groups = draws.whole(1, 3);
        const channels = { inputChannels: groups, outputChannels: groups * draws.whole(1, 2) };
        const geometry = { batch: 2, groups, ...channels, rows, columns };
        for (const error of compare(geometry, "direct", draws)) {
          expect(error, JSON.stringify(geometry)).to.be.lessThan(1e-5);
        }
        // A plane of NaN on both sides: what its neighbours' windows read of it must count as padding.
        const size = lengths({ ...geometry, batch: 1 });
        const input = new Float32Array(3 * size.input).fill(NaN);
        input.set(draws.numbers(size.input), size.input);
        const weight = draws.numbers(size.weight);
        const [result, expected] = [output(wasm, size.output), new Float32Array(size.output)];
        const middle = inside(wasm, input).subarray(size.input, 2 * size.input);
        const one = { ...geometry, batch: 1 };
        wasm.conv2d(middle, inside(wasm, weight), undefined, result, one, "direct");
        reference.conv2d(input.slice(size.input, 2 * size.input), weight, undefined, expected, one, "direct");
        expect(distance(result, expected), JSON.stringify(geometry)).to.be.lessThan(1e-5);
        release();
      }
    });

    it("read one plane no further than its windows reach, however wide they stand apart", () => {
      const columns = slide("test", { input: 5_000_000, kernel: 2, stride: 1_250_000, padding: 1 });
      const rows = slide("test", { input: 1, kernel: 1 });
      // In memory that ends soon after the input.
      wasm = wasmBackend();
      for (const outputChannels of [1, 2]) {
        const geometry = { batch: 1, inputChannels: 1, outputChannels, groups: 1, rows, columns };
        const size = lengths(geometry);
        const input = new Float32Array(size.input).fill(1);
        const [x, w, y, dw] = [size.input, size.weight, size.output, size.weight].map((n) => output(wasm, n));
        x.set(input);
        w.fill(2);
        wasm.conv2d(x, w, undefined, y, geometry, "direct");
        // The first and the last window lie half in the padding.
        const line = [2, 4, 4, 4, 2];
        expect([...y]).to.deep.equal(Array.from({ length: outputChannels }, () => line).flat());
        wasm.conv2dWeightGradient(x, y, dw, geometry, "direct");
        const expected = new Float32Array(size.weight);
        reference.conv2dWeightGradient(input, y, expected, geometry, "direct");
        expect([...dw]).to.deep.equal([...expected]);
      }
      wasm = backend;
      release();
    });

    it("keep Winograd within its bound of 5e-5, from 1 to 256 channels, dilated and transposed", () => {
      const draws = new Draws(9);
      const shapes: Omit<ConvShape, "kernel">[] = [
        { channels: 1, out: 8, size: [9, 9], padding: 1 },
        { channels: 8, out: 13, size: [11, 30], padding: 1, batch: 2 },
        { channels: 64, out: 16, size: [14, 14], padding: 1 },
        { channels: 256, out: 8, size: [8, 12], padding: 1 },
        { channels: 32, out: 24, size: [7, 7], padding: 1, batch: 5 },
        { channels: 16, out: 16, size: [17, 20], padding: 2, dilation: 2 },
        { channels: 9, out: 10, size: [23, 19], padding: [0, 3], dilation: 3 },
        { channels: 12, out: 16, size: [10, 10], padding: 1, groups: 2 },
        { channels: 64, out: 72, size: [24, 20], padding: 1, groups: 2 },
      ];
      for (const shape of shapes) {
        const geometry = convGeometry({ kernel: [3, 3], ...shape });
        for (const error of compare(geometry, "auto", draws)) {
          expect(error, JSON.stringify(shape)).to.be.lessThan(5e-5);
        }
      }
      const others: ConvShape[] = [
        { channels: 16, out: 24, size: [26, 22], kernel: [4, 4], stride: 2, padding: 1 },
        { channels: 3, out: 16, size: [33, 40], kernel: [7, 7], stride: 2, padding: 3, batch: 2 },
        { channels: 64, out: 16, size: [21, 30], kernel: [8, 7], stride: 2, padding: 3 },
        { channels: 8, out: 9, size: [20, 27], kernel: [4, 3], padding: 2, groups: 1 },
        { channels: 12, out: 16, size: [31, 20], kernel: [5, 5], stride: 2, padding: 2, groups: 2 },
        { channels: 9, out: 12, size: [25, 25], kernel: [9, 8], stride: 3 },
        { channels: 48, out: 20, size: [13, 18], kernel: [5, 5], padding: 2, batch: 2 },
        { channels: 6, out: 16, size: [14, 14], kernel: [5, 5], batch: 8 },
        { channels: 16, out: 6, size: [14, 14], kernel: [5, 5], padding: 4, batch: 16 },
        { channels: 128, out: 9, size: [9, 9], kernel: [5, 4], padding: [4, 1] },
        { channels: 16, out: 8, size: [21, 26], kernel: [5, 5], padding: 4, dilation: 2 },
        { channels: 12, out: 16, size: [30, 31], kernel: [9, 10], stride: 2, groups: 2 },
        // Backwards: what is spread reaches further than the source, or is cropped; many images, and one.
        { channels: 6, out: 16, size: [14, 14], kernel: [5, 5], batch: 33 },
        { channels: 8, out: 9, size: [13, 7], kernel: [5, 5], padding: 1, batch: 5 },
        { channels: 9, out: 10, size: [12, 12], kernel: [5, 5], padding: [0, 1], batch: 4 },
        { channels: 8, out: 8, size: [30, 30], kernel: [3, 3] },
        { channels: 16, out: 24, size: [6, 6], kernel: [3, 3], batch: 9, groups: 2 },
        // Tiles of 4×2, in one image and in several.
        { channels: 64, out: 40, size: [7, 7], kernel: [3, 3], padding: 1 },
        { channels: 40, out: 33, size: [10, 9], kernel: [3, 3], padding: 1 },
        { channels: 32, out: 36, size: [8, 6], kernel: [3, 3], padding: 1, batch: 3, groups: 2 },
        // Three channels.
        { channels: 3, out: 10, size: [40, 31], kernel: [3, 3], padding: 1, batch: 2 },
        { channels: 6, out: 18, size: [33, 30], kernel: [3, 3], padding: 1, groups: 2 },
      ];
      for (const shape of others) {
        for (const error of compare(convGeometry(shape), "auto", draws)) {
          expect(error, JSON.stringify(shape)).to.be.lessThan(5e-5);
        }
      }
    });

    it("give an image of zeros no negative ones", () => {
      const geometry = convGeometry({ channels: 3, size: [40, 40], out: 12, kernel: [3, 3], padding: 1 });
      const size = lengths(geometry);
      const result = output(wasm, size.output);
      const [input, weight] = [new Float32Array(size.input), new Float32Array(size.weight).fill(-1)];
      wasm.conv2d(inside(wasm, input), inside(wasm, weight), undefined, result, geometry, "auto");
      expect(result.every((value) => Object.is(value, 0))).to.equal(true);
      release();
    });

    it("sum over hundreds of thousands of positions or terms in blocks, whose errors do not add up", () => {
      const draws = new Draws(15);
      const positive = (length: number): Float32Array => draws.numbers(length).map((n) => Math.abs(n));
      const shapes: [shape: ConvShape, algorithm: Algorithm, bound: number][] = [
        [{ channels: 8, out: 8, size: [96, 96], kernel: [5, 5], padding: 2, batch: 4 }, "auto", 3e-5],
        [{ channels: 8, out: 8, size: [96, 96], kernel: [5, 5], padding: 2, batch: 4 }, "direct", 2e-6],
        [{ channels: 8, out: 12, size: [160, 160], kernel: [3, 3], padding: 1, batch: 4 }, "auto", 2e-5],
        [{ channels: 9, out: 12, size: [192, 192], kernel: [1, 1], batch: 6 }, "direct", 2e-6],
        [{ channels: 1, out: 4, size: [192, 192], kernel: [3, 3], batch: 6 }, "direct", 2e-6],
      ];
      for (const [shape, algorithm, bound] of shapes) {
        const geometry = convGeometry(shape);
        const size = lengths(geometry);
        const [input, gradient] = [positive(size.input), positive(size.output)];
        const result = output(wasm, size.weight);
        const expected = new Float32Array(size.weight);
        const [x, g] = [inside(wasm, input), inside(wasm, gradient)];
        wasm.conv2dWeightGradient(x, g, result, geometry, algorithm);
        reference.conv2dWeightGradient(input, gradient, expected, geometry, algorithm);
        expect(distance(result, expected), JSON.stringify(shape)).to.be.lessThan(bound);
        release();
      }
      const deep = convGeometry({ channels: 20_000, out: 4, size: [3, 5], kernel: [1, 1] });
      const size = lengths(deep);
      const [input, weight] = [positive(size.input), positive(size.weight)];
      const result = output(wasm, size.output);
      const expected = new Float32Array(size.output);
      wasm.conv2d(inside(wasm, input), inside(wasm, weight), undefined, result, deep, "direct");
      reference.conv2d(input, weight, undefined, expected, deep, "direct");
      expect(distance(result, expected)).to.be.lessThan(2e-6);
      release();
    });

    it("compute small ones directly: whole numbers stay whole, and what is not reached zero", () => {
      const geometry = convGeometry({ channels: 3, size: [12, 12], out: 4, kernel: [3, 3], padding: 1 });
      const size = lengths(geometry);
      const whole = (length: number): Float32Array =>
        Float32Array.from({ length }, (_, i) => ((i * 7) % 11) - 5);
      const [input, weight] = [whole(size.input), whole(size.weight)];
      const gradient = new Float32Array(size.output);
      gradient[5 * 12 + 5] = 3;
      const results = [size.output, size.input, size.weight].map((n) => output(wasm, n));
      const expected = results.map(({ length }) => new Float32Array(length));
      const [x, w, g] = [input, weight, gradient].map((n) => inside(wasm, n));
      wasm.conv2d(x, w, undefined, results[0], geometry, "auto");
      wasm.conv2dInputGradient(g, w, undefined, results[1], geometry, "auto");
      wasm.conv2dWeightGradient(x, g, results[2], geometry, "auto");
      reference.conv2d(input, weight, undefined, expected[0], geometry, "auto");
      reference.conv2dInputGradient(gradient, weight, undefined, expected[1], geometry, "auto");
      reference.conv2dWeightGradient(input, gradient, expected[2], geometry, "auto");
      results.forEach((result, index) => {
        expect([...result].map((n) => n + 0)).to.deep.equal([...expected[index]].map((n) => n + 0));
      });
      release();
    });

    it("run the phases of any strides and kernels together, within Winograd's bound", () => {
      const draws = new Draws(14);
      for (let trial = 0; trial < 60; trial++) {
        const [rows, columns] = [0, 1].map(() => {
          const kernel = draws.whole(2, 6);
          const stride = draws.whole(1, 3);
          const output = draws.whole(6, 13);
          const before = draws.whole(0, kernel - 1);
          // Up to stride − 1 further cells, as output padding adds.
          const input = (output - 1) * stride + kernel - 2 * before + draws.whole(0, stride - 1);
          return { input, kernel, stride, dilation: 1, before, after: before, output };
        });
        if (rows.input < 1 || columns.input < 1) continue;
        const groups = draws.pick([1, 1, 2]);
        const channels = {
          inputChannels: groups * draws.whole(8, 14),
          outputChannels: groups * draws.whole(9, 40),
        };
        const geometry = { batch: draws.whole(1, 3), groups, ...channels, rows, columns };
        for (const error of compare(geometry, "auto", draws)) {
          expect(error, JSON.stringify(geometry)).to.be.lessThan(5e-5);
        }
      }
    });

    it("let NaN, infinities and huge numbers reach those outputs alone that read them", () => {
      const geometry = convGeometry({
        channels: 8,
        size: [16, 16],
        out: 8,
        kernel: [3, 3],
        padding: 1,
        batch: 2,
      });
      const draws = new Draws(10);
      const size = lengths(geometry);
      const weight = draws.numbers(size.weight);
      for (const odd of [NaN, Infinity, -Infinity, 1e30, 3e38]) {
        const input = draws.numbers(size.input);
        input[5 * 256 + 7 * 16 + 6] = odd;
        const expected = new Float32Array(size.output);
        reference.conv2d(input, weight, undefined, expected, geometry, "auto");
        const result = output(wasm, size.output);
        wasm.conv2d(inside(wasm, input), inside(wasm, weight), undefined, result, geometry, "auto");
        expect(distance(result, expected), String(odd)).to.be.lessThan(1e-5);
      }
      release();
    });

    // Tiles of a gradient are read where they are, whole vectors of them.
    for (const [kernel, size] of [
      [5, 14],
      [3, 9],
    ] as const) {
      const geometry = convGeometry({
        channels: 9,
        size: [size, size],
        out: 12,
        kernel: [kernel, kernel],
        batch: 3,
      });
      const length = lengths(geometry);

      it(`let odd numbers in the gradient of ${kernel}×${kernel} reach what reads them alone`, () => {
        const draws = new Draws(20);
        const [input, weight] = [draws.numbers(length.input), draws.numbers(length.weight)];
        for (const odd of [NaN, Infinity, -Infinity, 1e30, 3e38]) {
          const gradient = draws.numbers(length.output);
          gradient[Math.floor(length.output / 2) + 3] = odd;
          const [toInput, toWeight] = [new Float32Array(length.input), new Float32Array(length.weight)];
          reference.conv2dInputGradient(gradient, weight, undefined, toInput, geometry, "auto");
          reference.conv2dWeightGradient(input, gradient, toWeight, geometry, "auto");
          const [dx, dw] = [output(wasm, length.input), output(wasm, length.weight)];
          const given = inside(wasm, gradient);
          wasm.conv2dInputGradient(given, inside(wasm, weight), undefined, dx, geometry, "auto");
          wasm.conv2dWeightGradient(inside(wasm, input), given, dw, geometry, "auto");
          expect(distance(dx, toInput), `dx ${odd}`).to.be.lessThan(1e-5);
          expect(distance(dw, toWeight), `dw ${odd}`).to.be.lessThan(1e-5);
        }
        release();
      });

      it(`read gradients of ${kernel}×${kernel} beside cells that are NaN`, () => {
        const draws = new Draws(21);
        const [input, weight] = [draws.numbers(length.input), draws.numbers(length.weight)];
        const gradient = new Float32Array(3 * length.output).fill(NaN);
        gradient.set(draws.numbers(length.output), length.output);
        const [toInput, toWeight] = [new Float32Array(length.input), new Float32Array(length.weight)];
        const own = gradient.slice(length.output, 2 * length.output);
        reference.conv2dInputGradient(own, weight, undefined, toInput, geometry, "auto");
        reference.conv2dWeightGradient(input, own, toWeight, geometry, "auto");
        const [dx, dw] = [output(wasm, length.input), output(wasm, length.weight)];
        const middle = inside(wasm, gradient).subarray(length.output, 2 * length.output);
        wasm.conv2dInputGradient(middle, inside(wasm, weight), undefined, dx, geometry, "auto");
        wasm.conv2dWeightGradient(inside(wasm, input), middle, dw, geometry, "auto");
        expect(distance(dx, toInput)).to.be.lessThan(5e-5);
        expect(distance(dw, toWeight)).to.be.lessThan(5e-5);
        release();
      });
    }

    it("take empty batches and operands that live elsewhere", () => {
      const empty = { ...convGeometry({ channels: 2, size: [5, 5], out: 3, kernel: [3, 3] }), batch: 0 };
      const weight = new Draws(11).numbers(54);
      wasm.conv2d(new Float32Array(), weight, undefined, output(wasm, 0), empty, "auto");
      wasm.conv2dInputGradient(new Float32Array(), weight, undefined, output(wasm, 0), empty, "auto");
      const slopes = output(wasm, 54);
      wasm.conv2dWeightGradient(new Float32Array(), new Float32Array(), slopes, empty, "auto");
      expect(slopes.every((slope) => slope === 0)).to.equal(true);

      const geometry = convGeometry({ channels: 2, size: [5, 5], out: 3, kernel: [3, 3] });
      const input = new Draws(12).numbers(50);
      const [result, expected] = [new Float32Array(27), new Float32Array(27)];
      wasm.conv2d(input, weight, undefined, result, geometry, "direct");
      reference.conv2d(input, weight, undefined, expected, geometry, "direct");
      expect(distance(result, expected)).to.be.lessThan(1e-5);
      release();
    });

    it("see weights that were written to between two calls", () => {
      const geometry = convGeometry({ channels: 8, size: [9, 9], out: 8, kernel: [3, 3], padding: 1 });
      const draws = new Draws(13);
      const size = lengths(geometry);
      const input = inside(wasm, draws.numbers(size.input));
      const storage = wasm.allocate(size.weight);
      const weight = storage.view;
      weight.set(draws.numbers(size.weight));
      for (const algorithm of ["auto", "direct"] as const) {
        for (let change = 0; change < 4; change++) {
          // Those who write say so; readers, who need not, are tried in weights.test.ts.
          weight[size.weight - 1] += 1;
          storage.touch();
          const [result, expected] = [output(wasm, size.output), new Float32Array(size.output)];
          wasm.conv2d(input, weight, undefined, result, geometry, algorithm);
          reference.conv2d(input, weight, undefined, expected, geometry, algorithm);
          expect(distance(result, expected)).to.be.lessThan(1e-5);
        }
      }
      storage.free();
      release();
    });
  });
