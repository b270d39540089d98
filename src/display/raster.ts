import type { ValueRange, Scale } from "./client/kit.js";
import { serverKit } from "./figure.js";
import { indexedPng, pngAddress } from "./png.js";

/** Palette indices: 0…`levels` − 1 for values from low to high, then the values that have no place on a scale. */
export const levels = 251;
const minusInfinity = 251;
const plusInfinity = 252;
const notANumber = 253;
export const transparent = 254;

/** The palette of a scale, with the colours that `kit.shade` gives. */
export function paletteOf(scale: Scale): [number, number, number, number][] {
  const palette: [number, number, number, number][] = [];
  for (let index = 0; index < levels; index++) {
    palette.push([...serverKit.colour(scale, index / (levels - 1)), 255]);
  }
  palette.push([0, 0xe0, 0xe0, 255], [0, 0xe0, 0, 255], [0xff, 0, 0xc8, 255], [0, 0, 0, 0]);
  return palette;
}

/** The palette index of a value on a range; the middle where the range is a single value. */
export function levelOf(value: number, range: ValueRange): number {
  if (Number.isNaN(value)) return notANumber;
  if (value === Infinity) return plusInfinity;
  if (value === -Infinity) return minusInfinity;
  const span = range.high - range.low;
  if (span <= 0) return (levels - 1) / 2;
  const t = Math.min(1, Math.max(0, (value - range.low) / span));
  return Math.round(t * (levels - 1));
}

/** One map as a picture of its own size. */
export function rasterOf(
  values: Float32Array,
  width: number,
  height: number,
  scale: Scale,
  range: ValueRange,
): string {
  const pixels = Uint8Array.from(values, (value) => levelOf(value, range));
  return pngAddress(indexedPng(pixels, width, height, paletteOf(scale)));
}

/** A strip of the whole scale, for colour bars: lowest value first. */
export function scaleStrip(scale: Scale): string {
  return pngAddress(
    indexedPng(
      Uint8Array.from({ length: levels }, (_, index) => index),
      levels,
      1,
      paletteOf(scale),
    ),
  );
}

/**
 * Halves, thirds … a map by averaging blocks, so that no picture carries more pixels than it shows.
 * A block with a value that is not finite keeps it, so that it stays seen.
 */
export function shrink(
  values: Float32Array,
  width: number,
  height: number,
  factor: number,
): { values: Float32Array; width: number; height: number } {
  if (factor <= 1) return { values, width, height };
  const across = Math.ceil(width / factor);
  const down = Math.ceil(height / factor);
  const small = new Float32Array(across * down);
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      let sum = 0;
      let count = 0;
      for (let v = y * factor; v < Math.min(height, (y + 1) * factor); v++) {
        for (let u = x * factor; u < Math.min(width, (x + 1) * factor); u++) {
          sum += values[v * width + u];
          count++;
        }
      }
      small[y * across + x] = sum / count;
    }
  }
  return { values: small, width: across, height: down };
}
