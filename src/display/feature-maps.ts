import type { Tensor } from "../tensor/index.js";
import { knownOptions, refusal } from "../tensor/errors.js";
import type { ValueRange, Scale } from "./client/kit.js";
import { drawMaps, type MapsScene } from "./client/maps.js";
import { type Figure, makeFigure } from "./figure.js";
import { indexedPng, pngAddress } from "./png.js";
import { levelOf, paletteOf, scaleStrip, shrink, transparent } from "./raster.js";
import { channelOf, countNonFinite, type Maps, mapsOf, rangeOf } from "./values.js";

export interface FeatureMapsOptions {
  /** One colour scale for all maps, or one for each; default `shared`. */
  readonly scale?: "shared" | "own";
  /** A name for each map; default their numbers. */
  readonly labels?: readonly string[];
  /** Maps in a row; chosen by their number when left out. */
  readonly columns?: number;
  /** Default: what is drawn and its shape. */
  readonly title?: string;
}

export interface FeatureMapsData {
  /** The maps, [C, H, W] in that order. */
  readonly values: Float32Array;
  readonly shape: readonly [number, number, number];
  /** Smallest and largest finite value of each map. */
  readonly ranges: readonly ValueRange[];
  /** The colours' ends: the shared ones, or each map's own. */
  readonly scales: readonly ValueRange[];
  /** The numbers of the maps that are zero everywhere. */
  readonly dead: readonly number[];
  /** The numbers of the maps that hold NaN or an infinity. */
  readonly broken: readonly number[];
}

// A picture carries at most this many pixels, so that 512 maps stay well under 1.5 MB.
const pixelBudget = 420_000;

/**
 * Draws maps as a grid of pictures with a colour bar: a layer's activations, or any [C, H, W] tensor.
 *
 * Maps of values of both signs are coloured both ways from zero. Maps that are zero everywhere are counted
 * and struck through. Where scripts run, the value under the pointer (or under the arrow keys) is shown.
 *
 * @param maps [H, W], [C, H, W] or [1, C, H, W]
 * @example
 * featureMaps(conv2d(randn([3, 16, 16], { seed: 1 }), randn([8, 3, 3, 3], { seed: 2 })), { scale: "own" });
 */
export function featureMaps(maps: Tensor, options: FeatureMapsOptions = {}): Figure<FeatureMapsData> {
  return mapGrid("featureMaps", mapsOf("featureMaps", "maps", maps), options, "map");
}

/**
 * Draws a layer's weights [O, C, h, w] as a grid of their channels, filter after filter.
 * Several channels are labelled "filter, channel".
 *
 * @example
 * filters(randn([6, 3, 5, 5], { seed: 1 }));
 */
export function filters(weight: Tensor, options: FeatureMapsOptions = {}): Figure<FeatureMapsData> {
  const { shape } = weight;
  if (shape.length < 2 || shape.length > 4) {
    throw refusal("filters", "weight", "a tensor of shape [O, C, h, w], [C, h, w] or [h, w]", weight);
  }
  const [height, width] = shape.slice(-2);
  const channels = shape.slice(0, -2).reduce((all, size) => all * size, 1);
  const each = shape.length === 4 ? shape[1] : 1;
  const labels = Array.from({ length: channels }, (_, index) =>
    each > 1 ? `${Math.floor(index / each)}, ${index % each}` : String(index),
  );
  const columns = each > 1 && each <= 32 ? { columns: each * Math.max(1, Math.floor(12 / each)) } : {};
  return mapGrid(
    "filters",
    { channels, height, width, values: weight.data.slice() },
    { labels, title: `Filters [${shape.join(", ")}]`, ...columns, ...options },
    "filter",
  );
}

