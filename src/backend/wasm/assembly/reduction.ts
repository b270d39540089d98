// Sums are taken in double precision, as the reference does.

/** The sum of `count` numbers. */
// @ts-ignore: decorator
@inline
export function sum(from: usize, count: i32): f64 {
  let low = f64x2.splat(0);
  let high = low;
  for (; count >= 4; count -= 4) {
    const v = v128.load(from);
    low = f64x2.add(low, f64x2.promote_low_f32x4(v));
    high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 0, 1)));
    from += 16;
  }
  low = f64x2.add(low, high);
  let total = f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1);
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
