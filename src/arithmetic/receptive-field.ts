import { knownOptions, refusal } from "../tensor/errors.js";
import { inputName, type Layer, type Network } from "./network.js";
import { type Table, tabular, type Tabular } from "./table.js";
import { readsOf, slideOf, transposedSlideOf } from "./reads.js";
import { ratioOf } from "./resize-reads.js";
import { scaleOf, sizedLayers } from "./shapes.js";

/**
 * What the units of a layer see of the input, on one axis: unit u covers `size` cells from `start + u·stride`.
 *
 * Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks" (Distill, 2019):
 * r₀ = Σ (k_l − 1) Π s_i + 1, with k replaced by d(k − 1) + 1 under dilation.
 */
export interface Field {
  /** Cells from the first to the last that a unit sees; the largest where units differ (transposed layers). */
  readonly size: number;
  /** Input cells between neighbouring units; less than 1 after upsampling beyond the input's size. */
  readonly stride: number;
  /** The first cell that unit 0 sees; negative in the padding. */
  readonly start: number;
  /** −start: how far the first unit reaches past the input's edge. */
  readonly padding: number;
  /** The middle of what unit 0 sees; after upsampling the middle of its window, which its edges may miss by a part of a cell. */
  readonly centre: number;
}

export interface LayerField extends Field {
  readonly name: string;
  readonly op: string;
  /** The same on each axis; the fields above are the rows'. */
  readonly rows: Field;
  readonly columns: Field;
}

/** A join whose branches see different places of the input, or at different strides. */
export interface Misalignment {
  readonly layer: string;
  readonly axis: "rows" | "columns";
  readonly branches: readonly { readonly from: string; readonly stride: number; readonly centre: number }[];
  readonly message: string;
}

/** Prints as a table, in a notebook too. */
export interface ReceptiveField extends Tabular {
  readonly layers: readonly LayerField[];
  readonly misaligned: readonly Misalignment[];
  /** The field of the layer of that name; throws with the names there are. */
  layer(name: string): LayerField;
}

export interface ReceptiveFieldOptions {
  /** `[channels, height, width]`, for what depends on it: `"same"` padding with a stride. */
  readonly input?: readonly number[];
}

/**
 * The receptive field of every layer, through strides, dilation, pooling, upsampling, transposed layers and
 * branches. Layers that see everything (linear, global pooling) have size ∞.
 *
 * Throws if a convolution pads to the `"same"` size with a stride and `input` is not given: where its units look
 * depends on it.
 *
 * @example
 * receptiveField([{ op: "conv2d", kernel: 3 }, { op: "conv2d", kernel: 3, dilation: 2 }]).layers[1].size;
 * // → 7
 */
export function receptiveField(network: Network, options: ReceptiveFieldOptions = {}): ReceptiveField {
  knownOptions("receptiveField", options, ["input"]);
  const all = sizedLayers(network, options.input);
  const grids = new Map<string, readonly [Grid, Grid]>([[inputName, [inputGrid, inputGrid]]]);
  const misaligned: Misalignment[] = [];
  const layers = all.map((layer, index): LayerField => {
    const sources = layer.from.map((name) => grids.get(name) ?? [inputGrid, inputGrid]);
    const own = ([0, 1] as const).map((axis) => {
      const branches = sources.map((source) => source[axis]);
      const fault = faultOf(layer, branches, axis);
      if (fault !== undefined) misaligned.push(fault);
      return through(layer, branches[0], axis);
    });
    grids.set(layer.name, [own[0], own[1]]);
    const before = all.slice(0, index + 1);
    const [rows, columns] = ([0, 1] as const).map((axis) => fieldOf(before, own[axis], axis));
    return { name: layer.name, op: layer.op, ...rows, rows, columns };
  });
  const layerOf = (name: string): LayerField => {
    const found = layers.find((layer) => layer.name === name);
    if (found !== undefined) return found;
    throw refusal("receptiveField", "layer", `one of ${layers.map((layer) => layer.name).join(", ")}`, name);
  };
  return tabular({ layers, misaligned, layer: layerOf }, tableOf(layers, misaligned));
}

