import { extent } from "../tensor/window.js";
import { explanation, type Explanation } from "./explanation.js";
import {
  type InputSizesOptions,
  inverse,
  keepingPadding,
  type SamePadding,
  type SamePaddingOptions,
} from "./sizes.js";

export interface InputSizesExplanation extends Explanation {
  readonly sizes: readonly number[];
}

/**
 * Explains which inputs give an output size, with the numbers put in.
 *
 * @example
 * explainInputSizes({ output: 3, kernel: 3, stride: 2 }).text;
 * // → "i from (o − 1)s + k − 2p = (3 − 1)·2 + 3 − 2·0 = 7 to 7 + s − 1 = 8"
 */
export function explainInputSizes(options: InputSizesOptions): InputSizesExplanation {
  const sizes = inverse("explainInputSizes", options);
  const { output, kernel, stride = 1, dilation = 1, padding = 0 } = options;
  const span = extent(kernel, dilation);
  const even = typeof padding === "number" || padding[0] === padding[1];
  const [before, after] = typeof padding === "number" ? [padding, padding] : padding;
  const pads = even ? `2·${before}` : `${before} − ${after}`;
  const window = dilation > 1 ? `(${dilation}(${kernel} − 1) + 1)` : String(kernel);
  const letters = `(o − 1)s + ${dilation > 1 ? "(d(k − 1) + 1)" : "k"} − ${even ? "2p" : "p₁ − p₂"}`;
  const least = (output - 1) * stride + span - before - after;
  const numbers = `(${output} − 1)·${stride} + ${window} − ${pads}`;
  const first = `${letters} = ${numbers} = ${signed(least)}`;
  const last = least + stride - 1;
  const none = sizes.length === 0 ? "; no input is that small" : least < 1 ? "; inputs begin at 1" : "";
  const text =
    stride === 1
      ? `i = ${first}${none}`
      : `i from ${first} to ${signed(least)} + s − 1 = ${signed(last)}${none}`;
  const latex =
    stride === 1
      ? `i = ${toLatex(first)}${words(none)}`
      : `${toLatex(first)} \\le i \\le ${least} + s - 1 = ${last}${words(none)}`;
  return { ...explanation(text, latex), sizes };
}

export interface SamePaddingExplanation extends Explanation {
  readonly padding: SamePadding;
}

/**
 * Explains the padding that keeps the size, with the numbers put in.
 *
 * @example
 * explainSamePadding({ kernel: 4 }).text;
 * // → "p₁ + p₂ = k − 1 = 4 − 1 = 3: 1 before and 2 after"
 */
export function explainSamePadding(options: SamePaddingOptions): SamePaddingExplanation {
  const padding = keepingPadding("explainSamePadding", options);
  const { kernel, input = 0, stride = 1, dilation = 1 } = options;
  const both = padding.before + padding.after;
  const span = extent(kernel, dilation);
  const [letters, numbers] =
    stride > 1
      ? [
          `max(0, (⌈i/s⌉ − 1)s + ${dilation > 1 ? "d(k − 1) + 1" : "k"} − i)`,
          `max(0, (⌈${input}/${stride}⌉ − 1)·${stride} + ${span} − ${input})`,
        ]
      : dilation > 1
        ? ["d(k − 1)", `${dilation}·(${kernel} − 1)`]
        : ["k − 1", `${kernel} − 1`];
  const split = `: ${padding.before} before and ${padding.after} after`;
  const text = `p₁ + p₂ = ${letters} = ${numbers} = ${both}${split}`;
  const latex = `p_1 + p_2 = ${toLatex(letters)} = ${toLatex(numbers)} = ${both}${words(split)}`;
  return { ...explanation(text, latex), padding };
}

function signed(value: number): string {
  return String(value).replace("-", "−");
}

function words(plain: string): string {
  return plain === "" ? "" : `\\text{${plain}}`;
}

function toLatex(plain: string): string {
  return plain
    .replace(/⌈([^⌉]*)\/([^⌉]*)⌉/g, "\\left\\lceil\\frac{$1}{$2}\\right\\rceil")
    .replaceAll("−", "-")
    .replaceAll("·", " \\cdot ")
    .replaceAll("max", "\\max")
    .replaceAll("p₁", "p_1")
    .replaceAll("p₂", "p_2");
}
