import { gradients } from "../autograd/index.js";
import { knownOptions, oneOf, refusal, wholeNumber } from "../tensor/errors.js";
import { ones, Tensor, tensor, zeros } from "../tensor/index.js";
import { findLayer, layersOf, type Network } from "./network.js";
import { boxOf, type ReceptiveBox } from "./receptive-box.js";
import { runRecords, type WeightScheme } from "./run.js";

export interface EffectiveOptions extends WeightScheme {
  /** The layer's name; default the last. */
  readonly layer?: string;
  /** Row and column of the unit; default the middle. */
  readonly position?: readonly [number, number];
}

export interface EffectiveField extends ReceptiveBox {
  /** How strongly the unit depends on each input cell: |gradient|, summed over channels; [height, width]. */
  readonly map: Float32Array;
  readonly height: number;
  readonly width: number;
  /** Standard deviation of the map about its mean, in cells, down and across. */
  readonly deviation: readonly [number, number];
}

/**
 * The effective receptive field of one unit, by the gradient of its channels' sum with respect to the input
 * (Luo, Li, Urtasun and Zemel, "Understanding the effective receptive field", NIPS 2016).
 *
 * A network with `forward` runs with its own weights; a list of records is given some (`weights`).
 *
 * @param image [H, W], [C, H, W] or [1, C, H, W]
 * @example
 * effectiveReceptiveField([{ op: "conv2d", kernel: 3, padding: 1, channels: 1 }], ones([1, 9, 9])).deviation[0];
 * // → 0.816496580927726
 */
export function effectiveReceptiveField(
  network: Network,
  image: Tensor,
  options: EffectiveOptions = {},
): EffectiveField {
  return effectiveField("effectiveReceptiveField", network, image, options);
}

/** The same for a caller of another name. */
export function effectiveField(
  name: string,
  network: Network,
  image: Tensor,
  options: EffectiveOptions,
): EffectiveField {
  knownOptions(name, options, ["layer", "position", "weights", "seed"]);
  oneOf(name, "weights", options.weights ?? "uniform", ["uniform", "random"]);
  wholeNumber(name, "seed", options.seed ?? 0, 0);
  if (!(image instanceof Tensor)) throw refusal(name, "image", "a tensor", image);
  const { shape } = image;
  if (shape.length < 2 || shape.length > 4 || (shape.length === 4 && shape[0] !== 1)) {
    throw refusal(name, "image", "[H, W], [C, H, W] or [1, C, H, W]", image);
  }
  const [height, width] = shape.slice(-2);
  const channels = shape.length === 2 ? 1 : shape[shape.length - 3];
  const target = findLayer(name, layersOf(network), options.layer);
  const box = boxOf(name, network, {
    input: [channels, height, width],
    layer: target.name,
    position: options.position,
  });
  // A copy, so that the reader's tensor is not put on a tape.
  const input = tensor(image.data, [1, channels, height, width]);
  input.requiresGrad = true;
  const output = "forward" in network ? network.forward?.(input, { until: target.name }) : undefined;
  const values = output ?? runRecords(network, input, target.name, options);
  const [gradient] = gradients(values, [input], { gradient: seedOf(values, box.position) });
  const map = new Float32Array(height * width);
  gradient.data.forEach((value, index) => {
    map[index % (height * width)] += Math.abs(value);
  });
  return { ...box, map, height, width, deviation: deviationOf(map, height, width) };
}

/** One at the unit in every channel, zero elsewhere. */
function seedOf(output: Tensor, [row, column]: readonly [number, number]): Tensor {
  if (output.shape.length !== 4) return ones(output.shape);
  const [, channels, height, width] = output.shape;
  const seed = zeros(output.shape).data.slice();
  for (let channel = 0; channel < channels; channel++) seed[(channel * height + row) * width + column] = 1;
  return tensor(seed, output.shape);
}

function deviationOf(map: Float32Array, height: number, width: number): [number, number] {
  let sum = 0;
  const mean = [0, 0];
  const square = [0, 0];
  for (let index = 0; index < height * width; index++) {
    const weight = map[index];
    const at = [Math.floor(index / width), index % width];
    sum += weight;
    for (const axis of [0, 1]) {
      mean[axis] += weight * at[axis];
      square[axis] += weight * at[axis] ** 2;
    }
  }
  const of = (axis: number): number =>
    sum === 0 ? 0 : Math.sqrt(Math.max(0, square[axis] / sum - (mean[axis] / sum) ** 2));
  return [of(0), of(1)];
}
