import { convTranspose2d } from "../ops/index.js";
import { complaint, refusal, wholePair } from "../tensor/errors.js";
import type { Tensor } from "../tensor/index.js";
import { type Axis, slideTransposed } from "../tensor/window.js";
import { drawScatter, type ScatterScene } from "./client/scatter.js";
import type { ConvolutionStepsData, ConvolutionStepsOptions } from "./convolution-steps.js";
import { type Figure, makeFigure, serverKit } from "./figure.js";
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
import { type Maps, mapsOf } from "./values.js";

// The output is written out, number by number.
const cellsDrawn = 34;
const cellsCarried = 20_000;

/** The transposed convolution of `convolutionSteps`: each input cell lays a scaled kernel onto the output. */
export function scatterSteps(
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
  if (maps.values.length > cellsCarried) {
    const came = `${maps.channels} × ${maps.height} × ${maps.width} = ${maps.values.length}`;
    const expected = `at most ${cellsCarried} cells in all when transposed`;
    throw complaint("convolutionSteps", "image", expected, came);
  }
  const filters = filtersShown(weight, output.height * output.width, output.channels);
  const geometry = geometryCaption(rows, columns, "zeros");
  const caption =
    filters < output.channels
      ? `${geometry}  ·  the first ${filters} of ${output.channels} filters`
      : geometry;
  // [C, O, h, w] is turned to filter by filter, channel by channel.
  const byChannel = filtersOf(weight);
  const scene: ScatterScene = {
    rows,
    columns,
    channels: maps.channels,
    inputs: channelsOf(maps),
    kernels: range(filters).map((filter) => byChannel.map((channel) => channel[filter])),
    bias: bias === undefined ? [] : [...bias.data],
    outputs: channelsOf(output, filters),
    inputRange: serverKit.rangeOf(maps.values),
    outputRange: serverKit.rangeOf(output.values),
    caption,
  };
  return makeFigure({
    name: "convolutionSteps",
    alt:
      `Each cell of a ${maps.height} by ${maps.width} input lays a scaled ${rows.kernel} by ${columns.kernel} kernel ` +
      `onto the output (transposed convolution, ${geometry}); the output is ${output.height} by ` +
      `${output.width}${valuesInWords(output)}.`,
    text: textOf("transposed convolution", maps, weight, output, geometry),
    data: dataOf(maps, kernel, output, { rows, columns }),
    scene,
    draw: drawScatter,
    ...movesOf(filters, maps.height, maps.width),
  });
}
