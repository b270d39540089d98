import type { PoolGeometry, PoolKind } from "../backend/backend.js";
import { noGrad, record } from "../autograd/tape.js";
import { tensor } from "../tensor/create.js";
import { complaint, knownOptions, refusal, trueOrFalse, wholePair } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Axis, extent, type Pair, positions, slideWindow, taps, type Window } from "../tensor/window.js";
import { relu } from "./activation.js";
import { compute, view } from "./compute.js";
import { unfoldBatch } from "./fold.js";
import { abs, div, mul, pow, sign } from "./math.js";
import { rootOfPowers } from "./moments.js";
import { pick, type Picking, pickWithIndices, type Pooled } from "./pick.js";
import { reshape } from "./shape.js";
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

export interface LpPoolOptions {
  /** The kernel's size unless said. */
  stride?: Pair;
  ceilMode?: boolean;
}

/**
 * The largest number of each window, for images of rank 2, 3 or 4. Each side becomes ⌊(i + 2p − k')/s⌋ + 1, or
 * ⌈…⌉ in ceil mode. The first of equals wins and takes the gradient.
 *
 * Throws if the kernel does not fit or the padding exceeds half of it. A window of padding alone, which needs
 * dilation, gives −∞ and takes no gradient. Source: PyTorch, MaxPool2d.
 *
 * @example
 * maxPool2d(tensor([[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]), 2).toArray();
 * // → [[5, 6], [7, 8]]
 */
export function maxPool2d(input: Tensor, kernelSize: Pair, options: PoolOptions = {}): Tensor {
  const { picking, lower } = extremes("max", "maxPool2d", input, kernelSize, options);
  return lower(pick(picking));
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
  const { picking, lower } = extremes("min", "minPool2d", input, kernelSize, options);
  return lower(pick(picking));
}

/**
 * `maxPool2d` that also says where each number came from: the switches of `maxUnpool2d`.
 *
 * Throws as `maxPool2d`, if a plane has more than 2²⁴ cells, which float32 indices cannot number, and if a window
 * reads padding alone. Source: PyTorch, MaxPool2d with `return_indices`.
 *
 * @example
 * maxPool2dWithIndices(tensor([[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]), 2).indices.toArray();
 * // → [[5, 2], [12, 15]]
 */
export function maxPool2dWithIndices(input: Tensor, kernelSize: Pair, options: PoolOptions = {}): Pooled {
  return extremesWithIndices("max", "maxPool2dWithIndices", input, kernelSize, options);
}

/**
 * `minPool2d` that also says where each number came from, as `maxPool2dWithIndices`.
 *
 * Throws as `maxPool2dWithIndices`.
 *
 * @example
 * minPool2dWithIndices(tensor([[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]), 2).indices.toArray();
 * // → [[0, 7], [8, 11]]
 */
export function minPool2dWithIndices(input: Tensor, kernelSize: Pair, options: PoolOptions = {}): Pooled {
  return extremesWithIndices("min", "minPool2dWithIndices", input, kernelSize, options);
}

function extremesWithIndices(
  kind: PoolKind,
  operation: string,
  input: Tensor,
  kernelSize: Pair,
  options: PoolOptions,
): Pooled {
  const { picking, lower, window } = extremes(kind, operation, input, kernelSize, options);
  checkReads(operation, window.rows, " (rows)");
  checkReads(operation, window.columns, " (columns)");
  const { output, indices } = pickWithIndices(operation, picking);
  return { output: lower(output), indices: lower(indices) };
}

function extremes(
  kind: PoolKind,
  operation: string,
  input: Tensor,
  kernelSize: Pair,
  options: PoolOptions,
): { picking: Picking; window: Window; lower: (result: Tensor) => Tensor } {
  knownOptions(operation, options, ["stride", "padding", "dilation", "ceilMode"]);
  const { image, lower } = lift(operation, input);
  const window = slidePool(operation, image, kernelSize, options);
  const picking: Picking = {
    image,
    shape: pooledShape(image, window),
    run: (kernels, output, cells) => {
      kernels.pool2d(kind, view(image), output, cells, poolGeometry(image, window));
    },
  };
  return { picking, window, lower };
}

