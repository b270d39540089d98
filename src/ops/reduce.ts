import type { PoolKind, ReduceGeometry, ReduceKind } from "../backend/backend.js";
import { record } from "../autograd/tape.js";
import { knownOptions, refusal, trueOrFalse } from "../tensor/errors.js";
import { axesOf, axisOf, count, sameShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkTensor, compute, view } from "./compute.js";
import { concat } from "./join.js";
import { add, div, equal, mul } from "./math.js";
import { cellsOf, gather } from "./pick.js";
import { expand, permute, reshape, slice } from "./shape.js";

export interface ReduceOptions {
  /** The dimensions to reduce, negative ones counted from the back; all unless said, or if the list is empty. */
  dim?: number | readonly number[];
  /** Keeps reduced dimensions with side 1. */
  keepdim?: boolean;
}

/**
 * The sum over some or all dimensions, taken in double precision.
 *
 * @example
 * sum(tensor([[1, 2], [3, 4]]), { dim: 1 }).toArray();
 * // → [3, 7]
 */
export function sum(input: Tensor, options: ReduceOptions = {}): Tensor {
  const { output, kept, finish } = reduce("sum", "sum", input, options);
  return finish(record(output, [[input, (gradient) => expand(reshape(gradient, kept), input.shape)]]));
}

/**
 * The mean over some or all dimensions.
 *
 * @example
 * mean(tensor([[1, 2], [3, 4]])).item();
 * // → 2.5
 */
export function mean(input: Tensor, options: ReduceOptions = {}): Tensor {
  const { output, kept, finish } = reduce("mean", "mean", input, options);
  const share = input.size / output.size;
  return finish(
    record(output, [[input, (gradient) => expand(div(reshape(gradient, kept), share), input.shape)]]),
  );
}

/**
 * The largest number over some or all dimensions. The gradient is shared equally among equals.
 *
 * Throws if there is nothing to compare. Source: PyTorch, amax.
 *
 * @example
 * amax(tensor([[1, 5], [7, 3]]), { dim: 0 }).toArray();
 * // → [7, 5]
 */
export function amax(input: Tensor, options: ReduceOptions = {}): Tensor {
  return extreme("max", "amax", input, options);
}

/**
 * The smallest number over some or all dimensions. The gradient is shared equally among equals.
 *
 * Throws if there is nothing to compare. Source: PyTorch, amin.
 *
 * @example
 * amin(tensor([[1, 5], [7, 3]])).item();
 * // → 1
 */
export function amin(input: Tensor, options: ReduceOptions = {}): Tensor {
  return extreme("min", "amin", input, options);
}

/** The largest or smallest number over some or all dimensions, under the name of the operation that asks. */
export function extreme(
  kind: "max" | "min",
  operation: string,
  input: Tensor,
  options: ReduceOptions,
): Tensor {
  const { output, axes, kept, finish } = reduce(kind, operation, input, options);
  if (input.size === 0 && output.size > 0) throw refusal(operation, "input", "at least one number", input);
  return finish(
    record(
      output,
      [
        [
          input,
          (gradient) => {
            const winners = equal(input, reshape(output, kept));
            const shares = div(winners, sum(winners, { dim: axes, keepdim: true }));
            return mul(shares, reshape(gradient, kept));
          },
        ],
      ],
      [output],
    ),
  );
}

/**
 * The product over some or all dimensions; 1 of no numbers.
 *
 * Source: PyTorch, prod.
 *
 * @example
 * prod(tensor([[1, 2], [3, 4]]), { dim: 1 }).toArray();
 * // → [2, 12]
 */
export function prod(input: Tensor, options: ReduceOptions = {}): Tensor {
  const { axes, kept, shape, keepdim } = reduction("prod", input, options);
  const result = keepdim ? kept : shape;
  const rest = input.shape.flatMap((_, dimension) => (axes.includes(dimension) ? [] : [dimension]));
  const lines = count(axes.map((axis) => input.shape[axis]));
  // No numbers have the sum 0, which keeps the history.
  if (lines === 0) return add(sum(input, { dim: axes, keepdim }), 1);
  let factors = reshape(permute(input, [...axes, ...rest]), [lines, count(shape)]);
  // One half times the other until one line is left: nothing is divided by, so that zeros have gradients too.
  while (factors.shape[0] > 1) {
    if (!productsFit(factors)) factors = largestBySmallest(factors);
    const pairs = Math.floor(factors.shape[0] / 2);
    const [first, second] = [slice(factors, [{ end: pairs }]), slice(factors, [{ start: -pairs }])];
    const middle = slice(factors, [{ start: pairs, end: -pairs }]);
    factors = concat([mul(first, second), middle]);
  }
  return reshape(factors, result);
}

/** Whether no product of some of each column's numbers leaves float32's range. */
function productsFit(factors: Tensor): boolean {
  const largest = 2 ** (120 / factors.shape[0]);
  return view(factors).every((value) => {
    const size = Math.abs(value);
    return size === 0 || (size <= largest && size >= 1 / largest);
  });
}

/**
 * Each column's numbers in such an order that the halves' products pair the smallest with the largest: what they have
 * in excess cancels before it can leave float32's range.
 */
