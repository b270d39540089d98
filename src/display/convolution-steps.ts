import { conv2d, convTranspose2d, pad } from "../ops/index.js";
import { type Axis, type Padding, type Pair, slideTransposed, slideWindow } from "../tensor/window.js";
import { knownOptions, refusal, wholePair } from "../tensor/errors.js";
import { tensor, type Tensor } from "../tensor/index.js";
import type { Control, State } from "./client/contract.js";
import { type ConvolutionScene, drawConvolution } from "./client/convolution.js";
import { drawInput, drawOutput, drawProducts, writeSum } from "./client/convolution-parts.js";
import { unpack } from "./client/packed.js";
import { drawScatter, type ScatterScene } from "./client/scatter.js";
import { type Figure, makeFigure, serverKit } from "./figure.js";
import { pack } from "./packing.js";
import { rasterOf, shrink } from "./raster.js";
import { channelOf, type Maps, mapsOf } from "./values.js";

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

// Above this many cells a side the input is drawn as a raster and the numbers are left to hover elsewhere.
const cellsDrawn = 34;

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
  const maps = mapsOf(name, "image", image);
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
  const rastered = Math.max(padded.height, padded.width) > cellsDrawn;
  const inputRange = serverKit.rangeOf(maps.values);
  const outputRange = serverKit.rangeOf(output.values);
  const scene: ConvolutionScene = {
    rows,
    columns,
    channels: maps.channels,
    padded: rastered ? [] : channelsOf(padded),
    packed: rastered ? range(padded.channels).map((channel) => pack(channelOf(padded, channel))) : [],
    kernels: filtersOf(weight),
    bias: bias === undefined ? [] : [...bias.data],
    outputs: rastered ? [] : channelsOf(output),
    inputRange,
    outputRange,
    rastered,
    caption: geometryCaption(rows, columns, paddingMode),
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
    ...movesOf(output, output.height, output.width),
    rasters: rastered
      ? [
          ...range(Math.min(4, maps.channels)).map((channel) => pictureOf(maps, channel, "input")),
          ...range(output.channels).map((filter) => pictureOf(output, filter, "output")),
        ]
      : [],
  });
}

function scatterSteps(
  input: Tensor,
  maps: Maps,
  weight: Tensor,
  kernel: Tensor,
  options: ConvolutionStepsOptions,
): Figure<ConvolutionStepsData> {
  const { bias, stride = 1, padding = 0, dilation = 1, outputPadding = 0, paddingMode } = options;
  if (paddingMode !== undefined && paddingMode !== "zeros") {
    throw refusal("convolutionSteps", "paddingMode", '"zeros" when transposed', paddingMode);
  }
  const pads = wholePair("convolutionSteps", "padding", padding, 0);
  const result = convTranspose2d(input, weight, { bias, stride, padding: pads, outputPadding, dilation });
  const output = mapsOf("convolutionSteps", "output", result);
  const strides = wholePair("convolutionSteps", "stride", stride, 1);
  const dilations = wholePair("convolutionSteps", "dilation", dilation, 1);
  const extra = wholePair("convolutionSteps", "outputPadding", outputPadding, 0);
  const axis = (index: 0 | 1): Axis =>
    slideTransposed("convolutionSteps", {
      input: index === 0 ? maps.height : maps.width,
      kernel: weight.shape[2 + index],
      stride: strides[index],
      padding: pads[index],
      outputPadding: extra[index],
      dilation: dilations[index],
    });
  const [rows, columns] = [axis(0), axis(1)];
  if (Math.max(output.height, output.width) > cellsDrawn) {
    throw refusal(
      "convolutionSteps",
      "image",
      `an output of at most ${cellsDrawn} × ${cellsDrawn} cells when transposed`,
      `${output.height} × ${output.width}`,
    );
  }
  const caption = geometryCaption(rows, columns, "zeros");
  // [C, O, h, w] is turned to filter by filter, channel by channel.
  const byChannel = filtersOf(weight);
  const scene: ScatterScene = {
    rows,
    columns,
    channels: maps.channels,
    inputs: channelsOf(maps),
    kernels: range(weight.shape[1]).map((filter) => byChannel.map((channel) => channel[filter])),
    bias: bias === undefined ? [] : [...bias.data],
    outputs: channelsOf(output),
    inputRange: serverKit.rangeOf(maps.values),
    outputRange: serverKit.rangeOf(output.values),
    caption,
  };
  return makeFigure({
    name: "convolutionSteps",
    alt:
      `Each cell of a ${maps.height} by ${maps.width} input lays a scaled ${rows.kernel} by ${columns.kernel} kernel ` +
      `onto the output (transposed convolution, ${caption}); the output is ${output.height} by ` +
      `${output.width}${valuesInWords(output)}.`,
    text: textOf("transposed convolution", maps, weight, output, caption),
    data: dataOf(maps, kernel, output, { rows, columns }),
    scene,
    draw: drawScatter,
    ...movesOf(output, maps.height, maps.width),
  });
}

