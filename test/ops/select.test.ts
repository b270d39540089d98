import { expect } from "chai";
import * as c from "../../src/index.js";
import type { Selected, Tensor } from "../../src/index.js";
import { eachBackend } from "../backend/each.js";

const lists = ({ values, indices }: Selected): unknown[] => [values.toArray(), indices.toArray()];
const slope = (fn: (x: Tensor) => Tensor, x: Tensor): number[] => [
  ...c.grad((t: Tensor) => c.sum(fn(t)))(x).data,
];

eachBackend("max and min", () => {
  it("search everything, or one dimension with positions", () => {
    const x = c.tensor([[3, 1, 3], [2, 5, 5]]); // prettier-ignore
    expect([c.max(x).item(), c.min(x).item()]).to.deep.equal([5, 1]);
    expect(lists(c.max(x, { dim: 1 }))).to.deep.equal([[3, 5], [0, 1]]); // prettier-ignore
    expect(lists(c.min(x, { dim: 0, keepdim: true }))).to.deep.equal([[[2, 1, 3]], [[1, 0, 0]]]);
    expect(lists(c.max(c.tensor(4), { dim: 0 }))).to.deep.equal([4, 0]);
    expect(c.max(c.zeros([0, 3]), { dim: 1 }).values.shape).to.deep.equal([0]);
  });

  it("share the gradient among equals, or give it to the first along a dimension", () => {
    const x = c.tensor([[3, 3, 1]]);
    expect(slope((t) => c.max(t), x)).to.deep.equal([0.5, 0.5, 0]);
    expect(slope((t) => c.max(t, { dim: 1 }).values, x)).to.deep.equal([1, 0, 0]);
    expect(slope((t) => c.min(t, { dim: -1 }).values, x)).to.deep.equal([0, 0, 1]);
  });

  it("find NaN first, and refuse where there is nothing", () => {
    const x = c.tensor([1, NaN, 3]);
    expect(c.max(x).item()).to.be.NaN;
    expect(lists(c.max(x, { dim: 0 }))).to.deep.equal([NaN, 1]);
    expect(lists(c.min(x, { dim: 0 }))).to.deep.equal([NaN, 1]);
    expect(() => c.max(c.zeros([0]))).to.throw("max: input: expected at least one number");
    expect(() => c.min(c.zeros([2, 0]), { dim: 1 })).to.throw(
      "min: input: expected at least one number along dim",
    );
    expect(() => c.max(x, 0 as never)).to.throw("max: options: expected an object with dim, keepdim, got 0");
  });
});

eachBackend("topk", () => {
  const x = c.tensor([4, 9, 4, -Infinity, 7]);

  it("finds the largest or the smallest, the first of equals first", () => {
    expect(lists(c.topk(x, 3))).to.deep.equal([[9, 7, 4], [1, 4, 0]]); // prettier-ignore
    expect(lists(c.topk(x, 3, { largest: false }))).to.deep.equal([[-Infinity, 4, 4], [3, 0, 2]]); // prettier-ignore
    expect(lists(c.topk(x, 3, { sorted: false }))).to.deep.equal([[4, 9, 7], [0, 1, 4]]); // prettier-ignore
    expect(lists(c.topk(x, 5)).at(1)).to.deep.equal([1, 4, 0, 2, 3]);
  });

  it("counts NaN as larger than all", () => {
    const odd = c.tensor([1, NaN, Infinity]);
    expect(lists(c.topk(odd, 2))).to.deep.equal([[NaN, Infinity], [1, 2]]); // prettier-ignore
    expect(lists(c.topk(odd, 2, { largest: false }))).to.deep.equal([[1, Infinity], [0, 2]]); // prettier-ignore
  });

  it("works along any dimension, on one number and on none", () => {
    const plane = c.tensor([[1, 8], [6, 2], [3, 5]]); // prettier-ignore
    expect(lists(c.topk(plane, 2, { dim: 0 }))).to.deep.equal([[[6, 8], [3, 5]], [[1, 0], [2, 2]]]); // prettier-ignore
    expect(lists(c.topk(c.tensor(4), 1))).to.deep.equal([4, 0]);
    expect(c.topk(c.tensor(4), 0).values.shape).to.deep.equal([0]);
    expect(c.topk(plane, 0).values.shape).to.deep.equal([3, 0]);
    expect(c.topk(c.zeros([0, 4]), 2).values.shape).to.deep.equal([0, 2]);
    expect(slope((t) => c.topk(t, 1, { dim: 0 }).values, plane)).to.deep.equal([0, 1, 1, 0, 0, 0]);
    expect(() => c.topk(plane, 3)).to.throw("topk: k: expected at most 2, the numbers along dim, got 3");
  });
});

