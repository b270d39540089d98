import { expect } from "chai";
import { checkGradients, mul, noGrad, relu, sin, square, tensor, type Tensor } from "../../src/index.js";
import { record } from "../../src/autograd/tape.js";

describe("checkGradients", () => {
  it("finds a wrong derivative and says where", () => {
    const twice = (x: Tensor): Tensor => {
      const output = noGrad(() => mul(x, 2));
      return record(output, [[x, (gradient) => mul(gradient, tensor([2, 2.1, 2]))]]);
    };
    expect(() => checkGradients(twice, [tensor([1, 2, 3])])).to.throw("checkGradients: input 0, position 1");
    expect(checkGradients((x) => mul(x, 2), [tensor([1])])).to.be.lessThan(1e-4);
    expect(() =>
      checkGradients(
        (x) =>
          record(
            noGrad(() => square(x)),
            [[x, () => tensor([NaN])]],
          ),
        [tensor([1])],
      ),
    ).to.throw("the gradient is NaN");
  });

  it("honours its options", () => {
    const slightly = (x: Tensor): Tensor =>
      record(
        noGrad(() => mul(x, 2)),
        [[x, (gradient) => mul(gradient, 2.01)]],
      );
    expect(() => checkGradients(slightly, [tensor([1])])).to.throw("position 0");
    expect(checkGradients(slightly, [tensor([1])], { tolerance: 0.02 })).to.be.closeTo(0.005, 0.004);
    expect(() => checkGradients(square, [tensor([1])], { epsilon: 0 })).to.throw("checkGradients: epsilon");
    // relu has a corner at 0: a step across it measures something else.
    expect(() => checkGradients(relu, [tensor([0.001])])).to.throw("position 0");
    expect(checkGradients(relu, [tensor([0.001])], { epsilon: 1e-4 })).to.be.lessThan(1e-2);
    const errors = [1, 2].map((seed) => checkGradients(sin, [tensor([0.3, 0.7])], { seed }));
    expect(errors[0]).to.not.equal(errors[1]);
  });

  it("refuses what is no function and what are no tensors", () => {
    const loose = checkGradients as (...given: unknown[]) => unknown;
    expect(() => loose(5, [tensor([1])])).to.throw("checkGradients: fn: expected a function, got 5");
    for (const wrong of [undefined, tensor([1]), [5], [[1]]]) {
      expect(() => loose(relu, wrong)).to.throw("checkGradients: inputs: expected an array of tensors, got ");
    }
  });

  it("leaves its inputs as they were, also if the function throws on the way", () => {
    for (const fails of [1, 2]) {
      const x = tensor([1, 2]);
      let calls = 0;
      const fragile = (input: Tensor): Tensor => {
        if (calls++ === fails) throw new Error("stop");
        return square(input);
      };
      expect(() => checkGradients(fragile, [x])).to.throw("stop");
      expect(x.toArray()).to.deep.equal([1, 2]);
    }
  });
});
