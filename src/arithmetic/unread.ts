import { knownOptions, refusal, wholePair } from "../tensor/errors.js";
import { type Axis, type Padding, type Pair, positions, slideWindow, taps } from "../tensor/window.js";

export interface UnreadOptions {
  /** Cells of the input: of each side, or `[height, width]`. */
  readonly input: Pair;
  readonly kernel: Pair;
  readonly stride?: Pair;
  readonly padding?: Padding;
  readonly dilation?: Pair;
  readonly ceilMode?: boolean;
}

export interface Unread {
  /** The rows of the input that no window reads. */
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  /** How many of height × width pixels lie in one of them. */
  readonly pixels: number;
}

const most = 100_000;

/**
 * Which rows and columns of an image no window reads: those that a stride leaves over at the end, and those that
 * a stride or a dilation skips.
 *
 * Throws if the kernel does not fit on the padded input.
 *
 * @example
 * unreadPixels({ input: 7, kernel: 3, stride: 3 });
 * // → { rows: [6], columns: [6], pixels: 13 }
 */
export function unreadPixels(options: UnreadOptions): Unread {
  const name = "unreadPixels";
  knownOptions(name, options, ["input", "kernel", "stride", "padding", "dilation", "ceilMode"]);
  const input = wholePair(name, "input", options.input, 1);
  if (Math.max(...input) > most) throw refusal(name, "input", `at most ${most} cells a side`, options.input);
  const window = slideWindow(name, {
    ...options,
    input,
    kernel: wholePair(name, "kernel", options.kernel, 1),
  });
  const rows = unreadOf(window.rows);
  const columns = unreadOf(window.columns);
  const [height, width] = input;
  return { rows, columns, pixels: height * width - (height - rows.length) * (width - columns.length) };
}

/** The input cells of one axis that no window reads. */
export function unreadOf(axis: Axis): number[] {
  const read = new Set(positions(axis).flatMap((_, index) => taps(axis, index)));
  return Array.from({ length: axis.input }, (_, cell) => cell).filter((cell) => !read.has(cell));
}
