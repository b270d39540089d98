// Depthwise convolution with any kernel: one at a time, or two on the same plane.

import { Depthwise } from "./depthwise";
import { madd, stridedSome } from "./lanes";

/** One kernel. */
export function anyTaps(a: Depthwise, source: usize, splats: usize, bias: v128, out: usize): void {
  if (a.stepX == 4 && a.outColumn == 4) tapsOfRows(a, true, false, source, splats, bias, bias, out);
  else tapsOfRows(a, false, false, source, splats, bias, bias, out);
}

/** Two kernels on one plane, so that each vector is loaded once for both: the second's weights stand behind the first's. */
export function anyTapsTwice(a: Depthwise, source: usize, splats: usize, bias: v128, second: v128, out: usize): void {
  if (a.stepX == 4 && a.outColumn == 4) tapsOfRows(a, true, true, source, splats, bias, second, out);
  else tapsOfRows(a, false, true, source, splats, bias, second, out);
}

/** Any kernel, sixteen outputs at a time while there are as many; `dense`: at stride 1, and outputs are neighbours. */
// @ts-ignore: decorator
@inline
function tapsOfRows(
  a: Depthwise,
  dense: bool,
  two: bool,
  source: usize,
  splats: usize,
  bias: v128,
  second: v128,
  out: usize,
): void {
  const step = dense ? 4 : a.stepX;
  const apart = dense ? 4 : a.outColumn;
  for (let y = 0; y < a.outHeight; y++) {
    let at = source + <usize>y * a.stepY;
    let to = out + <usize>y * a.outRow;
    let rest = a.outWidth;
    for (; rest >= 16; rest -= 16) {
      columns(a, dense, two, 4, at, step, splats, bias, second, to, apart, 4);
      at += 16 * step;
      to += 16 * apart;
    }
    if (rest > 12) columns(a, dense, two, 4, at, step, splats, bias, second, to, apart, rest - 12);
    else if (rest > 8) columns(a, dense, two, 3, at, step, splats, bias, second, to, apart, rest - 8);
    else if (rest > 4) columns(a, dense, two, 2, at, step, splats, bias, second, to, apart, rest - 4);
    else if (rest > 0) columns(a, dense, two, 1, at, step, splats, bias, second, to, apart, rest);
  }
}

/** `vectors` of four outputs side by side, of one kernel or two; `last`: how many outputs of the last vector exist. */
// @ts-ignore: decorator
@inline
function columns(
  a: Depthwise,
  dense: bool,
  two: bool,
  vectors: i32,
  from: usize,
  step: usize,
  splats: usize,
  bias: v128,
  second: v128,
  to: usize,
  apart: usize,
  last: i32,
): void {
  const kernelBytes = <usize>a.tapCount << 4;
  const tapsEnd = a.taps + (<usize>a.tapCount << 2);
  let s0 = bias;
  let s1 = bias;
  let s2 = bias;
  let s3 = bias;
  let r0 = second;
  let r1 = second;
  let r2 = second;
  let r3 = second;
  for (let tap = a.taps; tap < tapsEnd; tap += 4) {
    const at = from + load<usize>(tap);
    const w = v128.load(splats);
    const u = two ? v128.load(splats + kernelBytes) : w;
    splats += 16;
    const v0 = dense ? v128.load(at) : stridedSome(at, step, vectors == 1 ? last : 4);
    s0 = madd(w, v0, s0);
    if (two) r0 = madd(u, v0, r0);
    if (vectors > 1) {
      const v1 = dense ? v128.load(at, 16) : stridedSome(at + 4 * step, step, vectors == 2 ? last : 4);
      s1 = madd(w, v1, s1);
      if (two) r1 = madd(u, v1, r1);
    }
    if (vectors > 2) {
      const v2 = dense ? v128.load(at, 32) : stridedSome(at + 8 * step, step, vectors == 3 ? last : 4);
      s2 = madd(w, v2, s2);
      if (two) r2 = madd(u, v2, r2);
    }
    if (vectors > 3) {
      const v3 = dense ? v128.load(at, 48) : stridedSome(at + 12 * step, step, vectors == 4 ? last : 4);
      s3 = madd(w, v3, s3);
      if (two) r3 = madd(u, v3, r3);
    }
  }
  storeColumns(vectors, s0, s1, s2, s3, to, apart, last);
  if (two) storeColumns(vectors, r0, r1, r2, r3, to + a.outPlane, apart, last);
}

// @ts-ignore: decorator
@inline
function storeColumns(vectors: i32, s0: v128, s1: v128, s2: v128, s3: v128, to: usize, apart: usize, last: i32): void {
  storeApart(to, s0, apart, vectors > 1 ? 4 : last);
  if (vectors > 1) storeApart(to + 4 * apart, s1, apart, vectors > 2 ? 4 : last);
  if (vectors > 2) storeApart(to + 8 * apart, s2, apart, vectors > 3 ? 4 : last);
  if (vectors > 3) storeApart(to + 12 * apart, s3, apart, last);
}

/** Stores the first `count` lanes, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function storeApart(to: usize, v: v128, step: usize, count: i32): void {
  if (step == 4 && count == 4) {
    v128.store(to, v);
    return;
  }
  v128.store_lane<f32>(to, v, 0);
  if (count > 1) v128.store_lane<f32>(to + step, v, 1);
  if (count > 2) v128.store_lane<f32>(to + 2 * step, v, 2);
  if (count > 3) v128.store_lane<f32>(to + 3 * step, v, 3);
}
