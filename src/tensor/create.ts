import { complaint, describe, finiteNumber, knownOptions, refusal, wholeNumber } from "./errors.js";
import { generator, Random } from "./random.js";
import { sameShape } from "./shape.js";
import { allocate, markChanged } from "./storage.js";
import { type NestedArray, Tensor } from "./tensor.js";

type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array;

/** Nested arrays that nobody need copy to pass. */
export type NestedNumbers = number | readonly NestedNumbers[];

export interface RandomOptions {
  /** A whole number; the same one gives the same numbers. Without it the shared generator goes on. */
  seed?: number;
}

/** `shape` if every side is a whole number; otherwise throws. */
export function checkShape(operation: string, shape: readonly number[]): number[] {
  if (!Array.isArray(shape)) throw refusal(operation, "shape", "an array of sides", shape);
  return shape.map((side, index) => wholeNumber(operation, `shape[${index}]`, side, 0));
}

/** A tensor of `shape` whose numbers `write` fills in: it must write all of them. */
export function build(shape: readonly number[], write: (view: Float32Array) => void): Tensor {
  const storage = allocate(shape);
  write(storage.view);
  return new Tensor(shape, storage);
}

/** A tensor of the same numbers in memory of its own, without history. */
export function copyOf(input: Tensor): Tensor {
  return build(input.shape, (view) => {
    view.set(input.storage.view);
  });
}

/**
 * Replaces the numbers of `target` by those of `source`, in the same memory: how an optimiser changes a parameter.
 * Returns `target`.
 *
 * Throws if the shapes differ, or if `target` was computed on a tape. A `backward` through what was computed
 * from the former numbers throws.
 *
 * @example
 * const weight = zeros([2]);
 * assign(weight, tensor([1, 2]));
 * weight.toArray();
 * // → [1, 2]
 */
export function assign(target: Tensor, source: Tensor): Tensor {
  for (const [argument, given] of Object.entries<unknown>({ target, source })) {
    if (!(given instanceof Tensor)) throw refusal("assign", argument, "a tensor", given);
  }
  if (!sameShape(target.shape, source.shape)) {
    throw refusal("assign", "source", `shape [${target.shape.join(", ")}]`, source);
  }
  if (target.node !== undefined) {
    throw complaint("assign", "target", "a tensor without history", "one that was computed on a tape");
  }
  target.storage.view.set(source.storage.view);
  markChanged(target.storage);
  return target;
}

/**
 * A tensor from nested arrays, or from a flat or typed array and its shape. The numbers are copied.
 *
 * Throws if rows differ in length, if something is not a number, or if `shape` holds another count of numbers.
 *
 * @example
 * tensor([[1, 2, 3], [4, 5, 6]]).shape;
 * // → [2, 3]
 */
export function tensor(values: NestedNumbers | TypedArray, shape?: readonly number[]): Tensor {
  const flat: number[] | TypedArray = isTyped(values) ? values : [];
  const found = isTyped(values) ? [values.length] : flatten(values, flat as number[]);
  const wanted = shape === undefined ? found : checkShape("tensor", shape);
  const count = wanted.reduce((product, side) => product * side, 1);
  if (count !== flat.length) {
    throw complaint(
      "tensor",
      "shape",
      `${flat.length} numbers in all`,
      `[${wanted.join(", ")}] = ${count} numbers`,
    );
  }
  return build(wanted, (view) => {
    view.set(flat);
  });
}

function isTyped(values: unknown): values is TypedArray {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    throw refusal("tensor", "values", "numbers", values);
  }
  return ArrayBuffer.isView(values) && !(values instanceof DataView);
}

/** Appends the numbers of `values` to `flat` and returns their shape. */
function flatten(values: NestedNumbers, flat: number[]): number[] {
  const shape: number[] = [];
  for (let level: unknown = values; Array.isArray(level); level = (level as unknown[])[0])
    shape.push(level.length);
  const visit = (value: unknown, dimension: number, path: string): void => {
    const side = shape[dimension];
    if (side === undefined) {
      if (typeof value !== "number") throw refusal("tensor", `values${path}`, "a number", value);
      flat.push(value);
      return;
    }
    if (!Array.isArray(value) || value.length !== side) {
      const came = Array.isArray(value) ? `an array of ${value.length}` : describe(value);
      throw complaint("tensor", `values${path}`, `an array of ${side}, like its neighbours`, came);
    }
    value.forEach((item, index) => {
      visit(item, dimension + 1, `${path}[${index}]`);
    });
  };
  visit(values, 0, "");
  return shape;
}

/**
 * A tensor of zeros.
 *
 * @example
 * zeros([2, 2]).toArray();
 * // → [[0, 0], [0, 0]]
 */
export function zeros(shape: readonly number[]): Tensor {
  return filled("zeros", shape, 0);
}

/**
 * A tensor of ones.
 *
 * @example
 * ones([3]).toArray();
 * // → [1, 1, 1]
 */
export function ones(shape: readonly number[]): Tensor {
  return filled("ones", shape, 1);
}

/**
 * A tensor that holds `value` everywhere.
 *
 * @example
 * full([2], 0.5).toArray();
 * // → [0.5, 0.5]
 */
