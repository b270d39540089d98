// The register tile that every matrix product ends in: 4 rows × 8 columns.
//
// Why 4×8: eight 128-bit accumulators, two vectors of b, one broadcast of a and one product fit the
// sixteen vector registers of x64. A larger tile spills. The k-loop is not unrolled and ends by
// comparing pointers: unrolled loops let the engine hoist loads, which spills too.
//
// Packed operands: a holds [k][4] (four rows side by side), b holds [k][8] (eight columns).

import { madd } from "./lanes";

/** Where a sum starts. */
export const enum From {
  Zero,
  Bias,
  Output,
}

/** `mode` is known where it is called: a function that decides as it runs is slower. Rows of c are `row` bytes apart. */
// @ts-ignore: decorator
@inline
function tile(mode: From, a: usize, b: usize, bEnd: usize, bias: usize, c: usize, row: usize): void {
  const c1 = c + row;
  const c2 = c1 + row;
  const c3 = c2 + row;
  let c00 = mode == From.Output ? v128.load(c) : mode == From.Bias ? v128.load32_splat(bias) : f32x4.splat(0);
  let c01 = mode == From.Output ? v128.load(c, 16) : c00;
  let c10 = mode == From.Output ? v128.load(c1) : mode == From.Bias ? v128.load32_splat(bias, 4) : f32x4.splat(0);
  let c11 = mode == From.Output ? v128.load(c1, 16) : c10;
  let c20 = mode == From.Output ? v128.load(c2) : mode == From.Bias ? v128.load32_splat(bias, 8) : f32x4.splat(0);
  let c21 = mode == From.Output ? v128.load(c2, 16) : c20;
  let c30 = mode == From.Output ? v128.load(c3) : mode == From.Bias ? v128.load32_splat(bias, 12) : f32x4.splat(0);
  let c31 = mode == From.Output ? v128.load(c3, 16) : c30;
  do {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load32_splat(a);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    const a1 = v128.load32_splat(a, 4);
    c10 = madd(a1, b0, c10);
    c11 = madd(a1, b1, c11);
    const a2 = v128.load32_splat(a, 8);
    c20 = madd(a2, b0, c20);
    c21 = madd(a2, b1, c21);
    const a3 = v128.load32_splat(a, 12);
    c30 = madd(a3, b0, c30);
    c31 = madd(a3, b1, c31);
    a += 16;
    b += 32;
  } while (b != bEnd);
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c1, c10);
  v128.store(c1, c11, 16);
  v128.store(c2, c20);
  v128.store(c2, c21, 16);
  v128.store(c3, c30);
  v128.store(c3, c31, 16);
}

/** c[r][j] = bias[r] + Σ a[k][r]·b[k][j], for four rows that are `row` bytes apart. */
export function tileStart(a: usize, b: usize, bEnd: usize, bias: usize, c: usize, row: usize): void {
  tile(From.Bias, a, b, bEnd, bias, c, row);
}

/** c[r][j] += Σ a[k][r]·b[k][j]: continues a tile whose sum is longer than one packed panel. */
export function tileContinue(a: usize, b: usize, bEnd: usize, c: usize, row: usize): void {
  tile(From.Output, a, b, bEnd, 0, c, row);
}

/**
 * c[r][j] = Σ a[k][r]·b[k][j] for panels that follow each other, from `b` to `bEnd`, and lie side by side in c. With
 * few k the way into a function and the bias weigh.
 */
export function tilesOfPanels(a: usize, b: usize, bEnd: usize, panel: usize, c: usize, row: usize): void {
  do {
    tile(From.Zero, a, b, b + panel, 0, c, row);
    b += panel;
    c += 32;
  } while (b != bEnd);
}
