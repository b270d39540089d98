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

/** The weights of one filter: of the channels that a row of outputs sums over. */
function filterOf(
  weight: Float32Array,
  row: number,
  group: number,
  pass: Pass,
  g: ConvGeometry,
): Float32Array {
  if (pass === "forward") return part(weight, (group * g.outputChannels) / g.groups + row, g.outputChannels);
  const filters = part(weight, group, g.groups);
  const rows = g.outputChannels / g.groups;
  const channels = g.inputChannels / g.groups;
  const planes = Array.from({ length: rows }, (_, m) => [
    ...part(filters, m * channels + row, rows * channels),
  ]);
  return Float32Array.from(planes.flat());
}

/** The largest magnitude that each output of a plane reads of an image's `source`. */
function largestRead(source: Float32Array, pass: Pass, { rows, columns }: ConvGeometry): Float32Array {
  const isForward = pass === "forward";
  const cells = isForward ? rows.input * columns.input : rows.output * columns.output;
  const sizes = new Float32Array(cells);
  source.forEach((value, index) => {
    sizes[index % cells] = Math.max(sizes[index % cells], Math.abs(value));
  });
  const largest = new Float32Array(isForward ? rows.output * columns.output : rows.input * columns.input);
  for (let oy = 0; oy < rows.output; oy++) {
    for (let ox = 0; ox < columns.output; ox++) {
      for (let tap = 0; tap < rows.kernel * columns.kernel; tap++) {
        const y = oy * rows.stride + Math.floor(tap / columns.kernel) * rows.dilation - rows.before;
        const x = ox * columns.stride + (tap % columns.kernel) * columns.dilation - columns.before;
        if (y < 0 || x < 0 || y >= rows.input || x >= columns.input) continue;
        const [inner, outer] = [y * columns.input + x, oy * columns.output + ox];
        const [from, to] = isForward ? [inner, outer] : [outer, inner];
        largest[to] = Math.max(largest[to], sizes[from]);
      }
    }
  }
  return largest;
}

/** (N + 16) · X · W of every output. */
function scales(pass: Pass, first: Float32Array, second: Float32Array, g: ConvGeometry): Float32Array {
  const { batch, groups, inputChannels, outputChannels, rows, columns } = g;
  const scale = new Float32Array(lengths(g)[OPERANDS[pass][2]]);
  const images = Array.from({ length: batch }, (_, image) => image);
  for (let group = 0; group < groups; group++) {
    if (pass === "weight gradient") {
      const products = images.map((image) => {
        const of = image * groups + group;
        return typical(part(first, of, batch * groups)) * typical(part(second, of, batch * groups));
      });
      part(scale, group, groups).fill((batch * rows.output * columns.output + 16) * Math.max(...products));
      continue;
    }
    const [sources, targets] = [inputChannels / groups, outputChannels / groups];
    const [channels, planes] = pass === "forward" ? [sources, targets] : [targets, sources];
    const n = channels * rows.kernel * columns.kernel;
    for (const image of images) {
      const of = image * groups + group;
      const source = part(first, of, batch * groups);
      const usual = typical(source);
      const x = largestRead(source, pass, g).map((largest) => Math.max(usual, largest / 4));
      for (let row = 0; row < planes; row++) {
        const w = typical(filterOf(second, row, group, pass, g));
        part(scale, of * planes + row, batch * groups * planes).set(x.map((size) => (n + 16) * size * w));
      }
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
