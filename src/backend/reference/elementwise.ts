import { roundHalfToEven } from "../../tensor/rounding.js";
import type {
  BinaryKind,
  BroadcastGeometry,
  CopyGeometry,
  Numbers,
  ScalarKind,
  UnaryKind,
} from "../backend.js";

const unaries: Record<UnaryKind, (x: number) => number> = {
  negative: (x) => -x,
  abs: Math.abs,
  sign: (x) => (Number.isNaN(x) ? 0 : Math.sign(x)),
  reciprocal: (x) => 1 / x,
  square: (x) => x * x,
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  erf,
  // log(1 + eˣ), written so that eˣ never overflows.
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  relu: (x) => (x < 0 ? 0 : x),
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfToEven,
};

const scalars: Record<ScalarKind, (x: number, value: number) => number> = {
  addScalar: (x, value) => x + value,
  mulScalar: (x, value) => x * value,
  powScalar: power,
  leakyRelu: (x, slope) => (x > 0 ? x : slope * x),
  elu: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x)),
  maxScalar: larger,
  minScalar: smaller,
};

const binaries: Record<BinaryKind, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: power,
  maximum: larger,
  minimum: smaller,
  equal: (a, b) => (a === b ? 1 : 0),
  less: (a, b) => (a < b ? 1 : 0),
  lessEqual: (a, b) => (a <= b ? 1 : 0),
  greater: (a, b) => (a > b ? 1 : 0),
  greaterEqual: (a, b) => (a >= b ? 1 : 0),
  gate: (a, b) => (b <= 0 ? 0 : a),
};

export function unary(kind: UnaryKind, input: Numbers, output: Numbers): void {
  const compute = unaries[kind];
  for (let at = 0; at < output.length; at++) output[at] = compute(input[at]);
}

export function scalar(kind: ScalarKind, input: Numbers, value: number, output: Numbers): void {
  const compute = scalars[kind];
  // The number counts as float32 holds it, as in PyTorch: beyond its range as infinite, below it as 0.
  const single = Math.fround(value);
  for (let at = 0; at < output.length; at++) output[at] = compute(input[at], single);
}

export function binary(
  kind: BinaryKind,
  a: Numbers,
  b: Numbers,
  output: Numbers,
  { shape, aStrides, bStrides }: BroadcastGeometry,
): void {
  const compute = binaries[kind];
  let at = 0;
  walk(shape, aStrides, bStrides, 0, 0, (aAt, bAt) => (output[at++] = compute(a[aAt], b[bAt])));
}

export function select(condition: Numbers, a: Numbers, b: Numbers, output: Numbers): void {
  for (let at = 0; at < output.length; at++) output[at] = condition[at] !== 0 ? a[at] : b[at];
}

export function copy(input: Numbers, output: Numbers, geometry: CopyGeometry, background: number): void {
  const { shape, inputOffset, inputStrides, outputOffset, outputStrides } = geometry;
  output.fill(background);
  walk(
    shape,
    inputStrides,
    outputStrides,
    inputOffset,
    outputOffset,
    (from, to) => (output[to] = input[from]),
  );
}

/** Visits every cell of `shape` in row-major order, with its place in two strided layouts. */
function walk(
  shape: readonly number[],
  aStrides: readonly number[],
  bStrides: readonly number[],
  aStart: number,
  bStart: number,
  visit: (a: number, b: number) => void,
): void {
  if (shape.includes(0)) return;
  const cell = new Array<number>(shape.length).fill(0);
  let a = aStart;
  let b = bStart;
  for (;;) {
    visit(a, b);
    let dimension = shape.length - 1;
    for (; dimension >= 0; dimension--) {
      a += aStrides[dimension];
      b += bStrides[dimension];
      cell[dimension] += 1;
      if (cell[dimension] < shape[dimension]) break;
      a -= aStrides[dimension] * shape[dimension];
      b -= bStrides[dimension] * shape[dimension];
      cell[dimension] = 0;
    }
    if (dimension < 0) return;
  }
}

/** C's pow, which PyTorch uses: 1 to the power of anything, NaN too, is 1; JavaScript's 1 ** NaN is NaN. */
function power(base: number, exponent: number): number {
  return base === 1 ? 1 : base ** exponent;
}

function larger(a: number, b: number): number {
  return Math.max(a, b);
}

function smaller(a: number, b: number): number {
  return Math.min(a, b);
}

/**
 * The error function 2/√π ∫₀ˣ e^(−t²) dt to double precision: its Maclaurin series for small x, the continued
 * fraction of erfc for large. Source: Abramowitz and Stegun, 7.1.6 and 7.1.14.
 */
function erf(x: number): number {
  const z = Math.abs(x);
  if (z < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  if (z > 6 || Number.isNaN(x)) return Math.sign(x);
  let fraction = z;
  for (let n = 60; n >= 1; n--) fraction = z + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-z * z) / (fraction * Math.sqrt(Math.PI)));
}
