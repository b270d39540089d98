/** Which correlations go through Winograd, and cut into which tiles. */
import type { Correlation, CorrelationAxis, Tap } from "./correlation.js";

/** Outputs of a tile, by the taps: F(4×4, 3×3), F(2×2, 3×3), F(4×2, 3×3), F(3×3, 4×4) and F(4×4, 5×5). */
const SIZES: Record<number, readonly TileSize[]> = {
  3: [
    { y: 4, x: 4 },
    { y: 2, x: 2 },
    { y: 4, x: 2 },
  ],
  4: [{ y: 3, x: 3 }],
  5: [{ y: 4, x: 4 }],
};

/** Source cells of a tile along an axis, where tiles are spread; and how many tiles of one image may be. */
export const SPREAD = 4;
const MOST_SPREAD = 64;

/** Rows and columns of a tile's outputs. */
export interface TileSize {
  y: number;
  x: number;
}

/** How correlations are cut into tiles. */
export interface Tiling {
  size: TileSize;
  /** Taps of the transforms: 3, 4 or 5. */
  taps: number;
  /** Interleaved dense convolutions along an axis: the dilation. */
  phases: number;
  /** The stride: every source plane is split into its square of planes, which count as channels. */
  split: number;
  /** Whether tiles are of the source: see assembly/winograd-backwards.ts. */
  backwards: boolean;
  vertical: Span;
  horizontal: Span;
}

/** One axis of correlations that run as one. */
export interface Span {
  /** Offset of the first tap of all, and from one to the next. */
  first: number;
  spacing: number;
  /** How many taps there are on a plane: every stride-th is on the same. */
  taps: number;
  stride: number;
  /** Outputs of the correlation that has most. */
  count: number;
}

/** The span of an axis, or `undefined` if tiles do not suit it. */
function spanOf(axes: readonly CorrelationAxis[]): Span | undefined {
  const offsets = [...new Set(axes.flatMap(({ taps }) => taps.map(({ offset }) => offset)))];
  offsets.sort((a, b) => a - b);
  const [{ stride }] = axes;
  const taps = Math.ceil(offsets.length / stride);
  if (offsets.length < 2 || taps < 2 || taps > 5) return undefined;
  const [first, second] = offsets;
  const spacing = second - first;
  if (offsets.some((offset, place) => offset !== first + place * spacing)) return undefined;
  if (stride > 1 && (axes.length > 1 || spacing > 1)) return undefined;
  return { first, spacing, taps, stride, count: Math.max(...axes.map(({ count }) => count)) };
}

/** The `count` taps of one axis that read plane `phase`, in the order of their span. */
export function tapsIn(
  axis: CorrelationAxis,
  { first, spacing, stride }: Span,
  count: number,
  phase: number,
): (Tap | undefined)[] {
  return Array.from({ length: count }, (_, place) =>
    axis.taps.find(({ offset }) => offset === first + (place * stride + phase) * spacing),
  );
}

/**
 * Few channels and little work: what is computed to be looked at. The direct way keeps whole numbers whole and what is
 * not reached zero.
 */
export function isSmall(channels: number, operations: number): boolean {
  return channels < 8 && operations < 2 ** 20;
}

/** Which components an axis' weights leave zero: the first without a first tap, the last without a last. */
export function missing(axis: CorrelationAxis, span: Span, count: number): { first: boolean; last: boolean } {
  const taps = Array.from({ length: span.stride }, (_, phase) => tapsIn(axis, span, count, phase));
  const none = (place: number): boolean => taps.every((plane) => plane[place] === undefined);
  return { first: none(0), last: none(count - 1) };
}

/** Tiles of one image along an axis. */
function tileCount({ count }: Span, size: number, phases: number): number {
  return Math.ceil(Math.ceil(count / phases) / size);
}

/**
 * The tiles that are fastest by a simple count, or `undefined` if the direct way is. Times are in multiply-adds of
 * the register tile, which are as many for a missing row; gathering a panel is two rows' worth. Several correlations
 * (the phases of a transposed convolution) differ in taps and outputs only. `columns` are multiplied at once.
 */
