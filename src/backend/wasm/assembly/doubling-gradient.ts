// The transposes of doubling.ts: from the gradient of a doubled image to the gradient of the image.

import { madd } from "./lanes";

@unmanaged
class DoublingGradient {
  source: usize; // the gradient, [plane][2·row][2·column]
  out: usize;
  height: i32; // of the output
  width: i32;
}

/** Each cell gets the sum of the four that were copied from it. Unit: one plane. */
export function doubleNearestGradient(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<DoublingGradient>(args);
  const row = <usize>a.width << 2;
  const whole = row & ~15;
  const first = begin * a.height;
  let from = a.source + ((<usize>first * row) << 2);
  let to = a.out + <usize>first * row;
  for (const last = a.out + <usize>(end * a.height) * row; to < last; to += row) {
    const below = from + (row << 1);
    for (let x: usize = 0; x < whole; x += 16) {
      const at = x << 1;
      const low = f32x4.add(v128.load(from + at), v128.load(below + at));
      const high = f32x4.add(v128.load(from + at, 16), v128.load(below + at, 16));
      const even = v128.shuffle<f32>(low, high, 0, 2, 4, 6);
      v128.store(to + x, f32x4.add(even, v128.shuffle<f32>(low, high, 1, 3, 5, 7)));
    }
    for (let x = whole; x < row; x += 4) {
      const at = x << 1;
      const left = load<f32>(from + at) + load<f32>(below + at);
      store<f32>(to + x, left + (load<f32>(from + at, 4) + load<f32>(below + at, 4)));
    }
    from += row << 2;
  }
}

/**
 * Cell x of an axis gets ¼·[2x − 1] + ¾·[2x] + ¾·[2x + 1] + ¼·[2x + 2], where the first and the last output, which
 * were copies, count as their own neighbours. Unit: one plane. Scratch: a row of the gradient and a cell on each side.
 */
export function doubleBilinearGradient(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<DoublingGradient>(args);
  const row = <usize>a.width << 2;
  const gradientRow = row << 1;
  const line = scratch + 16;
  const lastRow = 2 * a.height - 1;
  for (let plane = begin; plane < end; plane++) {
    const source = a.source + <usize>(plane * 2 * a.height) * gradientRow;
    let to = a.out + <usize>(plane * a.height) * row;
    for (let y = 0; y < a.height; y++) {
      const g1 = source + <usize>(2 * y) * gradientRow;
      const g0 = source + <usize>max(0, 2 * y - 1) * gradientRow;
      const g3 = source + <usize>min(lastRow, 2 * y + 2) * gradientRow;
      joinRows(g0, g1, g1 + gradientRow, g3, line, gradientRow);
      store<f32>(line - 4, load<f32>(line));
      store<f32>(line + gradientRow, load<f32>(line + gradientRow - 4));
      joinColumns(line, to, a.width);
      to += row;
    }
  }
}

// @ts-ignore: decorator
@inline
function weigh(outer: v128, inner: v128): v128 {
  return madd(f32x4.splat(0.75), inner, f32x4.mul(f32x4.splat(0.25), outer));
}

/** May write up to three cells past the row. */
function joinRows(g0: usize, g1: usize, g2: usize, g3: usize, to: usize, bytes: usize): void {
  for (let x: usize = 0; x < bytes; x += 16) {
    const outer = f32x4.add(v128.load(g0 + x), v128.load(g3 + x));
    v128.store(to + x, weigh(outer, f32x4.add(v128.load(g1 + x), v128.load(g2 + x))));
  }
}

function joinColumns(line: usize, to: usize, width: i32): void {
  let left = width;
  for (; left > 0; left -= 4) {
    const a = v128.load(line - 4);
    const b = v128.load(line + 12);
    const c = v128.load(line + 4);
    const d = v128.load(line + 20);
    const outer = f32x4.add(v128.shuffle<f32>(a, b, 0, 2, 4, 6), v128.shuffle<f32>(c, d, 1, 3, 5, 7));
    const inner = f32x4.add(v128.shuffle<f32>(a, b, 1, 3, 5, 7), v128.shuffle<f32>(c, d, 0, 2, 4, 6));
    const v = weigh(outer, inner);
    if (left >= 4) {
      v128.store(to, v);
    } else {
      v128.store_lane<f32>(to, v, 0);
      if (left > 1) v128.store_lane<f32>(to + 4, v, 1);
      if (left > 2) v128.store_lane<f32>(to + 8, v, 2);
    }
    line += 32;
    to += 16;
  }
}
