import {
  type Box,
  type EffectiveOptions,
  layersOf,
  type Network,
  receptiveBox,
  receptiveField,
} from "../arithmetic/index.js";
import { effectiveField } from "../arithmetic/effective.js";
import { knownOptions } from "../tensor/errors.js";
import type { Tensor } from "../tensor/index.js";
import { drawField, type FieldLayer, type FieldScene } from "./client/field.js";
import { type Figure, makeFigure, serverKit } from "./figure.js";
import { rasterOf, shrink } from "./raster.js";
import { imageOf, TileSheet } from "./tiles.js";
import { rangeOf } from "./values.js";

export interface ReceptiveFieldMapData {
  readonly layer: string;
  readonly position: readonly [number, number];
  /** What the unit sees, padding included. */
  readonly box: Box;
  /** |gradient| of the unit with respect to each input cell, [H, W] in that order. */
  readonly effective: Float32Array;
  readonly shape: readonly [number, number];
  /** Standard deviation of the effective field, down and across, in cells. */
  readonly deviation: readonly [number, number];
}

/**
 * Shows over an image what one unit of a network sees: the theoretical box, the effective field by gradients, and
 * the cone of layers between. With scripts on, every layer of the cone can be chosen.
 *
 * @param network with `forward`, its own weights are used; a list of records is given `weights`
 * @param image [H, W], [1, H, W] or [3, H, W]
 * @example
 * receptiveFieldMap([{ op: "conv2d", kernel: 3, channels: 2 }], ones([9, 9])).data.box;
 * // → { top: 3, bottom: 5, left: 3, right: 5 }
 */
export function receptiveFieldMap(
  network: Network,
  image: Tensor,
  options: EffectiveOptions = {},
): Figure<ReceptiveFieldMapData> {
  const name = "receptiveFieldMap";
  knownOptions(name, options, ["layer", "position", "weights", "seed"]);
  const maps = imageOf(name, "image", image);
  const field = effectiveField(name, network, image, options);
  const input = [maps.channels, maps.height, maps.width];
  const records = layersOf(network);
  const target = records.findIndex((layer) => layer.name === field.layer);
  const fields = receptiveField(network, { input });
  const cone = new Map(field.cone.map((part) => [part.name, part.box]));
  const layers = records.slice(0, target + 1).flatMap((layer, index): FieldLayer[] => {
    const box = cone.get(layer.name);
    // Layers that are not on the way to the unit have no part in its cone.
    if (box === undefined) return [];
    const shape = field.cone.find((part) => part.name === layer.name)?.shape ?? [];
    const middle = (from: number, to: number, size = 1): number =>
      Math.min(size - 1, Math.max(0, Math.floor((from + to) / 2)));
    const position = [middle(box.top, box.bottom, shape[1]), middle(box.left, box.right, shape[2])] as const;
    const seen = receptiveBox(network, { input, layer: layer.name, position }).box;
    const { rows, columns } = fields.layers[index];
    const words = (down: number, across: number): string =>
      down === across
        ? serverKit.number(down, 6)
        : `${serverKit.number(down, 6)} × ${serverKit.number(across, 6)}`;
    return [
      {
        name: layer.name,
        box: [seen.top, seen.bottom, seen.left, seen.right],
        cells: `${box.bottom - box.top + 1} × ${box.right - box.left + 1} cells`,
        size: words(rows.size, columns.size),
        stride: words(rows.stride, columns.stride),
      },
    ];
  });
  const most = rangeOf(field.map).high;
  const sheet = new TileSheet();
  const range = maps.channels === 3 ? { low: 0, high: 1 } : rangeOf(maps.values);
  const tile = sheet.image(maps, "image", { range, scale: "gray" });
  const small = shrink(field.map, maps.width, maps.height, tile.shrink);
  // The root of the gradient's size, so that its Gaussian tails are seen.
  const root = small.values.map((value) => Math.sqrt(value));
  const heat = rasterOf(root, small.width, small.height, "sequential", { low: 0, high: Math.sqrt(most) });
  const { box, deviation } = field;
  const across = box.right - box.left + 1;
  const note =
    `Effective: standard deviation ${serverKit.number(deviation[0], 3)} × ${serverKit.number(deviation[1], 3)} cells ` +
    `of a theoretical ${box.bottom - box.top + 1} × ${across} (square root of |gradient| drawn).`;
  const scene: FieldScene = {
    height: maps.height,
    width: maps.width,
    target: layers.length - 1,
    layers,
    colour: maps.channels === 3,
    imageLow: range.low,
    imageHigh: range.high,
    effectiveHigh: Math.sqrt(most),
    columns: tile.columns,
    rows: tile.rows,
    shrink: tile.shrink,
    note,
  };
  const at = serverKit.number;
  const words =
    `unit ${field.position.join(", ")} of ${field.layer} sees ` +
    (box.bottom < box.top
      ? "nothing"
      : `rows ${at(box.top)} to ${at(box.bottom)}, columns ${at(box.left)} to ${at(box.right)}`) +
    `; effective deviation ${serverKit.number(deviation[0], 3)} cells`;
  return makeFigure({
    name,
    alt: `An image with the receptive field of one unit as a box, the effective field as a heat map, and the cone of layers: ${words}.`,
    text: `${name}: ${words}`,
    data: {
      layer: field.layer,
      position: field.position,
      box,
      effective: field.map,
      shape: [maps.height, maps.width],
      deviation,
    },
    scene,
    draw: drawField,
    initial: { layer: layers.length - 1 },
    controls: [{ kind: "choice", name: "layer", label: "Layer", options: layers.map((layer) => layer.name) }],
    rasters: [sheet.rasters[0], heat],
  });
}
