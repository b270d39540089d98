import { expect } from "chai";
import { backend, keep, mul, ones, scope, sum, type Tensor } from "../../src/index.js";
import { allocate, openScope, setAllocator, type Storage } from "../../src/tensor/storage.js";

/** Runs `body` while all storage tells what becomes of it. */
async function observed(body: (fate: (storage: Storage) => string) => void | Promise<void>): Promise<void> {
  const watched = new WeakSet<Storage>();
  setAllocator({
    allocate: (length, owned) => {
      const storage = backend().allocate(length, owned);
      const watch = storage.watch.bind(storage);
      storage.watch = () => {
        watched.add(storage);
        watch();
      };
      if (owned !== true) watched.add(storage);
      return storage;
    },
  });
  try {
    await body((storage) => (storage.freed ? "freed" : watched.has(storage) ? "watched" : "owned"));
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
});
