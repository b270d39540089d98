import { expect } from "chai";
import * as c from "../../src/index.js";
import { setAllocator } from "../../src/tensor/storage.js";
import { calls } from "../vectors/calls.js";
import { readVectors } from "../vectors/read.js";
import { eachBackend } from "./each.js";

// One call in eight of every operation.
const vectors = readVectors().filter((_, index) => index % 8 === 0);

eachBackend("the contract of a backend", (chosen) => {
  afterEach(() => {
    setAllocator(chosen);
  });

  it("allocates what was asked for, empty memory too", () => {
    for (const length of [0, 1, 7, 1000]) {
      const storage = chosen.allocate(length);
      expect(storage.view).to.have.length(length);
      expect(storage.view, "the same view every time").to.equal(storage.view);
      expect(storage.data).to.have.length(length);
      storage.free();
      storage.free();
      expect(storage.freed).to.equal(true);
      expect(() => storage.view).to.throw("freed");
    }
  });

  it("writes all of its output, whatever was there", () => {
    for (const { op, options, inputs, upstream, gradients } of vectors) {
      const run = (): number[][] =>
        c.scope(() => {
          const given = inputs();
          for (const { input } of gradients) given[input].requiresGrad = true;
          const results = [calls[op](given, options)].flat();
          const leaves = gradients.map(({ input }) => given[input]);
          const found = leaves.length > 0 ? c.gradients(results[0], leaves, { gradient: upstream() }) : [];
          return [...results, ...found].map(({ data }) => [...data]);
        });
      const clean = run();
      setAllocator({
        allocate: (length) => {
          const storage = chosen.allocate(length);
          storage.view.fill(NaN);
          return storage;
        },
      });
      expect(run(), `${op} ${JSON.stringify(options)}`).to.deep.equal(clean);
      setAllocator(chosen);
    }
  });

  it("takes tensors that another backend made", () => {
    for (const { op, options, inputs } of vectors) {
      const own = [calls[op](inputs(), options)].flat();
      c.useBackend("reference");
      const foreign = inputs();
      c.useBackend(c.backendNames().find((name) => c.findBackend(name) === chosen) ?? "");
      const results = [calls[op](foreign, options)].flat();
      expect(
        results.map(({ data }) => [...data]),
        op,
      ).to.deep.equal(own.map(({ data }) => [...data]));
    }
  });

  it("reduces nothing to 0, and to no number on average", () => {
    expect(c.sum(c.zeros([0, 3]), { dim: 0 }).toArray()).to.deep.equal([0, 0, 0]);
    expect(c.mean(c.zeros([0, 3]), { dim: 0 }).toArray()).to.deep.equal([NaN, NaN, NaN]);
    expect(c.sum(c.zeros([2, 0]), { dim: 0 }).shape).to.deep.equal([0]);
  });

  it("lets what is not a number through, as PyTorch does", () => {
    const x = c.tensor([
      [1, NaN],
      [3, 2],
    ]);
    expect(c.maxPool2d(x, 2).item()).to.be.NaN;
    expect(c.maxPool2dWithIndices(x, 2).indices.item()).to.equal(1);
    expect(c.minPool2d(x, 2).item()).to.be.NaN;
    expect(c.amax(x).item()).to.be.NaN;
    expect(c.argmax(x).item()).to.equal(1);
    expect(c.relu(x).item(0, 1)).to.be.NaN;
    expect(c.maximum(x, 5).item(0, 1)).to.be.NaN;
    expect(c.clamp(x, { min: 0, max: 1 }).item(0, 1)).to.be.NaN;
    expect(c.softmax(x).toArray()).to.deep.include([NaN, NaN]);
    const infinite = c.tensor([[Infinity, 1]]);
    // Doubling by lines reads no neighbour where its weight is 0.
    expect(c.interpolate(infinite, { size: [1, 2], mode: "bilinear" }).toArray()).to.deep.equal([
      [Infinity, 1],
    ]);
    expect(c.maxPool2d(c.full([2, 2], -Infinity), 2).item()).to.equal(-Infinity);
  });

  it("sums in more than single precision", () => {
    const x = c.full([1, 2 ** 20], 0.1);
    const exact = Math.fround(0.1) * 2 ** 20;
    expect(c.sum(x).item()).to.equal(Math.fround(exact));
    expect(c.mean(x).item()).to.equal(Math.fround(0.1));
  });
});

describe("choosing a backend", () => {
  afterEach(() => void c.useBackend("auto"));

  it("takes a name, and refuses others", () => {
    expect(c.useBackend("reference")).to.equal(c.backend());
    expect(c.backend().name).to.equal("reference");
    expect(() => c.useBackend("cuda")).to.throw(
      /^useBackend: name: expected one of .*reference or auto, got "cuda"$/,
    );
    expect(c.backendNames().at(-1)).to.equal("reference");
  });

  it("passes over one that this machine cannot run", () => {
    c.offerBackend("impossible", () => undefined);
    expect(c.findBackend("impossible")).to.equal(undefined);
    expect(() => c.useBackend("impossible")).to.throw(
      'useBackend: name: this machine cannot run the backend "impossible"',
    );
    expect(c.useBackend("auto").name).to.not.equal("impossible");
  });
});
