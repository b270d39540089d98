// The register tile for an engine that joins neighbouring vectors to 256 bits (V8's revectoriser): 4 rows × 16 columns,
// which are two panels. Its sixteen accumulators are eight registers there; in any other engine they spill.

import { madd } from "./lanes";
import { put, To } from "./tile";

/** c[r][0 … 7] from the panel at b, which ends at `end`, c[r][8 … 15] from the panel at d, which is as long. */
// @ts-ignore: decorator
@inline
function pair(to: To, a: usize, b: usize, d: usize, end: usize, bias: usize, c: usize, row: usize): void {
  const c1 = c + row;
  const c2 = c1 + row;
  const c3 = c2 + row;
  let c00 = to == To.Bias ? v128.load32_splat(bias) : f32x4.splat(0);
  let c01 = c00;
  let c02 = c00;
  let c03 = c00;
  let c10 = to == To.Bias ? v128.load32_splat(bias, 4) : f32x4.splat(0);
  let c11 = c10;
  let c12 = c10;
  let c13 = c10;
  let c20 = to == To.Bias ? v128.load32_splat(bias, 8) : f32x4.splat(0);
  let c21 = c20;
  let c22 = c20;
  let c23 = c20;
  let c30 = to == To.Bias ? v128.load32_splat(bias, 12) : f32x4.splat(0);
  let c31 = c30;
  let c32 = c30;
  let c33 = c30;
  do {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(d);
    const b3 = v128.load(d, 16);
    const a0 = v128.load32_splat(a);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    c02 = madd(a0, b2, c02);
    c03 = madd(a0, b3, c03);
    const a1 = v128.load32_splat(a, 4);
    c10 = madd(a1, b0, c10);
    c11 = madd(a1, b1, c11);
    c12 = madd(a1, b2, c12);
    c13 = madd(a1, b3, c13);
    const a2 = v128.load32_splat(a, 8);
    c20 = madd(a2, b0, c20);
    c21 = madd(a2, b1, c21);
    c22 = madd(a2, b2, c22);
    c23 = madd(a2, b3, c23);
    const a3 = v128.load32_splat(a, 12);
    c30 = madd(a3, b0, c30);
    c31 = madd(a3, b1, c31);
    c32 = madd(a3, b2, c32);
    c33 = madd(a3, b3, c33);
    a += 16;
    b += 32;
    d += 32;
  } while (b != end);
  put(to, c, c00);
  put(to, c + 16, c01);
  put(to, c + 32, c02);
  put(to, c + 48, c03);
  put(to, c1, c10);
  put(to, c1 + 16, c11);
  put(to, c1 + 32, c12);
  put(to, c1 + 48, c13);
  put(to, c2, c20);
  put(to, c2 + 16, c21);
  put(to, c2 + 32, c22);
  put(to, c2 + 48, c23);
  put(to, c3, c30);
  put(to, c3 + 16, c31);
  put(to, c3 + 32, c32);
  put(to, c3 + 48, c33);
}

/** `tileStart` for two panels, the second at `d`. */
export function pairStart(a: usize, b: usize, d: usize, bEnd: usize, bias: usize, c: usize, row: usize): void {
  pair(To.Bias, a, b, d, bEnd, bias, c, row);
}

/** `tileContinue` for two panels. */
export function pairContinue(a: usize, b: usize, d: usize, bEnd: usize, c: usize, row: usize): void {
  pair(To.Output, a, b, d, bEnd, 0, c, row);
}

/** `tilesOfPanels` for an even number of panels. */
export function tilesOfPairs(a: usize, b: usize, bEnd: usize, panel: usize, c: usize, row: usize): void {
  do {
    pair(To.Nothing, a, b, b + panel, b + panel, 0, c, row);
    b += panel << 1;
    c += 64;
  } while (b != bEnd);
}
