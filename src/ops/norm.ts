import { noGrad, record } from "../autograd/tape.js";
import { refusal, wholeNumber } from "../tensor/errors.js";
import { count } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { view } from "./compute.js";
import { where } from "./elementwise.js";
import { abs, div, equal, mul, pow, sign, sub } from "./math.js";
import { asDeviation, distances, endless, moments, rootOfPowers } from "./moments.js";
import { amax, amin, mean, reduction, type ReduceOptions, sum } from "./reduce.js";
import { reshape } from "./shape.js";

export interface VarianceOptions extends ReduceOptions {
  /** What the count is lessened by before it divides; 1 unless said. */
  correction?: number;
}

/**
 * The variance over some or all dimensions: the sum of squared distances from the mean, divided by the count less
 * `correction` (1 unless said, which makes it unbiased).
 *
 * Source: PyTorch, var.
 *
 * @example
 * variance(tensor([1, 2, 3, 4]), { correction: 0 }).item();
 * // → 1.25
 */
export function variance(input: Tensor, options: VarianceOptions = {}): Tensor {
  const { axes, divisor, finish } = dispersion("variance", input, options);
  const output = moments(input, axes, ["variance"], { centre: "mean", divisor, eps: 0 }).variance;
  const slope = (gradient: Tensor): Tensor => {
    const { distance, factor } = distances(input, mean(input, { dim: axes, keepdim: true }));
    return mul(distance, mul(gradient, (2 * factor) / divisor));
  };
  return finish(record(output, [[input, slope]]));
}

/**
 * The standard deviation over some or all dimensions: the root of `variance`. Its gradient is 0 where it is 0.
 *
 * Source: PyTorch, std.
 *
 * @example
 * std(tensor([[1, 3], [2, 8]]), { dim: 1, correction: 0 }).toArray();
 * // → [1, 3]
 */
export function std(input: Tensor, options: VarianceOptions = {}): Tensor {
  const { axes, divisor, finish } = dispersion("std", input, options);
  const output = moments(input, axes, ["deviation"], { centre: "mean", divisor, eps: 0 }).deviation;
  return finish(asDeviation(output, input, axes, { divisor }));
}

/** What a call asks for, and how its result, in which reduced dimensions stay as 1, becomes what the caller wants. */
function dispersion(
  operation: string,
  input: Tensor,
  options: VarianceOptions,
): { axes: number[]; divisor: number; finish: (output: Tensor) => Tensor } {
  const { axes, keepdim, shape } = reduction(operation, input, options, ["correction"]);
  const { correction = 1 } = options;
  wholeNumber(operation, "correction", correction, 0);
  const samples = count(axes.map((axis) => input.shape[axis]));
  return {
    axes,
    divisor: Math.max(0, samples - correction),
    finish: (output) => (keepdim ? output : reshape(output, shape)),
  };
}

export interface NormOptions extends ReduceOptions {
  /** The exponent: 2 unless said; 0 counts what is not 0, ±Infinity takes the largest or smallest magnitude. */
  p?: number;
}

/**
 * The p-norm (Σ |x|ᵖ)^(1/p) over some or all dimensions. Its gradient is 0 where it is 0.
 *
 * Throws if there is nothing to compare (an infinite or negative `p` of no numbers). Source: PyTorch,
 * linalg.vector_norm.
 *
 * @example
 * norm(tensor([[3, 4], [5, 12]]), { dim: 1 }).toArray();
 * // → [5, 13]
 */
export function norm(input: Tensor, options: NormOptions = {}): Tensor {
  const { axes, kept, shape, keepdim } = reduction("norm", input, options, ["p"]);
  const { p = 2 } = options;
  if (Number.isNaN(p) || typeof p !== "number") throw refusal("norm", "p", "a number", p);
  const empty = input.size === 0 && count(shape) > 0;
  if (empty && (p < 0 || p === Infinity)) throw refusal("norm", "input", "at least one number", input);
  const rest = { dim: axes, keepdim };
  if (p === 0) return sum(sub(1, equal(input, 0)), rest);
  if (p === 1) return sum(abs(input), rest);
  if (p === Infinity) return amax(abs(input), rest);
  if (p === -Infinity) return amin(abs(input), rest);
  return reshape(finiteNorm(input, axes, p), keepdim ? kept : shape);
}

/** For p neither 0 nor infinite, with reduced dimensions as 1. */
function finiteNorm(input: Tensor, axes: readonly number[], p: number): Tensor {
  const output = noGrad(() => (p === 2 ? euclidean(input, axes) : rootOfPowers(abs(input), axes, p)));
  // sign x · |x/y|^(p − 1), and 0 where x or y is 0.
  const slope = (gradient: Tensor): Tensor => {
    // One pass over the input where no quotient of the few numbers leaves float32's range.
    if (p === 2 && moderate(output) && moderate(gradient)) return mul(input, div(gradient, output));
    const ratio = div(input, endless(output));
    if (p === 2) return mul(gradient, ratio);
    const none = equal(ratio, 0);
    const power = where(none, 0, pow(where(none, 1, abs(ratio)), p - 1));
    return mul(mul(gradient, sign(ratio)), power);
  };
  return record(output, [[input, slope]], [output]);
}

function euclidean(input: Tensor, axes: readonly number[]): Tensor {
  return moments(input, axes, ["deviation"], { centre: "zero", divisor: 1, eps: 0 }).deviation;
}

function moderate(numbers: Tensor): boolean {
  return view(numbers).every((value) => Math.abs(value) > 2 ** -60 && Math.abs(value) < 2 ** 60);
}
