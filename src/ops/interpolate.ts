import type { AxisScale, ResampleKind } from "../backend/backend.js";
import { knownOptions, oneOf, refusal, trueOrFalse, wholePair } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Pair } from "../tensor/window.js";
import { resample } from "./resample.js";
import { lift } from "./spatial.js";
import { type TableKind, tapTable } from "./tap-tables.js";

export type InterpolationMode = "nearest" | "bilinear" | "bicubic" | "area";

const interpolationModes: readonly InterpolationMode[] = ["nearest", "bilinear", "bicubic", "area"];

/**
 * Which input position an output cell reads: cells as areas whose borders meet (`"half-pixel"`), cells as points
 * whose corners meet (`"align-corners"`), or corners at the top left only (`"asymmetric"`).
 */
export type Coordinates = "half-pixel" | "align-corners" | "asymmetric";

/** Either the new size or how many times as large. */
export type InterpolateSize =
  | {
      /** The new height and width. */
      size: Pair;
      scaleFactor?: undefined;
    }
  | {
      /** How many times higher and wider; the size is rounded down. */
      scaleFactor: Pair;
      size?: undefined;
    };

export type InterpolateSampling =
  | {
      mode?: "nearest";
      alignCorners?: undefined;
      /** `"asymmetric"` unless said, as PyTorch, whose `nearest-exact` is `"half-pixel"`. */
      coordinates?: "half-pixel" | "asymmetric";
      antialias?: false;
    }
  | {
      /** The mean of the cells that an output cell covers, as `adaptiveAvgPool2d`. */
      mode: "area";
      alignCorners?: undefined;
      coordinates?: undefined;
      antialias?: false;
    }
  | {
      mode: "bilinear" | "bicubic";
      /** PyTorch's name for `coordinates`: `"align-corners"` if true, else `"half-pixel"`. */
      alignCorners?: boolean;
      /** `"half-pixel"` unless said. */
      coordinates?: Coordinates;
      /**
       * Whether an image that is made smaller is smoothed first, by a filter as wide as the cells that an output cell
       * covers; false unless said. Bicubic takes a = −0.5 then.
       */
      antialias?: boolean;
    };

export type InterpolateOptions = InterpolateSize & InterpolateSampling;

/**
 * An image of rank 2, 3 or 4 resized by its nearest cells, by lines between them, by cubics through them (Keys' with
 * a = −0.75), or by the means of areas.
 *
 * Where a scale factor's size, rounded down, is the input's own, `"nearest"` and half-pixel `"bilinear"` copy the
 * axis, and where it is twice the input's, `"nearest"` doubles each cell, whatever the factor: so do PyTorch's
 * kernels and all of its gradients. (Its one path without this short cut, for dense images of several channels on a
 * processor, does not agree with its own gradient.) Gradients are always the transposes of what was computed; PyTorch's
 * bicubic copies them where both sides keep their size, though its result does not.
 *
 * Throws if neither or both of `size` and `scaleFactor` are given, or options contradict each other.
 * Source: PyTorch, interpolate; ONNX, Resize, for the names of coordinates.
 *
 * @example
 * interpolate(tensor([[1, 2], [3, 4]]), { scaleFactor: 2, mode: "bilinear" }).toArray()[0];
 * // → [1, 1.25, 1.75, 2]
 */
export function interpolate(input: Tensor, options: InterpolateOptions): Tensor {
  const name = "interpolate";
  knownOptions(name, options, ["size", "scaleFactor", "mode", "alignCorners", "coordinates", "antialias"]);
  const { image, lower } = lift(name, input);
  const mode = oneOf(name, "mode", options.mode ?? "nearest", interpolationModes);
  const coordinates = chooseCoordinates(mode, options);
  const kind = chooseTable(mode, coordinates, options.antialias ?? false);
  const [, , height, width] = image.shape;
  const { size, factors } = chooseSize(options, [height, width]);
  const axis = (index: 0 | 1): AxisScale =>
    axisScale(kind, image.shape[2 + index], size[index], factors?.[index], coordinates);
  const [rows, columns] = [axis(0), axis(1)];
  return lower(
    resample(image, size, () => ({
      rows: tapTable(kind, height, size[0], rows),
      columns: tapTable(kind, width, size[1], columns),
      kind: kernelKind(kind, rows, columns),
    })),
  );
}

