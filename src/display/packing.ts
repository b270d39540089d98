import type { Packed } from "./client/packed.js";
import { rangeOf } from "./values.js";

const most = 4092;
const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";

/** Packs values into two characters each: exactly where they are whole or multiples of 1/255 (an image's), else to 1/4092 of their range. */
export function pack(values: Float32Array): Packed {
  const { low, high } = rangeOf(values);
  const fits = (step: number): boolean =>
    high - low <= most * step &&
    values.every((value) => {
      const level = (value - low) / step;
      return !Number.isFinite(value) || Math.abs(level - Math.round(level)) < 1e-4;
    });
  const exact = [1, 1 / 255].find(fits);
  const step = exact ?? (high - low) / most;
  const text = Array.from(values, (value) => {
    const level = Number.isFinite(value)
      ? Math.min(most, Math.round((value - low) / (step || 1)))
      : most + 1 + [NaN, Infinity, -Infinity].findIndex((special) => Object.is(special, value));
    return signs[level >> 6] + signs[level & 63];
  }).join("");
  return { text, low, step, exact: exact !== undefined };
}
