import { knownOptions } from "../tensor/errors.js";
import { inputName, type Layer, layersOf, type Network } from "./network.js";
import { type Table, tabular, type Tabular } from "./table.js";
import { kernelOf, type LayerShape, shapesOf } from "./shapes.js";

/** What one layer is and costs, for one example. */
export interface LayerSummary {
  readonly name: string;
  readonly op: string;
  readonly from: readonly string[];
  readonly input: LayerShape;
  readonly output: LayerShape;
  /** Weights and biases. */
  readonly parameters: number;
  /**
   * Multiplications of one forward pass; those with padding's zeros count, as in the literature. Pools, resizing
   * and activations count none.
   */
  readonly multiplications: number;
  /** Bytes of its output as float32. */
  readonly memory: number;
}

/** Prints as a table, in a notebook too. */
export interface Summary extends Tabular {
  readonly layers: readonly LayerSummary[];
  readonly parameters: number;
  readonly multiplications: number;
  /** Bytes of every layer's output, with the input's, as float32. */
  readonly memory: number;
}

export interface SummaryOptions {
  /** `[channels, height, width]`, or `[features]`. */
  readonly input: readonly number[];
}

/**
 * What each layer makes and costs: output shape, parameters, multiplications, activation memory.
 *
 * @example
 * summary([{ op: "conv2d", kernel: 5, channels: 6 }], { input: [3, 32, 32] }).multiplications;
 * // → 352800
 */
export function summary(network: Network, options: SummaryOptions): Summary {
  knownOptions("summary", options, ["input"]);
  const shapes = shapesOf(network, options.input);
  const shape = (name: string): LayerShape => shapes.get(name) ?? [0];
  const layers = layersOf(network).map((layer): LayerSummary => {
    const [input] = layer.from.map(shape);
    const output = shape(layer.name);
    return {
      name: layer.name,
      op: layer.op,
      from: layer.from,
      input,
      output,
      ...costOf(layer, input, output),
      memory: 4 * product(output),
    };
  });
  const total = (field: "parameters" | "multiplications" | "memory"): number =>
    layers.reduce((sum, layer) => sum + layer[field], 0);
  const parameters = total("parameters");
  const multiplications = total("multiplications");
  const memory = total("memory") + 4 * product(shape(inputName));
  const table = tableOf(layers, shape(inputName), { parameters, multiplications, memory });
  return tabular({ layers, parameters, multiplications, memory }, table);
}

/** Parameters and multiplications of one layer. */
export function costOf(
  layer: Layer,
  input: LayerShape,
  output: LayerShape,
): { parameters: number; multiplications: number } {
  const groups = layer.groups ?? 1;
  const biases = layer.bias === false ? 0 : output[0];
  switch (layer.op) {
    case "conv2d": {
      // Each output value is one product for each weight of its filter.
      const weights = (product(kernelOf(layer)) * input[0]) / groups;
      return { parameters: weights * output[0] + biases, multiplications: weights * product(output) };
    }
    case "convTranspose2d": {
      // Each input value is multiplied by each weight of its channel.
      const weights = (product(kernelOf(layer)) * output[0]) / groups;
      return { parameters: weights * input[0] + biases, multiplications: weights * product(input) };
    }
    case "linear":
      return { parameters: input[0] * output[0] + biases, multiplications: input[0] * output[0] };
    case "batchNorm2d":
      // A scale and a shift a channel; running statistics are not learned.
      return { parameters: 2 * output[0], multiplications: product(output) };
    case "mul":
      return { parameters: 0, multiplications: product(output) * (layer.from.length - 1) };
    default:
      return { parameters: 0, multiplications: 0 };
  }
}

function product(shape: readonly number[]): number {
  return shape.reduce((all, size) => all * size, 1);
}

/** Whole numbers with thousands set apart, the same on every machine. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Bytes in the unit that keeps them short. */
export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  if (value < 1024 ** 2) return `${(value / 1024).toFixed(1)} KiB`;
  if (value < 1024 ** 3) return `${(value / 1024 ** 2).toFixed(1)} MiB`;
  return `${(value / 1024 ** 3).toFixed(1)} GiB`;
}

function tableOf(
  layers: readonly LayerSummary[],
  input: LayerShape,
  totals: { parameters: number; multiplications: number; memory: number },
): Table {
  const head = ["Layer", "Operation", "Output shape", "Parameters", "Multiplications", "Activations"];
  const rows = [[inputName, "", `[${input.join(", ")}]`, "", "", bytes(4 * product(input))]];
  for (const [index, layer] of layers.entries()) {
    const some = (value: number): string => (value === 0 ? "–" : grouped(value));
    // What it reads is said where it is not the layer above alone.
    const above = index === 0 ? inputName : layers[index - 1].name;
    const plain = layer.from.length === 1 && layer.from[0] === above;
    rows.push([
      layer.name,
      plain ? layer.op : `${layer.op} (${layer.from.join(", ")})`,
      `[${layer.output.join(", ")}]`,
      some(layer.parameters),
      some(layer.multiplications),
      bytes(layer.memory),
    ]);
  }
  const foot = [
    `Parameters: ${grouped(totals.parameters)} (${bytes(4 * totals.parameters)})`,
    `Multiplications: ${grouped(totals.multiplications)}`,
    `Activations: ${bytes(totals.memory)}`,
  ];
  return { head, rows, words: 3, foot, ruled: true };
}
