// Winograd's transforms of one line of weights, G g, and their transposes, Gᵀu: see winograd-input-lines.ts.

import { madd } from "./lanes";

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

/** G g for F(4, 5): five weights to eight. */
// @ts-ignore: decorator
@inline
export function weight45(from: usize, stride: usize, to: usize, toStride: usize): void {
  const g0 = v128.load(from);
  const g1 = v128.load(from + stride);
  const g2 = v128.load(from + 2 * stride);
  const g3 = v128.load(from + 3 * stride);
  const g4 = v128.load(from + 4 * stride);
  v128.store(to, g0);
  to += toStride;
  const even = f32x4.mul(f32x4.splat(-2.0 / 9.0), f32x4.add(f32x4.add(g0, g2), g4));
  const odd = f32x4.mul(f32x4.splat(-2.0 / 9.0), f32x4.add(g1, g3));
  v128.store(to, f32x4.add(even, odd));
  to += toStride;
  v128.store(to, f32x4.sub(even, odd));
  to += toStride;
  const farEnds = madd(f32x4.splat(8.0 / 45.0), g4, f32x4.mul(f32x4.splat(1.0 / 90.0), g0));
  const farEven = madd(f32x4.splat(2.0 / 45.0), g2, farEnds);
  const farOdd = madd(f32x4.splat(4.0 / 45.0), g3, f32x4.mul(f32x4.splat(1.0 / 45.0), g1));
  v128.store(to, f32x4.add(farEven, farOdd));
  to += toStride;
  v128.store(to, f32x4.sub(farEven, farOdd));
  to += toStride;
  const closeEnds = madd(f32x4.splat(2.0 / 45.0), g4, f32x4.mul(f32x4.splat(32.0 / 45.0), g0));
  const closeEven = madd(f32x4.splat(8.0 / 45.0), g2, closeEnds);
  const closeOdd = madd(f32x4.splat(4.0 / 45.0), g3, f32x4.mul(f32x4.splat(16.0 / 45.0), g1));
  v128.store(to, f32x4.add(closeEven, closeOdd));
  to += toStride;
  v128.store(to, f32x4.sub(closeEven, closeOdd));
  to += toStride;
  v128.store(to, g4);
}

/** Gᵀu for F(4, 5): eight to five, the transpose of `weight45`. */
// @ts-ignore: decorator
@inline
export function gather45(from: usize, stride: usize, to: usize, toStride: usize): void {
  const u1 = v128.load(from + stride);
  const u2 = v128.load(from + 2 * stride);
  const u3 = v128.load(from + 3 * stride);
  const u4 = v128.load(from + 4 * stride);
  const u5 = v128.load(from + 5 * stride);
  const u6 = v128.load(from + 6 * stride);
  const even = f32x4.mul(f32x4.splat(-2.0 / 9.0), f32x4.add(u1, u2));
  const odd = f32x4.mul(f32x4.splat(-2.0 / 9.0), f32x4.sub(u1, u2));
  const farEven = f32x4.add(u3, u4);
  const farOdd = f32x4.sub(u3, u4);
  const closeEven = f32x4.add(u5, u6);
  const closeOdd = f32x4.sub(u5, u6);
  const first = f32x4.add(v128.load(from), even);
  const nearly = madd(f32x4.splat(1.0 / 90.0), farEven, first);
  v128.store(to, madd(f32x4.splat(32.0 / 45.0), closeEven, nearly));
  const second = madd(f32x4.splat(1.0 / 45.0), farOdd, odd);
  v128.store(to + toStride, madd(f32x4.splat(16.0 / 45.0), closeOdd, second));
  const third = madd(f32x4.splat(2.0 / 45.0), farEven, even);
  v128.store(to + 2 * toStride, madd(f32x4.splat(8.0 / 45.0), closeEven, third));
  const fourth = madd(f32x4.splat(4.0 / 45.0), farOdd, odd);
  v128.store(to + 3 * toStride, madd(f32x4.splat(4.0 / 45.0), closeOdd, fourth));
  const last = f32x4.add(v128.load(from + 7 * stride), even);
  const almost = madd(f32x4.splat(8.0 / 45.0), farEven, last);
  v128.store(to + 4 * toStride, madd(f32x4.splat(2.0 / 45.0), closeEven, almost));
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
