// Resizing by tap tables: rows first (whole rows are combined as vectors), then columns.

import { madd } from "./lanes";

@unmanaged
class Resample {
  source: usize;
  out: usize;
  height: i32; // of the input
  width: i32;
  outHeight: i32;
  outWidth: i32;
  rowTaps: i32;
  rowIndex: usize; // i32 [outHeight][rowTaps]
  rowWeight: usize;
  columnTaps: i32;
  columnIndex: usize; // i32, in bytes [outWidth][columnTaps]
  columnWeight: usize;
  // Where a resize doubles the columns: outputs [doubledFirst, doubledLast), an even number of them,
  // read even ← e0·[x + evenOffset] + e1·[x + evenOffset + 1] and odd likewise, x = o / 2.
  doubledFirst: i32;
  doubledLast: i32;
  evenOffset: i32;
  oddOffset: i32;
  even0: f32;
  even1: f32;
  odd0: f32;
  odd1: f32;
}

/** Unit: one plane. */
export function resample(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Resample>(args);
  const row = (<usize>a.width) << 2;
  const outRow = (<usize>a.outWidth) << 2;
  for (let plane = begin; plane < end; plane++) {
    const source = a.source + <usize>(plane * a.height) * row;
    let out = a.out + <usize>(plane * a.outHeight) * outRow;
    for (let y = 0; y < a.outHeight; y++) {
      const index = a.rowIndex + ((<usize>(y * a.rowTaps)) << 2);
      const weight = a.rowWeight + ((<usize>(y * a.rowTaps)) << 2);
      if (a.rowTaps == 1 && load<f32>(weight) == 1) {
        if (y > 0 && load<i32>(index) == load<i32>(index - 4) && load<f32>(weight - 4) == 1) {
          repeat(out - outRow, out, outRow);
        } else {
          columns(a, source + <usize>load<i32>(index) * row, out);
        }
      } else {
        combineRows(a, source, row, index, weight, scratch);
        columns(a, scratch, out);
      }
      out += outRow;
    }
  }
}

/** Copies a row; `memory.copy` leaves WebAssembly, which costs more than a short row does. */
// @ts-ignore: decorator
@inline
function repeat(from: usize, to: usize, bytes: usize): void {
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) v128.store(to + i, v128.load(from + i));
  for (; i < bytes; i += 4) store<f32>(to + i, load<f32>(from + i));
}

/** scratch = Σ weight[t] · row index[t]; a tap of weight 0 reads nothing, so that 0 · ∞ adds no NaN. */
function combineRows(a: Resample, source: usize, row: usize, index: usize, weight: usize, to: usize): void {
  let started = false;
  for (let t = 0; t < a.rowTaps; t++) {
    const w = load<f32>(weight + ((<usize>t) << 2));
    if (w == 0) continue;
    const from = source + <usize>load<i32>(index + ((<usize>t) << 2)) * row;
    const splat = f32x4.splat(w);
    // Whole vectors: the scratch row and our memory have room past the last number.
    if (started) {
      for (let x: usize = 0; x < row; x += 16) {
        v128.store(to + x, madd(splat, v128.load(from + x), v128.load(to + x)));
      }
    } else {
      for (let x: usize = 0; x < row; x += 16) v128.store(to + x, f32x4.mul(splat, v128.load(from + x)));
      started = true;
    }
  }
  if (!started) memory.fill(to, 0, row);
}

function columns(a: Resample, from: usize, out: usize): void {
  oneByOne(a, from, out, 0, a.doubledFirst);
  if (a.doubledFirst < a.doubledLast) doubled(a, from, out);
  oneByOne(a, from, out, a.doubledLast, a.outWidth);
}

