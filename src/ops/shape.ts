import type { CopyGeometry } from "../backend/backend.js";
import { record } from "../autograd/tape.js";
import { checkShape } from "../tensor/create.js";
import { knownOptions, refusal, wholeNumber } from "../tensor/errors.js";
import { axisOf, broadcastStrides, count, inferShape, repeatsTo, stridesOf } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { checkTensor, compute, view } from "./compute.js";
import { sumTo } from "./reduce.js";

/**
 * The same numbers in another shape; one side may be −1 and is worked out. Nothing is copied: both tensors share
 * their numbers.
 *
 * Throws if the shapes hold different counts of numbers. Source: PyTorch, reshape.
 *
 * @example
 * reshape(arange(6), [2, -1]).toArray();
 * // → [[0, 1, 2], [3, 4, 5]]
 */
export function reshape(input: Tensor, shape: readonly number[]): Tensor {
  checkTensor("reshape", "input", input);
  if (!Array.isArray(shape)) throw refusal("reshape", "shape", "an array of sides", shape);
  const wanted = inferShape("reshape", shape, input.size);
  return record(new Tensor(wanted, input.storage), [[input, (gradient) => reshape(gradient, input.shape)]]);
}

/**
 * One dimension in place of those from `startDim` to `endDim` (all but the first `startDim`, counted as PyTorch
 * does: 0 and −1 unless said).
 *
 * @example
 * flatten(zeros([2, 3, 4]), { startDim: 1 }).shape;
 * // → [2, 12]
 */
export function flatten(input: Tensor, options: { startDim?: number; endDim?: number } = {}): Tensor {
  checkTensor("flatten", "input", input);
  knownOptions("flatten", options, ["startDim", "endDim"]);
  if (input.rank === 0) return reshape(input, [1]);
  const start = axisOf("flatten", "startDim", options.startDim ?? 0, input.rank);
  const end = axisOf("flatten", "endDim", options.endDim ?? -1, input.rank);
  if (end < start) throw refusal("flatten", "endDim", `at least startDim (${start})`, end);
  const { shape } = input;
  return reshape(input, [
    ...shape.slice(0, start),
    count(shape.slice(start, end + 1)),
    ...shape.slice(end + 1),
  ]);
}

/**
 * The dimensions in another order: dimension `d` of the result is dimension `order[d]` of the input.
 *
 * Throws if `order` does not name each dimension once. Source: PyTorch, permute.
 *
 * @example
 * permute(zeros([2, 3, 4]), [2, 0, 1]).shape;
 * // → [4, 2, 3]
 */
export function permute(input: Tensor, order: readonly number[]): Tensor {
  checkTensor("permute", "input", input);
  if (!Array.isArray(order)) throw refusal("permute", "order", "an array of dimensions", order);
  const axes = order.map((axis, index) => axisOf("permute", `order[${index}]`, axis, input.rank));
  if (axes.length !== input.rank || new Set(axes).size !== axes.length) {
    throw refusal("permute", "order", `each of ${input.rank} dimensions once`, order);
  }
  const shape = axes.map((axis) => input.shape[axis]);
  const strides = stridesOf(input.shape);
  return move(input, shape, {
    shape,
    inputOffset: 0,
    inputStrides: axes.map((axis) => strides[axis]),
    outputOffset: 0,
    outputStrides: stridesOf(shape),
  });
}

/**
 * Two dimensions exchanged, the last two unless said.
 *
 * @example
 * transpose(tensor([[1, 2], [3, 4]])).toArray();
 * // → [[1, 3], [2, 4]]
 */
export function transpose(input: Tensor, first = -2, second = -1): Tensor {
  checkTensor("transpose", "input", input);
  const a = axisOf("transpose", "first", first, input.rank);
  const b = axisOf("transpose", "second", second, input.rank);
  return permute(
    input,
    input.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis)),
  );
}

/** From where to where along one dimension, and in which steps; a missing `end` means all the rest. */
export interface Range {
  start?: number;
  end?: number;
  step?: number;
}

/**
 * A block of the input: for each dimension a range, or nothing for all of it. Negative starts and ends count from
 * the back.
 *
 * Throws if there are more ranges than dimensions, if one is no range, or if it leaves the dimension.
 *
 * @example
 * slice(arange(10), [{ start: 1, end: -1, step: 3 }]).toArray();
 * // → [1, 4, 7]
 */
