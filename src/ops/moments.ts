import type { MomentOptions, Moments } from "../backend/backend.js";
import { record } from "../autograd/tape.js";
import { backend } from "../backend/choose.js";
import { count } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { compute, view } from "./compute.js";
import { where } from "./elementwise.js";
import { abs, div, equal, mul, pow, sub } from "./math.js";
import { amax, amin, mean, merge, sum } from "./reduce.js";

// Squares are formed in double precision inside a kernel, and what is made of their sums in float32 is a ratio: so no
// number on the way leaves float32's range where the result does not.

/** Those that are `wanted` of the numbers' moments over `axes`, which stay as 1. */
export function moments<Key extends keyof Moments>(
  input: Tensor,
  axes: readonly number[],
  wanted: readonly Key[],
  options: MomentOptions,
): Record<Key, Tensor> {
  const kept = input.shape.map((side, dimension) => (axes.includes(dimension) ? 1 : side));
  const made = wanted.map((key) => [key, compute(kept, () => undefined)] as const);
  const views: Moments = Object.fromEntries(made.map(([key, tensor]) => [key, view(tensor)]));
  if (count(kept) > 0) backend().moments(view(input), views, merge(input.shape, axes), options);
  return Object.fromEntries(made) as Record<Key, Tensor>;
}

/** `output` as the deviation from the mean of `input` over `axes`, with its gradient: 0 where the deviation is 0. */
export function asDeviation(
  output: Tensor,
  input: Tensor,
  axes: readonly number[],
  { divisor }: Pick<MomentOptions, "divisor">,
): Tensor {
  const slope = (gradient: Tensor): Tensor => {
    const average = mean(input, { dim: axes, keepdim: true });
    return mul(standardise(input, average, endless(output)), div(gradient, divisor));
  };
  return record(output, [[input, slope]], [output]);
}

/** (x − average) / spread. */
export function standardise(input: Tensor, average: Tensor, spread: Tensor): Tensor {
  const { distance, factor } = distances(input, average);
  return div(distance, factor === 1 ? spread : div(spread, factor));
}

/**
 * What times `factor` is x − average: half of it where averages are so large that some difference could be beyond
 * float32.
 */
export function distances(input: Tensor, average: Tensor): { distance: Tensor; factor: number } {
  // What is less than half a unit in the last place of the largest number takes nothing beyond it.
  const large = view(average).some((value) => Math.abs(value) > 2 ** 102);
  if (!large) return { distance: sub(input, average), factor: 1 };
  return { distance: sub(mul(input, 0.5), mul(average, 0.5)), factor: 2 };
}

/** A divisor whose quotients, and all their gradients, are 0 where it is 0. */
export function endless(divisor: Tensor): Tensor {
  return where(equal(divisor, 0), Infinity, divisor);
}

/**
 * (Σ xᵖ)^(1/p) over `axes`, which stay as 1, for p neither 0 nor infinite; no gradient. The numbers are divided by
 * their largest magnitude first (the smallest for negative p), so that no power exceeds 1.
 */
export function rootOfPowers(input: Tensor, axes: readonly number[], p: number): Tensor {
  const dims = { dim: axes, keepdim: true };
  if (input.size === 0) return sum(input, dims);
  const sizes = abs(input);
  const extreme = p > 0 ? amax(sizes, dims) : amin(sizes, dims);
  // 0 and the infinite scale nothing.
  const unit = where(equal(extreme, 0), 1, where(equal(extreme, Infinity), 1, extreme));
  return mul(pow(sum(pow(div(input, unit), p), dims), 1 / p), unit);
}
