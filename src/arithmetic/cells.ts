import { gradients } from "../autograd/gradients.js";
import { withRecording } from "../autograd/tape.js";
import { rand, scope, tensor, zeros } from "../tensor/index.js";
import { type Axis, tapsOf } from "../tensor/window.js";
import type { Layer } from "./network.js";
import { readBy } from "./reads.js";
import { resized } from "./run.js";
import { padSides, scaleOf, transposedWindowOf, windowOf } from "./shapes.js";

/** Height and width. */
type Size = readonly [number, number];

/**
 * Which cells of what it reads a layer needs, on one axis, for those of its outputs: just those that a weight other
 * than 0 leads to. Cells of padding count, and padding may itself be among the outputs, where a later layer reads it.
 *
 * @param input The height and width of what the layer reads.
 */
export function cellsReadBy(
  layer: Layer,
  outputs: ReadonlySet<number>,
  axis: 0 | 1,
  input: Size,
): Set<number> {
  switch (layer.op) {
    case "conv2d":
    case "maxPool2d":
    case "minPool2d":
    case "avgPool2d": {
      const window = axisOf(windowOf(layer, input), axis);
      return flatMap(outputs, (cell) => tapsOf(window, cell));
    }
    case "pad": {
      const before = padSides(layer)[axis === 0 ? 2 : 0];
      return flatMap(outputs, (cell) => [cell - before]);
    }
    case "convTranspose2d":
    case "maxUnpool2d": {
      const window = axisOf(transposedWindowOf(layer, input), axis);
      // Output u takes from input i what tap k of the window at i gives it: u = i·s − p + k·d.
      return flatMap(outputs, (cell) =>
        tapsOf({ ...window, stride: 0 }, 0).flatMap((offset) => {
          const at = (cell - offset) / window.stride;
          return Number.isInteger(at) ? [at] : [];
        }),
      );
    }
    case "bedOfNails":
      return flatMap(outputs, (cell) => (cell % scaleOf(layer) === 0 ? [cell / scaleOf(layer)] : []));
    case "pixelShuffle":
      return flatMap(outputs, (cell) => [Math.floor(cell / scaleOf(layer))]);
    case "interpolate":
      return interpolatedFrom(layer, outputs, axis, input);
    case "linear":
    case "flatten":
    case "globalAvgPool2d":
      return new Set(outputs.size === 0 ? [] : Array.from({ length: input[axis] }, (_, cell) => cell));
    default:
      return new Set(outputs);
  }
}

/**
 * The operation itself says which of its weights are 0, for they come of rounded positions: its gradient from outputs
 * of no special sizes is 0 just where it reads nothing.
 */
function interpolatedFrom(layer: Layer, outputs: ReadonlySet<number>, axis: 0 | 1, input: Size): Set<number> {
  const found = withRecording(
    true,
    () =>
      scope(() => {
        const image = zeros([...input]);
        image.requiresGrad = true;
        const output = resized(layer, image);
        const [height, width] = output.shape;
        const seeds = rand([height, width], { seed: 1 }).data.map((value, at) =>
          outputs.has(axis === 0 ? Math.floor(at / width) : at % width) ? value + 0.5 : 0,
        );
        const [gradient] = gradients(output, [image], { gradient: tensor(seeds, [height, width]) });
        const inside = new Set<number>();
        gradient.data.forEach((value, at) => {
          if (value !== 0) inside.add(axis === 0 ? Math.floor(at / input[1]) : at % input[1]);
        });
        return { inside, size: output.shape[axis] };
      }),
    "receptiveBox",
  );
  // Beyond its edge, where a later layer pads, there is no output: what would be read goes on as inside.
  const beyond = flatMap(outputs, (cell) => {
    if (cell >= 0 && cell < found.size) return [];
    const [first, last] = readBy(layer, [cell, cell], axis) ?? [0, -1];
    return Array.from({ length: last - first + 1 }, (_, step) => first + step);
  });
  return new Set([...found.inside, ...beyond]);
}

function axisOf({ rows, columns }: { rows: Axis; columns: Axis }, axis: 0 | 1): Axis {
  return axis === 0 ? rows : columns;
}

function flatMap(cells: ReadonlySet<number>, make: (cell: number) => number[]): Set<number> {
  return new Set([...cells].flatMap(make));
}

/** What one unit of the last layer sees of every layer before it, on one axis, back to the input. */
export function cellsSeen(
  layers: readonly Layer[],
  unit: number,
  axis: 0 | 1,
  sizeOf: (name: string) => Size,
  padding: "with" | "without",
): Map<string, Set<number>> {
  const seen = new Map<string, Set<number>>();
  const target = layers.at(-1);
  if (target === undefined) return seen;
  seen.set(target.name, new Set([unit]));
  for (const layer of layers.toReversed()) {
    const outputs = seen.get(layer.name);
    if (outputs === undefined) continue;
    for (const source of layer.from) {
      const size = sizeOf(source);
      const read = seen.get(source) ?? new Set();
      for (const cell of cellsReadBy(layer, outputs, axis, size)) {
        if (padding === "with" || (cell >= 0 && cell < size[axis])) read.add(cell);
      }
      seen.set(source, read);
    }
  }
  return seen;
}
