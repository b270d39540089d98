// Small questions about stretches of memory.

import { largerMagnitude, largestLane } from "./lanes";

/** 1 if `bytes` at a and b are equal bit by bit. */
export function same(a: usize, b: usize, bytes: usize): i32 {
  const end = a + bytes;
  while (a + 64 <= end) {
    const difference = v128.or(
      v128.or(v128.xor(v128.load(a), v128.load(b)), v128.xor(v128.load(a, 16), v128.load(b, 16))),
      v128.or(v128.xor(v128.load(a, 32), v128.load(b, 32)), v128.xor(v128.load(a, 48), v128.load(b, 48))),
    );
    if (v128.any_true(difference)) return 0;
    a += 64;
    b += 64;
  }
  while (a < end) {
    if (load<i32>(a) != load<i32>(b)) return 0;
    a += 4;
    b += 4;
  }
  return 1;
}

/** The largest magnitude of `count` numbers; NaN if one is NaN. */
export function magnitude(from: usize, count: i32): f32 {
  let most = f32x4.splat(0);
  for (; count >= 4; count -= 4) {
    most = largerMagnitude(most, v128.load(from));
    from += 16;
  }
  for (; count > 0; count--) {
    most = largerMagnitude(most, v128.load32_splat(from));
    from += 4;
  }
  return largestLane(most);
}
