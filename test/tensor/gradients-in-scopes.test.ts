import { expect } from "chai";
import { keep, mul, ones, scope, sum, tensor, type Tensor } from "../../src/index.js";
import { eachBackend } from "../backend/each.js";

function parameter(values: Tensor): Tensor {
  values.requiresGrad = true;
  return values;
}

function gradientOf(tensor: Tensor): Tensor {
  if (tensor.grad === undefined) throw new Error("no gradient");
  return tensor.grad;
}

eachBackend("a gradient that is replaced in a scope", () => {
  const step = (w: Tensor): void => {
    sum(mul(w, w)).backward();
  };

  it("is freed there if a scope made it: a loop that never awaits does not grow", () => {
    const w = parameter(tensor([1, 2]));
    const former: Tensor[] = [];
    const train = (): void => {
      for (let index = 0; index < 5; index++) {
        scope(() => {
          if (w.grad !== undefined) former.push(w.grad);
          w.grad = null;
          step(w);
          w.grad = mul(gradientOf(w), 0.5);
        });
      }
    };
    train();
    scope(train);
    expect(former.map(({ storage }) => storage.freed)).to.deep.equal(Array.from({ length: 9 }, () => true));
    expect(w.grad?.toArray()).to.deep.equal([1, 2]);
  });

  it("is freed there if its tensor alone was returned from the scope that made it", () => {
    const w = scope(() => {
      const made = parameter(tensor([1, 2]));
      step(made);
      return made;
    });
    const former = gradientOf(w);
    expect(former.toArray()).to.deep.equal([2, 4]);
    scope(() => (w.grad = null));
    expect(former.storage.freed).to.equal(true);
  });

  it("stays if it was kept, returned, or made outside of all scopes", () => {
    const w = parameter(tensor([1, 2]));
    const survives = (gradient: Tensor): void => {
      scope(() => (w.grad = null));
      expect(gradient.toArray()).to.deep.equal([2, 4]);
    };
    step(w);
    survives(gradientOf(w));
    scope(() => {
      step(w);
    });
    survives(keep(gradientOf(w)));
    survives(
      scope(() => {
        step(w);
        return gradientOf(w);
      }),
    );
    scope(() => {
      step(w);
    });
    survives(scope(() => gradientOf(w)));
    const own = tensor([2, 4]);
    w.grad = own;
    survives(own);
    scope(() => (w.grad = own));
    survives(own);
    w.grad = own;
    scope(() => (w.grad = ones([2])));
    expect(own.toArray(), "replaced by another").to.deep.equal([2, 4]);
    expect(w.grad.toArray()).to.deep.equal([1, 1]);
  });

  it("stays as long as the scope that made it, and no longer", () => {
    const w = parameter(tensor([1, 2]));
    const held: Tensor[] = [];
    scope(() => {
      step(w);
      held.push(gradientOf(w));
      scope(() => (w.grad = null));
      expect(held[0].toArray()).to.deep.equal([2, 4]);
      const own = ones([2]);
      scope(() => (parameter(ones([2])).grad = own));
      expect(own.toArray(), "of a tensor that lives shorter").to.deep.equal([1, 1]);
    });
    expect(held[0].storage.freed).to.equal(true);
  });

  it("passes from tensor to tensor", () => {
    const [v, w] = [parameter(ones([2])), parameter(tensor([1, 2]))];
    scope(() => {
      step(w);
    });
    scope(() => {
      v.grad = w.grad;
      w.grad = null;
    });
    expect(v.grad?.toArray()).to.deep.equal([2, 4]);
    const last = gradientOf(v);
    scope(() => (v.grad = null));
    expect(last.storage.freed).to.equal(true);
  });

  it("is freed with its tensor", () => {
    const held: Tensor[] = [];
    scope(() => {
      const w = parameter(tensor([1, 2]));
      scope(() => {
        step(w);
      });
      held.push(gradientOf(w));
      expect(held[0].toArray()).to.deep.equal([2, 4]);
    });
    expect(held[0].storage.freed).to.equal(true);
  });
});
