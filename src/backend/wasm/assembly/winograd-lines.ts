// Winograd's transforms in vectors: four lanes are four tiles (or four kernels), so a transform of one
// line is a handful of additions and needs no shuffling. Matrices after Lavin and Gray (2016),
// "Fast algorithms for convolutional neural networks".
//
// Lines are read and written at `stride` bytes; the caller runs them down the columns, then along the rows.

import { madd, nmadd } from "./lanes";

/** Bᵀd for F(4, 3): six inputs to six. */
// @ts-ignore: decorator
@inline
export function input4(from: usize, stride: usize, to: usize, toStride: usize): void {
  const d0 = v128.load(from);
  const d1 = v128.load(from + stride);
  const d2 = v128.load(from + 2 * stride);
  const d3 = v128.load(from + 3 * stride);
  const d4 = v128.load(from + 4 * stride);
  const d5 = v128.load(from + 5 * stride);
  storeInput4(d0, d1, d2, d3, d4, d5, to, toStride);
}

/** The same for two columns of a tile at `p` and two of a tile at `q`. */
// @ts-ignore: decorator
@inline
export function inputPair4(p: usize, q: usize, stride: usize, to: usize, toStride: usize): void {
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
  storeInput4(d0, d1, d2, d3, d4, d5, to, toStride);
}

// @ts-ignore: decorator
@inline
function pair(p: usize, q: usize): v128 {
  return v128.load64_lane(q, v128.load64_zero(p), 1);
}

