/** Drives assembly/reduction.ts and assembly/softmax.ts; lines of neighbours, which are short, are plain loops. */
import type { Kernels, LineGeometry, Numbers, ReduceKind } from "../backend.js";
import { reference } from "../reference.js";
import type { Runtime } from "./runtime.js";

export type ReductionKernels = Pick<Kernels, "reduce" | "softmax" | "logSoftmax">;

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
      const { shape, reduced } = geometry;
      const rank = shape.length;
      const alternates = reduced.every((value, at) => at === 0 || value !== reduced[at - 1]);
      if (input.length === 0 || rank === 0 || rank > 4 || !alternates) {
        reference.reduce(kind, input, output, geometry);
        return;
      }
      runtime.call((call) => {
        const [size0, size1, size2, size3] = [...new Array<number>(4 - rank).fill(1), ...shape];
        const innermost = reduced[rank - 1];
        const addresses = [call.input(input), call.output(output), innermost ? 1 : 0];
        const job = runtime.job([KINDS.indexOf(kind), ...addresses, size0, size1, size2, size3]);
        const units = innermost ? size0 * size2 : size1;
        runtime.threads.run("reduce", job, units, input.length * 4, innermost ? 0 : size3 * 8);
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
