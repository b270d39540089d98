import type { Memory } from "./memory.js";

/** Bytes of prepared weights that are kept. */
const BUDGET = 256 * 2 ** 20;

export interface Prepared {
  address: number;
  /** The largest magnitude among the weights; NaN if one is NaN. */
  magnitude: number;
}

interface Entry extends Prepared {
  /** A copy of the weights that were prepared. */
  copy: number;
  bytes: number;
  total: number;
}

/** Says whether two stretches of memory are equal, bit by bit. */
export type Same = (a: number, b: number, bytes: number) => number;

/**
 * Weights in the layout that a kernel wants, kept from call to call. Whoever holds a tensor may write to its
 * data, so an entry counts only while the weights still equal the copy that was prepared: comparing costs a
 * tenth of preparing, and weights that a training step changed differ in their first numbers.
 */
export class WeightCache {
  readonly #memory: Memory;
  readonly #same: Same;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(memory: Memory, same: Same) {
    this.#memory = memory;
    this.#same = same;
  }

  /**
   * The prepared form of `bytes` of weights at `weight`. `key` says how they are prepared; `prepare` writes
   * `preparedBytes` to the address it is given and returns the largest magnitude.
   */
  find(
    key: string,
    weight: number,
    bytes: number,
    preparedBytes: number,
    prepare: (to: number) => number,
  ): Prepared {
    const full = `${key} ${weight} ${bytes}`;
    const found = this.#entries.get(full);
    if (found !== undefined) {
      // The map's order is the order of use, so that the entry used longest ago is its first.
      this.#entries.delete(full);
      this.#entries.set(full, found);
      if (this.#same(found.copy, weight, bytes) === 0) {
        this.#copy(weight, found.copy, bytes);
        found.magnitude = prepare(found.address);
      }
      return found;
    }
    this.#makeRoom(preparedBytes + bytes);
    const entry: Entry = {
      address: this.#memory.take(preparedBytes),
      copy: this.#memory.take(bytes),
      magnitude: 0,
      bytes,
      total: preparedBytes + bytes,
    };
    this.#copy(weight, entry.copy, bytes);
    entry.magnitude = prepare(entry.address);
    this.#entries.set(full, entry);
    this.#bytes += entry.total;
    return entry;
  }

  /** Gives back all memory. */
  clear(): void {
    this.#makeRoom(Infinity);
  }

  #makeRoom(bytes: number): void {
    for (const [key, entry] of this.#entries) {
      if (this.#bytes + bytes <= BUDGET) return;
      this.#memory.give(entry.address);
      this.#memory.give(entry.copy);
      this.#entries.delete(key);
      this.#bytes -= entry.total;
    }
  }

  #copy(from: number, to: number, bytes: number): void {
    new Uint8Array(this.#memory.buffer).copyWithin(to, from, from + bytes);
  }
}
