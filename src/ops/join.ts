import { record } from "../autograd/tape.js";
import { knownOptions, refusal } from "../tensor/errors.js";
import { axisOf, count, sameShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkTensor, compute, view } from "./compute.js";
import { slice, unsqueeze } from "./shape.js";

/**
 * Tensors joined along a dimension.
 *
 * Throws if they differ in another dimension. Source: PyTorch, cat.
 *
 * @example
 * concat([ones([1, 2]), zeros([2, 2])], { dim: 0 }).toArray();
 * // → [[1, 1], [0, 0], [0, 0]]
 */
export function concat(tensors: readonly Tensor[], options: { dim?: number } = {}): Tensor {
  checkList("concat", tensors);
  knownOptions("concat", options, ["dim"]);
  const first = checkTensor("concat", "tensors[0]", tensors[0]);
  const axis = axisOf("concat", "dim", options.dim ?? 0, first.rank);
  const rest = (shape: readonly number[]): number[] => shape.filter((_, dimension) => dimension !== axis);
  tensors.forEach((part, index) => {
    checkTensor("concat", `tensors[${index}]`, part, [first.rank]);
    if (!sameShape(rest(part.shape), rest(first.shape))) {
      throw refusal(
        "concat",
        `tensors[${index}]`,
        `shape [${first.shape.join(", ")}] but for dim ${axis}`,
        part,
      );
    }
  });
  const side = tensors.reduce((sum, part) => sum + part.shape[axis], 0);
  const shape = first.shape.map((old, dimension) => (dimension === axis ? side : old));
  const outer = count(shape.slice(0, axis));
  const inner = count(shape.slice(axis + 1));
  const output = compute(shape, (_, numbers) => {
    let at = 0;
    for (let row = 0; row < outer; row++) {
      for (const part of tensors) {
        const length = part.shape[axis] * inner;
        numbers.set(view(part).subarray(row * length, (row + 1) * length), at);
        at += length;
      }
    }
  });
  let start = 0;
  return record(
    output,
    tensors.map((part) => {
      const range = { start, end: (start += part.shape[axis]) };
      return [
        part,
        (gradient) =>
          slice(
            gradient,
            shape.map((_, d) => (d === axis ? range : undefined)),
          ),
      ];
    }),
  );
}

function checkList(operation: string, tensors: unknown): void {
  if (!Array.isArray(tensors)) throw refusal(operation, "tensors", "an array of tensors", tensors);
}

/**
 * Tensors of one shape joined along a new dimension.
 *
 * @example
 * stack([tensor([1, 2]), tensor([3, 4])], { dim: 1 }).toArray();
 * // → [[1, 3], [2, 4]]
 */
export function stack(tensors: readonly Tensor[], options: { dim?: number } = {}): Tensor {
  checkList("stack", tensors);
  knownOptions("stack", options, ["dim"]);
  const first = checkTensor("stack", "tensors[0]", tensors[0]);
  const axis = axisOf("stack", "dim", options.dim ?? 0, first.rank + 1);
  const grown = tensors.map((part, index) => {
    if (!sameShape(checkTensor("stack", `tensors[${index}]`, part).shape, first.shape)) {
      throw refusal("stack", `tensors[${index}]`, `shape [${first.shape.join(", ")}]`, part);
    }
    return unsqueeze(part, axis);
  });
  return concat(grown, { dim: axis });
}
