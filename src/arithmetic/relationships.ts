import { type Axis, extent } from "../tensor/window.js";

/**
 * The fifteen relationships of Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016);
 * the lecture shows the first six.
 */
export interface Relationship {
  readonly number: number;
  readonly title: string;
  /** When it holds. */
  readonly condition: string;
  readonly formula: string;
  readonly latex: string;
  /** The right-hand side with an axis's numbers put in; of a transposed convolution, the axis it transposes. */
  readonly withNumbers: (axis: Axis) => { readonly text: string; readonly latex: string };
}

type Written = readonly [number, string, string, string, string, (axis: Axis) => string];

/** A formula in plain signs as LaTeX. */
function toLatex(plain: string): string {
  return plain
    .replace(/⌊\(([^⌋]*)\)\/([^⌋]*)⌋/g, "\\left\\lfloor\\frac{$1}{$2}\\right\\rfloor")
    .replace(/⌈\(([^⌉]*)\)\/([^⌉]*)⌉/g, "\\left\\lceil\\frac{$1}{$2}\\right\\rceil")
    .replace(/⌊([^⌋]*)\/([^⌋]*)⌋/g, "\\left\\lfloor\\frac{$1}{$2}\\right\\rfloor")
    .replaceAll("−", "-")
    .replaceAll("·", " \\cdot ")
    .replaceAll("mod", "\\bmod");
}

/** Padding of both sides: as the guide writes it where they are equal. */
function pads({ before, after }: Axis): string {
  return before === after ? `2·${before}` : `${before} + ${after}`;
}

// prettier-ignore
const written: readonly Written[] = [
  [1, "no zero padding, unit strides", "s = 1, p = 0", "o", "(i − k) + 1", (a) => `(${a.input} − ${a.kernel}) + 1`],
  [2, "zero padding, unit strides", "s = 1", "o", "(i − k) + 2p + 1", (a) => `(${a.input} − ${a.kernel}) + ${pads(a)} + 1`],
  [3, "half (same) padding", "k odd, s = 1, p = ⌊k/2⌋", "o", "i + 2⌊k/2⌋ − (k − 1)", (a) => `${a.input} + 2⌊${a.kernel}/2⌋ − (${a.kernel} − 1)`],
  [4, "full padding", "s = 1, p = k − 1", "o", "i + (k − 1)", (a) => `${a.input} + (${a.kernel} − 1)`],
  [5, "no zero padding, non-unit strides", "p = 0", "o", "⌊(i − k)/s⌋ + 1", (a) => `⌊(${a.input} − ${a.kernel})/${a.stride}⌋ + 1`],
  [6, "zero padding, non-unit strides", "any i, k, p, s", "o", "⌊(i + 2p − k)/s⌋ + 1", (a) => `⌊(${a.input} + ${pads(a)} − ${a.kernel})/${a.stride}⌋ + 1`],
  [7, "pooling", "p = 0", "o", "⌊(i − k)/s⌋ + 1", (a) => `⌊(${a.input} − ${a.kernel})/${a.stride}⌋ + 1`],
  [8, "transposed: no zero padding, unit strides", "s = 1, p = 0", "o'", "i' + (k − 1)", (a) => `${a.output} + (${a.kernel} − 1)`],
  [9, "transposed: zero padding, unit strides", "s = 1", "o'", "i' + (k − 1) − 2p", (a) => `${a.output} + (${a.kernel} − 1) − ${pads(a)}`],
  [10, "transposed: half (same) padding", "k odd, s = 1, p = ⌊k/2⌋", "o'", "i' + (k − 1) − 2p", (a) => `${a.output} + (${a.kernel} − 1) − ${pads(a)}`],
  [11, "transposed: full padding", "s = 1, p = k − 1", "o'", "i' − (k − 1)", (a) => `${a.output} − (${a.kernel} − 1)`],
  [12, "transposed: no zero padding, non-unit strides", "p = 0, i − k a multiple of s", "o'", "s(i' − 1) + k", (a) => `${a.stride}(${a.output} − 1) + ${a.kernel}`],
  [13, "transposed: zero padding, non-unit strides", "i + 2p − k a multiple of s", "o'", "s(i' − 1) + k − 2p", (a) => `${a.stride}(${a.output} − 1) + ${a.kernel} − ${pads(a)}`],
  [14, "transposed: zero padding, non-unit strides, a = (i + 2p − k) mod s", "any; a is the output padding", "o'", "s(i' − 1) + a + k − 2p", (a) => `${a.stride}(${a.output} − 1) + ${a.before - a.after} + ${a.kernel} − 2·${a.before}`],
  [15, "dilated", "any i, k, p, s, d", "o", "⌊(i + 2p − k − (k − 1)(d − 1))/s⌋ + 1", (a) => `⌊(${a.input} + ${pads(a)} − ${a.kernel} − (${a.kernel} − 1)(${a.dilation} − 1))/${a.stride}⌋ + 1`],
];

