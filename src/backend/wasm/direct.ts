/** Drives assembly/convolution.ts: any correlation as a packed matrix product. */
import { type Correlation, reach, tapPairs } from "./correlation.js";
import { frame, type FrameShape, imageBytes, imagesPerChunk } from "./frame.js";
import type { Call, Runtime } from "./runtime.js";
import type { WeightCache } from "./weights.js";
import type { Images } from "./winograd-range.js";

/** Rows of the packed panel (8 numbers each) that fit the first-level cache beside a row tile. */
const DEPTH = 576;

export interface Operands {
  source: number;
  weight: number;
  weightBytes: number;
  /** One number for each output row of each group, or 0. */
  bias: number;
  out: number;
}

/** Those of a weight gradient. */
export interface GradientOperands {
  input: number;
  gradient: number;
  out: number;
}

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/** What the direct way needs beside addresses; strides are bytes. */
export interface DirectPlan {
  batch: number;
  groups: number;
  paddedRows: number;
  rows: number;
  /** Outputs of a plane, and products of each. */
  cells: number;
  depth: number;
  /** Says how the weights are packed, for the cache; and how, but for addresses. */
  key: string;
  weightTaps: readonly number[];
  packing: readonly number[];
  shape: FrameShape;
  /** Images are framed, so many at a time. */
  framed: boolean;
  chunk: number;
  taps: readonly number[];
  sourceImage: number;
  outImage: number;
  /** Bytes to the first output. */
  first: number;
  /** The job's words before and after the number of images. */
  channels: readonly number[];
  strides: readonly number[];
  scratch: number;
}

export function planDirect(correlation: Correlation): DirectPlan {
  const { batch, groups, channels, rows } = correlation;
  const { vertical, horizontal, planes } = flatten(correlation);
  const tapCount = vertical.taps.length * horizontal.taps.length;
  const depth = channels * tapCount;
  const blocks = Math.ceil(depth / Math.max(DEPTH, tapCount));
  const channelBlock = Math.ceil(channels / blocks);
  const paddedRows = roundUp(rows, 4);
  const { weightGroup, weightRow, weightChannel, kernelWidth } = correlation;
  const packing = [tapCount, channels, channelBlock, rows, weightGroup, weightRow, weightChannel];
  const weightTaps = tapPairs(
    vertical.taps,
    horizontal.taps,
    (v, h) => (v.index * kernelWidth + h.index) * 4,
  );

  const y = reach(vertical);
  const x = reach(horizontal);
  const inside = (first: number, length: number, size: number): boolean =>
    first >= 0 && first + length <= size;
  const framed = !(
    inside(y.first, y.length, vertical.source) && inside(x.first, x.length, horizontal.source)
  );
  const shape: FrameShape = {
    planes: groups * channels,
    height: vertical.source,
    width: horizontal.source,
    top: framed ? y.first : 0,
    left: framed ? x.first : 0,
    frameHeight: framed ? y.length : vertical.source,
    frameWidth: framed ? x.length : horizontal.source,
    phases: 1,
  };
  const row = shape.frameWidth * 4;
  const plane = shape.frameHeight * row;
  const outPlane = vertical.size * horizontal.size * 4;
  const outImage = groups * rows * outPlane;
  return {
    ...{ batch, groups, rows, paddedRows, depth, weightTaps, packing, shape, framed, outImage },
    cells: vertical.count * horizontal.count,
    key: ["direct", groups, packing, weightTaps].join(),
    chunk: framed ? imagesPerChunk(shape, batch) : batch,
    taps: tapPairs(
      vertical.taps,
      horizontal.taps,
      (v, h) => (v.offset - shape.top) * row + (h.offset - shape.left) * 4,
    ),
    sourceImage: planes * vertical.source * horizontal.source * 4,
    first: (vertical.start * horizontal.size + horizontal.start) * 4,
    channels: [tapCount, channels, channelBlock, rows, groups],
    strides: [
      ...[imageBytes(shape), channels * plane, plane, vertical.stride * row, horizontal.stride * 4],
      ...[vertical.count, horizontal.count],
      ...[outImage, outPlane, vertical.step * horizontal.size * 4, horizontal.step * 4],
    ],
    scratch: 128 + paddedRows * 32 + channelBlock * tapCount * 64,
  };
}

