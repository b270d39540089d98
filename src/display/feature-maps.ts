import type { Tensor } from "../tensor/index.js";
import { complaint, knownOptions, oneOf, refusal, wholeNumber } from "../tensor/errors.js";
import type { ValueRange } from "./client/kit.js";
import { drawMaps, type MapLook, type MapsScene } from "./client/maps.js";
import { type Figure, makeFigure, serverKit } from "./figure.js";
import { atlasOf, colourAtlasOf, layoutOf } from "./map-atlas.js";
import { scaleStrip } from "./raster.js";
import { countNonFinite, type Maps, mapsOf, rangeOf, tensorOf } from "./values.js";

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

const optionNames = ["scale", "colours", "labels", "columns", "title"];

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
  const shapes = "a tensor of shape [O, C, h, w], [C, h, w] or [h, w]";
  const { shape } = tensorOf("filters", "weight", weight, shapes);
  if (shape.length < 2 || shape.length > 4) throw refusal("filters", "weight", shapes, weight);
  knownOptions("filters", options, optionNames);
  const [height, width] = shape.slice(-2);
  const channels = shape.slice(0, -2).reduce((all, size) => all * size, 1);
  const each = shape.length === 4 ? shape[1] : 1;
  const rgb = options.colours === "rgb";
  if (rgb && shape.at(-3) !== 3) {
    throw refusal("filters", "colours", '"rgb" only of filters of three channels', weight);
  }
  // Several channels a filter: which of which.
  const labels =
    each > 1 && channels > 1
      ? Array.from({ length: channels }, (_, index) => `${Math.floor(index / each)}, ${index % each}`)
      : undefined;
  const columns =
    each > 1 && each <= 32 && !rgb ? { columns: each * Math.max(1, Math.floor(12 / each)) } : {};
  const { counted } = serverKit;
  const sliced = each > 1 && !rgb;
  const numbered = sliced && labels !== undefined && options.labels === undefined;
  const title = `Filters [${shape.join(", ")}]${numbered ? ", numbered by filter and channel" : ""}`;
  return mapGrid(
    "filters",
    { channels, height, width, values: weight.data.slice() },
    { ...(rgb ? {} : { labels }), title, ...columns, ...options },
    sliced ? "slice" : "filter",
    sliced ? ` (${counted(shape[0], "filter")} of ${counted(each, "channel")})` : "",
  );
}

// More pictures than these are not looked at; the others are counted all the same.
const drawnMaps = 2048;

