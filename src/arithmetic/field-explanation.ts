import { explanation, type Explanation } from "./explanation.js";
import { knownOptions } from "../tensor/errors.js";
import { findLayer, inputName, type Layer, type Network, pairOf } from "./network.js";
import { type Interval, readBy, readsOf, slideOf, transposedSlideOf } from "./reads.js";
import { type Misalignment, receptiveField, type ReceptiveFieldOptions } from "./receptive-field.js";
import { kindOf, ratioOf, reachOf } from "./resize-reads.js";
import { kernelOf, scaleOf, sizedLayers } from "./shapes.js";

export interface FieldExplanation extends Explanation {
  /** Cells on the rows; ∞ where the layer sees everything. */
  readonly size: number;
  /** Cells on the columns. */
  readonly columns: number;
  /** The joins on the way whose branches are misaligned. */
  readonly misaligned: readonly Misalignment[];
}

/**
 * Explains a layer's receptive field (the last layer's unless named) with the numbers put in.
 *
 * On one path of convolutions and pools it is a sum: r = 1 + Σ (k' − 1)·j, where k' = d(k − 1) + 1 and j is the
 * product of the strides before a layer (Araujo, Norris and Sim, 2019). Through branches, upsampling and
 * transposed layers it goes from the first unit that sees the most back to the input and says how many cells of
 * each layer are read, by which formula and through which layer; and in words where branches are misaligned.
 * Where rows and columns differ, both are explained. `input` is for what depends on it, as in `receptiveField`.
 *
 * @example
 * explainReceptiveField([{ op: "conv2d", kernel: 3, stride: 2 }, { op: "conv2d", kernel: 3, dilation: 2 }]).text;
 * // → "r = 1 + Σ (d(k − 1))·j = 1 + 2·1 + 4·2 = 11"
 */
export function explainReceptiveField(
  network: Network,
  layer?: string,
  options: ReceptiveFieldOptions = {},
): FieldExplanation {
  knownOptions("explainReceptiveField", options, ["input"]);
  const layers = sizedLayers(network, options.input);
  const target = findLayer("explainReceptiveField", layers, layer);
  const field = receptiveField(network, options);
  const { rows, columns } = field.layer(target.name);
  const path = wayTo(layers, target);
  const misaligned = field.misaligned.filter((fault) => path.some(({ name }) => name === fault.layer));
  const onAxis = (axis: 0 | 1, size: number): Line[] => sumOf(path, axis, size) ?? stepsOf(path, axis, size);
  const down = onAxis(0, rows.size);
  const across = onAxis(1, columns.size);
  const same = textOf(down) === textOf(across);
  // A join is misaligned on both axes alike more often than not: said once.
  const faults = [...new Set(misaligned.flatMap(wordsOf))].map((fault): Line => [fault]);
  const lines = [...(same ? down : [["On the rows:"], ...down, ["On the columns:"], ...across]), ...faults];
  return {
    ...explanation(textOf(lines), latexOf(lines)),
    size: rows.size,
    columns: columns.size,
    misaligned,
  };
}

/** A formula in plain signs, and as LaTeX where that is not the same signs set. */
interface Formula {
  readonly formula: string;
  readonly latex?: string;
}

/** Words and formulas in turn. */
type Line = readonly (string | Formula)[];

const sliding: readonly string[] = ["conv2d", "maxPool2d", "minPool2d", "avgPool2d"];
const transposing: readonly string[] = ["convTranspose2d", "maxUnpool2d"];
const whole: readonly string[] = ["linear", "flatten", "globalAvgPool2d"];
const resizing: readonly string[] = ["interpolate", "pixelShuffle", "bedOfNails"];

/** The layers that the target reads, directly or not, in order; the target is the last. */
function wayTo(layers: readonly Layer[], target: Layer): Layer[] {
  const needed = new Set([target.name]);
  const found = layers
    .slice(0, layers.indexOf(target) + 1)
    .toReversed()
    .filter((layer) => {
      if (!needed.has(layer.name)) return false;
      for (const source of layer.from) needed.add(source);
      return true;
    });
  return found.toReversed();
}

