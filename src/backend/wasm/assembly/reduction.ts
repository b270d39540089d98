// Sums are taken in double precision, as the reference does.

/** The sum of `count` numbers, in eight parts: an addition waits for the one before it. */
// @ts-ignore: decorator
@inline
export function sum(from: usize, count: i32): f64 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (; count >= 8; count -= 8) {
    // Each half is loaded for itself: taking it from a vector would be one more instruction.
    s0 = f64x2.add(s0, f64x2.promote_low_f32x4(v128.load64_zero(from)));
    s1 = f64x2.add(s1, f64x2.promote_low_f32x4(v128.load64_zero(from, 8)));
    s2 = f64x2.add(s2, f64x2.promote_low_f32x4(v128.load64_zero(from, 16)));
    s3 = f64x2.add(s3, f64x2.promote_low_f32x4(v128.load64_zero(from, 24)));
    from += 32;
  }
  s0 = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  let total = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1);
  for (; count > 0; count--) {
    total += <f64>load<f32>(from);
    from += 4;
  }
  return total;
}

@unmanaged
class PlaneSums {
  source: usize; // [batch][channel][cell]
  out: usize;
  batch: i32;
  channels: i32;
  cells: i32;
}

/** Each channel's sum over the batch and its cells. Unit: one channel. */
export function sumPlanes(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<PlaneSums>(args);
  for (let channel = begin; channel < end; channel++) {
    let total: f64 = 0;
    for (let image = 0; image < a.batch; image++) {
      total += sum(a.source + (<usize>((image * a.channels + channel) * a.cells) << 2), a.cells);
    }
    store<f32>(a.out + (<usize>channel << 2), <f32>total);
  }
}

@unmanaged
class Reduction {
  kind: i32; // 0: sum, 1: mean, 2: max, 3: min
  source: usize;
  out: usize;
  // The source is [outer0, outer1, inner0, inner1]. Innermost reduced: [kept, reduced, kept, reduced],
  // otherwise [reduced, kept, reduced, kept].
  innermost: i32; // whether the last dimension is reduced
  size0: i32;
  size1: i32;
  size2: i32;
  size3: i32;
}

/** Unit: one output where the last dimension is reduced, otherwise one line of outputs. */
export function reduce(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Reduction>(args);
  for (let unit = begin; unit < end; unit++) {
    if (a.innermost) reduceLines(a, unit);
    else reduceAcross(a, unit, scratch);
  }
}

function reduceLines(a: Reduction, unit: i32): void {
  const outer = unit / a.size2;
  const inner = unit % a.size2;
  const line = <usize>a.size3 << 2;
  const sums = a.kind < 2;
  let total: f64 = sums ? 0 : a.kind == 2 ? -Infinity : Infinity;
  for (let i = 0; i < a.size1; i++) {
    const from = a.source + <usize>((outer * a.size1 + i) * a.size2 + inner) * line;
    if (sums) {
      total += sum(from, a.size3);
    } else {
      for (let at = from; at < from + line; at += 4) {
        const value = <f64>load<f32>(at);
        total = a.kind == 2 ? max(total, value) : min(total, value);
      }
    }
  }
  if (a.kind == 1) total /= <f64>a.size1 * <f64>a.size3;
  store<f32>(a.out + (<usize>unit << 2), <f32>total);
}

function reduceAcross(a: Reduction, unit: i32, scratch: usize): void {
  const line = <usize>a.size3 << 2;
  const sums = a.kind < 2;
  const start: f64 = sums ? 0 : a.kind == 2 ? -Infinity : Infinity;
  for (let i: usize = 0; i < line; i += 4) store<f64>(scratch + (i << 1), start);
  for (let i = 0; i < a.size0; i++) {
    for (let j = 0; j < a.size2; j++) {
      const from = a.source + <usize>((i * a.size1 + unit) * a.size2 + j) * line;
      if (sums) {
        for (let at: usize = 0; at < line; at += 4) {
          const to = scratch + (at << 1);
          store<f64>(to, load<f64>(to) + <f64>load<f32>(from + at));
        }
      } else {
        for (let at: usize = 0; at < line; at += 4) {
          const to = scratch + (at << 1);
          const value = <f64>load<f32>(from + at);
          store<f64>(to, a.kind == 2 ? max(load<f64>(to), value) : min(load<f64>(to), value));
        }
      }
    }
  }
  const divisor = a.kind == 1 ? <f64>a.size0 * <f64>a.size2 : 1;
  const out = a.out + <usize>unit * line;
  for (let i: usize = 0; i < line; i += 4) {
    store<f32>(out + i, <f32>(load<f64>(scratch + (i << 1)) / divisor));
  }
}