function mapGrid(
  name: string,
  maps: Maps,
  options: FeatureMapsOptions,
  noun: string,
  origin = "",
): Figure<FeatureMapsData> {
  checkOptions(name, options);
  const { counted } = serverKit;
  const { channels, height, width } = maps;
  const { colours = "auto", columns } = options;
  const own = options.scale === "own";
  const rgb = colours === "rgb";
  if (rgb && channels % 3 !== 0) {
    const expected = `"auto" or "grey" for ${counted(channels, "map")}; "rgb" wants three`;
    throw refusal(name, "colours", expected, colours);
  }
  const size = height * width * (rgb ? 3 : 1);
  const count = rgb ? channels / 3 : channels;
  const empty = maps.values.length === 0;
  const drawn = empty ? 0 : Math.min(count, drawnMaps);
  const what = rgb ? (noun === "filter" ? "filter" : "picture") : noun;
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
  const flags = each.map((map) =>
    countNonFinite(map) > 0 ? 2 : !empty && map.every((value) => value === 0) ? 1 : 0,
  );
  const flagged = (sought: number): number[] =>
    flags.flatMap((flag, index) => (flag === sought ? [index] : []));
  const [dead, broken] = [flagged(1), flagged(2)];
  const labels = labelsOf(name, options.labels, count, what);
  const shown: Maps = {
    channels: drawn * (rgb ? 3 : 1),
    height: empty ? 1 : height,
    width: empty ? 1 : width,
    values: maps.values.subarray(0, drawn * size),
  };
  const layout = layoutOf(drawn, shown, columns, labels.length > 0, rgb);
  const odd = [Number.NaN, Infinity, -Infinity].map(
    (special) => maps.values.filter((value) => Object.is(value, special)).length,
  );
  const finite = odd.reduce((sum, many) => sum - many, maps.values.length) > 0;
  const scales = empty ? [] : [...new Set(looks.slice(0, drawn))].filter((look) => look !== "colour");
  const scene: MapsScene = {
    title: options.title ?? `${counted(count, what)} of ${height} × ${width}`,
    caption: captionOf({
      count,
      drawn,
      finite,
      all,
      own,
      dead: dead.length,
      noun: what,
      ends,
      rgb,
      ...layout,
    }),
    count: drawn,
    labels: labels.slice(0, drawn),
    noun: what,
    scales,
    looks: looks.slice(0, drawn),
    ranges: ends.slice(0, Math.max(1, drawn)).flatMap(({ low, high }) => [low, high]),
    ends: own || rgb ? [] : [endText(ends[0].low), endText(ends[0].high)],
    flags: flags.slice(0, drawn),
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
  const words = [
    `${counted(count, what)} of ${height} × ${width}${rgb ? " in colour" : ""}${origin}`,
    empty
      ? "nothing to draw"
      : finite
        ? `values ${endText(all.low)} to ${endText(all.high)}`
        : "none of them finite",
    empty || count === 1 ? "" : own ? "own scales" : "shared scale",
    empty || (count === 1 && dead.length === 0) ? "" : `${dead.length} dead`,
    broken.length > 0 ? `${broken.length} with values that are not finite` : "",
    drawn < count && !empty ? `the first ${drawn} drawn` : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
  const atlases = empty
    ? []
    : rgb
      ? [colourAtlasOf(shown, layout, ends)]
      : scales.map((scale) => atlasOf(shown, layout, scale, looks, ends, flags));
  return makeFigure({
    name,
    alt: count === 1 ? `A picture: ${words}.` : `A grid of ${words}.`,
    text: `${name}: ${words}`,
    data,
    scene,
    draw: drawMaps,
    rasters: [...atlases, ...scales.map(scaleStrip)],
    raster: true,
  });
}

function checkOptions(name: string, options: FeatureMapsOptions): void {
  knownOptions(name, options, optionNames);
  const { scale = "shared", colours = "auto", columns = 1, title = "" } = options;
  oneOf(name, "scale", scale, ["shared", "own"]);
  oneOf(name, "colours", colours, ["auto", "grey", "rgb"]);
  wholeNumber(name, "columns", columns, 1);
  if (typeof title !== "string") throw refusal(name, "title", "a string", title);
}

/** The labels as given, or numbers; none for a single map, which needs no number, or for very many. */
function labelsOf(name: string, given: unknown, count: number, noun: string): readonly string[] {
  if (given === undefined) {
    return count > 64 || count === 1 ? [] : Array.from({ length: count }, (_, index) => String(index));
  }
  if (!Array.isArray(given) || !given.every((label) => typeof label === "string")) {
    throw refusal(name, "labels", "a list of strings", given);
  }
  if (given.length === 0 || given.length === count) return given;
  const expected = `one string for each of ${serverKit.counted(count, noun)}, or none at all`;
  throw complaint(name, "labels", expected, serverKit.counted(given.length, "string"));
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

interface CaptionFacts {
  readonly count: number;
  readonly drawn: number;
  /** Whether any value is finite. */
  readonly finite: boolean;
  readonly all: ValueRange;
  readonly own: boolean;
  readonly dead: number;
  readonly noun: string;
  readonly ends: readonly ValueRange[];
  readonly rgb: boolean;
  readonly shrink: number;
}

function captionOf(facts: CaptionFacts): string {
  const { count, drawn, finite, all, own, dead, noun, ends, rgb, shrink } = facts;
  if (drawn === 0) return "";
  const parts: string[] = [];
  const { low, high } = ends[0];
  if (!finite) parts.push("no value is finite");
  else if (rgb) {
    const span = own && low < 0 ? `each ${noun}'s own −max to max` : `${endText(low)} to ${endText(high)}`;
    parts.push(`red, green and blue from ${span}`);
    if (all.low < low || all.high > high) parts.push("values beyond are clipped");
  } else {
    if (all.low === all.high) parts.push(`constant ${endText(all.low)}`);
    else if (count === 1) parts.push(`values from ${endText(all.low)} to ${endText(all.high)}`);
    if (count > 1) parts.unshift(own ? `each ${noun} on its own scale` : "one scale for all");
  }
  if (dead > 0) parts.push(count === 1 ? "dead (struck through)" : `${dead} dead (struck through)`);
  if (drawn < count) parts.push(`the first ${drawn} of ${count} drawn`);
  if (shrink > 1) parts.push(`drawn at 1/${shrink}, blocks averaged`);
  return parts.join("  ·  ");
}
