// Depthwise convolution: each plane has its own small kernel, so there is no matrix product to make.
// Every output row is a sum of shifted source rows. A 3×3 kernel at stride 1 reads them where they are;
// for others a plane is framed into this thread's scratch (which stays in the cache).

import { anyTaps, anyTapsTwice } from "./depthwise-taps";
import { madd, storeSome } from "./lanes";
import { clear, copyFrame } from "./pad";

@unmanaged
export class Depthwise {
  source: usize; // [image][group][row][column]
  weight: usize; // group `weightGroup`, output row `weightRow` bytes apart
  bias: usize; // [group][row], or 0
  out: usize; // [image][group][row][row][column]
  taps: usize; // byte offset of each tap in a framed plane, then of its weight in a kernel
  tapCount: i32;
  rows: i32; // outputs of a group
  groups: i32;
  weightGroup: usize;
  weightRow: usize;
  height: i32;
  width: i32;
  frameHeight: i32;
  frameWidth: i32;
  top: i32; // zero rows above
  left: i32;
  stepY: usize; // bytes from window to window
  stepX: usize;
  outHeight: i32;
  outWidth: i32;
  outPlane: usize; // bytes from plane to plane, row to row, cell to cell
  outRow: usize;
  outColumn: usize;
}

/** Columns that a row may be short of on one side: what lies there is read, and masked. */
const MARGIN: i32 = 4;

/** Unit: one source plane with all its outputs. */
export function depthwise(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Depthwise>(args);
  // The weights of two kernels, then a frame.
  const splats = scratch;
  const kernelBytes = <usize>a.tapCount << 4;
  const frame = scratch + 2 * kernelBytes;
  const framed = a.top != 0 || a.left != 0 || a.frameHeight != a.height || a.frameWidth != a.width;
  const threeByThree = a.tapCount == 9 && a.stepX == 4 && a.outColumn == 4 && neighbours(a.taps);
  const rowBytes = <usize>a.frameWidth << 2;
  const pairs = threeByThree && a.outWidth >= 4 && a.outHeight >= 2 && a.stepY == rowBytes &&
    load<usize>(a.taps, 12) == load<usize>(a.taps) + rowBytes && load<usize>(a.taps, 24) == load<usize>(a.taps) + 2 * rowBytes;
  const right = a.frameWidth - a.left - a.width;
  const inPlace = !framed || (pairs && a.left >= 0 && a.left <= MARGIN && right <= MARGIN);
  if (pairs) clear(frame, <usize>(a.outWidth + 8) << 2);
  for (let unit = begin; unit < end; unit++) {
    const group = unit % a.groups;
    let source = a.source + ((<usize>unit * a.height * a.width) << 2);
    if (!inPlace) {
      copyFrame(source, frame, a.height, a.width, a.frameHeight, a.frameWidth, -a.top, -a.left, 1);
      source = frame;
    }
    for (let row = 0; row < a.rows; row++) {
      const out = a.out + <usize>(unit * a.rows + row) * a.outPlane;
      const bias = spread(a, group, row, splats);
      if (pairs && inPlace) {
        nineTapsTwice(a, source + load<usize>(a.taps), splats, bias, out, frame);
      } else if (threeByThree) {
        nineTaps(a, source, splats, bias, out);
      } else if (row + 1 < a.rows) {
        row++;
        anyTapsTwice(a, source, splats, bias, spread(a, group, row, splats + kernelBytes), out);
      } else {
        anyTaps(a, source, splats, bias, out);
      }
    }
  }
}

/** Writes one kernel's weights to `splats`, each in all lanes; its bias. */
function spread(a: Depthwise, group: i32, row: i32, splats: usize): v128 {
  const kernel = a.weight + <usize>group * a.weightGroup + <usize>row * a.weightRow;
  for (let t = 0; t < a.tapCount; t++) {
    const at = load<usize>(a.taps + (<usize>(a.tapCount + t) << 2));
    v128.store(splats + (<usize>t << 4), v128.load32_splat(kernel + at));
  }
  return f32x4.splat(a.bias ? load<f32>(a.bias + (<usize>(group * a.rows + row) << 2)) : 0);
}