eachBackend("cumsum", () => {
  it("adds up along a dimension, in double precision", () => {
    const x = c.tensor([[1, 2, 3], [4, 5, 6]]); // prettier-ignore
    expect(c.cumsum(x).toArray()).to.deep.equal([[1, 3, 6], [4, 9, 15]]); // prettier-ignore
    expect(c.cumsum(x, { dim: 0 }).toArray()).to.deep.equal([[1, 2, 3], [5, 7, 9]]); // prettier-ignore
    expect(slope((t) => c.cumsum(t), x)).to.deep.equal([3, 2, 1, 3, 2, 1]);
    expect(c.cumsum(c.tensor(3)).item()).to.equal(3);
    expect(c.cumsum(c.zeros([0, 2])).shape).to.deep.equal([0, 2]);
    expect(c.cumsum(c.full([1e6], 0.1)).item(1e6 - 1)).to.equal(Math.fround(Math.fround(0.1) * 1e6));
    expect(c.cumsum(c.tensor([1, Infinity, -Infinity, 1])).toArray()).to.deep.equal([1, Infinity, NaN, NaN]);
  });
});

eachBackend("activations of straight lines", () => {
  it("are PyTorch's where they bend, and beyond", () => {
    const x = c.tensor([-Infinity, -4, -3, 0, 3, 6, 7, Infinity]);
    expect(c.relu6(x).toArray()).to.deep.equal([0, 0, 0, 0, 3, 6, 6, 6]);
    expect(slope(c.relu6, x)).to.deep.equal([0, 0, 0, 0, 1, 0, 0, 0]);
    expect(c.hardSigmoid(x).toArray()).to.deep.equal([0, 0, 0, 0.5, 1, 1, 1, 1]);
    expect(c.hardSwish(x).toArray()).to.deep.equal(
      [0, 0, -0, 0, 3, 6, 7, Infinity].map((value) => value + 0),
    );
    expect(slope(c.hardSwish, x)).to.deep.equal([0, 0, -0.5, 0.5, 1.5, 1, 1, 1]);
    expect(c.elu(c.tensor([-1e-8])).item()).to.equal(Math.fround(-1e-8));
    expect(slope((t) => c.elu(t, { alpha: 2 }), c.tensor([-Infinity, 0, 1e30]))).to.deep.equal([0, 2, 1]);
    for (const fn of [c.relu6, c.hardSigmoid, c.hardSwish, c.mish, (t: Tensor) => c.elu(t)]) {
      expect(fn(c.tensor([NaN])).item()).to.be.NaN;
    }
  });
});

describe("tensors like others, and lines between numbers", () => {
  it("take the shape of another", () => {
    const x = c.ones([2, 3]);
    expect(c.zerosLike(x).toArray()).to.deep.equal(c.zeros([2, 3]).toArray());
    expect(c.onesLike(c.zeros([0, 2])).shape).to.deep.equal([0, 2]);
    expect(c.fullLike(c.tensor(1), -Infinity).item()).to.equal(-Infinity);
    expect(c.randLike(x, { seed: 1 }).toArray()).to.deep.equal(c.rand([2, 3], { seed: 1 }).toArray());
    expect(c.randnLike(x, { seed: 1 }).toArray()).to.deep.equal(c.randn([2, 3], { seed: 1 }).toArray());
    x.requiresGrad = true;
    expect(c.zerosLike(x).requiresGrad).to.equal(false);
  });

  it("say what they want", () => {
    for (const [name, like] of Object.entries({
      zerosLike: c.zerosLike,
      onesLike: c.onesLike,
      fullLike: c.fullLike,
      randLike: c.randLike,
      randnLike: c.randnLike,
    })) {
      const call = like as (input: unknown, value?: unknown) => Tensor;
      for (const input of [undefined, null, 3, [2, 3], { shape: [2] }]) {
        expect(() => call(input, name === "fullLike" ? 1 : {})).to.throw(
          `${name}: input: expected a tensor, got`,
        );
      }
    }
    expect(() => c.fullLike(c.ones([1]), "1" as never)).to.throw(
      'fullLike: value: expected a number, got "1"',
    );
    expect(() => c.randLike(c.ones([1]), { sed: 1 } as never)).to.throw(
      "randLike: options: expected only seed",
    );
  });

  it("linspace meets both ends", () => {
    expect(c.linspace(0, 1, 5).toArray()).to.deep.equal([0, 0.25, 0.5, 0.75, 1]);
    expect(c.linspace(3, -3, 3).toArray()).to.deep.equal([3, 0, -3]);
    expect(c.linspace(2, 5, 1).toArray()).to.deep.equal([2]);
    expect(c.linspace(2, 5, 0).shape).to.deep.equal([0]);
    expect(c.linspace(-3e38, 3e38, 3).toArray()).to.deep.equal([Math.fround(-3e38), 0, Math.fround(3e38)]);
    const line = c.linspace(0.1, 0.7, 1000).data;
    expect([line[0], line[999]]).to.deep.equal([Math.fround(0.1), Math.fround(0.7)]);
    for (const value of [undefined, NaN, Infinity, "1", null]) {
      expect(() => c.linspace(value as never, 1, 2)).to.throw(
        "linspace: start: expected a finite number, got",
      );
      expect(() => c.linspace(0, value as never, 2)).to.throw("linspace: end: expected a finite number, got");
    }
    for (const value of [undefined, NaN, -1, 1.5, "2"]) {
      expect(() => c.linspace(0, 1, value as never)).to.throw(
        "linspace: steps: expected a whole number ≥ 0, got",
      );
    }
  });
});
