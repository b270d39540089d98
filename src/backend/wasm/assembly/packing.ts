// Packing for the register tile: eight columns of the im2col matrix into a panel, and weights into row tiles.

import { Convolution } from "./convolution";
import { storeTransposed } from "./lanes";

/** Gathers [channel, tap][8] from eight addresses, by vectors where the addresses are neighbours. */
export function pack(a: Convolution, offset: usize, channels: i32, addresses: usize, panel: usize): void {
  const p0 = load<usize>(addresses) + offset;
  const p1 = load<usize>(addresses, 4) + offset;
  const p2 = load<usize>(addresses, 8) + offset;
  const p3 = load<usize>(addresses, 12) + offset;
  const p4 = load<usize>(addresses, 16) + offset;
  const p5 = load<usize>(addresses, 20) + offset;
  const p6 = load<usize>(addresses, 24) + offset;
  const p7 = load<usize>(addresses, 28) + offset;
  const low = p1 - p0 == 4 && p2 - p1 == 4 && p3 - p2 == 4;
  const high = p5 - p4 == 4 && p6 - p5 == 4 && p7 - p6 == 4;
  const tapsEnd = a.taps + (<usize>a.tapCount << 2);
  const plane = a.sourcePlane;
  if (low && high) {
    for (let c = 0, base: usize = 0; c < channels; c++, base += plane) {
      for (let tap = a.taps; tap < tapsEnd; tap += 4) {
        const at = base + load<usize>(tap);
        v128.store(panel, v128.load(p0 + at));
        v128.store(panel, v128.load(p4 + at), 16);
        panel += 32;
      }
    }
    return;
  }
  const evenLow = p1 - p0 == 8 && p2 - p1 == 8 && p3 - p2 == 8;
  const evenHigh = p5 - p4 == 8 && p6 - p5 == 8 && p7 - p6 == 8;
  if (evenLow && evenHigh) {
    for (let c = 0, base: usize = 0; c < channels; c++, base += plane) {
      for (let tap = a.taps; tap < tapsEnd; tap += 4) {
        const at = base + load<usize>(tap);
        const l = p0 + at;
        const h = p4 + at;
        v128.store(panel, v128.shuffle<f32>(v128.load(l), v128.load(l, 16), 0, 2, 4, 6));
        v128.store(panel, v128.shuffle<f32>(v128.load(h), v128.load(h, 16), 0, 2, 4, 6), 16);
        panel += 32;
      }
    }
    return;
  }
  if (plane == 4 && a.tapCount == 1) {
    // A transposed matrix: its columns are read along their own direction.
    let base = load<usize>(a.taps);
    for (; channels >= 4; channels -= 4) {
      packRowsOf(p0 + base, p1 + base, p2 + base, p3 + base, panel);
      packRowsOf(p4 + base, p5 + base, p6 + base, p7 + base, panel + 16);
      base += 16;
      panel += 128;
    }
    const done = base - load<usize>(a.taps);
    gather(a, channels, tapsEnd, panel, low, high, p0 + done, p1 + done, p2 + done, p3 + done, p4 + done, p5 + done, p6 + done, p7 + done);
    return;
  }
  gather(a, channels, tapsEnd, panel, low, high, p0, p1, p2, p3, p4, p5, p6, p7);
}

// @ts-ignore: decorator
@inline
function packRowsOf(p0: usize, p1: usize, p2: usize, p3: usize, to: usize): void {
  storeTransposed(v128.load(p0), v128.load(p1), v128.load(p2), v128.load(p3), to, 32);
}

/** Eight addresses without order, or only in one half. */
function gather(
  a: Convolution,
  channels: i32,
  tapsEnd: usize,
  panel: usize,
  low: bool,
  high: bool,
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  p4: usize,
  p5: usize,
  p6: usize,
  p7: usize,
): void {
  const plane = a.sourcePlane;
  for (let c = 0, base: usize = 0; c < channels; c++, base += plane) {
    for (let tap = a.taps; tap < tapsEnd; tap += 4) {
      const at = base + load<usize>(tap);
      if (low) {
        v128.store(panel, v128.load(p0 + at));
      } else {
        store<f32>(panel, load<f32>(p0 + at));
        store<f32>(panel, load<f32>(p1 + at), 4);
        store<f32>(panel, load<f32>(p2 + at), 8);
        store<f32>(panel, load<f32>(p3 + at), 12);
      }
      if (high) {
        v128.store(panel, v128.load(p4 + at), 16);
      } else {
        store<f32>(panel, load<f32>(p4 + at), 16);
        store<f32>(panel, load<f32>(p5 + at), 20);
        store<f32>(panel, load<f32>(p6 + at), 24);
        store<f32>(panel, load<f32>(p7 + at), 28);
      }
      panel += 32;
    }
  }
}

@unmanaged
class Packing {
  weight: usize;
  out: usize;
  taps: usize; // byte offset of each tap inside a kernel
  tapCount: i32;
  channels: i32;
  channelBlock: i32;
  rows: i32;
  groupBytes: usize; // strides of the unpacked weight
  rowBytes: usize;
  channelBytes: usize;
}

/** Unit: one group. Rows are padded to a multiple of four with zeros. */
export function packWeight(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Packing>(args);
  const tiles = (a.rows + 3) / 4;
  let out = a.out + ((<usize>begin * tiles * 4 * a.channels * a.tapCount) << 2);
  for (let group = begin; group < end; group++) {
    const weight = a.weight + <usize>group * a.groupBytes;
    for (let block = 0; block < a.channels; block += a.channelBlock) {
      const blockEnd = min(a.channels, block + a.channelBlock);
      for (let tile = 0; tile < tiles; tile++) {
        const row = tile << 2;
        const count = min(4, a.rows - row);
        let c = block;
        if (count == 4 && a.tapCount == 1) {
          // A matrix: four rows of a column are neighbours, or four columns of a row.
          let at = weight + <usize>row * a.rowBytes + <usize>c * a.channelBytes + load<usize>(a.taps);
          if (a.rowBytes == 4) {
            for (; c < blockEnd; c++) {
              v128.store(out, v128.load(at));
              at += a.channelBytes;
              out += 16;
            }
          } else if (a.channelBytes == 4) {
            for (; c + 4 <= blockEnd; c += 4) {
              const third = at + 2 * a.rowBytes;
              const l0 = v128.load(at);
              const l1 = v128.load(at + a.rowBytes);
              storeTransposed(l0, l1, v128.load(third), v128.load(third + a.rowBytes), out, 16);
              at += 16;
              out += 64;
            }
          }
        }
        for (; c < blockEnd; c++) {
          const base = weight + <usize>row * a.rowBytes + <usize>c * a.channelBytes;
          for (let t = 0; t < a.tapCount; t++) {
            const at = base + load<usize>(a.taps + (<usize>t << 2));
            for (let r = 0; r < 4; r++) {
              store<f32>(out, r < count ? load<f32>(at + <usize>r * a.rowBytes) : 0);
              out += 4;
            }
          }
        }
      }
    }
  }
}
