import { unreadPixels } from "../arithmetic/index.js";
import { knownOptions, refusal } from "../tensor/errors.js";
import { type Axis, type AxisPadding, extent, outputSize, positions, slide } from "../tensor/window.js";
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
  const { rows: unreadCells, pixels: unreadPixelCount } = unreadPixels({ ...options, padding: axis.before });
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
    unreadPixels: unreadPixelCount,
  };
  const words =
    `a window of ${span} on ${count(axis.input, "cell")}, stride ${axis.stride}, padding ${axis.before}: ` +
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
  if (axis.input === 0) throw refusal(name, "input", "at least one cell", axis.input);
  if (axis.before !== axis.after) {
    throw refusal(name, "padding", "the same on both sides", [axis.before, axis.after]);
  }
  if (axis.before > most) throw refusal(name, "padding", `at most ${most} cells, to be seen`, axis.before);
  if (axis.stride > most) throw refusal(name, "stride", `at most ${most} cells, to be seen`, axis.stride);
  return axis;
}

type Reach = Record<keyof typeof reach, { readonly least: number; readonly most: number }>;

// Every combination's result is sent to the page.
const mostCombinations = 2000;

/** From where to where each number can be slid: what was given is always in reach. */
function reachOf({ kernel, stride, before, dilation }: Axis): Reach {
  const given = { kernel, stride, padding: before, dilation };
  const names = Object.keys(reach) as (keyof typeof reach)[];
  const wide = Object.fromEntries(
    names.map((name) => [
      name,
      { least: name === "padding" ? 0 : 1, most: Math.max(reach[name], given[name]) },
    ]),
  ) as Reach;
  const combined = names.reduce((all, name) => all * (wide[name].most - wide[name].least + 1), 1);
  if (combined <= mostCombinations) return wide;
  // Too many: numbers beyond the usual stay as they were given.
  return Object.fromEntries(
    names.map((name) => {
      const fixed = given[name] > reach[name];
      return [name, fixed ? { least: given[name], most: given[name] } : wide[name]];
    }),
  ) as Reach;
}

/** Every geometry that the sliders reach and on which the kernel fits, by `kernel,stride,padding,dilation`. */
export function combinations(axis: Axis): [string, Axis][] {
  const within = reachOf(axis);
  const values = (name: keyof typeof reach): number[] => {
    const { least, most } = within[name];
    return Array.from({ length: most - least + 1 }, (_, index) => least + index);
  };
  const found: [string, Axis][] = [];
  for (const kernel of values("kernel")) {
    for (const stride of values("stride")) {
      for (const padding of values("padding")) {
        for (const dilation of values("dilation")) {
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
  const within = reachOf(axis);
  const slider = (name: keyof typeof reach, label: string): Control[] => {
    const { least, most } = within[name];
    return least === most ? [] : [{ kind: "slider", name, label, min: least, max: most, step: 1 }];
  };
  return {
    initial: { kernel: axis.kernel, stride: axis.stride, padding: axis.before, dilation: axis.dilation },
    controls: [
      ...slider("kernel", "Kernel"),
      ...slider("stride", "Stride"),
      ...slider("padding", "Padding"),
      ...slider("dilation", "Dilation"),
    ],
  };
}
