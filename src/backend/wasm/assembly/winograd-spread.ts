// A y Aᵀ of tiles that have no cells in common: the output gradient's, and the source's of winograd-backwards.ts. They are
// read where they are; what of a tile lies outside its plane is masked.

import { storeSpread43, storeSpread45 } from "./winograd-output-lines";

/** What of a 4×4 tile is inside its plane. */
@unmanaged
class Edge {
  second: usize; // bytes from the first row to each other, or 0
  third: usize;
  fourth: usize;
  inside: usize; // rows and columns, to know it by
  // then for each row a mask of its columns
}

export const EDGE_BYTES: usize = 80;

/** Says of a tile at `at` that `rows` and `columns` of it are inside a plane whose rows are `row` bytes apart. */
export function setEdge(at: usize, row: usize, rows: i32, columns: i32): void {
  rows = min(4, rows);
  columns = min(4, columns);
  const edge = changetype<Edge>(at);
  const inside = <usize>(rows * 8 + columns);
  if (edge.inside == inside) return;
  edge.inside = inside;
  edge.second = rows > 1 ? row : 0;
  edge.third = rows > 2 ? 2 * row : 0;
  edge.fourth = rows > 3 ? 3 * row : 0;
  const mask = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(columns));
  for (let i = 0; i < 4; i++) v128.store(at + 16 + (<usize>i << 4), i < rows ? mask : i32x4.splat(0));
}

/**
 * A y Aᵀ of four 4×4 tiles of the output gradient: the transpose of the output's transform. The tiles' edges are
 * `edgeStep` bytes apart. Vectors reach over a row's end: into the next, or the slack behind every block.
 */
export function transformGradient43(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  edge: usize,
  edgeStep: usize,
  to: usize,
  stride: usize,
  work: usize,
): void {
  spreadTiles(6, p0, p1, p2, p3, edge, edgeStep, to, stride, work);
}

/** The same for F(4×4, 5×5). */
export function transformGradient45(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  edge: usize,
  edgeStep: usize,
  to: usize,
  stride: usize,
  work: usize,
): void {
  spreadTiles(8, p0, p1, p2, p3, edge, edgeStep, to, stride, work);
}

/** Straight-line code but for the loop: `side` is known where it is called. */
// @ts-ignore: decorator
@inline
function spreadTiles(
  side: usize,
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  edge: usize,
  edgeStep: usize,
  to: usize,
  stride: usize,
  work: usize,
): void {
  spreadColumns(side, p0, edge, work);
  edge += edgeStep;
  spreadColumns(side, p1, edge, work + 16);
  edge += edgeStep;
  spreadColumns(side, p2, edge, work + 32);
  edge += edgeStep;
  spreadColumns(side, p3, edge, work + 48);
  for (let i: usize = 0; i < side; i++) {
    const l0 = v128.load(work);
    const l1 = v128.load(work, 16);
    const l2 = v128.load(work, 32);
    const l3 = v128.load(work, 48);
    const a = v128.shuffle<f32>(l0, l1, 0, 4, 1, 5);
    const b = v128.shuffle<f32>(l2, l3, 0, 4, 1, 5);
    const c = v128.shuffle<f32>(l0, l1, 2, 6, 3, 7);
    const d = v128.shuffle<f32>(l2, l3, 2, 6, 3, 7);
    const y0 = v128.shuffle<f32>(a, b, 0, 1, 4, 5);
    const y1 = v128.shuffle<f32>(a, b, 2, 3, 6, 7);
    const y2 = v128.shuffle<f32>(c, d, 0, 1, 4, 5);
    const y3 = v128.shuffle<f32>(c, d, 2, 3, 6, 7);
    if (side == 6) storeSpread43(y0, y1, y2, y3, to, stride);
    else storeSpread45(y0, y1, y2, y3, to, stride);
    work += 64;
    to += side * stride;
  }
}

// @ts-ignore: decorator
@inline
function spreadColumns(side: usize, from: usize, edge: usize, to: usize): void {
  const y0 = v128.and(v128.load(from), v128.load(edge, 16));
  const y1 = v128.and(v128.load(from + load<usize>(edge)), v128.load(edge, 32));
  const y2 = v128.and(v128.load(from + load<usize>(edge, 4)), v128.load(edge, 48));
  const y3 = v128.and(v128.load(from + load<usize>(edge, 8)), v128.load(edge, 64));
  if (side == 6) storeSpread43(y0, y1, y2, y3, to, 64);
  else storeSpread45(y0, y1, y2, y3, to, 64);
}
