import { expect } from "chai";
import {
  add,
  backend,
  gradients,
  keep,
  mul,
  ones,
  scope,
  sqrt,
  sum,
  tensor,
  type Tensor,
} from "../../src/index.js";
import { allocate, openScope, setAllocator, type Storage } from "../../src/tensor/storage.js";

/** Runs `body` while all storage tells what becomes of it, and how much of it was alive at most. */
async function observed(
  body: (fate: (storage: Storage) => string, alive: () => number) => void | Promise<void>,
): Promise<void> {
  const watched = new WeakSet<Storage>();
  const all: Storage[] = [];
  setAllocator({
    allocate: (length, owned) => {
      const storage = backend().allocate(length, owned);
      const watch = storage.watch.bind(storage);
      storage.watch = () => {
        watched.add(storage);
        watch();
      };
      if (owned !== true) watched.add(storage);
      all.push(storage);
      return storage;
    },
  });
  try {
    await body(
      (storage) => (storage.freed ? "freed" : watched.has(storage) ? "watched" : "owned"),
      () => all.filter(({ freed }) => !freed).length,
    );
  } finally {
    setAllocator({ allocate: (length, owned) => backend().allocate(length, owned) });
  }
}

describe("who gives a tensor's memory back", () => {
  it("is the garbage collector outside of scopes, the scope inside", () =>
    observed((fate) => {
      expect(fate(ones([2]).storage)).to.equal("watched");
      const inside = scope(() => {
        const { storage } = ones([2]);
        expect(fate(storage)).to.equal("owned");
        return () => fate(storage);
      });
      expect(inside()).to.equal("freed");
    }));

  it("is the garbage collector for what leaves the outermost scope", () =>
    observed((fate) => {
      const [returned, kept] = scope(() => {
        const inner = scope(() => ones([2]));
        expect(fate(inner.storage)).to.equal("owned");
        const held = keep(ones([2]));
        expect(fate(held.storage)).to.equal("watched");
        return [inner, held];
      });
      expect([returned, kept].map(({ storage }) => fate(storage))).to.deep.equal(["watched", "watched"]);
    }));

  it("is the tensor's owner for gradients, the garbage collector where it has none", () =>
    observed((fate) => {
      const weight = ones([2]);
      weight.requiresGrad = true;
      const gradient = (tensor: Tensor): Storage => {
        if (tensor.grad === undefined) throw new Error("no gradient");
        return tensor.grad.storage;
      };
      scope(() => {
        sum(mul(weight, weight)).backward();
      });
      expect(fate(gradient(weight))).to.equal("watched");
    }));

  it("is the garbage collector for scopes whose code was stopped", () =>
    observed(async (fate) => {
      openScope();
      const storage = allocate([2]);
      expect(fate(storage)).to.equal("owned");
      // Stopped by force, code runs no `finally`: the scope is still open when the stack is empty.
      for (let turns = 0; turns < 100 && fate(storage) === "owned"; turns++) {
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      expect(fate(storage)).to.equal("watched");
    }));

  it("is backward, for gradients that nothing needs any more", () =>
    observed((_, alive) => {
      const weight = ones([4]);
      weight.requiresGrad = true;
      scope(() => {
        let value = weight;
        const seen: number[] = [];
        for (let i = 0; i < 50; i++) {
          // Its derivative looks how many tensors there are.
          value = mul(value, 1);
          const step = value.node;
          if (step === undefined) throw new Error("no step");
          const pullback = step.pullback.bind(step);
          step.pullback = (...given) => {
            seen.push(alive());
            return pullback(...given);
          };
        }
        sum(value).backward();
        expect(seen).to.have.length(50);
        expect(Math.max(...seen) - Math.min(...seen)).to.be.lessThan(3);
      });
      expect(weight.grad?.toArray()).to.deep.equal([1, 1, 1, 1]);
    }));

  it("is not backward, for gradients that two inputs or a watched tensor hold", () =>
    observed(() => {
      const x = tensor([2, 3]);
      x.requiresGrad = true;
      scope(() => {
        // Both sums hand one gradient to two inputs, one of which is used twice; h is watched besides.
        const h = mul(x, x);
        const y = add(add(h, x), h);
        const [toH, toX] = gradients(sum(mul(y, y)), [h, x], { retainGraph: true });
        const total = [20, 42];
        expect(toH.toArray()).to.deep.equal(total.map((g) => 2 * g));
        expect(toX.toArray()).to.deep.equal(total.map((g, i) => 2 * g * 2 * [2, 3][i] + g));
        sum(mul(y, y)).backward();
        expect(x.grad?.toArray()).to.deep.equal(toX.toArray());
      });
    }));

  it("is not backward, for gradients on a tape of their own", () =>
    observed(() => {
      const x = tensor([4, 9]);
      x.requiresGrad = true;
      scope(() => {
        // The slope of a root is a quotient, whose own slope reads it.
        const [slope] = gradients(sum(add(sqrt(x), mul(x, x))), [x], { createGraph: true });
        const [curvature] = gradients(sum(slope), [x]);
        const expected = [4, 9].map((at) => 2 - at ** -1.5 / 4);
        expected.forEach((value, i) => {
          expect(curvature.item(i)).to.be.closeTo(value, 1e-6);
        });
      });
    }));
});
