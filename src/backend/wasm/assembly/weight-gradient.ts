// The gradient to the weights as a matrix product over the output positions:
//
//   dW[m][c, tap] = Σ_q  gradient[m][q] · source[c][position(q) + tap]
//
// Eight (channel, tap) pairs make a panel; positions are the inner dimension, in blocks whose packed
// gradient stays in the second-level cache while all panels pass by.

import { storeTransposed, strided } from "./lanes";
import { tileContinue } from "./tile";

@unmanaged
class WeightGradient {
  source: usize; // framed input [image][group][channel][row][column]
  gradient: usize; // packed: [image][group][block of positions][row tile][position][4]
  out: usize; // [group][row][channel, tap]
  taps: usize; // byte offset of each (channel, tap) column in an image's group
  columns: i32; // channels × taps
  rows: i32; // output channels of a group
  groups: i32;
  images: i32;
  sourceImage: usize; // bytes
  sourceGroup: usize;
  stepY: usize;
  stepX: usize;
  outHeight: i32;
  outWidth: i32;
  block: i32; // positions of one packed block
  panelsPerUnit: i32;
  tilesPerUnit: i32;
  first: i32; // whether the sum starts here, or continues what `out` holds
}

/** Unit: some panels × some row tiles of one group. Scratch: the sums of the unit, then a packed panel. */
export function weightGradient(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<WeightGradient>(args);
  const panels = (a.columns + 7) / 8;
  const tiles = (a.rows + 3) / 4;
  const panelGroups = (panels + a.panelsPerUnit - 1) / a.panelsPerUnit;
  const tileGroups = (tiles + a.tilesPerUnit - 1) / a.tilesPerUnit;
  const positions = a.outHeight * a.outWidth;
  for (let unit = begin; unit < end; unit++) {
    const group = unit / (panelGroups * tileGroups);
    const rest = unit % (panelGroups * tileGroups);
    const firstTile = (rest / panelGroups) * a.tilesPerUnit;
    const lastTile = min(tiles, firstTile + a.tilesPerUnit);
    const firstPanel = (rest % panelGroups) * a.panelsPerUnit;
    const lastPanel = min(panels, firstPanel + a.panelsPerUnit);
    const sums = <usize>((lastTile - firstTile) * 4) << 5; // bytes of one panel's sums
    const packed = scratch + <usize>(lastPanel - firstPanel) * sums;
    exchange(a, group, firstPanel, lastPanel, firstTile, lastTile, scratch, a.first ? 0 : 1);
    let gradient = a.gradient + ((<usize>group * tiles * positions) << 4);
    const nextImage = (<usize>((a.groups - 1) * tiles * positions)) << 4;
    for (let image = 0; image < a.images; image++) {
      const source = a.source + <usize>image * a.sourceImage + <usize>group * a.sourceGroup;
      for (let q = 0; q < positions; q += a.block) {
        const count = min(a.block, positions - q);
        const panelEnd = packed + (<usize>count << 5);
        for (let panel = firstPanel; panel < lastPanel; panel++) {
          packPositions(a, source, panel * 8, q, count, packed);
          let to = scratch + <usize>(panel - firstPanel) * sums;
          let g = gradient + ((<usize>firstTile * count) << 4);
          for (let t = firstTile; t < lastTile; t++) {
            tileContinue(g, packed, panelEnd, to, 32);
            to += 128;
            g += <usize>count << 4;
          }
        }
        gradient += (<usize>tiles * count) << 4;
      }
      gradient += nextImage;
    }
    exchange(a, group, firstPanel, lastPanel, firstTile, lastTile, scratch, 2);
  }
}