/** All fifteen, in the guide's order. */
export const relationships: readonly Relationship[] = written.map(
  ([number, title, condition, left, right, put]) => ({
    number,
    title,
    condition,
    formula: `${left} = ${right}`,
    latex: `${left} = ${toLatex(right)}`,
    withNumbers: (axis) => ({ text: put(axis), latex: toLatex(put(axis)) }),
  }),
);

/** PyTorch's form of relationship 14 with a dilation, which the guide does not number. */
const dilatedTransposed: Relationship = {
  ...relationships[13],
  formula: "o' = s(i' − 1) + a + d(k − 1) + 1 − 2p",
  latex: "o' = s(i' - 1) + a + d(k - 1) + 1 - 2p",
  withNumbers: (a) => {
    const text = `${a.stride}(${a.output} − 1) + ${a.before - a.after} + ${a.dilation}(${a.kernel} − 1) + 1 − 2·${a.before}`;
    return { text, latex: toLatex(text) };
  },
};

/** Relationship 6 rounded up, as a pool's `ceilMode` does. */
const ceiled: Relationship = {
  ...relationships[14],
  formula: "o = ⌈(i + 2p − k')/s⌉ + 1",
  latex: "o = \\left\\lceil\\frac{i + 2p - k'}{s}\\right\\rceil + 1",
  withNumbers: (a) => {
    const text = `⌈(${a.input} + ${pads(a)} − ${extent(a.kernel, a.dilation)})/${a.stride}⌉ + 1`;
    return { text, latex: toLatex(text) };
  },
};

/** The simplest relationship that holds for a convolution or a pool. */
export function relationshipOf(axis: Axis, pooling: boolean, ceilMode: boolean): Relationship {
  const { kernel, stride, dilation, before, after } = axis;
  const numbered = (number: number): Relationship => relationships[number - 1];
  const even = before === after;
  if (ceilMode) return ceiled;
  if (dilation > 1) return numbered(15);
  if (pooling && before + after === 0) return numbered(7);
  if (stride > 1) return numbered(before + after === 0 ? 5 : 6);
  if (before + after === 0) return numbered(1);
  if (even && before === kernel - 1) return numbered(4);
  if (even && kernel % 2 === 1 && before === Math.floor(kernel / 2)) return numbered(3);
  return numbered(2);
}

/** The simplest relationship that holds for a transposed convolution; the axis is the one it transposes. */
export function transposedRelationshipOf(axis: Axis, outputPadding: number): Relationship {
  const { kernel, stride, dilation, before } = axis;
  const numbered = (number: number): Relationship => relationships[number - 1];
  if (dilation > 1) return dilatedTransposed;
  if (outputPadding > 0) return numbered(14);
  if (stride > 1) return numbered(before === 0 ? 12 : 13);
  if (before === 0) return numbered(8);
  if (before === kernel - 1) return numbered(11);
  if (kernel % 2 === 1 && before === Math.floor(kernel / 2)) return numbered(10);
  return numbered(9);
}
