// U = G g Gᵀ, four output channels at a time, packed as row tiles for the matrix products.

import { weight2, weight4 } from "./winograd-lines";

@unmanaged
class WinogradWeight {
  weight: usize;
  out: usize;
  taps: usize; // byte offset of each of nine taps; −1: a zero
  size: i32;
  rows: i32;
  channels: i32;
  rowBytes: usize;
  channelBytes: usize;
}

/** Unit: four rows (lanes). Writes [component][row tile][channel][4]. */
export function winogradWeight(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<WinogradWeight>(args);
  const paddedRows = (a.rows + 3) & ~3;
  const stride = <usize>(paddedRows * a.channels) << 2;
  for (let tile = begin; tile < end; tile++) {
    const count = min(4, a.rows - tile * 4);
    for (let c = 0; c < a.channels; c++) {
      const base = a.weight + <usize>(tile * 4) * a.rowBytes + <usize>c * a.channelBytes;
      for (let t = 0; t < 9; t++) {
        const tap = load<i32>(a.taps + (<usize>t << 2));
        const at = scratch + (<usize>t << 4);
        v128.store(at, f32x4.splat(0));
        if (tap < 0) continue;
        for (let r = 0; r < count; r++) {
          store<f32>(at + (<usize>r << 2), load<f32>(base + <usize>tap + <usize>r * a.rowBytes));
        }
      }
      const to = a.out + ((<usize>(tile * a.channels + c)) << 4);
      const columns = scratch + 144;
      if (a.size == 4) {
        for (let j: usize = 0; j < 3; j++) weight4(scratch + (j << 4), 48, columns + (j << 4), 48);
        for (let i: usize = 0; i < 6; i++) weight4(columns + i * 48, 16, to + i * 6 * stride, stride);
      } else {
        for (let j: usize = 0; j < 3; j++) weight2(scratch + (j << 4), 48, columns + (j << 4), 48);
        for (let i: usize = 0; i < 4; i++) weight2(columns + i * 48, 16, to + i * 4 * stride, stride);
      }
    }
  }
}
