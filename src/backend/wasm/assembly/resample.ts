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
  const taps = a.columnTaps;
  let index = a.columnIndex;
  let weight = a.columnWeight;
  if (taps == 2) {
    for (let x = 0; x < a.outWidth; x++) {
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
  for (let x = 0; x < a.outWidth; x++) {
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
