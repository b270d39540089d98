import { padAmounts } from "../ops/pad.js";
import { complaint, refusal } from "../tensor/errors.js";
import { slideTransposed, slideWindow, type Window } from "../tensor/window.js";
import { activationOf } from "./activations.js";
import { inputName, type Layer, layersOf, type Network, pairOf } from "./network.js";

/** Channels, height, width; after `flatten` or `linear` the features alone. */
export type LayerShape = readonly [number, number, number] | readonly [number];

/**
 * The shape of every layer's output, by name, for an input of `[C, H, W]` (or `[features]`).
 *
 * Throws, naming the layer, where a layer does not fit on what it reads.
 */
export function shapesOf(network: Network, input: readonly number[]): Map<string, LayerShape> {
  const shapes = new Map<string, LayerShape>([[inputName, asShape(input)]]);
  for (const layer of layersOf(network)) {
    const sources = layer.from.map((name) => shapes.get(name)).filter((shape) => shape !== undefined);
    shapes.set(layer.name, shapeOf(layer, sources));
  }
  return shapes;
}

/** A network's layers, each with the height and width that it reads where the input is given. */
export function sizedLayers(network: Network, input: readonly number[] | undefined): Layer[] {
  if (input === undefined) return layersOf(network);
  const shapes = shapesOf(network, input);
  return layersOf(network).map((layer) => {
    const shape = shapes.get(layer.from[0]) ?? [];
    return shape.length === 3 ? { ...layer, sides: [shape[1], shape[2]] } : layer;
  });
}

function asShape(input: readonly number[]): LayerShape {
  const whole = Array.isArray(input) && input.every((size) => Number.isSafeInteger(size) && size >= 1);
  if (whole && input.length === 1) return [input[0]];
  if (whole && input.length === 3) return [input[0], input[1], input[2]];
  throw refusal("network", "input", "[channels, height, width] or [features]", input);
}

function shapeOf(layer: Layer, sources: readonly LayerShape[]): LayerShape {
  const [first] = sources;
  const features = first.reduce((all, size) => all * size, 1);
  switch (layer.op) {
    case "linear":
      if (first.length !== 1) throw refusal(layer.name, "input", "features (put a flatten before it)", first);
      return [channelsOf(layer)];
    case "flatten":
      return [features];
    case "concat":
    case "add":
    case "mul":
      return joined(layer, sources);
    case "batchNorm2d":
    case "softmax":
    case "dropout":
    case "identity":
      return first;
    default:
      if (activationOf(layer.op) !== undefined) return first;
      if (first.length !== 3) throw refusal(layer.name, "input", "maps of [channels, height, width]", first);
      return spatialShape(layer, first);
  }
}

function spatialShape(
  layer: Layer,
  [channels, height, width]: readonly [number, number, number],
): LayerShape {
  switch (layer.op) {
    case "conv2d": {
      checkGroups(layer, channels);
      const { rows, columns } = windowOf(layer, [height, width]);
      return [channelsOf(layer), rows.output, columns.output];
    }
    case "maxPool2d":
    case "minPool2d":
    case "avgPool2d": {
      const { rows, columns } = windowOf(layer, [height, width]);
      return [channels, rows.output, columns.output];
    }
    case "convTranspose2d":
    case "maxUnpool2d": {
      if (layer.op === "convTranspose2d") checkGroups(layer, channels);
      const { rows, columns } = transposedWindowOf(layer, [height, width]);
      return [layer.op === "maxUnpool2d" ? channels : channelsOf(layer), rows.input, columns.input];
    }
    case "interpolate":
    case "bedOfNails": {
      const scale = scaleOf(layer);
      const size = [Math.floor(height * scale), Math.floor(width * scale)] as const;
      if (Math.min(...size) < 1) throw refusal(layer.name, "scale", "at least one cell to be left", scale);
      return [channels, ...size];
    }
    case "pixelShuffle": {
      const scale = scaleOf(layer);
      if (channels % scale ** 2 !== 0) {
        throw refusal(layer.name, "input", `channels that ${scale}² divides`, channels);
      }
      return [channels / scale ** 2, height * scale, width * scale];
    }
    case "pad": {
      const [left, right, top, bottom] = padSides(layer);
      const size = [height + top + bottom, width + left + right] as const;
      if (Math.min(...size) < 1) {
        throw complaint(layer.name, "padding", "at least one row and column left", size.join("×"));
      }
      return [channels, ...size];
    }
    case "globalAvgPool2d":
      return [channels, 1, 1];
    default:
      throw refusal(layer.name, "op", "an operation that arithmetic knows", layer.op);
  }
}