export function slice(input: Tensor, ranges: readonly (Range | undefined)[]): Tensor {
  checkTensor("slice", "input", input);
  if (!Array.isArray(ranges)) throw refusal("slice", "ranges", "a list of { start, end, step }", ranges);
  if (ranges.length > input.rank) throw refusal("slice", "ranges", `at most ${input.rank} ranges`, ranges);
  const strides = stridesOf(input.shape);
  let inputOffset = 0;
  const steps: number[] = [];
  const shape = input.shape.map((side, dimension) => {
    const { start: from = 0, end: to = side, step = 1 } = rangeAt(ranges, dimension);
    wholeNumber("slice", `ranges[${dimension}].step`, step, 1);
    const place = (position: number, name: string): number => {
      const found = position < 0 ? position + side : position;
      if (Number.isInteger(found) && found >= 0 && found <= side) return found;
      throw refusal("slice", `ranges[${dimension}].${name}`, `a position from ${-side} to ${side}`, position);
    };
    const start = place(from, "start");
    const end = place(to, "end");
    inputOffset += start * strides[dimension];
    steps.push(step * strides[dimension]);
    return Math.max(0, Math.ceil((end - start) / step));
  });
  return move(input, shape, {
    shape,
    inputOffset,
    inputStrides: steps,
    outputOffset: 0,
    outputStrides: stridesOf(shape),
  });
}

/** One dimension's range; a list of two would name neither start nor end, and be taken for all of it. */
function rangeAt(ranges: readonly (Range | undefined)[], dimension: number): Range {
  const range: unknown = ranges[dimension] ?? {};
  const odd = typeof range !== "object" || range === null || Array.isArray(range);
  const keys = odd ? [] : Object.keys(range);
  if (odd || keys.some((key) => !["start", "end", "step"].includes(key))) {
    throw refusal(
      "slice",
      `ranges[${dimension}]`,
      "{ start, end, step }, each of which may be left out",
      range,
    );
  }
  return range;
}

/**
 * A dimension of side 1 put in at `dim`.
 *
 * @example
 * unsqueeze(zeros([2, 3]), 0).shape;
 * // → [1, 2, 3]
 */
export function unsqueeze(input: Tensor, dim: number): Tensor {
  checkTensor("unsqueeze", "input", input);
  const axis = axisOf("unsqueeze", "dim", dim, input.rank + 1);
  return reshape(input, [...input.shape.slice(0, axis), 1, ...input.shape.slice(axis)]);
}

/**
 * The dimension `dim` of side 1 taken out; without `dim`, all of them.
 *
 * Throws if that dimension's side is not 1.
 *
 * @example
 * squeeze(zeros([1, 2, 1, 3])).shape;
 * // → [2, 3]
 */
export function squeeze(input: Tensor, dim?: number): Tensor {
  checkTensor("squeeze", "input", input);
  if (dim === undefined)
    return reshape(
      input,
      input.shape.filter((side) => side !== 1),
    );
  const axis = axisOf("squeeze", "dim", dim, input.rank);
  if (input.shape[axis] !== 1) throw refusal("squeeze", "dim", "a dimension of side 1", input);
  return reshape(
    input,
    input.shape.filter((_, dimension) => dimension !== axis),
  );
}

/**
 * The input repeated to `shape` by the rules of broadcasting.
 *
 * Throws if a side is neither 1 nor the wanted one. Source: PyTorch, broadcast_to.
 *
 * @example
 * expand(tensor([1, 2]), [2, 2]).toArray();
 * // → [[1, 2], [1, 2]]
 */
export function expand(input: Tensor, shape: readonly number[]): Tensor {
  checkTensor("expand", "input", input);
  const wanted = checkShape("expand", shape);
  if (!repeatsTo(input.shape, wanted)) {
    throw refusal("expand", "input", `a tensor that repeats to [${wanted.join(", ")}]`, input);
  }
  const output = compute(wanted, (kernels, numbers) => {
    kernels.copy(
      view(input),
      numbers,
      {
        shape: wanted,
        inputOffset: 0,
        inputStrides: broadcastStrides(input.shape, wanted),
        outputOffset: 0,
        outputStrides: stridesOf(wanted),
      },
      0,
    );
  });
  return record(output, [[input, (gradient) => sumTo(gradient, input.shape)]]);
}

/**
 * A strided copy that reads no cell twice, `background` where nothing is written. Its transpose is the copy the
 * other way.
 */
export function move(
  input: Tensor,
  shape: readonly number[],
  geometry: CopyGeometry,
  background = 0,
): Tensor {
  const output = compute(shape, (kernels, numbers) => {
    kernels.copy(view(input), numbers, geometry, background);
  });
  const back: CopyGeometry = {
    shape: geometry.shape,
    inputOffset: geometry.outputOffset,
    inputStrides: geometry.outputStrides,
    outputOffset: geometry.inputOffset,
    outputStrides: geometry.inputStrides,
  };
  return record(output, [[input, (gradient) => move(gradient, input.shape, back)]]);
}
