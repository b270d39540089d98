interface Entry<V> {
  value: V;
  bytes: number;
}

/**
 * What was used of late, by name: at most so many values, of so many bytes in all. The value used longest ago goes
 * first; one that alone is larger than allowed is kept until the next comes. Both limits are needed: many small values
 * cost more than their bytes, few large ones fill the memory.
 */
export class Recent<V> {
  /** The order is that of use. */
  readonly #entries = new Map<string, Entry<V>>();
  readonly #most: number;
  readonly #mostBytes: number;
  readonly #dropped: ((value: V) => void) | undefined;
  #bytes = 0;

  constructor(limits: { entries: number; bytes: number }, dropped?: (value: V) => void) {
    this.#most = limits.entries;
    this.#mostBytes = limits.bytes;
    this.#dropped = dropped;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): V | undefined {
    const found = this.#entries.get(key);
    if (found === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, found);
    return found.value;
  }

  /** Takes a value in, of a name that has none. */
  set(key: string, value: V, bytes: number): void {
    this.makeRoom(bytes);
    this.#entries.set(key, { value, bytes });
    this.#bytes += bytes;
  }

  /** Drops values until there is room for one of so many bytes. */
  makeRoom(bytes: number): void {
    for (const key of this.#entries.keys()) {
      if (this.#entries.size < this.#most && this.#bytes + bytes <= this.#mostBytes) return;
      this.drop(key);
    }
  }

  /** Drops all but the value used last. */
  shrink(): void {
    for (const key of [...this.#entries.keys()].slice(0, -1)) this.drop(key);
  }

  /** Drops the value of that name, if there is one. */
  drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
    this.#dropped?.(entry.value);
  }
}
