import { Recent } from "../recent.js";
import type { Memory } from "./memory.js";

/** Prepared weights that are kept: several times as many as a large network has, forward and backward. */
const LIMITS = { entries: 2048, bytes: 256 * 2 ** 20 };

export interface Prepared {
  address: number;
  /** What `prepare` returned: how far the weights lie apart, for those who ask. */
  range: number;
}

interface Entry extends Prepared {
  /** Of the weights that were prepared: their block's stamp, and their fingerprint where it was taken. */
  stamp: number | undefined;
  print: Int32Array | undefined;
}

/** Writes sixteen words to address `to` that say what `bytes` at `from` hold. */
export type Fingerprint = (from: number, bytes: number, to: number) => void;

/**
 * Weights in the layout that a kernel wants, kept from call to call until the weights are freed. An entry counts only while the weights are
 * those that were prepared. Their block's stamp says so at once. While somebody holds the tensor's `data` and may
 * write to it, and where the weights are no tensor's, the fingerprint says so: it is taken as fast as memory is
 * read, which is a tenth of what preparing costs.
 */
export class WeightCache {
  readonly #memory: Memory;
  readonly #fingerprint: Fingerprint;
  readonly #print: number;
  readonly #entries: Recent<Entry>;

  constructor(memory: Memory, fingerprint: Fingerprint) {
    this.#memory = memory;
    this.#fingerprint = fingerprint;
    this.#print = memory.take(64);
    this.#entries = new Recent(LIMITS, ({ address }) => {
      memory.give(address);
    });
    memory.blocks.onFreed = (derived) => {
      for (const key of derived) this.#entries.drop(key);
    };
    // Not the weights used last, which a kernel may be about to read.
    memory.onShortage(() => {
      this.#entries.shrink();
    });
  }

  /** How many weights are kept prepared. */
  get size(): number {
    return this.#entries.size;
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
    const block = this.#memory.blocks.at(weight);
    const stamp = block?.stamp;
    const found = this.#entries.get(full);
    if (found !== undefined) {
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
    // Prepared weights go with the weights, as soon as it is certain whose they are.
    if (stamp !== undefined) block?.derive(full);
    this.#entries.makeRoom(preparedBytes);
    const address = this.#memory.take(preparedBytes);
    const print = stamp === undefined ? this.#take(weight, bytes) : undefined;
    const entry = { address, range: prepare(address), stamp, print };
    this.#entries.set(full, entry, preparedBytes);
    return entry;
  }

  #take(weight: number, bytes: number): Int32Array {
    this.#fingerprint(weight, bytes, this.#print);
    return this.#memory.words.slice(this.#print / 4, this.#print / 4 + 16);
  }
}

function equal(a: Int32Array | undefined, b: Int32Array | undefined): boolean {
  return a !== undefined && b !== undefined && a.every((word, index) => word === b[index]);
}
