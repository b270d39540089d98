import { noGrad, record } from "../autograd/tape.js";
import { refusal, wholeNumber } from "../tensor/errors.js";
import { count } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { where } from "./elementwise.js";
import { abs, div, equal, mul, pow, sqrt, square, sub } from "./math.js";
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
  return dispersion("variance", input, options);
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
  const squared = dispersion("std", input, options);
  const output = noGrad(() => sqrt(squared));
  return record(output, [[squared, (gradient) => quotient(gradient, mul(output, 2))]], [output]);
}

function dispersion(operation: string, input: Tensor, options: VarianceOptions): Tensor {
  const { axes, keepdim } = reduction(operation, input, options, ["correction"]);
  const { correction = 1 } = options;
  wholeNumber(operation, "correction", correction, 0);
  const centred = sub(input, mean(input, { dim: axes, keepdim: true }));
  const total = sum(mul(centred, centred), { dim: axes, keepdim });
  return div(total, Math.max(0, input.size / total.size - correction));
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
  const dims = { dim: axes, keepdim: true };
  const output = noGrad(() =>
    p === 2 ? sqrt(sum(square(input), dims)) : pow(sum(pow(abs(input), p), dims), 1 / p),
  );
  // x/y · |x/y|^(p − 2), and 0 where x or y is 0.
  const slope = (gradient: Tensor): Tensor => {
    const straight = mul(input, quotient(gradient, output));
    if (p === 2) return straight;
    const ratio = quotient(abs(input), output);
    const none = equal(ratio, 0);
    return mul(straight, where(none, 0, pow(where(none, 1, ratio), p - 2)));
  };
  return record(output, [[input, slope]], [output]);
}

/** a / b, and 0 where b is 0: there all its gradients are 0 too. */
function quotient(a: Tensor, b: Tensor): Tensor {
  const none = equal(b, 0);
  return div(where(none, 0, a), where(none, 1, b));
}