export function chooseTiling(correlations: readonly Correlation[], columns: 8 | 16): Tiling | undefined {
  const vertical = spanOf(correlations.map((correlation) => correlation.vertical));
  const horizontal = spanOf(correlations.map((correlation) => correlation.horizontal));
  if (vertical === undefined || horizontal?.spacing !== vertical.spacing) return undefined;
  if (horizontal.stride !== vertical.stride) return undefined;
  const [{ batch, channels, rows, vertical: v, horizontal: h }] = correlations;
  const phases = vertical.spacing;
  if (phases > 1 && (v.step !== 1 || h.step !== 1)) return undefined;
  const direct = correlations.reduce(
    (sum, { vertical: y, horizontal: x }) => sum + y.count * x.count * y.taps.length * x.taps.length,
    0,
  );
  if (isSmall(rows, batch * channels * rows * direct)) return undefined;
  const split = vertical.stride;
  const planes = channels * split * split;
  const paddedRows = Math.ceil(rows / 4) * 4;
  const taps = Math.max(3, vertical.taps, horizontal.taps);
  const common = { taps, phases, split, vertical, horizontal };
  const tilings = SIZES[taps].map((size): Tiling => ({ ...common, size, backwards: false }));
  const back: Tiling = { ...common, size: { y: SPREAD, x: SPREAD }, backwards: true };
  if (suitsBackwards(correlations, back)) tilings.push(back);
  let least = batch * channels * (paddedRows + 2) * direct;
  let best: Tiling | undefined;
  for (const tiling of tilings) {
    const count = tilesOf(correlations[0], tiling);
    const tiles = Math.ceil((batch * phases * phases * count.y * count.x) / columns) * columns;
    const side = { y: tiling.size.y + taps - 1, x: tiling.size.x + taps - 1 };
    const used = (axis: CorrelationAxis, span: Span, all: number): number => {
      const { first, last } = missing(axis, span, taps);
      return all - Number(first) - Number(last);
    };
    const products = correlations.reduce(
      (sum, { vertical: y, horizontal: x }) => sum + used(y, vertical, side.y) * used(x, horizontal, side.x),
      0,
    );
    // A transform takes about as long as four multiply-adds a component, reading a weight as two.
    const transforms = 4 * side.y * side.x * (planes + correlations.length * rows);
    // What neighbouring tiles share is added, which takes a little longer than writing it.
    const spreading = tiling.backwards ? 1.1 : 1;
    const cost =
      tiles * (products * planes * paddedRows + transforms) * spreading + 2 * products * planes * paddedRows;
    if (cost < least) [least, best] = [cost, tiling];
  }
  return best;
}

/** Tiles of one image, or of one phase of it, along both axes. */
export function tilesOf(
  { vertical, horizontal }: Correlation,
  { size, phases, backwards, ...spans }: Tiling,
): { y: number; x: number } {
  if (backwards) return { y: Math.ceil(vertical.source / SPREAD), x: Math.ceil(horizontal.source / SPREAD) };
  return { y: tileCount(spans.vertical, size.y, phases), x: tileCount(spans.horizontal, size.x, phases) };
}

/**
 * Whether the same can be had from tiles of the source: dense and whole kernels, outputs that the tiles reach. Tiles of
 * one image are spread together, so there may be no more than a unit has room for.
 */
function suitsBackwards(correlations: readonly Correlation[], tiling: Tiling): boolean {
  const [correlation] = correlations;
  const { taps, phases, split } = tiling;
  const tiles = tilesOf(correlation, { ...tiling, backwards: true });
  const axes = [
    { axis: correlation.vertical, span: tiling.vertical, reached: tiles.y * SPREAD + taps - 1 },
    { axis: correlation.horizontal, span: tiling.horizontal, reached: tiles.x * SPREAD + taps - 1 },
  ];
  return (
    correlations.length === 1 &&
    (taps === 3 || taps === 5) &&
    phases === 1 &&
    split === 1 &&
    tiles.y * tiles.x <= MOST_SPREAD &&
    axes.every(({ axis, span, reached }) => {
      const before = span.first + taps - 1;
      const dense = axis.taps.length === taps && axis.step === 1 && axis.count === axis.size;
      return dense && before >= 0 && before + axis.count <= reached;
    })
  );
}
