/** Drives assembly/winograd.ts: which correlations it takes, at which tile size, in how many units. */
import type { Correlation, CorrelationAxis, Tap } from "./correlation.js";
import { type Operands, padBias } from "./direct.js";
import { frame, type FrameShape, imageBytes, imagesPerChunk, largest } from "./frame.js";
import type { Call, Runtime } from "./runtime.js";
import type { WeightCache } from "./weights.js";

/** Beyond this magnitude (and for infinities and NaN) sums in Winograd's domain could overflow: direct it is. */
export const LIMIT = 1e15;

/** Outputs of a tile along an axis, by the taps. */
const SIZES: Record<number, readonly WinogradPlan["size"][]> = { 3: [4, 2], 4: [3], 5: [2] };

const SKEW = 64;
const WORK = 36 * 16 * 2;

export interface WinogradPlan {
  /** Outputs of a tile along an axis: F(4, 3), F(3, 4), F(2, 5) or F(2, 3). */
  size: 4 | 3 | 2;
  /** Taps of the transforms: 3, 4 or 5. */
  taps: number;
  /** Interleaved dense convolutions along an axis: the dilation. */
  phases: number;
  /** The stride: every source plane is split into its square of planes, which count as channels. */
  split: number;
  vertical: Span;
  horizontal: Span;
}

