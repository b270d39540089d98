// Convolution as a matrix product whose right side is never stored: panels of eight output positions
// are gathered ("im2col"), kept in the first-level cache, and multiplied with every output channel.
//
//   out[m][q] = bias[m] + Σ over (c, tap)  weight[m][c][tap] · source[c][position(q) + tap]
//
// A tap is nothing but a byte offset, so stride, dilation, flipped kernels, the gradient to the input
// and the phases of a transposed convolution are the same code with other numbers.

import { storeTransposed } from "./lanes";
import { tileContinue, tileStart } from "./tile";
import { pairContinue, pairStart } from "./wide";

@unmanaged
class Convolution {
  source: usize; // framed input [image][group][channel][row][column]
  weight: usize; // packed: [group][channel block][row tile][channel, tap][4]
  bias: usize; // [group][row], rows rounded up to a multiple of 4
  out: usize;
  taps: usize; // byte offset of each tap in a source plane
  tapCount: i32;
  channels: i32; // of a group
  channelBlock: i32; // channels of one packed panel
  rows: i32; // output channels of a group
  groups: i32;
  images: i32;
  sourceImage: usize; // bytes from image to image, group to group, plane to plane
  sourceGroup: usize;
  sourcePlane: usize;
  stepY: usize; // bytes from window to window
  stepX: usize;
  outHeight: i32; // positions of one image
  outWidth: i32;
  outImage: usize;
  outPlane: usize;
  outRow: usize;
  outColumn: usize;
  panelsPerUnit: i32;
  tilesPerUnit: i32; // row tiles of one unit
}

// Scratch of one thread: for each of two panels eight source addresses and eight output addresses; a tile column; the
// panels.
const OUT_ADDRESSES: usize = 32;
const ADDRESSES: usize = 64;
const COLUMN: usize = 2 * ADDRESSES;

/** Unit: some row tiles × some panels of one group. */
export function convolve(args: usize, begin: i32, end: i32, scratch: usize): void {
  units(false, args, begin, end, scratch);
}

/** The same for an engine that revectorises. */
export function convolveWide(args: usize, begin: i32, end: i32, scratch: usize): void {
  units(true, args, begin, end, scratch);
}

function units(wide: bool, args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Convolution>(args);
  const positions = a.outHeight * a.outWidth;
  const columns = a.images * positions;
  const panels = (columns + 7) / 8;
  const tiles = (a.rows + 3) / 4;
  const panelGroups = (panels + a.panelsPerUnit - 1) / a.panelsPerUnit;
  const tileGroups = (tiles + a.tilesPerUnit - 1) / a.tilesPerUnit;
  for (let unit = begin; unit < end; unit++) {
    const group = unit / (panelGroups * tileGroups);
    const rest = unit % (panelGroups * tileGroups);
    const firstTile = (rest / panelGroups) * a.tilesPerUnit;
    const lastTile = min(tiles, firstTile + a.tilesPerUnit);
    const firstPanel = (rest % panelGroups) * a.panelsPerUnit;
    const lastPanel = min(panels, firstPanel + a.panelsPerUnit);
    let panel = firstPanel;
    while (panel < lastPanel) {
      const both = wide && panel + 1 < lastPanel && panel * 8 + 16 <= columns;
      if (both && twoPanels(a, group, panel * 8, firstTile, lastTile, scratch)) {
        panel += 2;
      } else {
        onePanel(a, group, panel * 8, columns, firstTile, lastTile, scratch);
        panel++;
      }
    }
  }
}

