import type { LineGeometry } from "../backend/backend.js";
import { record } from "../autograd/tape.js";
import { knownOptions } from "../tensor/errors.js";
import { axisOf, count } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkTensor, compute, view } from "./compute.js";
import { exp, mul, sub } from "./math.js";
import { sum } from "./reduce.js";

export interface SoftmaxOptions {
  /** The dimension whose numbers become probabilities; the last unless said. */
  dim?: number;
}

/**
 * eˣ / Σ eˣ along a dimension.
 *
 * @example
 * softmax(tensor([[0, 0], [1000, 1000]])).toArray();
 * // → [[0.5, 0.5], [0.5, 0.5]]
 */
export function softmax(input: Tensor, options: SoftmaxOptions = {}): Tensor {
  const { dim, lines } = linesOf("softmax", input, options);
  const output = compute(input.shape, (kernels, numbers) => {
    kernels.softmax(view(input), numbers, lines);
  });
  return record(output, [[input, (g) => mul(output, sub(g, sum(mul(g, output), { dim, keepdim: true })))]]);
}

/**
 * log(eˣ / Σ eˣ) along a dimension, without the overflow and rounding of taking it in two steps.
 *
 * @example
 * logSoftmax(tensor([1000, 0])).toArray();
 * // → [0, -1000]
 */
export function logSoftmax(input: Tensor, options: SoftmaxOptions = {}): Tensor {
  const { dim, lines } = linesOf("logSoftmax", input, options);
  const output = compute(input.shape, (kernels, numbers) => {
    kernels.logSoftmax(view(input), numbers, lines);
  });
  return record(output, [[input, (g) => sub(g, mul(exp(output), sum(g, { dim, keepdim: true })))]]);
}

function linesOf(
  operation: string,
  input: Tensor,
  options: SoftmaxOptions,
): { dim: number; lines: LineGeometry } {
  checkTensor(operation, "input", input);
  knownOptions(operation, options, ["dim"]);
  // A single number is a line of one, as in PyTorch.
  const shape = input.rank === 0 ? [1] : input.shape;
  const dim = axisOf(operation, "dim", options.dim ?? -1, shape.length);
  return {
    dim,
    lines: { outer: count(shape.slice(0, dim)), length: shape[dim], inner: count(shape.slice(dim + 1)) },
  };
}
