// Winograd's filtering backwards: the transpose of F(4×4, 3×3) and F(4×4, 5×5), where every tile of 4×4 source cells is
// spread over the 6×6 or 8×8 outputs that it reaches, and outputs of neighbouring tiles overlap.
//
//   Y = A s Aᵀ (a tile of the source)   U = G g Gᵀ (the kernel, not turned)   M = Σ_c U·Y   out += B M Bᵀ
//
// An output that is larger than its source, as the input gradient of a convolution without padding is, has fewer tiles
// this way: a source of 10×10 has nine, the 14×14 outputs have sixteen.

import { cells6, cells8 } from "./winograd-input-lines";
import { copyRow, SKEW, Target, Winograd } from "./winograd-places";
import { EDGE_BYTES, setEdge } from "./winograd-spread";

// The stage has the outputs of one channel of the unit's images, and behind them a tile that takes what lanes without a
// tile would add.

/** Rows of an image in the stage. */
// @ts-ignore: decorator
@inline
function stageRows(a: Winograd): i32 {
  return a.tilesY * 4 + a.sideY - 4;
}

/** Bytes of a row: of whole vectors of four, as each half of a tile is. */
// @ts-ignore: decorator
@inline
function stageRow(a: Winograd): usize {
  return <usize>(a.tilesX * 4 + 4) << 2;
}

/** Bytes of the tables for a tile: its address, its place in the stage, its edge. */
export const BACKWARDS_BYTES: usize = 8 + EDGE_BYTES;

/** Where in the stage each of `count` tiles begins, then their edges; up to the next multiple of eight, the spare tile. */
export function locateCells(a: Winograd, count: i32, places: usize): void {
  const imageTiles = a.tilesY * a.tilesX;
  const rows = stageRows(a);
  const row = stageRow(a);
  const spare = <usize>((count / imageTiles) * rows) * row;
  const whole = (count + 7) & ~7;
  let edge = places + (<usize>whole << 2);
  memory.fill(edge, 0, <usize>whole * EDGE_BYTES);
  for (let t = 0; t < whole; t++) {
    // What is past the last tile repeats it, for the spare tile.
    const tile = min(t, count - 1);
    const y = (tile % imageTiles) / a.tilesX;
    const x = tile % a.tilesX;
    const top = (tile / imageTiles) * rows + y * 4;
    store<usize>(places + (<usize>t << 2), t < count ? <usize>top * row + (<usize>x << 4) : spare);
    setEdge(edge, a.sourceRow, a.height - y * 4, a.width - x * 4);
    edge += EDGE_BYTES;
  }
}

/** out = bias + Σ B M Bᵀ of a block of rows, of `count` tiles from `first` on. */
export function spreadOutputs(
  a: Winograd,
  row: i32,
  block: i32,
  first: i32,
  count: i32,
  m: usize,
  mRow: usize,
  table: usize,
  stage: usize,
  scratch: usize,
): void {
  const mStride = <usize>((block + 3) & ~3) * mRow + SKEW;
  const imageTiles = a.tilesY * a.tilesX;
  const images = count / imageTiles;
  const rows = stageRows(a);
  const pitch = stageRow(a);
  const target = changetype<Target>(a.target);
  for (let r = 0; r < block; r++) {
    const bias = f32x4.splat(load<f32>(a.bias + (<usize>(row + r) << 2)));
    const end = stage + <usize>(images * rows) * pitch;
    for (let at = stage; at < end; at += 16) v128.store(at, bias);
    for (let tile = 0; tile < count; tile += 4) {
      const places = table + (<usize>tile << 2);
      if (a.sideY == 6) spread6(m + (<usize>tile << 2), mStride, stage, places, pitch, scratch);
      else spread8(m + (<usize>tile << 2), mStride, stage, places, pitch, scratch);
    }
    m += mRow;
    for (let image = 0; image < images; image++) {
      let from = stage + <usize>(image * rows + a.top) * pitch + (<usize>a.left << 2);
      let to = a.out + <usize>(first / imageTiles + image) * a.outImage + <usize>(row + r) * a.outPlane;
      for (let y = 0; y < target.height; y++) {
        copyRow(from, to, target.width);
        from += pitch;
        to += a.outRow;
      }
    }
  }
}

/** B M Bᵀ of four tiles of 6×6, added to where each of them is. */
function spread6(m: usize, stride: usize, stage: usize, places: usize, pitch: usize, work: usize): void {
  for (let j: usize = 0; j < 6; j++) cells6(m + j * stride, 6 * stride, work + (j << 4), 96);
  const line = work + 6 * 96;
  for (let i: usize = 0; i < 6; i++) {
    cells6(work + i * 96, 16, line, 16);
    addColumns(line, stage + i * pitch, places);
    addPairs(line + 64, stage + i * pitch + 16, places);
  }
}

/** The same of four tiles of 8×8. */
function spread8(m: usize, stride: usize, stage: usize, places: usize, pitch: usize, work: usize): void {
  for (let j: usize = 0; j < 8; j++) cells8(m + j * stride, 8 * stride, work + (j << 4), 128);
  const line = work + 8 * 128;
  for (let i: usize = 0; i < 8; i++) {
    cells8(work + i * 128, 16, line, 16);
    addColumns(line, stage + i * pitch, places);
    addColumns(line + 64, stage + i * pitch + 16, places);
  }
}

/** Four vectors whose lanes are tiles: four neighbouring cells of each tile. */
// @ts-ignore: decorator
@inline
function addColumns(from: usize, stage: usize, places: usize): void {
  const l0 = v128.load(from);
  const l1 = v128.load(from, 16);
  const l2 = v128.load(from, 32);
  const l3 = v128.load(from, 48);
  const a = v128.shuffle<f32>(l0, l1, 0, 4, 1, 5);
  const b = v128.shuffle<f32>(l2, l3, 0, 4, 1, 5);
  const c = v128.shuffle<f32>(l0, l1, 2, 6, 3, 7);
  const d = v128.shuffle<f32>(l2, l3, 2, 6, 3, 7);
  addTo(stage + load<usize>(places), v128.shuffle<f32>(a, b, 0, 1, 4, 5));
  addTo(stage + load<usize>(places, 4), v128.shuffle<f32>(a, b, 2, 3, 6, 7));
  addTo(stage + load<usize>(places, 8), v128.shuffle<f32>(c, d, 0, 1, 4, 5));
  addTo(stage + load<usize>(places, 12), v128.shuffle<f32>(c, d, 2, 3, 6, 7));
}

/** Two vectors: two cells of each tile. */
// @ts-ignore: decorator
@inline
function addPairs(from: usize, stage: usize, places: usize): void {
  const l0 = v128.load(from);
  const l1 = v128.load(from, 16);
  const none = f32x4.splat(0);
  const a = v128.shuffle<f32>(l0, l1, 0, 4, 1, 5);
  const c = v128.shuffle<f32>(l0, l1, 2, 6, 3, 7);
  addTo(stage + load<usize>(places), v128.shuffle<f32>(a, none, 0, 1, 4, 5));
  addTo(stage + load<usize>(places, 4), v128.shuffle<f32>(a, none, 2, 3, 4, 5));
  addTo(stage + load<usize>(places, 8), v128.shuffle<f32>(c, none, 0, 1, 4, 5));
  addTo(stage + load<usize>(places, 12), v128.shuffle<f32>(c, none, 2, 3, 4, 5));
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, v: v128): void {
  v128.store(at, f32x4.add(v128.load(at), v));
}