function largestBySmallest(factors: Tensor): Tensor {
  const [length, columns] = factors.shape;
  const numbers = view(factors);
  const half = Math.ceil(length / 2);
  const cells = compute([1, 1, length, columns], (_, places) => {
    for (let column = 0; column < columns; column++) {
      const size = (row: number): number => Math.abs(numbers[row * columns + column]);
      const rows = Array.from({ length }, (_, row) => row).sort((a, b) => size(a) - size(b));
      const paired = [...rows.slice(0, half), ...rows.slice(half).reverse()];
      paired.forEach((row, at) => (cellsOf(places)[at * columns + column] = row * columns + column));
    }
  });
  return reshape(gather(reshape(factors, [1, 1, length, columns]), cells), [length, columns]);
}

/**
 * The position of the first largest number: in the flat tensor, or along `dim`.
 *
 * @example
 * argmax(tensor([[1, 5], [7, 3]]), { dim: 1 }).toArray();
 * // → [1, 0]
 */
export function argmax(input: Tensor, options: { dim?: number; keepdim?: boolean } = {}): Tensor {
  return position("max", "argmax", input, options);
}

/**
 * The position of the first smallest number: in the flat tensor, or along `dim`.
 *
 * @example
 * argmin(tensor([4, 2, 8])).item();
 * // → 1
 */
export function argmin(input: Tensor, options: { dim?: number; keepdim?: boolean } = {}): Tensor {
  return position("min", "argmin", input, options);
}

function position(
  kind: PoolKind,
  operation: string,
  input: Tensor,
  options: { dim?: number; keepdim?: boolean },
): Tensor {
  checkTensor(operation, "input", input);
  knownOptions(operation, options, ["dim", "keepdim"]);
  const { dim, keepdim = false } = options;
  trueOrFalse(operation, "keepdim", keepdim);
  const found = dim === undefined ? undefined : axisOf(operation, "dim", dim, Math.max(input.rank, 1));
  const axis = input.rank === 0 ? undefined : found;
  const length = axis === undefined ? input.size : input.shape[axis];
  if (length === 0) throw refusal(operation, "input", "at least one number", input);
  // Beyond 2²⁴ float32 no longer holds every whole number.
  if (length > 2 ** 24) throw refusal(operation, "input", "at most 2²⁴ numbers to choose from", input);
  const [before, after] =
    axis === undefined ? [[], []] : [input.shape.slice(0, axis), input.shape.slice(axis + 1)];
  const shape = keepdim
    ? input.shape.map((side, d) => (axis === undefined || d === axis ? 1 : side))
    : [...before, ...after];
  return compute(shape, (kernels, output) => {
    kernels.argReduce(kind, view(input), output, { outer: count(before), length, inner: count(after) });
  });
}

export interface Reduction {
  /** The dimensions that are reduced. */
  axes: number[];
  /** The shape with reduced dimensions as 1. */
  kept: number[];
  /** The shape without the reduced dimensions. */
  shape: number[];
  /** Which of the two the caller wants. */
  keepdim: boolean;
}

/** What a call asks to reduce; `more` are the options that the operation has beside `dim` and `keepdim`. */
export function reduction(
  operation: string,
  input: Tensor,
  options: ReduceOptions,
  more: readonly string[] = [],
): Reduction {
  checkTensor(operation, "input", input);
  knownOptions(operation, options, ["dim", "keepdim", ...more]);
  const { dim, keepdim = false } = options;
  const axes = axesOf(operation, "dim", dim, input.rank);
  return {
    axes,
    kept: input.shape.map((side, dimension) => (axes.includes(dimension) ? 1 : side)),
    shape: input.shape.filter((_, dimension) => !axes.includes(dimension)),
    keepdim: trueOrFalse(operation, "keepdim", keepdim),
  };
}

interface Reduced extends Reduction {
  /** Without the reduced dimensions. */
  output: Tensor;
  /** Puts the kept dimensions back if the caller wants them. */
  finish: (output: Tensor) => Tensor;
}

function reduce(kind: ReduceKind, operation: string, input: Tensor, options: ReduceOptions): Reduced {
  const asked = reduction(operation, input, options);
  const { axes, kept, shape, keepdim } = asked;
  const output = compute(shape, (kernels, numbers) => {
    kernels.reduce(kind, view(input), numbers, merge(input.shape, axes));
  });
  return { ...asked, output, finish: (result) => (keepdim ? reshape(result, kept) : result) };
}

/** Joins neighbouring dimensions of one kind, so that kernels see as few as possible. */
export function merge(shape: readonly number[], axes: readonly number[]): ReduceGeometry {
  const sides: number[] = [];
  const reduced: boolean[] = [];
  shape.forEach((side, dimension) => {
    if (side === 1) return;
    const flag = axes.includes(dimension);
    if (sides.length > 0 && reduced[reduced.length - 1] === flag) sides[sides.length - 1] *= side;
    else {
      sides.push(side);
      reduced.push(flag);
    }
  });
  return { shape: sides, reduced };
}

/** The transpose of broadcasting: the sum over what was repeated. */
export function sumTo(input: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(input.shape, shape)) return input;
  const lead = input.rank - shape.length;
  const repeated = input.shape.flatMap((side, d) =>
    d < lead || (shape[d - lead] === 1 && side !== 1) ? [d] : [],
  );
  return reshape(sum(input, { dim: repeated }), shape);
}
