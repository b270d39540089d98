/** All that follows, for a run through Winograd, from the geometry alone. */
import type { Correlation } from "./correlation.js";
import type { FrameShape } from "./frame.js";
import { chooseTiling, missing, tapsIn, tilesOf, type Tiling } from "./winograd-tiling.js";

/** All that a run needs beside addresses. Strides are bytes. */
export interface WinogradPlan extends Pick<Tiling, "size" | "taps" | "phases" | "split" | "backwards"> {
  /** What runs as one, and how it is cut. */
  correlations: readonly Correlation[];
  tiling: Tiling;
  batch: number;
  groups: number;
  /** Channels of a group, with those of the split; outputs of a group, and rounded up to four. */
  channels: number;
  rows: number;
  paddedRows: number;
  /** Products of a tile. */
  components: number;
  tilesY: number;
  tilesX: number;
  frame: FrameShape;
  sourceImage: number;
  outImage: number;
  outPlane: number;
  outRow: number;
  stepY: number;
  stepX: number;
  /** Backwards: rows and columns that tiles reach before the first output. */
  top: number;
  left: number;
  weights: WeightPlan;
  /** For each target four words: see Target in assembly/winograd-places.ts. */
  targets: number[];
}

interface WeightPlan {
  /** Says how the weights are prepared, for the cache. */
  key: string;
  /** For each target, each plane of the split: the byte offset of each tap's weight, or −1. */
  taps: number[][];
  /** Strides of the weights as they are. */
  group: number;
  row: number;
  channel: number;
  /** Weights of one row and channel: they are neighbours. */
  cells: number;
  /** Bytes of one target's prepared weights, and of all targets'. */
  targetBytes: number;
  groupBytes: number;
}

/** The plan, or `undefined` if the direct way is faster; `columns` are multiplied at once. */
export function planWinograd(
  correlations: readonly Correlation[],
  columns: 8 | 16,
): WinogradPlan | undefined {
  const tiling = chooseTiling(correlations, columns);
  return tiling && describe(correlations, tiling);
}

function describe(correlations: readonly Correlation[], tiling: Tiling): WinogradPlan {
  const [{ batch, groups, rows, vertical, horizontal, kernelWidth }] = correlations;
  const { size, taps, phases, split, backwards } = tiling;
  const channels = correlations[0].channels * split * split;
  const components = (size.y + taps - 1) * (size.x + taps - 1);
  const paddedRows = Math.ceil(rows / 4) * 4;
  const { y: tilesY, x: tilesX } = tilesOf(correlations[0], tiling);
  // What a tap spreads to comes in the order opposite to what it gathers.
  const order = <T>(list: T[]): T[] => (backwards ? list.reverse() : list);
  const weightTaps = correlations.map((correlation) =>
    pairs(split, (y, x) =>
      order(tapsIn(correlation.vertical, tiling.vertical, taps, y)).flatMap((v) =>
        order(tapsIn(correlation.horizontal, tiling.horizontal, taps, x)).map((h) =>
          v === undefined || h === undefined ? -1 : (v.index * kernelWidth + h.index) * 4,
        ),
      ),
    ),
  );
  const [{ weightGroup, weightRow, weightChannel }] = correlations;
  const key = [
    size.y,
    size.x,
    split,
    groups,
    rows,
    channels,
    weightGroup,
    weightRow,
    weightChannel,
    weightTaps,
  ].join();
  const targetBytes = components * paddedRows * channels * 4;
  const outRow = horizontal.size * 4;
  const outPlane = vertical.size * outRow;
  const planes = groups * correlations[0].channels;
  return {
    ...{
      correlations,
      tiling,
      size,
      taps,
      phases,
      split,
      backwards,
      batch,
      groups,
      channels,
      rows,
      paddedRows,
      components,
      tilesY,
      tilesX,
    },
    frame: {
      planes,
      height: vertical.source,
      width: horizontal.source,
      top: backwards ? 0 : tiling.vertical.first,
      left: backwards ? 0 : tiling.horizontal.first,
      // Backwards, tiles have no cells in common: they are read where they are.
      frameHeight: backwards ? vertical.source : tilesY * size.y + taps - 1,
      // Six or eight columns are read as two vectors of four.
      frameWidth: backwards ? horizontal.source : Math.ceil((tilesX * size.x + taps - 1) / 4) * 4,
      phases: phases * split,
    },
    sourceImage: planes * vertical.source * horizontal.source * 4,
    outImage: groups * rows * outPlane,
    outPlane,
    outRow,
    stepY: phases > 1 ? phases : vertical.step,
    stepX: phases > 1 ? phases : horizontal.step,
    top: tiling.vertical.first + taps - 1,
    left: tiling.horizontal.first + taps - 1,
    weights: {
      key: `winograd ${key}`,
      taps: weightTaps,
      group: weightGroup,
      row: weightRow,
      channel: weightChannel,
      cells: Math.min(weightRow, weightChannel) / 4,
      targetBytes,
      groupBytes: correlations.length * targetBytes,
    },
    targets: correlations.flatMap(({ vertical: v, horizontal: h }) => {
      const [y, x] = [missing(v, tiling.vertical, taps), missing(h, tiling.horizontal, taps)];
      const zeros = [y.first, y.last, x.first, x.last].reduce(
        (bits, zero, bit) => bits + (Number(zero) << bit),
        0,
      );
      return [v.start * outRow + h.start * 4, v.size - v.start, h.size - h.start, zeros];
    }),
  };
}

/** `make`'s lists for all pairs of numbers below `count`, joined. */
function pairs(count: number, make: (y: number, x: number) => number[]): number[] {
  const numbers = Array.from({ length: count }, (_, index) => index);
  return numbers.flatMap((y) => numbers.flatMap((x) => make(y, x)));
}
