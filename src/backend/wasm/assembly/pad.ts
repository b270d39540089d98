// Copies planes into a frame of zeros, so that no kernel behind it has to ask where the border is,
// and notes each plane's largest magnitude on the way (it decides whether Winograd may be used).
//
// With `step` d > 1 the frame is split into its d² interleaved phases: a convolution with dilation d
// is d² dense ones, phase (a, b) holding the rows a, a + d, … and the columns b, b + d, ….

import { largerMagnitude, largestLane } from "./lanes";

@unmanaged
class Frame {
  source: usize;
  out: usize;
  maxima: usize; // one float32 a plane; 0: not wanted
  height: i32; // of a source plane
  width: i32;
  outHeight: i32; // of one phase of the frame
  outWidth: i32;
  top: i32; // zero rows above the source; negative: rows left out
  left: i32;
  step: i32;
}

/** Unit: one plane, with all its phases. */
export function pad(frame: usize, begin: i32, end: i32, scratch: usize): void {
  const f = changetype<Frame>(frame);
  const step = f.step;
  const phaseBytes = <usize>(f.outHeight * f.outWidth) << 2;
  for (let plane = begin; plane < end; plane++) {
    const source = f.source + ((<usize>plane * f.height * f.width) << 2);
    let out = f.out + <usize>(plane * step * step) * phaseBytes;
    let most = f32x4.splat(0);
    for (let a = 0; a < step; a++) {
      for (let b = 0; b < step; b++) {
        most = largerMagnitude(
          most,
          copyFrame(source, out, f.height, f.width, f.outHeight, f.outWidth, a - f.top, b - f.left, step),
        );
        out += phaseBytes;
      }
    }
    if (f.maxima) {
      store<f32>(f.maxima + (<usize>plane << 2), largestLane(most));
    }
  }
}

/** out[i][j] = source[y0 + i·step][x0 + j·step], zero outside; returns four partial maxima. */
export function copyFrame(
  source: usize,
  out: usize,
  height: i32,
  width: i32,
  outHeight: i32,
  outWidth: i32,
  y0: i32,
  x0: i32,
  step: i32,
): v128 {
  // Columns j of [first, last) are inside the source.
  const first = min(outWidth, x0 >= 0 ? 0 : (-x0 + step - 1) / step);
  const last = max(first, min(outWidth, x0 >= width ? 0 : (width - x0 + step - 1) / step));
  const rowBytes = <usize>outWidth << 2;
  let most = f32x4.splat(0);
  for (let i = 0, y = y0; i < outHeight; i++, y += step) {
    if (y < 0 || y >= height) {
      clear(out, rowBytes);
      out += rowBytes;
      continue;
    }
    clear(out, <usize>first << 2);
    let to = out + (<usize>first << 2);
    let from = source + (<usize>(y * width + x0 + first * step) << 2);
    let left = last - first;
    if (step == 1) {
      for (; left >= 4; left -= 4) {
        const v = v128.load(from);
        most = largerMagnitude(most, v);
        v128.store(to, v);
        from += 16;
        to += 16;
      }
    } else if (step == 2) {
      // The last vector reads up to three floats past the row: inside our memory, and unused.
      for (; left >= 4; left -= 4) {
        const v = v128.shuffle<f32>(v128.load(from), v128.load(from, 16), 0, 2, 4, 6);
        most = largerMagnitude(most, v);
        v128.store(to, v);
        from += 32;
        to += 16;
      }
    }
    for (; left > 0; left--) {
      const v = load<f32>(from);
      most = largerMagnitude(most, f32x4.splat(v));
      store<f32>(to, v);
      from += <usize>step << 2;
      to += 4;
    }
    clear(to, <usize>(outWidth - last) << 2);
    out += rowBytes;
  }
  return most;
}

/** Zeros. `memory.fill` leaves WebAssembly, which costs more than a short border does. */
// @ts-ignore: decorator
@inline
export function clear(to: usize, bytes: usize): void {
  const end = to + bytes;
  const zero = f32x4.splat(0);
  for (; to + 16 <= end; to += 16) v128.store(to, zero);
  for (; to < end; to += 4) store<f32>(to, 0);
}
