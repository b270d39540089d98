// The register tile that every matrix product ends in: 4 rows × 8 columns.
//
// Why 4×8: eight 128-bit accumulators, two vectors of b, one broadcast of a and one product fit the
// sixteen vector registers of x64. A larger tile spills. The k-loop is not unrolled and ends by
// comparing pointers: unrolled loops let the engine hoist loads, which spills too.
//
// Packed operands: a holds [k][4] (four rows side by side), b holds [k][8] (eight columns).

import { madd } from "./lanes";

/** What a sum is added to. */
export const enum To {
  Nothing,
  Bias,
  /** Only when it is complete: a long sum is a sum of blocks, whose rounding errors grow far more slowly. */
  Output,
}

/** `to` is known where it is called: a function that decides as it runs is slower. Rows of c are `row` bytes apart. */
// @ts-ignore: decorator
@inline
function tile(to: To, a: usize, b: usize, bEnd: usize, bias: usize, c: usize, row: usize): void {
  const c1 = c + row;
  const c2 = c1 + row;
  const c3 = c2 + row;
  let c00 = to == To.Bias ? v128.load32_splat(bias) : f32x4.splat(0);
  let c01 = c00;
  let c10 = to == To.Bias ? v128.load32_splat(bias, 4) : f32x4.splat(0);
  let c11 = c10;
  let c20 = to == To.Bias ? v128.load32_splat(bias, 8) : f32x4.splat(0);
  let c21 = c20;
  let c30 = to == To.Bias ? v128.load32_splat(bias, 12) : f32x4.splat(0);
  let c31 = c30;
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
  put(to, c, c00);
  put(to, c + 16, c01);
  put(to, c1, c10);
  put(to, c1 + 16, c11);
  put(to, c2, c20);
  put(to, c2 + 16, c21);
  put(to, c3, c30);
  put(to, c3 + 16, c31);
}

/** Where a sum goes. */
// @ts-ignore: decorator
@inline
export function put(to: To, at: usize, sum: v128): void {
  v128.store(at, to == To.Output ? f32x4.add(v128.load(at), sum) : sum);
}

/** c[r][j] = bias[r] + Σ a[k][r]·b[k][j], for four rows that are `row` bytes apart. */
export function tileStart(a: usize, b: usize, bEnd: usize, bias: usize, c: usize, row: usize): void {
  tile(To.Bias, a, b, bEnd, bias, c, row);
}

/** c[r][j] += Σ a[k][r]·b[k][j]: continues a tile whose sum is longer than one packed panel. */
export function tileContinue(a: usize, b: usize, bEnd: usize, c: usize, row: usize): void {
  tile(To.Output, a, b, bEnd, 0, c, row);
}

/**
 * c[r][j] = Σ a[k][r]·b[k][j] for panels that follow each other, from `b` to `bEnd`, and lie side by side in c. With
 * few k the way into a function and the bias weigh.
 */
export function tilesOfPanels(a: usize, b: usize, bEnd: usize, panel: usize, c: usize, row: usize): void {
  do {
    tile(To.Nothing, a, b, b + panel, 0, c, row);
    b += panel;
    c += 32;
  } while (b != bEnd);
}

/** The same for two rows of the four in a, for what is left of outputs: two panels at a time, then the last. */
export function twoRowsOfPanels(a: usize, b: usize, bEnd: usize, panel: usize, c: usize, row: usize): void {
  for (; bEnd - b > panel; b += panel << 1) {
    twoRows(To.Nothing, true, a, b, b + panel, c, row);
    c += 64;
  }
  if (b != bEnd) twoRows(To.Nothing, false, a, b, bEnd, c, row);
}

/** `tileStart` and `tileContinue` for two rows of the four in a, without a bias. */
export function twoRowsStart(a: usize, b: usize, bEnd: usize, c: usize, row: usize): void {
  twoRows(To.Nothing, false, a, b, bEnd, c, row);
}

export function twoRowsContinue(a: usize, b: usize, bEnd: usize, c: usize, row: usize): void {
  twoRows(To.Output, false, a, b, bEnd, c, row);
}

/** Eight accumulators again with the panel that follows, or four. */
// @ts-ignore: decorator
@inline
function twoRows(to: To, two: bool, a: usize, b: usize, bEnd: usize, c: usize, row: usize): void {
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c02 = c00;
  let c03 = c00;
  let c10 = c00;
  let c11 = c00;
  let c12 = c00;
  let c13 = c00;
  let other = bEnd;
  do {
    const a0 = v128.load32_splat(a);
    const a1 = v128.load32_splat(a, 4);
    const b0 = v128.load(b);
    c00 = madd(a0, b0, c00);
    c10 = madd(a1, b0, c10);
    const b1 = v128.load(b, 16);
    c01 = madd(a0, b1, c01);
    c11 = madd(a1, b1, c11);
    if (two) {
      const b2 = v128.load(other);
      c02 = madd(a0, b2, c02);
      c12 = madd(a1, b2, c12);
      const b3 = v128.load(other, 16);
      c03 = madd(a0, b3, c03);
      c13 = madd(a1, b3, c13);
      other += 32;
    }
    a += 16;
    b += 32;
  } while (b != bEnd);
  const c1 = c + row;
  put(to, c, c00);
  put(to, c + 16, c01);
  put(to, c1, c10);
  put(to, c1 + 16, c11);
  if (two) {
    put(to, c + 32, c02);
    put(to, c + 48, c03);
    put(to, c1 + 32, c12);
    put(to, c1 + 48, c13);
  }
}

/**
 * The same for three k, as an image in colours has: two rows at a time, whose six numbers of a stay in registers for all
 * panels. Nothing is added to the first product, so a sum of zeros may be −0.
 */
export function tilesOfThree(a: usize, b: usize, bEnd: usize, c: usize, row: usize): void {
  for (const aEnd = a + 16; a < aEnd; a += 8) {
    const a00 = v128.load32_splat(a);
    const a01 = v128.load32_splat(a, 4);
    const a10 = v128.load32_splat(a, 16);
    const a11 = v128.load32_splat(a, 20);
    const a20 = v128.load32_splat(a, 32);
    const a21 = v128.load32_splat(a, 36);
    let c0 = c;
    let c1 = c + row;
    for (let panel = b; panel != bEnd; panel += 96) {
      let b0 = v128.load(panel);
      let b1 = v128.load(panel, 16);
      let c00 = f32x4.mul(a00, b0);
      let c01 = f32x4.mul(a00, b1);
      let c10 = f32x4.mul(a01, b0);
      let c11 = f32x4.mul(a01, b1);
      b0 = v128.load(panel, 32);
      b1 = v128.load(panel, 48);
      c00 = madd(a10, b0, c00);
      c01 = madd(a10, b1, c01);
      c10 = madd(a11, b0, c10);
      c11 = madd(a11, b1, c11);
      b0 = v128.load(panel, 64);
      b1 = v128.load(panel, 80);
      v128.store(c0, madd(a20, b0, c00));
      v128.store(c0, madd(a20, b1, c01), 16);
      v128.store(c1, madd(a21, b0, c10));
      v128.store(c1, madd(a21, b1, c11), 16);
      c0 += 32;
      c1 += 32;
    }
    c += row << 1;
  }
}
