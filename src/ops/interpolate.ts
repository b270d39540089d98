import type { AxisScale, ResampleKind, TapTable } from "../backend/backend.js";
import { knownOptions, oneOf, refusal, trueOrFalse, wholePair } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Pair } from "../tensor/window.js";
import { resample } from "./resample.js";
import { lift } from "./spatial.js";

export type InterpolationMode = "nearest" | "bilinear" | "bicubic";

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
    }
  | {
      mode: "bilinear" | "bicubic";
      /** PyTorch's name for `coordinates`: `"align-corners"` if true, else `"half-pixel"`. */
      alignCorners?: boolean;
      /** `"half-pixel"` unless said. */
      coordinates?: Coordinates;
    };

export type InterpolateOptions = InterpolateSize & InterpolateSampling;

/**
 * An image of rank 2, 3 or 4 resized by its nearest cells, by lines between them, or by cubics through them
 * (Keys' with a = −0.75).
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
  knownOptions(name, options, ["size", "scaleFactor", "mode", "alignCorners", "coordinates"]);
  const { image, lower } = lift(name, input);
  const mode = oneOf(name, "mode", options.mode ?? "nearest", ["nearest", "bilinear", "bicubic"]);
  const coordinates = chooseCoordinates(mode, options);
  const [, , height, width] = image.shape;
  const { size, factors } = chooseSize(options, [height, width]);
  const axis = (index: 0 | 1): AxisScale =>
    axisScale(image.shape[2 + index], size[index], factors?.[index], coordinates);
  const [rows, columns] = [axis(0), axis(1)];
  const kind: ResampleKind = mode === "bicubic" ? { name: mode } : { name: mode, rows, columns };
  return lower(
    resample(image, size, () => ({
      rows: tapTable(mode, height, size[0], rows),
      columns: tapTable(mode, width, size[1], columns),
      kind,
    })),
  );
}

function chooseCoordinates(
  mode: InterpolationMode,
  { coordinates, alignCorners }: InterpolateOptions,
): Coordinates {
  if (alignCorners !== undefined) trueOrFalse("interpolate", "alignCorners", alignCorners);
  if (mode === "nearest" && (alignCorners !== undefined || coordinates === "align-corners")) {
    const argument = alignCorners === undefined ? "coordinates" : "alignCorners";
    throw refusal("interpolate", argument, 'only with mode "bilinear" or "bicubic"', mode);
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
  input: number,
  output: number,
  factor: number | undefined,
  coordinates: Coordinates,
): AxisScale {
  if (coordinates === "align-corners") {
    return { scale: output > 1 ? Math.fround((input - 1) / (output - 1)) : 0, offset: 0 };
  }
  const scale = Math.fround(factor === undefined ? input / output : 1 / factor);
  return { scale, offset: coordinates === "half-pixel" ? 0.5 : 0 };
}

/** Tables used of late: a loop resizes by the same few. */
const known = new Map<string, TapTable>();
const MOST_KNOWN = 64;

function tapTable(mode: InterpolationMode, input: number, output: number, axis: AxisScale): TapTable {
  const key = `${mode} ${input} ${output} ${axis.scale} ${axis.offset}`;
  let found = known.get(key);
  if (found === undefined) {
    if (known.size === MOST_KNOWN) known.clear();
    found = tables[mode](input, output, axis);
    known.set(key, found);
  }
  return found;
}

const tables: Record<InterpolationMode, (input: number, output: number, axis: AxisScale) => TapTable> = {
  nearest: (input, output, { scale, offset }) =>
    table(input, output, 1, (cell) => {
      const nearest = Math.floor(Math.fround((cell + offset) * scale));
      return [[Math.min(nearest, input - 1), 1]];
    }),
  bilinear: (input, output, { scale, offset }) =>
    table(input, output, 2, (cell) => {
      const position = Math.max(0, (cell + offset) * scale - offset);
      const left = Math.min(Math.floor(position), input - 1);
      const right = Math.min(left + 1, input - 1);
      const share = right === left ? 0 : position - left;
      return [
        [left, 1 - share],
        [right, share],
      ];
    }),
  bicubic: (input, output, { scale, offset }) =>
    table(input, output, 4, (cell) => {
      const position = (cell + offset) * scale - offset;
      const left = Math.floor(position);
      return [-1, 0, 1, 2].map((step) => {
        const clamped = Math.min(Math.max(left + step, 0), input - 1);
        return [clamped, cubic(Math.abs(position - left - step))];
      });
    }),
};

/** Keys' cubic convolution kernel with a = −0.75, as PyTorch and OpenCV choose it. Source: Keys (1981). */
function cubic(distance: number): number {
  const a = -0.75;
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  if (distance < 2) return a * (((distance - 5) * distance + 8) * distance - 4);
  return 0;
}

function table(
  input: number,
  output: number,
  taps: number,
  reads: (cell: number) => (readonly [index: number, weight: number])[] | number[][],
): TapTable {
  const index = new Int32Array(output * taps);
  const weight = new Float32Array(output * taps);
  for (let cell = 0; cell < output; cell++) {
    reads(cell).forEach(([from, share], tap) => {
      index[cell * taps + tap] = from;
      weight[cell * taps + tap] = share;
    });
  }
  return { input, output, taps, index, weight };
}
