// The register tile for an engine that joins neighbouring vectors to 256 bits (V8's revectoriser): 4 rows × 16 columns,
// which are two panels. Its sixteen accumulators are eight registers there; in any other engine they spill.

import { madd } from "./lanes";
import { From } from "./tile";

/** c[r][0 … 7] from panel b, c[r][8 … 15] from panel d, which starts where b ends. */
// @ts-ignore: decorator
@inline
function pair(mode: From, a: usize, b: usize, d: usize, bias: usize, c: usize, row: usize): void {
  const end = d;
  const c1 = c + row;
  const c2 = c1 + row;
  const c3 = c2 + row;
  let c00 = mode == From.Output ? v128.load(c) : mode == From.Bias ? v128.load32_splat(bias) : f32x4.splat(0);
  let c01 = mode == From.Output ? v128.load(c, 16) : c00;
  let c02 = mode == From.Output ? v128.load(c, 32) : c00;
  let c03 = mode == From.Output ? v128.load(c, 48) : c00;
  let c10 = mode == From.Output ? v128.load(c1) : mode == From.Bias ? v128.load32_splat(bias, 4) : f32x4.splat(0);
  let c11 = mode == From.Output ? v128.load(c1, 16) : c10;
  let c12 = mode == From.Output ? v128.load(c1, 32) : c10;
  let c13 = mode == From.Output ? v128.load(c1, 48) : c10;
  let c20 = mode == From.Output ? v128.load(c2) : mode == From.Bias ? v128.load32_splat(bias, 8) : f32x4.splat(0);
  let c21 = mode == From.Output ? v128.load(c2, 16) : c20;
  let c22 = mode == From.Output ? v128.load(c2, 32) : c20;
  let c23 = mode == From.Output ? v128.load(c2, 48) : c20;
  let c30 = mode == From.Output ? v128.load(c3) : mode == From.Bias ? v128.load32_splat(bias, 12) : f32x4.splat(0);
  let c31 = mode == From.Output ? v128.load(c3, 16) : c30;
  let c32 = mode == From.Output ? v128.load(c3, 32) : c30;
  let c33 = mode == From.Output ? v128.load(c3, 48) : c30;
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
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c, c02, 32);
  v128.store(c, c03, 48);
  v128.store(c1, c10);
  v128.store(c1, c11, 16);
  v128.store(c1, c12, 32);
  v128.store(c1, c13, 48);
  v128.store(c2, c20);
  v128.store(c2, c21, 16);
  v128.store(c2, c22, 32);
  v128.store(c2, c23, 48);
  v128.store(c3, c30);
  v128.store(c3, c31, 16);
  v128.store(c3, c32, 32);
  v128.store(c3, c33, 48);
}

/** `tileStart` for two panels, the second at `d`, behind the first. */
export function pairStart(a: usize, b: usize, d: usize, bias: usize, c: usize, row: usize): void {
  pair(From.Bias, a, b, d, bias, c, row);
}

/** `tileContinue` for two panels. */
export function pairContinue(a: usize, b: usize, d: usize, c: usize, row: usize): void {
  pair(From.Output, a, b, d, 0, c, row);
}

/** `tilesOfPanels` for an even number of panels. */
export function tilesOfPairs(a: usize, b: usize, bEnd: usize, panel: usize, c: usize, row: usize): void {
  do {
    pair(From.Zero, a, b, b + panel, 0, c, row);
    b += panel << 1;
    c += 64;
  } while (b != bEnd);
}
