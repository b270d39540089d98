// Winograd's transforms of one line of inputs: a handful of additions on vectors whose lanes are four tiles (or four
// kernels). Matrices after Lavin and Gray (2016), "Fast algorithms for convolutional neural networks". F(m, r) computes
// m outputs with r taps; F(4, 3) and F(3, 4) have the points 0, ±1, ±2 and ∞ in common, and so their six inputs'.
// F(4, 5) has ±1/2 besides, and F(2, 3) only 0, ±1 and ∞. Names of input transforms end in their inputs.
//
// Lines are read and written at `stride` bytes; the caller runs them down the columns, then along the rows.

import { madd, nmadd } from "./lanes";

/** Bᵀd for F(4, 3) and F(3, 4): six inputs to six. */
// @ts-ignore: decorator
@inline
export function input6(from: usize, stride: usize, to: usize, toStride: usize): void {
  const d0 = v128.load(from);
  const d1 = v128.load(from + stride);
  const d2 = v128.load(from + 2 * stride);
  const d3 = v128.load(from + 3 * stride);
  const d4 = v128.load(from + 4 * stride);
  const d5 = v128.load(from + 5 * stride);
  storeInput6(d0, d1, d2, d3, d4, d5, to, toStride);
}

/** The same for two columns of a tile at `p` and two of a tile at `q`. */
// @ts-ignore: decorator
@inline
export function inputPair6(p: usize, q: usize, stride: usize, to: usize, toStride: usize): void {
  const d0 = pair(p, q);
  p += stride;
  q += stride;
  const d1 = pair(p, q);
  p += stride;
  q += stride;
  const d2 = pair(p, q);
  p += stride;
  q += stride;
  const d3 = pair(p, q);
  p += stride;
  q += stride;
  const d4 = pair(p, q);
  const d5 = pair(p + stride, q + stride);
  storeInput6(d0, d1, d2, d3, d4, d5, to, toStride);
}

// @ts-ignore: decorator
@inline
function pair(p: usize, q: usize): v128 {
  return v128.load64_lane(q, v128.load64_zero(p), 1);
}

// @ts-ignore: decorator
@inline
export function storeInput6(
  d0: v128,
  d1: v128,
  d2: v128,
  d3: v128,
  d4: v128,
  d5: v128,
  to: usize,
  stride: usize,
): void {
  const four = f32x4.splat(4);
  const five = f32x4.splat(5);
  v128.store(to, madd(four, d0, nmadd(five, d2, d4)));
  to += stride;
  const even = nmadd(four, d2, d4);
  const odd = nmadd(four, d1, d3);
  v128.store(to, f32x4.add(even, odd));
  to += stride;
  v128.store(to, f32x4.sub(even, odd));
  to += stride;
  const difference = f32x4.sub(d4, d2);
  const half = f32x4.sub(d3, d1);
  const twice = f32x4.add(half, half);
  v128.store(to, f32x4.add(difference, twice));
  to += stride;
  v128.store(to, f32x4.sub(difference, twice));
  to += stride;
  v128.store(to, madd(four, d1, nmadd(five, d3, d5)));
}

/** Bᵀd down the columns of a 4×4 tile. */
// @ts-ignore: decorator
@inline
export function input4(from: usize, stride: usize, to: usize, toStride: usize): void {
  storeInput4(
    v128.load(from),
    v128.load(from + stride),
    v128.load(from + 2 * stride),
    v128.load(from + 3 * stride),
    to,
    toStride,
  );
}

/** Bᵀd for F(2, 3): four inputs to four. */
// @ts-ignore: decorator
@inline
export function storeInput4(d0: v128, d1: v128, d2: v128, d3: v128, to: usize, stride: usize): void {
  v128.store(to, f32x4.sub(d0, d2));
  v128.store(to + stride, f32x4.add(d1, d2));
  v128.store(to + 2 * stride, f32x4.sub(d2, d1));
  v128.store(to + 3 * stride, f32x4.sub(d1, d3));
}

/** Bᵀd for F(4, 5): eight inputs to eight. */
// @ts-ignore: decorator
@inline
export function storeInput8(
  d0: v128,
  d1: v128,
  d2: v128,
  d3: v128,
  d4: v128,
  d5: v128,
  d6: v128,
  d7: v128,
  to: usize,
  stride: usize,
): void {
  const outer = f32x4.splat(5.25);
  v128.store(to, madd(outer, f32x4.sub(d4, d2), f32x4.sub(d0, d6)));
  v128.store(to + 7 * stride, madd(outer, f32x4.sub(d3, d5), f32x4.sub(d7, d1)));
  to += stride;
  const near = f32x4.splat(4.25);
  const even = nmadd(near, d4, f32x4.add(d2, d6));
  const odd = nmadd(near, d3, f32x4.add(d1, d5));
  v128.store(to, f32x4.add(even, odd));
  to += stride;
  v128.store(to, f32x4.sub(even, odd));
  to += stride;
  const half = f32x4.splat(0.5);
  const middle = f32x4.mul(f32x4.splat(2.5), d3);
  const farEven = madd(f32x4.splat(0.25), d2, nmadd(f32x4.splat(1.25), d4, d6));
  const farOdd = madd(half, d1, f32x4.sub(f32x4.add(d5, d5), middle));
  v128.store(to, f32x4.add(farEven, farOdd));
  to += stride;
  v128.store(to, f32x4.sub(farEven, farOdd));
  to += stride;
  const closeEven = madd(f32x4.splat(4), d2, nmadd(f32x4.splat(5), d4, d6));
  const closeOdd = madd(half, d5, f32x4.sub(f32x4.add(d1, d1), middle));
  v128.store(to, f32x4.add(closeEven, closeOdd));
  to += stride;
  v128.store(to, f32x4.sub(closeEven, closeOdd));
}

