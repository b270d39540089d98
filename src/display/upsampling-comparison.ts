import { avgPool2d } from "../ops/index.js";
import { knownOptions, oneOf, refusal, wholeNumber } from "../tensor/errors.js";
import { tensor, type Tensor } from "../tensor/index.js";
import { drawTiles, type Tile, type TileLine, type TilesScene } from "./client/tiles.js";
import { type Figure, makeFigure, serverKit } from "./figure.js";
import { shrink } from "./raster.js";
import { imageOf, TileSheet } from "./tiles.js";
import { enlarge, methods, type UpsamplingMethod } from "./upsampling-methods.js";
import { channelOf, type Maps, mapsOf, rangeOf } from "./values.js";

export type { UpsamplingMethod };

/** How a method is called over its picture. */
const titles: Readonly<Record<UpsamplingMethod, string>> = {
  nearest: "nearest",
  bilinear: "bilinear",
  "bilinear-align-corners": "bilinear, align corners",
  "bilinear-asymmetric": "bilinear, asymmetric",
  bicubic: "bicubic",
  "bed-of-nails": "bed of nails",
  "max-unpooling": "max unpooling",
  transposed: "transposed",
  "sub-pixel": "sub-pixel",
};

export interface UpsamplingComparisonOptions {
  /** Default 2. */
  readonly scaleFactor?: number;
  /** Default all nine. */
  readonly methods?: readonly UpsamplingMethod[];
}

export interface UpsamplingComparisonData {
  /** The image averaged down, from which all methods start (max unpooling starts from the maxima). */
  readonly small: Float32Array;
  readonly smallShape: readonly [number, number, number];
  /** Each method's result, of the image's shape. */
  readonly outputs: Readonly<Partial<Record<UpsamplingMethod, Float32Array>>>;
  /** Peak signal-to-noise ratio against the image in dB: 10 log₁₀(range² / mean squared error). */
  readonly psnr: Readonly<Partial<Record<UpsamplingMethod, number>>>;
}

/**
 * Makes an image small and large again in every way, and shows what each way loses: the results, the
 * differences from the image, and the PSNR.
 *
 * The transposed convolution and the sub-pixel convolution are given linear interpolation's weights, which
 * training would start from or improve on. Of large images the middle is drawn, pixel by pixel; `data` holds
 * everything, and the PSNR is of the whole image.
 *
 * @param image [H, W], [1, H, W] or [3, H, W], of which the scale factor divides height and width
 * @example
 * upsamplingComparison(rand([16, 16], { seed: 1 }), { methods: ["nearest"] }).data.smallShape;
 * // → [1, 8, 8]
 */
export function upsamplingComparison(
  image: Tensor,
  options: UpsamplingComparisonOptions = {},
): Figure<UpsamplingComparisonData> {
  const name = "upsamplingComparison";
  knownOptions(name, options, ["scaleFactor", "methods"]);
  const factor = wholeNumber(name, "scaleFactor", options.scaleFactor ?? 2, 1);
  const chosen = chosenOf(name, options.methods);
  const maps = imageOf(name, "image", image);
  const sides = [maps.height, maps.width];
  if (sides.some((side) => side === 0 || side % factor !== 0)) {
    throw refusal(name, "image", `height and width that ${factor} divides`, image);
  }
  const whole = tensor(maps.values, [maps.channels, maps.height, maps.width]);
  const small = avgPool2d(whole, factor);
  const results = chosen.map((method): Result => {
    const values = enlarge(method, small, whole, factor).data.slice();
    return { method, values, psnr: psnrOf(values, maps.values) };
  });
  const smallMaps = mapsOf(name, "small", small);
  const { scene, rasters } = sceneOf(maps, smallMaps, results, factor);
  const words =
    `${maps.height} × ${maps.width} made ${factor} times smaller and larger again in ` +
    `${serverKit.counted(chosen.length, "way")}; ${bestOf(results)}`;
  return makeFigure({
    name,
    alt: `Results of upsampling side by side, with their differences from the image: ${words}.`,
    text: `${name}: ${words}`,
    data: {
      small: smallMaps.values,
      smallShape: [smallMaps.channels, smallMaps.height, smallMaps.width],
      outputs: Object.fromEntries(results.map(({ method, values }) => [method, values])),
      psnr: Object.fromEntries(results.map(({ method, psnr }) => [method, psnr])),
    },
    scene,
    draw: drawTiles,
    initial: { variant: 0 },
    controls: [{ kind: "toggle", name: "variant", label: "Show the differences" }],
    rasters,
  });
}

