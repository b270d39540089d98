import { conv2d } from "../ops/index.js";
import { knownOptions, refusal, wholeNumber } from "../tensor/errors.js";
import { ones, type Tensor } from "../tensor/index.js";
import type { Control } from "./client/contract.js";
import { drawCells } from "./client/cells.js";
import { drawDilation, type DilationScene } from "./client/dilation.js";
import { type Figure, makeFigure } from "./figure.js";

export interface DilationGridOptions {
  /** Dilation of each layer, the first layer first. */
  readonly rates: readonly number[];
  /** Default 3. */
  readonly kernel?: number;
}

export interface DilationGridData {
  /** How often one output reads each cell of one axis, from the first to the last it reaches. */
  readonly taps: readonly number[];
  /** The same in two dimensions. */
  readonly grid: readonly (readonly number[])[];
  /** Cells on one axis from the first to the last. */
  readonly reach: number;
  /** How many of them are never read. */
  readonly holes: number;
}

/**
 * Shows how stacked dilated layers read their input: the paths from one output cell, the number of reads, and
 * the holes of gridding where rates share a factor (Wang et al. 2018).
 *
 * @example
 * dilationGrid({ rates: [1, 2, 4] }).data.taps;
 * // → [1, 1, 2, 1, 3, 2, 3, 1, 3, 2, 3, 1, 2, 1, 1]
 */
export function dilationGrid(options: DilationGridOptions): Figure<DilationGridData> {
  const name = "dilationGrid";
  knownOptions(name, options, ["rates", "kernel"]);
  const given: unknown = options.rates;
  if (!Array.isArray(given) || given.length === 0 || given.length > 6) {
    throw refusal(name, "rates", "one to six dilations", given);
  }
  const rates = given as readonly number[];
  for (const rate of rates) wholeNumber(name, "rates", rate, 1);
  const kernel = wholeNumber(name, "kernel", options.kernel ?? 3, 1);
  const reach = rates.reduce((sum, rate) => sum + rate * (kernel - 1), 1);
  if (reach > longest) throw refusal(name, "rates", `a reach of at most ${longest} cells, to be seen`, reach);
  // One output cell's reads: an impulse through every layer with weights of one, with full padding.
  let impulse: Tensor = ones([1, 1]);
  for (const dilation of rates)
    impulse = conv2d(impulse, ones([1, kernel]), { dilation, padding: rowsAlone(kernel, dilation) });
  const taps = [...impulse.data];
  const holes = taps.filter((count) => count === 0).length;
  const scene: DilationScene = { layers: rates.length, longest };
  const controls: Control[] = rates.map((_, layer) => ({
    kind: "slider",
    name: `rate${layer + 1}`,
    label: `Rate ${layer + 1}`,
    min: 1,
    // Every slider reaches as far as the largest rate given; a reach too long to be drawn says so.
    max: Math.max(8, ...rates),
    step: 1,
  }));
  const words =
    `dilations ${rates.join(", ")} with kernel ${kernel} reach ${taps.length} cells, read ${taps.join(" ")} times` +
    (holes > 0 ? `; ${holes} are never read` : "");
  return makeFigure({
    name,
    alt: `The paths from one output cell through stacked dilated layers: ${words}.`,
    text: `${name}: ${words}`,
    data: { taps, grid: taps.map((down) => taps.map((across) => down * across)), reach: taps.length, holes },
    scene,
    draw: drawDilation,
    pieces: { drawCells },
    initial: { kernel, ...Object.fromEntries(rates.map((rate, layer) => [`rate${layer + 1}`, rate])) },
    controls: [
      ...controls,
      {
        kind: "slider",
        name: "kernel",
        label: "Kernel",
        min: Math.min(2, kernel),
        max: Math.max(5, kernel),
        step: 1,
      },
    ],
  });
}

// Cells of an axis that can still be told apart.
const longest = 120;

/** Full padding of the columns and none of the rows. */
function rowsAlone(kernel: number, dilation: number): [number, number, number, number] {
  const side = dilation * (kernel - 1);
  return [side, side, 0, 0];
}