// @ts-ignore: decorator
@inline
export function storeInput4(
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

/** A y down the columns of a 4×4 tile. */
// @ts-ignore: decorator
@inline
export function spread43(from: usize, stride: usize, to: usize, toStride: usize): void {
  storeSpread43(
    v128.load(from),
    v128.load(from + stride),
    v128.load(from + 2 * stride),
    v128.load(from + 3 * stride),
    to,
    toStride,
  );
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

/** Aᵀm of six neighbouring vectors whose lanes are tiles: four outputs of each tile, each tile's to its own address. */
// @ts-ignore: decorator
@inline
export function storeOutput43(from: usize, p0: usize, p1: usize, p2: usize, p3: usize): void {
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
  const a = v128.shuffle<f32>(y0, y1, 0, 4, 1, 5);
  const b = v128.shuffle<f32>(y2, y3, 0, 4, 1, 5);
  const c = v128.shuffle<f32>(y0, y1, 2, 6, 3, 7);
  const d = v128.shuffle<f32>(y2, y3, 2, 6, 3, 7);
  v128.store(p0, v128.shuffle<f32>(a, b, 0, 1, 4, 5));
  v128.store(p1, v128.shuffle<f32>(a, b, 2, 3, 6, 7));
  v128.store(p2, v128.shuffle<f32>(c, d, 0, 1, 4, 5));
  v128.store(p3, v128.shuffle<f32>(c, d, 2, 3, 6, 7));
}

/** G g for F(4, 3): three weights to six. */
// @ts-ignore: decorator
@inline
export function weight43(from: usize, stride: usize, to: usize, toStride: usize): void {
  const g0 = v128.load(from);
  const g1 = v128.load(from + stride);
  const g2 = v128.load(from + 2 * stride);
  v128.store(to, f32x4.mul(f32x4.splat(0.25), g0));
  const outer = f32x4.mul(f32x4.splat(-1.0 / 6.0), f32x4.add(g0, g2));
  const middle = f32x4.mul(f32x4.splat(1.0 / 6.0), g1);
  v128.store(to + toStride, f32x4.sub(outer, middle));
  v128.store(to + 2 * toStride, f32x4.add(outer, middle));
  const ends = f32x4.add(
    f32x4.mul(f32x4.splat(1.0 / 24.0), g0),
    f32x4.mul(f32x4.splat(1.0 / 6.0), g2),
  );
  const centre = f32x4.mul(f32x4.splat(1.0 / 12.0), g1);
  v128.store(to + 3 * toStride, f32x4.add(ends, centre));
  v128.store(to + 4 * toStride, f32x4.sub(ends, centre));
  v128.store(to + 5 * toStride, g2);
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

/** Aᵀm along the rows, as `storeOutput43`: three outputs of each tile, with nothing written behind them. */
// @ts-ignore: decorator
@inline
export function storeOutput34(from: usize, p0: usize, p1: usize, p2: usize, p3: usize): void {
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
  v128.store64_lane(p0, a, 0);
  v128.store32_lane(p0, y2, 0, 8);
  v128.store64_lane(p1, a, 1);
  v128.store32_lane(p1, y2, 1, 8);
  v128.store64_lane(p2, c, 0);
  v128.store32_lane(p2, y2, 2, 8);
  v128.store64_lane(p3, c, 1);
  v128.store32_lane(p3, y2, 3, 8);
}

/** G g for F(3, 4): four weights to six. */
// @ts-ignore: decorator
@inline
export function weight34(from: usize, stride: usize, to: usize, toStride: usize): void {
  const g0 = v128.load(from);
  const g1 = v128.load(from + stride);
  const g2 = v128.load(from + 2 * stride);
  const g3 = v128.load(from + 3 * stride);
  v128.store(to, f32x4.mul(f32x4.splat(0.25), g0));
  const even = f32x4.mul(f32x4.splat(-1.0 / 6.0), f32x4.add(g0, g2));
  const odd = f32x4.mul(f32x4.splat(-1.0 / 6.0), f32x4.add(g1, g3));
  v128.store(to + toStride, f32x4.add(even, odd));
  v128.store(to + 2 * toStride, f32x4.sub(even, odd));
  const farEven = madd(f32x4.splat(1.0 / 6.0), g2, f32x4.mul(f32x4.splat(1.0 / 24.0), g0));
  const farOdd = madd(f32x4.splat(1.0 / 3.0), g3, f32x4.mul(f32x4.splat(1.0 / 12.0), g1));
  v128.store(to + 3 * toStride, f32x4.add(farEven, farOdd));
  v128.store(to + 4 * toStride, f32x4.sub(farEven, farOdd));
  v128.store(to + 5 * toStride, g3);
}

/** Aᵀm for F(2, 5): six products to two outputs. */
// @ts-ignore: decorator
@inline
export function output25(from: usize, stride: usize, to: usize, toStride: usize): void {
  const m1 = v128.load(from + stride);
  const m2 = v128.load(from + 2 * stride);
  const m3 = v128.load(from + 3 * stride);
  const m4 = v128.load(from + 4 * stride);
  const sums = f32x4.add(f32x4.add(m1, m2), f32x4.add(m3, m4));
  v128.store(to, f32x4.add(v128.load(from), sums));
  const differences = madd(f32x4.splat(2), f32x4.sub(m3, m4), f32x4.sub(m1, m2));
  v128.store(to + toStride, f32x4.add(differences, v128.load(from + 5 * stride)));
}

/** Aᵀm along the rows, as `storeOutput43`: two outputs of each tile. */
// @ts-ignore: decorator
@inline
export function storeOutput25(from: usize, p0: usize, p1: usize, p2: usize, p3: usize): void {
  const m1 = v128.load(from, 16);
  const m2 = v128.load(from, 32);
  const m3 = v128.load(from, 48);
  const m4 = v128.load(from, 64);
  const sums = f32x4.add(f32x4.add(m1, m2), f32x4.add(m3, m4));
  const differences = madd(f32x4.splat(2), f32x4.sub(m3, m4), f32x4.sub(m1, m2));
  storePairs(f32x4.add(v128.load(from), sums), f32x4.add(differences, v128.load(from, 80)), p0, p1, p2, p3);
}

// @ts-ignore: decorator
@inline
function storePairs(y0: v128, y1: v128, p0: usize, p1: usize, p2: usize, p3: usize): void {
  const a = v128.shuffle<f32>(y0, y1, 0, 4, 1, 5);
  const c = v128.shuffle<f32>(y0, y1, 2, 6, 3, 7);
  v128.store64_lane(p0, a, 0);
  v128.store64_lane(p1, a, 1);
  v128.store64_lane(p2, c, 0);
  v128.store64_lane(p3, c, 1);
}

/** G g for F(2, 5): five weights to six. */
// @ts-ignore: decorator
@inline
export function weight25(from: usize, stride: usize, to: usize, toStride: usize): void {
  const g0 = v128.load(from);
  const g1 = v128.load(from + stride);
  const g2 = v128.load(from + 2 * stride);
  const g3 = v128.load(from + 3 * stride);
  const g4 = v128.load(from + 4 * stride);
  v128.store(to, f32x4.mul(f32x4.splat(0.25), g0));
  const even = f32x4.mul(f32x4.splat(-1.0 / 6.0), f32x4.add(f32x4.add(g0, g2), g4));
  const odd = f32x4.mul(f32x4.splat(-1.0 / 6.0), f32x4.add(g1, g3));
  v128.store(to + toStride, f32x4.add(even, odd));
  v128.store(to + 2 * toStride, f32x4.sub(even, odd));
  const ends = madd(f32x4.splat(2.0 / 3.0), g4, f32x4.mul(f32x4.splat(1.0 / 24.0), g0));
  const farEven = madd(f32x4.splat(1.0 / 6.0), g2, ends);
  const farOdd = madd(f32x4.splat(1.0 / 3.0), g3, f32x4.mul(f32x4.splat(1.0 / 12.0), g1));
  v128.store(to + 3 * toStride, f32x4.add(farEven, farOdd));
  v128.store(to + 4 * toStride, f32x4.sub(farEven, farOdd));
  v128.store(to + 5 * toStride, g4);
}

/** Gᵀu for F(4, 3): six to three, the transpose of `weight43`. */
// @ts-ignore: decorator
@inline
export function gather43(from: usize, stride: usize, to: usize, toStride: usize): void {
  const u1 = v128.load(from + stride);
  const u2 = v128.load(from + 2 * stride);
  const u3 = v128.load(from + 3 * stride);
  const u4 = v128.load(from + 4 * stride);
  const near = f32x4.mul(f32x4.splat(-1.0 / 6.0), f32x4.add(u1, u2));
  const far = f32x4.add(u3, u4);
  v128.store(
    to,
    f32x4.add(
      f32x4.mul(f32x4.splat(0.25), v128.load(from)),
      f32x4.add(near, f32x4.mul(f32x4.splat(1.0 / 24.0), far)),
    ),
  );
  v128.store(
    to + toStride,
    f32x4.add(
      f32x4.mul(f32x4.splat(1.0 / 6.0), f32x4.sub(u2, u1)),
      f32x4.mul(f32x4.splat(1.0 / 12.0), f32x4.sub(u3, u4)),
    ),
  );
  v128.store(
    to + 2 * toStride,
    f32x4.add(
      f32x4.add(near, f32x4.mul(f32x4.splat(1.0 / 6.0), far)),
      v128.load(from + 5 * stride),
    ),
  );
}

/** A y for F(2, 5): two gradients to six, the transpose of `output25`. */
// @ts-ignore: decorator
@inline
export function storeSpread25(y0: v128, y1: v128, to: usize, stride: usize): void {
  v128.store(to, y0);
  to += stride;
  v128.store(to, f32x4.add(y0, y1));
  to += stride;
  v128.store(to, f32x4.sub(y0, y1));
  to += stride;
  const twice = f32x4.add(y1, y1);
  v128.store(to, f32x4.add(y0, twice));
  to += stride;
  v128.store(to, f32x4.sub(y0, twice));
  to += stride;
  v128.store(to, y1);
}

/** Gᵀu for F(2, 5): six to five, the transpose of `weight25`. */
// @ts-ignore: decorator
@inline
export function gather25(from: usize, stride: usize, to: usize, toStride: usize): void {
  const u1 = v128.load(from + stride);
  const u2 = v128.load(from + 2 * stride);
  const u3 = v128.load(from + 3 * stride);
  const u4 = v128.load(from + 4 * stride);
  const even = f32x4.mul(f32x4.splat(-1.0 / 6.0), f32x4.add(u1, u2));
  const odd = f32x4.mul(f32x4.splat(-1.0 / 6.0), f32x4.sub(u1, u2));
  const farEven = f32x4.add(u3, u4);
  const farOdd = f32x4.sub(u3, u4);
  const first = f32x4.mul(f32x4.splat(0.25), v128.load(from));
  v128.store(to, f32x4.add(first, madd(f32x4.splat(1.0 / 24.0), farEven, even)));
  v128.store(to + toStride, madd(f32x4.splat(1.0 / 12.0), farOdd, odd));
  v128.store(to + 2 * toStride, madd(f32x4.splat(1.0 / 6.0), farEven, even));
  v128.store(to + 3 * toStride, madd(f32x4.splat(1.0 / 3.0), farOdd, odd));
  const last = v128.load(from + 5 * stride);
  v128.store(to + 4 * toStride, f32x4.add(last, madd(f32x4.splat(2.0 / 3.0), farEven, even)));
}

/** Bᵀd for F(2, 3): four inputs to four. */
// @ts-ignore: decorator
@inline
export function storeInput2(d0: v128, d1: v128, d2: v128, d3: v128, to: usize, stride: usize): void {
  v128.store(to, f32x4.sub(d0, d2));
  v128.store(to + stride, f32x4.add(d1, d2));
  v128.store(to + 2 * stride, f32x4.sub(d2, d1));
  v128.store(to + 3 * stride, f32x4.sub(d1, d3));
}

/** Bᵀd down the columns of a 4×4 tile. */
// @ts-ignore: decorator
@inline
export function input2(from: usize, stride: usize, to: usize, toStride: usize): void {
  storeInput2(
    v128.load(from),
    v128.load(from + stride),
    v128.load(from + 2 * stride),
    v128.load(from + 3 * stride),
    to,
    toStride,
  );
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
export function storeOutput23(from: usize, p0: usize, p1: usize, p2: usize, p3: usize): void {
  const m1 = v128.load(from, 16);
  const m2 = v128.load(from, 32);
  const y0 = f32x4.add(v128.load(from), f32x4.add(m1, m2));
  const y1 = f32x4.sub(f32x4.sub(m1, m2), v128.load(from, 48));
  storePairs(y0, y1, p0, p1, p2, p3);
}

/** G g for F(2, 3): three weights to four. */
// @ts-ignore: decorator
@inline
export function weight23(from: usize, stride: usize, to: usize, toStride: usize): void {
  const g0 = v128.load(from);
  const g1 = v128.load(from + stride);
  const g2 = v128.load(from + 2 * stride);
  const half = f32x4.splat(0.5);
  const ends = f32x4.mul(half, f32x4.add(g0, g2));
  const centre = f32x4.mul(half, g1);
  v128.store(to, g0);
  v128.store(to + toStride, f32x4.add(ends, centre));
  v128.store(to + 2 * toStride, f32x4.sub(ends, centre));
  v128.store(to + 3 * toStride, g2);
}