/** One axis of correlations that run as one. */
interface Span {
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
function tapsIn(
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
function missing(axis: CorrelationAxis, span: Span, count: number): { first: boolean; last: boolean } {
  const taps = Array.from({ length: span.stride }, (_, phase) => tapsIn(axis, span, count, phase));
  const none = (place: number): boolean => taps.every((plane) => plane[place] === undefined);
  return { first: none(0), last: none(count - 1) };
}

/** Tiles of one image along an axis. */
function tileCount({ count }: Span, size: number, phases: number): number {
  return Math.ceil(Math.ceil(count / phases) / size);
}

/**
 * The plan that is fastest by a simple count, or `undefined` if the direct way is. Times are in multiply-adds of
 * the register tile, which are as many for a missing row; gathering a panel is two rows' worth. Several correlations
 * (the phases of a transposed convolution) differ in taps and outputs only.
 */
export function planWinograd(correlations: readonly Correlation[]): WinogradPlan | undefined {
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
  let best = {
    cost: batch * channels * (paddedRows + 2) * direct,
    plan: undefined as WinogradPlan | undefined,
  };
  for (const size of SIZES[taps]) {
    const [tilesY, tilesX] = [tileCount(vertical, size, phases), tileCount(horizontal, size, phases)];
    const tiles = Math.ceil((batch * phases * phases * tilesY * tilesX) / 8) * 8;
    const side = size + taps - 1;
    const used = (axis: CorrelationAxis, span: Span): number => {
      const { first, last } = missing(axis, span, taps);
      return side - Number(first) - Number(last);
    };
    const products = correlations.reduce(
      (sum, { vertical: y, horizontal: x }) => sum + used(y, vertical) * used(x, horizontal),
      0,
    );
    // A transform takes about as long as four multiply-adds a component, reading a weight as two.
    const transforms = 4 * side * side * (planes + correlations.length * rows);
    const cost = tiles * (products * planes * paddedRows + transforms) + 2 * products * planes * paddedRows;
    if (cost < best.cost) best = { cost, plan: { size, taps, phases, split, vertical, horizontal } };
  }
  return best.plan;
}

/** Runs the plan; false, with nothing done, if a number is too large for it. */
export function correlateWinograd(
  runtime: Runtime,
  cache: WeightCache,
  call: Call,
  correlations: readonly Correlation[],
  plan: WinogradPlan,
  { source, weight, weightBytes, bias, out }: Operands,
): boolean {
  const [{ batch, groups, rows, vertical, horizontal, kernelWidth }] = correlations;
  const { size, taps, phases, split } = plan;
  const channels = correlations[0].channels * split * split;
  const side = size + taps - 1;
  const components = side * side;
  const paddedRows = Math.ceil(rows / 4) * 4;
  const phaseWeight = components * paddedRows * channels * 4;
  const groupWeight = correlations.length * phaseWeight;

  // For each target, each plane of the split: the byte offset of each tap's weight, or −1.
  const weightTaps = correlations.map((correlation) =>
    pairs(split, (y, x) =>
      tapsIn(correlation.vertical, plan.vertical, taps, y).flatMap((v) =>
        tapsIn(correlation.horizontal, plan.horizontal, taps, x).map((h) =>
          v === undefined || h === undefined ? -1 : (v.index * kernelWidth + h.index) * 4,
        ),
      ),
    ),
  );
  const [{ weightGroup, weightRow, weightChannel }] = correlations;
  const key = [
    "winograd",
    size,
    split,
    groups,
    rows,
    channels,
    weightGroup,
    weightRow,
    weightChannel,
    weightTaps,
  ];
  const prepared = cache.find(key.join(), weight, weightBytes, groups * groupWeight, (to) => {
    weightTaps.forEach((targetTaps, index) => {
      const table = call.integers(targetTaps);
      for (let group = 0; group < groups; group++) {
        const at = to + group * groupWeight + index * phaseWeight;
        const words = [weight + group * weightGroup, at, table, size, taps, rows, channels, split * split];
        const job = runtime.job([...words, weightRow, weightChannel]);
        runtime.threads.run("winogradWeight", job, paddedRows / 4, paddedRows * channels * components, 1024);
      }
    });
    return runtime.magnitude(weight, weightBytes / 4);
  });
  if (!(prepared.magnitude < LIMIT)) return false;

  const [tilesY, tilesX] = [tileCount(plan.vertical, size, phases), tileCount(plan.horizontal, size, phases)];
  const shape: FrameShape = {
    planes: groups * correlations[0].channels,
    height: vertical.source,
    width: horizontal.source,
    top: plan.vertical.first,
    left: plan.horizontal.first,
    frameHeight: tilesY * size + taps - 1,
    // Six columns are read as two vectors of four.
    frameWidth: Math.ceil((tilesX * size + taps - 1) / 4) * 4,
    phases: phases * split,
  };
  const chunk = imagesPerChunk(shape, batch);
  const frames = call.temporary(imageBytes(shape) * chunk);
  const maxima = call.temporary(chunk * shape.planes * 4);
  const paddedBias = padBias(runtime, call, bias, groups, rows);
  const row = shape.frameWidth * 4;
  const outRow = horizontal.size * 4;
  const outPlane = vertical.size * outRow;
  const outImage = groups * rows * outPlane;
  const sourceImage = shape.planes * vertical.source * horizontal.source * 4;
  const targets = call.integers(
    correlations.flatMap(({ vertical: v, horizontal: h }) => {
      const [y, x] = [missing(v, plan.vertical, taps), missing(h, plan.horizontal, taps)];
      const zeros = [y.first, y.last, x.first, x.last].reduce(
        (bits, zero, bit) => bits + (Number(zero) << bit),
        0,
      );
      return [v.start * outRow + h.start * 4, v.size - v.start, h.size - h.start, zeros];
    }),
  );

  for (let image = 0; image < batch; image += chunk) {
    const images = Math.min(chunk, batch - image);
    frame(runtime, shape, source + image * sourceImage, images, frames, maxima);
    if (!(largest(runtime, maxima, images * shape.planes) < LIMIT)) return false;
    const panels = Math.ceil((images * phases * phases * tilesY * tilesX) / 8);
    const operations = panels * 8 * components * channels * paddedRows * correlations.length;
    const threads = runtime.threads.plan(operations * groups);
    const split = splitTiles(panels, paddedRows, channels, threads, runtime.wide ? 2 : 1);
    for (let group = 0; group < groups; group++) {
      const plane = phases * phases * shape.frameHeight * row;
      const job = runtime.job([
        frames + group * channels * plane,
        prepared.address + group * groupWeight,
        paddedBias + group * paddedRows * 4,
        out + image * outImage + group * rows * outPlane,
        ...[size, side, channels, rows, images, phases, tilesY, tilesX],
        ...[imageBytes(shape), plane, shape.frameHeight * row, row],
        ...[correlations.length, targets, outImage, outPlane, outRow],
        ...(phases > 1 ? [phases, phases] : [vertical.step, horizontal.step]),
        ...[split.panels, split.rows, split.block],
      ]);
      runtime.threads.run(
        runtime.wide ? "winogradWide" : "winograd",
        job,
        split.units,
        operations,
        scratchBytes(components, channels, split),
      );
    }
  }
  return true;
}

/** `make`'s lists for all pairs of numbers below `count`, joined. */
function pairs(count: number, make: (y: number, x: number) => number[]): number[] {
  const numbers = Array.from({ length: count }, (_, index) => index);
  return numbers.flatMap((y) => numbers.flatMap((x) => make(y, x)));
}

/** Scratch of assembly/winograd.ts: work space, tables, stage, V of all channels, M of a block of rows. */
function scratchBytes(components: number, channels: number, { panels, block }: Split): number {
  const tables = panels * 8 * 20;
  const stage = 4 * (panels * 128 + 16);
  const v = components * (panels * channels * 32 + SKEW);
  const m = components * (block * panels * 32 + SKEW);
  return WORK + tables + stage + v + m;
}

/** How a job is divided. */
interface Split {
  /** Panels and rows of a unit. */
  panels: number;
  rows: number;
  units: number;
  /** Rows whose products are held at once. */
  block: number;
}

/**
 * As many panels a unit as keep V and M within 300 KB each, fewer if threads would stand idle, then fewer rows. Few
 * channels take more panels, so that the rows of outputs are written in longer pieces.
 */
function splitTiles(panels: number, rows: number, channels: number, threads: number, least: number): Split {
  const wanted = threads === 1 ? 1 : threads * 3;
  const fitting = Math.max(least, Math.min(8, Math.floor(256 / channels)));
  const unit = Math.max(1, Math.min(fitting, Math.floor(panels / wanted)));
  const panelUnits = Math.ceil(panels / unit);
  const missing = Math.ceil(threads / panelUnits);
  const rowsPerUnit = missing <= 1 ? rows : Math.ceil(rows / missing / 4) * 4;
  return {
    panels: unit,
    rows: rowsPerUnit,
    units: panelUnits * Math.ceil(rows / rowsPerUnit),
    block: Math.min(64, Math.floor(64 / unit) * 4),
  };
}
