import { knownOptions, refusal } from "../tensor/errors.js";
import { findLayer, inputName, type Network } from "./network.js";
import { readsOf } from "./reads.js";
import { shapesOf, sizedLayers } from "./shapes.js";

/** Rows and columns, first and last included; cells < 0 or past the input lie in the padding. */
export interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export interface ReceptiveBoxOptions {
  /** `[channels, height, width]` */
  readonly input: readonly number[];
  /** The layer's name; default the last. */
  readonly layer?: string;
  /** Row and column of the unit; default the middle. */
  readonly position?: readonly [number, number];
}

export interface ReceptiveBox {
  readonly layer: string;
  readonly position: readonly [number, number];
  /** What the unit sees, with padding. */
  readonly box: Box;
  /** What of it lies on the input. */
  readonly visible: Box;
  /** The same for every layer on the way, from the input on: the cells of that layer's output. */
  readonly cone: readonly { readonly name: string; readonly box: Box; readonly shape: readonly number[] }[];
}

/**
 * Exactly which input cells one unit of a layer sees, layer by layer back to the input.
 *
 * @example
 * receptiveBox([{ op: "conv2d", kernel: 3, padding: 1, channels: 1 }], { input: [1, 5, 5], position: [0, 0] }).box;
 * // → { top: -1, bottom: 1, left: -1, right: 1 }
 */
export function receptiveBox(network: Network, options: ReceptiveBoxOptions): ReceptiveBox {
  return boxOf("receptiveBox", network, options);
}

/** The same for a caller of another name. */
export function boxOf(caller: string, network: Network, options: ReceptiveBoxOptions): ReceptiveBox {
  knownOptions(caller, options, ["input", "layer", "position"]);
  const layers = sizedLayers(network, options.input);
  const target = findLayer(caller, layers, options.layer);
  const shapes = shapesOf(network, options.input);
  const sizeOf = (name: string): readonly [number, number] => {
    const shape = shapes.get(name) ?? [];
    return shape.length === 3 ? [shape[1], shape[2]] : [1, 1];
  };
  const [height, width] = sizeOf(target.name);
  const position = options.position ?? [Math.floor(height / 2), Math.floor(width / 2)];
  const within = (at: number, size: number): boolean => Number.isInteger(at) && at >= 0 && at < size;
  const pair = Array.isArray(position) && position.length === 2;
  if (!pair || !within(position[0], height) || !within(position[1], width)) {
    throw refusal(caller, "position", `a unit of ${target.name}'s ${height} × ${width}`, position);
  }
  const before = layers.slice(0, layers.indexOf(target) + 1);
  const rows = readsOf(before, [position[0], position[0]], 0);
  const columns = readsOf(before, [position[1], position[1]], 1);
  const seenOf = (name: string): Box | undefined => {
    const [down, across] = [rows.get(name), columns.get(name)];
    if (down === undefined || across === undefined) return undefined;
    // A layer that sees everything sees all of what it reads.
    const [all, wide] = sizeOf(name);
    const [top, bottom] = Number.isFinite(down[0]) ? down : [0, all - 1];
    const [left, right] = Number.isFinite(across[0]) ? across : [0, wide - 1];
    return { top, bottom, left, right };
  };
  const cone = [inputName, ...before.map((layer) => layer.name)].flatMap((name) => {
    const box = seenOf(name);
    return box === undefined ? [] : [{ name, box, shape: shapes.get(name) ?? [] }];
  });
  // A unit between the nails of a bed of nails sees nothing.
  const box = seenOf(inputName) ?? { top: 0, bottom: -1, left: 0, right: -1 };
  const [inputHeight, inputWidth] = sizeOf(inputName);
  const visible = {
    top: Math.max(0, box.top),
    bottom: Math.min(inputHeight - 1, box.bottom),
    left: Math.max(0, box.left),
    right: Math.min(inputWidth - 1, box.right),
  };
  return { layer: target.name, position, box, visible, cone };
}
