// Winograd's transforms of one line of outputs, Aᵀm, and their transposes, A y: see winograd-input-lines.ts.

import { madd, storeTransposed } from "./lanes";

/** Aᵀm for F(4, 3): six products to four outputs. */
// @ts-ignore: decorator
@inline
export function output43(from: usize, stride: usize, to: usize, toStride: usize): void {
  const m0 = v128.load(from);
  const m1 = v128.load(from + stride);
  const m2 = v128.load(from + 2 * stride);
  const m3 = v128.load(from + 3 * stride);
  const m4 = v128.load(from + 4 * stride);
  const m5 = v128.load(from + 5 * stride);
  const sum1 = f32x4.add(m1, m2);
  const difference1 = f32x4.sub(m1, m2);
  const sum2 = f32x4.add(m3, m4);
  const difference2 = f32x4.sub(m3, m4);
  v128.store(to, f32x4.add(f32x4.add(m0, sum1), sum2));
  v128.store(to + toStride, madd(f32x4.splat(2), difference2, difference1));
  v128.store(to + 2 * toStride, madd(f32x4.splat(4), sum2, sum1));
  v128.store(to + 3 * toStride, f32x4.add(madd(f32x4.splat(8), difference2, difference1), m5));
}

/** Aᵀm of six neighbouring vectors whose lanes are tiles: four outputs of each tile, tile after tile. */
// @ts-ignore: decorator
@inline
export function storeOutput43(from: usize, to: usize): void {
  const m1 = v128.load(from, 16);
  const m2 = v128.load(from, 32);
  const m3 = v128.load(from, 48);
  const m4 = v128.load(from, 64);
  const sum1 = f32x4.add(m1, m2);
  const difference1 = f32x4.sub(m1, m2);
  const sum2 = f32x4.add(m3, m4);
  const difference2 = f32x4.sub(m3, m4);
  const y0 = f32x4.add(f32x4.add(v128.load(from), sum1), sum2);
  const y1 = madd(f32x4.splat(2), difference2, difference1);
  const y2 = madd(f32x4.splat(4), sum2, sum1);
  const y3 = f32x4.add(madd(f32x4.splat(8), difference2, difference1), v128.load(from, 80));
  storeTransposed(y0, y1, y2, y3, to, 16);
}

/** A y for F(4, 3): four gradients to six, the transpose of `output43`. */
// @ts-ignore: decorator
@inline
export function storeSpread43(y0: v128, y1: v128, y2: v128, y3: v128, to: usize, stride: usize): void {
  v128.store(to, y0);
  to += stride;
  const even = f32x4.add(y0, y2);
  const odd = f32x4.add(y1, y3);
  v128.store(to, f32x4.add(even, odd));
  to += stride;
  v128.store(to, f32x4.sub(even, odd));
  to += stride;
  const far = madd(f32x4.splat(4), y2, y0);
  const wide = madd(f32x4.splat(8), y3, f32x4.add(y1, y1));
  v128.store(to, f32x4.add(far, wide));
  to += stride;
  v128.store(to, f32x4.sub(far, wide));
  to += stride;
  v128.store(to, y3);
}

/** Aᵀm for F(3, 4): six products to three outputs. */
// @ts-ignore: decorator
@inline
export function output34(from: usize, stride: usize, to: usize, toStride: usize): void {
  const m1 = v128.load(from + stride);
  const m2 = v128.load(from + 2 * stride);
  const m3 = v128.load(from + 3 * stride);
  const m4 = v128.load(from + 4 * stride);
  const sum1 = f32x4.add(m1, m2);
  const sum2 = f32x4.add(m3, m4);
  v128.store(to, f32x4.add(f32x4.add(v128.load(from), sum1), sum2));
  v128.store(to + toStride, madd(f32x4.splat(2), f32x4.sub(m3, m4), f32x4.sub(m1, m2)));
  const last = v128.load(from + 5 * stride);
  v128.store(to + 2 * toStride, f32x4.add(madd(f32x4.splat(4), sum2, sum1), last));
}

/** Aᵀm along the rows, as `storeOutput43`: three outputs of each tile. Writes four bytes behind the last. */
// @ts-ignore: decorator
@inline
export function storeOutput34(from: usize, to: usize): void {
  const m1 = v128.load(from, 16);
  const m2 = v128.load(from, 32);
  const m3 = v128.load(from, 48);
  const m4 = v128.load(from, 64);
  const sum1 = f32x4.add(m1, m2);
  const sum2 = f32x4.add(m3, m4);
  const y0 = f32x4.add(f32x4.add(v128.load(from), sum1), sum2);
  const y1 = madd(f32x4.splat(2), f32x4.sub(m3, m4), f32x4.sub(m1, m2));
  const y2 = f32x4.add(madd(f32x4.splat(4), sum2, sum1), v128.load(from, 80));
  const a = v128.shuffle<f32>(y0, y1, 0, 4, 1, 5);
  const c = v128.shuffle<f32>(y0, y1, 2, 6, 3, 7);
  // Each vector's last number is the next tile's first, which is written after it.
  v128.store(to, v128.shuffle<f32>(a, y2, 0, 1, 4, 4));
  v128.store(to, v128.shuffle<f32>(a, y2, 2, 3, 5, 5), 12);
  v128.store(to, v128.shuffle<f32>(c, y2, 0, 1, 6, 6), 24);
  v128.store(to, v128.shuffle<f32>(c, y2, 2, 3, 7, 7), 36);
}

