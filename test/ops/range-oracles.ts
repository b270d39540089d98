import * as c from "../../src/index.js";
import { tensor, type Tensor } from "../../src/index.js";

/** A function of a tensor, and what double precision makes of it. */
export interface Oracle {
  name: string;
  shape: number[];
  /** Whether the function is defined for positive numbers only. */
  positive?: boolean;
  /** Whether numbers of very different sizes have a result of interest; true by default. */
  mixes?: boolean;
  /** The size of numbers that others are taken from, whatever the result's; 0 by default. */
  size?: number;
  run: (x: Tensor) => Tensor;
  /** Its numbers and the gradient to x, from the gradient u. */
  expected: (x: number[], u: number[]) => { value: number[]; gradient: number[] };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

type Line = (x: number[], u: number[]) => { value: number[]; gradient: number[] };

/** The same for each of `count` lines of neighbours. */
const lines =
  (count: number, of: Line): Line =>
  (x, u) => {
    const part = <T>(all: T[], at: number): T[] =>
      all.slice((at * all.length) / count, ((at + 1) * all.length) / count);
    const found = Array.from({ length: count }, (_, at) => of(part(x, at), part(u, at)));
    return { value: found.flatMap((one) => one.value), gradient: found.flatMap((one) => one.gradient) };
  };

/** Each number for itself. */
const each =
  (f: (x: number, at: number) => number, slope: (x: number, at: number) => number): Line =>
  (x, u) => ({ value: x.map(f), gradient: x.map((one, at) => u[at] * slope(one, at)) });

const averaged =
  (f: (x: number, at: number) => number, slope: (x: number, at: number) => number): Line =>
  (x, [u]) => ({ value: [mean(x.map(f))], gradient: x.map((one, at) => (u * slope(one, at)) / x.length) });

const deviation =
  (correction: number): Line =>
  (x, [u]) => {
    const middle = mean(x);
    const n = x.length - correction;
    const value = Math.sqrt(sum(x.map((one) => (one - middle) ** 2)) / n);
    return { value: [value], gradient: x.map((one) => (u * (one - middle)) / value / n) };
  };

const spread =
  (correction: number): Line =>
  (x, [u]) => {
    const middle = mean(x);
    const n = x.length - correction;
    return {
      value: [sum(x.map((one) => (one - middle) ** 2)) / n],
      gradient: x.map((one) => (2 * u * (one - middle)) / n),
    };
  };

const pNorm =
  (p: number): Line =>
  (x, [u]) => {
    const sizes = x.map(Math.abs);
    const unit = p > 0 ? Math.max(...sizes) : Math.min(...sizes);
    const value = unit * sum(sizes.map((size) => (size / unit) ** p)) ** (1 / p);
    return {
      value: [value],
      // Of a norm that is infinite in float32 the gradient is 0, as in PyTorch.
      gradient: x.map((one) =>
        value >= 2 ** 128 ? 0 : u * Math.sign(one) * Math.abs(one / value) ** (p - 1),
      ),
    };
  };

const standardised =
  (eps: number): Line =>
  (x, u) => {
    const middle = mean(x);
    const scale = Math.sqrt(mean(x.map((one) => (one - middle) ** 2)) + eps);
    const value = x.map((one) => (one - middle) / scale);
    const common = mean(u);
    const along = mean(u.map((one, at) => one * value[at]));
    return { value, gradient: u.map((one, at) => (one - common - value[at] * along) / scale) };
  };

const exponentials = (x: readonly number[]): { logs: number[]; shares: number[] } => {
  const most = Math.max(...x);
  const shift = Math.log(sum(x.map((one) => Math.exp(one - most))));
  const logs = x.map((one) => one - most - shift);
  return { logs, shares: logs.map(Math.exp) };
};

const softmax: Line = (x, u) => {
  const { shares } = exponentials(x);
  const along = sum(shares.map((share, at) => share * u[at]));
  return { value: shares, gradient: shares.map((share, at) => share * (u[at] - along)) };
};

const logSoftmax: Line = (x, u) => {
  const { logs, shares } = exponentials(x);
  return { value: logs, gradient: u.map((one, at) => one - shares[at] * sum(u)) };
};

/** Cross-entropy of lines of scores with the classes 0, 1, 2, … and weights of the classes. */
const crossEntropy =
  (count: number, weights: readonly number[]): Line =>
  (x, [u]) => {
    const width = x.length / count;
    const of = (at: number): number => weights[at % width];
    const total = sum(Array.from({ length: count }, (_, at) => of(at)));
    const parts = Array.from({ length: count }, (_, at) =>
      exponentials(x.slice(at * width, (at + 1) * width)),
    );
    return {
      value: [sum(parts.map(({ logs }, at) => -logs[at % width] * (of(at) / total)))],
      gradient: parts.flatMap(({ shares }, at) =>
        shares.map((share, index) => u * (of(at) / total) * (share - (index === at % width ? 1 : 0))),
      ),
    };
  };

/** Windows of 2×2 on an image of 4×4, one by one. */
const windows =
  (of: Line): Line =>
  (x, u) => {
    const value: number[] = [];
    const gradient = new Array<number>(16).fill(0);
    for (const [window, start] of [0, 2, 8, 10].entries()) {
      const cells = [start, start + 1, start + 4, start + 5];
      const found = of(
        cells.map((cell) => x[cell]),
        [u[window]],
      );
      value.push(found.value[0]);
      cells.forEach((cell, at) => (gradient[cell] += found.gradient[at]));
    }
    return { value, gradient };
  };

const average: Line = (x, [u]) => ({ value: [mean(x)], gradient: x.map(() => u / x.length) });

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

// Targets of the losses' own, so that differences have the size of the inputs.
const targets = Array.from({ length: 48 }, (_, at) => (at % 3) / 2);
const target = tensor(targets.slice(0, 12));
const zero = c.zeros([12]);
const huber = (beta: number): [(x: number) => number, (x: number) => number] => [
  (x) => (Math.abs(x) < beta ? (x * x) / (2 * beta) : Math.abs(x) - beta / 2),
  (x) => (Math.abs(x) < beta ? x / beta : Math.sign(x)),
];
const square: [(x: number) => number, (x: number) => number] = [(x) => x * x, (x) => 2 * x];

const line = { shape: [12] };
const table = { shape: [4, 12] };
const maps = { shape: [2, 3, 2, 4] };
const image = { shape: [4, 4] };

/** Of [2, 3, 2, 4], the numbers of each of three channels. */
const channels =
  (of: Line): Line =>
  (x, u) => {
    const value = new Array<number>(48);
    const gradient = new Array<number>(48);
    for (let channel = 0; channel < 3; channel++) {
      const cells = [0, 3].flatMap((first) =>
        Array.from({ length: 8 }, (_, at) => (first + channel) * 8 + at),
      );
      const found = of(
        cells.map((cell) => x[cell]),
        cells.map((cell) => u[cell]),
      );
      cells.forEach((cell, at) => {
        value[cell] = found.value[at];
        gradient[cell] = found.gradient[at];
      });
    }
    return { value, gradient };
  };

/** Of [4, 12], each column. */
const columns =
  (of: Line): Line =>
  (x, u) => {
    const turned = (values: number[]): number[] =>
      values.map((_, at) => values[(at % 4) * 12 + Math.floor(at / 4)]);
    const { value, gradient } = lines(12, of)(turned(x), u);
    return { value, gradient: gradient.map((_, at) => gradient[(at % 12) * 4 + Math.floor(at / 12)]) };
  };

const heavy = [1e38, 2e38, 3e38, 1e-38, 1e38, 1e38, 1e37, 1e36, 1e38, 3e38, 2e38, 1e38].map(Math.fround);
const posWeight = Math.fround(1.5);

export const oracles: readonly Oracle[] = [
  {
    name: "sum",
    ...table,
    run: (x) => c.sum(x),
    expected: (x, [u]) => ({ value: [sum(x)], gradient: x.map(() => u) }),
  },
  { name: "mean", ...table, run: (x) => c.mean(x), expected: average },
  { name: "mean of columns", ...table, run: (x) => c.mean(x, { dim: 0 }), expected: columns(average) },
  { name: "variance", ...table, run: (x) => c.variance(x), expected: spread(1) },
  {
    name: "variance of lines",
    ...table,
    run: (x) => c.variance(x, { dim: 1, correction: 0 }),
    expected: lines(4, spread(0)),
  },
  {
    name: "variance of columns",
    ...table,
    run: (x) => c.variance(x, { dim: 0, keepdim: true }),
    expected: columns(spread(1)),
  },
  { name: "std", ...table, run: (x) => c.std(x), expected: deviation(1) },
  {
    name: "std of lines",
    ...table,
    run: (x) => c.std(x, { dim: 1, keepdim: true }),
    expected: lines(4, deviation(1)),
  },
  {
    name: "std of columns",
    ...table,
    run: (x) => c.std(x, { dim: 0, correction: 2 }),
    expected: columns(deviation(2)),
  },
  ...[2, 1, 0.5, 1.5, 3, 10, -1, -2.5].map((p): Oracle => ({
    name: `norm, p = ${p}`,
    ...table,
    mixes: p >= 1,
    run: (x) => c.norm(x, { p, dim: 1 }),
    expected: lines(4, pNorm(p)),
  })),
  { name: "norm of columns", ...table, run: (x) => c.norm(x, { dim: 0 }), expected: columns(pNorm(2)) },
  { name: "mseLoss", ...line, run: (x) => c.mseLoss(x, zero), expected: averaged(...square) },
  {
    name: "mseLoss, none",
    ...line,
    run: (x) => c.mseLoss(x, zero, { reduction: "none" }),
    expected: each(...square),
  },
  {
    name: "mseLoss, both sides",
    ...line,
    run: (x) => c.mseLoss(x, c.neg(x)),
    expected: averaged(
      (x) => 4 * x * x,
      (x) => 8 * x,
    ),
  },
  { name: "l1Loss", ...line, run: (x) => c.l1Loss(x, zero), expected: averaged(Math.abs, Math.sign) },
  { name: "smoothL1Loss", ...line, run: (x) => c.smoothL1Loss(x, zero), expected: averaged(...huber(1)) },
  ...[1e-30, 1e30, 3e38].map((beta): Oracle => ({
    name: `smoothL1Loss, beta = ${beta}`,
    ...line,
    run: (x) => c.smoothL1Loss(x, zero, { beta }),
    expected: averaged(...huber(beta)),
  })),
  {
    name: "binaryCrossEntropyWithLogits",
    ...line,
    run: (x) => c.binaryCrossEntropyWithLogits(x, target, { posWeight }),
    expected: averaged(
      (x, at) => posWeight * targets[at] * softplus(-x) + (1 - targets[at]) * softplus(x),
      (x, at) => (1 - targets[at]) * sigmoid(x) - posWeight * targets[at] * sigmoid(-x),
    ),
  },
  {
    name: "binaryCrossEntropy of small probabilities",
    ...line,
    positive: true,
    run: (x) => c.binaryCrossEntropy(c.minimum(x, 0.75), zero, { reduction: "none" }),
    expected: each(
      (x) => -Math.max(-100, Math.log1p(-Math.min(x, 0.75))),
      // The divisor is kept from 0, as in PyTorch.
      (x) => (x < 0.75 ? x / Math.max(x * (1 - x), 1e-12) : 0),
    ),
  },
  {
    name: "crossEntropy",
    ...table,
    run: (x) => c.crossEntropy(x, tensor([0, 1, 2, 3])),
    expected: crossEntropy(4, new Array<number>(12).fill(1)),
  },
  {
    name: "crossEntropy with heavy weights",
    ...table,
    run: (x) => c.crossEntropy(x, tensor([0, 1, 2, 3]), { weight: tensor(heavy) }),
    expected: crossEntropy(4, heavy),
  },
  {
    name: "nllLoss with heavy weights",
    ...table,
    run: (x) => c.nllLoss(x, tensor([0, 1, 2, 3]), { weight: tensor(heavy) }),
    expected: (x, [u]) => {
      const total = sum(heavy.slice(0, 4));
      const share = (at: number): number => (at % 13 === 0 && at < 48 ? -heavy[at % 12] / total : 0);
      return { value: [sum(x.map((one, at) => one * share(at)))], gradient: x.map((_, at) => u * share(at)) };
    },
  },
  {
    name: "crossEntropy of probabilities",
    ...table,
    size: 0.1,
    run: (x) => c.crossEntropy(x, c.full([4, 12], 1 / 16)),
    expected: (x, [u]) => {
      const parts = lines(4, (scores) => {
        const { logs, shares } = exponentials(scores);
        return { value: [-sum(logs) / 16], gradient: shares.map((share) => (12 * share - 1) / 16) };
      })(x, []);
      return { value: [mean(parts.value)], gradient: parts.gradient.map((one) => (u * one) / 4) };
    },
  },
  { name: "softmax", ...table, size: 1, run: (x) => c.softmax(x), expected: lines(4, softmax) },
  {
    name: "softmax of columns",
    ...table,
    size: 1,
    run: (x) => c.softmax(x, { dim: 0 }),
    expected: columnsOf(softmax),
  },
  { name: "logSoftmax", ...table, run: (x) => c.logSoftmax(x), expected: lines(4, logSoftmax) },
  {
    name: "logSoftmax of columns",
    ...table,
    run: (x) => c.logSoftmax(x, { dim: 0 }),
    expected: columnsOf(logSoftmax),
  },
  ...[0, 1e-5].flatMap((eps): Oracle[] => [
    {
      name: `batchNorm2d, eps = ${eps}`,
      ...maps,
      run: (x) => c.batchNorm2d(x, { training: true, eps }),
      expected: channels(standardised(eps)),
    },
    {
      name: `groupNorm, eps = ${eps}`,
      ...maps,
      run: (x) => c.groupNorm(x, 3, { eps }),
      expected: lines(6, standardised(eps)),
    },
  ]),
  { name: "avgPool2d", ...image, run: (x) => c.avgPool2d(x, 2), expected: windows(average) },
  {
    name: "adaptiveAvgPool2d",
    ...image,
    run: (x) => c.adaptiveAvgPool2d(x, 2),
    expected: windows(average),
  },
  { name: "globalAvgPool2d", ...image, run: (x) => c.globalAvgPool2d(x), expected: average },
  ...[1.5, 2, 3, 8].map((p): Oracle => ({
    name: `lpPool2d, p = ${p}`,
    ...image,
    positive: true,
    run: (x) => c.lpPool2d(x, p, 2),
    expected: windows(pNorm(p)),
  })),
];

/** Of [4, 12], each column, for functions that return as many numbers as they take. */
function columnsOf(of: Line): Line {
  const turn = (values: number[], rows: number): number[] =>
    values.map((_, at) => values[(at % rows) * (values.length / rows) + Math.floor(at / rows)]);
  return (x, u) => {
    const { value, gradient } = lines(12, of)(turn(x, 4), turn(u, 4));
    return { value: turn(value, 12), gradient: turn(gradient, 12) };
  };
}
