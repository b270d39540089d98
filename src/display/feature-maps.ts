import type { Tensor } from "../tensor/index.js";
import { knownOptions, refusal } from "../tensor/errors.js";
import type { ValueRange } from "./client/kit.js";
import { drawMaps, type MapLook, type MapsScene } from "./client/maps.js";
import { type Figure, makeFigure, serverKit } from "./figure.js";
import { atlasOf, colourAtlasOf, layoutOf } from "./map-atlas.js";
import { scaleStrip } from "./raster.js";
import { countNonFinite, type Maps, mapsOf, rangeOf } from "./values.js";

export interface FeatureMapsOptions {
  /** One colour scale for all maps, or one for each; default `shared`. */
  readonly scale?: "shared" | "own";
  /**
   * `auto`: by value, both ways from zero where there are negative values. `grey`: from black to white, for
   * photographs. `rgb`: every three maps are the red, green and blue of one picture, from 0 to 1 (of filters:
   * both ways from zero, which is grey). Default `auto`.
   */
  readonly colours?: "auto" | "grey" | "rgb";
  /** A name for each map; default their numbers. */
  readonly labels?: readonly string[];
  /** Maps in a row; chosen by their number when left out. */
  readonly columns?: number;
  /** Default: what is drawn and its shape. */
  readonly title?: string;
}

/** Of a figure in `rgb`, what is said of each map is said of each picture. */
export interface FeatureMapsData {
  /** The maps, [C, H, W] in that order. */
  readonly values: Float32Array;
  readonly shape: readonly [number, number, number];
  /** Smallest and largest finite value of each map. */
  readonly ranges: readonly ValueRange[];
  /** The colours' ends: the shared ones, or each map's own. */
  readonly scales: readonly ValueRange[];
  /** How each map is coloured. */
  readonly colours: readonly ("sequential" | "diverging" | "gray" | "colour")[];
  /** The numbers of the maps that are zero everywhere. */
  readonly dead: readonly number[];
  /** The numbers of the maps that hold NaN or an infinity. */
  readonly broken: readonly number[];
}

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
 * Several channels are labelled "filter, channel". Filters of three channels can be seen in colour with
 * `{ colours: "rgb" }`.
 *
 * @example
 * filters(randn([6, 3, 5, 5], { seed: 1 }), { colours: "rgb", scale: "own" });
 */
export function filters(weight: Tensor, options: FeatureMapsOptions = {}): Figure<FeatureMapsData> {
  const { shape } = weight;
  if (shape.length < 2 || shape.length > 4) {
    throw refusal("filters", "weight", "a tensor of shape [O, C, h, w], [C, h, w] or [h, w]", weight);
  }
  const [height, width] = shape.slice(-2);
  const channels = shape.slice(0, -2).reduce((all, size) => all * size, 1);
  const each = shape.length === 4 ? shape[1] : 1;
  const rgb = options.colours === "rgb";
  if (rgb && shape.at(-3) !== 3) {
    throw refusal("filters", "colours", '"rgb" only of filters of three channels', weight);
  }
  const labels = Array.from({ length: channels }, (_, index) =>
    each > 1 ? `${Math.floor(index / each)}, ${index % each}` : String(index),
  );
  const columns =
    each > 1 && each <= 32 && !rgb ? { columns: each * Math.max(1, Math.floor(12 / each)) } : {};
  return mapGrid(
    "filters",
    { channels, height, width, values: weight.data.slice() },
    { ...(rgb ? {} : { labels }), title: `Filters [${shape.join(", ")}]`, ...columns, ...options },
    "filter",
  );
}

