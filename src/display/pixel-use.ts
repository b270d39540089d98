import { useCounts } from "../tensor/window.js";
import { drawUse, type UseScene } from "./client/use.js";
import { type Figure, makeFigure, serverKit } from "./figure.js";
import { combinations, windowAxis, windowControls, type WindowFigureOptions } from "./sliding-window.js";

export interface PixelUseData {
  /** How many windows read each pixel, row by row. */
  readonly counts: readonly (readonly number[])[];
  /** All counts together: output² × kernel² where no window reads padding. */
  readonly sum: number;
}

/**
 * Shows how often each pixel of a square input is used by a convolution: corners and borders get less
 * attention unless the padding is full.
 *
 * @example
 * pixelUse({ input: 10, kernel: 3 }).data.sum;
 * // → 576
 */
export function pixelUse(options: WindowFigureOptions): Figure<PixelUseData> {
  const axis = windowAxis("pixelUse", options, 256);
  const line = useCounts(axis);
  const counts = line.map((down) => line.map((across) => down * across));
  const sum = line.reduce((all, count) => all + count, 0) ** 2;
  const scene: UseScene = {
    input: axis.input,
    counts: Object.fromEntries(combinations(axis).map(([key, at]) => [key, runsOf(useCounts(at))])),
  };
  const distinct = [...new Set(counts.flat())].sort((a, b) => a - b);
  const words =
    `${axis.input} × ${axis.input} input, kernel ${axis.kernel}, stride ${axis.stride}, padding ${axis.before}: ` +
    `each pixel is used ${distinct.join(", ")} ${distinct.at(-1) === 1 ? "time" : "times"}, ` +
    `${serverKit.counted(sum, "use")} in all`;
  return makeFigure({
    name: "pixelUse",
    alt: `A heat map of how often each pixel is used by a convolution. ${words}.`,
    text: `pixelUse: ${words}`,
    data: { counts, sum },
    scene,
    draw: drawUse,
    ...windowControls(axis),
  });
}

/** Neighbours that are alike, as length and value in turn. */
function runsOf(values: readonly number[]): number[] {
  const runs: number[] = [];
  for (const value of values) {
    if (runs.length > 0 && runs.at(-1) === value) runs[runs.length - 2]++;
    else runs.push(1, value);
  }
  return runs;
}
