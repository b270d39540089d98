import { expect } from "chai";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  add,
  assign,
  conv2d,
  detach,
  maxPool2d,
  mul,
  noGrad,
  ones,
  randn,
  relu,
  reshape,
  scope,
  square,
  sub,
  sum,
  tensor,
  type Tensor,
  zeros,
} from "../../src/index.js";
import { eachBackend } from "../backend/each.js";

function parameter(values: Tensor): Tensor {
  values.requiresGrad = true;
  return values;
}

describe("backward", () => {
  it("accumulates into leaves, over several ways and several calls", () => {
    const x = parameter(tensor([1, 2, 3]));
    sum(add(mul(x, x), x)).backward();
    const held = x.grad;
    expect(held?.toArray()).to.deep.equal([3, 5, 7]);
    sum(x).backward();
    expect(x.grad?.toArray()).to.deep.equal([4, 6, 8]);
    expect(held, "the same tensor, grown").to.equal(x.grad);
    x.grad = null;
    sum(x).backward();
    expect(x.grad?.toArray()).to.deep.equal([1, 1, 1]);
  });

  it("gives each leaf memory of its own", () => {
    const [a, b] = [parameter(tensor([1])), parameter(tensor([2]))];
    const upstream = tensor([1]);
    add(a, b).backward(upstream);
    a.grad?.data.fill(99);
    expect(b.grad?.toArray()).to.deep.equal([1]);
    expect(upstream.toArray()).to.deep.equal([1]);
  });

  it("starts from a gradient where there are several numbers", () => {
    const x = parameter(tensor([1, 2]));
    expect(() => {
      mul(x, x).backward();
    }).to.throw("backward: gradient: expected one for a tensor of several numbers");
    expect(() => {
      mul(x, x).backward(ones([3]));
    }).to.throw("backward: gradient: expected shape [2], got a tensor of shape [3]");
    expect(() => {
      mul(x, x).backward([1, 1] as unknown as Tensor);
    }).to.throw("backward: gradient: expected a tensor, got [1, 1]");
    mul(x, x).backward(tensor([1, 10]));
    expect(x.grad?.toArray()).to.deep.equal([2, 40]);
  });

  it("refuses a tensor without history", () => {
    expect(() => {
      tensor([1]).backward();
    }).to.throw(
      "backward: tensor: expected one that was computed from a tensor with requiresGrad, outside noGrad",
    );
  });

  it("lets go of the tape unless asked to keep it", () => {
    const x = parameter(tensor([3]));
    const y = mul(x, x);
    y.backward(undefined, { retainGraph: true });
    y.backward();
    expect(x.grad?.item()).to.equal(12);
    expect(() => {
      y.backward();
    }).to.throw(/^backward: tape: expected .*, got a part that was used by an earlier backward/);
    const loose = parameter(tensor([1])) as unknown as Record<"grad" | "requiresGrad", unknown>;
    for (const wrong of ["yes", 1, null, undefined, {}]) {
      expect(() => (loose.requiresGrad = wrong)).to.throw(
        "requiresGrad: value: expected true or false, got ",
      );
    }
    for (const wrong of [5, "x", [1], {}, new Float32Array(1)]) {
      expect(() => (loose.grad = wrong)).to.throw("grad: value: expected a tensor, null or undefined, got ");
    }
    for (const name of ["retainGraph", "createGraph"]) {
      expect(() => {
        sum(x).backward(undefined, { [name]: "no" });
      }).to.throw(`backward: ${name}: expected true or false, got "no"`);
    }
  });

  it("goes 10,000 steps deep, and wide", () => {
    const x = parameter(tensor([1]));
    let y = x;
    for (let step = 0; step < 10_000; step++) y = add(mul(y, 1), 0);
    y.backward();
    expect(x.grad?.item()).to.equal(1);
    const z = parameter(tensor([1]));
    let total = z;
    for (let step = 0; step < 10_000; step++) total = add(total, z);
    total.backward();
    expect(z.grad?.item()).to.equal(10_001);
  });

  it("refuses values that were changed after they were used", () => {
    const w = parameter(tensor([2]));
    const y = mul(w, w);
    assign(w, tensor([5]));
    expect(() => {
      y.backward();
    }).to.throw(/^backward: tape: expected .*, got one where a tensor of shape \[1\] was changed in place/);
  });

  it("computes what its reader asked for and nothing else", () => {
    const x = parameter(tensor([1]));
    const frozen = tensor([1]);
    mul(x, frozen).backward();
    expect(frozen.grad).to.equal(undefined);
  });
});

