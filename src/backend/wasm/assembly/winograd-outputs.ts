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
} from "./winograd-output-lines";

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

/** What a tile is made with; the numbers are outputs · 10 + taps. */
const enum Kind {
  F43 = 43,
  F34 = 34,
  F25 = 25,
  F23 = 23,
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

// Functions of their own, for profiles and because the engine inlines no more than it has room for.

function transform43(from: usize, stride: usize, p0: usize, p1: usize, p2: usize, p3: usize, row: usize, work: usize): void {
  tiles(Kind.F43, from, stride, p0, p1, p2, p3, row, work);
}

function transform34(from: usize, stride: usize, p0: usize, p1: usize, p2: usize, p3: usize, row: usize, work: usize): void {
  tiles(Kind.F34, from, stride, p0, p1, p2, p3, row, work);
}

function transform25(from: usize, stride: usize, p0: usize, p1: usize, p2: usize, p3: usize, row: usize, work: usize): void {
  tiles(Kind.F25, from, stride, p0, p1, p2, p3, row, work);
}

function transform23(from: usize, stride: usize, p0: usize, p1: usize, p2: usize, p3: usize, row: usize, work: usize): void {
  tiles(Kind.F23, from, stride, p0, p1, p2, p3, row, work);
}

/** Straight-line code: `kind` is known, and so is every branch. */
// @ts-ignore: decorator
@inline
function tiles(
  kind: Kind,
  from: usize,
  stride: usize,
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  row: usize,
  work: usize,
): void {
  const side: usize = kind == Kind.F23 ? 4 : 6;
  const column = side * stride;
  const pitch = side << 4;
  downColumn(kind, from, column, work, pitch);
  downColumn(kind, from + stride, column, work + 16, pitch);
  downColumn(kind, from + 2 * stride, column, work + 32, pitch);
  downColumn(kind, from + 3 * stride, column, work + 48, pitch);
  if (side == 6) {
    downColumn(kind, from + 4 * stride, column, work + 64, pitch);
    downColumn(kind, from + 5 * stride, column, work + 80, pitch);
  }
  alongRow(kind, work, p0, p1, p2, p3);
  alongRow(kind, work + pitch, p0 + row, p1 + row, p2 + row, p3 + row);
  if (kind == Kind.F43 || kind == Kind.F34) {
    const two = row << 1;
    p0 += two;
    p1 += two;
    p2 += two;
    p3 += two;
    alongRow(kind, work + 2 * pitch, p0, p1, p2, p3);
    if (kind == Kind.F43) alongRow(kind, work + 3 * pitch, p0 + row, p1 + row, p2 + row, p3 + row);
  }
}

// @ts-ignore: decorator
@inline
function downColumn(kind: Kind, from: usize, stride: usize, to: usize, toStride: usize): void {
  if (kind == Kind.F43) output43(from, stride, to, toStride);
  else if (kind == Kind.F34) output34(from, stride, to, toStride);
  else if (kind == Kind.F25) output25(from, stride, to, toStride);
  else output23(from, stride, to, toStride);
}

// @ts-ignore: decorator
@inline
function alongRow(kind: Kind, from: usize, p0: usize, p1: usize, p2: usize, p3: usize): void {
  if (kind == Kind.F43) storeOutput43(from, p0, p1, p2, p3);
  else if (kind == Kind.F34) storeOutput34(from, p0, p1, p2, p3);
  else if (kind == Kind.F25) storeOutput25(from, p0, p1, p2, p3);
  else storeOutput23(from, p0, p1, p2, p3);
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
