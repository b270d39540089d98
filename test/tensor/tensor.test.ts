import { expect } from "chai";
import {
  arange,
  assign,
  full,
  keep,
  manualSeed,
  mul,
  ones,
  rand,
  randn,
  scope,
  sum,
  tensor,
  type Tensor,
  zeros,
} from "../../src/index.js";
import { eachBackend } from "../backend/each.js";

describe("creating tensors", () => {
  it("takes nested arrays, flat arrays with a shape, and typed arrays", () => {
    expect(
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]).shape,
    ).to.deep.equal([2, 3]);
    expect(tensor([1, 2, 3, 4], [2, 2]).toArray()).to.deep.equal([
      [1, 2],
      [3, 4],
    ]);
    expect(tensor(Uint8Array.of(7, 9)).toArray()).to.deep.equal([7, 9]);
    expect(tensor(5).shape).to.deep.equal([]);
    expect(tensor(5).item()).to.equal(5);
    expect(tensor([]).shape).to.deep.equal([0]);
    expect(tensor([[], []]).shape).to.deep.equal([2, 0]);
  });

  it("copies what it is given", () => {
    const numbers = Float32Array.of(1, 2);
    const made = tensor(numbers);
    numbers[0] = 9;
    expect(made.toArray()).to.deep.equal([1, 2]);
  });

  it("rounds to float32", () => {
    expect(tensor([0.1]).item()).to.equal(Math.fround(0.1));
  });

  it("refuses ragged rows, other values and wrong shapes, and says where", () => {
    expect(() => tensor([[1, 2], [3]])).to.throw(
      "tensor: values[1]: expected an array of 2, like its neighbours, got an array of 1",
    );
    expect(() => tensor([[1], 2])).to.throw(
      "tensor: values[1]: expected an array of 1, like its neighbours, got 2",
    );
    expect(() => tensor([1, "2" as unknown as number])).to.throw(
      'tensor: values[1]: expected a number, got "2"',
    );
    expect(() => tensor([1, 2, 3], [2, 2])).to.throw(
      "tensor: shape: expected 3 numbers in all, got [2, 2] = 4 numbers",
    );
    expect(() => zeros([2, -1])).to.throw("zeros: shape[1]: expected a whole number ≥ 0, got -1");
    expect(() => ones([1.5])).to.throw("ones: shape[0]: expected a whole number ≥ 0, got 1.5");
    expect(() => zeros(3 as unknown as number[])).to.throw("zeros: shape: expected an array of sides, got 3");
    expect(() => tensor(BigInt64Array.of(1n) as unknown as number)).to.throw(
      "tensor: values: expected numbers, got BigInt64Array",
    );
  });

  it("fills and counts", () => {
    expect(full([2], 0.5).toArray()).to.deep.equal([0.5, 0.5]);
    expect(arange(0, 1, 0.25).toArray()).to.deep.equal([0, 0.25, 0.5, 0.75]);
    expect(arange(3, 0, -1).toArray()).to.deep.equal([3, 2, 1]);
    expect(() => arange(0, 3, 0)).to.throw("arange: step: expected a step from 0 to 3, got 0");
    expect(() => arange(0, 3, -1)).to.throw("arange: step");
    const loose = arange as (...given: unknown[]) => unknown;
    for (const wrong of [NaN, Infinity, "3", null, [3], true, 3n, Symbol("three")]) {
      for (const [argument, call] of Object.entries({
        start: () => loose(wrong, 3),
        end: () => loose(0, wrong),
        step: () => loose(0, 3, wrong),
      })) {
        expect(call).to.throw(`arange: ${argument}: expected a finite number, got `);
      }
    }
  });
});

