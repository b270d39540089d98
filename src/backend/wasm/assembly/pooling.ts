// Pooling without indices, in two passes: the rows of a window are combined along the whole width, then
// the columns of that row, four windows at a time. Padding rows are left out; padding columns hold what
// changes nothing (0, −∞ or ∞) around the combined row. Windows of 2×2 at stride 2 need one pass only.

import { storeSome, strided } from "./lanes";

@unmanaged
export class Pool {
  source: usize;
  out: usize;
  indices: usize; // i32; 0: not wanted
  floats: i32; // 1: indices as float32 numbers
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

/** What a window without cells comes to. */
// @ts-ignore: decorator
@inline
function nothing(mode: Mode): v128 {
  return f32x4.splat(mode == Mode.Sum ? 0 : mode == Mode.Max ? -<f32>Infinity : <f32>Infinity);
}

/** Unit: one plane. Scratch: one row with its padding, see `rowBytes` of the driver. */
export function pool(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Pool>(args);
  const tight = a.top == 0 && a.left == 0 && (a.outHeight << 1) <= a.height && (a.outWidth << 1) <= a.width;
  const square = a.kernelY == 2 && a.kernelX == 2 && a.strideY == 2 && a.strideX == 2;
  const pairs = square && tight && a.dilationY == 1 && a.dilationX == 1 && a.outWidth >= 4;
  if (a.minimum) {
    if (pairs) poolPairs(Mode.Min, a, begin, end);
    else poolPlanes(Mode.Min, a, begin, end, scratch);
  } else {
    if (pairs) poolPairs(Mode.Max, a, begin, end);
    else poolPlanes(Mode.Max, a, begin, end, scratch);
  }
}

/** Unit: one plane. Scratch: one row with its padding. */
export function averagePool(args: usize, begin: i32, end: i32, scratch: usize): void {
  poolPlanes(Mode.Sum, changetype<Pool>(args), begin, end, scratch);
}

/** Windows of 2×2 at stride 2; the last four of a row may overlap those before and come out the same. */
// @ts-ignore: decorator
@inline
function poolPairs(mode: Mode, a: Pool, begin: i32, end: i32): void {
  const row = <usize>a.width << 2;
  const outRow = <usize>a.outWidth << 2;
  let out = a.out + <usize>(begin * a.outHeight) * outRow;
  for (let plane = begin; plane < end; plane++) {
    let from = a.source + <usize>(plane * a.height) * row;
    for (let y = 0; y < a.outHeight; y++) {
      for (let x: usize = 0; x < outRow; x += 16) {
        const at = min(x, outRow - 16);
        const upper = from + (at << 1);
        const lower = upper + row;
        const low = join(mode, v128.load(upper), v128.load(lower));
        const high = join(mode, v128.load(upper, 16), v128.load(lower, 16));
        const even = v128.shuffle<f32>(low, high, 0, 2, 4, 6);
        const odd = v128.shuffle<f32>(low, high, 1, 3, 5, 7);
        v128.store(out + at, join(mode, even, odd));
      }
      from += row << 1;
      out += outRow;
    }
  }
}

// @ts-ignore: decorator
@inline
function poolPlanes(mode: Mode, a: Pool, begin: i32, end: i32, scratch: usize): void {
  const outRow = <usize>a.outWidth << 2;
  const bytes = <usize>a.width << 2;
  const dilation = <usize>a.dilationX << 2;
  const step = <usize>a.strideX << 2;
  const left = <usize>a.left << 2;
  // The last window's end, from the first one's start; four windows are always computed.
  const span = <usize>(max(a.outWidth, 4) - 1) * step + <usize>a.kernelX * dilation;
  const padded = a.left > 0 || span > bytes;
  if (padded) for (let x: usize = 0; x < left; x += 16) v128.store(scratch + x, nothing(mode));
  let out = a.out + <usize>(begin * a.outHeight) * outRow;
  for (let plane = begin; plane < end; plane++) {
    const source = a.source + <usize>(plane * a.height) * bytes;
    for (let oy = 0; oy < a.outHeight; oy++) {
      const y = oy * a.strideY - a.top;
      const first = firstTap(y, a.dilationY);
      const rows = lastTap(y, a.dilationY, a.kernelY, a.height) - first;
      const count: f32 = mode == Mode.Sum ? load<f32>(a.rowCounts + (<usize>oy << 2)) : 1;
      let row = source + <usize>((y + first * a.dilationY) * a.width << 2);
      if (rows != 1 || padded) {
        joinRows(mode, row, <usize>a.dilationY * bytes, rows, bytes, scratch + left);
        row = scratch;
        for (let x = left + bytes; x < span; x += 16) v128.store(scratch + x, nothing(mode));
      }
      if (a.kernelX == 2 && a.strideX == 2 && a.dilationX == 1) {
        windowsOfRow(mode, 2, 8, 4, row, out, a.outWidth, count, a.columnCounts);
      } else if (a.kernelX == 3 && a.strideX == 1 && a.dilationX == 1) {
        windowsOfRow(mode, 3, 4, 4, row, out, a.outWidth, count, a.columnCounts);
      } else {
        windowsOfRow(mode, a.kernelX, step, dilation, row, out, a.outWidth, count, a.columnCounts);
      }
      if (mode == Mode.Sum) meansInDoubles(a, source, y, count, out);
      out += outRow;
    }
  }
}

/** Makes those means anew that are not finite: a float32 sum may overflow where the mean does not. */
function meansInDoubles(a: Pool, source: usize, y: i32, count: f32, out: usize): void {
  const end = out + (<usize>a.outWidth << 2);
  let faults = f32x4.splat(0);
  let at = out;
  // Only a finite number less itself is 0.
  for (; at + 16 <= end; at += 16) faults = v128.or(faults, f32x4.sub(v128.load(at), v128.load(at)));
  let odd = v128.any_true(faults);
  for (; at < end; at += 4) odd = odd || load<f32>(at) - load<f32>(at) != 0;
  if (!odd) return;
  const first = firstTap(y, a.dilationY);
  const last = lastTap(y, a.dilationY, a.kernelY, a.height);
  for (let ox = 0; ox < a.outWidth; ox++) {
    const to = out + (<usize>ox << 2);
    if (load<f32>(to) - load<f32>(to) == 0) continue;
    const x = ox * a.strideX - a.left;
    const lastX = lastTap(x, a.dilationX, a.kernelX, a.width);
    let sum: f64 = 0;
    for (let i = first; i < last; i++) {
      const row = source + (<usize>((y + i * a.dilationY) * a.width) << 2);
      for (let j = firstTap(x, a.dilationX); j < lastX; j++) {
        sum += <f64>load<f32>(row + (<usize>(x + j * a.dilationX) << 2));
      }
    }
    store<f32>(to, <f32>(sum / (<f64>count * <f64>load<f32>(a.columnCounts + (<usize>ox << 2)))));
  }
}

/** Joins rows cell by cell. */
// @ts-ignore: decorator
@inline
function joinRows(mode: Mode, from: usize, step: usize, rows: i32, bytes: usize, to: usize): void {
  if (rows == 3) {
    const second = from + step;
    const third = second + step;
    for (let x: usize = 0; x < bytes; x += 16) {
      const two = join(mode, v128.load(from + x), v128.load(second + x));
      v128.store(to + x, join(mode, two, v128.load(third + x)));
    }
    return;
  }
  if (rows < 1) {
    for (let x: usize = 0; x < bytes; x += 16) v128.store(to + x, nothing(mode));
    return;
  }
  for (let x: usize = 0; x < bytes; x += 16) v128.store(to + x, v128.load(from + x));
  for (let r = 1; r < rows; r++) {
    from += step;
    for (let x: usize = 0; x < bytes; x += 16) {
      v128.store(to + x, join(mode, v128.load(to + x), v128.load(from + x)));
    }
  }
}

/** Windows of a joined row, four at a time; the last four may overlap the ones before and come out the same. */
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
  const last = <usize>max(0, windows - 4);
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
    storeSome(out + (x << 2), v, windows);
  }
}

