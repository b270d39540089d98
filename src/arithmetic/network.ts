import { refusal } from "../tensor/errors.js";
import type { Padding, Pair, Tensor } from "../tensor/index.js";
import type { Activation } from "./activations.js";
import { checkRecord } from "./record-check.js";

/** The operations that a layer record may name. */
export type LayerOperation =
  | "conv2d"
  | "convTranspose2d"
  | "maxPool2d"
  | "minPool2d"
  | "avgPool2d"
  | "maxUnpool2d"
  | "bedOfNails"
  | "interpolate"
  | "pixelShuffle"
  | "pad"
  | "linear"
  | "flatten"
  | "globalAvgPool2d"
  | "batchNorm2d"
  | "softmax"
  | Activation
  | "dropout"
  | "identity"
  | "concat"
  | "add"
  | "mul";

/** One layer of a network, as plain data. */
export interface LayerRecord {
  readonly op: LayerOperation;
  /** Unique in the network; default the operation and its place, such as `conv2d3`. */
  readonly name?: string;
  /** Names of the layers it reads, or `"input"`; default the layer before it. */
  readonly from?: string | readonly string[];
  readonly kernel?: Pair;
  /** Default 1; of a pool or an unpooling its kernel. */
  readonly stride?: Pair;
  /**
   * A pad's may be negative, and cuts cells away then. With a stride, a convolution's `"same"` depends on its input's
   * size.
   */
  readonly padding?: Padding;
  readonly dilation?: Pair;
  readonly groups?: number;
  /** Outputs: of a convolution, a transposed convolution or a linear layer. */
  readonly channels?: number;
  readonly outputPadding?: Pair;
  readonly ceilMode?: boolean;
  /** Of interpolate, bedOfNails and pixelShuffle. */
  readonly scale?: number;
  /** Of interpolate; default nearest. */
  readonly mode?: "nearest" | "bilinear" | "bicubic" | "area";
  /** Of interpolate with lines or cubics; default false. */
  readonly antialias?: boolean;
  /** Whether a convolution or a linear layer has biases; default true. */
  readonly bias?: boolean;
}

/** A network that can say what it is made of, and may run. */
export interface LayeredNetwork {
  layers(): readonly LayerRecord[];
  /** Runs the network; with `until`, as far as the layer of that name. */
  forward?(input: Tensor, options?: { until?: string }): Tensor;
}

/** A list of layer records, or anything with `layers()` that returns one. */
export type Network = readonly LayerRecord[] | LayeredNetwork;

/** A layer with its name and what it reads settled. */
export interface Layer extends LayerRecord {
  readonly name: string;
  readonly from: readonly string[];
  /** Height and width of what it reads, where the network's input is known. */
  readonly sides?: readonly [number, number];
}

/** The name by which layers refer to the network's input. */
export const inputName = "input";

const joins: readonly LayerOperation[] = ["concat", "add", "mul"];

/**
 * A network's layers in order, with their names and what they read.
 *
 * Throws, naming the layer, if a record says what its operation does not know or says it wrongly, if two have
 * one name, if one reads what does not come before it, or if an operation that reads one layer is given several.
 */
export function layersOf(network: Network): Layer[] {
  const records = recordsOf(network);
  const known = new Set<string>([inputName]);
  let last = inputName;
  return records.map((record, index) => {
    checkRecord(record, index + 1);
    const name = record.name ?? `${record.op}${index + 1}`;
    if (known.has(name)) throw refusal("network", `layer ${index + 1}'s name`, "a name of its own", name);
    const from =
      record.from === undefined ? [last] : typeof record.from === "string" ? [record.from] : record.from;
    for (const source of from) {
      if (!known.has(source)) {
        throw refusal("network", `${name}'s from`, `an earlier layer (${[...known].join(", ")})`, source);
      }
    }
    if (from.length === 0 || (from.length > 1 && !joins.includes(record.op))) {
      throw refusal("network", `${name}'s from`, `one layer for ${record.op}`, from);
    }
    known.add(name);
    last = name;
    return { ...record, name, from };
  });
}

function recordsOf(network: Network): readonly LayerRecord[] {
  // From plain JavaScript anything may come.
  const given: unknown = network;
  const listed = typeof given === "object" && given !== null && "layers" in given;
  const records: unknown =
    listed && typeof given.layers === "function" ? (given.layers as () => unknown).call(given) : given;
  if (Array.isArray(records) && records.length > 0) return records as readonly LayerRecord[];
  const expected = 'layer records, such as [{ op: "conv2d", kernel: 3 }], or a network with layers()';
  throw refusal("network", "layers", expected, records);
}

/** Looks a layer up by name; the last one where no name is given. Throws with the names there are. */
export function findLayer(caller: string, layers: readonly Layer[], name: string | undefined): Layer {
  const found = name === undefined ? layers.at(-1) : layers.find((layer) => layer.name === name);
  if (found !== undefined) return found;
  throw refusal(caller, "layer", `one of ${layers.map((layer) => layer.name).join(", ")}`, name);
}

/** What a value is multiplied by to give rows and columns: one number stands for both. */
export function pairOf(value: Pair | undefined, otherwise: Pair): readonly [number, number] {
  const pair = value ?? otherwise;
  return typeof pair === "number" ? [pair, pair] : pair;
}
