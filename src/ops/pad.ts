import type { TapTable } from "../backend/backend.js";
import { complaint, knownOptions, oneOf, refusal } from "../tensor/errors.js";
import { stridesOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Axis, type Window } from "../tensor/window.js";
import { resample } from "./resample.js";
import { move } from "./shape.js";
import { lift } from "./spatial.js";

/** What a convolution's padding holds. */
export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

const convolutionModes: readonly PaddingMode[] = ["zeros", "reflect", "replicate", "circular"];

export type PadOptions =
  | {
      mode?: "constant";
      /** The constant, 0 unless said; it may be infinite. */
      value?: number;
    }
  | {
      /** The image mirrored without its border, the border repeated, the image repeated. */
      mode: "reflect" | "replicate" | "circular";
      value?: undefined;
    };

/** Cells to add: on all sides, `[height, width]`, or `[left, right, top, bottom]`, PyTorch's order. */
export type PadAmount = number | readonly [number, number] | readonly [number, number, number, number];

/**
 * Cells added around an image of rank 2, 3 or 4. Negative amounts cut cells away.
 *
 * Padding may be larger than the image: mirrored and repeated images go on for as long as they are asked to, as
 * NumPy's do (PyTorch refuses). A mirrored image of one cell repeats it.
 *
 * Throws if nothing would be left, or if an amount is negative in mode `"circular"`: it would be open which image
 * repeats. Source: PyTorch, pad; NumPy, pad, for padding beyond the image.
 *
 * @example
 * pad(tensor([[1, 2, 3]]), [2, 1, 0, 0], { mode: "reflect" }).toArray();
 * // → [[3, 2, 1, 2, 3, 2]]
 */
export function pad(input: Tensor, padding: PadAmount, options: PadOptions = {}): Tensor {
  knownOptions("pad", options, ["mode", "value"]);
  const mode = oneOf("pad", "mode", options.mode ?? "constant", [
    "constant",
    "reflect",
    "replicate",
    "circular",
  ]);
  const { value = 0 } = options;
  if (options.value !== undefined && mode !== "constant") {
    throw refusal("pad", "value", `none in mode "${mode}"`, options.value);
  }
  if (typeof value !== "number" || Number.isNaN(value)) throw refusal("pad", "value", "a number", value);
  const { image, lower } = lift("pad", input);
  const [left, right, top, bottom] = padAmounts("pad", padding);
  if (mode === "constant") {
    return lower(padConstant(image, [left, right, top, bottom], value));
  }
  const negative = [left, right, top, bottom].find((side) => side < 0);
  if (mode === "circular" && negative !== undefined) {
    throw refusal("pad", "padding", 'whole numbers ≥ 0 in mode "circular"', negative);
  }
  return lower(padRepeated(image, [left, right, top, bottom], mode));
}

/** `[left, right, top, bottom]` of what a caller may say. */
export function padAmounts(operation: string, padding: unknown): [number, number, number, number] {
  const given: unknown[] = Array.isArray(padding) ? padding : [padding, padding];
  if (![2, 4].includes(given.length) || !given.every((side) => Number.isSafeInteger(side))) {
    throw refusal(operation, "padding", "a whole number, [h, w] or [left, right, top, bottom]", padding);
  }
  const sides = given as number[];
  return sides.length === 2
    ? [sides[1], sides[1], sides[0], sides[0]]
    : [sides[0], sides[1], sides[2], sides[3]];
}

type Sides = readonly [left: number, right: number, top: number, bottom: number];

/** Cells of `value` around images of rank 4; negative amounts cut cells away. */
export function padConstant(image: Tensor, [left, right, top, bottom]: Sides, value: number): Tensor {
  const [batch, channels, height, width] = image.shape;
  const shape = [batch, channels, ...paddedSize(image, [left, right, top, bottom])];
  const from = stridesOf(image.shape);
  const to = stridesOf(shape);
  // The block that both have: negative amounts start inside the input.
  const rows = height + Math.min(0, top) + Math.min(0, bottom);
  const columns = width + Math.min(0, left) + Math.min(0, right);
  const geometry = {
    shape: [batch, channels, Math.max(0, rows), Math.max(0, columns)],
    inputOffset: Math.max(0, -top) * width + Math.max(0, -left),
    inputStrides: from,
    outputOffset: Math.max(0, top) * shape[3] + Math.max(0, left),
    outputStrides: to,
  };
  return move(image, shape, geometry, value);
}

/** The padded height and width; throws if nothing is left. */
function paddedSize(image: Tensor, [left, right, top, bottom]: Sides): [number, number] {
  const [rows, columns] = [image.shape[2] + top + bottom, image.shape[3] + left + right];
  if (rows >= 1 && columns >= 1) return [rows, columns];
  throw complaint("pad", "padding", "at least one row and column left", `${rows}×${columns}`);
}

function padRepeated(image: Tensor, sides: Sides, mode: RepeatMode): Tensor {
  const [, , height, width] = image.shape;
  const [left, right, top, bottom] = sides;
  return resample(image, paddedSize(image, sides), () => ({
    rows: repeatTable(height, top, bottom, mode),
    columns: repeatTable(width, left, right, mode),
    kind: { name: "tables" },
  }));
}

type RepeatMode = "reflect" | "replicate" | "circular";

/** Padding as a map of one tap: which input cell each output cell repeats. */
function repeatTable(input: number, before: number, after: number, mode: RepeatMode): TapTable {
  const output = before + input + after;
  // A mirrored image comes back to its start after each cell but the two at its ends was read twice.
  const period = mode === "reflect" ? Math.max(1, 2 * (input - 1)) : input;
  const index = Int32Array.from({ length: output }, (_, cell) => {
    const from = cell - before;
    if (mode === "replicate") return Math.min(Math.max(from, 0), input - 1);
    const place = ((from % period) + period) % period;
    return place < input ? place : period - place;
  });
  return { input, output, taps: 1, index, weight: new Float32Array(output).fill(1) };
}

/**
 * The image and window for a convolution: zeros are left to the kernels, which skip them; other modes make a
 * larger image with no padding left.
 */
export function padForWindow(
  operation: string,
  image: Tensor,
  window: Window,
  mode: PaddingMode,
): { image: Tensor; window: Window } {
  oneOf(operation, "paddingMode", mode, convolutionModes);
  const { rows, columns } = window;
  const sides: Sides = [columns.before, columns.after, rows.before, rows.after];
  if (mode === "zeros" || sides.every((side) => side === 0)) return { image, window };
  return {
    image: padRepeated(image, sides, mode),
    window: { rows: withoutPadding(rows), columns: withoutPadding(columns) },
  };
}

function withoutPadding(axis: Axis): Axis {
  return { ...axis, input: axis.before + axis.input + axis.after, before: 0, after: 0 };
}