/**
 * The transpose of `averagePool`: `source` is the gradient, `out` has the input's shape. Every input row takes the sum
 * of those rows of shares whose windows reach it, then every cell of it a sum along the row. Unit: one plane.
 */
export function averagePoolGradient(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Pool>(args);
  const bytes = <usize>a.outWidth << 2;
  const outRow = <usize>a.width << 2;
  const dilation = <usize>a.dilationX << 2;
  // Shares stand at `row`, with zeros before and behind as far as windows reach.
  const reach = max(0, (a.kernelX - 1) * a.dilationX - a.left);
  const row = scratch + (<usize>reach << 2);
  const rowEnd = row + (<usize>max(a.outWidth, a.width + a.left) << 2);
  for (let plane = begin; plane < end; plane++) {
    const gradient = a.source + <usize>(plane * a.outHeight) * bytes;
    let out = a.out + <usize>(plane * a.height) * outRow;
    for (let y = 0; y < a.height; y++) {
      for (let at = scratch; at < rowEnd; at += 16) v128.store(at, f32x4.splat(0));
      for (let i = 0; i < a.kernelY; i++) {
        const start = y + a.top - i * a.dilationY;
        const oy = start / a.strideY;
        if (start >= 0 && oy < a.outHeight && oy * a.strideY == start) {
          addShares(gradient + <usize>oy * bytes, load<f32>(a.rowCounts + (<usize>oy << 2)), a.columnCounts, row, a.outWidth);
        }
      }
      if (a.strideX == 1) {
        const first = row + (<usize>a.left << 2);
        for (let x = 0; x < a.width; x += 4) {
          let at = first + (<usize>x << 2);
          let sum = v128.load(at);
          for (let j = 1; j < a.kernelX; j++) {
            at -= dilation;
            sum = f32x4.add(sum, v128.load(at));
          }
          storeSome(out + (<usize>x << 2), sum, a.width - x);
        }
      } else {
        spreadRow(a, row, out);
      }
      out += outRow;
    }
  }
}

/** row += gradient / (count · counts), of so many windows. */
function addShares(gradient: usize, count: f32, counts: usize, row: usize, windows: i32): void {
  const split = f32x4.splat(count);
  for (let x = 0; x < windows; x += 4) {
    const at = <usize>x << 2;
    const share = f32x4.div(v128.load(gradient + at), f32x4.mul(split, v128.load(counts + at)));
    storeSome(row + at, f32x4.add(v128.load(row + at), share), windows - x);
  }
}

/** Gives every cell of an input row the shares of the windows that reach it. */
function spreadRow(a: Pool, row: usize, out: usize): void {
  for (let x = 0; x < a.width; x++) store<f32>(out + (<usize>x << 2), 0);
  for (let ox = 0; ox < a.outWidth; ox++) {
    const share = load<f32>(row + (<usize>ox << 2));
    const x = ox * a.strideX - a.left;
    const last = lastTap(x, a.dilationX, a.kernelX, a.width);
    for (let j = firstTap(x, a.dilationX); j < last; j++) {
      const to = out + (<usize>(x + j * a.dilationX) << 2);
      store<f32>(to, load<f32>(to) + share);
    }
  }
}
