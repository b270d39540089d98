/** Drives assembly/resample.ts. */
import type { Kernels, Numbers, ResampleGeometry, TapTable } from "../backend.js";
import { bits, type Call, type Runtime } from "./runtime.js";

export type ResampleKernels = Pick<Kernels, "resample" | "resampleGradient">;

export function resampleKernels(runtime: Runtime): ResampleKernels {
  function run(
    kernel: "resample" | "resampleGradient",
    source: Numbers,
    output: Numbers,
    { planes, rows, columns }: ResampleGeometry,
  ): void {
    if (output.length === 0) return;
    runtime.call((call) => {
      const doubling = findDoubling(columns);
      const job = runtime.job([
        ...[call.input(source), call.output(output)],
        ...[rows.input, columns.input, rows.output, columns.output],
        ...table(call, rows, 1),
        ...table(call, columns, 4),
        ...[doubling.first, doubling.last, doubling.even, doubling.odd, ...doubling.weights.map(bits)],
      ]);
      const operations = planes * rows.output * columns.output * (rows.taps + columns.taps + 2);
      runtime.threads.run(kernel, job, planes, operations, columns.input * 4 + 64);
    });
  }
  return {
    resample: (input, output, geometry) => run("resample", input, output, geometry),
    resampleGradient: (gradient, output, geometry) => run("resampleGradient", gradient, output, geometry),
  };
}

/** Taps, and where their indices (times `unit`) and weights are. */
function table(call: Call, { taps, index, weight }: TapTable, unit: number): number[] {
  return [taps, call.integers(unit === 1 ? index : index.map((cell) => cell * unit)), call.numbers(weight)];
}

interface Doubling {
  /** Outputs [first, last) follow the pattern. */
  first: number;
  last: number;
  /** Even output o reads from o / 2 + even on, odd ones from (o − 1) / 2 + odd on. */
  even: number;
  odd: number;
  weights: [number, number, number, number];
}

/** Where an axis doubles: each pair of outputs reads its one or two neighbours with the same weights. */
function findDoubling({ output, taps, index, weight }: TapTable): Doubling {
  const none: Doubling = { first: 0, last: 0, even: 0, odd: 0, weights: [0, 0, 0, 0] };
  if (taps > 2 || output < 12) return none;
  const middle = Math.floor(output / 4);
  const shift = (pair: number, side: 0 | 1): number => index[(2 * pair + side) * taps] - pair;
  const even = shift(middle, 0);
  const odd = shift(middle, 1);
  const from = 2 * middle * taps;
  const pattern = weight.subarray(from, from + 2 * taps);
  if (taps === 1 && (pattern[0] !== 1 || pattern[1] !== 1)) return none;
  const follows = (pair: number): boolean => {
    if (shift(pair, 0) !== even || shift(pair, 1) !== odd) return false;
    for (let at = 0; at < 2 * taps; at++) {
      if (weight[2 * pair * taps + at] !== pattern[at] || pattern[at] === 0) return false;
    }
    if (taps === 1) return true;
    const place = 2 * pair * taps;
    return index[place + 1] === index[place] + 1 && index[place + 3] === index[place + 2] + 1;
  };
  let first = middle;
  let last = middle;
  while (first > 0 && follows(first - 1)) first--;
  while (2 * last + 1 < output && follows(last)) last++;
  if (last - first < 4) return none;
  const [e0, e1, o0, o1] = taps === 2 ? pattern : [1, 0, 1, 0];
  return { first: 2 * first, last: 2 * last, even, odd, weights: [e0, e1, o0, o1] };
}
