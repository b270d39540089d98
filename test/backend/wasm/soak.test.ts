import { expect } from "chai";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as c from "../../../src/index.js";
import type { Tensor } from "../../../src/index.js";
import { Recent } from "../../../src/backend/recent.js";
import { Memory, reserve } from "../../../src/backend/wasm/memory.js";
import { WeightCache } from "../../../src/backend/wasm/weights.js";
import { eachBackend } from "../each.js";

describe("what was used of late", () => {
  const names = (recent: Recent<string>, all: string): string =>
    Array.from(all)
      .filter((name) => recent.get(name) !== undefined)
      .join("");

  it("is limited by entries, whatever their bytes", () => {
    const recent = new Recent<string>({ entries: 3, bytes: 1e9 });
    for (const name of "abcde") recent.set(name, name, 0);
    expect(recent.size).to.equal(3);
    expect(names(recent, "abcde")).to.equal("cde");
  });

  it("is limited by bytes, whatever their number", () => {
    const recent = new Recent<string>({ entries: 100, bytes: 10 });
    for (const name of "abcde") recent.set(name, name, 4);
    expect([recent.size, recent.bytes]).to.deep.equal([2, 8]);
    recent.set("f", "f", 50);
    expect(names(recent, "abcdef")).to.equal("f");
    recent.set("g", "g", 1);
    expect(names(recent, "fg")).to.equal("g");
  });

  it("drops what was used longest ago, and says so", () => {
    const dropped: string[] = [];
    const recent = new Recent<string>({ entries: 2, bytes: 100 }, (value) => dropped.push(value));
    recent.set("a", "A", 1);
    recent.set("b", "B", 1);
    recent.get("a");
    recent.set("c", "C", 1);
    recent.drop("a");
    recent.drop("a");
    recent.set("d", "D", 1);
    recent.shrink();
    expect(dropped).to.deep.equal(["B", "A", "C"]);
    expect([recent.size, recent.bytes]).to.deep.equal([1, 1]);
  });
});

describe("the cache of prepared weights", () => {
  function cacheOf(): { memory: Memory; cache: WeightCache } {
    const space = reserve();
    if (space === undefined) throw new Error("no memory");
    const memory = new Memory(space);
    return {
      memory,
      cache: new WeightCache(memory, (from, bytes, to) =>
        memory.words.fill(from + bytes, to / 4, to / 4 + 16),
      ),
    };
  }

  it("is limited by entries where weights live on", () => {
    const { memory, cache } = cacheOf();
    const held = Array.from({ length: 5000 }, () => memory.allocate(16, true));
    for (const { view } of held) cache.find("key", view.byteOffset, 64, 64, () => 0);
    expect(cache.size).to.equal(2048);
    const before = memory.blocks.used;
    for (const { view } of held) cache.find("key", view.byteOffset, 64, 64, () => 0);
    expect(memory.blocks.used).to.equal(before);
  });

  it("gives back what was prepared of weights that are freed, in every form", () => {
    const { memory, cache } = cacheOf();
    const empty = memory.blocks.used;
    for (let step = 0; step < 3000; step++) {
      const weight = memory.allocate(36, true);
      for (const key of ["forward", "backward"]) cache.find(key, weight.view.byteOffset, 144, 300, () => 0);
      weight.free();
    }
    expect(cache.size).to.equal(0);
    expect(memory.blocks.used).to.equal(empty);
  });

  it("keeps what was prepared of weights that are read from outside, for the next call", () => {
    const { memory, cache } = cacheOf();
    let prepared = 0;
    for (let call = 0; call < 5; call++) {
      const block = memory.borrow(144);
      cache.find("key", block.address, 144, 300, () => ++prepared);
      memory.leave(block);
    }
    expect(prepared).to.equal(1);
    expect(cache.size).to.equal(1);
  });
});

eachBackend("thousands of steps leave nothing behind", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const weight = (step: number, ...shape: number[]): Tensor => {
    const made = c.randn(shape, { seed: step + 1 });
    made.requiresGrad = true;
    return made;
  };
  const images = (...shape: number[]): Tensor => c.full(shape, 0.5);
  const back = (output: Tensor): void => {
    c.sum(output).backward();
  };
  const [four, eight, rows] = [images(1, 4, 6, 6), images(1, 8, 6, 6), images(4, 32)];
  const steps: Record<string, (step: number) => unknown> = {
    "conv2d with new weights": (step) => back(c.conv2d(four, weight(step, 4, 4, 3, 3))),
    "Winograd with new weights": (step) => back(c.conv2d(eight, weight(step, 8, 8, 3, 3), { padding: 1 })),
    "depthwise with new weights": (step) => back(c.conv2d(eight, weight(step, 8, 1, 3, 3), { groups: 8 })),
    "transposed with new weights": (step) =>
      back(c.convTranspose2d(four, weight(step, 4, 2, 3, 3), { stride: 2 })),
    "linear with new weights": (step) => back(c.linear(rows, weight(step, 8, 32))),
    "conv2d of new sizes": (step) => {
      const [height, width, channels] = [3 + (step % 13), 3 + (step % 17), 1 + (step % 5)];
      back(
        c.conv2d(images(1, channels, height, width), weight(step, 3, channels, 1 + (step % 3), 2), {
          padding: 1,
        }),
      );
    },
  };

  /** Bytes of the heap in use, and of the memory that tensors are in. */
  async function memory(): Promise<[number, number]> {
    // What the collector finds is given back in a later turn of the event loop, and may then free more.
    for (let round = 0; round < 12; round++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return [process.memoryUsage().heapUsed, c.ones([1]).storage.view.buffer.byteLength];
  }

  async function check(run: (from: number, to: number) => unknown): Promise<void> {
    await run(0, 1500);
    const [heap, bytes] = await memory();
    await run(1500, 4500);
    const [laterHeap, laterBytes] = await memory();
    // A step left 800 bytes behind once: 2.4 MB here.
    expect((laterHeap - heap) / 3000, "bytes of heap a step").to.be.lessThan(200);
    expect(laterBytes, "bytes of the tensors' memory").to.equal(bytes);
  }

  for (const [name, step] of Object.entries(steps)) {
    it(name, () =>
      check((from, to) => {
        for (let at = from; at < to; at++) c.scope(() => void step(at));
      }),
    ).timeout(120_000);
  }

  it("data that is held for a while, with awaits and without scopes", () =>
    check(async (from, to) => {
      const held: Float32Array[] = [];
      for (let at = from; at < to; at++) {
        const made = weight(at, 4, 4, 3, 3);
        held[at % 50] = made.data;
        back(c.conv2d(four, made));
        // Until the collector runs, tensors that nothing leads to are still there.
        if (at % 250 === 0) collect();
        if (at % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    })).timeout(120_000);
});
