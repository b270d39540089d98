import { wholeNumber } from "./errors.js";

/**
 * Random numbers that are the same on every machine.
 *
 * Source: xoshiro128** 1.1 by Blackman and Vigna (public domain), seeded through splitmix32.
 */
export class Random {
  readonly #state = new Uint32Array(4);
  #spare: number | undefined;

  constructor(seed: number) {
    this.seed(seed);
  }

  seed(seed: number): void {
    let mixed = seed >>> 0;
    for (let index = 0; index < 4; index++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      this.#state[index] = scramble(mixed);
      // The bits above the 32nd come in after the first word: it and the second tell all seeds apart.
      if (index === 0) mixed ^= scramble(Math.floor(seed / 2 ** 32));
    }
    this.#spare = undefined;
  }

  /** 32 random bits. */
  bits(): number {
    const state = this.#state;
    // Read one by one: taking the array apart would run its iterator for each number.
    const s0 = state[0];
    const s1 = state[1];
    const s2 = state[2];
    const s3 = state[3];
    const scrambled = Math.imul(s1, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const n2 = s2 ^ s0;
    const n3 = s3 ^ s1;
    state[0] = s0 ^ n3;
    state[1] = s1 ^ n2;
    state[2] = n2 ^ (s1 << 9);
    state[3] = (n3 << 11) | (n3 >>> 21);
    return result;
  }

  /** Uniform in [0, 1), with the 24 bits that float32 holds, so that rounding never gives 1. */
  uniform(): number {
    return (this.bits() >>> 8) / 2 ** 24;
  }

  /** Standard normal, by Marsaglia's polar method. */
  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spare = y * scale;
      return x * scale;
    }
  }
}

/** Mixes the bits of a word, one to one; 0 stays 0. */
function scramble(word: number): number {
  let z = word;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return z ^ (z >>> 15);
}

/** What every random operation without a seed draws from. */
export const generator: Random = new Random(0);

/**
 * Starts the shared generator again from `seed`, a whole number from 0 to 2⁵³ − 1. Without it every process starts
 * from the same seed, so a notebook prints the same each time.
 *
 * @example
 * manualSeed(7);
 * const first = rand([3]).toArray();
 * manualSeed(7);
 * JSON.stringify(rand([3]).toArray()) === JSON.stringify(first);
 * // → true
 */
export function manualSeed(seed: number): void {
  generator.seed(wholeNumber("manualSeed", "seed", seed, 0));
}
