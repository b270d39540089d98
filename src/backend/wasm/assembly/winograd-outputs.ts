// y = Aᵀ M A of four tiles: down the columns first, with tiles as lanes, then along the rows, transposed
// so that a vector is one tile's row of outputs. The outputs of the four are written side by side.

import {
  output23,
  output34,
  output43,
  output45,
  storeOutput23,
  storeOutput34,
  storeOutput43,
  storeOutput45,
} from "./winograd-output-lines";

/**
 * Of four tiles of `sizeY` by `sizeX` outputs, from `sideY` rows of inputs, whose products are `stride` bytes apart;
 * rows of outputs are `row` bytes apart. Needs 32 vectors of `work`.
 */
export function transformOutputs(
  sideY: i32,
  sizeY: i32,
  sizeX: i32,
  from: usize,
  stride: usize,
  to: usize,
  row: usize,
  work: usize,
): void {
  if (sideY == 8) transform45(from, stride, to, row, work);
  else if (sizeX == 4) transform43(from, stride, to, row, work);
  else if (sizeX == 3) transform34(from, stride, to, row, work);
  else if (sizeY == 4) transform42(from, stride, to, row, work);
  else transform23(from, stride, to, row, work);
}

/** What a tile is made with; the numbers are outputs · 10 + taps, and F42 is F(4, 3) down and F(2, 3) along. */
const enum Kind {
  F43 = 43,
  F42 = 42,
  F34 = 34,
  F45 = 45,
  F23 = 23,
}

// Functions of their own, for profiles and because the engine inlines no more than it has room for.

function transform43(from: usize, stride: usize, to: usize, row: usize, work: usize): void {
  tiles(Kind.F43, from, stride, to, row, work);
}

function transform42(from: usize, stride: usize, to: usize, row: usize, work: usize): void {
  tiles(Kind.F42, from, stride, to, row, work);
}

function transform34(from: usize, stride: usize, to: usize, row: usize, work: usize): void {
  tiles(Kind.F34, from, stride, to, row, work);
}

function transform45(from: usize, stride: usize, to: usize, row: usize, work: usize): void {
  tiles(Kind.F45, from, stride, to, row, work);
}

function transform23(from: usize, stride: usize, to: usize, row: usize, work: usize): void {
  tiles(Kind.F23, from, stride, to, row, work);
}

/** Straight-line code: `kind` is known, and so is every branch. */
// @ts-ignore: decorator
@inline
function tiles(kind: Kind, from: usize, stride: usize, to: usize, row: usize, work: usize): void {
  const side: usize = kind == Kind.F23 || kind == Kind.F42 ? 4 : kind == Kind.F45 ? 8 : 6;
  const column = side * stride;
  const pitch = side << 4;
  downColumn(kind, from, column, work, pitch);
  downColumn(kind, from + stride, column, work + 16, pitch);
  downColumn(kind, from + 2 * stride, column, work + 32, pitch);
  downColumn(kind, from + 3 * stride, column, work + 48, pitch);
  if (side >= 6) {
    downColumn(kind, from + 4 * stride, column, work + 64, pitch);
    downColumn(kind, from + 5 * stride, column, work + 80, pitch);
  }
  if (side == 8) {
    downColumn(kind, from + 6 * stride, column, work + 96, pitch);
    downColumn(kind, from + 7 * stride, column, work + 112, pitch);
  }
  alongRow(kind, work, to);
  alongRow(kind, work + pitch, to + row);
  if (kind == Kind.F23) return;
  to += row << 1;
  alongRow(kind, work + 2 * pitch, to);
  if (kind != Kind.F34) alongRow(kind, work + 3 * pitch, to + row);
}

// @ts-ignore: decorator
@inline
function downColumn(kind: Kind, from: usize, stride: usize, to: usize, toStride: usize): void {
  if (kind == Kind.F43 || kind == Kind.F42) output43(from, stride, to, toStride);
  else if (kind == Kind.F34) output34(from, stride, to, toStride);
  else if (kind == Kind.F45) output45(from, stride, to, toStride);
  else output23(from, stride, to, toStride);
}

// @ts-ignore: decorator
@inline
function alongRow(kind: Kind, from: usize, to: usize): void {
  if (kind == Kind.F43) storeOutput43(from, to);
  else if (kind == Kind.F34) storeOutput34(from, to);
  else if (kind == Kind.F45) storeOutput45(from, to);
  else storeOutput23(from, to);
}
