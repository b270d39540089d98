import { build, checkShape } from "../tensor/create.js";
import { knownOptions, oneOf, refusal, trueOrFalse } from "../tensor/errors.js";
import { countOf } from "../tensor/storage.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkTensor } from "./compute.js";
import { cellsAt, type GridPadding, type Line, lineOf, outer } from "./grid-places.js";
import { matmul } from "./matmul.js";
import { sample } from "./sample.js";
import { reshape, slice, transpose } from "./shape.js";
import { lift } from "./spatial.js";

export { type GridPadding };

export interface GridSampleOptions {
  /** By lines unless said. */
  mode?: "bilinear" | "nearest" | "bicubic";
  /** Zeros unless said. */
  paddingMode?: GridPadding;
  /** Whether −1 and 1 are the middles of the corner cells, or (unless said) the image's edges. */
  alignCorners?: boolean;
}

/**
 * The image read at places of one's own: cell (y, x) of the result is the image's value at `grid`[y, x] = (across, down),
 * where −1 and 1 are its left and right, or its top and bottom. Between cells it is interpolated by lines, or by
 * cubics (Keys' with a = −0.75), or the nearest cell is taken.
 *
 * Shapes: `input` N×C×H×W with `grid` N×H'×W'×2 gives N×C×H'×W'; C×H×W with H'×W'×2 gives C×H'×W'; H×W with H'×W'×2
 * gives H'×W'. There are gradients to both, and theirs; to the grid of `"nearest"` it is 0. A coordinate that is not a
 * number counts as −1, as PyTorch documents it; one too large for a whole number of 32 bits lies outside.
 *
 * Throws if ranks or batches do not fit. Source: PyTorch, grid_sample; Jaderberg et al., "Spatial Transformer
 * Networks" (2015).
 *
 * @example
 * const middle = tensor([[[0, 0], [0, 1]]]);
 * gridSample(tensor([[1, 2], [3, 4]]), middle, { alignCorners: true }).toArray();
 * // → [[2.5, 3.5]]
 */
export function gridSample(input: Tensor, grid: Tensor, options: GridSampleOptions = {}): Tensor {
  const name = "gridSample";
  knownOptions(name, options, ["mode", "paddingMode", "alignCorners"]);
  const mode = oneOf(name, "mode", options.mode ?? "bilinear", ["bilinear", "nearest", "bicubic"]);
  const paddingMode = oneOf(name, "paddingMode", options.paddingMode ?? "zeros", [
    "zeros",
    "border",
    "reflection",
  ]);
  const alignCorners = trueOrFalse(name, "alignCorners", options.alignCorners ?? false);
  const { image, lower } = lift(name, input);
  const lifted = liftGrid(name, input, grid);
  const [rows, columns] = [lifted.shape[1], lifted.shape[2]];
  const shape = [image.shape[0], 1, rows, columns];
  const part = (index: 0 | 1): Tensor =>
    reshape(slice(lifted, [{}, {}, {}, { start: index, end: index + 1 }]), shape);
  const axis = (index: 0 | 1): Line =>
    lineOf(part(index), { size: image.shape[3 - index], mode, paddingMode, alignCorners });
  const [across, down] = [axis(0), axis(1)];
  return lower(
    sample(image, outer(down.weights, across.weights), {
      cells: cellsAt(down.cells, across.cells, image.shape, shape),
      shape: image.shape,
    }),
  );
}

function liftGrid(operation: string, input: Tensor, grid: Tensor): Tensor {
  checkTensor(operation, "grid", grid);
  const rank = input.rank === 4 ? 4 : 3;
  const fits = grid.rank === rank && grid.shape[rank - 1] === 2 && !grid.shape.slice(-3).includes(0);
  if (!fits || (rank === 4 && grid.shape[0] !== input.shape[0])) {
    const wanted =
      rank === 4
        ? `places N×H'×W'×2 for ${input.shape[0]} images N×C×H×W`
        : `places H'×W'×2 for an image ${input.rank === 3 ? "C×H×W" : "H×W"}`;
    throw refusal(operation, "grid", wanted, grid);
  }
  return rank === 4 ? grid : reshape(grid, [1, ...grid.shape]);
}

export interface AffineGridOptions {
  /** As for `gridSample`, which must be told the same. */
  alignCorners?: boolean;
}

/**
 * The places that an affine map leads to from each cell of a result: `theta`'s rows times (across, down, 1), from −1 to
 * 1 on both axes. What `gridSample` reads then is the image moved by the inverse map.
 *
 * Shapes: `theta` N×2×3 with `size` [N, C, H, W] gives N×H×W×2; 2×3 with [C, H, W] or [H, W] gives H×W×2.
 *
 * Throws if shapes do not fit. Source: PyTorch, affine_grid.
 *
 * @example
 * affineGrid(tensor([[1, 0, 0], [0, 1, 0]]), [1, 2], { alignCorners: true }).toArray();
 * // → [[[-1, 0], [1, 0]]]
 */
export function affineGrid(theta: Tensor, size: readonly number[], options: AffineGridOptions = {}): Tensor {
  const name = "affineGrid";
  knownOptions(name, options, ["alignCorners"]);
  const alignCorners = trueOrFalse(name, "alignCorners", options.alignCorners ?? false);
  checkTensor(name, "theta", theta);
  const batched = theta.rank === 3;
  if (![2, 3].includes(theta.rank) || theta.shape.at(-2) !== 2 || theta.shape.at(-1) !== 3) {
    throw refusal(name, "theta", "maps N×2×3, or one map 2×3", theta);
  }
  const sides: unknown = size;
  if (!Array.isArray(sides) || !(batched ? [4] : [2, 3]).includes(sides.length)) {
    throw refusal(name, "size", batched ? "[N, C, H, W]" : "[C, H, W] or [H, W]", size);
  }
  checkSides(name, size);
  if (batched && size[0] !== theta.shape[0]) {
    throw refusal(name, "size", `${theta.shape[0]} images, one for each map`, size);
  }
  const [height, width] = size.slice(-2);
  // What no tensor can hold is refused before its axes are laid out.
  countOf([batched ? size[0] : 1, height, width, 3]);
  const [down, across] = [ticks(height, alignCorners), ticks(width, alignCorners)];
  const base = build([height * width, 3], (numbers) => {
    for (let cell = 0; cell < height * width; cell++) {
      numbers.set([across[cell % width], down[Math.floor(cell / width)], 1], 3 * cell);
    }
  });
  const places = matmul(base, transpose(theta));
  return reshape(places, [...(batched ? [size[0]] : []), height, width, 2]);
}

function checkSides(operation: string, size: readonly number[]): void {
  try {
    checkShape(operation, size);
  } catch {
    throw refusal(operation, "size", "whole numbers", size);
  }
  if (size.slice(-2).includes(0)) throw refusal(operation, "size", "at least one row and column", size);
}

/** Where the cells of an axis lie between −1 and 1. */
function ticks(count: number, alignCorners: boolean): number[] {
  return Array.from({ length: count }, (_, cell) => {
    const whole = count === 1 ? 0 : -1 + (2 * cell) / (count - 1);
    return alignCorners ? whole : (whole * (count - 1)) / count;
  });
}