function kernelKind(kind: TableKind, rows: AxisScale, columns: AxisScale): ResampleKind {
  return kind === "nearest" || kind === "bilinear" ? { name: kind, rows, columns } : { name: "tables" };
}

function chooseTable(mode: InterpolationMode, coordinates: Coordinates, antialias: unknown): TableKind {
  if (!trueOrFalse("interpolate", "antialias", antialias)) return mode;
  if (mode === "nearest" || mode === "area") {
    throw refusal("interpolate", "antialias", 'true only with mode "bilinear" or "bicubic"', mode);
  }
  if (coordinates === "asymmetric") {
    throw refusal("interpolate", "coordinates", 'no "asymmetric" with antialias', coordinates);
  }
  return `antialiased ${mode}`;
}

function chooseCoordinates(
  mode: InterpolationMode,
  { coordinates, alignCorners }: InterpolateOptions,
): Coordinates {
  if (alignCorners !== undefined) trueOrFalse("interpolate", "alignCorners", alignCorners);
  const given = alignCorners === undefined ? "coordinates" : "alignCorners";
  const cornered = alignCorners !== undefined || coordinates === "align-corners";
  if (mode === "nearest" && cornered) {
    throw refusal("interpolate", given, 'only with mode "bilinear" or "bicubic"', mode);
  }
  if (mode === "area" && (cornered || coordinates !== undefined)) {
    throw refusal("interpolate", given, 'none with mode "area"', alignCorners ?? coordinates);
  }
  const named = alignCorners === undefined ? undefined : alignCorners ? "align-corners" : "half-pixel";
  if (coordinates === undefined) return named ?? (mode === "nearest" ? "asymmetric" : "half-pixel");
  oneOf("interpolate", "coordinates", coordinates, ["half-pixel", "align-corners", "asymmetric"]);
  if (named !== undefined && named !== coordinates) {
    throw refusal("interpolate", "coordinates", `"${named}", as alignCorners says`, coordinates);
  }
  return coordinates;
}

function chooseSize(
  options: InterpolateOptions,
  input: readonly [number, number],
): { size: [number, number]; factors?: [number, number] } {
  const { size, scaleFactor } = options;
  if ((size === undefined) === (scaleFactor === undefined)) {
    throw refusal("interpolate", "options", "either size or scaleFactor", options);
  }
  if (size !== undefined) return { size: wholePair("interpolate", "size", size, 1) };
  const given: unknown[] = Array.isArray(scaleFactor) ? scaleFactor : [scaleFactor, scaleFactor];
  const axis = (index: 0 | 1): { factor: number; side: number } => {
    const factor = given[index];
    if (given.length === 2 && typeof factor === "number" && factor > 0 && Number.isFinite(factor)) {
      const side = Math.floor(input[index] * factor);
      if (side >= 1) return { factor, side };
    }
    throw refusal("interpolate", "scaleFactor", "positive numbers that leave at least one cell", scaleFactor);
  };
  const [rows, columns] = [axis(0), axis(1)];
  return { size: [rows.side, columns.side], factors: [rows.factor, columns.factor] };
}

/** Input cells per output cell, in float32 as PyTorch computes them, and where the count starts. */
function axisScale(
  kind: TableKind,
  input: number,
  output: number,
  factor: number | undefined,
  coordinates: Coordinates,
): AxisScale {
  if (coordinates === "align-corners") {
    return { scale: output > 1 ? Math.fround((input - 1) / (output - 1)) : 0, offset: 0 };
  }
  const offset = coordinates === "half-pixel" ? 0.5 : 0;
  const bySize = factor === undefined || shortCut(kind, coordinates, output / input);
  return { scale: Math.fround(bySize ? input / output : 1 / factor), offset };
}

/** Whether an axis that becomes `ratio` times as long is copied or doubled, whatever the factor was. */
export function shortCut(kind: TableKind, coordinates: Coordinates, ratio: number): boolean {
  if (kind === "nearest") return coordinates === "asymmetric" && (ratio === 1 || ratio === 2);
  return kind === "bilinear" && coordinates === "half-pixel" && ratio === 1;
}
