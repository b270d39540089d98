// Loaded with the first operation, so that every tensor on a tape can go backward.
import "../autograd/gradients.js";
import { setAccumulate } from "../autograd/tape.js";
import { knownOptions, refusal } from "../tensor/errors.js";
import { Tensor } from "../tensor/tensor.js";
import { checkTensor } from "./compute.js";
import { binary, type Operand, scalar, unary } from "./elementwise.js";

/**
 * a + b, number by number, with broadcasting.
 *
 * @example
 * add(tensor([1, 2]), tensor([[10], [20]])).toArray();
 * // → [[11, 12], [21, 22]]
 */
export function add(a: Operand, b: Operand): Tensor {
  if (typeof b === "number" && a instanceof Tensor) return scalar("add", "addScalar", a, b);
  if (typeof a === "number" && b instanceof Tensor) return scalar("add", "addScalar", b, a);
  return binary("add", "add", a, b);
}

/**
 * a − b, number by number, with broadcasting.
 *
 * @example
 * sub(tensor([5, 7]), 2).toArray();
 * // → [3, 5]
 */
export function sub(a: Operand, b: Operand): Tensor {
  return binary("sub", "sub", a, b);
}

/**
 * a · b, number by number, with broadcasting.
 *
 * @example
 * mul(tensor([1, 2]), tensor([3, 4])).toArray();
 * // → [3, 8]
 */
export function mul(a: Operand, b: Operand): Tensor {
  if (typeof b === "number" && a instanceof Tensor) return scalar("mul", "mulScalar", a, b);
  if (typeof a === "number" && b instanceof Tensor) return scalar("mul", "mulScalar", b, a);
  return binary("mul", "mul", a, b);
}

/**
 * a / b, number by number, with broadcasting.
 *
 * @example
 * div(tensor([6, 8]), tensor([3, 2])).toArray();
 * // → [2, 4]
 */
export function div(a: Operand, b: Operand): Tensor {
  return binary("div", "div", a, b);
}

/**
 * a to the power of b, number by number, with broadcasting. Not a number for negative a and fractional b.
 *
 * @example
 * pow(tensor([1, 2, 3]), 2).toArray();
 * // → [1, 4, 9]
 */
export function pow(a: Operand, b: Operand): Tensor {
  if (typeof b === "number" && a instanceof Tensor) return scalar("pow", "powScalar", a, b);
  return binary("pow", "pow", a, b);
}

/**
 * The larger of a and b. Where they are equal, each gets half of the gradient.
 *
 * @example
 * maximum(tensor([1, 5]), 3).toArray();
 * // → [3, 5]
 */
export function maximum(a: Operand, b: Operand): Tensor {
  return binary("maximum", "maximum", a, b);
}

/**
 * The smaller of a and b. Where they are equal, each gets half of the gradient.
 *
 * @example
 * minimum(tensor([1, 5]), 3).toArray();
 * // → [1, 3]
 */
export function minimum(a: Operand, b: Operand): Tensor {
  return binary("minimum", "minimum", a, b);
}

/**
 * 1 where a = b, else 0.
 *
 * @example
 * equal(tensor([1, 2]), 2).toArray();
 * // → [0, 1]
 */
export function equal(a: Operand, b: Operand): Tensor {
  return binary("equal", "equal", a, b);
}

/**
 * 1 where a < b, else 0.
 *
 * @example
 * less(tensor([1, 2, 3]), 2).toArray();
 * // → [1, 0, 0]
 */
export function less(a: Operand, b: Operand): Tensor {
  return binary("less", "less", a, b);
}

/**
 * 1 where a ≤ b, else 0.
 *
 * @example
 * lessEqual(tensor([1, 2, 3]), 2).toArray();
 * // → [1, 1, 0]
 */
export function lessEqual(a: Operand, b: Operand): Tensor {
  return binary("lessEqual", "lessEqual", a, b);
}

/**
 * 1 where a > b, else 0.
 *
 * @example
 * greater(tensor([1, 2, 3]), 2).toArray();
 * // → [0, 0, 1]
 */
export function greater(a: Operand, b: Operand): Tensor {
  return binary("greater", "greater", a, b);
}

/**
 * 1 where a ≥ b, else 0.
 *
 * @example
 * greaterEqual(tensor([1, 2, 3]), 2).toArray();
 * // → [0, 1, 1]
 */
export function greaterEqual(a: Operand, b: Operand): Tensor {
  return binary("greaterEqual", "greaterEqual", a, b);
}

