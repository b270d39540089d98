// Convolution as a matrix product whose right side is never stored: panels of eight output positions
// are gathered ("im2col"), kept in the first-level cache, and multiplied with every output channel.
//
//   out[m][q] = bias[m] + Σ over (c, tap)  weight[m][c][tap] · source[c][position(q) + tap]
//
// A tap is nothing but a byte offset, so stride, dilation, flipped kernels, the gradient to the input
// and the phases of a transposed convolution are the same code with other numbers.

import { pack } from "./packing";
import { tileContinue, tileStart } from "./tile";
import { pairContinue, pairStart } from "./wide";

@unmanaged
export class Convolution {
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
      if (c == 0) pairStart(w, first, second, second, bias + (<usize>row << 2), to, a.outPlane);
      else pairContinue(w, first, second, second, to, a.outPlane);
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
