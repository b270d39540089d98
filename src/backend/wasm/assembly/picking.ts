// Pooling that also says which cell won, and moving numbers to and from such cells.

import { storeSome, strided } from "./lanes";
import { firstTap, lastTap, Pool } from "./pooling";

/** Unit: one plane. */
export function poolWithIndices(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Pool>(args);
  const row = <usize>a.outWidth << 2;
  const inner = a.innerLast - a.innerFirst >= 4;
  const left = inner ? a.innerFirst : a.outWidth;
  const right = inner ? a.innerLast : a.outWidth;
  const pairs = !a.minimum && a.kernelX == 2 && a.strideX == 2 && a.dilationX == 1;
  const squares =
    pairs && a.kernelY == 2 && a.strideY == 2 && a.dilationY == 1 && a.top == 0 && a.outHeight * 2 <= a.height &&
    left == 0 && right == a.outWidth;
  let out = a.out + <usize>(begin * a.outHeight) * row;
  let index = a.indices + <usize>(begin * a.outHeight) * row;
  for (let plane = begin; plane < end; plane++) {
    const source = a.source + ((<usize>plane * a.height * a.width) << 2);
    if (squares) {
      fourCells(a, source, 0, a.outHeight, out, index);
      if (a.floats) toFloats(index, a.outHeight * a.outWidth);
      out += <usize>a.outHeight * row;
      index += <usize>a.outHeight * row;
      continue;
    }
    for (let oy = 0; oy < a.outHeight; oy++) {
      const y = oy * a.strideY - a.top;
      const firstY = firstTap(y, a.dilationY);
      const lastY = lastTap(y, a.dilationY, a.kernelY, a.height);
      for (let ox = 0; ox < left; ox++) onePool(a, source, y, firstY, lastY, ox, out, index);
      if (inner && a.minimum) {
        innerPools(a, true, source, y, firstY, lastY, out, index);
      } else if (inner && pairs && lastY - firstY == 2) {
        fourCells(a, source, y + firstY * a.dilationY, 1, out, index);
      } else if (inner) {
        innerPools(a, false, source, y, firstY, lastY, out, index);
      }
      for (let ox = right; ox < a.outWidth; ox++) onePool(a, source, y, firstY, lastY, ox, out, index);
      if (a.floats) toFloats(index, a.outWidth);
      out += row;
      index += row;
    }
  }
}

/** Whole numbers as float32 numbers, in their place. */
function toFloats(at: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(at, f32x4.convert_i32x4_s(v128.load(at)));
    at += 16;
  }
  if (count > 0) storeSome(at, f32x4.convert_i32x4_s(v128.load(at)), count);
}

function onePool(
  a: Pool,
  source: usize,
  y: i32,
  firstY: i32,
  lastY: i32,
  ox: i32,
  out: usize,
  index: usize,
): void {
  const x = ox * a.strideX - a.left;
  const firstX = firstTap(x, a.dilationX);
  const lastX = lastTap(x, a.dilationX, a.kernelX, a.width);
  const at = <usize>ox << 2;
  const first = (y + firstY * a.dilationY) * a.width + x + firstX * a.dilationX;
  const step = a.dilationY * a.width;
  extreme(a.minimum != 0, source, first, lastY - firstY, step, lastX - firstX, a.dilationX, out + at, index + at);
}

/**
 * The first extreme of `rows` × `columns` cells from cell `first` on, and, unless `index` is 0, which cell it is: −1
 * of none.
 */
function extreme(
  minimum: bool,
  source: usize,
  first: i32,
  rows: i32,
  rowStep: i32,
  columns: i32,
  columnStep: i32,
  out: usize,
  index: usize,
): void {
  let best: f32 = minimum ? <f32>Infinity : -<f32>Infinity;
  let winner = rows > 0 && columns > 0 ? first : -1;
  for (let i = 0; i < rows; i++) {
    let cell = first + i * rowStep;
    for (let j = 0; j < columns; j++) {
      const value = load<f32>(source + (<usize>cell << 2));
      if ((minimum ? value < best : value > best) || value != value) {
        best = value;
        winner = cell;
      }
      cell += columnStep;
    }
  }
  store<f32>(out, best);
  if (index != 0) store<i32>(index, winner);
}

