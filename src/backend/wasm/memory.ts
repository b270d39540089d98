import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { freedError, type Storage } from "../../tensor/storage.js";
import { type Block, Blocks } from "./blocks.js";

const PAGE = 65_536;
/** The memory grows by this many pages or more at a time (16 MiB). */
const STEP = 256;
/** Bytes in use before the garbage collector is asked for the first time which of them still are. */
const COLLECT = 128 * 2 ** 20;

/** Addresses below this one belong to the modules' own data, to the workers' switchboard and to arguments. */
const RESERVED = 16_384;

/** A WebAssembly memory to put tensors into. */
export interface Space {
  memory: WebAssembly.Memory;
  /** Whether worker threads may see it. */
  shared: boolean;
  /** Pages that it can grow to. */
  maximum: number;
}

/**
 * Memory for WebAssembly: shared if the machine has it, as large as it lets us reserve (at most 4 GiB, which
 * 32-bit addresses reach; nothing is used up until it is written). `undefined` if there is none at all.
 */
export function reserve(): Space | undefined {
  for (const shared of [true, false]) {
    for (let maximum = 65_536; maximum >= 1024; maximum /= 2) {
      try {
        // Unshared memory detaches every view when it grows, so it is given its final size at once.
        const initial = shared ? STEP : maximum;
        return { memory: new WebAssembly.Memory({ initial, maximum, shared }), shared, maximum };
      } catch {
        // Not so much, or not shared: ask for less.
      }
    }
  }
  return undefined;
}

/** Tensors' numbers inside one WebAssembly memory. */
export class Memory {
  readonly shared: boolean;
  readonly memory: WebAssembly.Memory;
  readonly blocks: Blocks;
  readonly #maximum: number;
  readonly #reclaimers: (() => void)[] = [];
  readonly #known = new WeakSet<object>();
  readonly #unreachable = new FinalizationRegistry<Block>((block) => this.leave(block));
  #buffer: ArrayBufferLike;
  #words: Int32Array;
  #numbers: Float32Array;
  #collectAt = COLLECT;
  #collect: (() => void) | undefined;

