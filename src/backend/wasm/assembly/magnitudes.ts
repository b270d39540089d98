// How large numbers are, and how large most of them are. Winograd's transforms add the numbers of a tile to each other,
// so these decide where they may be used: see ../winograd-range.ts.

import { clear } from "./pad";
import { largerMagnitude, largestLane } from "./lanes";

/** Numbers of a sample, and how many of them have to be other than zero for it to be large enough. */
const SAMPLE: i32 = 256;
const ENOUGH: i32 = 24;
/** Neighbours that are sampled together: what a processor waits for are the places, not the numbers. */
const NEIGHBOURS: i32 = 4;
/** Cells of a unit of `cellMagnitudes`. */
const BLOCK: i32 = 256;
// Its multiples, as parts of 2³², are spread evenly whatever their number, and in step with no row length.
const GOLDEN: u32 = 0x9e3779b1;
const BINS: i32 = 256;
// As a power of two, how far above the lower quartile that may be.
const WIDTH: i32 = 8;

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
 * The typical magnitude of `count` numbers: what an eighth of those that are not zero reach, but no more than 256 times
 * their lower quartile; 0 if all are zero. It is estimated from a sample, which grows until 24 of it are not zero, and is a 3 · 2ⁿ.
 * The numbers are `cells` in a row, then again so many `stride` bytes further. `bins` has room for 256 words.
 */
export function typical(from: usize, count: i32, cells: i32, stride: usize, bins: usize): f32 {
  clear(bins, <usize>BINS << 2);
  const neighbours = min(NEIGHBOURS, cells);
  let taken = 0;
  for (let wanted = SAMPLE; ; wanted <<= 1) {
    if (wanted >= count) {
      clear(bins, <usize>BINS << 2);
      for (let at = 0; at < count; at += cells, from += stride) {
        for (let i = 0; i < cells; i++) tally(from + (<usize>i << 2), bins);
      }
      taken = count;
      break;
    }
    for (; taken < wanted; taken += neighbours) {
      const place = <i32>((<u64>(<u32>taken * GOLDEN) * <u64>count) >> 32);
      const plane = cells == count ? 0 : place / cells;
      const cell = min(place - plane * cells, cells - neighbours);
      const at = from + <usize>plane * stride + (<usize>cell << 2);
      for (let i = 0; i < neighbours; i++) tally(at + (<usize>i << 2), bins);
    }
    if (taken - load<i32>(bins) >= ENOUGH) break;
  }
  const found = taken - load<i32>(bins);
  if (found == 0) return 0;
  // From the largest down; most of the bins are empty.
  let upper = BINS;
  while (!v128.any_true(v128.load(bins + (<usize>(upper - 4) << 2)))) upper -= 4;
  let above = 0;
  while (above * 8 < found) above += load<i32>(bins + (<usize>--upper << 2));
  let lower = upper;
  while (above * 4 < 3 * found) above += load<i32>(bins + (<usize>--lower << 2));
  return reinterpret<f32>((min(upper, lower + WIDTH) << 23) | 0x400000);
}

/** Counts a number by its exponent; what is zero, or next to it, by 0. */
// @ts-ignore: decorator
@inline
function tally(at: usize, bins: usize): void {
  const bin = bins + (<usize>((load<u32>(at) >> 23) & 255) << 2);
  store<i32>(bin, load<i32>(bin) + 1);
}

/**
 * For each of `parts` parts of `planes` planes of `cells` numbers: 0 if its largest magnitude, of those that `maxima`
 * has for its planes, is at most `range` times what is typical of it; otherwise what is typical; infinity if it is not
 * below `limit`. Returns how many are not 0.
 */
export function comparePeaks(
  from: usize,
  maxima: usize,
  parts: i32,
  planes: i32,
  cells: i32,
  range: f32,
  limit: f32,
  out: usize,
  bins: usize,
): i32 {
  const count = planes * cells;
  let doubtful = 0;
  for (let part = 0; part < parts; part++) {
    const peak = largestLane(larger(f32x4.splat(0), maxima, planes));
    let answer: f32 = 0;
    if (!(peak < limit)) {
      answer = f32.POSITIVE_INFINITY;
    } else if (peak > 0) {
      answer = typical(from, count, count, 0, bins);
      if (peak <= range * answer) answer = 0;
    }
    store<f32>(out, answer);
    if (answer > 0) doubtful++;
    maxima += <usize>planes << 2;
    from += <usize>count << 2;
    out += 4;
  }
  return doubtful;
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
  // Two chains, and few turns: it is a good part of a short step that all gradients pass by here.
  let other = most;
  for (; from + 64 <= last; from += 64) {
    most = largerMagnitude(most, v128.load(from));
    other = largerMagnitude(other, v128.load(from, 16));
    most = largerMagnitude(most, v128.load(from, 32));
    other = largerMagnitude(other, v128.load(from, 48));
  }
  most = largerMagnitude(most, other);
  for (; from < last; from += 16) most = largerMagnitude(most, v128.load(from));
  return largerMagnitude(most, v128.load(last));
}
