import { expect } from "chai";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { reference } from "../../../src/backend/reference.js";
import { useBackend } from "../../../src/backend/choose.js";
import { WeightCache } from "../../../src/backend/wasm/weights.js";
import { Memory, reserve } from "../../../src/backend/wasm/memory.js";
import {
  assign,
  conv2d,
  convTranspose2d,
  mul,
  noGrad,
  ones,
  rand,
  scope,
  sub,
  sum,
  type Tensor,
} from "../../../src/index.js";
import { distance } from "./support.js";

/** The convolution of what `weight` holds now, computed by loops that prepare nothing. */
function expected(input: Tensor, weight: Tensor): Float32Array {
  const rows = { input: 12, kernel: 3, stride: 1, dilation: 1, before: 1, after: 1, output: 12 };
  const [outputChannels, inputChannels] = weight.shape;
  const output = new Float32Array(outputChannels * 144);
  const geometry = { batch: 1, inputChannels, outputChannels, groups: 1, rows, columns: rows };
  const numbers = weight.storage.view.slice();
  reference.conv2d(input.storage.view.slice(), numbers, undefined, output, geometry, "auto");
  return output;
}

describe("prepared weights", () => {
  before(() => useBackend("wasm"));
  after(() => useBackend("auto"));

  const input = rand([1, 16, 12, 12], { seed: 1 });
  const algorithms = ["auto", "direct"] as const;

  function check(weight: Tensor): void {
    for (const algorithm of algorithms) {
      const result = conv2d(input, weight, { padding: 1, algorithm });
      expect(distance(result.storage.view, expected(input, weight)), algorithm).to.be.lessThan(1e-5);
    }
  }

  it("follow what is written through data, through a view kept from before and through its parts", () => {
    const weight = rand([16, 16, 3, 3], { seed: 2 });
    check(weight);
    const { data } = weight;
    check(weight);
    data[7] = 9;
    check(weight);
    data.subarray(100, 140).fill(-3);
    check(weight);
    weight.data[2303] += 5;
    check(weight);
    data[0] = 4;
    check(weight);
  });

  it("follow what was written through a view that is gone", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const weight = rand([16, 16, 3, 3], { seed: 3 });
    check(weight);
    for (let round = 0; round < 4; round++) {
      // In a function of its own, so that nothing of it stays on the stack.
      (() => {
        weight.data.fill(round, 0, 500);
      })();
      collect();
      await new Promise((resolve) => setTimeout(resolve, 5));
      check(weight);
    }
  });

  it("follow assignments and steps of gradient descent", () => {
    const weight = rand([16, 16, 3, 3], { seed: 4 });
    weight.requiresGrad = true;
    check(weight);
    for (let step = 0; step < 3; step++) {
      scope(() => {
        sum(conv2d(input, weight, { padding: 1 })).backward();
        noGrad(() => {
          assign(weight, sub(weight, mul(weight.grad ?? ones([1]), 0.01)));
          check(weight);
        });
      });
      noGrad(() => check(weight));
    }
  });

  it("follow what touch announces, and memory that is used again", () => {
    for (let round = 0; round < 4; round++) {
      scope(() => {
        const weight = rand([16, 16, 3, 3], { seed: 5 + round });
        check(weight);
        weight.storage.view[11] = 50;
        weight.storage.touch();
        check(weight);
      });
    }
  });

  it("follow a transposed convolution's weight", () => {
    const weight = rand([16, 8, 4, 4], { seed: 6 });
    const run = (): Float32Array =>
      convTranspose2d(input, weight, { stride: 2, padding: 1 }).storage.view.slice();
    const before = run();
    expect(distance(run(), before)).to.equal(0);
    weight.data.fill(0);
    expect(run().every((value) => value === 0)).to.equal(true);
  });

  it("are found without reading the weights, until somebody may write", () => {
    const space = reserve();
    if (space === undefined) throw new Error("no WebAssembly memory");
    const memory = new Memory(space);
    let [prints, preparations] = [0, 0];
    const cache = new WeightCache(memory, (from, bytes, to) => {
      prints++;
      // As good as any for a test: the sum of the words.
      const words = memory.words.subarray(from / 4, (from + bytes) / 4);
      memory.words[to / 4] = words.reduce((total, word) => (total + word) | 0, 0);
    });
    const storage = memory.allocate(8);
    storage.view.fill(1);
    const find = (): void => {
      cache.find("test", storage.view.byteOffset, 32, 32, () => {
        preparations++;
        return 0;
      });
    };
    for (let call = 0; call < 5; call++) find();
    expect([prints, preparations]).to.deep.equal([0, 1]);
    storage.touch();
    find();
    find();
    expect([prints, preparations]).to.deep.equal([0, 2]);
    const { data } = storage;
    // From here on only the numbers themselves can tell; the first time, nothing is known of them yet.
    find();
    find();
    expect([prints, preparations]).to.deep.equal([2, 3]);
    data[0] = 2;
    find();
    expect([prints, preparations]).to.deep.equal([3, 4]);
  });
});