function joined(layer: Layer, sources: readonly LayerShape[]): LayerShape {
  const [first] = sources;
  for (const shape of sources) {
    const fits =
      shape.length === first.length && shape.slice(1).every((size, axis) => size === first[axis + 1]);
    if (!fits || (layer.op !== "concat" && shape[0] !== first[0])) {
      throw refusal(layer.name, "inputs", `shapes that ${layer.op} can join`, sources);
    }
  }
  if (layer.op !== "concat") return first;
  const channels = sources.reduce((all, shape) => all + shape[0], 0);
  return first.length === 3 ? [channels, first[1], first[2]] : [channels];
}

function checkGroups(layer: Layer, inputs: number): void {
  const { groups = 1 } = layer;
  if (inputs % groups === 0 && channelsOf(layer) % groups === 0) return;
  throw refusal(
    layer.name,
    "groups",
    `a divisor of ${inputs} inputs and ${channelsOf(layer)} outputs`,
    groups,
  );
}

/** The window of a convolution or a pool over an input of that size. */
export function windowOf(layer: Layer, input: readonly [number, number]): Window {
  const kernel = kernelOf(layer);
  return slideWindow(layer.name, {
    input,
    kernel,
    stride: layer.stride ?? (layer.op === "conv2d" ? 1 : kernel),
    padding: layer.padding,
    dilation: layer.dilation,
    ceilMode: layer.ceilMode,
  });
}

/** The window of the convolution that a transposed convolution (or an unpooling) transposes. */
export function transposedWindowOf(layer: Layer, input: readonly [number, number]): Window {
  const kernel = kernelOf(layer);
  const stride = pairOf(layer.stride, layer.op === "maxUnpool2d" ? kernel : 1);
  const dilation = pairOf(layer.dilation, 1);
  const extra = pairOf(layer.outputPadding, 0);
  const { padding = 0 } = layer;
  if (typeof padding === "string" || (typeof padding === "object" && padding.length !== 2)) {
    throw refusal(layer.name, "padding", "a number or [height, width]", padding);
  }
  const pads = typeof padding === "number" ? [padding, padding] : padding;
  const [rows, columns] = [0, 1].map((axis) =>
    slideTransposed(layer.name, {
      input: input[axis],
      kernel: kernel[axis],
      stride: stride[axis],
      padding: pads[axis],
      outputPadding: extra[axis],
      dilation: dilation[axis],
    }),
  );
  return { rows, columns };
}

/** `[left, right, top, bottom]` of a pad. A name adds nothing to a window of one cell, which a pad is. */
export function padSides({ name, padding = 0 }: Layer): readonly [number, number, number, number] {
  return typeof padding === "string" ? [0, 0, 0, 0] : padAmounts(name, padding);
}

/** A layer's kernel; throws where it is missing. */
export function kernelOf(layer: Layer): readonly [number, number] {
  if (layer.kernel === undefined) throw refusal(layer.name, "kernel", "a kernel size", undefined);
  return pairOf(layer.kernel, 1);
}

/** A layer's scale; throws where it is missing. */
export function scaleOf(layer: Layer): number {
  if (layer.scale === undefined || !(layer.scale > 0)) {
    throw refusal(layer.name, "scale", "a positive scale", layer.scale);
  }
  return layer.scale;
}

function channelsOf(layer: Layer): number {
  if (layer.channels === undefined) throw refusal(layer.name, "channels", "the number of outputs", undefined);
  return layer.channels;
}
