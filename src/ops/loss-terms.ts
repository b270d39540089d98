import { type Derivative, record } from "../autograd/tape.js";
import type { Tensor } from "../tensor/tensor.js";
import { compute, view } from "./compute.js";
import { mul } from "./math.js";
import { sumTo } from "./reduce.js";

// A loss compares its operands number by number. Each term, and the sum of all, is worked out in double precision and
// rounded once: differences, squares and products of float32 numbers may leave float32's range on the way to a mean or
// a gradient that does not.

/** Losses of an input x and a target t; w is a weight of the same shape, or one number. */
export type LossKind =
  /** (x − t)² */
  | "square"
  /** |x − t| */
  | "size"
  /** d²/2w where |d| = |x − t| < w, else |d| − w/2 */
  | "smooth"
  /** −t·log x − (1 − t)·log(1 − x), logarithms kept above −100 */
  | "entropy"
  /** w·t·log(1 + e⁻ˣ) + (1 − t)·log(1 + eˣ) */
  | "logistic";

export interface Terms {
  kind: LossKind;
  operands: readonly Tensor[];
  /** w where it is no tensor; 1 by default. */
  constant?: number;
}

/** How often a term is differentiated by x, by t and by w. */
type Orders = readonly [number, number, number];

/** Each term for itself. */
export function eachTerm(terms: Terms): Tensor {
  return derivative(terms, [0, 0, 0], undefined, 1);
}

/** `share` times the sum of the terms. */
export function sumOfTerms(terms: Terms, share: number): Tensor {
  const { kind, operands, constant = 1 } = terms;
  const [x, t, w] = operands.map(view);
  const output = compute([], (_, numbers) => {
    let total = 0;
    for (let at = 0; at < x.length; at++) {
      total += valueOf(kind, 0, 0, 0, x[at], t[at], w === undefined ? constant : w[at]);
    }
    numbers[0] = total * share;
  });
  const slope = (index: number) => (g: Tensor) => derivative(terms, further([0, 0, 0], index), g, share);
  return record(
    output,
    operands.map((operand, index) => [operand, slope(index)]),
    operands,
  );
}

/** `share` times the gradient, which may be one number for all, times the terms' derivative of those orders. */
function derivative(terms: Terms, orders: Orders, gradient: Tensor | undefined, share: number): Tensor {
  const { kind, operands, constant = 1 } = terms;
  const [n, i, j] = orders;
  const [x, t, w] = operands.map(view);
  const output = compute(operands[0].shape, (_, numbers) => {
    const given = gradient === undefined ? undefined : view(gradient);
    const step = given?.length === 1 ? 0 : 1;
    for (let at = 0; at < numbers.length; at++) {
      const value = valueOf(kind, n, i, j, x[at], t[at], w === undefined ? constant : w[at]) * share;
      numbers[at] = given === undefined ? value : value * given[at * step];
    }
  });
  const slope = (index: number) => (g: Tensor) =>
    derivative(terms, further(orders, index), gradient === undefined ? g : mul(g, gradient), share);
  const toGradient = (g: Tensor): Tensor =>
    sumTo(derivative(terms, orders, g, share), gradient?.shape ?? []);
  const rules = operands.map((operand, index): Derivative => [operand, slope(index)]);
  return record(output, [...rules, [gradient, toGradient]], operands);
}

/** Once more by that operand. */
function further([n, i, j]: Orders, index: number): Orders {
  return [index === 0 ? n + 1 : n, index === 1 ? i + 1 : i, index === 2 ? j + 1 : j];
}

function valueOf(
  kind: LossKind,
  n: number,
  i: number,
  j: number,
  x: number,
  t: number,
  w: number,
): number {
  if (kind === "entropy") return entropy(n, i, x, t);
  if (kind === "logistic") return logistic(n, i, j, x, t, w);
  const value = ofDifference(kind, n + i, x - t, w);
  return i % 2 === 0 ? value : -value;
}

/** The derivative of that order of a loss of d = x − t. */
function ofDifference(kind: "square" | "size" | "smooth", order: number, d: number, beta: number): number {
  if (kind === "square") return order === 0 ? d * d : order === 1 ? 2 * d : order === 2 ? 2 : 0;
  const size = Math.abs(d);
  if (kind === "size") return order === 0 ? size : order === 1 ? (d > 0 ? 1 : d < 0 ? -1 : 0) : 0;
  const inside = size < beta;
  if (order === 0) return inside ? (0.5 * d * d) / beta : size - beta / 2;
  if (order === 1) return size >= beta ? Math.sign(d) : d / beta;
  return order === 2 && inside ? 1 / beta : 0;
}

/** The divisor of entropy's gradient is kept from 0. Source: PyTorch, binary_cross_entropy. */
const LEAST = 1e-12;

function entropy(n: number, i: number, p: number, t: number): number {
  if (n === 0) {
    const [hit, miss] = [Math.max(Math.log(p), -100), Math.max(Math.log1p(-p), -100)];
    return i === 0 ? -(t * hit + (1 - t) * miss) : i === 1 ? miss - hit : 0;
  }
  // The derivatives of (p − t) · r with r = 1/(p·(1 − p)), by Leibniz' rule.
  if (i > 1) return 0;
  const r = inverseSpread(n - 1, p);
  return i === 1 ? -r : (p - t) * r + (n > 1 ? (n - 1) * inverseSpread(n - 2, p) : 0);
}

/** The derivative of that order of 1/(p·(1 − p)) = 1/p + 1/(1 − p), which is kept finite. */
function inverseSpread(order: number, p: number): number {
  if (p * (1 - p) <= LEAST) return order === 0 ? 1 / LEAST : 0;
  let factorial = 1;
  for (let k = 2; k <= order; k++) factorial *= k;
  return factorial * ((order % 2 === 0 ? 1 : -1) / p ** (order + 1) + 1 / (1 - p) ** (order + 1));
}

function logistic(n: number, i: number, j: number, x: number, t: number, w: number): number {
  const factor = (j === 0 ? w : j === 1 ? 1 : 0) * (i === 0 ? t : i === 1 ? 1 : 0);
  const hit = factor * (n % 2 === 0 ? 1 : -1) * softplus(n, -x);
  if (j > 0) return hit;
  return hit + (i === 0 ? 1 - t : i === 1 ? -1 : 0) * softplus(n, x);
}

/** The derivative of that order of log(1 + eˣ), written so that eˣ never overflows. */
function softplus(order: number, x: number): number {
  if (order === 0) return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  if (order === 1) return 1 / (1 + Math.exp(-x));
  // A polynomial in s = sigmoid(x), and so even or odd in x: at −|x| nothing cancels. s' = s − s².
  let polynomial = [0, 1];
  for (let k = 1; k < order; k++) {
    const next = new Array<number>(polynomial.length + 1).fill(0);
    polynomial.forEach((coefficient, power) => {
      next[power] += power * coefficient;
      next[power + 1] -= power * coefficient;
    });
    polynomial = next;
  }
  const s = 1 / (1 + Math.exp(Math.abs(x)));
  const value = polynomial.reduceRight((sum, coefficient) => sum * s + coefficient, 0);
  return x > 0 && order % 2 === 1 ? -value : value;
}