/** Whether nine taps are three rows of three cells side by side. */
function neighbours(taps: usize): bool {
  for (let t: usize = 0; t < 36; t += 12) {
    const first = load<usize>(taps + t);
    if (load<usize>(taps + t, 4) != first + 4 || load<usize>(taps + t, 8) != first + 8) return false;
  }
  return true;
}

/**
 * A 3×3 kernel at stride 1, two output rows at a time: of their four source rows two are loaded once for both. The
 * source needs no frame: rows outside are the row of `zeros`, and at both ends columns outside are masked. The last
 * vector of a row, and the last two rows, may overlap those before. `source`: where the first window begins, or would
 * without padding.
 */
function nineTapsTwice(a: Depthwise, source: usize, splats: usize, bias: v128, out: usize, zeros: usize): void {
  const w0 = v128.load(splats);
  const w1 = v128.load(splats, 16);
  const w2 = v128.load(splats, 32);
  const w3 = v128.load(splats, 48);
  const w4 = v128.load(splats, 64);
  const w5 = v128.load(splats, 80);
  const w6 = v128.load(splats, 96);
  const w7 = v128.load(splats, 112);
  const w8 = v128.load(splats, 128);
  const last = a.outWidth - 4;
  // Of the vectors at columns 0, 4, 8, … those from `inner` to `innerEnd` read inside the row only.
  const inner = (a.left + 3) & ~3;
  const innerEnd = inner > last ? -1 : min(last, a.width + a.left - 6);
  for (let row = 0; row < a.outHeight; row += 2) {
    const y = min(row, a.outHeight - 2);
    const top = y - a.top;
    const r0 = rowAt(a, source, top, zeros);
    const r1 = rowAt(a, source, top + 1, zeros);
    const r2 = rowAt(a, source, top + 2, zeros);
    const r3 = rowAt(a, source, top + 3, zeros);
    const upperOut = out + <usize>y * a.outRow;
    const lowerOut = upperOut + a.outRow;
    let x = 0;
    for (; x < inner && x < last; x += 4) edge(a, r0, r1, r2, r3, x, splats, bias, upperOut, lowerOut);
    for (; x <= innerEnd; x += 4) {
      const at = <usize>x << 2;
      let p = r0 + at;
      let upper = madd(w0, v128.load(p), bias);
      upper = madd(w1, v128.load(p, 4), upper);
      upper = madd(w2, v128.load(p, 8), upper);
      p = r1 + at;
      let v = v128.load(p);
      upper = madd(w3, v, upper);
      let lower = madd(w0, v, bias);
      v = v128.load(p, 4);
      upper = madd(w4, v, upper);
      lower = madd(w1, v, lower);
      v = v128.load(p, 8);
      upper = madd(w5, v, upper);
      lower = madd(w2, v, lower);
      p = r2 + at;
      v = v128.load(p);
      upper = madd(w6, v, upper);
      lower = madd(w3, v, lower);
      v = v128.load(p, 4);
      upper = madd(w7, v, upper);
      lower = madd(w4, v, lower);
      v = v128.load(p, 8);
      upper = madd(w8, v, upper);
      lower = madd(w5, v, lower);
      p = r3 + at;
      lower = madd(w6, v128.load(p), lower);
      lower = madd(w7, v128.load(p, 4), lower);
      lower = madd(w8, v128.load(p, 8), lower);
      v128.store(upperOut + at, upper);
      v128.store(lowerOut + at, lower);
    }
    for (; x < last; x += 4) edge(a, r0, r1, r2, r3, x, splats, bias, upperOut, lowerOut);
    if (x < last + 4) edge(a, r0, r1, r2, r3, last, splats, bias, upperOut, lowerOut);
  }
}

/** Where column −left of a source row would be; the zeros for a row outside. */
// @ts-ignore: decorator
@inline
function rowAt(a: Depthwise, source: usize, y: i32, zeros: usize): usize {
  return y >= 0 && y < a.height ? source + (<usize>(y * a.width - a.left) << 2) : zeros;
}