function mapGrid(
  name: string,
  maps: Maps,
  options: FeatureMapsOptions,
  noun: string,
): Figure<FeatureMapsData> {
  checkOptions(name, options);
  const { channels, height, width } = maps;
  const { colours = "auto", columns } = options;
  const own = options.scale === "own";
  const rgb = colours === "rgb";
  if (rgb && channels % 3 !== 0) {
    throw refusal(
      name,
      "colours",
      `"auto" or "grey" for ${plural(channels, "map")}; "rgb" wants three`,
      colours,
    );
  }
  const size = height * width * (rgb ? 3 : 1);
  const count = rgb ? channels / 3 : channels;
  const each = Array.from({ length: count }, (_, index) =>
    maps.values.subarray(index * size, (index + 1) * size),
  );
  const ranges = each.map(rangeOf);
  const all = rangeOf(maps.values);
  const lookOf = ({ low }: ValueRange): MapLook =>
    rgb ? "colour" : colours === "grey" ? "gray" : low < 0 ? "diverging" : "sequential";
  const looks = ranges.map((range) => lookOf(own ? range : all));
  const endsFor = (range: ValueRange): ValueRange =>
    // A photograph's colours mean what they are; weights are seen around zero.
    rgb && noun !== "filter" ? { low: 0, high: 1 } : endsOf(range, rgb ? "diverging" : lookOf(range));
  const ends = (own ? ranges : [all]).map(endsFor);
  const dead = rgb
    ? []
    : each.flatMap((map, index) => (map.length > 0 && map.every((value) => value === 0) ? [index] : []));
  const broken = each.flatMap((map, index) => (countNonFinite(map) > 0 ? [index] : []));
  const labels = options.labels ?? (count > 64 || count === 1 ? [] : each.map((_, index) => String(index)));
  const layout = layoutOf(count, maps, columns, labels.length > 0);
  const odd = rgb
    ? []
    : [Number.NaN, Infinity, -Infinity].map(
        (special) => maps.values.filter((value) => Object.is(value, special)).length,
      );
  const scales = [...new Set(looks)].filter((look) => look !== "colour");
  const what = rgb ? (noun === "filter" ? "filter" : "picture") : noun;
  const scene: MapsScene = {
    title: options.title ?? `${plural(count, what)} of ${height} × ${width}`,
    caption: captionOf(count, all, own, dead.length, layout.shrink, what, rgb ? ends : undefined),
    count: maps.values.length === 0 ? 0 : count,
    labels,
    noun: what,
    scales,
    looks,
    ranges: ends.flatMap(({ low, high }) => [low, high]),
    ends: own || rgb ? [] : [endText(ends[0].low), endText(ends[0].high)],
    flags: each.map((_, index) => (dead.includes(index) ? 1 : broken.includes(index) ? 2 : 0)),
    odd,
    ...layout,
  };
  const data: FeatureMapsData = {
    values: maps.values,
    shape: [channels, height, width],
    ranges,
    scales: ends,
    colours: looks,
    dead,
    broken,
  };
  const words =
    `${plural(count, what)} of ${height} × ${width}${rgb ? " in colour" : ""}, values ${endText(all.low)} to ` +
    `${endText(all.high)}, ${own ? "own scales" : "shared scale"}${rgb ? "" : `, ${dead.length} dead`}` +
    (broken.length > 0 ? `, ${broken.length} with values that are not finite` : "");
  const atlases = rgb
    ? [colourAtlasOf(maps, layout, ends)]
    : scales.map((scale) => atlasOf(maps, layout, scale, looks, ends, dead));
  return makeFigure({
    name,
    alt: rgb && count === 1 ? `A picture: ${words}.` : `A grid of ${words}.`,
    text: `${name}: ${words}`,
    data,
    scene,
    draw: drawMaps,
    rasters: scene.count > 0 ? [...atlases, ...scales.map(scaleStrip)] : [],
    raster: true,
  });
}

function checkOptions(name: string, options: FeatureMapsOptions): void {
  knownOptions(name, options, ["scale", "colours", "labels", "columns", "title"]);
  const { scale = "shared", colours = "auto", columns = 1 } = options;
  if (!["own", "shared"].includes(scale)) throw refusal(name, "scale", 'one of "shared", "own"', scale);
  if (!["auto", "grey", "rgb"].includes(colours)) {
    throw refusal(name, "colours", 'one of "auto", "grey", "rgb"', colours);
  }
  if (!(Number.isInteger(columns) && columns >= 1)) {
    throw refusal(name, "columns", "a whole number ≥ 1", columns);
  }
}

function endsOf(range: ValueRange, look: MapLook): ValueRange {
  if (look !== "diverging") return range;
  const most = Math.max(Math.abs(range.low), Math.abs(range.high));
  return { low: -most, high: most };
}

/** An end of a scale: whole numbers whole, others to four digits. */
function endText(value: number): string {
  return serverKit.number(value, Number.isInteger(value) ? 9 : 4);
}

function captionOf(
  count: number,
  all: ValueRange,
  own: boolean,
  dead: number,
  factor: number,
  noun: string,
  colour: readonly ValueRange[] | undefined,
): string {
  const parts = [
    count === 1
      ? `values from ${endText(all.low)} to ${endText(all.high)}`
      : own
        ? `each ${noun} on its own scale`
        : `one scale for all`,
  ];
  if (colour !== undefined) {
    const [{ low, high }] = colour.length > 0 ? colour : [{ low: 0, high: 1 }];
    const span = own && low < 0 ? `each ${noun}'s own −max to max` : `${endText(low)} to ${endText(high)}`;
    parts[0] = `red, green and blue from ${span}`;
    if (all.low < low || all.high > high) parts.push("values beyond are clipped");
  } else if (all.low === all.high) parts.push(`constant ${endText(all.low)}`);
  if (dead > 0) parts.push(`${dead} dead (struck through)`);
  if (factor > 1) parts.push(`drawn at 1/${factor}, blocks averaged`);
  return parts.join("  ·  ");
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
