import {
  type AxisOptions,
  axisOptions,
  extent,
  outputSize,
  type OutputSize,
  samePaddingOf,
  slide,
  slideTransposed,
  type TransposedAxisOptions,
  transposedAxisOptions,
} from "../tensor/window.js";
import { knownOptions, refusal, trueOrFalse, wholeNumber, wholePair } from "../tensor/errors.js";
import { explanation, type Explanation } from "./explanation.js";
import { relationshipOf, transposedRelationshipOf } from "./relationships.js";

export { outputSize, type OutputSize };

export interface SizeExplanation extends Explanation {
  readonly size: number;
  /** The number of the relationship in Dumoulin and Visin's guide; the lecture shows 1 to 6. */
  readonly relationship: number;
}

/**
 * Explains an output size with the numbers put in, by the simplest of the guide's relationships that applies.
 *
 * @example
 * explainOutputSize({ input: 7, kernel: 3, stride: 3 }).text;
 * // → "relationship 5: o = ⌊(i − k)/s⌋ + 1 = ⌊(7 − 3)/3⌋ + 1 = 2; the windows leave 1 position unread"
 */
export function explainOutputSize(options: AxisOptions & { readonly pooling?: boolean }): SizeExplanation {
  knownOptions("explainOutputSize", options, [...axisOptions, "pooling"]);
  const { pooling = false, ...plain } = options;
  trueOrFalse("explainOutputSize", "pooling", pooling);
  const axis = slide("explainOutputSize", plain);
  const { size, unread, exact } = outputSize(plain);
  const relationship = relationshipOf(axis, pooling, plain.ceilMode === true);
  const numbers = relationship.withNumbers(axis);
  let rest =
    exact || unread === 0 ? "" : `; the windows leave ${unread} position${unread === 1 ? "" : "s"} unread`;
  const free = axis.before + axis.input + axis.after - extent(axis.kernel, axis.dilation);
  if (plain.ceilMode === true && Math.ceil(free / axis.stride) + 1 > size) {
    rest = " after the last window, which would start past the input, is dropped";
  }
  return {
    ...explanation(
      `relationship ${relationship.number}: ${relationship.formula} = ${numbers.text} = ${size}${rest}`,
      `${relationship.latex} = ${numbers.latex} = ${size}${rest === "" ? "" : `\\text{${rest}}`}`,
    ),
    size,
    relationship: relationship.number,
  };
}

/**
 * Explains a transposed convolution's output size with the numbers put in.
 *
 * @example
 * explainTransposedOutputSize({ input: 4, kernel: 3, stride: 2, padding: 1 }).size;
 * // → 7
 */
export function explainTransposedOutputSize(options: TransposedAxisOptions): SizeExplanation {
  knownOptions("explainTransposedOutputSize", options, transposedAxisOptions);
  const axis = slideTransposed("explainTransposedOutputSize", options);
  const relationship = transposedRelationshipOf(axis, options.outputPadding ?? 0);
  const numbers = relationship.withNumbers(axis);
  return {
    ...explanation(
      `relationship ${relationship.number}: ${relationship.formula} = ${numbers.text} = ${axis.input}`,
      `${relationship.latex} = ${numbers.latex} = ${axis.input}`,
    ),
    size: axis.input,
    relationship: relationship.number,
  };
}

export interface InputSizesOptions {
  readonly output: number;
  readonly kernel: number;
  readonly stride?: number;
  /** Cells on each side, or `[before, after]`. */
  readonly padding?: number | readonly [number, number];
  readonly dilation?: number;
}

/**
 * Every input size that gives an output size: as many as the stride, from (o − 1)s + k' − p on, where p counts
 * both sides and k' = d(k − 1) + 1. Empty where none is positive.
 *
 * @example
 * inputSizes({ output: 3, kernel: 3, stride: 2 });
 * // → [7, 8]
 */
export function inputSizes(options: InputSizesOptions): number[] {
  return inverse("inputSizes", options);
}

/** The same for a caller of another name. */
export function inverse(name: string, options: InputSizesOptions): number[] {
  knownOptions(name, options, ["output", "kernel", "stride", "padding", "dilation"]);
  const output = wholeNumber(name, "output", options.output, 1);
  const kernel = wholeNumber(name, "kernel", options.kernel, 1);
  const stride = wholeNumber(name, "stride", options.stride ?? 1, 1);
  const dilation = wholeNumber(name, "dilation", options.dilation ?? 1, 1);
  const [before, after] = wholePair(name, "padding", options.padding ?? 0, 0);
  if (stride > mostSizes)
    throw refusal(name, "stride", `at most ${mostSizes}, as each gives one size`, stride);
  const least = (output - 1) * stride + extent(kernel, dilation) - before - after;
  if (!Number.isSafeInteger(least)) throw refusal(name, "output", "sizes below 2⁵³", least);
  return Array.from({ length: stride }, (_, index) => least + index).filter((size) => size >= 1);
}

const mostSizes = 1_000_000;

export interface SamePaddingOptions {
  readonly kernel: number;
  /** Needed where the stride is not 1. */
  readonly input?: number;
  readonly stride?: number;
  readonly dilation?: number;
}

export interface SamePadding {
  readonly before: number;
  /** One more than `before` where the sum is odd: the odd cell goes right and bottom. */
  readonly after: number;
}

/**
 * The padding that keeps the size at stride 1, and gives ⌈i/s⌉ at stride s (TensorFlow's "SAME").
 *
 * @example
 * samePadding({ kernel: 4 });
 * // → { before: 1, after: 2 }
 */
export function samePadding(options: SamePaddingOptions): SamePadding {
  return keepingPadding("samePadding", options);
}

/** The same for a caller of another name. */
export function keepingPadding(name: string, options: SamePaddingOptions): SamePadding {
  knownOptions(name, options, ["kernel", "input", "stride", "dilation"]);
  const kernel = wholeNumber(name, "kernel", options.kernel, 1);
  const stride = wholeNumber(name, "stride", options.stride ?? 1, 1);
  const dilation = wholeNumber(name, "dilation", options.dilation ?? 1, 1);
  const span = extent(kernel, dilation);
  if (!Number.isSafeInteger(span)) throw refusal(name, "kernel", "a span below 2⁵³", span);
  // At stride 1 the input's size does not matter; one that is given is looked at all the same.
  const input = options.input === undefined ? undefined : wholeNumber(name, "input", options.input, 1);
  if (stride > 1 && input === undefined) {
    throw refusal(name, "input", "the input's size where the stride is not 1", undefined);
  }
  const [before, after] = samePaddingOf({ input: input ?? 1, span, stride });
  return { before, after };
}
