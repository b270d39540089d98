import { complaint, refusal, wholeNumber } from "./errors.js";

/** How many numbers a shape holds. */
export function count(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** Row-major strides: how many numbers lie between neighbours along each dimension. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let dimension = shape.length - 2; dimension >= 0; dimension--) {
    strides[dimension] = strides[dimension + 1] * shape[dimension + 1];
  }
  return strides;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((side, dimension) => side === b[dimension]);
}

/**
 * The shape that two shapes are repeated to: compared from the last dimension on, sides must agree or one be 1.
 *
 * Source: NumPy's and PyTorch's broadcasting rules.
 */
export function broadcast(operation: string, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, dimension) => {
    const left = a[dimension - rank + a.length] ?? 1;
    const right = b[dimension - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw complaint(
        operation,
        "shapes",
        `sides that agree or are 1, from the last on (dimension ${dimension}: ${left} and ${right})`,
        `[${a.join(", ")}] and [${b.join(", ")}]`,
      );
    }
    return left === 1 ? right : left;
  });
}

/** Whether broadcasting repeats `shape` to `wanted`. */
export function repeatsTo(shape: readonly number[], wanted: readonly number[]): boolean {
  const lead = wanted.length - shape.length;
  return lead >= 0 && shape.every((side, dimension) => side === 1 || side === wanted[dimension + lead]);
}

/** Strides that read an array of `shape` as if it had been repeated to `wanted`. */
export function broadcastStrides(shape: readonly number[], wanted: readonly number[]): number[] {
  const strides = stridesOf(shape);
  return wanted.map((_, dimension) => {
    const own = dimension - wanted.length + shape.length;
    return own < 0 || shape[own] === 1 ? 0 : strides[own];
  });
}

/** A dimension counted from the front; negative ones count from the back. */
export function axisOf(operation: string, argument: string, axis: unknown, rank: number): number {
  if (typeof axis === "number" && Number.isInteger(axis) && axis >= -rank && axis < rank) {
    return axis < 0 ? axis + rank : axis;
  }
  const range = rank === 0 ? "none, as rank 0 has no dimension" : `a dimension from ${-rank} to ${rank - 1}`;
  throw refusal(operation, argument, range, axis);
}

/**
 * Several dimensions, sorted and without repetition; all of them if none are given, or an empty list. Rank 0 may
 * be asked for 0 or −1, as in PyTorch, and has none.
 */
export function axesOf(operation: string, argument: string, axes: unknown, rank: number): number[] {
  const given: unknown[] = Array.isArray(axes) ? axes : axes === undefined ? [] : [axes];
  if (given.length === 0) return Array.from({ length: rank }, (_, dimension) => dimension);
  const found = given.map((axis) => axisOf(operation, argument, axis, Math.max(rank, 1)));
  if (new Set(found).size !== found.length) {
    throw refusal(operation, argument, "each dimension once", axes);
  }
  return rank === 0 ? [] : found.sort((a, b) => a - b);
}

/** `shape` with a single −1 replaced by what makes it hold `total` numbers. */
export function inferShape(operation: string, shape: readonly number[], total: number): number[] {
  const open = shape.indexOf(-1);
  const known = shape.reduce((product, side, dimension) => {
    if (dimension === open) return product;
    return product * wholeNumber(operation, `shape[${dimension}]`, side, 0);
  }, 1);
  const result = shape.map((side, dimension) => (dimension === open ? total / known : side));
  if (count(result) !== total || !result.every(Number.isInteger)) {
    throw refusal(operation, "shape", `${total} numbers in all`, shape);
  }
  return result;
}
