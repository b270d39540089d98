import type { PoolGeometry, TapTable } from "../backend/backend.js";
import { record } from "../autograd/tape.js";
import { knownOptions, refusal, wholeNumber } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Axis, type Pair } from "../tensor/window.js";
import { compute, view } from "./compute.js";
import { abs, mul, pow, sign } from "./math.js";
import { relu } from "./activation.js";
import { checkPlane, scatterAdd } from "./pick.js";
import { avgPool2d } from "./pooling.js";
import { resample } from "./resample.js";
import { lift } from "./spatial.js";
import { wholePair } from "../tensor/errors.js";

/** A height and width to arrive at; `undefined` keeps the input's. */
export type OutputSize2d = number | readonly [number | undefined, number | undefined];

/**
 * Averages over windows that divide the image into `outputSize` parts: output o reads cells ⌊o·i/n⌋ up to, not
 * including, ⌈(o + 1)·i/n⌉, so windows may overlap by a cell.
 *
 * Source: PyTorch, AdaptiveAvgPool2d.
 *
 * @example
 * adaptiveAvgPool2d(tensor([[1, 2, 3], [4, 5, 6]]), [1, 2]).toArray();
 * // → [[3, 4]]
 */
export function adaptiveAvgPool2d(input: Tensor, outputSize: OutputSize2d): Tensor {
  const { image, lower } = lift("adaptiveAvgPool2d", input);
  const [, , height, width] = image.shape;
  const size = target("adaptiveAvgPool2d", outputSize, [height, width]);
  return lower(
    resample(image, size, () => ({
      rows: averageTable(height, size[0]),
      columns: averageTable(width, size[1]),
      kind: { name: "adaptive" },
    })),
  );
}

/**
 * The largest number of windows that divide the image into `outputSize` parts, as in `adaptiveAvgPool2d`.
 *
 * Source: PyTorch, AdaptiveMaxPool2d.
 *
 * @example
 * adaptiveMaxPool2d(tensor([[1, 2, 3], [4, 5, 6]]), [1, 2]).toArray();
 * // → [[5, 6]]
 */
export function adaptiveMaxPool2d(input: Tensor, outputSize: OutputSize2d): Tensor {
  const { image, lower } = lift("adaptiveMaxPool2d", input);
  checkPlane("adaptiveMaxPool2d", image);
  const [batch, channels, height, width] = image.shape;
  const [rows, columns] = target("adaptiveMaxPool2d", outputSize, [height, width]);
  const shape = [batch, channels, rows, columns];
  const geometry: PoolGeometry = {
    planes: batch * channels,
    rows: plainAxis(height, rows),
    columns: plainAxis(width, columns),
  };
  // Filled by the same kernel call as the output.
  const indices = compute(shape, () => undefined);
  const output = compute(shape, (kernels, numbers) => {
    kernels.adaptivePool2d("max", view(image), numbers, view(indices), geometry);
  });
  return lower(record(output, [[image, (g) => scatterAdd(g, indices, image.shape)]], [indices]));
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
  return adaptiveAvgPool2d(input, 1);
}

/**
 * Each map's largest number, as a map of one cell.
 *
 * @example
 * globalMaxPool2d(tensor([[1, 2], [3, 6]])).toArray();
 * // → [[6]]
 */
export function globalMaxPool2d(input: Tensor): Tensor {
  return adaptiveMaxPool2d(input, 1);
}

export interface LpPoolOptions {
  /** The kernel's size unless said. */
  stride?: Pair;
  ceilMode?: boolean;
}

/**
 * (Σ xᵖ)^(1/p) over each window; `normType` is p. A negative sum gives 0.
 *
 * Throws if p is not positive. Source: PyTorch, LPPool2d, whose ceil mode scales a cut-off window's mean as if it
 * were whole.
 *
 * @example
 * lpPool2d(tensor([[3, 0], [0, 4]]), 2, 2).toArray();
 * // → [[5]]
 */
export function lpPool2d(
  input: Tensor,
  normType: number,
  kernelSize: Pair,
  options: LpPoolOptions = {},
): Tensor {
  knownOptions("lpPool2d", options, ["stride", "ceilMode"]);
  if (!(normType > 0 && Number.isFinite(normType))) {
    throw refusal("lpPool2d", "normType", "a positive number", normType);
  }
  const [height, width] = wholePair("lpPool2d", "kernelSize", kernelSize, 1);
  const average = avgPool2d(pow(input, normType), kernelSize, options);
  return pow(mul(mul(sign(average), relu(abs(average))), height * width), 1 / normType);
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
    wholeNumber(operation, `outputSize[${index}]`, given[index] ?? input[index], 1);
  return [side(0), side(1)];
}

/** An axis of which only `input` and `output` count. */
function plainAxis(input: number, output: number): Axis {
  return { input, kernel: 1, stride: 1, dilation: 1, before: 0, after: 0, output };
}

function averageTable(input: number, output: number): TapTable {
  // ⌈i/n⌉ + 1 cells are the most that a window can touch.
  const taps = Math.ceil(input / output) + 1;
  const index = new Int32Array(output * taps);
  const weight = new Float32Array(output * taps);
  for (let cell = 0; cell < output; cell++) {
    const start = Math.floor((cell * input) / output);
    const length = Math.ceil(((cell + 1) * input) / output) - start;
    for (let tap = 0; tap < length; tap++) {
      index[cell * taps + tap] = start + tap;
      weight[cell * taps + tap] = 1 / length;
    }
  }
  return { input, output, taps, index, weight };
}
