import { Recent } from "../backend/recent.js";
import type { AxisScale, TapTable } from "../backend/backend.js";
import { adaptiveWindows } from "../tensor/window.js";

/** How an axis is resized: which input cells an output cell reads, and with which weights. */
export type TableKind =
  "nearest" | "bilinear" | "bicubic" | "antialiased bilinear" | "antialiased bicubic" | "area";

/** Tables used of late: a loop resizes by the same few. */
const known = new Recent<TapTable>({ entries: 64, bytes: 32 * 2 ** 20 });

/** The taps of one axis that is resized from `input` to `output` cells. */
export function tapTable(kind: TableKind, input: number, output: number, axis: AxisScale): TapTable {
  const key = `${kind} ${input} ${output} ${axis.scale} ${axis.offset}`;
  let found = known.get(key);
  if (found === undefined) {
    found = tables[kind](input, output, axis);
    known.set(key, found, 8 * found.index.length);
  }
  return found;
}

const tables: Record<TableKind, (input: number, output: number, axis: AxisScale) => TapTable> = {
  nearest: (input, output, { scale, offset }) =>
    table(input, output, 1, (cell) => {
      const nearest = Math.floor(Math.fround((cell + offset) * scale));
      return [[Math.min(nearest, input - 1), 1]];
    }),
  bilinear: (input, output, { scale, offset }) =>
    table(input, output, 2, (cell) => {
      const position = Math.max(0, (cell + offset) * scale - offset);
      const left = Math.min(Math.floor(position), input - 1);
      const right = Math.min(left + 1, input - 1);
      const share = right === left ? 0 : position - left;
      return [
        [left, 1 - share],
        [right, share],
      ];
    }),
  bicubic: (input, output, { scale, offset }) =>
    table(input, output, 4, (cell) => {
      const position = (cell + offset) * scale - offset;
      const left = Math.floor(position);
      // The outer taps, which subtract, come first, so that no sum on the way exceeds the last.
      return [-1, 2, 0, 1].map((step) => {
        const clamped = Math.min(Math.max(left + step, 0), input - 1);
        return [clamped, cubic(Math.abs(position - left - step), -0.75)];
      });
    }),
  "antialiased bilinear": (input, output, { scale }) =>
    spread(input, output, scale, 1, (distance) => Math.max(0, 1 - distance)),
  // Pillow's constant, which PyTorch takes with its filter; without antialiasing it is OpenCV's.
  "antialiased bicubic": (input, output, { scale }) =>
    spread(input, output, scale, 2, (distance) => cubic(distance, -0.5)),
  area: averageTable,
};

/**
 * The filter of an interpolation widened to the input cells that an output cell covers, cut off at the borders and
 * made to sum to 1. Source: Pillow, Resample.c, whose scheme PyTorch's antialiased kernels follow.
 */
function spread(
  input: number,
  output: number,
  scale: number,
  reach: number,
  filter: (distance: number) => number,
): TapTable {
  const wide = Math.max(1, scale);
  const support = reach * wide;
  const rows = Array.from({ length: output }, (_, cell) => {
    const centre = Math.fround(scale * (cell + 0.5));
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(input, Math.trunc(centre + support + 0.5));
    const weights = Array.from({ length: end - first }, (_, tap) =>
      filter(Math.abs(first + tap - centre + 0.5) / wide),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const taps = weights.map((weight, tap): Tap => [first + tap, weight / total]);
    return [...taps.filter(([, weight]) => weight < 0), ...taps.filter(([, weight]) => weight >= 0)];
  });
  const most = rows.reduce((longest, { length }) => Math.max(longest, length), 1);
  return table(input, output, most, (cell) => rows[cell]);
}

/** Averages over windows that divide the input into `output` parts, which may overlap by a cell. */
export function averageTable(input: number, output: number): TapTable {
  const windows = adaptiveWindows({ input, output });
  // ⌈i/n⌉ + 1 cells are the most that a window can touch.
  return table(input, output, Math.ceil(input / output) + 1, (cell) => {
    const [start, end] = windows[cell];
    return Array.from({ length: end - start }, (_, tap): Tap => [start + tap, 1 / (end - start)]);
  });
}

/** Keys' cubic convolution kernel: a = −0.75 as PyTorch and OpenCV choose it, −0.5 as Pillow. Source: Keys (1981). */
export function cubic(distance: number, a: number): number {
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  if (distance < 2) return a * (((distance - 5) * distance + 8) * distance - 4);
  return 0;
}

type Tap = readonly [index: number, weight: number];

function table(
  input: number,
  output: number,
  taps: number,
  reads: (cell: number) => readonly Tap[] | number[][],
): TapTable {
  const index = new Int32Array(output * taps);
  const weight = new Float32Array(output * taps);
  for (let cell = 0; cell < output; cell++) {
    reads(cell).forEach(([from, share], tap) => {
      index[cell * taps + tap] = from;
      weight[cell * taps + tap] = share;
    });
  }
  return { input, output, taps, index, weight };
}
