import type { BinaryKind, ScalarKind, UnaryKind } from "../backend/backend.js";
import { record } from "../autograd/tape.js";
import { full, zeros } from "../tensor/create.js";
import { refusal } from "../tensor/errors.js";
import { broadcast, broadcastStrides, sameShape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { sigmoid } from "./activation.js";
import { checkTensor, compute, view } from "./compute.js";
import {
  add,
  cos,
  div,
  equal,
  exp,
  greater,
  greaterEqual,
  lessEqual,
  log,
  minimum,
  mul,
  neg,
  pow,
  sign,
  sin,
  square,
  sub,
} from "./math.js";
import { sumTo } from "./reduce.js";
import { expand } from "./shape.js";

/** A tensor, or a number that stands for a tensor full of it. */
export type Operand = Tensor | number;

/** For each function of one number: the gradient to x from the gradient g to y = f(x). */
const unaryDerivatives: Record<UnaryKind, (g: Tensor, x: Tensor, y: Tensor) => Tensor> = {
  negative: (g) => neg(g),
  abs: (g, x) => mul(g, sign(x)),
  sign: (g) => zeros(g.shape),
  reciprocal: (g, _, y) => neg(mul(g, square(y))),
  square: (g, x) => mul(g, mul(x, 2)),
  sqrt: (g, _, y) => div(g, mul(y, 2)),
  exp: (g, _, y) => mul(g, y),
  log: (g, x) => div(g, x),
  sin: (g, x) => mul(g, cos(x)),
  cos: (g, x) => neg(mul(g, sin(x))),
  tanh: (g, _, y) => mul(g, sub(1, square(y))),
  sigmoid: (g, _, y) => mul(g, mul(y, sub(1, y))),
  erf: (g, x) => mul(g, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
  softplus: (g, x) => mul(g, sigmoid(x)),
  relu: (g, _, y) => gate(g, y),
  floor: (g) => zeros(g.shape),
  ceil: (g) => zeros(g.shape),
  round: (g) => zeros(g.shape),
};

/** The same for functions of a number x and a constant v. */
const scalarDerivatives: Record<ScalarKind, (g: Tensor, x: Tensor, v: number) => Tensor> = {
  addScalar: (g) => g,
  mulScalar: (g, _, v) => mul(g, v),
  powScalar: (g, x, v) => (v === 0 ? zeros(g.shape) : mul(g, mul(pow(x, v - 1), v))),
  leakyRelu: (g, x, v) => where(greater(x, 0), g, mul(g, v)),
  // Where x is positive eˣ is not wanted, and may be infinite.
  elu: (g, x, v) => mul(g, where(greater(x, 0), 1, mul(exp(minimum(x, 0)), v))),
  maxScalar: (g, x, v) => mul(g, greaterEqual(x, v)),
  minScalar: (g, x, v) => mul(g, lessEqual(x, v)),
};

type BinaryRule = (g: Tensor, a: Tensor, b: Tensor, y: Tensor) => Tensor;
const none: BinaryRule = (g) => zeros(g.shape);

/** For functions of two numbers: the gradients to a and to b. */
const binaryDerivatives: Record<BinaryKind, readonly [BinaryRule, BinaryRule]> = {
  add: [(g) => g, (g) => g],
  sub: [(g) => g, (g) => neg(g)],
  mul: [(g, _, b) => mul(g, b), (g, a) => mul(g, a)],
  div: [(g, _, b) => div(g, b), (g, _, b, y) => neg(mul(g, div(y, b)))],
  pow: [
    (g, a, b) => mul(g, mul(b, where(equal(b, 0), 1, pow(a, sub(b, 1))))),
    // Where a is 0 and b is not negative, nothing changes with b: log 1 stands for log 0.
    (g, a, b, y) => mul(g, mul(y, log(where(mul(equal(a, 0), greaterEqual(b, 0)), 1, a)))),
  ],
  // Equals share: PyTorch gives each half.
  maximum: [(g, a, b) => mul(g, share(a, b)), (g, a, b) => mul(g, share(b, a))],
  minimum: [(g, a, b) => mul(g, share(b, a)), (g, a, b) => mul(g, share(a, b))],
  equal: [none, none],
  less: [none, none],
  lessEqual: [none, none],
  greater: [none, none],
  greaterEqual: [none, none],
  gate: [(g, _, b) => gate(g, b), none],
};

/** 0 where `by` is not positive, elsewhere `input`. */
function gate(input: Tensor, by: Tensor): Tensor {
  return binary("relu", "gate", input, by);
}

/** 1 where a > b, ½ where they are equal, else 0. */
function share(a: Tensor, b: Tensor): Tensor {
  return mul(add(greater(a, b), greaterEqual(a, b)), 0.5);
}

/** A function of one number, number by number. */
export function unary(operation: string, kind: UnaryKind, input: Tensor): Tensor {
  checkTensor(operation, "input", input);
  const output = compute(input.shape, (kernels, numbers) => {
    kernels.unary(kind, view(input), numbers);
  });
  return record(output, [[input, (g) => unaryDerivatives[kind](g, input, output)]]);
}

/** A function of one number and a constant, number by number. */
export function scalar(operation: string, kind: ScalarKind, input: Tensor, value: number): Tensor {
  checkTensor(operation, "input", input);
  const output = compute(input.shape, (kernels, numbers) => {
    kernels.scalar(kind, view(input), value, numbers);
  });
  return record(output, [[input, (g) => scalarDerivatives[kind](g, input, value)]]);
}

/** A function of two numbers, number by number, with broadcasting. */
export function binary(operation: string, kind: BinaryKind, left: Operand, right: Operand): Tensor {
  const a = operand(operation, "a", left);
  const b = operand(operation, "b", right);
  const same = sameShape(a.shape, b.shape);
  const shape = same ? a.shape : broadcast(operation, a.shape, b.shape);
  const output = compute(shape, (kernels, numbers) => {
    const geometry = same
      ? { shape: [numbers.length], aStrides: [1], bStrides: [1] }
      : { shape, aStrides: broadcastStrides(a.shape, shape), bStrides: broadcastStrides(b.shape, shape) };
    kernels.binary(kind, view(a), view(b), numbers, geometry);
  });
  const [toA, toB] = binaryDerivatives[kind];
  return record(output, [
    [a, (g) => sumTo(toA(g, a, b, output), a.shape)],
    [b, (g) => sumTo(toB(g, a, b, output), b.shape)],
  ]);
}

/**
 * `a` where the condition is not 0, `b` elsewhere, with broadcasting.
 *
 * Source: PyTorch, where.
 *
 * @example
 * where(tensor([1, 0, 1]), tensor([1, 2, 3]), 0).toArray();
 * // → [1, 0, 3]
 */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  checkTensor("where", "condition", condition);
  const left = operand("where", "a", a);
  const right = operand("where", "b", b);
  const shape = broadcast("where", broadcast("where", condition.shape, left.shape), right.shape);
  const choice = repeat(condition, shape);
  return select(choice, repeat(left, shape), repeat(right, shape));
}

function select(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  const output = compute(a.shape, (kernels, numbers) => {
    kernels.select(view(condition), view(a), view(b), numbers);
  });
  return record(
    output,
    [
      [a, (g) => select(condition, g, zeros(g.shape))],
      [b, (g) => select(condition, zeros(g.shape), g)],
    ],
    [condition],
  );
}

function repeat(input: Tensor, shape: readonly number[]): Tensor {
  return sameShape(input.shape, shape) ? input : expand(input, shape);
}

function operand(operation: string, argument: string, value: unknown): Tensor {
  if (typeof value === "number") return full([], value);
  if (value instanceof Tensor) return value;
  throw refusal(operation, argument, "a tensor or a number", value);
}
