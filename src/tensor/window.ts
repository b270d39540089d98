/**
 * Window geometry: how a kernel slides over an axis. Everything that needs a window's size, padding or position,
 * from operations to figures and labs, asks this module.
 *
 * Sources: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016); PyTorch's
 * documentation of Conv2d, ConvTranspose2d and MaxPool2d for `ceilMode`, `"same"` and `outputPadding`; TensorFlow's
 * of tf.nn.convolution for `"same"` with a stride.
 */
import { complaint, knownOptions, oneOf, refusal, trueOrFalse, wholeNumber, wholePair } from "./errors.js";

/** How a kernel slides over one axis. Lengths and positions count cells of the unpadded input. */
export interface Axis {
  /** Cells of the input, without padding. */
  input: number;
  /** Cells of the kernel, without dilation. */
  kernel: number;
  stride: number;
  dilation: number;
  /** Padding cells before the first input cell. */
  before: number;
  /** Padding cells after the last one. */
  after: number;
  /** Number of windows. Window `o` starts at `o * stride - before`; its tap `t` reads `t * dilation` further on. */
  output: number;
}

/** A window over an image: its rows and its columns. */
export interface Window {
  rows: Axis;
  columns: Axis;
}

/** Padding by name: none; ⌈i/s⌉ positions; ⌊k'/2⌋; k' − 1, where k' = d(k − 1) + 1. */
export type NamedPadding = "valid" | "same" | "half" | "full";

const namedPaddings: readonly NamedPadding[] = ["valid", "same", "half", "full"];

/** Padding of one axis: the same on both sides, `[before, after]`, or a name. */
export type AxisPadding = number | readonly [number, number] | NamedPadding;

/** Padding of an image: all sides, `[height, width]`, `[left, right, top, bottom]`, or a name. */
export type Padding =
  number | readonly [number, number] | readonly [number, number, number, number] | NamedPadding;

/** One number for both axes, or `[height, width]`. */
export type Pair = number | readonly [number, number];

/** What one axis is asked: only `input` and `kernel` have no default. */
export interface AxisOptions {
  input: number;
  kernel: number;
  stride?: number;
  padding?: AxisPadding;
  dilation?: number;
  /** Rounds the size up, so that the last window may run into the padding and past it, as PyTorch's pools do. */
  ceilMode?: boolean;
}

export interface OutputSize {
  /** Number of positions of the window. */
  size: number;
  /** Whether the windows end exactly where the padded axis ends. */
  exact: boolean;
  /** How many trailing positions of the padded axis no window reads. */
  unread: number;
}

/** k' = d(k − 1) + 1: the cells that a dilated kernel spans. */
export function extent(kernel: number, dilation = 1): number {
  return dilation * (kernel - 1) + 1;
}

/**
 * How many positions a window has on one axis: ⌊(i + p − k')/s⌋ + 1, where p counts both sides and
 * k' = d(k − 1) + 1.
 *
 * Throws if an argument is no whole number or if the kernel does not fit on the padded input.
 * Source: Dumoulin and Visin (2016), relationship 15.
 *
 * @example
 * outputSize({ input: 7, kernel: 3, stride: 3 });
 * // → { size: 2, exact: false, unread: 1 }
 */
export function outputSize(options: AxisOptions): OutputSize {
  knownOptions("outputSize", options, axisOptions);
  const axis = slide("outputSize", options);
  const unread = trailing(axis);
  return { size: axis.output, exact: unread === 0, unread: Math.max(0, unread) };
}

/** What `outputSize` may be asked. */
export const axisOptions: readonly (keyof AxisOptions)[] = [
  "input",
  "kernel",
  "stride",
  "padding",
  "dilation",
  "ceilMode",
];

/** Cells of the padded axis after the last window's end; negative where `ceilMode` runs past it. */
function trailing(axis: Axis): number {
  const end = (axis.output - 1) * axis.stride + extent(axis.kernel, axis.dilation);
  return axis.before + axis.input + axis.after - end;
}

/**
 * The size of a transposed convolution's output on one axis: (i − 1)s − 2p + d(k − 1) + outputPadding + 1.
 *
 * Throws if an argument is no whole number, if `outputPadding` is not smaller than the stride or the dilation
 * (as PyTorch), or if nothing is left.
 * Source: PyTorch, ConvTranspose2d.
 *
 * @example
 * transposedOutputSize({ input: 28, kernel: 4, stride: 2, padding: 1 });
 * // → 56
 */
export function transposedOutputSize(options: TransposedAxisOptions): number {
  knownOptions("transposedOutputSize", options, transposedAxisOptions);
  return slideTransposed("transposedOutputSize", options).input;
}

/** What `transposedOutputSize` may be asked. */
export const transposedAxisOptions: readonly (keyof TransposedAxisOptions)[] = [
  "input",
  "kernel",
  "stride",
  "padding",
  "outputPadding",
  "dilation",
];

export interface TransposedAxisOptions {
  input: number;
  kernel: number;
  stride?: number;
  padding?: number;
  outputPadding?: number;
  dilation?: number;
}

