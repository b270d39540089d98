import { Tensor } from "../tensor/index.js";
import type { ValueRange } from "./client/kit.js";
import { refusal } from "../tensor/errors.js";

/** Maps as plain numbers: channel by channel, row by row. */
export interface Maps {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly values: Float32Array;
}

/** `value` if it is a tensor; plain JavaScript may bring anything. */
export function tensorOf(caller: string, argument: string, value: unknown, expected: string): Tensor {
  if (value instanceof Tensor) return value;
  throw refusal(caller, argument, expected, value);
}

/**
 * Reads H×W, C×H×W or a batch of one as maps.
 *
 * Throws, naming the caller and the argument, for any other shape.
 */
export function mapsOf(caller: string, argument: string, value: Tensor): Maps {
  const shapes = "a tensor of shape [H, W], [C, H, W] or [1, C, H, W]";
  const { shape } = tensorOf(caller, argument, value, shapes);
  const plain = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape;
  if (plain.length !== 2 && plain.length !== 3) {
    throw refusal(caller, argument, shapes, value);
  }
  const [channels, height, width] = plain.length === 2 ? [1, ...plain] : plain;
  return { channels, height, width, values: value.data.slice() };
}

/** One channel of the maps. */
export function channelOf(maps: Maps, channel: number): Float32Array {
  const size = maps.height * maps.width;
  return maps.values.subarray(channel * size, (channel + 1) * size);
}

/** Smallest and largest finite value; `{0, 0}` where there is none. */
export function rangeOf(values: Iterable<number>): ValueRange {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? { low, high } : { low: 0, high: 0 };
}

/** How many values are NaN or infinite. */
export function countNonFinite(values: Iterable<number>): number {
  let count = 0;
  for (const value of values) if (!Number.isFinite(value)) count++;
  return count;
}