  constructor({ memory, shared, maximum }: Space) {
    this.memory = memory;
    this.shared = shared;
    this.#maximum = maximum;
    this.#buffer = memory.buffer;
    this.#words = new Int32Array(this.#buffer);
    this.#numbers = new Float32Array(this.#buffer);
    this.#known.add(this.#buffer);
    this.blocks = new Blocks(RESERVED, (end) => this.#reach(end));
  }

  get buffer(): ArrayBufferLike {
    return this.#buffer;
  }

  /** All of the memory, by index (address / 4): making a view costs more than writing a few numbers. */
  get words(): Int32Array {
    return this.#words;
  }

  get numbers(): Float32Array {
    return this.#numbers;
  }

  /** Whether `view` shows this memory (at its byteOffset). */
  isOurs(view: Float32Array): boolean {
    return view.buffer === this.#buffer || this.#known.has(view.buffer);
  }

  /** The address of a block for `bytes`; throws if there is no room. */
  take(bytes: number): number {
    return this.borrow(bytes).address;
  }

  /** The block itself, for whoever gives it back with `leave`. */
  borrow(bytes: number): Block {
    if (this.blocks.used + bytes > this.#collectAt) this.#sweep();
    let block = this.blocks.take(bytes);
    if (block === undefined) {
      for (const reclaim of this.#reclaimers) reclaim();
      block = this.blocks.take(bytes);
    }
    if (block === undefined) throw this.#error(bytes);
    return block;
  }

  /** Has `reclaim` give back what can be made again, should memory run out. */
  onShortage(reclaim: () => void): void {
    this.#reclaimers.push(reclaim);
  }

  give(address: number): void {
    this.blocks.give(address);
  }

  view(address: number, length: number): Float32Array {
    return new Float32Array(this.#buffer, address, length);
  }

  allocate(length: number, owned = false): Storage {
    const block = this.borrow(length * 4);
    block.touch();
    const storage = new WasmStorage(this, block, length);
    if (!owned) storage.watch();
    return storage;
  }

  /** Has the block given back once nothing leads to `storage`. */
  watch(storage: Storage, block: Block): void {
    this.#unreachable.register(storage, block, block);
  }

  /** A reader's own buffer on the same memory: subarrays hold on to it too, so that it tells when all are gone. */
  lend(block: Block, length: number): Float32Array {
    const buffer = structuredClone(this.#buffer);
    block.join();
    this.#unreachable.register(buffer, block);
    return new Float32Array(buffer, block.address, length);
  }

  /** One that needed the block is gone. */
  leave(block: Block): void {
    this.blocks.leave(block);
  }

  forget(block: Block): void {
    this.#unreachable.unregister(block);
  }

  #reach(end: number): boolean {
    // Vectors may read some numbers past the last one.
    const missing = Math.ceil((end + 256 - this.#buffer.byteLength) / PAGE);
    if (missing <= 0) return true;
    const pages = this.#buffer.byteLength / PAGE;
    if (pages + missing > this.#maximum) return false;
    const wanted = Math.min(Math.max(missing, STEP, Math.floor(pages / 8)), this.#maximum - pages);
    try {
      this.memory.grow(wanted);
    } catch {
      return false;
    }
    this.#buffer = this.memory.buffer;
    this.#words = new Int32Array(this.#buffer);
    this.#numbers = new Float32Array(this.#buffer);
    this.#known.add(this.#buffer);
    return true;
  }

  /**
   * JavaScript's collector sees small objects and not the megabytes behind them, so it would wait too long: ask
   * it whenever twice as much is in use as after the last time. What it finds is back after the next turn of the
   * event loop; until then, only half as much again is a reason to ask once more.
   */
  #sweep(): void {
    this.#collect ??= collector();
    this.#collect();
    this.#collectAt = this.blocks.used + Math.max(COLLECT, this.blocks.used / 2);
    setImmediate(() => {
      this.#collectAt = Math.max(COLLECT, 2 * this.blocks.used);
    }).unref();
  }

  #error(bytes: number): RangeError {
    const size = (value: number): string => `${Math.ceil(value / 2 ** 20)} MiB`;
    return new RangeError(
      `out of WebAssembly memory: ${size(bytes)} asked for, ${size(this.blocks.used)} in use, ` +
        `${size(this.#maximum * PAGE)} at most`,
    );
  }
}

function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  return typeof collect === "function" ? (collect as () => void) : () => undefined;
}

class WasmStorage implements Storage {
  readonly length: number;
  readonly #memory: Memory;
  readonly #block: Block;
  #watched = false;
  #view: Float32Array | undefined;
  #lent: WeakRef<Float32Array> | undefined;
  #freed = false;

  constructor(memory: Memory, block: Block, length: number) {
    this.#memory = memory;
    this.#block = block;
    this.#view = block.view(memory.buffer, length);
    this.length = length;
  }

  get view(): Float32Array {
    if (this.#view === undefined) throw freedError();
    return this.#view;
  }

  get data(): Float32Array {
    const view = this.view;
    if (this.#freed) return view;
    if (!this.#memory.shared) return this.#move(view);
    let lent = this.#lent?.deref();
    if (lent === undefined) {
      lent = this.#memory.lend(this.#block, this.length);
      this.#lent = new WeakRef(lent);
    }
    return lent;
  }

  get freed(): boolean {
    return this.#view === undefined;
  }

  touch(): void {
    this.#block.touch();
  }

  free(): void {
    if (this.#view === undefined) return;
    this.#view = undefined;
    this.#release();
  }

  watch(): void {
    if (this.#watched || this.#freed) return;
    this.#watched = true;
    this.#memory.watch(this, this.#block);
  }

  #release(): void {
    if (this.#freed) return;
    this.#freed = true;
    if (this.#watched) this.#memory.forget(this.#block);
    this.#memory.leave(this.#block);
  }

  /** Unshared memory has one buffer for all, so what a reader holds moves to the heap and stays there. */
  #move(view: Float32Array): Float32Array {
    const moved = view.slice();
    this.#view = moved;
    this.#release();
    return moved;
  }
}