/**
 * The geometry of the convolution that a transposed convolution is the transpose of: its `output` is the
 * transposed operation's input, its `input` the transposed operation's output.
 */
export function slideTransposed(operation: string, options: TransposedAxisOptions, name = ""): Axis {
  const output = wholeNumber(operation, `input${name}`, options.input, 1);
  const kernel = wholeNumber(operation, `kernel${name}`, options.kernel, 1);
  const stride = wholeNumber(operation, `stride${name}`, options.stride ?? 1, 1);
  const dilation = wholeNumber(operation, `dilation${name}`, options.dilation ?? 1, 1);
  const padding = wholeNumber(operation, `padding${name}`, options.padding ?? 0, 0);
  const extra = wholeNumber(operation, `outputPadding${name}`, options.outputPadding ?? 0, 0);
  if (extra > 0 && extra >= Math.max(stride, dilation)) {
    throw refusal(
      operation,
      `outputPadding${name}`,
      `less than the stride (${stride}) or the dilation (${dilation})`,
      extra,
    );
  }
  const input = (output - 1) * stride - 2 * padding + extent(kernel, dilation) + extra;
  countable(operation, `input${name}`, [input, extent(kernel, dilation), 2 * padding]);
  if (input < 1) {
    throw complaint(
      operation,
      `padding${name}`,
      "at least one output cell from (i − 1)·s − 2p + d(k − 1) + outputPadding + 1",
      `(${output} − 1)·${stride} − 2·${padding} + ${dilation}·(${kernel} − 1) + ${extra} + 1 = ${input}`,
    );
  }
  return { input, kernel, stride, dilation, before: padding, after: padding - extra, output };
}

/** The geometry of one axis; `name` is put after an argument's name in errors (" (rows)"). */
export function slide(operation: string, options: AxisOptions, name = ""): Axis {
  const input = wholeNumber(operation, `input${name}`, options.input, 0);
  const kernel = wholeNumber(operation, `kernel${name}`, options.kernel, 1);
  const stride = wholeNumber(operation, `stride${name}`, options.stride ?? 1, 1);
  const dilation = wholeNumber(operation, `dilation${name}`, options.dilation ?? 1, 1);
  const span = extent(kernel, dilation);
  const [before, after] = axisPadding(operation, options.padding ?? 0, { input, span, stride }, name);
  const padded = before + input + after;
  countable(operation, `input${name}`, [padded, span]);
  trueOrFalse(operation, "ceilMode", options.ceilMode ?? false);
  const free = padded - span;
  const [left, right] = options.ceilMode ? ["⌈", "⌉"] : ["⌊", "⌋"];
  let output = (options.ceilMode ? Math.ceil(free / stride) : Math.floor(free / stride)) + 1;
  // A window that would start in the padding after the input reads nothing: PyTorch drops it.
  if (options.ceilMode && (output - 1) * stride >= before + input) output -= 1;
  // In ceil mode a kernel may be larger than the padded input: its single window is cut off.
  if (output < 1) {
    throw complaint(
      operation,
      `kernel${name}`,
      `a kernel that fits on the padded input: ${left}(i + p − (d(k − 1) + 1))/s${right} + 1 ≥ 1`,
      `${left}(${input} + ${before + after} − (${dilation}·(${kernel} − 1) + 1))/${stride}${right} + 1 = ${output}`,
    );
  }
  return { input, kernel, stride, dilation, before, after, output };
}

/** Throws where lengths are too large to be counted exactly. */
function countable(operation: string, argument: string, lengths: readonly number[]): void {
  const odd = lengths.find((length) => !Number.isSafeInteger(length));
  if (odd !== undefined) throw refusal(operation, argument, "lengths below 2⁵³ in all", odd);
}

/**
 * The least padding that gives a window of `span` cells ⌈i/s⌉ positions, as `[before, after]`:
 * max((⌈i/s⌉ − 1)s + k' − i, 0) cells, of which an odd one goes after. At stride 1 that is k' − 1, whatever the input.
 */
export function samePaddingOf({ input, span, stride }: Sliding): [number, number] {
  const both = Math.max((Math.ceil(input / stride) - 1) * stride + span - input, 0);
  const before = Math.floor(both / 2);
  return [before, both - before];
}

interface Sliding {
  input: number;
  /** The cells that the dilated kernel spans. */
  span: number;
  stride: number;
}

/** `[before, after]` of one axis. */
function axisPadding(
  operation: string,
  padding: AxisPadding,
  sliding: Sliding,
  name: string,
): [number, number] {
  const argument = `padding${name}`;
  if (typeof padding === "number") {
    wholeNumber(operation, argument, padding, 0);
    return [padding, padding];
  }
  if (typeof padding === "object") return wholePair(operation, argument, padding, 0);
  const { span } = sliding;
  switch (oneOf(operation, argument, padding, namedPaddings)) {
    case "valid":
      return [0, 0];
    case "half":
      return [Math.floor(span / 2), Math.floor(span / 2)];
    case "full":
      return [span - 1, span - 1];
    case "same":
      return samePaddingOf(sliding);
  }
}