@unmanaged
class Adaptive {
  source: usize;
  out: usize;
  indices: usize; // 0: not wanted
  floats: i32; // 1: indices as float32 numbers
  minimum: i32; // 0: maximum
  height: i32;
  width: i32;
  outHeight: i32;
  outWidth: i32;
  rows: usize; // i32 [outHeight][2]: each window's first row, and the one after its last
  columns: usize;
}

/** Pooling over windows of different sizes. Unit: one plane. */
export function adaptivePool(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Adaptive>(args);
  const cells = <usize>(a.outHeight * a.outWidth) << 2;
  for (let plane = begin; plane < end; plane++) {
    const source = a.source + ((<usize>plane * a.height * a.width) << 2);
    let at = <usize>plane * cells;
    for (let oy = 0; oy < a.outHeight; oy++) {
      const y = load<i32>(a.rows + (<usize>oy << 3));
      const rows = load<i32>(a.rows + (<usize>oy << 3), 4) - y;
      for (let ox = 0; ox < a.outWidth; ox++) {
        const x = load<i32>(a.columns + (<usize>ox << 3));
        const columns = load<i32>(a.columns + (<usize>ox << 3), 4) - x;
        const index = a.indices == 0 ? 0 : a.indices + at;
        extreme(a.minimum != 0, source, y * a.width + x, rows, a.width, columns, 1, a.out + at, index);
        at += 4;
      }
    }
    if (a.indices != 0 && a.floats) toFloats(a.indices + <usize>plane * cells, a.outHeight * a.outWidth);
  }
}

/** A NaN beats everything, as in PyTorch. */
// @ts-ignore: decorator
@inline
function beats(minimum: bool, v: v128, best: v128): v128 {
  return v128.or(minimum ? f32x4.lt(v, best) : f32x4.gt(v, best), f32x4.ne(v, v));
}

/** The windows of one row that lie inside the input. The job's numbers are read once, ahead of the loops. */
// @ts-ignore: decorator
@inline
function innerPools(
  a: Pool,
  minimum: bool,
  source: usize,
  y: i32,
  firstY: i32,
  lastY: i32,
  out: usize,
  index: usize,
): void {
  const stride = a.strideX;
  const step = <usize>stride << 2;
  const dilationBytes = <usize>a.dilationX << 2;
  const kernelBytes = <usize>a.kernelX * dilationBytes;
  const dilation = i32x4.splat(a.dilationX);
  const rowBytes = <usize>(a.dilationY * a.width) << 2;
  const rowCells = i32x4.splat(a.dilationY * a.width);
  const last = a.innerLast - 4;
  const worst = f32x4.splat(minimum ? <f32>Infinity : -<f32>Infinity);
  const across = i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(stride));
  const cell = (y + firstY * a.dilationY) * a.width - a.left;
  const rows = <usize>max(0, lastY - firstY);
  for (let from = a.innerFirst; from <= last + 3; from += 4) {
    // The last four may overlap the ones before: they come out the same.
    const ox = min(from, last);
    const first = cell + ox * stride;
    let row = source + (<usize>first << 2);
    let best = worst;
    let start = i32x4.add(across, i32x4.splat(first));
    let winner = rows > 0 ? start : i32x4.splat(-1);
    for (const end = row + rows * rowBytes; row != end; row += rowBytes) {
      let here = start;
      let at = row;
      for (const stop = at + kernelBytes; at != stop; at += dilationBytes) {
        const v = strided(at, step);
        const better = beats(minimum, v, best);
        best = v128.bitselect(v, best, better);
        winner = v128.bitselect(here, winner, better);
        here = i32x4.add(here, dilation);
      }
      start = i32x4.add(start, rowCells);
    }
    v128.store(out + (<usize>ox << 2), best);
    v128.store(index + (<usize>ox << 2), winner);
  }
}

