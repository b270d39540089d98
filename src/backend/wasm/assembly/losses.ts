// Losses of a difference d = x − t and their first derivatives, in double precision and rounded once.

@unmanaged
class Losses {
  share: f64;
  width: f64; // of the part of `smooth` that is a parabola
  x: usize;
  t: usize;
  gradient: usize; // 0: none
  out: usize; // float32 numbers, or a double for each unit's sum
  gradientStep: i32; // 0: one number for all
  count: i32;
  kind: i32; // 0: d², 1: |d|, 2: d²/2w where |d| < w, else |d| − w/2
  order: i32; // 1: the derivative
}

const BLOCK: i32 = 8192;

/** Unit: 8192 numbers. */
export function losses(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Losses>(args);
  const share = f64x2.splat(a.share);
  const last = min(end * BLOCK, a.count);
  let gradient = f64x2.splat(1);
  if (a.gradient && !a.gradientStep) gradient = f64x2.splat(<f64>load<f32>(a.gradient));
  for (let i = begin * BLOCK; i < last; i += 2) {
    const at = <usize>i << 2;
    if (a.gradient && a.gradientStep) gradient = two(a.gradient + at);
    const value = f64x2.mul(f64x2.mul(valueOf(a, f64x2.sub(two(a.x + at), two(a.t + at))), share), gradient);
    const rounded = f32x4.demote_f64x2_zero(value);
    if (i + 1 < last) v128.store_lane<f64>(a.out + at, rounded, 0);
    else v128.store_lane<f32>(a.out + at, rounded, 0);
  }
}

/** Unit: the sum of 8192 numbers, which is stored as a double. */
export function lossSums(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Losses>(args);
  for (let unit = begin; unit < end; unit++) {
    const last = min((unit + 1) * BLOCK, a.count);
    let even = f64x2.splat(0);
    let odd = even;
    let i = unit * BLOCK;
    for (; i + 4 <= last; i += 4) {
      const at = <usize>i << 2;
      even = f64x2.add(even, valueOf(a, f64x2.sub(two(a.x + at), two(a.t + at))));
      odd = f64x2.add(odd, valueOf(a, f64x2.sub(two(a.x + at + 8), two(a.t + at + 8))));
    }
    let total = f64x2.add(even, odd);
    for (; i < last; i++) {
      const at = <usize>i << 2;
      const d = <f64>load<f32>(a.x + at) - <f64>load<f32>(a.t + at);
      // The loss of the other lane's difference, 0, is 0.
      total = f64x2.add(total, valueOf(a, f64x2.replace_lane(f64x2.splat(0), 0, d)));
    }
    store<f64>(a.out + (<usize>unit << 3), f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1));
  }
}

/** Two neighbouring numbers. */
// @ts-ignore: decorator
@inline
function two(from: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(from));
}

// @ts-ignore: decorator
@inline
function valueOf(a: Losses, d: v128): v128 {
  if (a.kind == 0) return a.order ? f64x2.add(d, d) : f64x2.mul(d, d);
  const size = f64x2.abs(d);
  if (a.kind == 1) return a.order ? sign(d) : size;
  const width = f64x2.splat(a.width);
  if (a.order) return v128.bitselect(sign(d), f64x2.div(d, width), f64x2.ge(size, width));
  const half = f64x2.splat(0.5);
  const parabola = f64x2.div(f64x2.mul(half, f64x2.mul(d, d)), width);
  return v128.bitselect(parabola, f64x2.sub(size, f64x2.mul(half, width)), f64x2.lt(size, width));
}

/** −1, 0 or 1; 0 of NaN. */
// @ts-ignore: decorator
@inline
function sign(d: v128): v128 {
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  return f64x2.sub(v128.and(f64x2.gt(d, zero), one), v128.and(f64x2.lt(d, zero), one));
}
