import { expect } from "chai";
import * as c from "../../src/index.js";
import { gradients, scope, tensor, type Tensor } from "../../src/index.js";
import { eachBackend } from "../backend/each.js";
import { type Oracle, oracles } from "./range-oracles.js";

const most = 2 ** 128 * (1 - 2 ** -25);
/** Numbers as float32 holds them, of a scale that a mixture varies from one to the next. */
const base = Array.from({ length: 48 }, (_, at) => Math.sin(at * 1.7 + 0.3) + 0.2 * Math.cos(at * 5.1));
const upstream = Array.from({ length: 48 }, (_, at) => Math.cos(at * 2.3));

/** Where `found` is not what is expected, to a part of the largest number that float32 holds of it, or of `size`. */
function fault(found: Tensor, expected: readonly number[], size: number): string | undefined {
  const largest = Math.max(size, ...expected.map(Math.abs).filter((value) => value <= most));
  for (const [at, value] of expected.entries()) {
    const came = found.data[at];
    if (Object.is(came, Math.fround(value))) continue;
    if (Math.abs(value) > most * (1 - 1e-5) && Math.abs(came) === Infinity && came * value > 0) continue;
    // The last bit of a number that is nearly too small for float32 is a large part of it.
    if (Math.abs(came - value) <= 2e-5 * largest + 2 ** -147) continue;
    return `${came} instead of ${value}`;
  }
  return undefined;
}

function check(
  { name, shape, positive = false, size = 0, run, expected }: Oracle,
  scales: readonly number[],
): string[] {
  return scope(() => {
    const count = shape.reduce((product, side) => product * side, 1);
    const numbers = Float32Array.from({ length: count }, (_, at) => {
      const value = positive ? Math.abs(base[at]) + 0.1 : base[at];
      return value * 10 ** scales[at % scales.length];
    });
    const input = tensor(numbers, shape);
    input.requiresGrad = true;
    const output = run(input);
    const weights = Float32Array.from(upstream.slice(0, output.size));
    const [slope] = gradients(output, [input], { gradient: tensor(weights, output.shape) });
    const wanted = expected([...numbers], [...weights]);
    const label = `${name} at 10^${scales.join(", 10^")}`;
    return [
      [`${label}: `, fault(output, wanted.value, size)],
      [`${label}, gradient: `, fault(slope, wanted.gradient, size)],
    ].flatMap(([before, found]) => (found === undefined ? [] : [`${before}${found}`]));
  });
}

eachBackend("nothing overflows or vanishes on the way to a number that float32 holds", () => {
  const powers = Array.from({ length: 75 }, (_, at) => at - 37);
  for (const oracle of oracles) {
    it(oracle.name, () => {
      const faults = powers.flatMap((power) => check(oracle, [power]));
      expect(faults.slice(0, 6), `${faults.length} faults`).to.deep.equal([]);
    });
    if (oracle.mixes === false) continue;
    it(`${oracle.name}, huge and tiny numbers mixed`, () => {
      const mixtures = [
        [37, -37],
        [-20, 20, 0],
        [-37, -30],
        [37, 30, 37],
        [-12, 0, 12, 25],
      ];
      const faults = mixtures.flatMap((scales) => check(oracle, scales));
      expect(faults.slice(0, 6), `${faults.length} faults`).to.deep.equal([]);
    });
  }
});

