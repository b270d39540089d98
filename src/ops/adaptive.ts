import type { PoolGeometry } from "../backend/backend.js";
import { refusal, wholeNumber } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Axis } from "../tensor/window.js";
import { view } from "./compute.js";
import { pick, type Picking, pickWithIndices, type Pooled } from "./pick.js";
import { resample } from "./resample.js";
import { lift } from "./spatial.js";
import { averageTable } from "./tap-tables.js";

/** A height and width to arrive at; `undefined` keeps the input's. */
export type OutputSize2d = number | readonly [number | undefined, number | undefined];

/**
 * Averages over windows that divide the image into `outputSize` parts: output o reads cells ⌊o·i/n⌋ up to, not
 * including, ⌈(o + 1)·i/n⌉, so windows may overlap by a cell.
 *
 * Throws if a side is no whole number of at least 1. Source: PyTorch, AdaptiveAvgPool2d.
 *
 * @example
 * adaptiveAvgPool2d(tensor([[1, 2, 3], [4, 5, 6]]), [1, 2]).toArray();
 * // → [[3, 4]]
 */
export function adaptiveAvgPool2d(input: Tensor, outputSize: OutputSize2d): Tensor {
  return averages("adaptiveAvgPool2d", input, outputSize);
}

function averages(operation: string, input: Tensor, outputSize: OutputSize2d): Tensor {
  const { image, lower } = lift(operation, input);
  const [, , height, width] = image.shape;
  const size = target(operation, outputSize, [height, width]);
  return lower(
    resample(image, size, () => ({
      rows: averageTable(height, size[0]),
      columns: averageTable(width, size[1]),
      kind: { name: "tables" },
    })),
  );
}

/**
 * The largest number of windows that divide the image into `outputSize` parts, as in `adaptiveAvgPool2d`.
 *
 * Throws as `adaptiveAvgPool2d`. Source: PyTorch, AdaptiveMaxPool2d.
 *
 * @example
 * adaptiveMaxPool2d(tensor([[1, 2, 3], [4, 5, 6]]), [1, 2]).toArray();
 * // → [[5, 6]]
 */
export function adaptiveMaxPool2d(input: Tensor, outputSize: OutputSize2d): Tensor {
  const { picking, lower } = maxima("adaptiveMaxPool2d", input, outputSize);
  return lower(pick(picking));
}

/**
 * `adaptiveMaxPool2d` that also says where each number came from, as `maxPool2dWithIndices`.
 *
 * Throws as `adaptiveMaxPool2d`, and if a plane has more than 2²⁴ cells, which float32 indices cannot number.
 * Source: PyTorch, AdaptiveMaxPool2d with `return_indices`.
 *
 * @example
 * adaptiveMaxPool2dWithIndices(tensor([[1, 2, 3], [4, 5, 6]]), [1, 2]).indices.toArray();
 * // → [[4, 5]]
 */
export function adaptiveMaxPool2dWithIndices(input: Tensor, outputSize: OutputSize2d): Pooled {
  const { picking, lower } = maxima("adaptiveMaxPool2dWithIndices", input, outputSize);
  const { output, indices } = pickWithIndices("adaptiveMaxPool2dWithIndices", picking);
  return { output: lower(output), indices: lower(indices) };
}

function maxima(
  operation: string,
  input: Tensor,
  outputSize: OutputSize2d,
): { picking: Picking; lower: (result: Tensor) => Tensor } {
  const { image, lower } = lift(operation, input);
  const [batch, channels, height, width] = image.shape;
  const [rows, columns] = target(operation, outputSize, [height, width]);
  const geometry: PoolGeometry = {
    planes: batch * channels,
    rows: plainAxis(height, rows),
    columns: plainAxis(width, columns),
  };
  const picking: Picking = {
    image,
    shape: [batch, channels, rows, columns],
    run: (kernels, output, cells) => {
      kernels.adaptivePool2d("max", view(image), output, cells, geometry);
    },
  };
  return { picking, lower };
}

/**
 * Each map's mean, as a map of one cell.
 *
 * Source: Lin, Chen and Yan, "Network in Network" (2014).
 *
 * @example
 * globalAvgPool2d(tensor([[1, 2], [3, 6]])).toArray();
 * // → [[3]]
 */
export function globalAvgPool2d(input: Tensor): Tensor {
  return averages("globalAvgPool2d", input, 1);
}

/**
 * Each map's largest number, as a map of one cell.
 *
 * @example
 * globalMaxPool2d(tensor([[1, 2], [3, 6]])).toArray();
 * // → [[6]]
 */
export function globalMaxPool2d(input: Tensor): Tensor {
  const { picking, lower } = maxima("globalMaxPool2d", input, 1);
  return lower(pick(picking));
}

function target(
  operation: string,
  outputSize: OutputSize2d,
  input: readonly [number, number],
): [number, number] {
  const given: readonly unknown[] = typeof outputSize === "number" ? [outputSize, outputSize] : outputSize;
  if (!Array.isArray(given) || given.length !== 2) {
    throw refusal(operation, "outputSize", "a number or [height, width]", outputSize);
  }
  const side = (index: 0 | 1): number =>
    given[index] === undefined
      ? input[index]
      : wholeNumber(operation, `outputSize[${index}]`, given[index], 1);
  return [side(0), side(1)];
}

/** An axis of which only `input` and `output` count. */
function plainAxis(input: number, output: number): Axis {
  return { input, kernel: 1, stride: 1, dilation: 1, before: 0, after: 0, output };
}
