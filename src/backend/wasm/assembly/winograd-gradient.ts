// The gradient to 3×3 (5×5) weights in Winograd's domain: the transpose of F(4×4, 3×3) (F(4×4, 5×5)), with
// a quarter (a sixth) of the direct way's multiplications.
//
//   V = Bᵀ d B   Y = A (dy) Aᵀ   dU[m][c] = Σ_tiles Y[m]·V[c]   dW = Gᵀ dU G
//
// Lanes are four channels of one tile, so both transforms write the packed form of a matrix product
// whose inner dimension counts tiles: [component][panel][tile][8] and [component][row tile][tile][4].
// Either of V and Y may be the panels, whichever leaves less of them empty: dU or its transpose is summed.

import { tileContinue, tileStart, twoRowsContinue, twoRowsStart } from "./tile";
import { pairContinue, pairStart } from "./wide";
import { SKEW } from "./winograd-places";
import { EDGE_BYTES, setEdge, transformGradient43, transformGradient45 } from "./winograd-spread";
import { transformInput6, transformInput8 } from "./winograd-tiles";
import { gather43, gather45 } from "./winograd-weight-lines";

// Tiles whose products are one sum: as many as positions in weight-gradient.ts, for the same reasons.
const BLOCK: i32 = 576;
/** Outputs of a tile along an axis. */
const SIZE: usize = 4;
/** What a transform needs of the scratch: at the most 64 vectors. */
const WORK: usize = 1024;

@unmanaged
class TileTransform {
  source: usize; // [image][channel][phase][phase][row][column]: the input framed, the gradient as it is or its phases
  out: usize;
  side: i32; // inputs of a tile along an axis: 6 or 8; its outputs are 4
  gradient: i32; // whether these are the gradient's tiles
  lanes: i32; // 8 for panels, 4 for row tiles
  channels: i32;
  images: i32;
  phases: i32;
  tilesY: i32;
  tilesX: i32;
  height: i32; // of a phase
  width: i32;
  sourceImage: usize; // bytes
  sourcePlane: usize;
  sourcePhase: usize;
  sourceRow: usize;
}

/** Unit: eight (four) channels, which fill one panel (row tile) of every component. Scratch: work, then an edge. */
export function winogradTiles(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<TileTransform>(args);
  const groups = (a.channels + a.lanes - 1) / a.lanes;
  const phases = a.phases * a.phases;
  const tiles = <usize>(a.images * phases * a.tilesY * a.tilesX);
  const tileBytes = (<usize>a.lanes) << 2;
  const stride = <usize>groups * tiles * tileBytes + SKEW;
  const last = a.channels - 1;
  const edge = scratch + WORK;
  memory.fill(edge, 0, EDGE_BYTES);
  for (let unit = begin; unit < end; unit++) {
    let row = a.out + <usize>unit * tiles * tileBytes;
    for (let image = 0; image < a.images; image++) {
      for (let phase = 0; phase < phases; phase++) {
        const plane = a.source + <usize>image * a.sourceImage + <usize>phase * a.sourcePhase;
        for (let y = 0; y < a.tilesY; y++) {
          // Both halves of a panel while its lines are in the cache.
          for (let half = 0; half < a.lanes; half += 4) {
            const p = plane + <usize>y * SIZE * a.sourceRow;
            const c = unit * a.lanes + half;
            // Channels past the end repeat the last: their sums are dropped.
            let p0 = p + <usize>min(last, c) * a.sourcePlane;
            let p1 = p + <usize>min(last, c + 1) * a.sourcePlane;
            let p2 = p + <usize>min(last, c + 2) * a.sourcePlane;
            let p3 = p + <usize>min(last, c + 3) * a.sourcePlane;
            let to = row + ((<usize>half) << 2);
            for (let x = 0; x < a.tilesX; x++) {
              if (!a.gradient) {
                if (a.side == 6) transformInput6(p0, p1, p2, p3, a.sourceRow, to, stride, scratch);
                else transformInput8(p0, p1, p2, p3, a.sourceRow, to, stride, scratch);
              } else {
                setEdge(edge, a.sourceRow, a.height - y * 4, a.width - x * 4);
                if (a.side == 6) transformGradient43(p0, p1, p2, p3, edge, 0, to, stride, scratch);
                else transformGradient45(p0, p1, p2, p3, edge, 0, to, stride, scratch);
              }
              p0 += SIZE << 2;
              p1 += SIZE << 2;
              p2 += SIZE << 2;
              p3 += SIZE << 2;
              to += tileBytes;
            }
          }
          row += <usize>a.tilesX * tileBytes;
        }
      }
    }
  }
}

