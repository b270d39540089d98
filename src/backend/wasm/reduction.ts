/** Drives assembly/reduction.ts, assembly/moments.ts and assembly/softmax.ts; lines of neighbours, which are short, are plain loops. */
import type { Kernels, LineGeometry, Numbers, ReduceGeometry, ReduceKind } from "../backend.js";
import { reference } from "../reference.js";
import { doubleBits, type Runtime } from "./runtime.js";

export type ReductionKernels = Pick<Kernels, "reduce" | "moments" | "softmax" | "logSoftmax">;

const KINDS: readonly ReduceKind[] = ["sum", "mean", "max", "min"];

export function reductionKernels(runtime: Runtime): ReductionKernels {
  /** Lines side by side, four at a time. */
  function across(
    input: Numbers,
    output: Numbers,
    { outer, length, inner }: LineGeometry,
    logarithm: boolean,
  ): void {
    runtime.call((call) => {
      const addresses = [call.input(input), call.output(output)];
      const job = runtime.job([...addresses, length, inner, logarithm ? 1 : 0]);
      runtime.threads.run("softmax", job, outer, input.length * 20);
    });
  }

  return {
    reduce: (kind, input, output, geometry) => {
      const layout = layoutOf(input, geometry);
      if (layout === undefined) {
        reference.reduce(kind, input, output, geometry);
        return;
      }
      const { innermost, sizes, units } = layout;
      runtime.call((call) => {
        const addresses = [call.input(input), call.output(output), innermost ? 1 : 0];
        const job = runtime.job([KINDS.indexOf(kind), ...addresses, ...sizes]);
        runtime.threads.run("reduce", job, units, input.length * 4, innermost ? 0 : sizes[3] * 8);
      });
    },
    moments: (input, output, geometry, options) => {
      const layout = layoutOf(input, geometry);
      if (layout === undefined) {
        reference.moments(input, output, geometry, options);
        return;
      }
      const { innermost, sizes, units } = layout;
      const { mean, variance, deviation } = output;
      runtime.call((call) => {
        const addresses = [mean, variance, deviation].map((one) =>
          one === undefined ? 0 : call.output(one),
        );
        const job = runtime.job([
          ...[...doubleBits(options.divisor), ...doubleBits(options.eps)],
          ...[call.input(input), ...addresses, options.centre === "mean" ? 1 : 0, innermost ? 1 : 0],
          ...sizes,
        ]);
        runtime.threads.run("moments", job, units, input.length * 8, innermost ? 0 : sizes[3] * 16);
      });
    },
    softmax: (input, output, geometry) => {
      if (geometry.inner >= 4 && input.length > 0) {
        across(input, output, geometry, false);
        return;
      }
      eachLine(input, geometry, (start, end, step, largest, sum) => {
        for (let at = start; at < end; at += step) output[at] = Math.exp(input[at] - largest) / sum;
      });
    },
    logSoftmax: (input, output, geometry) => {
      if (geometry.inner >= 4 && input.length > 0) {
        across(input, output, geometry, true);
        return;
      }
      eachLine(input, geometry, (start, end, step, largest, sum) => {
        const shift = largest + Math.log(sum);
        for (let at = start; at < end; at += step) output[at] = input[at] - shift;
      });
    },
  };
}

/** The four sizes and the units of work of assembly/reduction.ts; `undefined` for what it does not take. */
function layoutOf(
  input: Numbers,
  { shape, reduced }: ReduceGeometry,
): { innermost: boolean; sizes: number[]; units: number } | undefined {
  const rank = shape.length;
  const alternates = reduced.every((value, at) => at === 0 || value !== reduced[at - 1]);
  if (input.length === 0 || rank === 0 || rank > 4 || !alternates) return undefined;
  const sizes = [...new Array<number>(4 - rank).fill(1), ...shape];
  const innermost = reduced[rank - 1];
  return { innermost, sizes, units: innermost ? sizes[0] * sizes[2] : sizes[1] };
}

/** Visits every line with its largest number x and Σ e^(number − x). */
function eachLine(
  input: Numbers,
  { outer, length, inner }: LineGeometry,
  visit: (start: number, end: number, step: number, largest: number, sum: number) => void,
): void {
  for (let line = 0; line < outer * inner; line++) {
    const start = Math.floor(line / inner) * length * inner + (line % inner);
    const end = start + length * inner;
    let largest = -Infinity;
    for (let at = start; at < end; at += inner) largest = Math.max(largest, input[at]);
    let sum = 0;
    for (let at = start; at < end; at += inner) sum += Math.exp(input[at] - largest);
    visit(start, end, inner, largest, sum);
  }
}
