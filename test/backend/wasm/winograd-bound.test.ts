import { expect } from "chai";
import type { ConvGeometry } from "../../../src/backend/backend.js";
import {
  compute,
  convGeometry,
  Draws,
  lengths,
  normal,
  OPERANDS,
  type Pass,
  PASSES,
  wasmBackend,
} from "./support.js";

// The bound as conv2d's documentation and src/backend/README.md state it: an output of `auto` differs from its sum by at
// most 1e-5 · (N + 16) · X · W. The direct way, which is within a tenth of that, stands for the sum.

const PART = 1e-5;

/** The typical magnitude: what an eighth of all that is not zero reach, but no more than 256 times the lower quartile. */
function typical(numbers: Float32Array): number {
  const sizes = numbers.map(Math.abs).filter((size) => size > 0);
  if (sizes.length === 0) return 0;
  sizes.sort();
  const quantile = (part: number): number =>
    sizes[Math.min(sizes.length - 1, Math.floor(part * sizes.length))];
  return Math.min(quantile(0.875), 256 * quantile(0.25));
}

/** Part `index` of as many equal ones. */
function part(numbers: Float32Array, index: number, parts: number): Float32Array {
  const length = numbers.length / parts;
  return numbers.subarray(index * length, (index + 1) * length);
}

/** Calls `visit` for each tap of each position of the window that does not fall into the padding. */
function eachRead(
  { rows, columns }: ConvGeometry,
  visit: (input: number, output: number, tap: number) => void,
): void {
  for (let output = 0; output < rows.output * columns.output; output++) {
    for (let tap = 0; tap < rows.kernel * columns.kernel; tap++) {
      const [oy, ox] = [Math.floor(output / columns.output), output % columns.output];
      const y = oy * rows.stride + Math.floor(tap / columns.kernel) * rows.dilation - rows.before;
      const x = ox * columns.stride + (tap % columns.kernel) * columns.dilation - columns.before;
      if (y < 0 || x < 0 || y >= rows.input || x >= columns.input) continue;
      visit(y * columns.input + x, output, tap);
    }
  }
}

/** The largest magnitude at each place of planes of `cells` numbers. */
function largestByCell(numbers: Float32Array, cells: number): Float32Array {
  const sizes = new Float32Array(cells);
  numbers.forEach((value, index) => {
    sizes[index % cells] = Math.max(sizes[index % cells], Math.abs(value));
  });
  return sizes;
}

/** The weights that one channel of outputs is summed with, in planes of the kernel's size. */
function filterOf(weights: Float32Array, row: number, pass: Pass, g: ConvGeometry): Float32Array {
  const rows = g.outputChannels / g.groups;
  if (pass === "forward") return part(weights, row, rows);
  const channels = g.inputChannels / g.groups;
  const planes = Array.from({ length: rows }, (_, m) => [
    ...part(weights, m * channels + row, rows * channels),
  ]);
  return Float32Array.from(planes.flat());
}

/** The larger of what is typical and a quarter of the largest that is read. */
const scaleOf = (usual: number, largest: number): number => Math.max(usual, largest / 4);

/** (N + 16) · X · W of every output of one image and group. */
function outputScales(
  pass: Pass,
  source: Float32Array,
  weights: Float32Array,
  g: ConvGeometry,
  scale: Float32Array,
): void {
  const isForward = pass === "forward";
  const taps = g.rows.kernel * g.columns.kernel;
  const [inner, outer] = [g.rows.input * g.columns.input, g.rows.output * g.columns.output];
  const [from, to] = isForward ? [inner, outer] : [outer, inner];
  const sizes = largestByCell(source, from);
  const n = (source.length / from) * taps + 16;
  const usual = typical(source);
  for (let row = 0; row < scale.length / to; row++) {
    const filter = filterOf(weights, row, pass, g);
    const usualWeight = typical(filter);
    const tapSizes = largestByCell(filter, taps);
    const [x, w] = [new Float32Array(to), new Float32Array(to)];
    eachRead(g, (input, output, tap) => {
      const [cell, target] = isForward ? [input, output] : [output, input];
      x[target] = Math.max(x[target], sizes[cell]);
      w[target] = Math.max(w[target], tapSizes[tap]);
    });
    for (let cell = 0; cell < to; cell++)
      scale[row * to + cell] = n * scaleOf(usual, x[cell]) * scaleOf(usualWeight, w[cell]);
  }
}