/** The sum over the layers of one path; `undefined` where there are branches or layers that no sum says. */
function sumOf(path: readonly Layer[], axis: 0 | 1, size: number): Line[] | undefined {
  const terms: string[] = [];
  let jump = 1;
  for (const [index, layer] of path.entries()) {
    const before = index === 0 ? inputName : path[index - 1].name;
    if (layer.from.length !== 1 || layer.from[0] !== before) return undefined;
    if ([...transposing, ...whole, ...resizing].includes(layer.op)) return undefined;
    if (!sliding.includes(layer.op)) continue;
    const { span, stride } = slideOf(layer, axis);
    terms.push(`${span - 1}·${jump}`);
    jump *= stride;
  }
  const numbers = `${["1", ...terms].join(" + ")} = ${size}`;
  const letters = "r = 1 + \\sum_l d_l(k_l - 1) \\prod_{i<l} s_i = ";
  return [[{ formula: `r = 1 + Σ (d(k − 1))·j = ${numbers}`, latex: letters + math(numbers) }]];
}

/** What one unit reads of each layer, from the layer before it back to the input. */
function stepsOf(path: readonly Layer[], axis: 0 | 1, size: number): Line[] {
  const target = path[path.length - 1];
  const [unit, reads] = widest(path, axis, size);
  const ways = new Map<string, Line[]>();
  const lines: Line[] = [[`Unit ${unit} of ${target.name} reads`]];
  const tell = (name: string): void => {
    const read = reads.get(name);
    const said = ways.get(name);
    if (read === undefined || said === undefined) return;
    const listed = said.flatMap((way, index): Line => (index === 0 ? way : [", ", ...way]));
    lines.push([`${name}: `, ...listed, placed(read, said.length > 1)]);
  };
  for (const layer of path.toReversed()) {
    if (layer !== target) tell(layer.name);
    const at = reads.get(layer.name);
    const read = at === undefined ? undefined : readBy(layer, at, axis);
    if (at === undefined || read === undefined) continue;
    const way = wayOf(layer, at, read, axis);
    for (const source of layer.from) ways.set(source, [...(ways.get(source) ?? []), way]);
  }
  tell(inputName);
  const infinite = { formula: "r = ∞", latex: "r = \\infty" };
  if (!Number.isFinite(size)) return [...lines, [infinite, ", the whole input"]];
  return [...lines, [{ formula: `r = ${size}` }, size === 0 ? ", no unit sees the input" : ""]];
}

/** The first unit that sees `size` cells of the input, and what it reads of every layer. */
function widest(path: readonly Layer[], axis: 0 | 1, size: number): [number, Map<string, Interval>] {
  // receptiveField looks at no more units than this either.
  for (let unit = 0; unit < 512; unit++) {
    const reads = readsOf(path, [unit, unit], axis);
    const read = reads.get(inputName);
    if (read !== undefined && lengthOf(read) === size) return [unit, reads];
  }
  return [0, readsOf(path, [0, 0], axis)];
}

function lengthOf([low, high]: Interval): number {
  return Number.isFinite(low) ? high - low + 1 : Infinity;
}

/** How many cells a layer reads for its units from `low` to `high`, by which formula. */
function wayOf(layer: Layer, at: Interval, read: Interval, axis: 0 | 1): Line {
  const cells = lengthOf(read);
  if (!Number.isFinite(cells)) return [`all through ${layer.name}`];
  const formula = formulaOf(layer, at, axis);
  if (formula === undefined) return [`${cells} as ${layer.name}`];
  return [{ formula: `${formula} = ${cells}` }, ` through ${layer.name}`];
}