describe("random tensors", () => {
  it("are the same for the same seed, other for another, on every machine", () => {
    expect(rand([4], { seed: 1 }).toArray()).to.deep.equal(rand([4], { seed: 1 }).toArray());
    expect(rand([4], { seed: 1 }).toArray()).to.not.deep.equal(rand([4], { seed: 2 }).toArray());
    manualSeed(3);
    const first = randn([5]).toArray();
    expect(randn([5]).toArray()).to.not.deep.equal(first);
    manualSeed(3);
    expect(randn([5]).toArray()).to.deep.equal(first);
  });

  it("have the moments of their distributions", () => {
    const moments = (values: Float32Array): [number, number] => {
      const mean = values.reduce((total, value) => total + value, 0) / values.length;
      return [mean, values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length];
    };
    const [uniformMean, uniformVariance] = moments(rand([40000], { seed: 1 }).data);
    expect(uniformMean).to.be.closeTo(0.5, 0.01);
    expect(uniformVariance).to.be.closeTo(1 / 12, 0.005);
    const [normalMean, normalVariance] = moments(randn([40000], { seed: 1 }).data);
    expect(normalMean).to.be.closeTo(0, 0.02);
    expect(normalVariance).to.be.closeTo(1, 0.03);
  });

  it("count all bits of a seed, and give what they always gave for 32", () => {
    expect(() => rand([1], { seed: 2 ** 53 })).to.throw("expected a whole number ≥ 0, below 2⁵³, got 9007");
    const seeds = [0, 1, 2, 2 ** 32 - 1];
    const high = [1, 2, 3, 2 ** 20, 2 ** 21 - 1];
    const all = [...seeds, ...high.flatMap((part) => seeds.map((seed) => seed + part * 2 ** 32))];
    const firsts = all.map((seed) => String([...rand([4], { seed }).data]));
    expect(new Set(firsts).size).to.equal(all.length);
    expect(new Set(firsts.map((numbers) => numbers.split(",")[0])).size, "even the first").to.equal(
      all.length,
    );
    expect(rand([3], { seed: 1 }).toArray()).to.deep.equal([
      0.09156948328018188, 0.5061977505683899, 0.8881927728652954,
    ]);
    expect(rand([2], { seed: 2 ** 32 - 1 }).toArray()).to.deep.equal([
      0.9555829763412476, 0.42511528730392456,
    ]);
  });

  it("refuse a seed that is no whole number", () => {
    expect(() => rand([1], { seed: 0.5 })).to.throw("rand: seed: expected a whole number ≥ 0, got 0.5");
    for (const seed of [NaN, -1, 1.5]) {
      expect(() => manualSeed(seed)).to.throw(`manualSeed: seed: expected a whole number ≥ 0, got ${seed}`);
    }
  });
});

describe("reading tensors", () => {
  it("gives single numbers", () => {
    expect(
      tensor([
        [1, 2],
        [3, 4],
      ]).item(1, 0),
    ).to.equal(3);
    expect(() => tensor([1, 2]).item()).to.throw(
      "item: tensor: expected one number, or indices that say which, got a tensor of shape [2]",
    );
    expect(() => tensor([1, 2]).item(2)).to.throw("item: indices[0]: expected less than 2, got 2");
    expect(() => tensor([1, 2]).item(0, 0)).to.throw("item: indices: expected 1 of them for shape [2]");
  });

  it("prints as PyTorch does, with the same digits everywhere", () => {
    expect(
      String(
        tensor([
          [1, -2],
          [30, 4],
        ]),
      ),
    ).to.equal("tensor([[ 1, -2],\n        [30,  4]])");
    expect(String(tensor([0.5, -1]))).to.equal("tensor([ 0.5000, -1.0000])");
    expect(String(tensor([-0, -0.00001, 1]))).to.equal("tensor([0.0000, 0.0000, 1.0000])");
    expect(String(tensor([1e-7, 2e-5]))).to.equal("tensor([1.0000e-7, 2.0000e-5])");
    expect(String(tensor([1.5e8]))).to.equal("tensor([1.5000e+8])");
    expect(String(tensor([10.999999, -2.4e-7])), "rounding does not show").to.equal("tensor([11,  0])");
    expect(String(tensor([10.999, 0]))).to.equal("tensor([10.9990,  0.0000])");
    expect(String(tensor([NaN, 1.5]))).to.equal("tensor([   NaN, 1.5000])");
    expect(String(tensor(3))).to.equal("tensor(3)");
    expect(String(zeros([0, 2]))).to.equal("tensor([], shape [0, 2])");
    expect(String(zeros([2000]))).to.equal("tensor([0, 0, 0, …, 0, 0, 0], shape [2000])");
    expect(String(zeros([2, 1, 2]))).to.equal("tensor([[[0, 0]],\n\n        [[0, 0]]])");
    expect(String(zeros([6, 6, 6, 6, 6, 6, 6, 6])).match(/0/g), "as many as PyTorch").to.have.length(6 ** 8);
  });
});

