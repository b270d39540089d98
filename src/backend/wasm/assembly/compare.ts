// Whether a stretch of memory holds what it held.

// The golden ratio's odd multiplier: spreads every bit over the word.
const MULTIPLIER: i32 = 0x9e3779b1;

/**
 * Sixteen words that say what `bytes` of memory hold. Each is a chain of exclusive-ors and odd multiplications,
 * which are one to one: a change of one number always shows, one of several escapes once in 2³² a word.
 */
export function fingerprint(from: usize, bytes: usize, to: usize): void {
  const m = i32x4.splat(MULTIPLIER);
  let h0 = i32x4.splat(1);
  let h1 = i32x4.splat(2);
  let h2 = i32x4.splat(3);
  let h3 = i32x4.splat(4);
  const end = from + bytes;
  for (; from + 64 <= end; from += 64) {
    h0 = i32x4.mul(v128.xor(h0, v128.load(from)), m);
    h1 = i32x4.mul(v128.xor(h1, v128.load(from, 16)), m);
    h2 = i32x4.mul(v128.xor(h2, v128.load(from, 32)), m);
    h3 = i32x4.mul(v128.xor(h3, v128.load(from, 48)), m);
  }
  for (; from < end; from += 4) h0 = i32x4.mul(v128.xor(h0, v128.load32_splat(from)), m);
  v128.store(to, h0);
  v128.store(to, h1, 16);
  v128.store(to, h2, 32);
  v128.store(to, h3, 48);
}