eachBackend("the ends of the range", () => {
  const numbers = (...values: number[]): Tensor => tensor(values);
  const slope = (fn: (x: Tensor) => Tensor, x: Tensor): number[] => {
    x.requiresGrad = true;
    return [...gradients(fn(x), [x])[0].data];
  };

  it("std of numbers whose squares no float32 holds", () => {
    expect(c.std(numbers(1e20, -1e20, 3e20)).item()).to.equal(Math.fround(2e20));
    expect(c.std(numbers(1e-25, 2e-25, 3e-25)).item()).to.equal(Math.fround(1e-25));
    // The distance from the mean is beyond float32, the deviation is not.
    const far = numbers(3.4e38, ...new Array<number>(99).fill(-3.4e38));
    expect(c.std(far).item() / 6.8e37).to.be.closeTo(1, 1e-5);
    expect(slope(c.std, far)[0]).to.be.closeTo(0.1, 1e-5);
  });

  it("smoothL1Loss, l1Loss and mseLoss at ±3e38", () => {
    const [x, zero] = [numbers(3e38, -3e38), numbers(-3e38, 3e38)];
    expect(slope((input) => c.smoothL1Loss(input, zero, { reduction: "sum" }), x)).to.deep.equal([1, -1]);
    expect(slope((input) => c.l1Loss(input, zero, { reduction: "sum" }), x)).to.deep.equal([1, -1]);
    const long = tensor(new Array<number>(8).fill(3e38));
    const other = tensor([-3e38, ...new Array<number>(7).fill(3e38)]);
    expect(c.l1Loss(long, other).item()).to.be.closeTo(7.5e37, 1e32);
    expect(slope((input) => c.mseLoss(input, other), long)[0]).to.be.closeTo(1.5e38, 1e32);
  });

  it("infinities and NaN count as in PyTorch", () => {
    for (const odd of [Infinity, NaN]) {
      expect(c.std(numbers(odd, 1, 2)).item()).to.be.NaN;
      expect(c.variance(numbers(odd, 1, 2)).item()).to.be.NaN;
      expect([
        ...c.batchNorm2d(tensor([odd, 1, 2, 3], [1, 2, 1, 2]), { training: true, eps: 0 }).data,
      ]).to.deep.equal([NaN, NaN, -1, 1]);
    }
    for (const p of [0.5, 1, 2, 3, Infinity]) {
      expect(c.norm(numbers(-Infinity, 1), { p }).item(), `p = ${p}`).to.equal(Infinity);
      expect(c.norm(numbers(NaN, 1), { p }).item(), `p = ${p}`).to.be.NaN;
    }
    expect(c.norm(numbers(Infinity, 2), { p: -1 }).item()).to.equal(2);
    expect(c.norm(numbers(0, 2), { p: -1 }).item()).to.equal(0);
    expect(c.norm(numbers(0, 0)).item()).to.equal(0);
    expect(slope((x) => c.norm(x), numbers(0, 0))).to.deep.equal([0, 0]);
    expect(
      slope(
        (x) => c.smoothL1Loss(x, numbers(0, 0, 0), { reduction: "sum" }),
        numbers(Infinity, -Infinity, NaN),
      ),
    ).to.deep.equal([1, -1, NaN]);
    expect(c.mseLoss(numbers(Infinity), numbers(0)).item()).to.equal(Infinity);
    expect(c.mseLoss(numbers(Infinity), numbers(Infinity)).item()).to.be.NaN;
  });

  it("a channel of equal numbers is 0 where eps is 0, and so is its gradient", () => {
    const x = tensor([3, 3, 1, 2], [1, 2, 1, 2]);
    expect([...c.batchNorm2d(x, { training: true, eps: 0 }).data]).to.deep.equal([0, 0, -1, 1]);
    const found = slope((input) => c.sum(c.square(c.batchNorm2d(input, { training: true, eps: 0 }))), x);
    expect(found.slice(0, 2)).to.deep.equal([0, 0]);
  });

  it("averages whose sums are beyond float32", () => {
    for (const side of [2, 3, 4, 9]) {
      const image = c.full([1, 1, 12, 12], 3e38);
      const pooled = c.avgPool2d(image, side, { stride: 1, padding: 1, countIncludePad: false });
      for (const value of pooled.data) expect(value / 3e38).to.be.closeTo(1, 1e-6);
    }
    const mixed = tensor([3e38, 3e38, -3e38, 1, NaN, 1, 1, 1], [1, 2, 2, 2]);
    expect([...c.avgPool2d(mixed, 2).data]).to.deep.equal([Math.fround(7.5e37), NaN]);
  });

  it("resizing by cubics whose sums on the way are beyond float32", () => {
    for (const antialias of [false, true]) {
      for (const size of [1, 2, 5, 7, 13] as const) {
        const found = c.interpolate(c.full([2, 6, 6], 3e38), { size, mode: "bicubic", antialias });
        for (const value of found.data) expect(value / 3e38).to.be.closeTo(1, 1e-6);
      }
    }
  });

  it("products whose parts are beyond float32, with their gradients", () => {
    const lines = [
      [1e30, 1e-30, 1e30, 1e-30],
      [1e30, 1e30, 1e-30, 1e-30, 2],
      [1e20, -1e20, 1e-20, 1e20, -1e-20, 1e20, 1e-20, 3, 1e-20],
      [1e38, 1e38, 1e38, 1e-38, 1e-38, 1e-38],
      [1e10, 1e10, 1e10, 1e10, 1e-20, 1e-20],
      [0, 1e30, 1e-30, 1e30],
      [-1e-45, 1e38, 3],
    ];
    for (const line of lines) {
      for (const start of line.keys()) {
        const turned = [...line.slice(start), ...line.slice(0, start)].map(Math.fround);
        const rows = tensor([...turned, ...turned], [2, turned.length]);
        const slopes = slope((input) => c.sum(c.prod(input, { dim: 1 })), rows);
        const product = (skip: number): number => {
          const factors = turned.filter((_, at) => at !== skip);
          return factors.sort((a, b) => Math.abs(b) - Math.abs(a)).reduce((left, right) => left * right, 1);
        };
        const close = (found: number, wanted: number): void => {
          expect(found).to.be.closeTo(wanted, 2e-6 * Math.abs(wanted) + 2 ** -147);
        };
        for (const found of c.prod(rows, { dim: 1 }).data) close(found, product(-1));
        slopes.forEach((found, at) => {
          close(found, product(at % turned.length));
        });
      }
    }
  });

  it("the running variance of a batch whose own is beyond float32", () => {
    for (const spread of [1.5e19, 2e19, 4e19]) {
      const [runningMean, runningVar] = [c.zeros([2]), c.ones([2])];
      const x = tensor([spread, -spread, 1, 3], [1, 2, 1, 2]);
      c.batchNorm2d(x, { training: true, runningMean, runningVar });
      expect([...runningMean.data]).to.deep.equal([0, Math.fround(0.2)]);
      expect(runningVar.data[0] / (0.2 * spread ** 2)).to.be.closeTo(1, 1e-6);
      expect(runningVar.data[1]).to.be.closeTo(1.1, 1e-6);
      c.batchNorm2d(x, { training: true, runningMean, runningVar, momentum: 0 });
      expect(runningVar.data[1]).to.be.closeTo(1.1, 1e-6);
    }
  });

  it("an average is the same beside one that is not finite", () => {
    const image = c.randn([1, 1, 9, 9], { seed: 5 });
    const plain = c.avgPool2d(image, 3).toArray() as number[][][][];
    const odd = tensor([...image.data.slice(0, 80), Infinity], [1, 1, 9, 9]);
    const found = c.avgPool2d(odd, 3).toArray() as number[][][][];
    plain[0][0][2][2] = Infinity;
    expect(found).to.deep.equal(plain);
  });
});