@unmanaged
class TileProduct {
  panels: usize; // V or Y
  rowTiles: usize; // the other
  sums: usize; // dU or its transpose: [component][row][column], rows rounded up to 4, columns to 8
  tiles: i32;
  rows: i32;
  columns: i32;
  first: i32; // whether the sums start here
  zeros: usize; // four zeros
}

/** dU (+)= Y·V, or its transpose. Unit: one panel of one component. */
export function winogradProduct(args: usize, begin: i32, end: i32, scratch: usize): void {
  for (let unit = begin; unit < end; unit++) product(false, changetype<TileProduct>(args), unit);
}

/** The same for an engine that revectorises. Unit: two panels of one component, or its last. */
export function winogradProductWide(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<TileProduct>(args);
  const panels = (a.columns + 7) / 8;
  const pairs = (panels + 1) / 2;
  for (let unit = begin; unit < end; unit++) {
    const panel = (unit / pairs) * panels + (unit % pairs) * 2;
    product((unit % pairs) * 2 + 1 < panels, a, panel);
  }
}

/** One panel, or two that follow each other, by all row tiles; a block of tiles at a time. */
function product(two: bool, a: TileProduct, unit: i32): void {
  const panels = (a.columns + 7) / 8;
  const rowTiles = (a.rows + 3) / 4;
  const row = (<usize>panels) << 5;
  const panelBytes = (<usize>a.tiles) << 5;
  const component = unit / panels;
  const skew = <usize>component * SKEW;
  const panel = a.panels + <usize>unit * panelBytes + skew;
  const rows = a.rowTiles + <usize>(component * rowTiles) * (panelBytes >> 1) + skew;
  const sums = a.sums + <usize>(component * rowTiles * 4) * row + ((<usize>(unit % panels)) << 5);
  for (let tile = 0; tile < a.tiles; tile += BLOCK) {
    const first = a.first != 0 && tile == 0;
    const b = panel + ((<usize>tile) << 5);
    const bEnd = b + ((<usize>min(BLOCK, a.tiles - tile)) << 5);
    // The second panel stands behind the whole of the first.
    let g = rows + ((<usize>tile) << 4);
    let to = sums;
    for (let t = 0; t < rowTiles; t++) {
      if (two) {
        if (first) pairStart(g, b, b + panelBytes, bEnd, a.zeros, to, row);
        else pairContinue(g, b, b + panelBytes, bEnd, to, row);
      } else if (a.rows - t * 4 <= 2) {
        if (first) twoRowsStart(g, b, bEnd, to, row);
        else twoRowsContinue(g, b, bEnd, to, row);
      } else if (first) {
        tileStart(g, b, bEnd, a.zeros, to, row);
      } else {
        tileContinue(g, b, bEnd, to, row);
      }
      g += panelBytes >> 1;
      to += row << 2;
    }
  }
}

@unmanaged
class TileGather {
  sums: usize;
  out: usize; // [row][channel][tap][tap]
  rows: i32; // of the sums
  columns: i32;
  taps: i32; // along an axis: 3 or 5
  rowStep: usize; // bytes in the output from one row's weights to the next one's
  columnStep: usize;
}

/** dW = Gᵀ dU G. Unit: one row of the sums. */
export function winogradGather(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<TileGather>(args);
  const columns = (a.columns + 7) & ~7;
  const stride = (<usize>(((a.rows + 3) & ~3) * columns)) << 2;
  const taps = <usize>a.taps;
  const result = scratch + taps * (taps == 3 ? 96 : 128);
  const cells = taps * taps;
  for (let row = begin; row < end; row++) {
    for (let c = 0; c < a.columns; c += 4) {
      const from = a.sums + ((<usize>(row * columns + c)) << 2);
      if (taps == 3) {
        for (let j: usize = 0; j < 6; j++) gather43(from + j * stride, 6 * stride, scratch + (j << 4), 96);
        for (let i: usize = 0; i < 3; i++) gather43(scratch + i * 96, 16, result + i * 48, 16);
      } else {
        for (let j: usize = 0; j < 8; j++) gather45(from + j * stride, 8 * stride, scratch + (j << 4), 128);
        for (let i: usize = 0; i < 5; i++) gather45(scratch + i * 128, 16, result + i * 80, 16);
      }
      const count = min(4, a.columns - c);
      for (let lane = 0; lane < count; lane++) {
        const to = a.out + <usize>row * a.rowStep + <usize>(c + lane) * a.columnStep;
        for (let t: usize = 0; t < cells; t++) {
          store<f32>(to + (t << 2), load<f32>(result + (t << 4) + ((<usize>lane) << 2)));
        }
      }
    }
  }
}
