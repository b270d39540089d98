import { expect } from "chai";
import * as c from "../../src/index.js";
import { tensor, type Tensor } from "../../src/index.js";
import { eachBackend } from "../backend/each.js";

/** What `fn` gives for `x`, and its gradient there. */
function slopeOf(fn: (x: Tensor) => Tensor, x: Tensor): [value: number, gradient: c.NestedArray] {
  return [fn(x).item(), c.grad(fn)(x).toArray()];
}

// The numbers are PyTorch 1.13's.
eachBackend("losses at the ends of their range", () => {
  it("binaryCrossEntropy of saturated predictions", () => {
    const loss = (z: Tensor): Tensor => c.binaryCrossEntropy(c.sigmoid(z), tensor([1, 0]));
    expect(slopeOf(loss, tensor([20, -200]))).to.deep.equal([0, [0, 0]]);
  });

  it("binaryCrossEntropy's gradients at 0 and 1", () => {
    const target = tensor([0, 1, 0, 1, 0.5]);
    const sum = (p: Tensor, t: Tensor): Tensor => c.binaryCrossEntropy(p, t, { reduction: "sum" });
    const p = tensor([0, 0, 1, 1, 0.25]);
    const steep = Math.fround(1e12);
    const expected = [0, -steep, steep, 0, -0.25 / 0.1875];
    const slope = c.grad((x: Tensor) => sum(x, target));
    expect(c.sub(slope(p), tensor(expected)).toArray()).to.deep.equal([0, 0, 0, 0, 0]);
    // And once more: d/dp of (p − t)/(p(1 − p)), the divisor constant where it is kept from 0.
    const second = c.grad((x: Tensor) => c.sum(slope(x)))(p).data;
    expect([...second.subarray(0, 4)]).to.deep.equal([1, 1, 1, 1].map(() => Math.fround(1e12)));
    expect(second[4]).to.be.closeTo(0.5 / 0.25 ** 2 + 0.5 / 0.75 ** 2, 1e-4);
    // To the target: log(1 − p) − log p, both kept above −100.
    const toTarget = c.grad((t: Tensor) => sum(p, t))(target).data;
    expect([...toTarget.subarray(0, 4)]).to.deep.equal([100, 100, -100, -100]);
    expect(toTarget[4]).to.be.closeTo(Math.log(3), 1e-6);
  });

  it("nllLoss of an underflown probability", () => {
    const logits = c.log(c.softmax(tensor([[200, 0]])));
    expect(logits.toArray()).to.deep.equal([[0, -Infinity]]);
    const [value, gradient] = slopeOf((x) => c.nllLoss(x, tensor([0])), logits);
    expect(Math.abs(value)).to.equal(0);
    expect(gradient).to.deep.equal([[-1, 0]]);
  });

  it("crossEntropy beside a class that is impossible", () => {
    const [value, gradient] = slopeOf((x) => c.crossEntropy(x, tensor([0])), tensor([[1, -Infinity, 2]]));
    expect(value).to.be.closeTo(1.3133, 1e-4);
    const [first, second, third] = [gradient].flat(2) as number[];
    expect(first).to.be.closeTo(-0.7311, 1e-4);
    expect(second).to.equal(0);
    expect(third).to.be.closeTo(0.7311, 1e-4);
  });

  it("what is impossible in a row that is ignored, or of weight 0, does not count", () => {
    const rows = tensor([
      [1, 1],
      [-Infinity, 2],
      [-Infinity, 3],
    ]);
    const weight = tensor([0, 1]);
    const [value, gradient] = slopeOf(
      (x) => c.crossEntropy(x, tensor([1, -100, 0]), { weight, reduction: "sum" }),
      rows,
    );
    expect(value).to.be.closeTo(Math.log(2), 1e-6);
    expect(gradient).to.deep.equal([
      [0.5, -0.5],
      [0, 0],
      [0, 0],
    ]);
    const [mean, nothing] = slopeOf((x) => c.crossEntropy(x, tensor([-100, -100, -100])), rows);
    expect(mean).to.deep.equal(NaN);
    expect(nothing).to.deep.equal([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(c.crossEntropy(rows, tensor([0, 0, 1]), { reduction: "none" }).data[1]).to.equal(Infinity);
    expect(c.crossEntropy(rows, tensor([0, 1, 1]), { labelSmoothing: 0.1 }).item()).to.equal(Infinity);
  });
});
