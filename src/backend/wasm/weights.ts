import type { Memory } from "./memory.js";

/** Bytes of prepared weights that are kept. */
const BUDGET = 256 * 2 ** 20;

export interface Prepared {
  address: number;
  /** The largest magnitude among the weights; NaN if one is NaN. */
  magnitude: number;
}

interface Entry extends Prepared {
  /** The fingerprint of the weights that were prepared. */
  print: Int32Array;
  bytes: number;
}

/** Writes sixteen words to address `to` that say what `bytes` at `from` hold. */
export type Fingerprint = (from: number, bytes: number, to: number) => void;

/**
 * Weights in the layout that a kernel wants, kept from call to call. Whoever holds a tensor may write to its
 * data, so an entry counts only while the weights have the fingerprint of those that were prepared: it is taken
 * as fast as memory is read, which is a tenth of what preparing costs.
 */
export class WeightCache {
  readonly #memory: Memory;
  readonly #fingerprint: Fingerprint;
  readonly #print: number;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(memory: Memory, fingerprint: Fingerprint) {
    this.#memory = memory;
    this.#fingerprint = fingerprint;
    this.#print = memory.take(64);
    memory.onShortage(() => this.#clear());
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
    this.#fingerprint(weight, bytes, this.#print);
    const first = this.#print / 4;
    const print = this.#memory.words.slice(first, first + 16);
    const found = this.#entries.get(full);
    if (found !== undefined) {
      // The map's order is the order of use, so that the entry used longest ago is its first.
      this.#entries.delete(full);
      this.#entries.set(full, found);
      if (!found.print.every((word, index) => word === print[index])) {
        found.magnitude = prepare(found.address);
        found.print.set(print);
      }
      return found;
    }
    this.#makeRoom(preparedBytes);
    const address = this.#memory.take(preparedBytes);
    const entry = { address, magnitude: prepare(address), print, bytes: preparedBytes };
    this.#entries.set(full, entry);
    this.#bytes += preparedBytes;
    return entry;
  }

  /** Gives back all but the entry used last, which a kernel may be about to read. */
  #clear(): void {
    for (const [key, entry] of [...this.#entries].slice(0, -1)) this.#remove(key, entry);
  }

  #makeRoom(bytes: number): void {
    for (const [key, entry] of this.#entries) {
      if (this.#bytes + bytes <= BUDGET) return;
      this.#remove(key, entry);
    }
  }

  #remove(key: string, entry: Entry): void {
    this.#memory.give(entry.address);
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}
