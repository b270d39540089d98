// The transforms of whole tiles, four at a time: down the columns with vectors along the rows, then
// transposed so that lanes are tiles (of one channel, or of four channels), then along the rows.

import { input4, input6, input8, inputPair6, storeInput4, storeInput6, storeInput8 } from "./winograd-input-lines";

/** V = Bᵀ d B of four 6×6 tiles at p0 … p3, whose rows are `row` bytes apart; component k goes to to + k·stride. */
export function transformInput6(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  row: usize,
  to: usize,
  stride: usize,
  work: usize,
): void {
  input6(p0, row, work, 96);
  input6(p1, row, work + 16, 96);
  input6(p2, row, work + 32, 96);
  input6(p3, row, work + 48, 96);
  // The last two columns of two tiles make one vector.
  inputPair6(p0 + 16, p1 + 16, row, work + 64, 96);
  inputPair6(p2 + 16, p3 + 16, row, work + 80, 96);
  for (let i = 0; i < 6; i++) {
    const l0 = v128.load(work);
    const l1 = v128.load(work, 16);
    const l2 = v128.load(work, 32);
    const l3 = v128.load(work, 48);
    const l4 = v128.load(work, 64);
    const l5 = v128.load(work, 80);
    const a = v128.shuffle<f32>(l0, l1, 0, 4, 1, 5);
    const b = v128.shuffle<f32>(l2, l3, 0, 4, 1, 5);
    const c = v128.shuffle<f32>(l0, l1, 2, 6, 3, 7);
    const d = v128.shuffle<f32>(l2, l3, 2, 6, 3, 7);
    storeInput6(
      v128.shuffle<f32>(a, b, 0, 1, 4, 5),
      v128.shuffle<f32>(a, b, 2, 3, 6, 7),
      v128.shuffle<f32>(c, d, 0, 1, 4, 5),
      v128.shuffle<f32>(c, d, 2, 3, 6, 7),
      v128.shuffle<f32>(l4, l5, 0, 2, 4, 6),
      v128.shuffle<f32>(l4, l5, 1, 3, 5, 7),
      to,
      stride,
    );
    work += 96;
    to += 6 * stride;
  }
}

/** The same for four tiles of six rows and four columns, of F(4×2, 3×3). */
export function transformInput64(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  row: usize,
  to: usize,
  stride: usize,
  work: usize,
): void {
  input6(p0, row, work, 64);
  input6(p1, row, work + 16, 64);
  input6(p2, row, work + 32, 64);
  input6(p3, row, work + 48, 64);
  rows4(6, to, stride, work);
}

/** The same for four 4×4 tiles of F(2×2, 3×3). */
export function transformInput4(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  row: usize,
  to: usize,
  stride: usize,
  work: usize,
): void {
  input4(p0, row, work, 64);
  input4(p1, row, work + 16, 64);
  input4(p2, row, work + 32, 64);
  input4(p3, row, work + 48, 64);
  rows4(4, to, stride, work);
}

/** Along `count` rows of four columns. */
// @ts-ignore: decorator
@inline
function rows4(count: i32, to: usize, stride: usize, work: usize): void {
  for (let i = 0; i < count; i++) {
    const l0 = v128.load(work);
    const l1 = v128.load(work, 16);
    const l2 = v128.load(work, 32);
    const l3 = v128.load(work, 48);
    const a = v128.shuffle<f32>(l0, l1, 0, 4, 1, 5);
    const b = v128.shuffle<f32>(l2, l3, 0, 4, 1, 5);
    const c = v128.shuffle<f32>(l0, l1, 2, 6, 3, 7);
    const d = v128.shuffle<f32>(l2, l3, 2, 6, 3, 7);
    storeInput4(
      v128.shuffle<f32>(a, b, 0, 1, 4, 5),
      v128.shuffle<f32>(a, b, 2, 3, 6, 7),
      v128.shuffle<f32>(c, d, 0, 1, 4, 5),
      v128.shuffle<f32>(c, d, 2, 3, 6, 7),
      to,
      stride,
    );
    work += 64;
    to += 4 * stride;
  }
}

/** The same for four 8×8 tiles of F(4×4, 5×5). */
export function transformInput8(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  row: usize,
  to: usize,
  stride: usize,
  work: usize,
): void {
  columns8(p0, row, work);
  columns8(p1, row, work + 16);
  columns8(p2, row, work + 32);
  columns8(p3, row, work + 48);
  for (let i = 0; i < 8; i++) {
    const l0 = v128.load(work);
    const l1 = v128.load(work, 16);
    const l2 = v128.load(work, 32);
    const l3 = v128.load(work, 48);
    const a = v128.shuffle<f32>(l0, l1, 0, 4, 1, 5);
    const b = v128.shuffle<f32>(l2, l3, 0, 4, 1, 5);
    const c = v128.shuffle<f32>(l0, l1, 2, 6, 3, 7);
    const d = v128.shuffle<f32>(l2, l3, 2, 6, 3, 7);
    const r0 = v128.load(work, 64);
    const r1 = v128.load(work, 80);
    const r2 = v128.load(work, 96);
    const r3 = v128.load(work, 112);
    const e = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const f = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const g = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const h = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    storeInput8(
      v128.shuffle<f32>(a, b, 0, 1, 4, 5),
      v128.shuffle<f32>(a, b, 2, 3, 6, 7),
      v128.shuffle<f32>(c, d, 0, 1, 4, 5),
      v128.shuffle<f32>(c, d, 2, 3, 6, 7),
      v128.shuffle<f32>(e, f, 0, 1, 4, 5),
      v128.shuffle<f32>(e, f, 2, 3, 6, 7),
      v128.shuffle<f32>(g, h, 0, 1, 4, 5),
      v128.shuffle<f32>(g, h, 2, 3, 6, 7),
      to,
      stride,
    );
    work += 128;
    to += 8 * stride;
  }
}

/** Down the eight columns of one tile; no part of its caller, for which the engine's registers would not do. */
function columns8(p: usize, row: usize, work: usize): void {
  input8(p, row, work, 128);
  input8(p + 16, row, work + 64, 128);
}