/** Aᵀm for F(4, 5): eight products to four outputs. */
// @ts-ignore: decorator
@inline
export function output45(from: usize, stride: usize, to: usize, toStride: usize): void {
  const m1 = v128.load(from + stride);
  const m2 = v128.load(from + 2 * stride);
  const m3 = v128.load(from + 3 * stride);
  const m4 = v128.load(from + 4 * stride);
  const m5 = v128.load(from + 5 * stride);
  const m6 = v128.load(from + 6 * stride);
  const sum1 = f32x4.add(m1, m2);
  const difference1 = f32x4.sub(m1, m2);
  const sum2 = f32x4.add(m3, m4);
  const difference2 = f32x4.sub(m3, m4);
  const sum3 = f32x4.add(m5, m6);
  const difference3 = f32x4.sub(m5, m6);
  v128.store(to, f32x4.add(f32x4.add(v128.load(from), sum1), f32x4.add(sum2, sum3)));
  v128.store(
    to + toStride,
    madd(f32x4.splat(0.5), difference3, madd(f32x4.splat(2), difference2, difference1)),
  );
  v128.store(to + 2 * toStride, madd(f32x4.splat(0.25), sum3, madd(f32x4.splat(4), sum2, sum1)));
  const last = f32x4.add(difference1, v128.load(from + 7 * stride));
  v128.store(
    to + 3 * toStride,
    madd(f32x4.splat(0.125), difference3, madd(f32x4.splat(8), difference2, last)),
  );
}

/** Aᵀm along the rows, as `storeOutput43`: four outputs of each tile. */
// @ts-ignore: decorator
@inline
export function storeOutput45(from: usize, to: usize): void {
  const m1 = v128.load(from, 16);
  const m2 = v128.load(from, 32);
  const m3 = v128.load(from, 48);
  const m4 = v128.load(from, 64);
  const m5 = v128.load(from, 80);
  const m6 = v128.load(from, 96);
  const sum1 = f32x4.add(m1, m2);
  const difference1 = f32x4.sub(m1, m2);
  const sum2 = f32x4.add(m3, m4);
  const difference2 = f32x4.sub(m3, m4);
  const sum3 = f32x4.add(m5, m6);
  const difference3 = f32x4.sub(m5, m6);
  const last = f32x4.add(difference1, v128.load(from, 112));
  storeTransposed(
    f32x4.add(f32x4.add(v128.load(from), sum1), f32x4.add(sum2, sum3)),
    madd(f32x4.splat(0.5), difference3, madd(f32x4.splat(2), difference2, difference1)),
    madd(f32x4.splat(0.25), sum3, madd(f32x4.splat(4), sum2, sum1)),
    madd(f32x4.splat(0.125), difference3, madd(f32x4.splat(8), difference2, last)),
    to,
    16,
  );
}

/** A y for F(4, 5): four gradients to eight, the transpose of `output45`. */
// @ts-ignore: decorator
@inline
export function storeSpread45(y0: v128, y1: v128, y2: v128, y3: v128, to: usize, stride: usize): void {
  v128.store(to, y0);
  to += stride;
  const even = f32x4.add(y0, y2);
  const odd = f32x4.add(y1, y3);
  v128.store(to, f32x4.add(even, odd));
  to += stride;
  v128.store(to, f32x4.sub(even, odd));
  to += stride;
  const far = madd(f32x4.splat(4), y2, y0);
  const wide = madd(f32x4.splat(8), y3, f32x4.add(y1, y1));
  v128.store(to, f32x4.add(far, wide));
  to += stride;
  v128.store(to, f32x4.sub(far, wide));
  to += stride;
  const close = madd(f32x4.splat(0.25), y2, y0);
  const narrow = madd(f32x4.splat(0.125), y3, f32x4.mul(f32x4.splat(0.5), y1));
  v128.store(to, f32x4.add(close, narrow));
  to += stride;
  v128.store(to, f32x4.sub(close, narrow));
  to += stride;
  v128.store(to, y3);
}

/** Aᵀm for F(2, 3): four products to two outputs. */
// @ts-ignore: decorator
@inline
export function output23(from: usize, stride: usize, to: usize, toStride: usize): void {
  const m1 = v128.load(from + stride);
  const m2 = v128.load(from + 2 * stride);
  v128.store(to, f32x4.add(v128.load(from), f32x4.add(m1, m2)));
  v128.store(to + toStride, f32x4.sub(f32x4.sub(m1, m2), v128.load(from + 3 * stride)));
}

/** Aᵀm along the rows, as `storeOutput43`: two outputs of each tile. */
// @ts-ignore: decorator
@inline
export function storeOutput23(from: usize, to: usize): void {
  const m1 = v128.load(from, 16);
  const m2 = v128.load(from, 32);
  const y0 = f32x4.add(v128.load(from), f32x4.add(m1, m2));
  const y1 = f32x4.sub(f32x4.sub(m1, m2), v128.load(from, 48));
  storePairs(y0, y1, to);
}

// @ts-ignore: decorator
@inline
function storePairs(y0: v128, y1: v128, to: usize): void {
  v128.store(to, v128.shuffle<f32>(y0, y1, 0, 4, 1, 5));
  v128.store(to, v128.shuffle<f32>(y0, y1, 2, 6, 3, 7), 16);
}