/** The same down four columns. */
// @ts-ignore: decorator
@inline
export function input8(from: usize, stride: usize, to: usize, toStride: usize): void {
  const d0 = v128.load(from);
  const d1 = v128.load(from + stride);
  const d2 = v128.load(from + 2 * stride);
  const d3 = v128.load(from + 3 * stride);
  from += 4 * stride;
  const d4 = v128.load(from);
  const d5 = v128.load(from + stride);
  const d6 = v128.load(from + 2 * stride);
  const d7 = v128.load(from + 3 * stride);
  storeInput8(d0, d1, d2, d3, d4, d5, d6, d7, to, toStride);
}

/**
 * B m for F(4, 3): six products to what each adds to six cells, the transpose of `storeInput6`. Lines are read and
 * written at strides.
 */
// @ts-ignore: decorator
@inline
export function cells6(from: usize, stride: usize, to: usize, toStride: usize): void {
  const four = f32x4.splat(4);
  const m0 = v128.load(from);
  const m1 = v128.load(from + stride);
  const m2 = v128.load(from + 2 * stride);
  const m3 = v128.load(from + 3 * stride);
  const m4 = v128.load(from + 4 * stride);
  const m5 = v128.load(from + 5 * stride);
  const sum1 = f32x4.add(m1, m2);
  const sum2 = f32x4.add(m3, m4);
  const difference1 = f32x4.sub(m1, m2);
  const difference2 = f32x4.sub(m3, m4);
  const twice = f32x4.add(difference2, difference2);
  v128.store(to, f32x4.mul(four, m0));
  v128.store(to + toStride, f32x4.sub(f32x4.mul(four, f32x4.sub(m5, difference1)), twice));
  const far = madd(f32x4.splat(5), m0, madd(four, sum1, sum2));
  v128.store(to + 2 * toStride, f32x4.neg(far));
  v128.store(to + 3 * toStride, nmadd(f32x4.splat(5), m5, f32x4.add(difference1, twice)));
  v128.store(to + 4 * toStride, f32x4.add(m0, f32x4.add(sum1, sum2)));
  v128.store(to + 5 * toStride, m5);
}

/** B m for F(4, 5): eight products to eight cells, the transpose of `storeInput8`. */
// @ts-ignore: decorator
@inline
export function cells8(from: usize, stride: usize, to: usize, toStride: usize): void {
  const m0 = v128.load(from);
  const m1 = v128.load(from + stride);
  const m2 = v128.load(from + 2 * stride);
  const m3 = v128.load(from + 3 * stride);
  from += 4 * stride;
  const m4 = v128.load(from);
  const m5 = v128.load(from + stride);
  const m6 = v128.load(from + 2 * stride);
  const m7 = v128.load(from + 3 * stride);
  const sum1 = f32x4.add(m1, m2);
  const sum2 = f32x4.add(m3, m4);
  const sum3 = f32x4.add(m5, m6);
  const outer = f32x4.splat(5.25);
  v128.store(to, m0);
  const near = madd(f32x4.splat(0.25), sum2, madd(f32x4.splat(4), sum3, sum1));
  v128.store(to + 2 * toStride, nmadd(outer, m0, near));
  const middle = madd(f32x4.splat(1.25), sum2, madd(f32x4.splat(5), sum3, f32x4.mul(f32x4.splat(4.25), sum1)));
  v128.store(to + 4 * toStride, f32x4.sub(f32x4.mul(outer, m0), middle));
  v128.store(to + 6 * toStride, f32x4.sub(f32x4.add(sum1, f32x4.add(sum2, sum3)), m0));
  to += toStride;
  const difference1 = f32x4.sub(m1, m2);
  const difference2 = f32x4.sub(m3, m4);
  const difference3 = f32x4.sub(m5, m6);
  const half = f32x4.splat(0.5);
  const twice3 = f32x4.add(difference3, difference3);
  v128.store(to, f32x4.sub(madd(half, difference2, f32x4.add(difference1, twice3)), m7));
  const both = f32x4.mul(f32x4.splat(2.5), f32x4.add(difference2, difference3));
  const odd = nmadd(f32x4.splat(4.25), difference1, f32x4.mul(outer, m7));
  v128.store(to + 2 * toStride, f32x4.sub(odd, both));
  const twice2 = f32x4.add(difference2, difference2);
  v128.store(to + 4 * toStride, nmadd(outer, m7, madd(half, difference3, f32x4.add(difference1, twice2))));
  v128.store(to + 6 * toStride, m7);
}
