import {
  layersOf,
  type Layer,
  type LayerField,
  type LayerSummary,
  type Misalignment,
  type Network,
  receptiveField,
  summary,
} from "../arithmetic/index.js";
import { knownOptions, refusal } from "../tensor/errors.js";
import { type DiagramRow, type DiagramScene, drawDiagram } from "./client/diagram.js";
import { type Figure, makeFigure } from "./figure.js";

export interface NetworkDiagramOptions {
  /** `[channels, height, width]`, or `[features]`. */
  readonly input: readonly number[];
}

export interface NetworkDiagramData {
  readonly layers: readonly (LayerSummary & { readonly field: LayerField })[];
  readonly parameters: number;
  readonly multiplications: number;
  readonly misaligned: readonly Misalignment[];
}

const kinds: Readonly<Partial<Record<Layer["op"], DiagramRow["kind"]>>> = {
  conv2d: "convolution",
  convTranspose2d: "upsampling",
  interpolate: "upsampling",
  pixelShuffle: "upsampling",
  bedOfNails: "upsampling",
  maxUnpool2d: "upsampling",
  maxPool2d: "pool",
  minPool2d: "pool",
  avgPool2d: "pool",
  globalAvgPool2d: "pool",
  concat: "join",
  add: "join",
  mul: "join",
  linear: "dense",
};

/**
 * Draws any network, one row a layer: blocks to scale, shapes, parameters, receptive fields, branches as arcs.
 *
 * @example
 * networkDiagram([{ op: "conv2d", kernel: 5, channels: 6 }], { input: [3, 32, 32] }).data.parameters;
 * // → 456
 */
export function networkDiagram(network: Network, options: NetworkDiagramOptions): Figure<NetworkDiagramData> {
  const name = "networkDiagram";
  knownOptions(name, options, ["input"]);
  // layersOf and summary say what is wrong with the layers themselves.
  if (!Array.isArray(options.input) || !options.input.every((size) => Number.isInteger(size))) {
    throw refusal(name, "input", "[channels, height, width] or [features]", options.input);
  }
  const records = layersOf(network);
  if (records.length === 0) throw refusal(name, "network", "at least one layer", network);
  const totals = summary(network, options);
  const fields = receptiveField(network, options);
  const order = ["input", ...records.map((layer) => layer.name)];
  const rows: DiagramRow[] = [
    { name: "input", detail: "", kind: "input", shape: options.input, parameters: "", field: "", from: [] },
    ...records.map((layer, index): DiagramRow => ({
      name: layer.name,
      detail: detailOf(layer),
      kind: kinds[layer.op] ?? "other",
      shape: totals.layers[index].output,
      parameters: totals.layers[index].parameters === 0 ? "–" : grouped(totals.layers[index].parameters),
      field: fieldWords(fields.layers[index]),
      from: layer.from.map((source) => order.indexOf(source)),
    })),
  ];
  const scene: DiagramScene = {
    rows,
    foot: [
      `${many(totals.parameters, "parameter")}, ${many(totals.multiplications, "multiplication")} an image.`,
      ...fields.misaligned.map(({ message }) => `Misaligned: ${message}.`),
    ],
  };
  const words =
    `${many(records.length, "layer")} from ${options.input.join(" × ")} to ` +
    `${rows.at(-1)?.shape.join(" × ") ?? ""}, ${many(totals.parameters, "parameter")}`;
  return makeFigure({
    name,
    alt: `A network drawn layer by layer with shapes, parameters and receptive fields: ${words}.`,
    text: `${name}: ${words}\n${totals.toString()}`,
    data: {
      layers: totals.layers.map((layer, index) => ({ ...layer, field: fields.layers[index] })),
      parameters: totals.parameters,
      multiplications: totals.multiplications,
      misaligned: fields.misaligned,
    },
    scene,
    draw: drawDiagram,
  });
}

/** A layer's record in words: all of it that is not the default. */
function detailOf(layer: Layer): string {
  const both = (value: unknown): string => (Array.isArray(value) ? value.join(" × ") : String(value));
  const parts: string[] = layer.name.startsWith(layer.op) && layer.kernel === undefined ? [] : [layer.op];
  if (layer.kernel !== undefined)
    parts.push(typeof layer.kernel === "number" ? `${layer.kernel} × ${layer.kernel}` : both(layer.kernel));
  if (layer.stride !== undefined && layer.stride !== 1) parts.push(`stride ${both(layer.stride)}`);
  if (layer.padding !== undefined && layer.padding !== 0)
    parts.push(`padding ${paddingWords(layer.padding)}`);
  if (layer.outputPadding !== undefined && layer.outputPadding !== 0)
    parts.push(`output padding ${both(layer.outputPadding)}`);
  if (layer.dilation !== undefined && layer.dilation !== 1) parts.push(`dilation ${both(layer.dilation)}`);
  if (layer.groups !== undefined && layer.groups !== 1) parts.push(`${layer.groups} groups`);
  if (layer.ceilMode === true) parts.push("rounded up");
  if (layer.scale !== undefined) parts.push(`× ${layer.scale}`);
  if (layer.mode !== undefined) parts.push(layer.mode);
  if (layer.antialias === true) parts.push("antialiased");
  if (layer.bias === false) parts.push("no bias");
  // Lines break between the parts, not within them.
  return parts.map((part) => part.replace(/(?<!,) /g, "\u00a0")).join(", ");
}

function paddingWords(padding: NonNullable<Layer["padding"]>): string {
  if (typeof padding !== "object") return String(padding);
  if (padding.length === 2) return padding.join(" × ");
  const [left, right, top, bottom] = padding;
  return `${left} left, ${right} right, ${top} top, ${bottom} bottom`;
}

function fieldWords({ rows, columns }: LayerField): string {
  if (!Number.isFinite(rows.size)) return "everything";
  const both = (down: number, across: number): string =>
    down === across ? String(down) : `${down} × ${across}`;
  const short = (value: number): number => Number(value.toFixed(3));
  return `${both(rows.size, columns.size)}, every ${both(short(rows.stride), short(columns.stride))}`;
}

function many(count: number, noun: string): string {
  return `${grouped(count)} ${count === 1 ? noun : `${noun}s`}`;
}

function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}
