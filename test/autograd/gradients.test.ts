import { expect } from "chai";
import {
  add,
  detach,
  exp,
  grad,
  gradients,
  mul,
  noGrad,
  ones,
  scope,
  sin,
  sub,
  sum,
  tensor,
  type Tensor,
} from "../../src/index.js";
import { record } from "../../src/autograd/tape.js";

function parameter(values: Tensor): Tensor {
  values.requiresGrad = true;
  return values;
}

describe("gradients", () => {
  it("reach values on the way, and are zero where nothing depends", () => {
    const x = parameter(tensor([2]));
    const middle = mul(x, x);
    const other = parameter(tensor([1, 1]));
    const [toMiddle, toX, toOther] = gradients(sum(mul(middle, 3)), [middle, x, other]);
    expect([toMiddle.item(), toX.item(), toOther.toArray()]).to.deep.equal([3, 12, [0, 0]]);
    expect(x.grad).to.equal(undefined);
  });

  it("createGraph puts the gradient itself on the tape", () => {
    const x = parameter(tensor([2]));
    const [slope] = gradients(mul(mul(x, x), x), [x], { createGraph: true });
    slope.backward();
    expect(x.grad?.item()).to.equal(12);
    const y = parameter(tensor([2]));
    mul(mul(y, y), y).backward(undefined, { createGraph: true });
    expect(y.grad?.requiresGrad).to.equal(true);
  });

  it("leave the tape below the tensors that they are asked of to others", () => {
    const x = parameter(tensor([1, 2]));
    const h = mul(x, x);
    const y = sum(mul(h, 2));
    const z = sum(mul(h, h));
    expect(gradients(y, [h])[0].toArray()).to.deep.equal([2, 2]);
    z.backward();
    expect(x.grad?.toArray()).to.deep.equal([4, 32]);
    expect(() => gradients(y, [h]), "what lay between was used up").to.throw(
      "was used by an earlier backward",
    );
    expect(() => gradients(z, [x]), "whatever it may lead to").to.throw("was used by an earlier backward");
  });

  it("compute nothing but what leads to one of them", () => {
    const [x, w] = [parameter(tensor([2])), parameter(tensor([3]))];
    const computed: string[] = [];
    const spy = (name: string, input: Tensor): Tensor =>
      record(detach(input), [[input, (gradient) => (computed.push(name), gradient)]]);
    const below = spy("below", x);
    const middle = spy("middle", below);
    const aside = spy("aside", w);
    const late = mul(add(spy("again", middle), aside), 2);
    expect(gradients(late, [middle])[0].item()).to.equal(2);
    expect(computed).to.deep.equal(["again"]);
    aside.backward();
    middle.backward();
    expect(computed).to.deep.equal(["again", "aside", "middle", "below"]);
  });

  it("go 10,000 steps deep and back, between values on the way", () => {
    const x = parameter(tensor([1]));
    let first = x;
    for (let step = 0; step < 10_000; step++) first = mul(first, 1);
    let last = first;
    for (let step = 0; step < 10_000; step++) last = add(last, 0);
    expect(gradients(last, [first])[0].item()).to.equal(1);
    expect(gradients(first, [x])[0].item()).to.equal(1);
  });

  it("refuse what is no tensor and no list of them", () => {
    const x = parameter(tensor([1]));
    const wrong = (value: unknown): Tensor[] => value as Tensor[];
    expect(() => gradients(sum(x), wrong(x))).to.throw(
      "gradients: inputs: expected an array of tensors, got a tensor of shape [1]",
    );
    expect(() => gradients(sum(x), wrong([1]))).to.throw("gradients: inputs: expected an array of tensors");
    expect(() => gradients(5 as unknown as Tensor, [x])).to.throw("gradients: tensor: expected one that was");
    expect(() => gradients(sum(x), [x], { retainGraph: 1 as unknown as boolean })).to.throw(
      "gradients: retainGraph: expected true or false, got 1",
    );
    expect(() => gradients(sum(x), [x], { createGraph: true, retainGraph: false })).to.throw(
      "gradients: retainGraph: expected true beside createGraph, which needs the tape, got false",
    );
  });
});

describe("grad", () => {
  it("differentiates by any argument, again and again", () => {
    const fn = (x: Tensor, y: Tensor): Tensor => sum(mul(mul(x, x), y));
    expect(grad(fn)(tensor([3]), tensor([5])).item()).to.equal(30);
    expect(grad(fn, { argument: 1 })(tensor([3]), tensor([5])).item()).to.equal(9);
    const x = tensor([2]);
    expect(grad(fn)(x, x).item(), "the same tensor twice: only the first use").to.equal(8);
    expect(() => grad(fn, { argument: 2 })(x, x)).to.throw("grad: argument: expected less than 2, got 2");
    const fourth = grad((v: Tensor) =>
      sum(grad((u: Tensor) => sum(grad(grad((t: Tensor) => sin(t)))(u)))(v)),
    );
    expect(fourth(tensor([0.5])).item()).to.be.closeTo(Math.sin(0.5), 1e-6);
    const slope = noGrad(() => grad((u: Tensor) => sum(exp(u)))(tensor([0])));
    expect([slope.item(), slope.requiresGrad], "also without a tape around it").to.deep.equal([1, false]);
  });

  it("is plain where nobody outside can ask for more, and leaves what the function keeps alone", () => {
    let value: Tensor | undefined;
    const slope = grad((x: Tensor) => (value = sum(mul(mul(x, x), 0.5))));
    let x = ones([1000]);
    for (let step = 0; step < 1000; step++) x = sub(x, mul(slope(x), 0.001));
    expect(x.requiresGrad).to.equal(false);
    expect(x.item(0)).to.be.closeTo(0.999 ** 1000, 1e-4);
    expect(value?.item()).to.be.closeTo(500 * 0.999 ** 1998, 0.1);
  });

  it("has a history where a parameter takes part, as an argument or from outside", () => {
    const w = parameter(tensor([3]));
    const slope = grad((x: Tensor) => sum(mul(mul(x, x), w)))(tensor([2]));
    expect([slope.item(), slope.requiresGrad]).to.deep.equal([12, true]);
    slope.backward();
    expect(w.grad?.item()).to.equal(4);
    const x = parameter(tensor([2]));
    grad((u: Tensor) => sum(mul(mul(u, u), u)))(x).backward();
    expect(x.grad?.item()).to.equal(12);
    const before = mul(w, w);
    const later = scope(() => grad((u: Tensor) => sum(mul(u, before)))(tensor([1])));
    w.grad = null;
    later.backward();
    expect(w.grad?.item(), "in a scope, through a value made before").to.equal(6);
    const mixed = grad((u: Tensor) => sum(mul(grad((v: Tensor) => sum(mul(mul(v, v), mul(u, w))))(u), u)));
    expect(mixed(tensor([2])).item(), "d/du 2u·u·w·u").to.equal(72);
  });

  it("refuses what is no function, no argument's number and no tensor", () => {
    const wrong = (value: unknown): never => value as never;
    expect(() => grad(wrong(5))).to.throw("grad: fn: expected a function, got 5");
    expect(() => grad((x: Tensor) => sum(x), { argument: -1 })).to.throw(
      "grad: argument: expected a whole number ≥ 0, got -1",
    );
    expect(() => grad((x: Tensor) => sum(x))(wrong(3))).to.throw("grad: inputs[0]: expected a tensor, got 3");
  });
});