eachBackend("memory", () => {
  it("data is a live view", () => {
    const x = tensor([1, 2]);
    x.data[0] = 5;
    expect(sum(x).item()).to.equal(7);
    expect(x.data).to.be.instanceOf(Float32Array);
    expect(x.data).to.have.length(2);
  });

  it("a scope frees what it does not return, and use of that throws", () => {
    const lost: Tensor[] = [];
    const result = scope(() => {
      const inner = ones([2]);
      lost.push(inner);
      return { nested: [mul(inner, 3)], map: new Map([["a", mul(inner, 4)]]), number: 1 };
    });
    expect(result.nested[0].toArray()).to.deep.equal([3, 3]);
    expect(result.map.get("a")?.toArray()).to.deep.equal([4, 4]);
    for (const use of [
      () => lost[0].data,
      () => mul(lost[0], 2),
      () => lost[0].item(0),
      () => String(lost[0]),
    ]) {
      expect(use).to.throw(
        "tensor: data: expected a tensor that was returned from scope(fn) or kept with keep(tensor), " +
          "got one that was freed when its scope ended",
      );
    }
  });

  it("a returned tensor stays differentiable", () => {
    const x = tensor([2, 3]);
    x.requiresGrad = true;
    const y = scope(() => sum(mul(mul(x, x), x)));
    y.backward();
    expect(x.grad?.toArray()).to.deep.equal([12, 27]);
  });

  it("scopes nest, keep takes out of all of them, and an error frees too", () => {
    const kept: Tensor[] = [];
    const lost: Tensor[] = [];
    const outer = scope(() => {
      const inner = scope(() => {
        kept.push(keep(full([1], 7)));
        return full([1], 8);
      });
      expect(inner.item()).to.equal(8);
      lost.push(inner);
      return 1;
    });
    expect(outer).to.equal(1);
    expect(kept[0].item()).to.equal(7);
    expect(() => lost[0].data).to.throw("freed");
    expect(() =>
      scope(() => {
        lost.push(ones([1]));
        throw new Error("stop");
      }),
    ).to.throw("stop");
    expect(() => lost[1].data).to.throw("freed");
  });

  it("data stays what it was while anyone holds it or a part of it, whatever is allocated after", () => {
    let part: Float32Array = new Float32Array();
    let whole: Float32Array = new Float32Array();
    scope(() => {
      whole = full([64], 3).data;
      part = full([64], 4).data.subarray(10, 20);
    });
    scope(() => {
      for (let index = 0; index < 200; index++) full([64], 9);
    });
    expect([...new Set(whole)]).to.deep.equal([3]);
    expect([...new Set(part)]).to.deep.equal([4]);
  });

  it("a gradient lives as long as its tensor, a replaced one as long as the scope", () => {
    const x = tensor([1, 2]);
    x.requiresGrad = true;
    const former: Tensor[] = [];
    scope(() => {
      sum(mul(x, x)).backward();
    });
    expect(x.grad?.toArray()).to.deep.equal([2, 4]);
    scope(() => {
      if (x.grad !== undefined) former.push(x.grad);
      x.grad = null;
      sum(mul(x, 3)).backward();
    });
    expect(x.grad?.toArray()).to.deep.equal([3, 3]);
    expect(() => former[0].data).to.throw("freed");
  });

  it("refuses scopes that await", () => {
    expect(() => scope(() => Promise.resolve(1))).to.throw(
      "scope: fn: expected a function that does not await, got a function that returns a promise",
    );
    expect(() => scope(() => ({ then: () => 1 }))).to.throw("a function that returns a promise");
    expect(() => scope(5 as unknown as () => number)).to.throw("scope: fn: expected a function, got 5");
  });

  it("says what could not be allocated", () => {
    expect(() => zeros([2 ** 16, 2 ** 16])).to.throw(
      /^tensor: shape: expected at most .*, got \[65536, 65536\] \(65536 · 65536 = 4294967296 numbers, 16384 MiB\)\. .*scope\(fn\)/,
    );
  });

  it("assigns to and from tensors alone", () => {
    const loose = assign as (target: unknown, source: unknown) => unknown;
    for (const wrong of [undefined, null, 5, "x", [1, 2], new Float32Array(2), { shape: [2] }]) {
      expect(() => loose(zeros([2]), wrong)).to.throw("assign: source: expected a tensor, got ");
      expect(() => loose(wrong, zeros([2]))).to.throw("assign: target: expected a tensor, got ");
    }
  });

  it("assigns in place", () => {
    const x = zeros([2]);
    const { data } = x;
    assign(x, tensor([1, 2]));
    expect([...data]).to.deep.equal([1, 2]);
    expect(() => assign(x, zeros([3]))).to.throw(
      "assign: source: expected shape [2], got a tensor of shape [3]",
    );
    x.requiresGrad = true;
    expect(() => assign(mul(x, 2), x)).to.throw("assign: target: expected a tensor without history");
  });
});