function formulaOf(layer: Layer, [low, high]: Interval, axis: 0 | 1): string | undefined {
  if (!Number.isFinite(low)) return undefined;
  if (sliding.includes(layer.op)) {
    const { stride } = slideOf(layer, axis);
    const kernel = kernelOf(layer)[axis];
    const dilation = pairOf(layer.dilation, 1)[axis];
    const span = dilation > 1 ? `${dilation}·(${kernel} − 1) + 1` : String(kernel);
    return `(${high - low + 1} − 1)·${stride} + ${span}`;
  }
  const [first, last] = [signed(low), signed(high)];
  if (transposing.includes(layer.op)) {
    const { span, stride, before } = transposedSlideOf(layer, axis);
    return `⌊(${last} + ${before})/${stride}⌋ − ⌈(${first} + ${before} − ${span} + 1)/${stride}⌉ + 1`;
  }
  if (!resizing.includes(layer.op)) return undefined;
  const scale = scaleOf(layer);
  if (layer.op === "bedOfNails") return `⌊${last}/${scale}⌋ − ⌈${first}/${scale}⌉ + 1`;
  if (layer.op === "pixelShuffle") return `⌊${last}/${scale}⌋ − ⌊${first}/${scale}⌋ + 1`;
  return resizingFormula(layer, [first, last], axis);
}

function resizingFormula(layer: Layer, [first, last]: readonly [string, string], axis: 0 | 1): string {
  const kind = kindOf(layer);
  const ratio = ratioOf(layer, axis);
  switch (kind) {
    case "nearest":
      return `⌊${last}/${ratio}⌋ − ⌊${first}/${ratio}⌋ + 1`;
    case "area":
      return `⌈(${last} + 1)/${ratio}⌉ − ⌊${first}/${ratio}⌋`;
    case "bilinear":
    case "bicubic": {
      // Linear interpolation reads one neighbour more, cubic three.
      const reach = kind === "bicubic" ? 4 : 2;
      return `⌊(${last} + 0.5)/${ratio} − 0.5⌋ − ⌊(${first} + 0.5)/${ratio} − 0.5⌋ + ${reach}`;
    }
    default: {
      const reach = reachOf(kind, ratio);
      return `⌈(${last} + 0.5)/${ratio} + ${reach} − 0.5⌉ − ⌊(${first} + 0.5)/${ratio} − ${reach} − 0.5⌋ − 1`;
    }
  }
}

function signed(value: number): string {
  return value < 0 ? `(−${-value})` : String(value);
}

/** Which cells were read; how many together where there are several ways. */
function placed(read: Interval, several: boolean): string {
  if (!Number.isFinite(read[0])) return "";
  const [low, high] = read.map((cell) => String(cell).replace("-", "−"));
  const cells = lengthOf(read);
  const together = several ? `; together ${cells} ${cells === 1 ? "cell" : "cells"}` : "";
  return `${together} (${low === high ? low : `${low} to ${high}`})`;
}

function wordsOf({ layer, branches, axis, message }: Misalignment): string[] {
  const centres = branches.map(({ centre }) => centre);
  const strides = new Set(branches.map(({ stride }) => stride));
  const apart = Math.max(...centres) - Math.min(...centres);
  const meaning =
    strides.size > 1
      ? `so ${layer}'s branches drift apart from unit to unit.`
      : `so each unit of ${layer} puts together places ${Number(apart.toFixed(3))} cells apart.`;
  return [`Misaligned: ${message.replace(` on the ${axis}`, "")},`, meaning];
}

function textOf(lines: readonly Line[]): string {
  return lines
    .map((line) => line.map((part) => (typeof part === "string" ? part : part.formula)).join(""))
    .join("\n");
}

function latexOf(lines: readonly Line[]): string {
  const rows = lines.map((line) =>
    line
      .map((part) => (typeof part === "string" ? words(part) : (part.latex ?? math(part.formula))))
      .join(""),
  );
  if (rows.length === 1) return rows[0];
  return `\\begin{aligned}${rows.map((row) => `&${row}`).join(" \\\\ ")}\\end{aligned}`;
}

function math(plain: string): string {
  return plain
    .replaceAll("−", "-")
    .replaceAll("·", " \\cdot ")
    .replaceAll("⌊", "\\left\\lfloor ")
    .replaceAll("⌋", "\\right\\rfloor ")
    .replaceAll("⌈", "\\left\\lceil ")
    .replaceAll("⌉", "\\right\\rceil ");
}

const marks: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "−": "-",
};

/** Words as LaTeX sets them: names may hold its own signs. */
function words(plain: string): string {
  if (plain === "") return "";
  return `\\text{${plain.replace(/[\\~^−#$%&_{}]/g, (mark) => marks[mark] ?? `\\${mark}`)}}`;
}
