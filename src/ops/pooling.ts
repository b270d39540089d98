import type { PoolGeometry, PoolKind } from "../backend/backend.js";
import { isRecorded, record } from "../autograd/tape.js";
import { knownOptions, refusal, trueOrFalse, wholePair } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { extent, type Pair, slideWindow, type Window } from "../tensor/window.js";
import { compute, view } from "./compute.js";
import { checkPlane, scatterAdd } from "./pick.js";
import { lift } from "./spatial.js";

export interface PoolOptions {
  /** Cells from one window to the next; the kernel's size unless said. */
  stride?: Pair;
  /** Cells added on every side, at most half of the kernel; they never win. */
  padding?: Pair;
  dilation?: Pair;
  /** Rounds the size up, so that a last, partly filled window counts. */
  ceilMode?: boolean;
}

export interface AveragePoolOptions {
  /** Cells from one window to the next; the kernel's size unless said. */
  stride?: Pair;
  /** Cells of zero added on every side, at most half of the kernel. */
  padding?: Pair;
  /** Rounds the size up, so that a last, partly filled window counts. */
  ceilMode?: boolean;
  /** Whether the added cells count in the average; true unless said. */
  countIncludePad?: boolean;
  /** Divides the sum by this instead of the count of cells. */
  divisorOverride?: number;
}

/** A pool's output, and for each of its numbers the cell of the input's plane that it came from. */
export interface Pooled {
  output: Tensor;
  /** row · width + column, as float32 numbers. */
  indices: Tensor;
}

/**
 * The largest number of each window, for images of rank 2, 3 or 4. Each side becomes ⌊(i + 2p − k')/s⌋ + 1, or
 * ⌈…⌉ in ceil mode. The first of equals wins and takes the gradient.
 *
 * Throws if the kernel does not fit or the padding exceeds half of it. Source: PyTorch, MaxPool2d.
 *
 * @example
 * maxPool2d(tensor([[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]), 2).toArray();
 * // → [[5, 6], [7, 8]]
 */
export function maxPool2d(input: Tensor, kernelSize: Pair, options: PoolOptions = {}): Tensor {
  return extremes("max", "maxPool2d", input, kernelSize, options, false).output;
}

/**
 * The smallest number of each window: −maxPool2d(−input), with padding that never wins.
 *
 * Throws as `maxPool2d`.
 *
 * @example
 * minPool2d(tensor([[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]), 2).toArray();
 * // → [[1, 1], [1, 1]]
 */
export function minPool2d(input: Tensor, kernelSize: Pair, options: PoolOptions = {}): Tensor {
  return extremes("min", "minPool2d", input, kernelSize, options, false).output;
}

/**
 * `maxPool2d` that also says where each number came from: the switches of `maxUnpool2d`.
 *
 * Throws as `maxPool2d`. Source: PyTorch, MaxPool2d with `return_indices`.
 *
 * @example
 * maxPool2dWithIndices(tensor([[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]), 2).indices.toArray();
 * // → [[5, 2], [12, 15]]
 */
export function maxPool2dWithIndices(input: Tensor, kernelSize: Pair, options: PoolOptions = {}): Pooled {
  const { output, indices } = extremes("max", "maxPool2dWithIndices", input, kernelSize, options, true);
  if (indices === undefined) throw new Error("maxPool2dWithIndices: the kernel gave no indices");
  return { output, indices };
}

function extremes(
  kind: PoolKind,
  operation: string,
  input: Tensor,
  kernelSize: Pair,
  options: PoolOptions,
  withIndices: boolean,
): { output: Tensor; indices: Tensor | undefined } {
  knownOptions(operation, options, ["stride", "padding", "dilation", "ceilMode"]);
  const { image, lower } = lift(operation, input);
  const window = slidePool(operation, image, kernelSize, options);
  const geometry = poolGeometry(image, window);
  const shape = pooledShape(image, window);
  let indices: Tensor | undefined;
  if (withIndices || isRecorded(input)) {
    checkPlane(operation, image);
    // Filled by the same kernel call as the output.
    indices = compute(shape, () => undefined);
  }
  const places = indices;
  const output = compute(shape, (kernels, numbers) => {
    kernels.pool2d(kind, view(image), numbers, places && view(places), geometry);
  });
  if (places !== undefined) record(output, [[image, (g) => scatterAdd(g, places, image.shape)]], [places]);
  return { output: lower(output), indices: places && lower(places) };
}

/**
 * The mean of each window, for images of rank 2, 3 or 4. Sizes are as for `maxPool2d`.
 *
 * Throws if the kernel does not fit or the padding exceeds half of it. Source: PyTorch, AvgPool2d.
 *
 * @example
 * avgPool2d(tensor([[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]), 2).toArray();
 * // → [[2.75, 3], [3.25, 3.75]]
 */
export function avgPool2d(input: Tensor, kernelSize: Pair, options: AveragePoolOptions = {}): Tensor {
  knownOptions("avgPool2d", options, ["stride", "padding", "ceilMode", "countIncludePad", "divisorOverride"]);
  const { countIncludePad = true, divisorOverride: divisor } = options;
  if (divisor !== undefined && (divisor === 0 || !Number.isFinite(divisor))) {
    throw refusal("avgPool2d", "divisorOverride", "a number other than 0", divisor);
  }
  const { image, lower } = lift("avgPool2d", input);
  const window = slidePool("avgPool2d", image, kernelSize, options);
  return lower(average(image, window, { countIncludePad, ...(divisor === undefined ? {} : { divisor }) }));
}

type AverageOptions = Parameters<typeof averageTransposed>[2];

function average(image: Tensor, window: Window, options: AverageOptions): Tensor {
  const output = compute(pooledShape(image, window), (kernels, numbers) => {
    kernels.averagePool2d(view(image), numbers, poolGeometry(image, window), options);
  });
  return record(output, [[image, (g) => averageTransposed(g, window, options)]]);
}

function averageTransposed(
  gradient: Tensor,
  window: Window,
  options: { countIncludePad: boolean; divisor?: number },
): Tensor {
  const [batch, channels] = gradient.shape;
  const shape = [batch, channels, window.rows.input, window.columns.input];
  const output = compute(shape, (kernels, numbers) => {
    kernels.averagePool2dGradient(view(gradient), numbers, poolGeometry(gradient, window), options);
  });
  return record(output, [[gradient, (g) => average(g, window, options)]]);
}

function slidePool(operation: string, image: Tensor, kernelSize: Pair, options: PoolOptions): Window {
  const kernel = wholePair(operation, "kernelSize", kernelSize, 1);
  const dilation = wholePair(operation, "dilation", options.dilation ?? 1, 1);
  const padding = wholePair(operation, "padding", options.padding ?? 0, 0);
  padding.forEach((side, index) => {
    const half = Math.floor(extent(kernel[index], dilation[index]) / 2);
    if (side > half) throw refusal(operation, "padding", `at most half of the kernel (${half})`, side);
  });
  trueOrFalse(operation, "ceilMode", options.ceilMode ?? false);
  return slideWindow(operation, {
    input: [image.shape[2], image.shape[3]],
    kernel,
    stride: options.stride ?? kernel,
    padding,
    dilation,
    ceilMode: options.ceilMode ?? false,
  });
}

function poolGeometry(image: Tensor, window: Window): PoolGeometry {
  return { planes: image.shape[0] * image.shape[1], ...window };
}

function pooledShape(image: Tensor, { rows, columns }: Window): number[] {
  return [image.shape[0], image.shape[1], rows.output, columns.output];
}
