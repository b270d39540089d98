import { extent } from "../tensor/window.js";
import { explanation, type Explanation } from "./explanation.js";
import { layersOf, type Network } from "./network.js";
import { slideOf } from "./reads.js";
import { receptiveField } from "./receptive-field.js";
import {
  inputSizes,
  type InputSizesOptions,
  samePadding,
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
  const sizes = inputSizes(options);
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
  const padding = samePadding(options);
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

export interface FieldExplanation extends Explanation {
  readonly size: number;
}

/**
 * Explains the receptive field on the rows of a network without branches, term by term: r = 1 + Σ (k' − 1)·j,
 * where j is the product of the strides before a layer (Araujo, Norris and Sim, 2019).
 *
 * Throws where the sum does not say it: branches, and layers that enlarge or see everything; `receptiveField`
 * gives their numbers.
 *
 * @example
 * explainReceptiveField([{ op: "conv2d", kernel: 3, stride: 2 }, { op: "conv2d", kernel: 3, dilation: 2 }]).text;
 * // → "r = 1 + Σ (d(k − 1))·j = 1 + 2·1 + 4·2 = 11"
 */
export function explainReceptiveField(network: Network, layer?: string): FieldExplanation {
  const layers = layersOf(network);
  const field = receptiveField(network);
  const last = layer === undefined ? layers.length - 1 : field.layers.indexOf(field.layer(layer));
  const terms: string[] = [];
  let jump = 1;
  for (const [index, one] of layers.slice(0, last + 1).entries()) {
    const before = index === 0 ? one.from[0] : layers[index - 1].name;
    if (one.from.length !== 1 || one.from[0] !== before || !summed.includes(one.op)) {
      throw new Error(
        `explainReceptiveField: ${one.name}: expected one path of convolutions, pools and pointwise layers, got ` +
          `${one.op} of ${one.from.join(", ")}; receptiveField gives its numbers`,
      );
    }
    if (!sliding.includes(one.op)) continue;
    const { span, stride } = slideOf(one, 0);
    terms.push(`${span - 1}·${jump}`);
    jump *= stride;
  }
  const { size } = field.layers[last].rows;
  const numbers = ["1", ...terms].join(" + ");
  return {
    ...explanation(
      `r = 1 + Σ (d(k − 1))·j = ${numbers} = ${size}`,
      `r = 1 + \\sum_l d_l(k_l - 1) \\prod_{i<l} s_i = ${toLatex(numbers)} = ${size}`,
    ),
    size,
  };
}

const sliding = ["conv2d", "maxPool2d", "minPool2d", "avgPool2d"];
const summed = [...sliding, "relu", "leakyRelu", "sigmoid", "tanh", "batchNorm2d", "dropout"];

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