/** Splits an image's padding into its rows' and its columns'. */
export function splitPadding(
  operation: string,
  padding: Padding,
): { rows: AxisPadding; columns: AxisPadding } {
  if (typeof padding !== "object") return { rows: padding, columns: padding };
  const given: readonly number[] = padding;
  if (!Array.isArray(padding)) {
    throw refusal(operation, "padding", "a number, [h, w], [left, right, top, bottom] or a name", padding);
  }
  given.forEach((value, index) => wholeNumber(operation, `padding[${index}]`, value, 0));
  if (padding.length === 2) return { rows: padding[0], columns: padding[1] };
  if (padding.length !== 4) {
    throw refusal(operation, "padding", "a number, [h, w], [left, right, top, bottom] or a name", padding);
  }
  const [left, right, top, bottom] = padding;
  return { rows: [top, bottom], columns: [left, right] };
}

export interface WindowOptions {
  input: readonly [number, number];
  kernel: readonly [number, number];
  stride?: Pair;
  padding?: Padding;
  dilation?: Pair;
  ceilMode?: boolean;
}

/** The geometry of a window over an image of `input` = [height, width]. */
export function slideWindow(operation: string, options: WindowOptions): Window {
  const stride = wholePair(operation, "stride", options.stride ?? 1, 1);
  const dilation = wholePair(operation, "dilation", options.dilation ?? 1, 1);
  const padding = splitPadding(operation, options.padding ?? 0);
  const axis = (index: 0 | 1, sides: AxisPadding, name: string): Axis =>
    slide(
      operation,
      {
        input: options.input[index],
        kernel: options.kernel[index],
        stride: stride[index],
        dilation: dilation[index],
        padding: sides,
        ceilMode: options.ceilMode ?? false,
      },
      name,
    );
  return { rows: axis(0, padding.rows, " (rows)"), columns: axis(1, padding.columns, " (columns)") };
}

/**
 * Where each window starts, in cells of the unpadded input: negative inside the padding.
 *
 * @example
 * positions({ input: 5, kernel: 3, stride: 2, dilation: 1, before: 1, after: 1, output: 3 });
 * // → [-1, 1, 3]
 */
export function positions(axis: Axis): number[] {
  checkAxis("positions", axis);
  return Array.from({ length: axis.output }, (_, index) => index * axis.stride - axis.before);
}

/**
 * The input cells that window `index` reads, tap by tap; cells of the padding are < 0 or ≥ `axis.input`.
 *
 * @example
 * taps({ input: 7, kernel: 3, stride: 1, dilation: 2, before: 0, after: 0, output: 3 }, 1);
 * // → [1, 3, 5]
 */
export function taps(axis: Axis, index: number): number[] {
  checkAxis("taps", axis);
  if (wholeNumber("taps", "index", index, 0) >= axis.output)
    throw refusal("taps", "index", `less than ${axis.output} windows`, index);
  return tapsOf(axis, index);
}

function tapsOf(axis: Axis, index: number): number[] {
  const start = index * axis.stride - axis.before;
  return Array.from({ length: axis.kernel }, (_, tap) => start + tap * axis.dilation);
}

/**
 * The windows that divide `input` cells into `output` parts that may overlap by a cell: for each the first cell and
 * the one after its last, ⌊o·i/n⌋ and ⌈(o + 1)·i/n⌉. Source: PyTorch, AdaptiveAvgPool2d.
 */
export function adaptiveWindows({ input, output }: { input: number; output: number }): [number, number][] {
  return Array.from({ length: output }, (_, index) => [
    Math.floor((index * input) / output),
    Math.ceil(((index + 1) * input) / output),
  ]);
}

/**
 * How many windows read each input cell.
 *
 * @example
 * useCounts({ input: 5, kernel: 3, stride: 1, dilation: 1, before: 0, after: 0, output: 3 });
 * // → [1, 2, 3, 2, 1]
 */
export function useCounts(axis: Axis): number[] {
  checkAxis("useCounts", axis);
  const counts = new Array<number>(axis.input).fill(0);
  for (let index = 0; index < axis.output; index++) {
    for (const cell of tapsOf(axis, index)) {
      if (cell >= 0 && cell < axis.input) counts[cell] = (counts[cell] ?? 0) + 1;
    }
  }
  return counts;
}

/** Throws if `axis` is no geometry: what `positions` and the like read of it. */
function checkAxis(operation: string, axis: Axis): void {
  const given: unknown = axis;
  if (typeof given !== "object" || given === null) {
    throw refusal(operation, "axis", "the geometry of one axis", axis);
  }
  const least = { input: 0, kernel: 1, stride: 1, dilation: 1, before: 0, output: 0 };
  for (const [name, minimum] of Object.entries(least)) {
    wholeNumber(operation, `axis.${name}`, axis[name as keyof typeof least], minimum);
  }
}
