/** Drives assembly/depthwise.ts and depthwise-gradient.ts: convolutions whose groups have one source plane. */
import type { ConvGeometry } from "../backend.js";
import { type Correlation, reach } from "./correlation.js";
import type { Operands } from "./direct.js";
import type { FrameShape } from "./frame.js";
import type { Call, Runtime } from "./runtime.js";

/** One source plane a group and few outputs of it: the register tile would be mostly empty. */
export function suitsDepthwise({ channels, rows }: Correlation): boolean {
  return channels === 1 && rows <= 8;
}

export function correlateDepthwise(
  runtime: Runtime,
  call: Call,
  correlation: Correlation,
  { source, weight, bias, out }: Operands,
): void {
  const { batch, groups, rows, vertical, horizontal } = correlation;
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
  const taps = vertical.taps.flatMap((v) =>
    horizontal.taps.map((h) => ((v.offset + top) * frameWidth + h.offset + left) * 4),
  );
  const kernel = vertical.taps.flatMap((v) =>
    horizontal.taps.map((h) => (v.index * correlation.kernelWidth + h.index) * 4),
  );
  const outRow = horizontal.size * 4;
  const first = out + vertical.start * outRow + horizontal.start * 4;
  const job = runtime.job([
    ...[source, weight, bias, first, call.integers([...taps, ...kernel]), taps.length, rows, groups],
    ...[correlation.weightGroup, correlation.weightRow],
    ...[vertical.source, horizontal.source, frameHeight, frameWidth, top, left],
    ...[vertical.stride * frameWidth * 4, horizontal.stride * 4, vertical.count, horizontal.count],
    ...[vertical.size * outRow, vertical.step * outRow, horizontal.step * 4],
  ]);
  const planes = batch * groups;
  // Reading and writing count too: a tap is about a third of a register tile's multiply-add.
  const operations = planes * rows * vertical.count * horizontal.count * (taps.length + 9);
  const scratch = taps.length * 32 + frameHeight * frameWidth * 4 + 64;
  runtime.threads.run("depthwise", job, planes, operations, scratch);
}

/** The weight gradient of a convolution whose groups have one input channel. */
export function depthwiseWeightGradient(
  runtime: Runtime,
  call: Call,
  geometry: ConvGeometry,
  shape: FrameShape,
  { input, gradient, out }: { input: number; gradient: number; out: number },
): void {
  const { batch, groups, rows: vertical, columns: horizontal } = geometry;
  const rows = geometry.outputChannels / groups;
  const rowBytes = shape.frameWidth * 4;
  const taps = Array.from({ length: vertical.kernel }, (_, i) =>
    Array.from(
      { length: horizontal.kernel },
      (_, j) => i * vertical.dilation * rowBytes + j * horizontal.dilation * 4,
    ),
  ).flat();
  const operations = batch * groups * rows * vertical.output * horizontal.output * taps.length;
  // Few groups leave threads idle: each then frames the planes for some of their outputs.
  const rowsPerUnit = groups < runtime.threads.plan(operations) ? Math.min(rows, 2) : rows;
  const job = runtime.job([
    // Taps are taken three at a time: the last repeats.
    ...[input, gradient, out, call.integers([...taps, taps[0], taps[0]]), taps.length, rows, groups, batch],
    ...[shape.height, shape.width, shape.frameHeight, shape.frameWidth, -shape.top, -shape.left],
    ...[vertical.stride * rowBytes, horizontal.stride * 4, vertical.output, horizontal.output, rowsPerUnit],
  ]);
  const units = groups * Math.ceil(rows / rowsPerUnit);
  const scratch = (rowsPerUnit * taps.length + 2) * 8 + shape.frameHeight * rowBytes + 64;
  runtime.threads.run("depthwiseGradient", job, units, operations, scratch);
}
