import type { LineGeometry } from "../backend/backend.js";
import { record } from "../autograd/tape.js";
import { knownOptions } from "../tensor/errors.js";
import { axisOf, count } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkTensor, compute, view } from "./compute.js";

export interface CumsumOptions {
  /** The dimension along which numbers are added up; the last unless said. */
  dim?: number;
}

/**
 * The running sum along a dimension, each number with those before it added, taken in double precision.
 *
 * Source: PyTorch, cumsum.
 *
 * @example
 * cumsum(tensor([[1, 2, 3], [4, 5, 6]]), { dim: 1 }).toArray();
 * // → [[1, 3, 6], [4, 9, 15]]
 */
export function cumsum(input: Tensor, options: CumsumOptions = {}): Tensor {
  checkTensor("cumsum", "input", input);
  knownOptions("cumsum", options, ["dim"]);
  // A single number is a line of one, as in PyTorch.
  const shape = input.rank === 0 ? [1] : input.shape;
  const axis = axisOf("cumsum", "dim", options.dim ?? -1, shape.length);
  const [before, after] = [shape.slice(0, axis), shape.slice(axis + 1)];
  return cumulate(input, { outer: count(before), length: shape[axis], inner: count(after) }, false);
}

/** Its transpose is the running sum from the other end. */
function cumulate(input: Tensor, lines: LineGeometry, backwards: boolean): Tensor {
  const output = compute(input.shape, (kernels, numbers) => {
    kernels.cumulate(view(input), numbers, lines, backwards);
  });
  return record(output, [[input, (g) => cumulate(g, lines, !backwards)]]);
}
