import type { PoolKind } from "../backend/backend.js";
import { knownOptions, refusal, trueOrFalse, wholeNumber } from "../tensor/errors.js";
import { axisOf, count } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { checkTensor, compute, view } from "./compute.js";
import { cellsOf, gather } from "./pick.js";
import { extreme } from "./reduce.js";
import { reshape } from "./shape.js";

/** Numbers picked along a dimension, and where on it each stood. */
export interface Selected {
  values: Tensor;
  /** Positions along the dimension, as float32 numbers. */
  indices: Tensor;
}

export interface SelectOptions {
  /** The dimension that is searched, a negative one counted from the back. */
  dim: number;
  /** Keeps that dimension with side 1. */
  keepdim?: boolean;
}

/**
 * The largest number of all; or, with `dim`, the largest along that dimension and their positions.
 *
 * Of equals, all share the gradient where the whole tensor is searched, and the first is named and takes it along a
 * dimension. NaN counts as the largest.
 *
 * Throws if there is nothing to compare. Source: PyTorch, max; `maximum` compares two tensors, `amax` searches several
 * dimensions.
 *
 * @example
 * const { values, indices } = max(tensor([[1, 5], [7, 3]]), { dim: 1 });
 * [values.toArray(), indices.toArray()];
 * // → [[5, 7], [1, 0]]
 */
export function max(input: Tensor): Tensor;
export function max(input: Tensor, options: SelectOptions): Selected;
export function max(input: Tensor, options?: SelectOptions): Tensor | Selected {
  return options === undefined ? extreme("max", "max", input, {}) : along("max", "max", input, options);
}

/**
 * The smallest number of all; or, with `dim`, the smallest along that dimension and their positions. As `max`; NaN
 * counts as the smallest here.
 *
 * Throws as `max`. Source: PyTorch, min.
 *
 * @example
 * min(tensor([[1, 5], [7, 3]])).item();
 * // → 1
 */
export function min(input: Tensor): Tensor;
export function min(input: Tensor, options: SelectOptions): Selected;
export function min(input: Tensor, options?: SelectOptions): Tensor | Selected {
  return options === undefined ? extreme("min", "min", input, {}) : along("min", "min", input, options);
}

function along(kind: PoolKind, operation: string, input: Tensor, options: SelectOptions): Selected {
  checkTensor(operation, "input", input);
  const given: unknown = options;
  if (given instanceof Tensor) {
    throw refusal(operation, "options", `{ dim } to search along (${operation}imum compares tensors)`, given);
  }
  knownOptions(operation, options, ["dim", "keepdim"]);
  const keepdim = trueOrFalse(operation, "keepdim", options.keepdim ?? false);
  const line = lineOf(operation, input, options.dim);
  if (line.length === 0) throw refusal(operation, "input", "at least one number along dim", input);
  const positions = compute([line.outer, 1, line.inner], (kernels, numbers) => {
    kernels.argReduce(kind, view(input), numbers, line);
  });
  const shape = keepdim ? line.shapeOf(1) : line.shapeOf(undefined);
  const cells = placesOf(positions, line, view);
  return { values: reshape(gatherLines(input, cells, line), shape), indices: reshape(positions, shape) };
}

export interface TopkOptions {
  /** The dimension that is searched; the last unless said. */
  dim?: number;
  /** Whether the largest are wanted, or the smallest; true unless said. */
  largest?: boolean;
  /** Whether the best come first; true unless said. Otherwise they stay in the order in which they stood. */
  sorted?: boolean;
}

/**
 * The `k` largest numbers along a dimension and their positions. Of equals the first are taken, and come first. NaN
 * counts as larger than all.
 *
 * Throws if the dimension has fewer than `k` numbers. Source: PyTorch, topk, which leaves the order of equals, and
 * that of what is not sorted, open.
 *
 * @example
 * const { values, indices } = topk(tensor([3, 9, 1, 7]), 2);
 * [values.toArray(), indices.toArray()];
 * // → [[9, 7], [1, 3]]
 */
export function topk(input: Tensor, k: number, options: TopkOptions = {}): Selected {
  checkTensor("topk", "input", input);
  knownOptions("topk", options, ["dim", "largest", "sorted"]);
  const largest = trueOrFalse("topk", "largest", options.largest ?? true);
  const sorted = trueOrFalse("topk", "sorted", options.sorted ?? true);
  const line = lineOf("topk", input, options.dim ?? -1);
  if (wholeNumber("topk", "k", k, 0) > line.length) {
    throw refusal("topk", "k", `at most ${line.length}, the numbers along dim`, k);
  }
  const places = compute([line.outer, k, line.inner], (kernels, numbers) => {
    const cells = cellsOf(numbers);
    kernels.topPositions(largest ? "max" : "min", view(input), cells, { ...line, count: k });
    if (!sorted) inOrder(cells, k, line.inner);
  });
  const shape = line.shapeOf(k);
  const indices = compute(shape, (_, numbers) => {
    numbers.set(cellsOf(view(places)));
  });
  const cells = placesOf(places, line, (held) => cellsOf(view(held)));
  return { values: reshape(gatherLines(input, cells, line), shape), indices };
}

/** Sorts each line of `positions`, [outer, count, inner], by position. */
function inOrder(positions: Int32Array, count: number, inner: number): void {
  for (let start = 0; start < positions.length; start += count * inner) {
    for (let i = start; i < start + inner; i++) {
      const line = Int32Array.from({ length: count }, (_, rank) => positions[i + rank * inner]).sort();
      line.forEach((position, rank) => (positions[i + rank * inner] = position));
    }
  }
}

interface Line {
  outer: number;
  length: number;
  inner: number;
  /** The input's shape with another side along the line, or without it. */
  shapeOf: (side: number | undefined) => number[];
}

function lineOf(operation: string, input: Tensor, dim: number): Line {
  // A single number is a line of one, as in PyTorch.
  const shape = input.rank === 0 ? [1] : input.shape;
  const axis = axisOf(operation, "dim", dim, shape.length);
  const length = shape[axis];
  // Beyond 2²⁴ float32 no longer holds every whole number.
  if (length > 2 ** 24) throw refusal(operation, "input", "at most 2²⁴ numbers to choose from", input);
  const [before, after] = [shape.slice(0, axis), shape.slice(axis + 1)];
  const sides = (side: number | undefined): number[] => [
    ...before,
    ...(side === undefined ? [] : [side]),
    ...after,
  ];
  return {
    outer: count(before),
    length,
    inner: count(after),
    shapeOf: (side) => (input.rank === 0 && side !== 0 ? [] : sides(side)),
  };
}

/** The cells, of planes [length, inner], that positions along the lines name. */
function placesOf(
  positions: Tensor,
  { inner }: Line,
  read: (positions: Tensor) => Float32Array | Int32Array,
): Tensor {
  const [outer, count] = positions.shape;
  return compute([outer, 1, count, inner], (_, numbers) => {
    const cells = cellsOf(numbers);
    read(positions).forEach((position, index) => (cells[index] = position * inner + (index % inner)));
  });
}

function gatherLines(input: Tensor, cells: Tensor, { outer, length, inner }: Line): Tensor {
  return gather(reshape(input, [outer, 1, length, inner]), cells);
}