/** Where a layer's units stand over the input: the middle of unit u is `centre` + u·`stride`. */
interface Grid {
  readonly stride: number;
  readonly centre: number;
  /** After how many units what they see repeats: more than 1 after upsampling. */
  readonly period: number;
}

const inputGrid: Grid = { stride: 1, centre: 0, period: 1 };

/** The grid of a layer whose unit u looks at the places `middle` + u·`step` of what it reads. */
function look(grid: Grid, step: number, middle: number): Grid {
  return {
    stride: grid.stride * step,
    centre: grid.centre + middle * grid.stride,
    // Beyond this the phases of upsampling are all met many times over.
    period: Math.min(512, step < 1 ? Math.round(grid.period / step) : grid.period),
  };
}

function through(layer: Layer, grid: Grid, axis: 0 | 1): Grid {
  switch (layer.op) {
    case "conv2d":
    case "maxPool2d":
    case "minPool2d":
    case "avgPool2d":
    case "pad": {
      const { span, stride, before } = slideOf(layer, axis);
      return look(grid, stride, (span - 1) / 2 - before);
    }
    case "convTranspose2d":
    case "maxUnpool2d": {
      const { span, stride, before } = transposedSlideOf(layer, axis);
      return look(grid, 1 / stride, (before - (span - 1) / 2) / stride);
    }
    case "interpolate": {
      const ratio = ratioOf(layer, axis);
      return look(grid, 1 / ratio, 0.5 / ratio - 0.5);
    }
    case "pixelShuffle":
      return look(grid, 1 / scaleOf(layer), 0.5 / scaleOf(layer) - 0.5);
    case "bedOfNails":
      return look(grid, 1 / scaleOf(layer), 0);
    case "linear":
    case "flatten":
    case "globalAvgPool2d":
      return { stride: 0, centre: Number.NaN, period: 1 };
    default:
      return grid;
  }
}

/** What the units see, by following what they read back to the input; `layers` ends with theirs. */
function fieldOf(layers: readonly Layer[], { stride, centre, period }: Grid, axis: 0 | 1): Field {
  let size = 0;
  let start = 0;
  for (let unit = 0; unit < period; unit++) {
    const read = readsOf(layers, [unit, unit], axis).get(inputName);
    if (read === undefined) continue;
    size = Math.max(size, read[1] - read[0] + 1);
    if (unit === 0) [start] = read;
  }
  // 0 and never −0, which would print as "-0".
  return { size, stride, start: start + 0, padding: start === 0 ? 0 : -start, centre };
}

function faultOf(layer: Layer, branches: readonly Grid[], axis: 0 | 1): Misalignment | undefined {
  const [first, ...others] = branches;
  const near = (a: number, b: number): boolean =>
    Math.abs(a - b) < 1e-9 || (Number.isNaN(a) && Number.isNaN(b));
  if (others.every((other) => near(other.stride, first.stride) && near(other.centre, first.centre)))
    return undefined;
  const listed = branches.map(({ stride, centre }, index) => ({ from: layer.from[index], stride, centre }));
  const strides = others.some((other) => !near(other.stride, first.stride));
  const of = strides ? "strides" : "centres";
  const words = listed
    .map(({ from, stride, centre }) => `${from} ${strides ? `every ${stride}` : `at ${centre}`}`)
    .join(", ");
  const name = axis === 0 ? "rows" : "columns";
  return {
    layer: layer.name,
    axis: name,
    branches: listed,
    message: `${layer.name} joins branches whose ${of} differ on the ${name}: ${words}`,
  };
}

function tableOf(layers: readonly LayerField[], misaligned: readonly Misalignment[]): Table {
  const short = (value: number): string =>
    Number.isFinite(value) ? String(Number(value.toFixed(3))) : "all";
  const rows = layers.map(({ name, rows: field, columns }) => {
    const both = (pick: (one: Field) => number): string =>
      Object.is(pick(field), pick(columns))
        ? short(pick(field))
        : `${short(pick(field))} × ${short(pick(columns))}`;
    return [name, both((f) => f.size), both((f) => f.stride), both((f) => f.start), both((f) => f.centre)];
  });
  const foot = misaligned.map((fault) => `Misaligned: ${fault.message}`);
  return { head: ["Layer", "Size", "Stride", "Start", "Centre"], rows, words: 1, foot };
}
