import type { Algorithm, ConvGeometry } from "../backend/backend.js";
import { record } from "../autograd/tape.js";
import { knownOptions, oneOf, refusal, wholeNumber } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Padding, type Pair, slideWindow, type Window } from "../tensor/window.js";
import { checkTensor, compute, view } from "./compute.js";
import { padForWindow, type PaddingMode } from "./pad.js";
import { expand, reshape } from "./shape.js";
import { lift } from "./spatial.js";

export interface Conv2dOptions {
  /** One number for each output channel. */
  bias?: Tensor;
  /** Cells from one position of the window to the next; `[height, width]` or one number for both. */
  stride?: Pair;
  /**
   * Cells added around the image: one number, `[height, width]`, `[left, right, top, bottom]`, or
   * `"valid"` (none), `"same"` (⌈i/s⌉ positions, as large as the input at stride 1; an odd cell goes right and
   * bottom), `"half"` (⌊k'/2⌋) or `"full"` (k' − 1), with k' = d(k − 1) + 1. With a stride, `"same"` is TensorFlow's:
   * how many cells it adds depends on the input's size. PyTorch has it at stride 1 alone.
   */
  padding?: Padding;
  /** Cells from one tap of the kernel to the next. */
  dilation?: Pair;
  /** Channels fall into so many groups, each convolved on its own; as many as channels is depthwise. */
  groups?: number;
  /** What the added cells hold: zeros, the image mirrored, its border repeated, or the image repeated. */
  paddingMode?: PaddingMode;
  /** `"auto"` may use Winograd's algorithm within its stated error; `"direct"` sums the products themselves. */
  algorithm?: Algorithm;
}

/**
 * Slides each filter over the image and sums the products: what deep learning calls convolution
 * (cross-correlation: the kernel is not flipped).
 *
 * Shapes: `input` N×C×H×W with `weight` O×(C/groups)×h×w gives N×O×H'×W'; C×H×W with such a weight, or with one
 * filter C×h×w, gives O×H'×W'; H×W with a kernel h×w gives H'×W'. H' = ⌊(H + p − d(h − 1) − 1)/s⌋ + 1, where p
 * counts both sides.
 *
 * Throws if a rank, channel count, group count, padding or size does not fit.
 * Source: PyTorch, Conv2d; Dumoulin and Visin (2016) for the sizes.
 *
 * @example
 * const image = tensor([[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]);
 * conv2d(image, tensor([[1, 0, 1], [0, 1, 0], [1, 0, 1]])).toArray();
 * // → [[4, 3, 4], [2, 4, 3], [2, 3, 4]]
 */
export function conv2d(input: Tensor, weight: Tensor, options: Conv2dOptions = {}): Tensor {
  knownOptions("conv2d", options, [
    "bias",
    "stride",
    "padding",
    "dilation",
    "groups",
    "paddingMode",
    "algorithm",
  ]);
  const { image, lower } = lift("conv2d", input);
  const filters = liftWeight("conv2d", input, weight);
  const groups = wholeNumber("conv2d", "groups", options.groups ?? 1, 1);
  const algorithm = oneOf("conv2d", "algorithm", options.algorithm ?? "auto", ["auto", "direct"]);
  const [outputChannels, width, height, columns] = filters.shape;
  checkGroups("conv2d", image.shape[1], outputChannels, groups);
  if (image.shape[1] !== width * groups) {
    throw refusal(
      "conv2d",
      "weight",
      `${image.shape[1] / groups} channels in each filter (${image.shape[1]} input channels / ${groups} groups)`,
      weight,
    );
  }
  checkBias("conv2d", options.bias, outputChannels);
  const sliding = slideWindow("conv2d", {
    input: [image.shape[2], image.shape[3]],
    kernel: [height, columns],
    stride: options.stride,
    padding: options.padding,
    dilation: options.dilation,
  });
  const padded = padForWindow("conv2d", image, sliding, options.paddingMode ?? "zeros");
  const geometry = convGeometry(padded.image, outputChannels, groups, padded.window);
  return lower(convolve(padded.image, filters, options.bias, geometry, algorithm));
}

export function convGeometry(
  image: Tensor,
  outputChannels: number,
  groups: number,
  window: Window,
): ConvGeometry {
  return { batch: image.shape[0], inputChannels: image.shape[1], outputChannels, groups, ...window };
}

