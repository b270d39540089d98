// What a Winograd job says, where its tiles are read, and where their outputs belong.
//
// Transforms write the outputs of all tiles of a unit side by side into a stage; from there every run of neighbouring
// tiles is copied to its rows, as far as it lies inside the output. So no transform asks where the edge is, and the
// output is written in long pieces: a processor waits for few stores at a time, and where the output is larger than
// the caches, four short ones between a transform's own would cost as much as the transform.

import { storeSome } from "./lanes";

/** Bytes between components, so that their streams do not fall into the same cache sets. */
export const SKEW: usize = 64;

@unmanaged
export class Winograd {
  source: usize; // [image][channel][phase][phase][row][column], framed unless backwards
  weight: usize; // [target][component][row tile][channel][4]
  bias: usize; // [row], rounded up to a multiple of 4
  out: usize;
  sizeY: i32; // rows and columns of a tile's outputs: 4, 3 or 2
  sizeX: i32;
  sideY: i32; // and of its inputs: 8, 6 or 4
  sideX: i32;
  channels: i32;
  rows: i32; // output channels
  images: i32;
  phases: i32; // along one axis: the dilation
  tilesY: i32; // of one phase
  tilesX: i32;
  sourceImage: usize; // bytes
  sourcePlane: usize;
  sourcePhase: usize;
  sourceRow: usize;
  targets: i32; // what is computed from the same tiles: the phases of a transposed convolution
  target: usize; // where the first Target is
  outImage: usize;
  outPlane: usize;
  outRow: usize;
  stepY: i32; // from one output of a tile to the next, in rows and columns
  stepX: i32;
  tilesPerUnit: i32; // a multiple of 8 or, backwards, of an image's tiles
  rowsPerUnit: i32; // a multiple of 4
  rowsPerBlock: i32; // whose products are held at once, so that they stay in the second-level cache
  backwards: i32; // whether tiles are of what is spread, not of what is gathered: see winograd-backwards.ts
  // Backwards:
  top: i32; // rows and columns of the stage before the first output
  left: i32;
  height: i32; // of a source plane
  width: i32;
}

@unmanaged
export class Target {
  offset: usize; // bytes to its first output
  height: i32; // rows and columns from there on
  width: i32;
  zeros: i32; // weights that are zero in all of: 1 the first row of components, 2 the last, 4 the first column, 8 the last
}

export const TARGET_BYTES: usize = 16;

/** Neighbouring tiles in one row of tiles. */
@unmanaged
class Run {
  from: usize; // bytes into the stage
  to: usize; // where its first output of channel 0 belongs
  rows: i32; // inside the output
  columns: i32;
}

const RUN_BYTES: usize = 16;

/** Bytes of the tables for `tiles` tiles: an address and at the most a run for each. */
export const TABLE_BYTES: usize = 4 + RUN_BYTES;

/** The addresses of `count` tiles from `first` on; what is past the last tile repeats it. */
export function locateTiles(a: Winograd, first: i32, count: i32, table: usize): void {
  const phaseTiles = a.tilesY * a.tilesX;
  const imageTiles = phaseTiles * a.phases * a.phases;
  const last = a.images * imageTiles - 1;
  const width = <usize>a.sizeX << 2;
  let at: usize = 0;
  let left = 0;
  for (let j = 0; j < count; j++) {
    if (left == 0) {
      const tile = min(first + j, last);
      const image = tile / imageTiles;
      const phase = (tile % imageTiles) / phaseTiles;
      const y = (tile % phaseTiles) / a.tilesX;
      const x = tile % a.tilesX;
      at =
        a.source +
        <usize>image * a.sourceImage +
        <usize>phase * a.sourcePhase +
        <usize>(y * a.sizeY) * a.sourceRow +
        <usize>x * width;
      left = tile == last ? 1 : a.tilesX - x;
    }
    store<usize>(table, at);
    table += 4;
    at += width;
    left--;
  }
}

/** The runs of the same tiles' outputs for one target; where the last ends. */
export function locateRuns(a: Winograd, target: Target, first: i32, count: i32, table: usize): usize {
  const phaseTiles = a.tilesY * a.tilesX;
  const imageTiles = phaseTiles * a.phases * a.phases;
  const width = <usize>a.sizeX << 2;
  const end = min(first + count, a.images * imageTiles);
  for (let tile = first; tile < end;) {
    const image = tile / imageTiles;
    const phase = (tile % imageTiles) / phaseTiles;
    const y = (tile % phaseTiles) / a.tilesX;
    const x = tile % a.tilesX;
    const length = min(end - tile, a.tilesX - x);
    const outY = phase / a.phases + y * a.sizeY * a.stepY;
    const outX = (phase % a.phases) + x * a.sizeX * a.stepX;
    // Division truncates towards zero: an origin past the edge must not count as a row.
    if (outY < target.height && outX < target.width) {
      const run = changetype<Run>(table);
      run.from = <usize>(tile - first) * width;
      run.to =
        a.out + target.offset + <usize>image * a.outImage + <usize>outY * a.outRow + (<usize>outX << 2);
      run.rows = min(a.sizeY, (target.height - outY + a.stepY - 1) / a.stepY);
      run.columns = min(length * a.sizeX, (target.width - outX + a.stepX - 1) / a.stepX);
      table += RUN_BYTES;
    }
    tile += length;
  }
  return table;
}

/** Copies the runs from the stage, whose rows are `pitch` bytes apart, to the plane that is `offset` bytes from channel 0's. */
export function deliver(a: Winograd, runs: usize, end: usize, stage: usize, pitch: usize, offset: usize): void {
  const row = <usize>a.stepY * a.outRow;
  const step = <usize>a.stepX << 2;
  for (; runs < end; runs += RUN_BYTES) {
    const run = changetype<Run>(runs);
    let from = stage + run.from;
    let to = run.to + offset;
    for (let y = run.rows; y > 0; y--) {
      if (step == 4) copyRow(from, to, run.columns);
      else scatterRow(from, to, run.columns, step);
      from += pitch;
      to += row;
    }
  }
}

// @ts-ignore: decorator
@inline
export function copyRow(from: usize, to: usize, columns: i32): void {
  for (; columns >= 16; columns -= 16) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    v128.store(to, v128.load(from, 32), 32);
    v128.store(to, v128.load(from, 48), 48);
    from += 64;
    to += 64;
  }
  for (; columns >= 4; columns -= 4) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  if (columns > 0) storeSome(to, v128.load(from), columns);
}

// @ts-ignore: decorator
@inline
function scatterRow(from: usize, to: usize, columns: i32, step: usize): void {
  for (; columns > 0; columns--) {
    store<f32>(to, load<f32>(from));
    from += 4;
    to += step;
  }
}
