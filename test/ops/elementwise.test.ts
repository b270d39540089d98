import { expect } from "chai";
import * as c from "../../src/index.js";
import { tensor, type Tensor } from "../../src/index.js";
import { eachBackend } from "../backend/each.js";

// The numbers are PyTorch 1.13's.
eachBackend("number by number", () => {
  it("a number beside a tensor counts as float32 holds it", () => {
    const results: [Tensor, number][] = [
      [c.mul(tensor([1e30]), 1e-46), 0],
      [c.mul(tensor([1e30]), 1e-44), Math.fround(Math.fround(1e30) * Math.fround(1e-44))],
      [c.mul(tensor([1e-30]), 1e39), Infinity],
      [c.mul(tensor([0]), 1e39), NaN],
      [c.add(tensor([1]), 1e39), Infinity],
      [c.sub(tensor([1]), 1e39), -Infinity],
      [c.div(tensor([1e-30]), 1e-46), Infinity],
      [c.div(tensor([1]), 1e39), 0],
      [c.pow(tensor([2]), 1e-46), 1],
      [c.pow(tensor([2]), -1e39), 0],
      [c.leakyRelu(tensor([-1e30]), { negativeSlope: 1e-46 }), -0],
      [c.mul(tensor([-3.3e5]), 0.1), -33000],
      [c.clamp(tensor([0.05]), { min: 0.1 }), Math.fround(0.1)],
    ];
    for (const [index, [came, wanted]] of results.entries()) {
      expect(came.item(), `call ${index}`).to.deep.equal(wanted);
    }
  });

  it("and as the same number in a tensor", () => {
    const numbers = c.randn([64], { seed: 3 });
    for (const value of [0.1, 1 / 3, 2.3, 1e-46, 1e39, -Infinity]) {
      for (const operation of [c.add, c.mul, c.sub, c.div]) {
        const [left, right] = [operation(numbers, value), operation(numbers, tensor(value))];
        expect([...left.data], `${operation.name} ${value}`).to.deep.equal([...right.data]);
      }
    }
  });

  it("pow does not change with an exponent that is not negative where the base is 0", () => {
    const exponents = tensor([0, 1, 2.5, -1]);
    const slope = c.grad((b: Tensor) => c.sum(c.pow(tensor([0, 0, 0, 0]), b)))(exponents);
    expect(slope.toArray()).to.deep.equal([0, 0, 0, -Infinity]);
    const ofNumber = c.grad((b: Tensor) => c.sum(c.pow(0, b)))(exponents);
    expect(ofNumber.toArray()).to.deep.equal([0, 0, 0, -Infinity]);
    const others = c.grad((b: Tensor) => c.sum(c.pow(tensor([2, 1]), b)))(tensor([0, 3]));
    expect(others.toArray()).to.deep.equal([Math.fround(Math.LN2), 0]);
    const twice = c.grad((b: Tensor) => c.sum(c.grad((e: Tensor) => c.sum(c.pow(tensor([0, 0]), e)))(b)));
    expect(twice(tensor([0, 2])).toArray()).to.deep.equal([0, 0]);
  });

  it("an infinite bound leaves its side open", () => {
    expect(c.clamp(tensor([-5, 5]), { min: -Infinity, max: Infinity }).toArray()).to.deep.equal([-5, 5]);
    // @ts-expect-error One of the two is needed, as the types say.
    expect(() => c.clamp(tensor([1]), {})).to.throw("clamp: options: expected min, max or both");
  });
});

describe("a caller's list of sides", () => {
  it("is copied by expand and reshape", () => {
    for (const repeat of [c.expand, c.reshape]) {
      const shape = [2, 1];
      const result = repeat(tensor(repeat === c.expand ? [1] : [1, 1]), shape);
      shape[0] = 99;
      expect(result.shape).to.deep.equal([2, 1]);
    }
  });

  it("holds whole numbers", () => {
    for (const [side, came] of [
      [2.5, "2.5"],
      [-2, "-2"],
    ] as const) {
      expect(() => c.expand(tensor([1]), [side])).to.throw(
        `expand: shape[0]: expected a whole number ≥ 0, got ${came}`,
      );
    }
  });
});
