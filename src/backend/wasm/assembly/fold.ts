// What windows read, added to the cells that it came from (col2im): the transpose of im2col.

import { storeSome } from "./lanes";
import { clear } from "./pad";

@unmanaged
class Fold {
  source: usize; // [plane][tap][window]
  out: usize; // [plane][row][column]
  height: i32;
  width: i32;
  kernelY: i32;
  kernelX: i32;
  strideY: i32;
  strideX: i32;
  dilationY: i32;
  dilationX: i32;
  top: i32; // padding
  left: i32;
  windowsY: i32;
  windowsX: i32;
}

/** Unit: one plane. */
export function fold(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Fold>(args);
  const plane = <usize>(a.height * a.width) << 2;
  const windows = <usize>(a.windowsY * a.windowsX) << 2;
  const columns = <usize>(a.kernelY * a.kernelX) * windows;
  for (let unit = begin; unit < end; unit++) {
    const out = a.out + <usize>unit * plane;
    let from = a.source + <usize>unit * columns;
    clear(out, plane);
    for (let i = 0; i < a.kernelY; i++) {
      for (let j = 0; j < a.kernelX; j++) {
        addTap(a, from, out, i * a.dilationY - a.top, j * a.dilationX - a.left);
        from += windows;
      }
    }
  }
}

/** One tap of all windows; the first window's is at cell (y, x), the others' a stride further each. */
function addTap(a: Fold, from: usize, out: usize, y: i32, x: i32): void {
  const first = x < 0 ? (-x + a.strideX - 1) / a.strideX : 0;
  const count = x < a.width ? min(a.windowsX, (a.width - 1 - x) / a.strideX + 1) - first : 0;
  const step = <usize>a.strideX << 2;
  const row = <usize>a.windowsX << 2;
  from += <usize>first << 2;
  for (let window = 0; window < a.windowsY; window++) {
    if (y >= 0 && y < a.height) {
      const to = out + (<usize>(y * a.width + x + first * a.strideX) << 2);
      if (step == 4) addRow(from, to, count);
      else addApart(from, to, count, step);
    }
    from += row;
    y += a.strideY;
  }
}

// @ts-ignore: decorator
@inline
function addRow(from: usize, to: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    from += 16;
    to += 16;
  }
  if (count > 0) storeSome(to, f32x4.add(v128.load(to), v128.load(from)), count);
}

// @ts-ignore: decorator
@inline
function addApart(from: usize, to: usize, count: i32, step: usize): void {
  for (; count > 0; count--) {
    store<f32>(to, load<f32>(to) + load<f32>(from));
    from += 4;
    to += step;
  }
}