export function full(shape: readonly number[], value: number): Tensor {
  return filled("full", shape, value);
}

function filled(operation: string, shape: readonly number[], value: unknown): Tensor {
  if (typeof value !== "number") throw refusal(operation, "value", "a number", value);
  return build(checkShape(operation, shape), (view) => view.fill(value));
}

/**
 * Zeros in the shape of another tensor.
 *
 * @example
 * zerosLike(tensor([[1, 2]])).toArray();
 * // → [[0, 0]]
 */
export function zerosLike(input: Tensor): Tensor {
  return filled("zerosLike", shapeLike("zerosLike", input), 0);
}

/**
 * Ones in the shape of another tensor.
 *
 * @example
 * onesLike(tensor([[3, 4]])).toArray();
 * // → [[1, 1]]
 */
export function onesLike(input: Tensor): Tensor {
  return filled("onesLike", shapeLike("onesLike", input), 1);
}

/**
 * `value` everywhere, in the shape of another tensor.
 *
 * @example
 * fullLike(tensor([1, 2]), 0.5).toArray();
 * // → [0.5, 0.5]
 */
export function fullLike(input: Tensor, value: number): Tensor {
  return filled("fullLike", shapeLike("fullLike", input), value);
}

function shapeLike(operation: string, input: unknown): readonly number[] {
  if (input instanceof Tensor) return input.shape;
  throw refusal(operation, "input", "a tensor", input);
}

/**
 * `steps` numbers at equal distances, from `start` to `end`, both included. A single one is `start`.
 *
 * Throws if `start` or `end` is not finite, or `steps` is no whole number. Source: PyTorch, linspace.
 *
 * @example
 * linspace(-1, 1, 5).toArray();
 * // → [-1, -0.5, 0, 0.5, 1]
 */
export function linspace(start: number, end: number, steps: number): Tensor {
  finiteNumber("linspace", "start", start);
  finiteNumber("linspace", "end", end);
  wholeNumber("linspace", "steps", steps, 0);
  return build([steps], (view) => {
    for (let index = 0; index < steps; index++) {
      // Shares of both ends, so that both are met and nothing between them overflows.
      const share = steps > 1 ? index / (steps - 1) : 0;
      view[index] = start * (1 - share) + end * share;
    }
  });
}

/**
 * The numbers from the start (0 if only the end is given) up to, not including, `end`, `step` apart.
 *
 * Throws if a number is not finite, or if `step` is 0 or leads away from `end`.
 *
 * @example
 * arange(2, 8, 2).toArray();
 * // → [2, 4, 6]
 */
export function arange(startOrEnd: number, end?: number, step = 1): Tensor {
  const [start, stop] = end === undefined ? [0, startOrEnd] : [startOrEnd, end];
  finiteNumber("arange", "start", start);
  finiteNumber("arange", "end", stop);
  finiteNumber("arange", "step", step);
  const count = Math.ceil((stop - start) / step);
  if (!Number.isFinite(count) || count < 0)
    throw refusal("arange", "step", `a step from ${start} to ${stop}`, step);
  return build([count], (view) => {
    for (let index = 0; index < count; index++) view[index] = start + index * step;
  });
}

/**
 * Uniform random numbers in [0, 1).
 *
 * @example
 * rand([2, 3], { seed: 1 }).data.every((value) => value >= 0 && value < 1);
 * // → true
 */
export function rand(shape: readonly number[], options: RandomOptions = {}): Tensor {
  return uniform("rand", shape, options);
}

/**
 * Standard normal random numbers.
 *
 * @example
 * randn([2, 3], { seed: 1 }).shape;
 * // → [2, 3]
 */
export function randn(shape: readonly number[], options: RandomOptions = {}): Tensor {
  return normal("randn", shape, options);
}

/**
 * `rand` in the shape of another tensor.
 *
 * @example
 * randLike(zeros([2, 3]), { seed: 1 }).shape;
 * // → [2, 3]
 */
export function randLike(input: Tensor, options: RandomOptions = {}): Tensor {
  return uniform("randLike", shapeLike("randLike", input), options);
}

/**
 * `randn` in the shape of another tensor.
 *
 * @example
 * randnLike(zeros([2, 3]), { seed: 1 }).shape;
 * // → [2, 3]
 */
export function randnLike(input: Tensor, options: RandomOptions = {}): Tensor {
  return normal("randnLike", shapeLike("randnLike", input), options);
}

function uniform(operation: string, shape: readonly number[], options: RandomOptions): Tensor {
  const random = source(operation, options);
  return build(checkShape(operation, shape), (view) => {
    for (let index = 0; index < view.length; index++) view[index] = random.uniform();
  });
}

function normal(operation: string, shape: readonly number[], options: RandomOptions): Tensor {
  const random = source(operation, options);
  return build(checkShape(operation, shape), (view) => {
    for (let index = 0; index < view.length; index++) view[index] = random.normal();
  });
}

/** The generator that `options` asks for. */
export function source(operation: string, options: RandomOptions): Random {
  knownOptions(operation, options, ["seed"]);
  const { seed } = options;
  return seed === undefined ? generator : new Random(wholeNumber(operation, "seed", seed, 0));
}

export type { NestedArray };
