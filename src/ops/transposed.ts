import type { Algorithm, ConvGeometry } from "../backend/backend.js";
import { knownOptions, oneOf, refusal, wholeNumber, wholePair } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Pair, slideTransposed } from "../tensor/window.js";
import { checkTensor } from "./compute.js";
import { checkBias, convolveInputGradient } from "./convolution.js";
import { reshape } from "./shape.js";
import { lift } from "./spatial.js";

export interface ConvTranspose2dOptions {
  /** One number for each output channel. */
  bias?: Tensor;
  /** Cells of the output from one input cell's contribution to the next one's. */
  stride?: Pair;
  /** Cells taken away on every side: the padding of the convolution that this transposes. */
  padding?: Pair;
  /** Cells added at the right and bottom, to say which of several possible sizes is meant. */
  outputPadding?: Pair;
  dilation?: Pair;
  groups?: number;
  /** As for `conv2d`. */
  algorithm?: Algorithm;
}

/**
 * The transposed convolution: each input cell adds its multiple of the kernel to the output, which is what the
 * gradient of `conv2d` to its input does.
 *
 * Shapes: `input` N×C×H×W with `weight` C×(O/groups)×h×w gives N×O×H'×W'; C×H×W with such a weight, or with
 * C×h×w, which stands for C×1×h×w, gives O×H'×W'; H×W with a kernel h×w gives H'×W'.
 * H' = (H − 1)s − 2p + d(h − 1) + outputPadding + 1.
 *
 * Throws if a rank, channel count, group count, padding or size does not fit.
 * Source: PyTorch, ConvTranspose2d; the example is from Zhang et al., "Dive into Deep Learning", 14.10.
 *
 * @example
 * const x = tensor([[0, 1], [2, 3]]);
 * convTranspose2d(x, x).toArray();
 * // → [[0, 0, 1], [0, 4, 6], [4, 12, 9]]
 */
export function convTranspose2d(input: Tensor, weight: Tensor, options: ConvTranspose2dOptions = {}): Tensor {
  const name = "convTranspose2d";
  knownOptions(name, options, [
    "bias",
    "stride",
    "padding",
    "outputPadding",
    "dilation",
    "groups",
    "algorithm",
  ]);
  const { image, lower } = lift(name, input);
  const filters = liftWeight(name, input, weight);
  const groups = wholeNumber(name, "groups", options.groups ?? 1, 1);
  const algorithm = oneOf(name, "algorithm", options.algorithm ?? "auto", ["auto", "direct"]);
  const [channels, width, height, columns] = filters.shape;
  if (image.shape[1] !== channels) {
    throw refusal(name, "weight", `${image.shape[1]} filters, one for each input channel`, weight);
  }
  if (channels % groups !== 0) {
    throw refusal(name, "groups", `a number that divides the ${channels} input channels`, groups);
  }
  checkBias(name, options.bias, width * groups);
  const stride = wholePair(name, "stride", options.stride ?? 1, 1);
  const padding = wholePair(name, "padding", options.padding ?? 0, 0);
  const outputPadding = wholePair(name, "outputPadding", options.outputPadding ?? 0, 0);
  const dilation = wholePair(name, "dilation", options.dilation ?? 1, 1);
  const axis = (index: 0 | 1, kernel: number, suffix: string): ConvGeometry["rows"] =>
    slideTransposed(
      name,
      {
        input: image.shape[2 + index],
        kernel,
        stride: stride[index],
        padding: padding[index],
        outputPadding: outputPadding[index],
        dilation: dilation[index],
      },
      suffix,
    );
  // Seen as the convolution that this transposes, whose output is our input.
  const geometry: ConvGeometry = {
    batch: image.shape[0],
    inputChannels: width * groups,
    outputChannels: channels,
    groups,
    rows: axis(0, height, " (rows)"),
    columns: axis(1, columns, " (columns)"),
  };
  return lower(convolveInputGradient(image, filters, options.bias, geometry, algorithm));
}

/** The weight in rank 4, for an image of that rank. */
function liftWeight(operation: string, input: Tensor, weight: Tensor): Tensor {
  const fitting: Record<number, readonly number[]> = { 2: [2], 3: [3, 4], 4: [4] };
  checkTensor(operation, "weight", weight);
  if (!fitting[input.rank].includes(weight.rank) || weight.shape.includes(0)) {
    const wanted: Record<number, string> = {
      2: "a kernel h×w for an image H×W",
      3: "filters C×(O/groups)×h×w, or C×h×w for C×1×h×w, for an image C×H×W",
      4: "filters C×(O/groups)×h×w for images N×C×H×W",
    };
    throw refusal(operation, "weight", wanted[input.rank], weight);
  }
  if (weight.rank === 4) return weight;
  const [height, width] = weight.shape.slice(-2);
  return reshape(weight, [weight.rank === 3 ? weight.shape[0] : 1, 1, height, width]);
}
