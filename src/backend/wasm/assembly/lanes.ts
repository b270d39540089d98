// Four float32 lanes and the one arithmetic choice that differs between the modules we build.

/**
 * a·b + c. The `fma` modules fuse it (one instruction and one rounding on every processor made since
 * 2013); the `simd` module multiplies, rounds and adds, which every engine with SIMD can do.
 */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return f32x4.relaxed_madd(a, b, c);
  }
  return f32x4.add(f32x4.mul(a, b), c);
}

/** c − a·b. */
// @ts-ignore: decorator
@inline
export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return f32x4.relaxed_nmadd(a, b, c);
  }
  return f32x4.sub(c, f32x4.mul(a, b));
}

/** Four numbers that are `step` bytes apart. Reads up to `step` bytes past the last, inside our memory. */
// @ts-ignore: decorator
@inline
export function strided(from: usize, step: usize): v128 {
  if (step == 4) return v128.load(from);
  if (step == 8) return v128.shuffle<f32>(v128.load(from), v128.load(from, 16), 0, 2, 4, 6);
  let v = v128.load32_zero(from);
  v = v128.load_lane<f32>(from + step, v, 1);
  v = v128.load_lane<f32>(from + 2 * step, v, 2);
  return v128.load_lane<f32>(from + 3 * step, v, 3);
}

/** The first `count` of such numbers, if no more are there. */
// @ts-ignore: decorator
@inline
export function stridedSome(from: usize, step: usize, count: i32): v128 {
  if (count == 4 || step <= 8) return strided(from, step);
  let v = v128.load32_zero(from);
  if (count > 1) v = v128.load_lane<f32>(from + step, v, 1);
  if (count > 2) v = v128.load_lane<f32>(from + 2 * step, v, 2);
  return v;
}

/** Writes four vectors as the columns of a 4×4 block whose rows are `row` bytes apart. */
// @ts-ignore: decorator
@inline
export function storeTransposed(l0: v128, l1: v128, l2: v128, l3: v128, to: usize, row: usize): void {
  const a = v128.shuffle<f32>(l0, l1, 0, 4, 1, 5);
  const b = v128.shuffle<f32>(l2, l3, 0, 4, 1, 5);
  const c = v128.shuffle<f32>(l0, l1, 2, 6, 3, 7);
  const d = v128.shuffle<f32>(l2, l3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(a, b, 0, 1, 4, 5));
  v128.store(to + row, v128.shuffle<f32>(a, b, 2, 3, 6, 7));
  v128.store(to + 2 * row, v128.shuffle<f32>(c, d, 0, 1, 4, 5));
  v128.store(to + 3 * row, v128.shuffle<f32>(c, d, 2, 3, 6, 7));
}

/**
 * The larger magnitude of each lane, NaN above all, compared as whole numbers: their order is that of the
 * magnitudes, and `f32x4.max` takes eight instructions because of NaN and −0.
 */
// @ts-ignore: decorator
@inline
export function largerMagnitude(most: v128, v: v128): v128 {
  return i32x4.max_s(most, v128.and(v, i32x4.splat(0x7fffffff)));
}

/** The largest of four magnitudes. */
// @ts-ignore: decorator
@inline
export function largestLane(most: v128): f32 {
  const pair = i32x4.max_s(most, v128.shuffle<i32>(most, most, 2, 3, 0, 1));
  return reinterpret<f32>(max(i32x4.extract_lane(pair, 0), i32x4.extract_lane(pair, 1)));
}

/** Stores the first `count` lanes. */
// @ts-ignore: decorator
@inline
export function storeSome(to: usize, v: v128, count: i32): void {
  if (count >= 4) {
    v128.store(to, v);
  } else {
    v128.store_lane<f32>(to, v, 0);
    if (count > 1) v128.store_lane<f32>(to + 4, v, 1);
    if (count > 2) v128.store_lane<f32>(to + 8, v, 2);
  }
}
