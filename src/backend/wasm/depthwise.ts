/** Drives assembly/depthwise.ts: correlations whose groups have one source plane. */
import { type Correlation, reach } from "./correlation.js";
import type { Operands } from "./direct.js";
import type { Call, Runtime } from "./runtime.js";

/** One source plane a group and few outputs of it: the register tile would be mostly empty. */
export function suitsDepthwise({ channels, rows, vertical, horizontal }: Correlation): boolean {
  return channels === 1 && rows <= 8 && vertical.step === 1 && horizontal.step === 1;
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
  const job = runtime.job([
    ...[source, weight, bias, out, call.integers([...taps, ...kernel]), taps.length, rows, groups],
    ...[correlation.weightGroup, correlation.weightRow],
    ...[vertical.source, horizontal.source, frameHeight, frameWidth, top, left],
    ...[vertical.stride * frameWidth * 4, horizontal.stride * 4, vertical.count, horizontal.count],
  ]);
  const planes = batch * groups;
  // Reading and writing count too: a tap is about a third of a register tile's multiply-add.
  const operations = planes * rows * vertical.count * horizontal.count * (taps.length + 9);
  const scratch = taps.length * 16 + frameHeight * frameWidth * 4 + 64;
  runtime.threads.run("depthwise", job, planes, operations, scratch);
}
