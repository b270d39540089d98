import type { Memory } from "./memory.js";

/** Bytes of prepared weights that are kept. */
const BUDGET = 256 * 2 ** 20;

export interface Prepared {
  address: number;
  /** What `prepare` returned: how far the weights lie apart, for those who ask. */
  range: number;
}

interface Entry extends Prepared {
  bytes: number;
  /** Of the weights that were prepared: their block's stamp, and their fingerprint where it was taken. */
  stamp: number | undefined;
  print: Int32Array | undefined;
}

/** Writes sixteen words to address `to` that say what `bytes` at `from` hold. */
export type Fingerprint = (from: number, bytes: number, to: number) => void;

/**
 * Weights in the layout that a kernel wants, kept from call to call. An entry counts only while the weights are
 * those that were prepared. Their block's stamp says so at once. While somebody holds the tensor's `data` and may
 * write to it, and where the weights are no tensor's, the fingerprint says so: it is taken as fast as memory is
 * read, which is a tenth of what preparing costs.
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
   * `preparedBytes` to the address it is given and returns their range.
   */
  find(
    key: string,
    weight: number,
    bytes: number,
    preparedBytes: number,
    prepare: (to: number) => number,
  ): Prepared {
    const full = `${key} ${weight} ${bytes}`;
    const stamp = this.#memory.blocks.at(weight)?.stamp;
    const found = this.#entries.get(full);
    if (found !== undefined) {
      // The map's order is the order of use, so that the entry used longest ago is its first.
      this.#entries.delete(full);
      this.#entries.set(full, found);
      const known = stamp !== undefined && found.stamp !== undefined;
      const print = known ? undefined : this.#take(weight, bytes);
      const same = known ? stamp === found.stamp : equal(print, found.print);
      if (!same) {
        // Should preparing fail, the entry stands for nothing.
        found.stamp = found.print = undefined;
        found.range = prepare(found.address);
      }
      found.stamp = stamp;
      found.print = print ?? found.print;
      return found;
    }
    this.#makeRoom(preparedBytes);
    const address = this.#memory.take(preparedBytes);
    const print = stamp === undefined ? this.#take(weight, bytes) : undefined;
    const entry = { address, range: prepare(address), bytes: preparedBytes, stamp, print };
    this.#entries.set(full, entry);
    this.#bytes += preparedBytes;
    return entry;
  }

  #take(weight: number, bytes: number): Int32Array {
    this.#fingerprint(weight, bytes, this.#print);
    return this.#memory.words.slice(this.#print / 4, this.#print / 4 + 16);
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

function equal(a: Int32Array | undefined, b: Int32Array | undefined): boolean {
  return a !== undefined && b !== undefined && a.every((word, index) => word === b[index]);
}
