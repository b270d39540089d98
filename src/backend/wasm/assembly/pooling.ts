// Pooling without indices, in two passes: the rows of a window are combined along the whole width, then
// the columns of that row, four windows at a time. Padding cells do not exist, so borders only shorten
// the loops.

import { strided } from "./lanes";

@unmanaged
export class Pool {
  source: usize;
  out: usize;
  indices: usize; // 0: not wanted
  minimum: i32; // 0: maximum
  height: i32;
  width: i32;
  kernelY: i32;
  kernelX: i32;
  strideY: i32;
  strideX: i32;
  dilationY: i32;
  dilationX: i32;
  top: i32;
  left: i32;
  outHeight: i32;
  outWidth: i32;
  innerFirst: i32; // columns of windows that lie inside the input: [first, last)
  innerLast: i32;
  rowCounts: usize; // averages: float32 divisors by row and by column
  columnCounts: usize;
}

/** A window at `start` has taps [firstTap, lastTap) inside the input. */
// @ts-ignore: decorator
@inline
export function firstTap(start: i32, dilation: i32): i32 {
  return start >= 0 ? 0 : (-start + dilation - 1) / dilation;
}

// @ts-ignore: decorator
@inline
export function lastTap(start: i32, dilation: i32, kernel: i32, size: i32): i32 {
  return start >= size ? 0 : min(kernel, (size - start + dilation - 1) / dilation);
}


const enum Mode {
  Max,
  Min,
  Sum,
}

/**
 * Two numbers made one. A comparison with NaN is false, so `pmax` keeps a NaN in its first operand, and
 * one in the second sets all bits; `f32x4.max` would take eight instructions.
 */
// @ts-ignore: decorator
@inline
function join(mode: Mode, a: v128, b: v128): v128 {
  if (mode == Mode.Sum) return f32x4.add(a, b);
  return v128.or(mode == Mode.Max ? f32x4.pmax(a, b) : f32x4.pmin(a, b), f32x4.ne(b, b));
}

/** Unit: one plane. Scratch: one row. */
export function pool(args: usize, begin: i32, end: i32, scratch: usize): void {
  if (changetype<Pool>(args).minimum) poolPlanes(Mode.Min, args, begin, end, scratch);
  else poolPlanes(Mode.Max, args, begin, end, scratch);
}

/** Unit: one plane. Scratch: one row. */
export function averagePool(args: usize, begin: i32, end: i32, scratch: usize): void {
  poolPlanes(Mode.Sum, args, begin, end, scratch);
}

// @ts-ignore: decorator
@inline
function poolPlanes(mode: Mode, args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Pool>(args);
  const outRow = <usize>a.outWidth << 2;
  const inner = a.innerLast - a.innerFirst >= 4;
  const left = inner ? a.innerFirst : a.outWidth;
  const right = inner ? a.innerLast : a.outWidth;
  let out = a.out + <usize>(begin * a.outHeight) * outRow;
  for (let plane = begin; plane < end; plane++) {
    const source = a.source + ((<usize>plane * a.height * a.width) << 2);
    for (let oy = 0; oy < a.outHeight; oy++) {
      const y = oy * a.strideY - a.top;
      const first = firstTap(y, a.dilationY);
      const rows = lastTap(y, a.dilationY, a.kernelY, a.height) - first;
      const count: f32 = mode == Mode.Sum ? load<f32>(a.rowCounts + (<usize>oy << 2)) : 1;
      const from = source + (<usize>((y + first * a.dilationY) * a.width) << 2);
      const row = joinRows(mode, from, <usize>(a.dilationY * a.width) << 2, rows, <usize>a.width << 2, scratch);
      for (let ox = 0; ox < left; ox++) oneWindow(mode, a, row, ox, count, out);
      if (inner) {
        const at = row + (<usize>(a.innerFirst * a.strideX - a.left) << 2);
        const to = out + (<usize>a.innerFirst << 2);
        const counts = a.columnCounts + (<usize>a.innerFirst << 2);
        const windows = a.innerLast - a.innerFirst;
        if (a.kernelX == 2 && a.strideX == 2 && a.dilationX == 1) {
          windowsOfRow(mode, 2, 8, 4, at, to, windows, count, counts);
        } else if (a.kernelX == 3 && a.strideX == 1 && a.dilationX == 1) {
          windowsOfRow(mode, 3, 4, 4, at, to, windows, count, counts);
        } else {
          const dilation = <usize>a.dilationX << 2;
          windowsOfRow(mode, a.kernelX, <usize>a.strideX << 2, dilation, at, to, windows, count, counts);
        }
      }
      for (let ox = right; ox < a.outWidth; ox++) oneWindow(mode, a, row, ox, count, out);
      out += outRow;
    }
  }
}

