// U = G g Gᵀ, four output channels at a time, packed as row tiles for the matrix products.

import { weight23, weight45, weight34, weight43 } from "./winograd-weight-lines";

@unmanaged
class WinogradWeight {
  weight: usize;
  out: usize;
  taps: usize; // for each plane of a channel, the byte offset of every tap; −1: a zero
  sizeY: i32;
  sizeX: i32;
  side: i32; // taps along an axis: 3, 4 or 5
  rows: i32;
  channels: i32; // planes, `split` of each of the kernel's channels
  split: i32;
  rowBytes: usize;
  channelBytes: usize;
}

/** Unit: four rows (lanes). Writes [component][row tile][channel][4]. */
export function winogradWeight(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<WinogradWeight>(args);
  const paddedRows = (a.rows + 3) & ~3;
  const stride = <usize>(paddedRows * a.channels) << 2;
  const tapCount = a.side * a.side;
  for (let tile = begin; tile < end; tile++) {
    const count = min(4, a.rows - tile * 4);
    for (let c = 0; c < a.channels; c++) {
      const base = a.weight + <usize>(tile * 4) * a.rowBytes + <usize>(c / a.split) * a.channelBytes;
      const taps = a.taps + (<usize>(c % a.split * tapCount) << 2);
      for (let t = 0; t < tapCount; t++) {
        const tap = load<i32>(taps + (<usize>t << 2));
        const at = scratch + (<usize>t << 4);
        v128.store(at, f32x4.splat(0));
        if (tap < 0) continue;
        for (let r = 0; r < count; r++) {
          store<f32>(at + (<usize>r << 2), load<f32>(base + <usize>tap + <usize>r * a.rowBytes));
        }
      }
      const to = a.out + ((<usize>(tile * a.channels + c)) << 4);
      const columns = scratch + 25 * 16;
      if (a.side == 5) {
        for (let j: usize = 0; j < 5; j++) weight45(scratch + (j << 4), 80, columns + (j << 4), 80);
        for (let i: usize = 0; i < 8; i++) weight45(columns + i * 80, 16, to + i * 8 * stride, stride);
      } else if (a.side == 4) {
        for (let j: usize = 0; j < 4; j++) weight34(scratch + (j << 4), 64, columns + (j << 4), 64);
        for (let i: usize = 0; i < 6; i++) weight34(columns + (i << 6), 16, to + i * 6 * stride, stride);
      } else {
        const height: usize = a.sizeY + 2;
        const width: usize = a.sizeX + 2;
        for (let j: usize = 0; j < 3; j++) {
          if (height == 6) weight43(scratch + (j << 4), 48, columns + (j << 4), 48);
          else weight23(scratch + (j << 4), 48, columns + (j << 4), 48);
        }
        for (let i: usize = 0; i < height; i++) {
          if (width == 6) weight43(columns + i * 48, 16, to + i * width * stride, stride);
          else weight23(columns + i * 48, 16, to + i * width * stride, stride);
        }
      }
    }
  }
}
