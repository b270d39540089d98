import type { Tensor } from "../tensor/index.js";
import type { Axis } from "../tensor/window.js";
import type { Control, State } from "./client/contract.js";
import type { ConvolutionStepsData } from "./convolution-steps.js";
import { channelOf, type Maps } from "./values.js";

/** What the steps of a convolution and of a transposed one have in common: their controls, data and words. */
// Numbers of all filters together that go to the page.
const numbersCarried = 20_000;

/** How many filters a reader may choose from, when each brings its weights and so many output cells. */
export function filtersShown(weight: Tensor, cells: number, filters: number = weight.shape[0]): number {
  return Math.min(filters, Math.max(1, Math.floor(numbersCarried / (weight.size / filters + cells))));
}

export function movesOf(
  filters: number,
  height: number,
  width: number,
): { initial: State; controls: Control[] } {
  const controls: Control[] = [{ kind: "steps", name: "step", label: "Step", count: height * width }];
  // The cell in the middle: it tells more than a corner.
  const middle = Math.floor(height / 2) * width + Math.floor(width / 2);
  if (filters > 1) {
    controls.push({
      kind: "choice",
      name: "filter",
      label: "Filter",
      options: range(filters).map((filter) => String(filter + 1)),
    });
  }
  return { initial: { step: middle, filter: 0 }, controls };
}

export function dataOf(
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

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** The first `count` channels, default all. */
export function channelsOf(maps: Maps, count: number = maps.channels): number[][] {
  return range(count).map((channel) => [...channelOf(maps, channel)]);
}

export function filtersOf(weight: Tensor): number[][][] {
  const [outer, inner, height, width] = weight.shape;
  const { data } = weight;
  return range(outer).map((filter) =>
    range(inner).map((channel) => {
      const start = (filter * inner + channel) * height * width;
      return [...data.subarray(start, start + height * width)];
    }),
  );
}

export function geometryCaption(rows: Axis, columns: Axis, mode: string): string {
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

export function valuesInWords(output: Maps): string {
  if (output.channels > 1 || output.values.length > 49) return "";
  const lines = range(output.height).map((row) =>
    [...output.values.subarray(row * output.width, (row + 1) * output.width)]
      .map((value) => Number(value.toPrecision(4)))
      .join(" "),
  );
  return `, row by row ${lines.join("; ")}`;
}

export function textOf(kind: string, maps: Maps, weight: Tensor, output: Maps, caption: string): string {
  return (
    `convolutionSteps: ${kind} of [${maps.channels}, ${maps.height}, ${maps.width}] with [${weight.shape.join(", ")}] ` +
    `(${caption}) → [${output.channels}, ${output.height}, ${output.width}]${valuesInWords(output)}`
  );
}
