// Winograd's minimal filtering for small kernels at stride 1: F(4×4, 3×3) computes 16 outputs with 36
// products instead of 144, F(2×2, 3×3) 4 outputs with 16 instead of 36, and F(4×2, 3×3) lies between: 8 outputs
// with 24. F(3×3, 4×4) computes 9 outputs of a 4×4 kernel with 36 instead of 144 from the V of F(4×4, 3×3), and
// F(4×4, 5×5) 16 outputs of a 5×5 kernel with 64 instead of 400. For each of the 36 (16, 24, 64) components a
// matrix product over the channels remains, which runs through the same register tile:
//
//   V = Bᵀ d B (a tile of the input)   U = G g Gᵀ (a kernel)   M = Σ_c U·V   y = Aᵀ M A
//
// Tiles come from a framed input (pad.ts), so none of them meets a border, but for tiles of what is spread, which have no
// cells in common; a dilated convolution's phases are further frames. Results that fall outside the output are computed
// and dropped.

import { tilesOfPanels, tilesOfThree, tileStart, twoRowsOfPanels } from "./tile";
import { tilesOfPairs } from "./wide";
import { transformOutputs } from "./winograd-outputs";
import { BACKWARDS_BYTES, locateCells, spreadOutputs } from "./winograd-backwards";
import { deliver, locateRuns, locateTiles, SKEW, TABLE_BYTES, Target, TARGET_BYTES, Winograd } from "./winograd-places";
import { EDGE_BYTES, transformGradient43, transformGradient45 } from "./winograd-spread";
import { transformInput4, transformInput6, transformInput64, transformInput8 } from "./winograd-tiles";

const WORK: usize = 72 * 16;
// Behind each row of the stage, where the last tile's vectors may end.
const MARGIN: usize = 16;

/** Unit: some panels of tiles × some output channels. Scratch: see scratchBytes in winograd.ts of the driver. */
export function winograd(args: usize, begin: i32, end: i32, scratch: usize): void {
  units(false, args, begin, end, scratch);
}

/** The same for an engine that revectorises. */
export function winogradWide(args: usize, begin: i32, end: i32, scratch: usize): void {
  units(true, args, begin, end, scratch);
}

function units(wide: bool, args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Winograd>(args);
  const tiles = a.images * a.phases * a.phases * a.tilesY * a.tilesX;
  const tileGroups = (tiles + a.tilesPerUnit - 1) / a.tilesPerUnit;
  const panelsPerUnit = (a.tilesPerUnit + 7) / 8;
  const components = a.sideY * a.sideX;
  for (let unit = begin; unit < end; unit++) {
    const first = (unit % tileGroups) * a.tilesPerUnit;
    const inUnit = min(tiles - first, a.tilesPerUnit);
    const count = (inUnit + 7) / 8;
    const table = scratch + WORK;
    const runs = table + <usize>count * 32;
    const edges = runs + <usize>count * 32;
    const v = table + <usize>(panelsPerUnit * 8) * (a.backwards ? BACKWARDS_BYTES : TABLE_BYTES);
    const vStride = <usize>(count * a.channels) * 32 + SKEW;
    const m = v + <usize>components * (<usize>(panelsPerUnit * a.channels) * 32 + SKEW);
    const stage = m + <usize>components * (<usize>(panelsPerUnit * a.rowsPerBlock) * 32 + SKEW);

    locateTiles(a, first, count * 8, table);
    if (a.backwards) locateCells(a, inUnit, runs);
    for (let panel = 0; panel < count; panel++) {
      for (let half = 0; half < 2; half++) {
        const at = table + <usize>(panel * 32 + half * 16);
        let to = v + <usize>(panel * a.channels) * 32 + (<usize>half << 4);
        for (let c = 0; c < a.channels; c++) {
          const offset = <usize>c * a.sourcePlane;
          const p0 = load<usize>(at) + offset;
          const p1 = load<usize>(at, 4) + offset;
          const p2 = load<usize>(at, 8) + offset;
          const p3 = load<usize>(at, 12) + offset;
          if (a.backwards) {
            const edge = edges + <usize>(panel * 8 + half * 4) * EDGE_BYTES;
            if (a.sideY == 6) transformGradient43(p0, p1, p2, p3, edge, EDGE_BYTES, to, vStride, scratch);
            else transformGradient45(p0, p1, p2, p3, edge, EDGE_BYTES, to, vStride, scratch);
          } else if (a.sideX == 6) {
            transformInput6(p0, p1, p2, p3, a.sourceRow, to, vStride, scratch);
          } else if (a.sideX == 8) {
            transformInput8(p0, p1, p2, p3, a.sourceRow, to, vStride, scratch);
          } else if (a.sideY == 6) {
            transformInput64(p0, p1, p2, p3, a.sourceRow, to, vStride, scratch);
          } else {
            transformInput4(p0, p1, p2, p3, a.sourceRow, to, vStride, scratch);
          }
          to += 32;
        }
      }
    }

    const firstRow = (unit / tileGroups) * a.rowsPerUnit;
    const lastRow = min(a.rows, firstRow + a.rowsPerUnit);
    const weightBytes = <usize>(components * ((a.rows + 3) & ~3)) * (<usize>a.channels << 2);
    for (let t = 0; t < a.targets; t++) {
      const target = changetype<Target>(a.target + <usize>t * TARGET_BYTES);
      const weight = a.weight + <usize>t * weightBytes;
      const lastRun = a.backwards ? 0 : locateRuns(a, target, first, count * 8, runs);
      for (let row = firstRow; row < lastRow; row += a.rowsPerBlock) {
        const block = min(a.rowsPerBlock, lastRow - row);
        multiply(wide, a, weight, target.zeros, row, block, count, v, vStride, m);
        if (a.backwards) {
          spreadOutputs(a, row, block, first, inUnit, m, <usize>count << 5, runs, stage, scratch);
        } else {
          outputs(a, row, block, count, m, runs, lastRun, stage, scratch);
        }
      }
    }
  }
}

