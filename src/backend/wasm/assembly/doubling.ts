// Resizing to twice the height and width, by nearest cells or by lines between cells whose borders meet. No tables
// are needed: with weights ¾ and ¼, two rows of four input cells make two rows of eight outputs.

import { madd } from "./lanes";

@unmanaged
class Doubling {
  source: usize;
  out: usize;
  height: i32; // of the input
  width: i32;
}

/** Every cell four times. Unit: one plane. */
export function doubleNearest(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Doubling>(args);
  const row = <usize>a.width << 2;
  const whole = row & ~15;
  let from = a.source + <usize>(begin * a.height) * row;
  let to = a.out + ((<usize>(begin * a.height) * row) << 2);
  const last = from + <usize>((end - begin) * a.height) * row;
  while (from < last) {
    const below = to + (row << 1);
    for (let x: usize = 0; x < whole; x += 16) {
      const v = v128.load(from + x);
      const low = v128.shuffle<f32>(v, v, 0, 0, 1, 1);
      const high = v128.shuffle<f32>(v, v, 2, 2, 3, 3);
      const at = x << 1;
      v128.store(to + at, low);
      v128.store(to + at, high, 16);
      v128.store(below + at, low);
      v128.store(below + at, high, 16);
    }
    for (let x = whole; x < row; x += 4) {
      const v = load<u32>(from + x);
      const both = (<u64>v << 32) | <u64>v;
      store<u64>(to + (x << 1), both);
      store<u64>(below + (x << 1), both);
    }
    from += row;
    to += row << 2;
  }
}

/**
 * Output 2x of an axis is ¼·[x − 1] + ¾·[x], output 2x + 1 is ¾·[x] + ¼·[x + 1]; the first and the last are copies.
 * Unit: one plane. Scratch: two rows of the output, doubled in width: those of the row above and of this one.
 */
export function doubleBilinear(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Doubling>(args);
  const row = <usize>a.width << 2;
  const outRow = row << 1;
  const room = (outRow + 47) & ~15; // rows are written up to six cells past their last
  let above = scratch;
  let here = scratch + room;
  let from = a.source + <usize>(begin * a.height) * row;
  let to = a.out + ((<usize>(begin * a.height) * row) << 2);
  for (let plane = begin; plane < end; plane++) {
    doubleRow(from, above, a.width);
    copy(above, to, outRow);
    to += outRow;
    for (let y = 1; y < a.height; y++) {
      from += row;
      doubleRow(from, here, a.width);
      blend(above, here, to, to + outRow, outRow);
      to += outRow << 1;
      const former = above;
      above = here;
      here = former;
    }
    from += row;
    copy(above, to, outRow);
    to += outRow;
  }
}

/** One row at twice the width. May write up to six cells past the last. */
function doubleRow(from: usize, to: usize, width: i32): void {
  const near = f32x4.splat(0.75);
  const far = f32x4.splat(0.25);
  const end = from + (<usize>(width - 1) << 2);
  store<f32>(to, load<f32>(from));
  to += 4;
  for (; from < end; from += 16) {
    const left = v128.load(from);
    const right = v128.load(from, 4);
    // Between each cell and its right neighbour: nearer to the cell, nearer to the neighbour.
    const first = madd(near, left, f32x4.mul(far, right));
    const second = madd(near, right, f32x4.mul(far, left));
    v128.store(to, v128.shuffle<f32>(first, second, 0, 4, 1, 5));
    v128.store(to, v128.shuffle<f32>(first, second, 2, 6, 3, 7), 16);
    to += 32;
  }
  // The loop may have gone past the last cell: its copy is stored last.
  store<f32>(to - ((from - end) << 1), load<f32>(end));
}

/** first ← ¾·above + ¼·here, second ← ¼·above + ¾·here. */
function blend(above: usize, here: usize, first: usize, second: usize, bytes: usize): void {
  const near = f32x4.splat(0.75);
  const far = f32x4.splat(0.25);
  const whole = bytes & ~15;
  let x: usize = 0;
  for (; x < whole; x += 16) {
    const a = v128.load(above + x);
    const b = v128.load(here + x);
    v128.store(first + x, madd(near, a, f32x4.mul(far, b)));
    v128.store(second + x, madd(near, b, f32x4.mul(far, a)));
  }
  // Rows have an even number of cells.
  if (x < bytes) {
    const a = v128.load64_zero(above + x);
    const b = v128.load64_zero(here + x);
    v128.store64_lane(first + x, madd(near, a, f32x4.mul(far, b)), 0);
    v128.store64_lane(second + x, madd(near, b, f32x4.mul(far, a)), 0);
  }
}

/** Copies a row; `memory.copy` leaves WebAssembly, which costs more than a short row does. */
function copy(from: usize, to: usize, bytes: usize): void {
  let x: usize = 0;
  for (; x + 16 <= bytes; x += 16) v128.store(to + x, v128.load(from + x));
  if (x < bytes) store<u64>(to + x, load<u64>(from + x));
}
