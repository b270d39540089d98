// Softmax along a dimension that is not the last: four neighbouring lines at a time.

import { exp } from "./exponential";

@unmanaged
class Softmax {
  source: usize; // [outer][length][inner]
  out: usize;
  length: i32;
  inner: i32; // at least 4
  logarithm: i32; // whether the logarithm is wanted
}

/** Unit: one outer block. */
export function softmax(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Softmax>(args);
  const step = <usize>a.inner << 2;
  const block = <usize>a.length * step;
  const last = step - 16;
  for (let unit = begin; unit < end; unit++) {
    const source = a.source + <usize>unit * block;
    const out = a.out + <usize>unit * block;
    // The last four lines may overlap those before: they come out the same.
    for (let x: usize = 0; ; x = min(x + 16, last)) {
      fourLines(source + x, out + x, block, step, a.logarithm != 0);
      if (x == last) break;
    }
  }
}

/** eˣ⁻ᵐ / Σ eˣ⁻ᵐ, or x − (m + log Σ eˣ⁻ᵐ), where m is the line's largest number. */
function fourLines(source: usize, out: usize, block: usize, step: usize, logarithm: bool): void {
  let most = v128.load(source);
  for (let at = step; at < block; at += step) most = f32x4.max(most, v128.load(source + at));
  let sum = f32x4.splat(0);
  for (let at: usize = 0; at < block; at += step) {
    const part = exp(f32x4.sub(v128.load(source + at), most));
    sum = f32x4.add(sum, part);
    if (!logarithm) v128.store(out + at, part);
  }
  if (!logarithm) {
    for (let at: usize = 0; at < block; at += step) v128.store(out + at, f32x4.div(v128.load(out + at), sum));
    return;
  }
  let logs = f32x4.splat(Mathf.log(f32x4.extract_lane(sum, 0)));
  logs = f32x4.replace_lane(logs, 1, Mathf.log(f32x4.extract_lane(sum, 1)));
  logs = f32x4.replace_lane(logs, 2, Mathf.log(f32x4.extract_lane(sum, 2)));
  logs = f32x4.replace_lane(logs, 3, Mathf.log(f32x4.extract_lane(sum, 3)));
  for (let at: usize = 0; at < block; at += step) {
    v128.store(out + at, f32x4.sub(f32x4.sub(v128.load(source + at), most), logs));
  }
}
