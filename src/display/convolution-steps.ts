import { conv2d, pad } from "../ops/index.js";
import { type Axis, type Padding, type Pair, slideWindow } from "../tensor/window.js";
import { complaint, knownOptions, refusal, trueOrFalse } from "../tensor/errors.js";
import { tensor, type Tensor } from "../tensor/index.js";
import { type ConvolutionScene, drawConvolution } from "./client/convolution.js";
import { drawInput, drawOutput, drawProducts, writeSum } from "./client/convolution-parts.js";
import { unpack } from "./client/packed.js";
import { type Figure, makeFigure, serverKit } from "./figure.js";
import { pack } from "./packing.js";
import { rasterOf, shrink } from "./raster.js";
import { scatterSteps } from "./scatter-steps.js";
import {
  channelsOf,
  dataOf,
  filtersOf,
  filtersShown,
  geometryCaption,
  movesOf,
  range,
  textOf,
  valuesInWords,
} from "./step-parts.js";
import { channelOf, type Maps, mapsOf, tensorOf } from "./values.js";

export interface ConvolutionStepsOptions {
  readonly stride?: Pair;
  /** As `conv2d`'s; for a transposed convolution a number or `[h, w]`. */
  readonly padding?: Padding;
  readonly dilation?: Pair;
  readonly paddingMode?: "zeros" | "reflect" | "replicate" | "circular";
  /** One number a filter. */
  readonly bias?: Tensor;
  /** Show a transposed convolution, as a scatter: each input cell lays a scaled kernel onto the output. */
  readonly transposed?: boolean;
  /** Transposed only. */
  readonly outputPadding?: Pair;
}

export interface ConvolutionStepsData {
  /** [C, H, W] in that order. */
  readonly input: Float32Array;
  readonly inputShape: readonly [number, number, number];
  /** As given. */
  readonly kernel: Float32Array;
  readonly kernelShape: readonly number[];
  /** What `conv2d` or `convTranspose2d` returns, [O, H, W] in that order. */
  readonly output: Float32Array;
  readonly outputShape: readonly [number, number, number];
  /** How the window slides; of a transposed convolution, the convolution that it transposes. */
  readonly window: { readonly rows: Axis; readonly columns: Axis };
}

// Above this many cells a side, or in all, input and output are drawn as rasters.
const sideDrawn = 34;
const cellsDrawn = 2400;
// Every window's numbers go to the page: more than these it would carry in megabytes.
const cellsCarried = 300_000;
const cellsWritten = 20_000;
const channelsDrawn = 4;
// Bytes of all rasters together.
const rasterBudget = 300_000;

/**
 * Shows a convolution cell by cell: the window on the padded input, the kernel, the products, and the output
 * as it fills. With scripts on it plays, steps and scrubs; arrow keys step, space plays.
 *
 * @param image [H, W] or [C, H, W] (or a batch of one)
 * @param kernel [h, w], [C, h, w], or [O, C, h, w] ([C, O, h, w] when transposed)
 * @example
 * convolutionSteps(tensor([[1, 1, 1], [0, 1, 1], [0, 0, 1]]), tensor([[1, 0], [0, 1]]));
 */
export function convolutionSteps(
  image: Tensor,
  kernel: Tensor,
  options: ConvolutionStepsOptions = {},
): Figure<ConvolutionStepsData> {
  const name = "convolutionSteps";
  knownOptions(name, options, [
    "stride",
    "padding",
    "dilation",
    "paddingMode",
    "bias",
    "transposed",
    "outputPadding",
  ]);
  trueOrFalse(name, "transposed", options.transposed ?? false);
  const maps = mapsOf(name, "image", image);
  tensorOf(name, "kernel", kernel, "a tensor of shape [h, w], [C, h, w] or [O, C, h, w]");
  const weight = kernelAsFilters(kernel, maps.channels, options.transposed === true);
  const input = tensor(maps.values, [maps.channels, maps.height, maps.width]);
  return options.transposed === true
    ? scatterSteps(input, maps, weight, kernel, options)
    : windowSteps(input, maps, weight, kernel, options);
}

function kernelAsFilters(kernel: Tensor, channels: number, transposed: boolean): Tensor {
  const { shape } = kernel;
  if (shape.length === 4) return kernel;
  if (shape.length === 3)
    return tensor(kernel.data, transposed ? [shape[0], 1, shape[1], shape[2]] : [1, ...shape]);
  if (shape.length === 2 && channels === 1) return tensor(kernel.data, [1, 1, ...shape]);
  const expected =
    shape.length === 2
      ? `a kernel for ${channels} channels, [${channels}, h, w]`
      : "a kernel of rank 2, 3 or 4";
  throw refusal("convolutionSteps", "kernel", expected, kernel);
}