/** Four outputs of two rows, whose windows may reach over the ends of the source's rows. */
function edge(
  a: Depthwise,
  r0: usize,
  r1: usize,
  r2: usize,
  r3: usize,
  x: i32,
  splats: usize,
  bias: v128,
  upperOut: usize,
  lowerOut: usize,
): void {
  const at = <usize>x << 2;
  const width = i32x4.splat(a.width);
  const column = i32x4.add(i32x4(0, 1, 2, 3), i32x4.splat(x - a.left));
  let upper = bias;
  let lower = bias;
  for (let j: usize = 0; j < 3; j++) {
    // As unsigned numbers, columns left of the first are large.
    const inside = i32x4.lt_u(i32x4.add(column, i32x4.splat(<i32>j)), width);
    const from = at + (j << 2);
    const w = splats + (j << 4);
    const w0 = v128.load(w);
    const w1 = v128.load(w, 48);
    const w2 = v128.load(w, 96);
    const v1 = v128.and(v128.load(r1 + from), inside);
    const v2 = v128.and(v128.load(r2 + from), inside);
    upper = madd(w0, v128.and(v128.load(r0 + from), inside), upper);
    upper = madd(w1, v1, upper);
    upper = madd(w2, v2, upper);
    lower = madd(w0, v1, lower);
    lower = madd(w1, v2, lower);
    lower = madd(w2, v128.and(v128.load(r3 + from), inside), lower);
  }
  v128.store(upperOut + at, upper);
  v128.store(lowerOut + at, lower);
}

/** A 3×3 kernel whose columns, and outputs, are neighbours: nine weights stay in registers. */
function nineTaps(a: Depthwise, source: usize, splats: usize, bias: v128, out: usize): void {
  const w0 = v128.load(splats);
  const w1 = v128.load(splats, 16);
  const w2 = v128.load(splats, 32);
  const w3 = v128.load(splats, 48);
  const w4 = v128.load(splats, 64);
  const w5 = v128.load(splats, 80);
  const w6 = v128.load(splats, 96);
  const w7 = v128.load(splats, 112);
  const w8 = v128.load(splats, 128);
  const width = <usize>a.outWidth;
  const vectors = (width & ~3) << 2;
  let p0 = source + load<usize>(a.taps);
  let p1 = source + load<usize>(a.taps, 12);
  let p2 = source + load<usize>(a.taps, 24);
  const next = a.stepY - (width << 2);
  const gap = a.outRow - (width << 2);
  for (let y = 0; y < a.outHeight; y++) {
    const rowEnd = out + (width << 2);
    for (const end = out + vectors; out < end; out += 16) {
      let sum = madd(w0, v128.load(p0), bias);
      let other = f32x4.mul(w1, v128.load(p0, 4));
      sum = madd(w2, v128.load(p0, 8), sum);
      other = madd(w3, v128.load(p1), other);
      sum = madd(w4, v128.load(p1, 4), sum);
      other = madd(w5, v128.load(p1, 8), other);
      sum = madd(w6, v128.load(p2), sum);
      other = madd(w7, v128.load(p2, 4), other);
      sum = madd(w8, v128.load(p2, 8), sum);
      v128.store(out, f32x4.add(sum, other));
      p0 += 16;
      p1 += 16;
      p2 += 16;
    }
    const rest = rowEnd - out;
    if (rest) {
      let sum = madd(w0, v128.load(p0), bias);
      let other = f32x4.mul(w1, v128.load(p0, 4));
      sum = madd(w2, v128.load(p0, 8), sum);
      other = madd(w3, v128.load(p1), other);
      sum = madd(w4, v128.load(p1, 4), sum);
      other = madd(w5, v128.load(p1, 8), other);
      sum = madd(w6, v128.load(p2), sum);
      other = madd(w7, v128.load(p2, 4), other);
      sum = madd(w8, v128.load(p2, 8), sum);
      storeSome(out, f32x4.add(sum, other), <i32>(rest >> 2));
      out = rowEnd;
    }
    out += gap;
    p0 += next + rest;
    p1 += next + rest;
    p2 += next + rest;
  }
}
