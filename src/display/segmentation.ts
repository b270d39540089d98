import { complaint, knownOptions, refusal } from "../tensor/errors.js";
import { Tensor } from "../tensor/index.js";
import { drawTiles, type TilesScene } from "./client/tiles.js";
import { type Figure, makeFigure, serverKit } from "./figure.js";
import { imageOf, noClass, TileSheet } from "./tiles.js";
import { tensorOf } from "./values.js";

export interface SegmentationOptions {
  /** [H, W], [1, H, W] or [3, H, W] */
  readonly image: Tensor;
  /** Class numbers [H, W]; one prediction, or several by name. */
  readonly predictions: Tensor | Readonly<Record<string, Tensor>>;
  /** Class numbers [H, W]; other values, such as 255, are not counted. */
  readonly truth?: Tensor;
  /** Default their numbers. */
  readonly classes?: readonly string[];
}

export interface SegmentationScores {
  /** Intersection over union of each class; NaN for a class that neither holds. */
  readonly iou: readonly number[];
  /** Their mean over the classes that occur. */
  readonly meanIou: number;
  /** The share of counted pixels that are right. */
  readonly accuracy: number;
}

export interface SegmentationData {
  /** By prediction; empty without a truth. */
  readonly scores: Readonly<Record<string, SegmentationScores>>;
}

/**
 * Shows predictions beside the image and the truth, with intersection over union and a legend.
 *
 * @example
 * segmentation({ image: ones([2, 2]), predictions: tensor([[0, 1], [1, 1]]), truth: tensor([[0, 1], [0, 1]]) }).data.scores.prediction.accuracy;
 * // → 0.75
 */
export function segmentation(options: SegmentationOptions): Figure<SegmentationData> {
  const name = "segmentation";
  knownOptions(name, options, ["image", "predictions", "truth", "classes"]);
  const image = imageOf(name, "image", options.image);
  const { height, width } = image;
  if (height * width === 0) throw refusal(name, "image", "at least one pixel", options.image);
  const named = namedMaps(options.predictions);
  const check = (argument: string, map: unknown): Float32Array => {
    const expected = `class numbers [${height}, ${width}]`;
    const { shape, size, data } = tensorOf(name, argument, map, expected);
    const [rows, columns] = shape.slice(-2);
    if (size !== height * width || rows !== height || columns !== width) {
      throw refusal(name, argument, expected, map);
    }
    return data.slice();
  };
  const maps = named.map(([title, map]) => ({ title, values: check(`predictions.${title}`, map) }));
  const truth = options.truth === undefined ? undefined : check("truth", options.truth);
  const all = [...maps.map(({ values }) => values), ...(truth === undefined ? [] : [truth])];
  const classes = classesOf(options.classes, all);
  const scores = Object.fromEntries(
    truth === undefined
      ? []
      : maps.map(({ title, values }) => [title, scoresOf(values, truth, classes.length)]),
  );
  // A photograph and maps of classes take less room than noise does.
  const sheet = new TileSheet(0.6 * image.channels + 0.1 * all.length);
  const size = { width, height };
  const tiles = [sheet.image(image, "image", { note: `${height} × ${width}` })];
  const percent = (share: number): string => `${serverKit.number(share * 100, 3)}\u00a0%`;
  const noteOf = (title: string): string | undefined => {
    if (truth === undefined) return undefined;
    const { meanIou } = scores[title];
    return Number.isNaN(meanIou) ? "nothing to compare" : `mean IoU ${percent(meanIou)}`;
  };
  for (const { title, values } of maps)
    tiles.push(sheet.classes(values, size, title, classes, noteOf(title)));
  if (truth !== undefined) tiles.push(sheet.classes(truth, size, "ground truth", classes));
  const foot = Object.entries(scores).map(([title, score]) => {
    const each = score.iou.flatMap((value, index) =>
      Number.isNaN(value) ? [] : [`${classes[index]}:\u00a0${percent(value)}`],
    );
    if (each.length === 0)
      return `${title}: no pixel of the truth has a class, so there is nothing to compare.`;
    return `${title}: ${percent(score.accuracy)} of pixels right; IoU ${each.join(", ")}.`;
  });
  const drawn = truth === undefined ? maps : [...maps, { title: "ground truth", values: truth }];
  let unclassed = false;
  for (const { title, values } of drawn) {
    const unknown = values.filter((value) => !isClass(value, classes.length)).length;
    unclassed ||= unknown > 0;
    if (unknown > 0) foot.push(`${title}: ${serverKit.counted(unknown, "pixel")} of no class, in grey.`);
  }
  if (sheet.reduction !== "") foot.push(sheet.reduction);
  const present = new Set(all.flatMap((values) => [...new Set(values)]));
  const scene: TilesScene = {
    title: "Segmentation",
    caption: "Every pixel is given a class; IoU is the overlap of prediction and truth over their union.",
    variants: [{ lines: [{ tiles }], foot }],
    legend: [
      ...classes.flatMap((title, index) =>
        present.has(index) ? [{ name: title, colour: serverKit.classColour(index) }] : [],
      ),
      ...(unclassed ? [{ name: "no class", colour: noClass }] : []),
    ],
    size: tiles.length > 4 ? 136 : 172,
  };
  const words = maps.map(({ title }) => [title, noteOf(title)].filter(Boolean).join(" ")).join(", ");
  return makeFigure({
    name,
    alt: `An image of ${height} by ${width}, its segmentation${maps.length > 1 ? "s" : ""} (${words})${truth === undefined ? "" : " and the truth"}.`,
    text: `${name}: ${words}${foot.length > 0 ? `\n${foot.join("\n")}` : ""}`,
    data: { scores },
    scene,
    draw: drawTiles,
    rasters: sheet.rasters,
  });
}

