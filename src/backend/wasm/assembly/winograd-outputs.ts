// y = Aᵀ M A of four tiles: down the columns first, with tiles as lanes, then along the rows, transposed
// so that a vector is one tile's row of outputs.
//
// Four whole tiles are stored where they belong. Others (at the right and the lower edge) go through
// `work`, and only their cells inside the output are copied.

import {
  output23,
  output25,
  output34,
  output43,
  storeOutput23,
  storeOutput25,
  storeOutput34,
  storeOutput43,
} from "./winograd-lines";

/** Bytes of one tile in `work`: four rows of four outputs. */
const TILE: usize = 64;
const ROW: usize = 16;
/** Where a transform keeps its columns: behind four tiles. */
const COLUMNS: usize = 4 * TILE;

/** Bytes that `transformOutputs` needs. */
export const OUTPUT_WORK: usize = COLUMNS + 24 * 16;

/** What is known of a tile, 16 bytes: where it is read, where it is written, what of it counts. */
@unmanaged
export class Tile {
  source: usize;
  out: usize;
  extent: i32; // rows · 8 + columns that are inside the output
  whole: i32; // of the first of four: whether all of them are
}

export const TILE_BYTES: usize = 16;

/** Of tiles of `size` outputs from `side` inputs, whose products are `stride` bytes apart; `row` and `step` bytes from output to output. */
export function transformOutputs(
  size: i32,
  side: i32,
  from: usize,
  stride: usize,
  tiles: usize,
  offset: usize,
  row: usize,
  step: usize,
  work: usize,
): void {
  const first = changetype<Tile>(tiles);
  if (first.whole != 0 && step == 4) {
    const p0 = first.out + offset;
    const p1 = changetype<Tile>(tiles + TILE_BYTES).out + offset;
    const p2 = changetype<Tile>(tiles + 2 * TILE_BYTES).out + offset;
    const p3 = changetype<Tile>(tiles + 3 * TILE_BYTES).out + offset;
    transform(size, side, from, stride, p0, p1, p2, p3, row, work + COLUMNS);
    return;
  }
  transform(size, side, from, stride, work, work + TILE, work + 2 * TILE, work + 3 * TILE, ROW, work + COLUMNS);
  for (let t = 0; t < 4; t++) {
    const tile = changetype<Tile>(tiles);
    const columns = tile.extent & 7;
    let to = tile.out + offset;
    const end = work + (<usize>(tile.extent >> 3) << 4);
    for (let y = work; y < end; y += ROW) {
      storePart(to, step, columns, v128.load(y));
      to += row;
    }
    work += TILE;
    tiles += TILE_BYTES;
  }
}

// @ts-ignore: decorator
@inline
function transform(
  size: i32,
  side: i32,
  from: usize,
  stride: usize,
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  row: usize,
  work: usize,
): void {
  if (size == 4) transform43(from, stride, p0, p1, p2, p3, row, work);
  else if (size == 3) transform34(from, stride, p0, p1, p2, p3, row, work);
  else if (side == 6) transform25(from, stride, p0, p1, p2, p3, row, work);
  else transform23(from, stride, p0, p1, p2, p3, row, work);
}

function transform43(
  from: usize,
  stride: usize,
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  row: usize,
  work: usize,
): void {
  const column = 6 * stride;
  output43(from, column, work, 96);
  output43(from + stride, column, work + 16, 96);
  output43(from + 2 * stride, column, work + 32, 96);
  output43(from + 3 * stride, column, work + 48, 96);
  output43(from + 4 * stride, column, work + 64, 96);
  output43(from + 5 * stride, column, work + 80, 96);
  storeOutput43(work, p0, p1, p2, p3);
  storeOutput43(work + 96, p0 + row, p1 + row, p2 + row, p3 + row);
  row <<= 1;
  p0 += row;
  p1 += row;
  p2 += row;
  p3 += row;
  row >>= 1;
  storeOutput43(work + 192, p0, p1, p2, p3);
  storeOutput43(work + 288, p0 + row, p1 + row, p2 + row, p3 + row);
}

function transform34(
  from: usize,
  stride: usize,
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  row: usize,
  work: usize,
): void {
  const column = 6 * stride;
  output34(from, column, work, 96);
  output34(from + stride, column, work + 16, 96);
  output34(from + 2 * stride, column, work + 32, 96);
  output34(from + 3 * stride, column, work + 48, 96);
  output34(from + 4 * stride, column, work + 64, 96);
  output34(from + 5 * stride, column, work + 80, 96);
  storeOutput34(work, p0, p1, p2, p3);
  storeOutput34(work + 96, p0 + row, p1 + row, p2 + row, p3 + row);
  row <<= 1;
  storeOutput34(work + 192, p0 + row, p1 + row, p2 + row, p3 + row);
}

function transform25(
  from: usize,
  stride: usize,
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  row: usize,
  work: usize,
): void {
  const column = 6 * stride;
  output25(from, column, work, 96);
  output25(from + stride, column, work + 16, 96);
  output25(from + 2 * stride, column, work + 32, 96);
  output25(from + 3 * stride, column, work + 48, 96);
  output25(from + 4 * stride, column, work + 64, 96);
  output25(from + 5 * stride, column, work + 80, 96);
  storeOutput25(work, p0, p1, p2, p3);
  storeOutput25(work + 96, p0 + row, p1 + row, p2 + row, p3 + row);
}

function transform23(
  from: usize,
  stride: usize,
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  row: usize,
  work: usize,
): void {
  const column = 4 * stride;
  output23(from, column, work, 64);
  output23(from + stride, column, work + 16, 64);
  output23(from + 2 * stride, column, work + 32, 64);
  output23(from + 3 * stride, column, work + 48, 64);
  storeOutput23(work, p0, p1, p2, p3);
  storeOutput23(work + 64, p0 + row, p1 + row, p2 + row, p3 + row);
}

/** Stores the first `columns` lanes, `step` bytes apart. */
function storePart(to: usize, step: usize, columns: i32, y: v128): void {
  if (columns == 4) {
    if (step == 4) {
      v128.store(to, y);
      return;
    }
    v128.store32_lane(to, y, 0);
    v128.store32_lane(to + step, y, 1);
    to += 2 * step;
    v128.store32_lane(to, y, 2);
    v128.store32_lane(to + step, y, 3);
    return;
  }
  if (columns > 0) v128.store32_lane(to, y, 0);
  if (columns > 1) v128.store32_lane(to + step, y, 1);
  if (columns > 2) v128.store32_lane(to + 2 * step, y, 2);
}
