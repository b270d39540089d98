/**
 * Values in two characters each: level k, from 0 to 4092, is `low` + k·`step`; 4093, 4094 and 4095 are NaN, ∞
 * and −∞. A photograph's numbers written out would be five times as long.
 */
export interface Packed {
  readonly text: string;
  readonly low: number;
  readonly step: number;
  /** Whether every value is one of the levels. */
  readonly exact: boolean;
}

/** Reads one value. Sent to the page as its own source text, so it refers to nothing outside itself. */
export function unpack({ text, low, step }: Packed, index: number): number {
  const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
  const level = 64 * signs.indexOf(text[2 * index]) + signs.indexOf(text[2 * index + 1]);
  if (level > 4092) return [NaN, Infinity, -Infinity][level - 4093];
  return low + level * step;
}
