// The weight gradient where each group has one source plane: every weight is a sum over positions of the gradient
// times the shifted plane.
//
//   dW[m][i][j] = Σ over images and positions  dy[m][y][x] · in[s·y + d·i − p][s·x + d·j − p]

import { madd, strided, stridedSome } from "./lanes";
import { copyFrame } from "./pad";

@unmanaged
class DepthwiseGradient {
  source: usize; // [image][group][row][column]
  gradient: usize; // [image][group][row][row][column]
  out: usize; // [group][row][tap]
  taps: usize; // byte offset of each tap in a framed plane; two more entries follow
  tapCount: i32;
  rows: i32; // outputs of a group
  groups: i32;
  images: i32;
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
  neighbours: i32; // whether taps are next to each other, five by five
  rowsPerUnit: i32; // even, or all
}

/** Unit: some outputs of one group, so that no sum is shared. Scratch: float64 sums, then the frame. */
export function depthwiseGradient(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<DepthwiseGradient>(args);
  const frame = scratch + ((<usize>(a.rowsPerUnit * a.tapCount) + 2) << 3);
  const parts = (a.rows + a.rowsPerUnit - 1) / a.rowsPerUnit;
  const framed = a.top != 0 || a.left != 0 || a.frameHeight != a.height || a.frameWidth != a.width;
  const outPlane = <usize>(a.outHeight * a.outWidth) << 2;
  for (let unit = begin; unit < end; unit++) {
    const group = unit / parts;
    const firstRow = (unit % parts) * a.rowsPerUnit;
    const lastRow = min(a.rows, firstRow + a.rowsPerUnit);
    const weights = (lastRow - firstRow) * a.tapCount;
    for (let i = 0; i < weights; i++) store<f64>(scratch + (<usize>i << 3), 0);
    for (let image = 0; image < a.images; image++) {
      const plane = image * a.groups + group;
      let source = a.source + (<usize>(plane * a.height * a.width) << 2);
      if (framed) {
        copyFrame(source, frame, a.height, a.width, a.frameHeight, a.frameWidth, -a.top, -a.left, 1);
        source = frame;
      }
      let gradient = a.gradient + <usize>(plane * a.rows + firstRow) * outPlane;
      let sums = scratch;
      for (let row = firstRow; row < lastRow; row += 2) {
        const two = row + 1 < lastRow;
        // Five taps of two outputs are what the registers hold, and no tap of a 5×5 kernel is taken twice.
        if (a.stepX == 4 && two && a.neighbours) {
          for (let t = 0; t < a.tapCount; t += 5) fiveTaps(a, source, gradient, outPlane, t, sums);
        } else {
          for (let t = 0; t < a.tapCount; t += 3) threeTaps(a, two, source, gradient, outPlane, t, sums);
        }
        gradient += outPlane << 1;
        sums += <usize>a.tapCount << 4;
      }
    }
    const out = a.out + (<usize>((group * a.rows + firstRow) * a.tapCount) << 2);
    for (let i = 0; i < weights; i++) store<f32>(out + (<usize>i << 2), <f32>load<f64>(scratch + (<usize>i << 3)));
  }
}

// Functions of their own: the engine inlines no more than it has room for.

function fiveTaps(
  a: DepthwiseGradient,
  source: usize,
  gradient: usize,
  outPlane: usize,
  t: i32,
  sums: usize,
): void {
  someTaps(a, true, true, true, source, gradient, outPlane, t, sums);
}

function threeTaps(
  a: DepthwiseGradient,
  two: bool,
  source: usize,
  gradient: usize,
  outPlane: usize,
  t: i32,
  sums: usize,
): void {
  if (a.stepX == 4 && two) someTaps(a, false, true, true, source, gradient, outPlane, t, sums);
  else if (a.stepX == 4) someTaps(a, false, true, false, source, gradient, outPlane, t, sums);
  else if (two) someTaps(a, false, false, true, source, gradient, outPlane, t, sums);
  else someTaps(a, false, false, false, source, gradient, outPlane, t, sums);
}

/**
 * Adds one plane's sums of the `five` or three taps from t on (if there are as many), for one output or `two`; `dense`:
 * at stride 1.
 */