describe("noGrad and detach", () => {
  it("leave no history, also after an error", () => {
    const x = parameter(tensor([1]));
    expect(noGrad(() => mul(x, x)).requiresGrad).to.equal(false);
    expect(() =>
      noGrad(() => {
        throw new Error("stop");
      }),
    ).to.throw("stop");
    expect(mul(x, x).requiresGrad).to.equal(true);
    mul(detach(mul(x, 3)), x).backward();
    expect(x.grad?.item()).to.equal(3);
    expect(() => noGrad(() => Promise.resolve())).to.throw(
      "noGrad: fn: expected a function that does not await",
    );
    // A function that passes another's result on may be of any type.
    const same = <T>(fn: () => T): T => noGrad(() => scope(fn));
    expect(same(() => 5)).to.equal(5);
    expect(() => noGrad(5 as unknown as () => number)).to.throw("noGrad: fn: expected a function, got 5");
  });

  it("requiresGrad cannot be taken from a computed tensor", () => {
    const y = mul(parameter(tensor([1])), 2);
    expect(() => (y.requiresGrad = false)).to.throw(
      "requiresGrad: value: expected true on a computed tensor",
    );
  });
});

eachBackend("memory over 10,000 training steps", (chosen) => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;

  // The reference's arrays are counted to the byte. Of a backend with memory of its own only the process's is
  // known, and it may put off tidying up until some 100 MiB are in use, so its steps are larger.
  const own = chosen.name !== "reference";
  const side = own ? 40 : 10;
  // What 9,000 leaked steps would hold is more than twice this: a step keeps some 12·side² numbers.
  const allowed = own ? 300 : 15;

  function training(): () => void {
    const weight = parameter(randn([4, 1, 3, 3], { seed: 1 }));
    const image = randn([1, side, side], { seed: 2 });
    return () => {
      const output = maxPool2d(relu(conv2d(image, weight, { padding: 1 })), 2);
      const loss = sum(square(sub(output, 1)));
      weight.grad = null;
      loss.backward();
      const { grad: slope } = weight;
      if (slope !== undefined) noGrad(() => assign(weight, sub(weight, mul(slope, 1e-4))));
    };
  }

  /** What is in use, in MiB, once the collector and those who wait for it are done. */
  async function used(): Promise<number> {
    for (let round = 0; round < 3; round++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    return (own ? rss : heapUsed + arrayBuffers) / 2 ** 20;
  }

  it("does not grow in a loop that never awaits, with scope", async () => {
    const step = training();
    for (let index = 0; index < 1000; index++) scope(step);
    const start = await used();
    for (let index = 0; index < 9000; index++) scope(step);
    expect((await used()) - start).to.be.lessThan(allowed);
  });

  it("does not grow in a loop that awaits, without scope", async () => {
    const step = training();
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const run = async (steps: number): Promise<void> => {
      for (let index = 0; index < steps; index++) {
        step();
        await turn();
      }
    };
    await run(1000);
    const start = await used();
    await run(9000);
    expect((await used()) - start).to.be.lessThan(allowed);
  });
});

describe("the tape", () => {
  it("carries gradients through shared memory", () => {
    const x = parameter(zeros([2, 2]));
    sum(mul(reshape(x, [4]), tensor([1, 2, 3, 4]))).backward();
    expect(x.grad?.toArray()).to.deep.equal([
      [1, 2],
      [3, 4],
    ]);
  });
});