function movesOf(output: Maps, height: number, width: number): { initial: State; controls: Control[] } {
  const controls: Control[] = [{ kind: "steps", name: "step", label: "Step", count: height * width }];
  // The cell in the middle: it tells more than a corner.
  const middle = Math.floor(height / 2) * width + Math.floor(width / 2);
  if (output.channels > 1) {
    controls.push({
      kind: "choice",
      name: "filter",
      label: "Filter",
      options: range(output.channels).map((filter) => String(filter + 1)),
    });
  }
  return { initial: { step: middle, filter: 0 }, controls };
}

function dataOf(
  maps: Maps,
  kernel: Tensor,
  output: Maps,
  window: ConvolutionStepsData["window"],
): ConvolutionStepsData {
  return {
    input: maps.values,
    inputShape: [maps.channels, maps.height, maps.width],
    kernel: kernel.data.slice(),
    kernelShape: [...kernel.shape],
    output: output.values,
    outputShape: [output.channels, output.height, output.width],
    window,
  };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function channelsOf(maps: Maps): number[][] {
  return range(maps.channels).map((channel) => [...channelOf(maps, channel)]);
}

function filtersOf(weight: Tensor): number[][][] {
  const [outer, inner, height, width] = weight.shape;
  const { data } = weight;
  return range(outer).map((filter) =>
    range(inner).map((channel) => {
      const start = (filter * inner + channel) * height * width;
      return [...data.subarray(start, start + height * width)];
    }),
  );
}

function pictureOf(maps: Maps, channel: number, role: "input" | "output"): string {
  // Input and output share the width: more pixels than these are not seen.
  const factor = Math.ceil(Math.max(maps.width, maps.height) / 256);
  const { values, width, height } = shrink(channelOf(maps, channel), maps.width, maps.height, factor);
  const { low, high } = serverKit.rangeOf(maps.values);
  const most = Math.max(-low, high);
  if (low < 0) return rasterOf(values, width, height, "diverging", { low: -most, high: most });
  return rasterOf(values, width, height, role === "input" ? "gray" : "sequential", { low, high });
}

function geometryCaption(rows: Axis, columns: Axis, mode: string): string {
  const both = (a: number, b: number): string => (a === b ? String(a) : `${a} × ${b}`);
  const sides = [columns.before, columns.after, rows.before, rows.after];
  const padding = sides.every((side) => side === sides[0])
    ? String(sides[0])
    : `${columns.before} left, ${columns.after} right, ${rows.before} top, ${rows.after} bottom`;
  const parts = [`stride ${both(rows.stride, columns.stride)}`, `padding ${padding}`];
  if (rows.dilation > 1 || columns.dilation > 1)
    parts.push(`dilation ${both(rows.dilation, columns.dilation)}`);
  if (mode !== "zeros") parts.push(mode);
  return parts.join(", ");
}

function valuesInWords(output: Maps): string {
  if (output.channels > 1 || output.values.length > 49) return "";
  const lines = range(output.height).map((row) =>
    [...output.values.subarray(row * output.width, (row + 1) * output.width)]
      .map((value) => Number(value.toPrecision(4)))
      .join(" "),
  );
  return `, row by row ${lines.join("; ")}`;
}

function textOf(kind: string, maps: Maps, weight: Tensor, output: Maps, caption: string): string {
  return (
    `convolutionSteps: ${kind} of [${maps.channels}, ${maps.height}, ${maps.width}] with [${weight.shape.join(", ")}] ` +
    `(${caption}) → [${output.channels}, ${output.height}, ${output.width}]${valuesInWords(output)}`
  );
}
