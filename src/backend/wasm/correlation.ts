/**
 * One description for everything that a convolution and its input gradient are made of: output cell `o` of an
 * axis sums the taps `weight[index] · source[o · stride + offset]`. A convolution is one such correlation; the
 * gradient of one with stride s (a transposed convolution) is s² of them, one for each phase of its output.
 */
import type { Axis } from "../../tensor/window.js";
import type { ConvGeometry } from "../backend.js";

export interface Tap {
  /** Source cell read for output cell 0; cells outside the source count as zero. */
  offset: number;
  /** Row or column of the kernel. */
  index: number;
}

export interface CorrelationAxis {
  /** Cells of the source. */
  source: number;
  /** Ascending by offset. */
  taps: readonly Tap[];
  stride: number;
  /** How many outputs there are. */
  count: number;
  /** Output `o` is written to cell `start + o · step` of `size` cells. */
  start: number;
  step: number;
  size: number;
}

/** Addresses and strides are bytes. */
export interface Correlation {
  batch: number;
  groups: number;
  /** Source channels and output rows of one group. */
  channels: number;
  rows: number;
  vertical: CorrelationAxis;
  horizontal: CorrelationAxis;
  /** The kernel's strides. */
  weightGroup: number;
  weightRow: number;
  weightChannel: number;
  kernelWidth: number;
}

export function forwardCorrelation(geometry: ConvGeometry): Correlation {
  const channels = geometry.inputChannels / geometry.groups;
  const rows = geometry.outputChannels / geometry.groups;
  const plane = geometry.rows.kernel * geometry.columns.kernel * 4;
  return {
    batch: geometry.batch,
    groups: geometry.groups,
    channels,
    rows,
    vertical: forwardAxis(geometry.rows),
    horizontal: forwardAxis(geometry.columns),
    weightGroup: rows * channels * plane,
    weightRow: channels * plane,
    weightChannel: plane,
    kernelWidth: geometry.columns.kernel,
  };
}

function forwardAxis(axis: Axis): CorrelationAxis {
  return {
    source: axis.input,
    taps: Array.from({ length: axis.kernel }, (_, index) => ({
      offset: index * axis.dilation - axis.before,
      index,
    })),
    stride: axis.stride,
    count: axis.output,
    start: 0,
    step: 1,
    size: axis.output,
  };
}

/** The correlations that make the input gradient: one for each pair of row and column phases. */
export function transposedCorrelations(geometry: ConvGeometry): Correlation[] {
  const channels = geometry.outputChannels / geometry.groups;
  const rows = geometry.inputChannels / geometry.groups;
  const plane = geometry.rows.kernel * geometry.columns.kernel * 4;
  return transposedAxes(geometry.rows).flatMap((vertical) =>
    transposedAxes(geometry.columns).map((horizontal) => ({
      batch: geometry.batch,
      groups: geometry.groups,
      channels,
      rows,
      vertical,
      horizontal,
      weightGroup: rows * channels * plane,
      weightRow: plane,
      weightChannel: rows * plane,
      kernelWidth: geometry.columns.kernel,
    })),
  );
}

/**
 * Input cell y received w[i] · gradient[o] where o·s + i·d − p = y. Cells y = a + s·t of phase a therefore read
 * gradient cell t + (a + p − i·d)/s for those taps i where the division leaves no rest.
 */
function transposedAxes(axis: Axis): CorrelationAxis[] {
  const phases: CorrelationAxis[] = [];
  for (let start = 0; start < Math.min(axis.stride, axis.input); start++) {
    const taps: Tap[] = [];
    for (let index = axis.kernel - 1; index >= 0; index--) {
      const offset = (start + axis.before - index * axis.dilation) / axis.stride;
      if (Number.isInteger(offset)) taps.push({ offset, index });
    }
    phases.push({
      source: axis.output,
      taps,
      stride: 1,
      count: Math.ceil((axis.input - start) / axis.stride),
      start,
      step: axis.stride,
      size: axis.input,
    });
  }
  return phases;
}

/** First source cell that an axis reads, and how many from there on. */
export function reach(axis: CorrelationAxis): { first: number; length: number } {
  const first = axis.taps[0].offset;
  const last = axis.taps[axis.taps.length - 1].offset + (axis.count - 1) * axis.stride;
  return { first, length: last - first + 1 };
}

/** `make` of every tap of the rows with every tap of the columns. */
export function tapPairs(
  rows: readonly Tap[],
  columns: readonly Tap[],
  make: (row: Tap, column: Tap) => number,
): number[] {
  return rows.flatMap((row) => columns.map((column) => make(row, column)));
}
