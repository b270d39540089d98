import { complaint } from "../tensor/errors.js";
import { extent } from "../tensor/window.js";
import { type Layer, pairOf } from "./network.js";
import { resizeReads } from "./resize-reads.js";
import { kernelOf, padSides, scaleOf, windowOf } from "./shapes.js";

/** Cells from first to last, both included. */
export type Interval = readonly [number, number];

/** The smallest interval that holds both. */
export function join(a: Interval, b: Interval): Interval {
  return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
}

/**
 * A window's span, stride and padding on one axis. Only `"same"` with a stride depends on the input's size; where
 * that is not known, throws and says so.
 */
export function slideOf(layer: Layer, axis: 0 | 1): { span: number; stride: number; before: number } {
  if (layer.op === "pad") return { span: 1, stride: 1, before: padSides(layer)[axis === 0 ? 2 : 0] };
  const kernel = kernelOf(layer);
  const dilation = pairOf(layer.dilation, 1);
  // Any input on which the kernel fits will do, unless the padding depends on it.
  const room = [extent(kernel[0], dilation[0]), extent(kernel[1], dilation[1])] as const;
  const sized = layer.padding === "same" && pairOf(layer.stride, 1)[axis] > 1;
  if (sized && layer.sides === undefined) {
    throw complaint(
      layer.name,
      "padding",
      "one that does not depend on the input's size, or that size: { input: [channels, height, width] }",
      `"same" with stride ${pairOf(layer.stride, 1)[axis]}`,
    );
  }
  const window = windowOf(layer, sized ? (layer.sides ?? room) : room);
  const { before, stride } = axis === 0 ? window.rows : window.columns;
  return { span: room[axis], stride, before };
}

/** The same of a transposed convolution or an unpooling: of the window that it transposes. */
export function transposedSlideOf(
  layer: Layer,
  axis: 0 | 1,
): { span: number; stride: number; before: number } {
  const kernel = kernelOf(layer)[axis];
  return {
    span: extent(kernel, pairOf(layer.dilation, 1)[axis]),
    stride: pairOf(layer.stride, layer.op === "maxUnpool2d" ? kernel : 1)[axis],
    before: typeof layer.padding === "number" ? layer.padding : Number(layer.padding?.[axis] ?? 0),
  };
}

/**
 * Which cells of what it reads a layer needs, on one axis, for its outputs from `low` to `high`: exact, with
 * padding's cells; `undefined` where it needs none, as between the nails of a bed of nails.
 */
export function readBy(layer: Layer, [low, high]: Interval, axis: 0 | 1): Interval | undefined {
  const some = (from: number, to: number): Interval | undefined => (from <= to ? [from, to] : undefined);
  switch (layer.op) {
    case "conv2d":
    case "maxPool2d":
    case "minPool2d":
    case "avgPool2d":
    case "pad": {
      const { span, stride, before } = slideOf(layer, axis);
      return [low * stride - before, high * stride - before + span - 1];
    }
    case "convTranspose2d":
    case "maxUnpool2d": {
      // Output u reads the inputs i with 0 ≤ u + p − i·s ≤ k' − 1.
      const { span, stride, before } = transposedSlideOf(layer, axis);
      return some(Math.ceil((low + before - span + 1) / stride), Math.floor((high + before) / stride));
    }
    case "interpolate":
      return resizeReads(layer, [low, high], axis);
    case "pixelShuffle": {
      const scale = scaleOf(layer);
      return [Math.floor(low / scale), Math.floor(high / scale)];
    }
    case "bedOfNails": {
      const scale = scaleOf(layer);
      return some(Math.ceil(low / scale), Math.floor(high / scale));
    }
    case "linear":
    case "flatten":
    case "globalAvgPool2d":
      return [-Infinity, Infinity];
    default:
      return [low, high];
  }
}

/**
 * What the units from `low` to `high` of a layer see of every layer before it, on one axis, back to the input.
 * `layers` ends with that layer.
 */
export function readsOf(layers: readonly Layer[], [low, high]: Interval, axis: 0 | 1): Map<string, Interval> {
  const seen = new Map<string, Interval>();
  const target = layers.at(-1);
  if (target === undefined) return seen;
  seen.set(target.name, [low, high]);
  for (const layer of layers.toReversed()) {
    const at = seen.get(layer.name);
    const read = at === undefined ? undefined : readBy(layer, at, axis);
    if (read === undefined) continue;
    for (const source of layer.from) {
      const other = seen.get(source);
      seen.set(source, other === undefined ? read : join(read, other));
    }
  }
  return seen;
}
