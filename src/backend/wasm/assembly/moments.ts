// Means and squared distances in double precision: a square of float32 numbers never leaves its range.

import { sum } from "./reduction";

@unmanaged
class Moments {
  divisor: f64;
  eps: f64;
  source: usize; // as for `reduce`
  mean: usize; // 0: not wanted
  variance: usize;
  deviation: usize;
  centred: i32; // whether distances are taken from the mean, not from 0
  innermost: i32;
  size0: i32;
  size1: i32;
  size2: i32;
  size3: i32;
}

/** Units are those of `reduce`. Scratch: two doubles for each output of a unit. */
export function moments(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Moments>(args);
  for (let unit = begin; unit < end; unit++) {
    if (a.innermost) momentsOfLines(a, unit);
    else momentsAcross(a, unit, scratch);
  }
}

function momentsOfLines(a: Moments, unit: i32): void {
  const line = <usize>a.size3 << 2;
  const step = <usize>a.size2 * line;
  const first = a.source + <usize>((unit / a.size2) * a.size1) * step + <usize>(unit % a.size2) * line;
  const end = first + <usize>a.size1 * step;
  const at = <usize>unit << 2;
  let mean: f64 = 0;
  if (a.centred || a.mean) {
    for (let from = first; from < end; from += step) mean += sum(from, a.size3);
    mean /= <f64>a.size1 * <f64>a.size3;
    if (a.mean) store<f32>(a.mean + at, <f32>mean);
  }
  if (!a.centred) mean = 0;
  let squares: f64 = 0;
  for (let from = first; from < end; from += step) squares += sumOfSquares(from, a.size3, mean);
  finish(a, at, squares);
}

/** Σ (x − centre)², in eight parts: an addition waits for the one before it. */
function sumOfSquares(from: usize, count: i32, centre: f64): f64 {
  const middle = f64x2.splat(centre);
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (; count >= 8; count -= 8) {
    const d0 = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(from)), middle);
    const d1 = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(from, 8)), middle);
    const d2 = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(from, 16)), middle);
    const d3 = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(from, 24)), middle);
    s0 = f64x2.add(s0, f64x2.mul(d0, d0));
    s1 = f64x2.add(s1, f64x2.mul(d1, d1));
    s2 = f64x2.add(s2, f64x2.mul(d2, d2));
    s3 = f64x2.add(s3, f64x2.mul(d3, d3));
    from += 32;
  }
  s0 = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  let total = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1);
  for (; count > 0; count--) {
    const distance = <f64>load<f32>(from) - centre;
    total += distance * distance;
    from += 4;
  }
  return total;
}

function momentsAcross(a: Moments, unit: i32, scratch: usize): void {
  const line = <usize>a.size3 << 2;
  const means = scratch;
  const squares = scratch + (line << 1);
  for (let at: usize = 0; at < line << 2; at += 8) store<f64>(scratch + at, 0);
  if (a.centred || a.mean) {
    const count = <f64>a.size0 * <f64>a.size2;
    for (let i = 0; i < a.size0 * a.size2; i++) {
      const from = lineOf(a, unit, i, line);
      let at: usize = 0;
      for (; at + 8 <= line; at += 8) {
        const to = means + (at << 1);
        v128.store(to, f64x2.add(v128.load(to), f64x2.promote_low_f32x4(v128.load64_zero(from + at))));
      }
      if (at < line) {
        const to = means + (at << 1);
        store<f64>(to, load<f64>(to) + <f64>load<f32>(from + at));
      }
    }
    for (let at: usize = 0; at < line; at += 4) {
      const to = means + (at << 1);
      const mean = load<f64>(to) / count;
      if (a.mean) store<f32>(a.mean + <usize>unit * line + at, <f32>mean);
      store<f64>(to, a.centred ? mean : 0);
    }
  }
  for (let i = 0; i < a.size0 * a.size2; i++) {
    const from = lineOf(a, unit, i, line);
    let at: usize = 0;
    for (; at + 8 <= line; at += 8) {
      const to = squares + (at << 1);
      const distance = f64x2.sub(
        f64x2.promote_low_f32x4(v128.load64_zero(from + at)),
        v128.load(means + (at << 1)),
      );
      v128.store(to, f64x2.add(v128.load(to), f64x2.mul(distance, distance)));
    }
    if (at < line) {
      const to = squares + (at << 1);
      const distance = <f64>load<f32>(from + at) - load<f64>(means + (at << 1));
      store<f64>(to, load<f64>(to) + distance * distance);
    }
  }
  for (let at: usize = 0; at < line; at += 4) {
    finish(a, <usize>unit * line + at, load<f64>(squares + (at << 1)));
  }
}

/** Where the lines start that a unit's outputs are made of. */
// @ts-ignore: decorator
@inline
function lineOf(a: Moments, unit: i32, index: i32, line: usize): usize {
  const outer = index / a.size2;
  return a.source + <usize>((outer * a.size1 + unit) * a.size2 + (index % a.size2)) * line;
}

function finish(a: Moments, at: usize, squares: f64): void {
  const variance = squares / a.divisor;
  if (a.variance) store<f32>(a.variance + at, <f32>variance);
  if (a.deviation) store<f32>(a.deviation + at, <f32>sqrt(variance + a.eps));
}
