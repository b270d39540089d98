import { knownOptions, refusal } from "../tensor/errors.js";
import type { Tensor } from "../tensor/index.js";
import { drawTiles, type TilesScene } from "./client/tiles.js";
import { type Figure, makeFigure, serverKit } from "./figure.js";
import { imageOf, TileSheet } from "./tiles.js";
import { rangeOf } from "./values.js";

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
  const named: [string, Tensor][] = isTensor(options.predictions)
    ? [["prediction", options.predictions]]
    : Object.entries(options.predictions);
  const check = (argument: string, map: Tensor): Float32Array => {
    const [rows, columns] = map.shape.slice(-2);
    if (map.size !== height * width || rows !== height || columns !== width) {
      throw refusal(name, argument, `class numbers [${height}, ${width}]`, map);
    }
    return map.data.slice();
  };
  const maps = named.map(([title, map]) => ({ title, values: check(`predictions.${title}`, map) }));
  const truth = options.truth === undefined ? undefined : check("truth", options.truth);
  const all = [...maps.map(({ values }) => values), ...(truth === undefined ? [] : [truth])];
  const highest = Math.max(0, ...all.map((values) => rangeOf(values.filter((value) => value < 255)).high));
  const classes = options.classes ?? Array.from({ length: highest + 1 }, (_, index) => String(index));
  const scores = Object.fromEntries(
    truth === undefined
      ? []
      : maps.map(({ title, values }) => [title, scoresOf(values, truth, classes.length)]),
  );
  const sheet = new TileSheet();
  const size = { width, height };
  const tiles = [sheet.image(image, "image", { note: `${height} × ${width}` })];
  const noteOf = (title: string): string | undefined =>
    title in scores ? `mean IoU ${serverKit.number(scores[title].meanIou * 100, 3)} %` : undefined;
  for (const { title, values } of maps)
    tiles.push(sheet.classes(values, size, title, classes, noteOf(title)));
  if (truth !== undefined) tiles.push(sheet.classes(truth, size, "ground truth", classes));
  const foot = Object.entries(scores).map(([title, score]) => {
    const each = score.iou.flatMap((value, index) =>
      Number.isNaN(value) ? [] : [`${classes[index]} ${serverKit.number(value * 100, 3)} %`],
    );
    return `${title}: ${serverKit.number(score.accuracy * 100, 3)} % of pixels right; IoU ${each.join(", ")}.`;
  });
  const present = new Set(all.flatMap((values) => [...new Set(values)]));
  const scene: TilesScene = {
    title: "Segmentation",
    caption: "Every pixel is given a class; IoU is the overlap of prediction and truth over their union.",
    variants: [{ lines: [{ tiles }], foot }],
    legend: classes.flatMap((title, index) =>
      present.has(index) ? [{ name: title, colour: serverKit.classColour(index) }] : [],
    ),
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

function isTensor(value: SegmentationOptions["predictions"]): value is Tensor {
  return Array.isArray((value as Tensor).shape);
}

/** Everingham et al. (2010): true positives over predicted, true and missed ones together. */
function scoresOf(predicted: Float32Array, truth: Float32Array, classes: number): SegmentationScores {
  const both = new Array<number>(classes).fill(0);
  const either = new Array<number>(classes).fill(0);
  let right = 0;
  let counted = 0;
  truth.forEach((wanted, index) => {
    if (!(Number.isInteger(wanted) && wanted >= 0 && wanted < classes)) return;
    const given = predicted[index];
    counted++;
    either[wanted]++;
    if (given === wanted) {
      right++;
      both[wanted]++;
    } else if (Number.isInteger(given) && given >= 0 && given < classes) either[given]++;
  });
  const iou = both.map((hits, index) => (either[index] === 0 ? Number.NaN : hits / either[index]));
  const known = iou.filter((value) => !Number.isNaN(value));
  return {
    iou,
    meanIou: known.reduce((sum, value) => sum + value, 0) / known.length,
    accuracy: right / counted,
  };
}
