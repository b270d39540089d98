/** Drives assembly/depthwise.ts and depthwise-gradient.ts: convolutions whose groups have one source plane. */
import type { ConvGeometry } from "../backend.js";
import { type Correlation, reach, tapPairs } from "./correlation.js";
import type { GradientOperands, Operands } from "./direct.js";
import type { FrameShape } from "./frame.js";
import type { Call, Runtime } from "./runtime.js";

/** One source plane a group and few outputs of it: the register tile would be mostly empty. */
export function suitsDepthwise({ channels, rows }: Correlation): boolean {
  return channels === 1 && rows <= 8;
}

/** What it needs beside addresses. */
export interface DepthwisePlan {
  /** Bytes to the first output. */
  first: number;
  /** Offsets of the taps in a framed plane, then in the kernel. */
  taps: readonly number[];
  /** The job's words behind the address of the taps. */
  words: readonly number[];
  planes: number;
  operations: number;
  scratch: number;
}

export function planDepthwise(correlation: Correlation): DepthwisePlan {
  const { batch, groups, rows, vertical, horizontal, kernelWidth } = correlation;
  const y = reach(vertical);
  const x = reach(horizontal);
  const framed =
    y.first < 0 ||
    x.first < 0 ||
    y.first + y.length > vertical.source ||
    x.first + x.length > horizontal.source;
  const [top, left] = framed ? [-y.first, -x.first] : [0, 0];
  const frameHeight = framed ? y.length : vertical.source;
  const frameWidth = framed ? x.length : horizontal.source;
  const taps = tapPairs(
    vertical.taps,
    horizontal.taps,
    (v, h) => ((v.offset + top) * frameWidth + h.offset + left) * 4,
  );
  const kernel = tapPairs(vertical.taps, horizontal.taps, (v, h) => (v.index * kernelWidth + h.index) * 4);
  const outRow = horizontal.size * 4;
  const planes = batch * groups;
  return {
    first: vertical.start * outRow + horizontal.start * 4,
    taps: [...taps, ...kernel],
    words: [
      ...[taps.length, rows, groups, correlation.weightGroup, correlation.weightRow],
      ...[vertical.source, horizontal.source, frameHeight, frameWidth, top, left],
      ...[vertical.stride * frameWidth * 4, horizontal.stride * 4, vertical.count, horizontal.count],
      ...[vertical.size * outRow, vertical.step * outRow, horizontal.step * 4],
    ],
    planes,
    // Reading and writing count too: a tap is about a third of a register tile's multiply-add.
    operations: planes * rows * vertical.count * horizontal.count * (taps.length + 9),
    scratch: taps.length * 32 + frameHeight * frameWidth * 4 + 64,
  };
}

export function correlateDepthwise(
  runtime: Runtime,
  call: Call,
  { first, taps, words, planes, operations, scratch }: DepthwisePlan,
  { source, weight, bias, out }: Operands,
): void {
  const job = runtime.job([source, weight, bias, out + first, call.integers(taps), ...words]);
  runtime.threads.run("depthwise", job, planes, operations, scratch);
}

/** What the weight gradient of a convolution needs whose groups have one input channel. */
export interface DepthwiseGradientPlan {
  groups: number;
  rows: number;
  taps: readonly number[];
  /** The job's words behind the address of the taps, but for the last. */
  words: readonly number[];
  operations: number;
  frameBytes: number;
}

export function planDepthwiseGradient(geometry: ConvGeometry, shape: FrameShape): DepthwiseGradientPlan {
  const { batch, groups, rows: vertical, columns: horizontal } = geometry;
  const rows = geometry.outputChannels / groups;
  const rowBytes = shape.frameWidth * 4;
  const taps = Array.from({ length: vertical.kernel }, (_, i) =>
    Array.from(
      { length: horizontal.kernel },
      (_, j) => i * vertical.dilation * rowBytes + j * horizontal.dilation * 4,
    ),
  ).flat();
  return {
    ...{ groups, rows },
    // Taps are taken three at a time: the last repeats.
    taps: [...taps, taps[0], taps[0]],
    words: [
      ...[taps.length, rows, groups, batch, shape.height, shape.width, shape.frameHeight, shape.frameWidth],
      ...[-shape.top, -shape.left, vertical.stride * rowBytes, horizontal.stride * 4],
      ...[
        vertical.output,
        horizontal.output,
        Number(horizontal.kernel % 5 === 0 && horizontal.dilation === 1),
      ],
    ],
    operations: batch * groups * rows * vertical.output * horizontal.output * taps.length,
    frameBytes: shape.frameHeight * rowBytes,
  };
}

export function depthwiseWeightGradient(
  runtime: Runtime,
  call: Call,
  { groups, rows, taps, words, operations, frameBytes }: DepthwiseGradientPlan,
  { input, gradient, out }: GradientOperands,
): void {
  // Few groups leave threads idle: each then frames the planes for some of their outputs.
  const rowsPerUnit = groups < runtime.threads.plan(operations) ? Math.min(rows, 2) : rows;
  const job = runtime.job([input, gradient, out, call.integers(taps), ...words, rowsPerUnit]);
  const units = groups * Math.ceil(rows / rowsPerUnit);
  const scratch = (rowsPerUnit * taps.length + 2) * 8 + frameBytes + 64;
  runtime.threads.run("depthwiseGradient", job, units, operations, scratch);
}