function onePanel(
  a: Convolution,
  group: i32,
  column: i32,
  columns: i32,
  firstTile: i32,
  lastTile: i32,
  scratch: usize,
): void {
  const count = min(8, columns - column);
  locate(a, group, column, count, scratch);
  const outs = scratch + OUT_ADDRESSES;
  const tile = scratch + COLUMN;
  const tiles = (a.rows + 3) / 4;
  const paddedRows = tiles * 4;
  const panel = tile + (<usize>paddedRows << 5);
  const depth = a.channels * a.tapCount;
  const weights = a.weight + ((<usize>group * paddedRows * depth) << 2);
  const bias = a.bias + (<usize>(group * paddedRows) << 2);
  const out = load<usize>(outs);
  // Eight neighbours in memory are stored where they belong; others by way of the tile column.
  const direct = count == 8 && load<usize>(outs, 28) - out == 28 && inOrder(outs);

  for (let c = 0; c < a.channels; c += a.channelBlock) {
    const block = min(a.channelBlock, a.channels - c);
    const k = block * a.tapCount;
    pack(a, <usize>c * a.sourcePlane, block, scratch, panel);
    const panelEnd = panel + (<usize>k << 5);
    let w = weights + (<usize>(c * a.tapCount * paddedRows) << 2) + (<usize>(firstTile * k) << 4);
    for (let t = firstTile; t < lastTile; t++) {
      const row = t << 2;
      if (direct && row + 4 <= a.rows) {
        const to = out + <usize>row * a.outPlane;
        if (c == 0) tileStart(w, panel, panelEnd, bias + (<usize>row << 2), to, a.outPlane);
        else tileContinue(w, panel, panelEnd, to, a.outPlane);
      } else {
        const to = tile + (<usize>row << 5);
        if (c == 0) tileStart(w, panel, panelEnd, bias + (<usize>row << 2), to, 32);
        else tileContinue(w, panel, panelEnd, to, 32);
      }
      w += <usize>k << 4;
    }
  }
  const lastRow = min(a.rows, lastTile << 2);
  for (let row = direct ? max(firstTile << 2, a.rows & ~3) : firstTile << 2; row < lastRow; row++) {
    const from = tile + (<usize>row << 5);
    const to = <usize>row * a.outPlane;
    for (let j = 0; j < count; j++) {
      store<f32>(load<usize>(outs + (<usize>j << 2)) + to, load<f32>(from + (<usize>j << 2)));
    }
  }
}

/** Two panels whose sixteen outputs are neighbours; false, with nothing done, if they are not. */
function twoPanels(a: Convolution, group: i32, column: i32, firstTile: i32, lastTile: i32, scratch: usize): bool {
  if (a.rows & 3) return false;
  locate(a, group, column, 8, scratch);
  locate(a, group, column + 8, 8, scratch + ADDRESSES);
  const outs = scratch + OUT_ADDRESSES;
  const out = load<usize>(outs);
  if (load<usize>(outs + ADDRESSES) - out != 32 || !inOrder(outs) || !inOrder(outs + ADDRESSES)) return false;
  const first = scratch + COLUMN + (<usize>a.rows << 5);
  const weights = a.weight + ((<usize>(group * a.rows) * <usize>(a.channels * a.tapCount)) << 2);
  const bias = a.bias + (<usize>(group * a.rows) << 2);
  for (let c = 0; c < a.channels; c += a.channelBlock) {
    const block = min(a.channelBlock, a.channels - c);
    const k = block * a.tapCount;
    const second = first + (<usize>k << 5);
    const offset = <usize>c * a.sourcePlane;
    pack(a, offset, block, scratch, first);
    pack(a, offset, block, scratch + ADDRESSES, second);
    let w = weights + (<usize>(c * a.tapCount * a.rows) << 2) + (<usize>(firstTile * k) << 4);
    for (let t = firstTile; t < lastTile; t++) {
      const row = t << 2;
      const to = out + <usize>row * a.outPlane;
      if (c == 0) pairStart(w, first, second, bias + (<usize>row << 2), to, a.outPlane);
      else pairContinue(w, first, second, to, a.outPlane);
      w += <usize>k << 4;
    }
  }
  return true;
}

function inOrder(outs: usize): bool {
  for (let j: usize = 1; j < 8; j++) {
    if (load<usize>(outs + (j << 2)) - load<usize>(outs + (j << 2) - 4) != 4) return false;
  }
  return true;
}

/** Writes where each of the panel's columns reads and writes (missing columns repeat the last). */
function locate(a: Convolution, group: i32, column: i32, count: i32, scratch: usize): void {
  const positions = a.outHeight * a.outWidth;
  let image = column / positions;
  let y = (column % positions) / a.outWidth;
  let x = column % a.outWidth;
  const sourceGroup = <usize>group * a.sourceGroup;
  const outGroup = <usize>(group * a.rows) * a.outPlane;
  for (let j = 0; j < 8; j++) {
    store<usize>(
      scratch + (<usize>j << 2),
      a.source + sourceGroup + <usize>image * a.sourceImage + <usize>y * a.stepY + <usize>x * a.stepX,
    );
    store<usize>(
      scratch + OUT_ADDRESSES + (<usize>j << 2),
      a.out + outGroup + <usize>image * a.outImage + <usize>y * a.outRow + <usize>x * a.outColumn,
    );
    if (j + 1 < count && ++x == a.outWidth) {
      x = 0;
      if (++y == a.outHeight) {
        y = 0;
        image++;
      }
    }
  }
}

/** Gathers [channel, tap][8] from eight addresses, by vectors where the addresses are neighbours. */
function pack(a: Convolution, offset: usize, channels: i32, addresses: usize, panel: usize): void {
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
        for (let c = block; c < blockEnd; c++) {
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