/** Refuses windows that read padding alone, which name no cell: taps far apart can step over all of a small input. */
function checkReads(operation: string, axis: Axis, name: string): void {
  if (axis.dilation === 1) return;
  for (let index = 0; index < axis.output && index * axis.stride < axis.before; index++) {
    const cells = taps(axis, index);
    if (cells.some((cell) => cell >= 0 && cell < axis.input)) continue;
    throw complaint(
      operation,
      `padding${name}`,
      "a cell of the input in every window",
      `one that reads cells ${cells.join(", ")} of 0 … ${axis.input - 1}`,
    );
  }
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
  trueOrFalse("avgPool2d", "countIncludePad", countIncludePad);
  const { image, lower } = lift("avgPool2d", input);
  const window = slidePool("avgPool2d", image, kernelSize, options);
  return lower(average(image, window, { countIncludePad, ...(divisor === undefined ? {} : { divisor }) }));
}

/**
 * (Σ xᵖ)^(1/p) over each window; `normType` is p. A negative sum has no root, which gives NaN, unless p = 1; a
 * negative cell has no power, which gives NaN, if p is not whole.
 *
 * Throws if p is not positive, or the kernel does not fit. Source: PyTorch, LPPool2d, whose ceil mode scales a cut-off
 * window's mean as if it were whole.
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
  if (!(Number.isFinite(normType) && normType > 0)) {
    throw refusal("lpPool2d", "normType", "a positive number", normType);
  }
  const { image, lower } = lift("lpPool2d", input);
  const window = slidePool("lpPool2d", image, kernelSize, options);
  if (!powersFit(image, normType)) return lower(scaledNorm(image, normType, window));
  const mean = average(pow(image, normType), window, { countIncludePad: true });
  const sum = mul(mul(sign(mean), relu(abs(mean))), window.rows.kernel * window.columns.kernel);
  return lower(pow(sum, 1 / normType));
}

/** Whether the powers that the p-norm and its gradient take of the image's numbers are well inside float32's range. */
function powersFit(image: Tensor, p: number): boolean {
  const largest = 2 ** (100 / Math.max(p, 1 - p));
  const numbers = view(image);
  for (let at = 0; at < numbers.length; at++) {
    const size = Math.abs(numbers[at]);
    // 0, infinity and NaN are the same to any power.
    if (size > 0 && size < Infinity && (size > largest || size < 1 / largest)) return false;
  }
  return true;
}

/** The same for any numbers, from each window's cells in a column, which takes more memory. */
function scaledNorm(image: Tensor, p: number, window: Window): Tensor {
  const [batch, channels, height, width] = pooledShape(image, window);
  const { rows, columns } = window;
  const size = rows.kernel * columns.kernel;
  const geometry = { rows: reaching(rows), columns: reaching(columns), outputChannels: 1, groups: 1 };
  const read = unfoldBatch(image, { ...geometry, batch, inputChannels: channels });
  const cells = reshape(read, [batch, channels, size, height * width]);
  const roots = noGrad(() => rootOfPowers(cells, [2], p));
  record(roots, [[cells, (g) => mul(g, pow(div(cells, roots), p - 1))]], [roots]);
  // A window that ceil mode cuts off has its mean scaled as if it were whole.
  const inside = [rows, columns].map((axis) => positions(axis).map((_, at) => insideOf(axis, at)));
  const shares = inside[0].flatMap((down) => inside[1].map((across) => (size / (down * across)) ** (1 / p)));
  return mul(reshape(roots, [batch, channels, height, width]), tensor(shares, [height, width]));
}

/** The axis with zeros behind it as far as its last window reaches. */
function reaching(axis: Axis): Axis {
  const end = (axis.output - 1) * axis.stride + extent(axis.kernel, axis.dilation);
  return { ...axis, after: Math.max(0, end - axis.before - axis.input) };
}

/** How many cells of the input that window reads. */
function insideOf(axis: Axis, index: number): number {
  return taps(axis, index).filter((cell) => cell >= 0 && cell < axis.input).length;
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