function namedMaps(predictions: unknown): [string, unknown][] {
  if (predictions instanceof Tensor) return [["prediction", predictions]];
  const named =
    typeof predictions === "object" && predictions !== null && !Array.isArray(predictions)
      ? Object.entries(predictions)
      : [];
  if (named.length > 0) return named;
  const expected = "a tensor of class numbers, or an object of such tensors by name";
  throw refusal("segmentation", "predictions", expected, predictions);
}

// A picture's palette has 256 entries, one of them for what is no class.
const mostClasses = 255;

/** The names as given, or a number for each class that occurs. */
function classesOf(given: unknown, maps: readonly Float32Array[]): readonly string[] {
  if (given === undefined) {
    let highest = 0;
    for (const values of maps) {
      for (const value of values) if (isClass(value, mostClasses)) highest = Math.max(highest, value);
    }
    return Array.from({ length: highest + 1 }, (_, index) => String(index));
  }
  const expected = `a list of 1 to ${mostClasses} names`;
  const isList = Array.isArray(given) && given.every((name) => typeof name === "string");
  if (isList && given.length > 0 && given.length <= mostClasses) return given;
  if (isList) throw complaint("segmentation", "classes", expected, `${given.length} names`);
  throw refusal("segmentation", "classes", expected, given);
}

function isClass(value: number, classes: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < classes;
}

/** Everingham et al. (2010): true positives over predicted, true and missed ones together. */
function scoresOf(predicted: Float32Array, truth: Float32Array, classes: number): SegmentationScores {
  const both = new Array<number>(classes).fill(0);
  const either = new Array<number>(classes).fill(0);
  let right = 0;
  let counted = 0;
  truth.forEach((wanted, index) => {
    if (!isClass(wanted, classes)) return;
    const given = predicted[index];
    counted++;
    either[wanted]++;
    if (given === wanted) {
      right++;
      both[wanted]++;
    } else if (isClass(given, classes)) either[given]++;
  });
  const iou = both.map((hits, index) => (either[index] === 0 ? Number.NaN : hits / either[index]));
  const known = iou.filter((value) => !Number.isNaN(value));
  return {
    iou,
    meanIou: known.reduce((sum, value) => sum + value, 0) / known.length,
    accuracy: right / counted,
  };
}