/** Joins rows cell by cell; returns where the result is. */
// @ts-ignore: decorator
@inline
function joinRows(mode: Mode, from: usize, step: usize, rows: i32, bytes: usize, scratch: usize): usize {
  if (rows == 1) return from;
  const empty = f32x4.splat(mode == Mode.Sum ? 0 : mode == Mode.Max ? -<f32>Infinity : <f32>Infinity);
  if (rows < 1) {
    for (let x: usize = 0; x < bytes; x += 16) v128.store(scratch + x, empty);
    return scratch;
  }
  const second = from + step;
  if (rows == 3) {
    const third = second + step;
    for (let x: usize = 0; x < bytes; x += 16) {
      const two = join(mode, v128.load(from + x), v128.load(second + x));
      v128.store(scratch + x, join(mode, two, v128.load(third + x)));
    }
    return scratch;
  }
  for (let x: usize = 0; x < bytes; x += 16) {
    v128.store(scratch + x, join(mode, v128.load(from + x), v128.load(second + x)));
  }
  let next = second;
  for (let r = 2; r < rows; r++) {
    next += step;
    for (let x: usize = 0; x < bytes; x += 16) {
      v128.store(scratch + x, join(mode, v128.load(scratch + x), v128.load(next + x)));
    }
  }
  return scratch;
}

/** Windows inside a joined row, four at a time; the last four may overlap the ones before and come out the same. */
// @ts-ignore: decorator
@inline
function windowsOfRow(
  mode: Mode,
  kernel: i32,
  step: usize,
  dilation: usize,
  row: usize,
  out: usize,
  windows: i32,
  rowCount: f32,
  counts: usize,
): void {
  const last = <usize>(windows - 4);
  const split = f32x4.splat(rowCount);
  for (let from: usize = 0; from < <usize>windows; from += 4) {
    const x = min(from, last);
    let at = row + x * step;
    let v = strided(at, step);
    if (kernel == 2) {
      v = join(mode, v, strided(at + dilation, step));
    } else if (kernel == 3) {
      v = join(mode, join(mode, v, strided(at + dilation, step)), strided(at + 2 * dilation, step));
    } else {
      for (let j = 1; j < kernel; j++) {
        at += dilation;
        v = join(mode, v, strided(at, step));
      }
    }
    if (mode == Mode.Sum) v = f32x4.div(v, f32x4.mul(split, v128.load(counts + (x << 2))));
    v128.store(out + (x << 2), v);
  }
}

/** A window that the border cuts. */
// @ts-ignore: decorator
@inline
function oneWindow(mode: Mode, a: Pool, row: usize, ox: i32, rowCount: f32, out: usize): void {
  const x = ox * a.strideX - a.left;
  const first = firstTap(x, a.dilationX);
  const last = lastTap(x, a.dilationX, a.kernelX, a.width);
  let total: f64 = mode == Mode.Sum ? 0 : mode == Mode.Max ? -Infinity : Infinity;
  for (let j = first; j < last; j++) {
    const value = <f64>load<f32>(row + (<usize>(x + j * a.dilationX) << 2));
    if (mode == Mode.Sum) total += value;
    else total = mode == Mode.Max ? max(total, value) : min(total, value);
  }
  if (mode == Mode.Sum) total /= <f64>rowCount * <f64>load<f32>(a.columnCounts + (<usize>ox << 2));
  store<f32>(out + (<usize>ox << 2), <f32>total);
}

/** The transpose of `averagePool`: `source` is the gradient, `out` has the input's shape. Unit: one plane. */
export function averagePoolGradient(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Pool>(args);
  const cells = <usize>(a.height * a.width) << 2;
  for (let plane = begin; plane < end; plane++) {
    const out = a.out + <usize>plane * cells;
    let gradient = a.source + ((<usize>plane * a.outHeight * a.outWidth) << 2);
    memory.fill(out, 0, cells);
    for (let oy = 0; oy < a.outHeight; oy++) {
      const y = oy * a.strideY - a.top;
      const firstY = firstTap(y, a.dilationY);
      const lastY = lastTap(y, a.dilationY, a.kernelY, a.height);
      const count = load<f32>(a.rowCounts + (<usize>oy << 2));
      for (let ox = 0; ox < a.outWidth; ox++) {
        const x = ox * a.strideX - a.left;
        const firstX = firstTap(x, a.dilationX);
        const lastX = lastTap(x, a.dilationX, a.kernelX, a.width);
        const part = load<f32>(gradient) / (count * load<f32>(a.columnCounts + (<usize>ox << 2)));
        for (let i = firstY; i < lastY; i++) {
          for (let j = firstX; j < lastX; j++) {
            const to = out + (<usize>((y + i * a.dilationY) * a.width + x + j * a.dilationX) << 2);
            store<f32>(to, load<f32>(to) + part);
          }
        }
        gradient += 4;
      }
    }
  }
}
