import { knownOptions, refusal } from "../tensor/errors.js";
import { type Axis, type AxisPadding, extent, outputSize, positions, slide, taps } from "../tensor/window.js";
import type { Control } from "./client/contract.js";
import { drawSliding, type SlidingScene } from "./client/sliding.js";
import { type Figure, makeFigure } from "./figure.js";

export interface WindowFigureOptions {
  /** Cells of the input, on each axis. */
  readonly input: number;
  readonly kernel: number;
  readonly stride?: number;
  /** Cells on each side, or a name that gives as many on each. */
  readonly padding?: AxisPadding;
  readonly dilation?: number;
}

export interface SlidingWindowData {
  /** Where each window starts, in cells of the unpadded input. */
  readonly positions: readonly number[];
  readonly size: number;
  /** (N + 2P − F')/S + 1 before rounding down. */
  readonly exactSize: number;
  /** Whether it is whole: the window fits. */
  readonly exact: boolean;
  /** Trailing cells of the padded axis that no window reads. */
  readonly unread: number;
  /** Every input cell that no window reads, on one axis. */
  readonly unreadCells: readonly number[];
  /** How many of the N × N pixels no window reads in two dimensions. */
  readonly unreadPixels: number;
}

/** What the sliders reach; the numbers given are always in reach. */
const reach = { kernel: 7, stride: 4, padding: 3, dilation: 3 };

/**
 * Shows every position of a window on an axis, and whether it fits: the two readings of (N − F)/S + 1.
 *
 * @example
 * slidingWindow({ input: 7, kernel: 3, stride: 3 }).data.unreadPixels;
 * // → 13
 */
export function slidingWindow(options: WindowFigureOptions): Figure<SlidingWindowData> {
  const axis = windowAxis("slidingWindow", options, 64);
  const unreadCells = unreadOf(axis);
  const span = extent(axis.kernel, axis.dilation);
  const exactSize = (axis.before + axis.input + axis.after - span) / axis.stride + 1;
  const { size, exact, unread } = outputSize({ ...options, padding: axis.before });
  const scene: SlidingScene = {
    input: axis.input,
    sizes: Object.fromEntries(combinations(axis).map(([key, at]) => [key, at.output])),
  };
  const data: SlidingWindowData = {
    positions: positions(axis),
    size,
    exactSize,
    exact,
    unread,
    unreadCells,
    unreadPixels: axis.input ** 2 - (axis.input - unreadCells.length) ** 2,
  };
  const words =
    `a window of ${span} on ${axis.input} cells, stride ${axis.stride}, padding ${axis.before}: ` +
    (exact
      ? `${count(size, "position")}, which fit`
      : `(${axis.input} + 2·${axis.before} − ${span})/${axis.stride} + 1 = ${Number(exactSize.toFixed(2))} is not whole, ` +
        `so ${count(size, "position")} and ${count(unread, "cell")} unread at the end`) +
    (data.unreadPixels > 0
      ? `; in two dimensions ${data.unreadPixels} of ${axis.input ** 2} pixels are unread`
      : "");
  return makeFigure({
    name: "slidingWindow",
    alt: `Each position of ${words}.`,
    text: `slidingWindow: ${words}`,
    data,
    scene,
    draw: drawSliding,
    ...windowControls(axis),
  });
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** The axis of a figure about windows; refuses what the figure does not draw. */
export function windowAxis(name: string, options: WindowFigureOptions, most: number): Axis {
  knownOptions(name, options, ["input", "kernel", "stride", "padding", "dilation"]);
  const axis = slide(name, options);
  if (axis.input > most) throw refusal(name, "input", `at most ${most} cells, to be seen`, axis.input);
  if (axis.before !== axis.after) {
    throw refusal(name, "padding", "the same on both sides", [axis.before, axis.after]);
  }
  return axis;
}

/** The input cells that no window reads. */
export function unreadOf(axis: Axis): number[] {
  const read = new Set(positions(axis).flatMap((_, index) => taps(axis, index)));
  return Array.from({ length: axis.input }, (_, cell) => cell).filter((cell) => !read.has(cell));
}

function reachOf(axis: Axis): Record<keyof typeof reach, number> {
  return {
    kernel: Math.max(reach.kernel, axis.kernel),
    stride: Math.max(reach.stride, axis.stride),
    padding: Math.max(reach.padding, axis.before),
    dilation: Math.max(reach.dilation, axis.dilation),
  };
}

/** Every geometry that the sliders reach and on which the kernel fits, by `kernel,stride,padding,dilation`. */
export function combinations(axis: Axis): [string, Axis][] {
  const most = reachOf(axis);
  const found: [string, Axis][] = [];
  for (let kernel = 1; kernel <= most.kernel; kernel++) {
    for (let stride = 1; stride <= most.stride; stride++) {
      for (let padding = 0; padding <= most.padding; padding++) {
        for (let dilation = 1; dilation <= most.dilation; dilation++) {
          if (extent(kernel, dilation) > axis.input + 2 * padding) continue;
          const at = slide("slidingWindow", { input: axis.input, kernel, stride, padding, dilation });
          found.push([[kernel, stride, padding, dilation].join(","), at]);
        }
      }
    }
  }
  return found;
}

/** The sliders, and the state that the options gave. */
export function windowControls(axis: Axis): { initial: Record<string, number>; controls: Control[] } {
  const most = reachOf(axis);
  const slider = (name: keyof typeof reach, label: string, min: number): Control => ({
    kind: "slider",
    name,
    label,
    min,
    max: most[name],
    step: 1,
  });
  return {
    initial: { kernel: axis.kernel, stride: axis.stride, padding: axis.before, dilation: axis.dilation },
    controls: [
      slider("kernel", "Kernel", 1),
      slider("stride", "Stride", 1),
      slider("padding", "Padding", 0),
      slider("dilation", "Dilation", 1),
    ],
  };
}