/** `count` rows of windows of two rows by two neighbouring columns, two apart, from source row `y` on, for maxima. */
function fourCells(a: Pool, source: usize, y: i32, count: i32, out: usize, index: usize): void {
  const below = <usize>(a.dilationY * a.width) << 2;
  const across = i32x4(0, 2, 4, 6);
  const row = <usize>a.outWidth << 2;
  const whole = (a.innerLast - a.innerFirst) & ~3;
  const last = <usize>(a.innerLast - 4) << 2;
  let cell = y * a.width + a.innerFirst * 2 - a.left;
  for (; count > 0; count--) {
    let places = i32x4.add(i32x4.splat(cell), across);
    let at = source + (<usize>cell << 2);
    let to = <usize>a.innerFirst << 2;
    for (const end = to + (<usize>whole << 2); to < end; to += 16) {
      winners(at, below, places, out + to, index + to);
      places = i32x4.add(places, i32x4.splat(8));
      at += 32;
    }
    if (to != last + 16) {
      // The last four overlap the ones before: they come out the same.
      const back = <i32>(to - last) >> 1;
      winners(at - <usize>(back << 2), below, i32x4.sub(places, i32x4.splat(back)), out + last, index + last);
    }
    cell += a.width << 1;
    out += row;
    index += row;
  }
}

/**
 * Of four squares the winner of each row, then of both. `pmax` with a comparison is `beats` and a choice in fewer
 * instructions (see pooling.ts).
 */
// @ts-ignore: decorator
@inline
function winners(at: usize, below: usize, places: v128, out: usize, index: usize): void {
  const l0 = v128.load(at);
  const h0 = v128.load(at, 16);
  const a0 = v128.shuffle<f32>(l0, h0, 0, 2, 4, 6);
  const b0 = v128.shuffle<f32>(l0, h0, 1, 3, 5, 7);
  const nan0 = f32x4.ne(b0, b0);
  const right0 = v128.or(f32x4.gt(b0, a0), nan0);
  const best0 = v128.or(f32x4.pmax(a0, b0), nan0);
  const l1 = v128.load(at + below);
  const h1 = v128.load(at + below, 16);
  const a1 = v128.shuffle<f32>(l1, h1, 0, 2, 4, 6);
  const b1 = v128.shuffle<f32>(l1, h1, 1, 3, 5, 7);
  const nan1 = f32x4.ne(b1, b1);
  const right1 = v128.or(f32x4.gt(b1, a1), nan1);
  const best1 = v128.or(f32x4.pmax(a1, b1), nan1);
  const nan = f32x4.ne(best1, best1);
  const lower = v128.or(f32x4.gt(best1, best0), nan);
  const right = v128.bitselect(right1, right0, lower);
  v128.store(out, v128.or(f32x4.pmax(best0, best1), nan));
  // A mask is −1.
  const across = i32x4.sub(places, right);
  v128.store(index, i32x4.add(across, v128.and(lower, i32x4.splat(<i32>(below >> 2)))));
}

@unmanaged
class Pick {
  values: usize;
  indices: usize; // i32
  out: usize;
  large: i32; // cells of a plane
  small: i32;
  kind: i32; // 0: scatter and add, 1: scatter, 2: gather
}

/** Moves numbers to or from the cells that indices name. Unit: one plane. */
export function pick(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Pick>(args);
  const largeBytes = <usize>a.large << 2;
  const smallBytes = <usize>a.small << 2;
  for (let plane = begin; plane < end; plane++) {
    const indices = a.indices + <usize>plane * smallBytes;
    if (a.kind == 2) {
      const values = a.values + <usize>plane * largeBytes;
      const out = a.out + <usize>plane * smallBytes;
      for (let i: usize = 0; i < smallBytes; i += 4) {
        const index = load<u32>(indices + i);
        store<f32>(out + i, index < <u32>a.large ? load<f32>(values + (<usize>index << 2)) : 0);
      }
      continue;
    }
    const values = a.values + <usize>plane * smallBytes;
    const out = a.out + <usize>plane * largeBytes;
    memory.fill(out, 0, largeBytes);
    for (let i: usize = 0; i < smallBytes; i += 4) {
      const index = load<u32>(indices + i);
      if (index >= <u32>a.large) continue; // −1, and whatever else lies outside the plane
      const to = out + (<usize>index << 2);
      store<f32>(to, a.kind == 0 ? load<f32>(to) + load<f32>(values + i) : load<f32>(values + i));
    }
  }
}
