import type { LossTerms, Numbers } from "../backend.js";

/** share · gradient · the derivative of each term, of the orders asked for. */
export function lossTerms(
  terms: LossTerms,
  operands: readonly Numbers[],
  gradient: Numbers | undefined,
  output: Numbers,
): void {
  const { kind, orders, constant, share } = terms;
  const [n, i, j] = orders;
  const [x, t, w] = operands;
  const step = gradient?.length === 1 ? 0 : 1;
  for (let at = 0; at < output.length; at++) {
    const value = termOf(kind, n, i, j, x[at], t[at], w === undefined ? constant : w[at]) * share;
    output[at] = gradient === undefined ? value : value * gradient[at * step];
  }
}

/** share · the sum of all terms. */
export function lossSum(terms: LossTerms, operands: readonly Numbers[], output: Numbers): void {
  const { kind, orders, constant, share } = terms;
  const [n, i, j] = orders;
  const [x, t, w] = operands;
  let total = 0;
  for (let at = 0; at < x.length; at++) {
    total += termOf(kind, n, i, j, x[at], t[at], w === undefined ? constant : w[at]);
  }
  output[0] = total * share;
}

function termOf(
  kind: LossTerms["kind"],
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
    const hit = Math.max(Math.log(p), -100);
    const miss = Math.max(Math.log1p(-p), -100);
    return i === 0 ? -(t * hit + (1 - t) * miss) : i === 1 ? miss - hit : 0;
  }
  // The derivatives of (p − t) · r with r = 1/(p·(1 − p)), by Leibniz' rule.
  if (i > 1) return 0;
  const r = inverseSpread(n - 1, p);
  if (i === 1) return -r;
  return n === 1 ? (p - t) * r : (p - t) * r + (n - 1) * inverseSpread(n - 2, p);
}

/** The derivative of that order of 1/(p·(1 − p)) = 1/p + 1/(1 − p), which is kept finite. */
function inverseSpread(order: number, p: number): number {
  const spread = Math.max(p * (1 - p), LEAST);
  if (order === 0) return 1 / spread;
  if (spread === LEAST) return 0;
  let factorial = 1;
  for (let k = 2; k <= order; k++) factorial *= k;
  return factorial * ((order % 2 === 0 ? 1 : -1) / p ** (order + 1) + 1 / (1 - p) ** (order + 1));
}

function logistic(n: number, i: number, j: number, x: number, t: number, w: number): number {
  // log(1 + e⁻ˣ) and log(1 + eˣ), or their derivatives, written so that no power of e overflows.
  const small = Math.exp(-Math.abs(x));
  let [falling, rising] = [0, 0];
  if (n === 0) {
    const log = Math.log1p(small);
    falling = x < 0 ? log - x : log;
    rising = x < 0 ? log : log + x;
  } else if (n === 1) {
    const [near, far] = [1 / (1 + small), small / (1 + small)];
    falling = x < 0 ? -near : -far;
    rising = x < 0 ? far : near;
  } else {
    falling = rising = sigmoidDerivative(n - 1, x);
  }
  const factor = (j === 0 ? w : j === 1 ? 1 : 0) * (i === 0 ? t : i === 1 ? 1 : 0);
  const miss = j > 0 ? 0 : i === 0 ? 1 - t : i === 1 ? -1 : 0;
  return factor * falling + miss * rising;
}

/** The derivative of that order of 1/(1 + e⁻ˣ), as a polynomial in it: s' = s − s². */
function sigmoidDerivative(order: number, x: number): number {
  let polynomial = [0, 1];
  for (let k = 0; k < order; k++) {
    const next = new Array<number>(polynomial.length + 1).fill(0);
    polynomial.forEach((coefficient, power) => {
      next[power] += power * coefficient;
      next[power + 1] -= power * coefficient;
    });
    polynomial = next;
  }
  // Even or odd in x: at −|x| nothing cancels.
  const s = 1 / (1 + Math.exp(Math.abs(x)));
  const value = polynomial.reduceRight((sum, coefficient) => sum * s + coefficient, 0);
  return x > 0 && order % 2 === 0 ? -value : value;
}
