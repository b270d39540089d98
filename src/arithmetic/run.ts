import {
  add,
  avgPool2d,
  bedOfNails,
  concat,
  conv2d,
  convTranspose2d,
  flatten,
  globalAvgPool2d,
  interpolate,
  type InterpolateOptions,
  linear,
  maxPool2d,
  minPool2d,
  mul,
  pad,
  pixelShuffle,
  softmax,
} from "../ops/index.js";
import { refusal } from "../tensor/errors.js";
import { full, randn, type Tensor } from "../tensor/index.js";
import { activationOf } from "./activations.js";
import { inputName, type Layer, layersOf, type Network } from "./network.js";
import { kernelOf, padSides, scaleOf } from "./shapes.js";

/** What a network of plain records is run with, since records hold no weights. */
export interface WeightScheme {
  /** All weights of a layer equal, summing to one a filter; or normal ones (He et al. 2015) from a seed. */
  readonly weights?: "uniform" | "random";
  /** Of random weights; default 0. */
  readonly seed?: number;
}

/** The output of every layer of a list of records, as far as `until`, run on [1, C, H, W]. */
export function runRecords(
  network: Network,
  input: Tensor,
  until: string,
  scheme: WeightScheme = {},
): Tensor {
  const values = new Map<string, Tensor>([[inputName, input]]);
  const layers = layersOf(network);
  for (const [index, layer] of layers.entries()) {
    const sources = layer.from.map((name) => values.get(name)).filter((value) => value !== undefined);
    const output = runLayer(layer, sources, scheme, index);
    if (layer.name === until) return output;
    values.set(layer.name, output);
  }
  throw refusal("network", "layer", `one of ${layers.map((layer) => layer.name).join(", ")}`, until);
}

function runLayer(layer: Layer, sources: readonly Tensor[], scheme: WeightScheme, index: number): Tensor {
  const [x] = sources;
  const { dilation, stride, ceilMode } = layer;
  const pairPadding =
    typeof layer.padding === "object" || typeof layer.padding === "number" ? layer.padding : 0;
  const poolPadding =
    typeof pairPadding === "number" ? pairPadding : ([pairPadding[0], pairPadding[1]] as const);
  switch (layer.op) {
    case "conv2d": {
      const groups = layer.groups ?? 1;
      const weight = weightsOf(
        [layer.channels ?? x.shape[1], x.shape[1] / groups, ...kernelOf(layer)],
        scheme,
        index,
      );
      return conv2d(x, weight, { stride, padding: layer.padding, dilation, groups });
    }
    case "convTranspose2d": {
      const groups = layer.groups ?? 1;
      const outputs = (layer.channels ?? x.shape[1]) / groups;
      const weight = weightsOf([x.shape[1], outputs, ...kernelOf(layer)], scheme, index);
      const outputPadding = layer.outputPadding;
      return convTranspose2d(x, weight, { stride, padding: poolPadding, outputPadding, dilation, groups });
    }
    case "maxPool2d":
      return maxPool2d(x, kernelOf(layer), { stride, padding: poolPadding, dilation, ceilMode });
    case "minPool2d":
      return minPool2d(x, kernelOf(layer), { stride, padding: poolPadding, dilation, ceilMode });
    case "avgPool2d":
      return avgPool2d(x, kernelOf(layer), { stride, padding: poolPadding, ceilMode });
    case "globalAvgPool2d":
      return globalAvgPool2d(x);
    case "interpolate":
      return interpolate(x, {
        scaleFactor: scaleOf(layer),
        mode: layer.mode,
        antialias: layer.antialias,
      } as InterpolateOptions);
    case "bedOfNails":
      return bedOfNails(x, { stride: scaleOf(layer) });
    case "pixelShuffle":
      return pixelShuffle(x, scaleOf(layer));
    case "pad":
      return pad(x, padSides(layer));
    case "flatten":
      return flatten(x, { startDim: 1 });
    case "linear":
      return linear(x, weightsOf([layer.channels ?? 1, x.shape[1]], scheme, index));
    case "softmax":
      return softmax(x, { dim: 1 });
    case "batchNorm2d":
    case "dropout":
    case "identity":
      // Without learned values a normalisation does not change which inputs matter.
      return x;
    case "concat":
      return concat(sources, { dim: 1 });
    case "add":
      return sources.reduce((sum, source) => add(sum, source));
    case "mul":
      return sources.reduce((all, source) => mul(all, source));
    default: {
      const activation = activationOf(layer.op);
      if (activation !== undefined) return activation(x);
      throw refusal(layer.name, "op", "an operation that can be run on maps", layer.op);
    }
  }
}

function weightsOf(shape: readonly number[], scheme: WeightScheme, index: number): Tensor {
  const inputs = shape.slice(1).reduce((all, size) => all * size, 1);
  if (scheme.weights !== "random") return full(shape, 1 / inputs);
  return mul(randn(shape, { seed: (scheme.seed ?? 0) + index }), Math.sqrt(2 / inputs));
}
