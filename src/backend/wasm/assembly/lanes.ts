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