/** y = Aᵀ M A of a block of rows. */
function outputs(
  a: Winograd,
  row: i32,
  block: i32,
  count: i32,
  m: usize,
  runs: usize,
  lastRun: usize,
  stage: usize,
  scratch: usize,
): void {
  const mRow = <usize>count << 5;
  const mStride = <usize>((block + 3) & ~3) * mRow + SKEW;
  // Four tiles side by side.
  const width = <usize>a.sizeX << 4;
  const pitch = <usize>(count * 2) * width + MARGIN;
  for (let r = 0; r < block; r++) {
    let to = stage;
    for (const end = m + mRow; m < end; m += 16) {
      transformOutputs(a.sideY, a.sizeY, a.sizeX, m, mStride, to, pitch, scratch);
      to += width;
    }
    deliver(a, runs, lastRun, stage, pitch, <usize>(row + r) * a.outPlane);
  }
}

/**
 * M[component] = U[component] · V[component]; where U is zero, so is M. The bias goes to the component of the point 1
 * along both axes, which every output of a tile counts once.
 */
function multiply(
  wide: bool,
  a: Winograd,
  weight: usize,
  skipped: i32,
  row: i32,
  block: i32,
  panels: i32,
  v: usize,
  vStride: usize,
  m: usize,
): void {
  const rows = (block + 3) & ~3;
  const mRow = <usize>panels << 5;
  const mStride = <usize>rows * mRow + SKEW;
  const panelBytes = <usize>a.channels << 5;
  const tileBytes = <usize>a.channels << 4;
  const weightStride = <usize>((a.rows + 3) & ~3) * (<usize>a.channels << 2);
  const height = a.sideY;
  const width = a.sideX;
  for (let k = 0; k < height * width; k++) {
    let to = m + <usize>k * mStride;
    if (isZero(skipped, k / width, k % width, height - 1, width - 1)) {
      for (const end = to + <usize>rows * mRow; to < end; to += 16) v128.store(to, f32x4.splat(0));
      continue;
    }
    let u = weight + <usize>k * weightStride + ((<usize>row * a.channels) << 2);
    const vs = v + <usize>k * vStride;
    const vEnd = vs + <usize>panels * panelBytes;
    const biased = k == width + 1 && !a.backwards;
    for (let r = 0; r < rows; r += 4) {
      if (biased) {
        const bias = a.bias + (<usize>(row + r) << 2);
        let c = to;
        for (let panel = vs; panel < vEnd; panel += panelBytes, c += 32) {
          tileStart(u, panel, panel + panelBytes, bias, c, mRow);
        }
      } else if (a.channels == 3 && !wide) {
        // That a zero may be negative does not show: every output counts the biased component, whose zeros are not.
        tilesOfThree(u, vs, vEnd, to, mRow);
      } else if (block - r <= 2 && !wide) {
        twoRowsOfPanels(u, vs, vEnd, panelBytes, to, mRow);
      } else {
        const pairs = wide ? panels >> 1 : 0;
        const single = vs + <usize>pairs * (panelBytes << 1);
        if (pairs > 0) tilesOfPairs(u, vs, single, panelBytes, to, mRow);
        if (single < vEnd) tilesOfPanels(u, single, vEnd, panelBytes, to + (<usize>pairs << 6), mRow);
      }
      u += tileBytes;
      to += mRow << 2;
    }
  }
}

/** Whether the weights of component (i, j) are zero: a missing first tap makes the first so, a missing third the last. */
// @ts-ignore: decorator
@inline
function isZero(zeros: i32, i: i32, j: i32, lastI: i32, lastJ: i32): bool {
  const row = (i == 0 ? zeros & 1 : 0) | (i == lastI ? zeros & 2 : 0);
  return (row | (j == 0 ? zeros & 4 : 0) | (j == lastJ ? zeros & 8 : 0)) != 0;
}