interface Result {
  readonly method: UpsamplingMethod;
  readonly values: Float32Array;
  readonly psnr: number;
}

function chosenOf(name: string, given: unknown): readonly UpsamplingMethod[] {
  if (given === undefined) return methods;
  if (!Array.isArray(given) || given.length === 0) {
    throw refusal(name, "methods", `a list of ${methods.map((method) => `"${method}"`).join(", ")}`, given);
  }
  const chosen = given.map((method) => oneOf(name, "methods", method, methods));
  if (new Set(chosen).size < chosen.length) throw refusal(name, "methods", "each method once", given);
  return chosen;
}

function bestOf(results: readonly Result[]): string {
  const measured = results.filter(({ psnr }) => !Number.isNaN(psnr));
  if (measured.length === 0) return "none can be measured by PSNR";
  const best = measured.reduce((first, other) => (other.psnr > first.psnr ? other : first));
  return `${best.method} is nearest to the image, with ${serverKit.number(best.psnr, 3)} dB`;
}

// What all pictures together may hold, in bytes before they are packed: a few hundred kilobytes of HTML at most.
const byteBudget = 240_000;
// The image itself is a small picture beside them.
const wholeSide = 132;

interface Detail {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** The middle of the image, as much as can be drawn pixel by pixel; it begins with a whole cell of the small one. */
function detailOf({ channels, height, width }: Maps, count: number, factor: number): Detail {
  // Each method has a picture and a difference of one byte a pixel; the image stands beside them.
  const pixels = byteBudget / (count * (channels + 1) + channels);
  const share = Math.min(1, Math.sqrt(pixels / (height * width)));
  const cut = (size: number): number => Math.max(factor, Math.floor((size * share) / factor) * factor);
  const from = (size: number): number => Math.floor((size - cut(size)) / 2 / factor) * factor;
  return { top: from(height), left: from(width), height: cut(height), width: cut(width) };
}

function cutOut(maps: Maps, { top, left, height, width }: Detail): Maps {
  const values = new Float32Array(maps.channels * height * width);
  for (let row = 0; row < maps.channels * height; row++) {
    const channel = Math.floor(row / height);
    const from = (channel * maps.height + top + (row % height)) * maps.width + left;
    values.set(maps.values.subarray(from, from + width), row * width);
  }
  return { channels: maps.channels, height, width, values };
}

/** A picture of the whole, in no more pixels than are seen of it. */
function wholeTile(sheet: TileSheet, maps: Maps, label: string, range: { low: number; high: number }): Tile {
  const factor = Math.ceil(Math.max(maps.height, maps.width) / wholeSide);
  const planes = Array.from({ length: maps.channels }, (_, channel) =>
    shrink(channelOf(maps, channel), maps.width, maps.height, factor),
  );
  const [{ width, height }] = planes;
  const values = Float32Array.from(planes.flatMap((plane) => [...plane.values]));
  const note = `${maps.height} × ${maps.width}`;
  const tile = sheet.image({ channels: maps.channels, height, width, values }, label, {
    range,
    note,
    scale: "gray",
  });
  return { ...tile, shrink: factor };
}

function sceneOf(
  maps: Maps,
  small: Maps,
  results: readonly Result[],
  factor: number,
): { scene: TilesScene; rasters: readonly string[] } {
  const sheet = new TileSheet();
  const range = rangeOf(maps.values);
  const start: Tile[] = [
    wholeTile(sheet, maps, "image", range),
    wholeTile(sheet, small, "made small", range),
  ];
  const detail = detailOf(maps, results.length, factor);
  const cut = detail.height < maps.height || detail.width < maps.width;
  const first = cut ? ([detail.top, detail.left] as const) : undefined;
  const short = results.length > 4;
  const titleOf = (method: UpsamplingMethod): string =>
    short ? titles[method].replace("bilinear, ", "… ") : titles[method];
  const noteOf = (psnr: number): string =>
    Number.isNaN(psnr) ? "no PSNR" : `${serverKit.number(psnr, 3)} dB`;
  const look = { range, scale: "gray" as const };
  const original = (): Tile =>
    sheet.image(cutOut(maps, detail), "image", { ...look, note: "the same detail" });
  const beside: Tile[] = cut ? [{ ...original(), first }] : [];
  const shape = { channels: maps.channels, height: maps.height, width: maps.width };
  const tiles = results.map(({ method, values, psnr }): Tile => {
    const shown = cutOut({ ...shape, values }, detail);
    return { ...sheet.image(shown, titleOf(method), { ...look, note: noteOf(psnr) }), first };
  });
  const wrong = results.map(({ values }) => differenceOf(values, maps));
  const widest = (range.high - range.low) / 2;
  // A constant image has no range: then the differences give their own.
  const most = widest > 0 ? widest : wrong.reduce((all, map) => Math.max(all, ...ends(map)), 0);
  const differences = results.map(({ method, psnr }, index): Tile => {
    const map = cutOut({ ...shape, channels: 1, values: wrong[index] }, detail);
    const signed = { range: { low: -most, high: most }, scale: "diverging" as const, note: noteOf(psnr) };
    return { ...sheet.map(map.values, map, titleOf(method), signed), first };
  });
  const { top, left, height, width } = detail;
  const where = cut ? `, rows ${top} to ${top + height - 1}, columns ${left} to ${left + width - 1}` : "";
  // Few pictures use the page's width, but no more than a screen's height.
  const inLine = Math.min(tiles.length + beside.length, 5);
  const size = Math.min(360, (732 - 14 * (inLine - 1)) / inLine, (360 * maps.width) / maps.height);
  const line = (heading: string, shown: readonly Tile[]): TileLine[] => [
    { tiles: start, toScale: true, size: 132 },
    { heading: heading + where, tiles: [...beside, ...shown], size },
  ];
  const foot = footOf(maps, results, cut);
  const scene: TilesScene = {
    title: `Upsampling by ${factor} compared`,
    caption: "The image is averaged down and made large again. Same scale for all pictures.",
    variants: [
      { lines: line("Made large again", tiles), foot },
      { lines: line("Result minus image: blue too dark, red too bright", differences), foot },
    ],
    size,
  };
  return { scene, rasters: sheet.rasters };
}

/** The sizes of a map's least and largest value. */
function ends(map: Float32Array): [number, number] {
  const { low, high } = rangeOf(map);
  return [Math.abs(low), Math.abs(high)];
}

/** Of colours the mean difference: one number a pixel, on one scale for all methods. */
function differenceOf(values: Float32Array, maps: Maps): Float32Array {
  const size = maps.height * maps.width;
  const difference = new Float32Array(size);
  values.forEach((value, index) => {
    difference[index % size] += (value - maps.values[index]) / maps.channels;
  });
  return difference;
}

function footOf(maps: Maps, results: readonly Result[], cut: boolean): string[] {
  const foot = ["PSNR tells how near each result is to the image; higher is nearer."];
  const odd = results.some(({ psnr }) => Number.isNaN(psnr));
  const constant = rangeOf(maps.values);
  if (odd && constant.low === constant.high) foot.push("A constant image has no range to measure PSNR by.");
  else if (odd) foot.push("Values that are not finite leave no PSNR.");
  const nails = ["bed-of-nails", "max-unpooling"].filter((name) =>
    results.some(({ method }) => method === name),
  );
  if (nails.length > 0) {
    const who = nails.length === 2 ? "Bed of nails and max unpooling leave" : nails[0] === "bed-of-nails" ? "Bed of nails leaves" : "Max unpooling leaves"; // prettier-ignore
    const them = nails.length === 2 ? "they place: convolutions after them fill" : "it places: convolutions after it fill"; // prettier-ignore
    foot.push(`${who} zeros between what ${them} in.`);
  }
  if (cut)
    foot.push("The middle is drawn, pixel by pixel; the PSNR is of the whole image, and data holds it all.");
  return foot;
}

/** 10 log₁₀(range² / mean squared error); ∞ without an error, NaN where there is nothing to measure by. */
function psnrOf(values: Float32Array, truth: Float32Array): number {
  const { low, high } = rangeOf(truth);
  let sum = 0;
  values.forEach((value, index) => {
    sum += (value - truth[index]) ** 2;
  });
  if (sum === 0) return Infinity;
  return high > low ? 10 * Math.log10((high - low) ** 2 / (sum / values.length)) : NaN;
}