function windowSteps(
  input: Tensor,
  maps: Maps,
  weight: Tensor,
  kernel: Tensor,
  options: ConvolutionStepsOptions,
): Figure<ConvolutionStepsData> {
  const { bias, stride = 1, padding = 0, dilation = 1, paddingMode = "zeros", outputPadding } = options;
  if (outputPadding !== undefined) {
    throw refusal("convolutionSteps", "outputPadding", "none unless transposed", outputPadding);
  }
  const output = mapsOf(
    "convolutionSteps",
    "output",
    conv2d(input, weight, { bias, stride, padding, dilation, paddingMode }),
  );
  const [, , kernelHeight, kernelWidth] = weight.shape;
  const window = slideWindow("convolutionSteps", {
    input: [maps.height, maps.width],
    kernel: [kernelHeight, kernelWidth],
    stride,
    padding,
    dilation,
  });
  const { rows, columns } = window;
  const mode = paddingMode === "zeros" ? "constant" : paddingMode;
  const padded = mapsOf(
    "convolutionSteps",
    "padded",
    pad(input, [columns.before, columns.after, rows.before, rows.after], { mode }),
  );
  if (padded.values.length > cellsCarried) {
    throw complaint(
      "convolutionSteps",
      "image",
      `at most ${cellsCarried} padded cells in all, which the page carries; take a part or a smaller image`,
      `${padded.channels} × ${padded.height} × ${padded.width} = ${padded.values.length}`,
    );
  }
  const drawn = Math.min(maps.channels, channelsDrawn);
  const cells = drawn * padded.height * padded.width + output.height * output.width;
  const rastered = Math.max(padded.height, padded.width) > sideDrawn || cells > cellsDrawn;
  // What is not drawn is only added up; much of it is sent packed, rounded.
  const written = rastered ? 0 : padded.values.length <= cellsWritten ? maps.channels : drawn;
  const filters = filtersShown(weight, rastered ? 0 : output.height * output.width);
  // Input and output share the width: more pixels than these are not seen.
  const side = Math.min(256, Math.floor(Math.sqrt(rasterBudget / (drawn + filters))));
  const largest = Math.max(maps.height, maps.width, output.height, output.width);
  const caption = [
    geometryCaption(rows, columns, paddingMode),
    filters < output.channels ? `the first ${filters} of ${output.channels} filters` : "",
    rastered && largest > side ? `drawn at up to 1/${Math.ceil(largest / side)}, blocks averaged` : "",
  ];
  const inputRange = serverKit.rangeOf(maps.values);
  const outputRange = serverKit.rangeOf(output.values);
  const scene: ConvolutionScene = {
    rows,
    columns,
    channels: maps.channels,
    padded: channelsOf(padded, written),
    packed: range(maps.channels - written).map((index) => pack(channelOf(padded, written + index))),
    kernels: filtersOf(weight).slice(0, filters),
    bias: bias === undefined ? [] : [...bias.data],
    outputs: channelsOf(output, rastered ? 0 : filters),
    inputRange,
    outputRange,
    rastered,
    caption: caption.filter((part) => part !== "").join("  ·  "),
  };
  const data = dataOf(maps, kernel, output, window);
  return makeFigure({
    name: "convolutionSteps",
    alt:
      `A ${kernelHeight} by ${kernelWidth} kernel slides over a ${maps.height} by ${maps.width} input` +
      `${maps.channels > 1 ? ` of ${maps.channels} channels` : ""} (${geometryCaption(rows, columns, paddingMode)}); ` +
      `the output is ${output.height} by ${output.width}${valuesInWords(output)}.`,
    text: textOf("convolution", maps, weight, output, geometryCaption(rows, columns, paddingMode)),
    data,
    scene,
    draw: drawConvolution,
    pieces: { unpack, drawInput, drawProducts, drawOutput, writeSum },
    ...movesOf(filters, output.height, output.width),
    rasters: rastered
      ? [
          ...range(drawn).map((channel) => pictureOf(maps, channel, side, "input")),
          ...range(filters).map((filter) => pictureOf(output, filter, side, "output")),
        ]
      : [],
  });
}

function pictureOf(maps: Maps, channel: number, side: number, role: "input" | "output"): string {
  const factor = Math.ceil(Math.max(maps.width, maps.height) / side);
  const { values, width, height } = shrink(channelOf(maps, channel), maps.width, maps.height, factor);
  const { low, high } = serverKit.rangeOf(maps.values);
  const most = Math.max(-low, high);
  if (low < 0) return rasterOf(values, width, height, "diverging", { low: -most, high: most });
  return rasterOf(values, width, height, role === "input" ? "gray" : "sequential", { low, high });
}