// @ts-ignore: decorator
@inline
function someTaps(
  a: DepthwiseGradient,
  five: bool,
  dense: bool,
  two: bool,
  source: usize,
  gradient: usize,
  outPlane: usize,
  t: i32,
  sums: usize,
): void {
  const taps = a.taps + (<usize>t << 2);
  const t0 = load<usize>(taps);
  const t1 = load<usize>(taps, 4);
  const t2 = load<usize>(taps, 8);
  const step = dense ? 4 : a.stepX;
  const whole = a.outWidth & ~3;
  const rest = a.outWidth - whole;
  const inside = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(rest));
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let r0 = s0;
  let r1 = s0;
  let r2 = s0;
  let r3 = s0;
  let r4 = s0;
  for (let y = 0; y < a.outHeight; y++) {
    let at = source + <usize>y * a.stepY;
    for (const end = gradient + (<usize>whole << 2); gradient < end; gradient += 16) {
      const g = v128.load(gradient);
      const h = two ? v128.load(gradient + outPlane) : g;
      const v0 = dense ? v128.load(at + t0) : strided(at + t0, step);
      s0 = madd(g, v0, s0);
      if (two) r0 = madd(h, v0, r0);
      const v4 = five ? v128.load(at + t0, 16) : g;
      const v1 = five ? v128.shuffle<f32>(v0, v4, 1, 2, 3, 4) : dense ? v128.load(at + t1) : strided(at + t1, step);
      s1 = madd(g, v1, s1);
      if (two) r1 = madd(h, v1, r1);
      const v2 = five ? v128.shuffle<f32>(v0, v4, 2, 3, 4, 5) : dense ? v128.load(at + t2) : strided(at + t2, step);
      s2 = madd(g, v2, s2);
      if (two) r2 = madd(h, v2, r2);
      if (five) {
        const v3 = v128.shuffle<f32>(v0, v4, 3, 4, 5, 6);
        s3 = madd(g, v3, s3);
        r3 = madd(h, v3, r3);
        s4 = madd(g, v4, s4);
        r4 = madd(h, v4, r4);
      }
      at += step << 2;
    }
    if (rest) {
      // What lies past a row's end must not count, not even as NaN times zero.
      const g = v128.and(v128.load(gradient), inside);
      const h = two ? v128.and(v128.load(gradient + outPlane), inside) : g;
      const v0 = v128.and(stridedSome(at + t0, step, rest), inside);
      s0 = madd(g, v0, s0);
      if (two) r0 = madd(h, v0, r0);
      const v1 = v128.and(stridedSome(at + t1, step, rest), inside);
      s1 = madd(g, v1, s1);
      if (two) r1 = madd(h, v1, r1);
      const v2 = v128.and(stridedSome(at + t2, step, rest), inside);
      s2 = madd(g, v2, s2);
      if (two) r2 = madd(h, v2, r2);
      if (five) {
        const v3 = v128.and(v128.load(at + t0, 12), inside);
        s3 = madd(g, v3, s3);
        r3 = madd(h, v3, r3);
        const v4 = v128.and(v128.load(at + t0, 16), inside);
        s4 = madd(g, v4, s4);
        r4 = madd(h, v4, r4);
      }
      gradient += <usize>rest << 2;
    }
  }
  const count = a.tapCount - t;
  addThree(sums + (<usize>t << 3), count, s0, s1, s2);
  if (two) addThree(sums + (<usize>(a.tapCount + t) << 3), count, r0, r1, r2);
  if (five) {
    addThree(sums + (<usize>(t + 3) << 3), 2, s3, s4, s4);
    addThree(sums + (<usize>(a.tapCount + t + 3) << 3), 2, r3, r4, r4);
  }
}

function addThree(sums: usize, count: i32, v0: v128, v1: v128, v2: v128): void {
  addLanes(sums, v0);
  if (count > 1) addLanes(sums + 8, v1);
  if (count > 2) addLanes(sums + 16, v2);
}

function addLanes(to: usize, v: v128): void {
  const low = <f64>f32x4.extract_lane(v, 0) + <f64>f32x4.extract_lane(v, 1);
  const high = <f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3);
  store<f64>(to, load<f64>(to) + low + high);
}