function mapGrid(
  name: string,
  maps: Maps,
  options: FeatureMapsOptions,
  noun: string,
): Figure<FeatureMapsData> {
  knownOptions(name, options, ["scale", "labels", "columns", "title"]);
  const { channels, height, width } = maps;
  const own = options.scale === "own";
  if (options.scale !== undefined && !["own", "shared"].includes(options.scale)) {
    throw refusal(name, "scale", 'one of "shared", "own"', options.scale);
  }
  const { columns: given } = options;
  if (given !== undefined && !(Number.isInteger(given) && given >= 1)) {
    throw refusal(name, "columns", "a whole number ≥ 1", given);
  }
  const each = Array.from({ length: channels }, (_, index) => channelOf(maps, index));
  const ranges = each.map(rangeOf);
  const all = rangeOf(maps.values);
  const scale: Scale = all.low < 0 ? "diverging" : "sequential";
  const ends = own ? ranges.map((range) => endsOf(range, scale)) : [endsOf(all, scale)];
  const dead = each.flatMap((map, index) =>
    map.length > 0 && map.every((value) => value === 0) ? [index] : [],
  );
  const broken = each.flatMap((map, index) => (countNonFinite(map) > 0 ? [index] : []));
  const labels = options.labels ?? (channels > 64 ? [] : each.map((_, index) => String(index)));
  const layout = layoutOf(maps, given, labels.length > 0);
  const odd = [Number.NaN, Infinity, -Infinity].map(
    (special) => maps.values.filter((value) => Object.is(value, special)).length,
  );
  const scene: MapsScene = {
    title: options.title ?? `${plural(channels, noun)} of ${height} × ${width}`,
    caption: captionOf(all, own, dead.length, layout.shrink, noun),
    count: maps.values.length === 0 ? 0 : channels,
    labels,
    scale,
    ranges: ends.flatMap(({ low, high }) => [low, high]),
    flags: each.map((_, index) => (dead.includes(index) ? 1 : broken.includes(index) ? 2 : 0)),
    odd,
    ...layout,
  };
  const data: FeatureMapsData = {
    values: maps.values,
    shape: [channels, height, width],
    ranges,
    scales: ends,
    dead,
    broken,
  };
  const words =
    `${plural(channels, noun)} of ${height} × ${width}, values ${all.low.toPrecision(4)} to ` +
    `${all.high.toPrecision(4)}, ${own ? "own scales" : "shared scale"}, ${dead.length} dead` +
    (broken.length > 0 ? `, ${broken.length} with values that are not finite` : "");
  return makeFigure({
    name,
    alt: `A grid of ${words}.`,
    text: `${name}: ${words}`,
    data,
    scene,
    draw: drawMaps,
    rasters: [scene.count > 0 ? atlasOf(maps, layout, ends, scale, dead) : "", scaleStrip(scale)],
    raster: true,
  });
}

type Layout = Pick<MapsScene, "columns" | "mapWidth" | "mapHeight" | "shrink" | "gapX" | "gapY" | "size">;

/** The grid that uses the width well without drawing more pixels than can be seen. */
function layoutOf({ channels, height, width }: Maps, given: number | undefined, labelled: boolean): Layout {
  const room = 732;
  const columns = Math.min(
    given ?? Math.max(Math.min(channels, 4), Math.min(32, Math.ceil(Math.sqrt(channels * 2.2)))),
    Math.max(1, channels),
  );
  // At most two pixels a unit, and all maps together within the budget.
  const cell = room / columns;
  const most = Math.min(cell * 2, Math.sqrt(pixelBudget / Math.max(1, channels)));
  const factor = Math.max(1, Math.ceil(Math.max(width, height) / Math.max(4, most)));
  const mapWidth = Math.ceil(width / factor);
  const mapHeight = Math.ceil(height / factor);
  const gapX = Math.max(1, Math.round(mapWidth * 0.06));
  // Few small maps are not blown up beyond recognition.
  const size = Math.min(room / (columns * (mapWidth + gapX) - gapX), 200 / mapHeight, 200 / mapWidth);
  const gapY = Math.max(gapX, labelled ? Math.ceil(16 / size) : 0);
  return { columns, mapWidth, mapHeight, shrink: factor, gapX, gapY, size };
}

/** All maps in one indexed picture: one palette, one image element, whatever their number. */
function atlasOf(
  maps: Maps,
  layout: Layout,
  ends: readonly ValueRange[],
  scale: Scale,
  dead: readonly number[],
): string {
  const { columns, mapWidth, mapHeight, gapX, gapY } = layout;
  const rows = Math.ceil(maps.channels / columns);
  const width = columns * (mapWidth + gapX) - gapX;
  const height = rows * (mapHeight + gapY) - gapY;
  const pixels = new Uint8Array(width * height).fill(transparent);
  for (let index = 0; index < maps.channels; index++) {
    if (dead.includes(index)) continue;
    const small = shrink(channelOf(maps, index), maps.width, maps.height, layout.shrink);
    const range = ends[index] ?? ends[0];
    const left = (index % columns) * (mapWidth + gapX);
    const top = Math.floor(index / columns) * (mapHeight + gapY);
    small.values.forEach((value, at) => {
      pixels[(top + Math.floor(at / mapWidth)) * width + left + (at % mapWidth)] = levelOf(value, range);
    });
  }
  return pngAddress(indexedPng(pixels, width, height, paletteOf(scale)));
}

function endsOf(range: ValueRange, scale: Scale): ValueRange {
  if (scale !== "diverging") return range;
  const most = Math.max(Math.abs(range.low), Math.abs(range.high));
  return { low: -most, high: most };
}

function captionOf(all: ValueRange, own: boolean, dead: number, factor: number, noun: string): string {
  const parts = [own ? `each ${noun} on its own scale` : `one scale for all`];
  if (all.low === all.high) parts.push(`constant ${all.low}`);
  if (dead > 0) parts.push(`${dead} dead (struck through)`);
  if (factor > 1) parts.push(`drawn at 1/${factor}, blocks averaged`);
  return parts.join("  ·  ");
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