/** The weight in rank 4, for an image of that rank. */
function liftWeight(operation: string, input: Tensor, weight: Tensor): Tensor {
  const fitting: Record<number, readonly number[]> = { 2: [2], 3: [3, 4], 4: [4] };
  checkTensor(operation, "weight", weight);
  const ranks = fitting[input.rank];
  if (!ranks.includes(weight.rank) || weight.shape.includes(0)) {
    const wanted: Record<number, string> = {
      2: "a kernel h×w for an image H×W",
      3: "filters O×(C/groups)×h×w, or one filter C×h×w, for an image C×H×W",
      4: "filters O×(C/groups)×h×w for images N×C×H×W",
    };
    throw refusal(operation, "weight", wanted[input.rank], weight);
  }
  if (weight.rank === 4) return weight;
  return reshape(weight, weight.rank === 3 ? [1, ...weight.shape] : [1, 1, ...weight.shape]);
}

export function checkGroups(operation: string, input: number, output: number, groups: number): void {
  if (input % groups === 0 && output % groups === 0) return;
  throw refusal(
    operation,
    "groups",
    `a number that divides the ${input} input and the ${output} output channels`,
    groups,
  );
}

export function checkBias(operation: string, bias: Tensor | undefined, channels: number): void {
  if (bias === undefined) return;
  checkTensor(operation, "bias", bias);
  if (bias.rank !== 1 || bias.shape[0] !== channels) {
    throw refusal(operation, "bias", `shape [${channels}], one number for each output channel`, bias);
  }
}

// The three operations below are each other's derivatives: each is linear in both of its arguments.

/** The convolution itself, in rank 4. */
export function convolve(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  geometry: ConvGeometry,
  algorithm: Algorithm,
): Tensor {
  const { batch, outputChannels, rows, columns } = geometry;
  const output = compute([batch, outputChannels, rows.output, columns.output], (kernels, numbers) => {
    const added = bias === undefined ? undefined : view(bias);
    kernels.conv2d(view(input), view(weight), added, numbers, geometry, algorithm);
  });
  return record(output, [
    [input, (g) => convolveInputGradient(g, weight, undefined, geometry, algorithm)],
    [weight, (g) => convolveWeightGradient(input, g, geometry, algorithm)],
    [bias, (g) => sumChannels(g)],
  ]);
}

/** Its transpose in the input: from the shape of the output to the shape of the input. */
export function convolveInputGradient(
  gradient: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  geometry: ConvGeometry,
  algorithm: Algorithm,
): Tensor {
  const { batch, inputChannels, rows, columns } = geometry;
  const output = compute([batch, inputChannels, rows.input, columns.input], (kernels, numbers) => {
    const added = bias === undefined ? undefined : view(bias);
    kernels.conv2dInputGradient(view(gradient), view(weight), added, numbers, geometry, algorithm);
  });
  return record(output, [
    [gradient, (g) => convolve(g, weight, undefined, geometry, algorithm)],
    [weight, (g) => convolveWeightGradient(g, gradient, geometry, algorithm)],
    [bias, (g) => sumChannels(g)],
  ]);
}

/** Its transpose in the weight. */
function convolveWeightGradient(
  input: Tensor,
  gradient: Tensor,
  geometry: ConvGeometry,
  algorithm: Algorithm,
): Tensor {
  const { inputChannels, outputChannels, groups, rows, columns } = geometry;
  const shape = [outputChannels, inputChannels / groups, rows.kernel, columns.kernel];
  const output = compute(shape, (kernels, numbers) => {
    kernels.conv2dWeightGradient(view(input), view(gradient), numbers, geometry, algorithm);
  });
  return record(output, [
    [input, (g) => convolveInputGradient(gradient, g, undefined, geometry, algorithm)],
    [gradient, (g) => convolve(input, g, undefined, geometry, algorithm)],
  ]);
}

/** The gradient to a bias: what all cells of a channel received. */
function sumChannels(gradient: Tensor): Tensor {
  const [batch, channels, rows, columns] = gradient.shape;
  const output = compute([channels], (kernels, numbers) => {
    kernels.conv2dBiasGradient(view(gradient), numbers, { batch, channels, cells: rows * columns });
  });
  return record(output, [[gradient, (g) => expand(reshape(g, [1, channels, 1, 1]), gradient.shape)]]);
}