export function correlateDirect(
  runtime: Runtime,
  cache: WeightCache,
  call: Call,
  plan: DirectPlan,
  { source, weight, weightBytes, bias, out }: Operands,
  { first, count }: Images = { first: 0, count: plan.batch },
): void {
  const { groups, rows, paddedRows, depth, shape, framed, chunk } = plan;
  const packed = cache.find(plan.key, weight, weightBytes, groups * paddedRows * depth * 4, (to) => {
    const job = runtime.job([weight, to, call.integers(plan.weightTaps), ...plan.packing]);
    runtime.threads.run("packWeight", job, groups, groups * paddedRows * depth);
    return 0;
  }).address;
  const paddedBias = padBias(runtime, call, bias, groups, rows);
  const frames = framed ? call.temporary(imageBytes(shape) * chunk) : 0;
  const taps = call.integers(plan.taps);

  for (let image = first; image < first + count; image += chunk) {
    const images = Math.min(chunk, first + count - image);
    let from = source + image * plan.sourceImage;
    if (framed) {
      frame(runtime, shape, from, images, frames, 0);
      from = frames;
    }
    const panels = Math.ceil((images * plan.cells) / 8);
    const operations = groups * panels * 8 * paddedRows * depth;
    const split = splitWork(panels, paddedRows / 4, groups, runtime.threads.plan(operations));
    const job = runtime.job([
      ...[from, packed, paddedBias, out + plan.first + image * plan.outImage, taps],
      ...[...plan.channels, images, ...plan.strides, split.columns, split.rows],
    ]);
    const kernel = runtime.wide ? "convolveWide" : "convolve";
    runtime.threads.run(kernel, job, split.units, operations, plan.scratch);
  }
}

/** A 1×1 convolution at stride 1 sees an image as one row: all its positions are neighbours. */
function flatten(correlation: Correlation): Correlation & { planes: number } {
  const { vertical: v, horizontal: h, groups, channels } = correlation;
  const planes = groups * channels;
  const plain = [v, h].every(
    (axis) =>
      axis.taps.length === 1 &&
      axis.taps[0].offset === 0 &&
      axis.stride === 1 &&
      axis.step === 1 &&
      axis.count === axis.source &&
      axis.size === axis.source,
  );
  if (!plain) return { ...correlation, planes };
  const one = { source: 1, taps: v.taps, stride: 1, count: 1, start: 0, step: 1, size: 1 };
  const cells = v.source * h.source;
  return {
    ...correlation,
    planes,
    vertical: one,
    horizontal: { ...h, source: cells, count: cells, size: cells },
  };
}

/** The bias with each group's rows rounded up to four; zeros without one. Four more zeros follow. */
export function padBias(runtime: Runtime, call: Call, bias: number, groups: number, rows: number): number {
  const padded = roundUp(rows, 4);
  const address = call.temporary((groups * padded + 4) * 4);
  const { numbers } = runtime.memory;
  const to = address / 4;
  numbers.fill(0, to, to + groups * padded + 4);
  for (let group = 0; bias !== 0 && group < groups; group++) {
    const from = bias / 4 + group * rows;
    numbers.copyWithin(to + group * padded, from, from + rows);
  }
  return address;
}

export interface Split {
  /** Column panels and row tiles of one unit. */
  columns: number;
  rows: number;
  units: number;
}

/** Units for `threads`: panels first, since a panel that two units share is gathered twice. */
export function splitWork(panels: number, tiles: number, groups: number, threads: number): Split {
  const wanted = threads === 1 ? 1 : threads * 4;
  const columns = Math.max(1, Math.min(16, Math.floor((panels * groups) / wanted)));
  const columnUnits = Math.ceil(panels / columns);
  const missing = Math.ceil(wanted / (columnUnits * groups));
  const rows = missing <= 1 ? tiles : Math.max(1, Math.floor(tiles / missing));
  return { columns, rows, units: groups * columnUnits * Math.ceil(tiles / rows) };
}