function oneByOne(a: Resample, from: usize, out: usize, first: i32, last: i32): void {
  const taps = a.columnTaps;
  let index = a.columnIndex + ((<usize>(first * taps)) << 2);
  let weight = a.columnWeight + ((<usize>(first * taps)) << 2);
  if (taps == 2) {
    for (let x = first; x < last; x++) {
      const w0 = load<f32>(weight);
      const w1 = load<f32>(weight, 4);
      let sum: f32 = w0 == 0 ? 0 : w0 * load<f32>(from + load<usize>(index));
      if (w1 != 0) sum += w1 * load<f32>(from + load<usize>(index, 4));
      store<f32>(out + ((<usize>x) << 2), sum);
      index += 8;
      weight += 8;
    }
    return;
  }
  for (let x = first; x < last; x++) {
    let sum: f32 = 0;
    for (let t = 0; t < taps; t++) {
      const w = load<f32>(weight);
      if (w != 0) sum += w * load<f32>(from + load<usize>(index));
      index += 4;
      weight += 4;
    }
    store<f32>(out + ((<usize>x) << 2), sum);
  }
}

/** Eight outputs from four positions: even and odd ones are computed side by side and interleaved. */
function doubled(a: Resample, from: usize, out: usize): void {
  const even0 = f32x4.splat(a.even0);
  const even1 = f32x4.splat(a.even1);
  const odd0 = f32x4.splat(a.odd0);
  const odd1 = f32x4.splat(a.odd1);
  const copies = a.columnTaps == 1;
  const pairs = (a.doubledLast - a.doubledFirst) >> 1;
  const base = from + ((<usize>(a.doubledFirst >> 1)) << 2);
  const evenBase = base + ((<usize>a.evenOffset) << 2);
  const oddBase = base + ((<usize>a.oddOffset) << 2);
  const to = out + ((<usize>a.doubledFirst) << 2);
  for (let i = 0; i < pairs; i += 4) {
    const at = <usize>min(i, pairs - 4);
    const e = evenBase + (at << 2);
    const o = oddBase + (at << 2);
    let even = v128.load(e);
    let odd = v128.load(o);
    if (!copies) {
      even = madd(even0, even, f32x4.mul(even1, v128.load(e, 4)));
      odd = madd(odd0, odd, f32x4.mul(odd1, v128.load(o, 4)));
    }
    v128.store(to + (at << 3), v128.shuffle<f32>(even, odd, 0, 4, 1, 5));
    v128.store(to + (at << 3), v128.shuffle<f32>(even, odd, 2, 6, 3, 7), 16);
  }
}

/** The transpose of `resample`: `source` is the gradient, `out` has the input's shape. Unit: one plane. */
export function resampleGradient(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Resample>(args);
  const row = (<usize>a.width) << 2;
  for (let plane = begin; plane < end; plane++) {
    let gradient = a.source + ((<usize>(plane * a.outHeight * a.outWidth)) << 2);
    const out = a.out + <usize>(plane * a.height) * row;
    memory.fill(out, 0, <usize>a.height * row);
    for (let y = 0; y < a.outHeight; y++) {
      memory.fill(scratch, 0, row);
      let index = a.columnIndex;
      let weight = a.columnWeight;
      for (let x = 0; x < a.outWidth; x++) {
        const g = load<f32>(gradient);
        for (let t = 0; t < a.columnTaps; t++) {
          const w = load<f32>(weight);
          const to = scratch + load<usize>(index);
          if (w != 0) store<f32>(to, load<f32>(to) + w * g);
          index += 4;
          weight += 4;
        }
        gradient += 4;
      }
      for (let t = 0; t < a.rowTaps; t++) {
        const at = (<usize>(y * a.rowTaps + t)) << 2;
        const w = load<f32>(a.rowWeight + at);
        if (w == 0) continue;
        const to = out + <usize>load<i32>(a.rowIndex + at) * row;
        for (let x: usize = 0; x < row; x += 4) {
          store<f32>(to + x, load<f32>(to + x) + w * load<f32>(scratch + x));
        }
      }
    }
  }
}
