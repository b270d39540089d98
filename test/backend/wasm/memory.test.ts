import { expect } from "chai";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Blocks, sizeClass } from "../../../src/backend/wasm/blocks.js";
import { createWasmBackend } from "../../../src/backend/wasm/index.js";
import { convGeometry, distance, Draws, lengths, reference } from "./support.js";

const small = (pages: number, shared: boolean): ReturnType<typeof createWasmBackend> =>
  createWasmBackend({
    memory: new WebAssembly.Memory({ initial: shared ? 1 : pages, maximum: pages, shared }),
    shared,
    maximum: pages,
  });

describe("wasm blocks", () => {
  it("waste at most an eighth, and are reused by size", () => {
    for (const bytes of [0, 4, 100, 1000, 4096, 100_000, 12_845_056]) {
      const size = sizeClass(bytes);
      expect(size % 64).to.equal(0);
      expect(size).to.be.within(bytes + 16, Math.max(128, (bytes + 16) * 1.125 + 64));
    }
    const blocks = new Blocks(64, () => true);
    const take = (bytes: number): number => blocks.take(bytes)?.address ?? NaN;
    const first = take(1000);
    const second = take(1000);
    expect(second).to.be.at.least(first + 1016);
    blocks.give(first);
    blocks.give(first);
    expect(take(1005)).to.equal(first);
    expect(take(1000)).to.not.equal(first);
  });

  it("are merged and cut anew only when the region is full", () => {
    const blocks = new Blocks(0, (end) => end <= 1 << 20);
    const take = (bytes: number): number | undefined => blocks.take(bytes)?.address;
    const many = Array.from({ length: 100 }, () => take(10_000) ?? NaN);
    expect(Math.min(...many)).to.equal(0);
    expect(take(500_000)).to.equal(undefined);
    for (const address of many.slice(10)) blocks.give(address);
    const large = take(500_000) ?? NaN;
    expect(large).to.be.at.least(10 * 10_016);
    const again = Array.from({ length: 20 }, () => take(5000) ?? NaN);
    const taken = [...many.slice(0, 10), large, ...again].sort((a, b) => a - b);
    expect(new Set(taken).size).to.equal(31);
    expect(taken[0]).to.equal(0);
    for (const address of taken) blocks.give(address);
    expect(blocks.used).to.equal(0);
    expect(take(1_000_000)).to.equal(0);
  });
});

describe("wasm memory", () => {
  it("says what was asked for, what is in use and what there is", () => {
    const wasm = small(32, true);
    const held = wasm?.allocate(100_000);
    expect(() => wasm?.allocate(500_000)).to.throw(
      /out of WebAssembly memory: 2 MiB asked for, 1 MiB in use, 2 MiB at most/,
    );
    held?.free();
    expect(wasm?.allocate(400_000).length).to.equal(400_000);
  });

  it("gives up prepared weights before it gives up", () => {
    const wasm = small(40, true);
    if (wasm === undefined) throw new Error("no shared memory");
    const geometry = convGeometry({ channels: 32, size: [8, 8], out: 32, kernel: [3, 3], padding: 1 });
    const draws = new Draws(41);
    const size = lengths(geometry);
    const weights = [0, 1, 2, 3, 4, 5].map(() => draws.numbers(size.weight));
    const input = draws.numbers(size.input);
    const [result, expected] = [wasm.allocate(size.output), new Float32Array(size.output)];
    for (let round = 0; round < 3; round++) {
      for (const weight of weights) {
        const inside = wasm.allocate(size.weight);
        inside.view.set(weight);
        wasm.conv2d(input, inside.view, undefined, result.view, geometry, "auto");
        reference.conv2d(input, weight, undefined, expected, geometry, "auto");
        expect(distance(result.view, expected)).to.be.lessThan(5e-5);
        if (round === 0) inside.free();
      }
    }
  });

  it("grows under views that stay valid", () => {
    const wasm = small(1024, true);
    const first = wasm?.allocate(1000);
    first?.view.fill(3);
    const later = wasm?.allocate(4_000_000);
    later?.view.fill(4);
    expect(first?.view[999]).to.equal(3);
    expect(first?.data[999]).to.equal(3);
    const result = wasm?.allocate(1000);
    if (first && result) wasm?.unary("negative", first.view, result.view);
    expect(result?.view[0]).to.equal(-3);
  });

  it("is given back when a reader's last view is gone, not before", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
    const wasm = small(64, true);
    let part = wasm?.allocate(1000).data.subarray(10, 20).fill(6);
    for (let round = 0; round < 3; round++) {
      collect();
      await turn();
    }
    for (let index = 0; index < 10; index++) wasm?.allocate(1000).view.fill(9);
    expect(part?.[5]).to.equal(6);
    part = undefined;
    // Blocks of storages and readers that are gone come back: a leak would fill 4 MiB by far.
    for (let round = 0; round < 20; round++) {
      for (let index = 0; index < 50; index++) wasm?.allocate(1000);
      collect();
      await turn();
    }
    expect(part).to.equal(undefined);
  });

  it("is left to its owner, and watched from when the owner lets go", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
    const wasm = small(64, true);
    if (wasm === undefined) throw new Error("no shared memory");
    const address = wasm.allocate(1000, true).view.byteOffset;
    const settle = async (): Promise<void> => {
      for (let round = 0; round < 3; round++) {
        collect();
        await turn();
      }
    };
    await settle();
    // Nobody freed it, so it is not handed out again.
    expect(wasm.allocate(1000, true).view.byteOffset).to.not.equal(address);
    const watched = ((): number => {
      const storage = wasm.allocate(1000, true);
      storage.watch();
      storage.watch();
      return storage.view.byteOffset;
    })();
    await settle();
    expect(wasm.allocate(1000, true).view.byteOffset).to.equal(watched);
    const freed = wasm.allocate(1000, true);
    const again = freed.view.byteOffset;
    freed.free();
    freed.watch();
    expect(wasm.allocate(1000).view.byteOffset).to.equal(again);
  });

  it("works unshared, on one thread, with readers on the heap", () => {
    const wasm = small(256, false);
    if (wasm === undefined) throw new Error("no unshared memory");
    wasm.threads = 4;
    expect(wasm.threads).to.equal(1);
    const draws = new Draws(40);
    const geometry = convGeometry({ channels: 8, size: [20, 20], out: 8, kernel: [3, 3], padding: 1 });
    const size = lengths(geometry);
    const [input, weight] = [draws.numbers(size.input), draws.numbers(size.weight)];
    const result = wasm.allocate(size.output);
    wasm.conv2d(input, weight, undefined, result.view, geometry, "auto");
    const expected = new Float32Array(size.output);
    reference.conv2d(input, weight, undefined, expected, geometry, "auto");
    const { data } = result;
    expect(distance(data, expected)).to.be.lessThan(5e-5);
    data[0] = 77;
    expect(result.view[0]).to.equal(77);
    wasm.unary("relu", result.view, result.view);
    expect(result.data[0]).to.equal(77);
    result.free();
    expect(() => result.view).to.throw("freed");
  });
});