/** The same of every weight of one group, from the inputs and gradients of its images. */
function weightScales(
  inputs: Float32Array[],
  gradients: Float32Array[],
  g: ConvGeometry,
  scale: Float32Array,
): void {
  const taps = g.rows.kernel * g.columns.kernel;
  const [inner, outer] = [g.rows.input * g.columns.input, g.rows.output * g.columns.output];
  const usual = Math.max(...inputs.map((input, image) => typical(input) * typical(gradients[image])));
  const n = inputs.length * outer + 16;
  const largest = (images: Float32Array[], channel: number, cells: number): Float32Array =>
    largestByCell(
      Float32Array.from(images.flatMap((image) => [...part(image, channel, image.length / cells)])),
      cells,
    );
  const read = (images: Float32Array[], cells: number, of: "input" | "output"): Float32Array[] =>
    Array.from({ length: images[0].length / cells }, (_, channel) => {
      const sizes = largest(images, channel, cells);
      const most = new Float32Array(taps);
      eachRead(g, (input, output, tap) => {
        most[tap] = Math.max(most[tap], sizes[of === "input" ? input : output]);
      });
      return most;
    });
  const [xs, gs] = [read(inputs, inner, "input"), read(gradients, outer, "output")];
  scale.forEach((_, index) => {
    const [filter, tap] = [Math.floor(index / taps), index % taps];
    const product = xs[filter % xs.length][tap] * gs[Math.floor(filter / xs.length)][tap];
    scale[index] = n * Math.max(usual, product / 16);
  });
}

/** (N + 16) · X · W of all that a pass gives. */
function scales(pass: Pass, first: Float32Array, second: Float32Array, g: ConvGeometry): Float32Array {
  const { batch, groups } = g;
  const scale = new Float32Array(lengths(g)[OPERANDS[pass][2]]);
  for (let group = 0; group < groups; group++) {
    const images = Array.from({ length: batch }, (_, image) => image * groups + group);
    const of = (numbers: Float32Array): Float32Array[] =>
      images.map((image) => part(numbers, image, batch * groups));
    if (pass === "weight gradient") {
      weightScales(of(first), of(second), g, part(scale, group, groups));
      continue;
    }
    for (const image of images) {
      const [source, to] = [first, scale].map((numbers) => part(numbers, image, batch * groups));
      outputScales(pass, source, part(second, group, groups), g, to);
    }
  }
  return scale;
}

const KINDS: Record<string, (normal: number, chance: number) => number> = {
  normal: (value) => value,
  uniform: (_, chance) => chance,
  "of one sign": (_, chance) => 1 + chance,
  rectified: (value) => Math.max(0, value),
  sparse: (value, chance) => (chance < 0.1 ? value : 0),
  "long tails": (value) => value * Math.exp(Math.abs(value)),
  "very long tails": (value) => Math.sign(value) * Math.exp(4 * value),
  "two sizes": (value, chance) => (chance < 0.4 ? 100 * value : value),
  "few peaks": (value, chance) => (chance < 0.003 ? 10 ** (1700 * chance) * value : value),
  "many peaks": (value, chance) => (chance < 0.1 ? 10 ** (30 * chance) * value : value),
};

const backends = { wasm: wasmBackend(), "wasm, wide": wasmBackend("wide") };

for (const [name, wasm] of Object.entries(backends))
  describe(`Winograd's stated bound, ${name}`, () => {
    for (const pass of PASSES)
      it(`holds for the ${pass}, whatever the numbers are`, () => {
        const draws = new Draws(31);
        const shape = (size: number, kernel: number): Parameters<typeof convGeometry>[0] => ({
          ...{ batch: draws.whole(1, 2), channels: draws.pick([8, 16, 40]), out: draws.pick([8, 13, 24]) },
          ...{ size: [size, size + draws.whole(0, 9)], kernel: [kernel, kernel] },
        });
        const shapes = [
          { ...shape(18, 3), padding: 1 },
          { ...shape(7, 3), padding: 1, channels: 40 },
          { ...shape(20, 4), stride: 2, padding: 1 },
          { ...shape(16, 5), padding: 2 },
          { ...shape(14, 5), batch: 6 },
          { ...shape(17, 3), padding: 2, dilation: 2 },
          { ...shape(16, 3), padding: 1, channels: 16, out: 16, groups: 2 },
          { ...shape(40, 3), channels: 2, out: 9 },
        ];
        let through = 0;
        for (const one of shapes) {
          const geometry = convGeometry(one);
          const size = lengths(geometry);
          for (const kind of Object.keys(KINDS)) {
            const other = draws.pick(Object.keys(KINDS));
            const make = (length: number, of: string): Float32Array =>
              normal(draws, length).map((value) => KINDS[of](value, (draws.next() + 1) / 2));
            const [from, by] = OPERANDS[pass];
            const [first, second] = [make(size[from], kind), make(size[by], other)];
            const came = compute(wasm, pass, first, second, geometry, "auto");
            const sum = compute(wasm, pass, first, second, geometry, "direct");
            const scale = scales(pass, first, second, geometry);
            let most = 0;
            came.forEach((value, index) => {
              const off = Math.abs(value - sum[index]);
              if (off > 0) most = Math.max(most, off / scale[index]);
            });
            expect(most, `${JSON.stringify(one)}, ${kind} by ${other}`).to.be.at.most(PART);
            if (most > 0) through++;
          }
        }
        // Otherwise there would be nothing to hold.
        expect(through).to.be.greaterThan(10);
      });
  });