/**
 * −x.
 *
 * @example
 * neg(tensor([1, -2])).toArray();
 * // → [-1, 2]
 */
export function neg(input: Tensor): Tensor {
  return unary("neg", "negative", input);
}

/**
 * |x|; its gradient at 0 is 0.
 *
 * @example
 * abs(tensor([-3, 2])).toArray();
 * // → [3, 2]
 */
export function abs(input: Tensor): Tensor {
  return unary("abs", "abs", input);
}

/**
 * −1, 0 or 1.
 *
 * @example
 * sign(tensor([-3, 0, 2])).toArray();
 * // → [-1, 0, 1]
 */
export function sign(input: Tensor): Tensor {
  return unary("sign", "sign", input);
}

/**
 * 1/x.
 *
 * @example
 * reciprocal(tensor([2, 4])).toArray();
 * // → [0.5, 0.25]
 */
export function reciprocal(input: Tensor): Tensor {
  return unary("reciprocal", "reciprocal", input);
}

/**
 * x².
 *
 * @example
 * square(tensor([2, -3])).toArray();
 * // → [4, 9]
 */
export function square(input: Tensor): Tensor {
  return unary("square", "square", input);
}

/**
 * √x.
 *
 * @example
 * sqrt(tensor([4, 9])).toArray();
 * // → [2, 3]
 */
export function sqrt(input: Tensor): Tensor {
  return unary("sqrt", "sqrt", input);
}

/**
 * eˣ.
 *
 * @example
 * exp(tensor([0])).toArray();
 * // → [1]
 */
export function exp(input: Tensor): Tensor {
  return unary("exp", "exp", input);
}

/**
 * The natural logarithm.
 *
 * @example
 * log(tensor([1])).toArray();
 * // → [0]
 */
export function log(input: Tensor): Tensor {
  return unary("log", "log", input);
}

/**
 * The sine of radians.
 *
 * @example
 * sin(tensor([0])).toArray();
 * // → [0]
 */
export function sin(input: Tensor): Tensor {
  return unary("sin", "sin", input);
}

/**
 * The cosine of radians.
 *
 * @example
 * cos(tensor([0])).toArray();
 * // → [1]
 */
export function cos(input: Tensor): Tensor {
  return unary("cos", "cos", input);
}

/**
 * The error function, 2/√π ∫₀ˣ e^(−t²) dt.
 *
 * @example
 * erf(tensor([0, 10])).toArray();
 * // → [0, 1]
 */
export function erf(input: Tensor): Tensor {
  return unary("erf", "erf", input);
}

/**
 * The whole number below; its gradient is 0.
 *
 * @example
 * floor(tensor([1.5, -1.5])).toArray();
 * // → [1, -2]
 */
export function floor(input: Tensor): Tensor {
  return unary("floor", "floor", input);
}

/**
 * The whole number above; its gradient is 0.
 *
 * @example
 * ceil(tensor([1.5, -1.5])).toArray();
 * // → [2, -1]
 */
export function ceil(input: Tensor): Tensor {
  return unary("ceil", "ceil", input);
}

/**
 * The nearest whole number, the even one of two; its gradient is 0.
 *
 * @example
 * round(tensor([0.5, 1.5, 2.6])).toArray();
 * // → [0, 2, 3]
 */
export function round(input: Tensor): Tensor {
  return unary("round", "round", input);
}

/**
 * x kept between `min` and `max`, of which one may be missing.
 *
 * Throws if both are.
 *
 * Source: PyTorch, clamp.
 *
 * @example
 * clamp(tensor([-1, 0.5, 2]), { min: 0, max: 1 }).toArray();
 * // → [0, 0.5, 1]
 */
export function clamp(
  input: Tensor,
  options: { min: number; max?: number } | { min?: number; max: number },
): Tensor {
  checkTensor("clamp", "input", input);
  knownOptions("clamp", options, ["min", "max"]);
  const [min, max] = [bound("min", options.min), bound("max", options.max)];
  if (min === undefined && max === undefined) throw refusal("clamp", "options", "min, max or both", options);
  const raised = min === undefined ? input : scalar("clamp", "maxScalar", input, min);
  return max === undefined ? raised : scalar("clamp", "minScalar", raised, max);
}

/** An infinite bound leaves that side open. */
function bound(argument: string, value: unknown): number | undefined {
  if (value === undefined || (typeof value === "number" && !Number.isNaN(value))) return value;
  throw refusal("clamp", argument, "a number", value);
}

// The tape knows no operation, but has to add gradients that reach a tensor by several ways.
setAccumulate(add);
