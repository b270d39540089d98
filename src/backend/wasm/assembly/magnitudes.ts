// How large numbers are, and how large most of them are. Winograd's transforms add the numbers of a tile to each other,
// so these decide where they may be used: see ../winograd-range.ts.

import { clear } from "./pad";
import { largerMagnitude, largestLane } from "./lanes";

/** Numbers of a sample, and how many of them have to be other than zero for it to be large enough. */
const SAMPLE: i32 = 256;
const ENOUGH: i32 = 32;
/** Cells of a unit of `cellMagnitudes`. */
const BLOCK: i32 = 256;
// Its multiples, as parts of 2³², are spread evenly whatever their number, and in step with no row length.
const GOLDEN: u32 = 0x9e3779b1;
const BINS: i32 = 256;

@unmanaged
class Planes {
  source: usize;
  maxima: usize; // one float32 a plane
  cells: i32; // of a plane
}

/** The largest magnitude of each plane; NaN if it has one. Unit: one plane. */
export function planeMagnitudes(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Planes>(args);
  const bytes = <usize>a.cells << 2;
  for (let plane = begin; plane < end; plane++) {
    const most = larger(f32x4.splat(0), a.source + <usize>plane * bytes, a.cells);
    store<f32>(a.maxima + (<usize>plane << 2), largestLane(most));
  }
}

@unmanaged
class Cells {
  source: usize; // [channel][cell]
  out: usize; // one float32 a cell, rounded up to four
  channels: i32;
  cells: i32;
}

/** The largest magnitude of each cell among the channels. Unit: 256 cells. */
export function cellMagnitudes(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Cells>(args);
  const plane = <usize>a.cells << 2;
  const last = min(end * BLOCK, a.cells);
  for (let cell = begin * BLOCK; cell < last; cell += 4) {
    let from = a.source + (<usize>cell << 2);
    let most = f32x4.splat(0);
    for (let c = 0; c < a.channels; c++) {
      most = largerMagnitude(most, v128.load(from));
      from += plane;
    }
    v128.store(a.out + (<usize>cell << 2), most);
  }
}

/**
 * The typical magnitude of `count` numbers: the median of those that are not zero, to the nearest 3 · 2ⁿ; 0 if all are.
 * It is estimated from a sample, which grows until it holds 32 of them. The numbers are `cells` in a row, then again
 * so many `stride` bytes further. `bins` has room for 256 words.
 */
export function typical(from: usize, count: i32, cells: i32, stride: usize, bins: usize): f32 {
  clear(bins, <usize>BINS << 2);
  let taken = 0;
  for (let wanted = SAMPLE; ; wanted <<= 2) {
    if (wanted >= count) {
      clear(bins, <usize>BINS << 2);
      for (let at = 0; at < count; at += cells, from += stride) {
        for (let i = 0; i < cells; i++) tally(from + (<usize>i << 2), bins);
      }
      taken = count;
      break;
    }
    for (; taken < wanted; taken++) {
      const place = <i32>((<u64>(<u32>taken * GOLDEN) * <u64>count) >> 32);
      const offset =
        cells == count ? <usize>place << 2 : <usize>(place / cells) * stride + (<usize>(place % cells) << 2);
      tally(from + offset, bins);
    }
    if (taken - load<i32>(bins) >= ENOUGH) break;
  }
  const found = taken - load<i32>(bins);
  if (found == 0) return 0;
  let exponent = 0;
  for (let below = 0; below * 2 < found; ) below += load<i32>(bins + (<usize>++exponent << 2));
  return reinterpret<f32>((exponent << 23) | 0x400000);
}

/** Counts a number by its exponent; what is zero, or next to it, by 0. */
// @ts-ignore: decorator
@inline
function tally(at: usize, bins: usize): void {
  const bin = bins + (<usize>((load<u32>(at) >> 23) & 255) << 2);
  store<i32>(bin, load<i32>(bin) + 1);
}

/**
 * How far the weights of one filter lie apart: the largest magnitude by the typical one, for the filter where that is
 * most. Infinite if a weight is not below `limit`. A filter has `channels` stretches of `cells` weights.
 */
export function weightRange(
  from: usize,
  filters: i32,
  channels: i32,
  cells: i32,
  filterStride: usize,
  channelStride: usize,
  limit: f32,
  bins: usize,
): f32 {
  if (channelStride == <usize>cells << 2) {
    cells *= channels;
    channelStride = <usize>cells << 2;
    channels = 1;
  }
  let range: f32 = 0;
  for (let filter = 0; filter < filters; filter++) {
    let most = f32x4.splat(0);
    for (let c = 0; c < channels; c++) most = larger(most, from + <usize>c * channelStride, cells);
    const largest = largestLane(most);
    if (!(largest < limit)) return f32.POSITIVE_INFINITY;
    if (largest > 0) range = max(range, largest / typical(from, channels * cells, cells, channelStride, bins));
    from += filterStride;
  }
  return range;
}

/** The larger of `most` and the magnitudes of `count` numbers. */
// @ts-ignore: decorator
@inline
function larger(most: v128, from: usize, count: i32): v128 {
  if (count < 4) {
    for (; count > 0; count--, from += 4) most = largerMagnitude(most, v128.load32_splat(from));
    return most;
  }
  // The last vector begins where it ends with the numbers.
  const last = from + (<usize>(count - 4) << 2);
  for (; from < last; from += 16) most = largerMagnitude(most, v128.load(from));
  return largerMagnitude(most, v128.load(last));
}