/** Sums ← 0 (how 0), sums ← out (1), out ← sums (2). */
function exchange(
  a: WeightGradient,
  group: i32,
  firstPanel: i32,
  lastPanel: i32,
  firstTile: i32,
  lastTile: i32,
  sums: usize,
  how: i32,
): void {
  const out = a.out + ((<usize>group * a.rows * a.columns) << 2);
  if (how < 2) memory.fill(sums, 0, <usize>((lastPanel - firstPanel) * (lastTile - firstTile)) << 7);
  if (how == 0) return;
  for (let panel = firstPanel; panel < lastPanel; panel++) {
    for (let row = firstTile * 4; row < lastTile * 4; row++) {
      const valid = row < a.rows;
      let at = out + (<usize>(row * a.columns + panel * 8) << 2);
      for (let j = panel * 8; j < panel * 8 + 8; j++) {
        if (valid && j < a.columns) {
          if (how == 2) store<f32>(at, load<f32>(sums));
          else if (how == 1) store<f32>(sums, load<f32>(at));
        }
        at += 4;
        sums += 4;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function packFour(s0: usize, s1: usize, s2: usize, s3: usize, step: usize, to: usize, row: usize): void {
  storeTransposed(strided(s0, step), strided(s1, step), strided(s2, step), strided(s3, step), to, row);
}

/** Packs [position][8]: eight streams, read along the rows four at a time and transposed. */
function packPositions(a: WeightGradient, source: usize, column: i32, q: i32, count: i32, to: usize): void {
  const last = a.columns - 1;
  const taps = a.taps;
  const s0 = source + load<usize>(taps + (<usize>column << 2));
  const s1 = source + load<usize>(taps + (<usize>min(last, column + 1) << 2));
  const s2 = source + load<usize>(taps + (<usize>min(last, column + 2) << 2));
  const s3 = source + load<usize>(taps + (<usize>min(last, column + 3) << 2));
  const s4 = source + load<usize>(taps + (<usize>min(last, column + 4) << 2));
  const s5 = source + load<usize>(taps + (<usize>min(last, column + 5) << 2));
  const s6 = source + load<usize>(taps + (<usize>min(last, column + 6) << 2));
  const s7 = source + load<usize>(taps + (<usize>min(last, column + 7) << 2));
  const step = a.stepX;
  let y = q / a.outWidth;
  let x = q % a.outWidth;
  while (count > 0) {
    let run = min(count, a.outWidth - x);
    count -= run;
    let at = <usize>y * a.stepY + <usize>x * step;
    for (; run >= 4; run -= 4) {
      packFour(s0 + at, s1 + at, s2 + at, s3 + at, step, to, 32);
      packFour(s4 + at, s5 + at, s6 + at, s7 + at, step, to + 16, 32);
      at += 4 * step;
      to += 128;
    }
    for (; run > 0; run--) {
      store<f32>(to, load<f32>(s0 + at));
      store<f32>(to, load<f32>(s1 + at), 4);
      store<f32>(to, load<f32>(s2 + at), 8);
      store<f32>(to, load<f32>(s3 + at), 12);
      store<f32>(to, load<f32>(s4 + at), 16);
      store<f32>(to, load<f32>(s5 + at), 20);
      store<f32>(to, load<f32>(s6 + at), 24);
      store<f32>(to, load<f32>(s7 + at), 28);
      at += step;
      to += 32;
    }
    x = 0;
    y++;
  }
}

@unmanaged
class RowPacking {
  source: usize; // [image × group][row][position]
  out: usize; // [image × group][block][row tile][position][4]
  rows: i32;
  positions: i32;
  block: i32;
}

/** Packs matrices of `rows` lines four lines side by side. Unit: one image and group. */
export function packRows(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<RowPacking>(args);
  const line = <usize>a.positions << 2;
  const tiles = (a.rows + 3) / 4;
  for (let unit = begin; unit < end; unit++) {
    const source = a.source + <usize>(unit * a.rows) * line;
    let to = a.out + ((<usize>unit * tiles * a.positions) << 4);
    for (let q = 0; q < a.positions; q += a.block) {
      const count = min(a.block, a.positions - q);
      for (let row = 0; row < a.rows; row += 4) {
        const s0 = source + <usize>row * line + (<usize>q << 2);
        const last = a.rows - 1 - row;
        const s1 = s0 + <usize>min(1, last) * line;
        const s2 = s0 + <usize>min(2, last) * line;
        const s3 = s0 + <usize>min(3, last) * line;
        let i: usize = 0;
        const end = <usize>count << 2;
        for (; i + 16 <= end; i += 16) {
          packFour(s0 + i, s1 + i, s2 + i, s3 + i, 4, to, 16);
          to += 64;
        }
        for (; i < end; i += 4) {
          store<f32>(to, load<f32>(s0 + i));
          store<f32>(to, load<f32>(s1 + i), 4);
          store<f32>(to, load<f32>(s2 + i), 8);
          store<f32>(to, load<f32>(s3 + i), 12);
          to += 16;
        }
      }
    }
  }
}
