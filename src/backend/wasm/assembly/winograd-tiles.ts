// The transforms of whole tiles, four at a time: down the columns with vectors along the rows, then
// transposed so that lanes are tiles (of one channel, or of four channels), then along the rows.

import { input2, input4, inputPair4, storeInput2, storeInput4 } from "./winograd-input-lines";
import { spread43, storeSpread25, storeSpread43 } from "./winograd-output-lines";

/** V = Bᵀ d B of four 6×6 tiles at p0 … p3, whose rows are `row` bytes apart; component k goes to to + k·stride. */
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
  input4(p0, row, work, 96);
  input4(p1, row, work + 16, 96);
  input4(p2, row, work + 32, 96);
  input4(p3, row, work + 48, 96);
  // The last two columns of two tiles make one vector.
  inputPair4(p0 + 16, p1 + 16, row, work + 64, 96);
  inputPair4(p2 + 16, p3 + 16, row, work + 80, 96);
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
    storeInput4(
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

/** The same for four 4×4 tiles of F(2×2, 3×3). */
export function transformInput2(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  row: usize,
  to: usize,
  stride: usize,
  work: usize,
): void {
  input2(p0, row, work, 64);
  input2(p1, row, work + 16, 64);
  input2(p2, row, work + 32, 64);
  input2(p3, row, work + 48, 64);
  for (let i = 0; i < 4; i++) {
    const l0 = v128.load(work);
    const l1 = v128.load(work, 16);
    const l2 = v128.load(work, 32);
    const l3 = v128.load(work, 48);
    const a = v128.shuffle<f32>(l0, l1, 0, 4, 1, 5);
    const b = v128.shuffle<f32>(l2, l3, 0, 4, 1, 5);
    const c = v128.shuffle<f32>(l0, l1, 2, 6, 3, 7);
    const d = v128.shuffle<f32>(l2, l3, 2, 6, 3, 7);
    storeInput2(
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

/** A y Aᵀ of four 4×4 tiles of the output gradient: the transpose of the output's transform. */
export function transformGradient43(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  row: usize,
  to: usize,
  stride: usize,
  work: usize,
): void {
  spread43(p0, row, work, 64);
  spread43(p1, row, work + 16, 64);
  spread43(p2, row, work + 32, 64);
  spread43(p3, row, work + 48, 64);
  for (let i = 0; i < 6; i++) {
    const l0 = v128.load(work);
    const l1 = v128.load(work, 16);
    const l2 = v128.load(work, 32);
    const l3 = v128.load(work, 48);
    const a = v128.shuffle<f32>(l0, l1, 0, 4, 1, 5);
    const b = v128.shuffle<f32>(l2, l3, 0, 4, 1, 5);
    const c = v128.shuffle<f32>(l0, l1, 2, 6, 3, 7);
    const d = v128.shuffle<f32>(l2, l3, 2, 6, 3, 7);
    storeSpread43(
      v128.shuffle<f32>(a, b, 0, 1, 4, 5),
      v128.shuffle<f32>(a, b, 2, 3, 6, 7),
      v128.shuffle<f32>(c, d, 0, 1, 4, 5),
      v128.shuffle<f32>(c, d, 2, 3, 6, 7),
      to,
      stride,
    );
    work += 64;
    to += 6 * stride;
  }
}

/** A y Aᵀ of four 2×2 tiles of the output gradient, for F(2×2, 5×5). Reads two further columns. */
export function transformGradient25(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  row: usize,
  to: usize,
  stride: usize,
  work: usize,
): void {
  storeSpread25(v128.load(p0), v128.load(p0 + row), work, 64);
  storeSpread25(v128.load(p1), v128.load(p1 + row), work + 16, 64);
  storeSpread25(v128.load(p2), v128.load(p2 + row), work + 32, 64);
  storeSpread25(v128.load(p3), v128.load(p3 + row), work + 48, 64);
  for (let i = 0; i < 6; i++) {
    const a = v128.shuffle<f32>(v128.load(work), v128.load(work, 16), 0, 4, 1, 5);
    const b = v128.shuffle<f32>(v128.load(work, 32), v128.load(work, 48), 0, 4, 1, 5);
    storeSpread25(v128.shuffle<f32>(a, b, 0, 1, 4, 5), v128.shuffle<f32>(a, b, 2, 3, 6, 7), to, stride);
    work += 64;
    to += 6 * stride;
  }
}
