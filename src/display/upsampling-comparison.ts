import {
  avgPool2d,
  bedOfNails,
  conv2d,
  convTranspose2d,
  interpolate,
  maxPool2dWithIndices,
  maxUnpool2d,
  pad,
  pixelShuffle,
} from "../ops/index.js";
import { knownOptions, oneOf, refusal, wholeNumber } from "../tensor/errors.js";
import { tensor, type Tensor } from "../tensor/index.js";
import { drawTiles, type TileLine, type TilesScene } from "./client/tiles.js";
import type { Tile } from "./client/tiles.js";
import { type Figure, makeFigure, serverKit } from "./figure.js";
import { imageOf, TileSheet } from "./tiles.js";
import { type Maps, mapsOf, rangeOf } from "./values.js";

const methods = [
  "nearest",
  "bilinear",
  "bilinear-align-corners",
  "bilinear-asymmetric",
  "bicubic",
  "bed-of-nails",
  "max-unpooling",
  "transposed",
  "sub-pixel",
] as const;

export type UpsamplingMethod = (typeof methods)[number];

/** Short enough to stand over a picture. */
const titles: Readonly<Partial<Record<UpsamplingMethod, string>>> = {
  bilinear: "bilinear",
  "bilinear-align-corners": "… align corners",
  "bilinear-asymmetric": "… asymmetric",
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
 * training would start from or improve on.
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
  const chosen = options.methods ?? methods;
  for (const method of chosen) oneOf(name, "methods", method, methods);
  const maps = imageOf(name, "image", image);
  if (maps.height % factor !== 0 || maps.width % factor !== 0) {
    throw refusal(name, "image", `height and width that ${factor} divides`, image);
  }
  const whole = tensor(maps.values, [maps.channels, maps.height, maps.width]);
  const small = avgPool2d(whole, factor);
  const results = chosen.map((method) => ({
    method,
    values: enlarge(method, small, whole, factor).data.slice(),
  }));
  const range = rangeOf(maps.values);
  const psnr = Object.fromEntries(
    results.map(({ method, values }) => [method, psnrOf(values, maps.values, range.high - range.low)]),
  );
  const smallMaps = mapsOf(name, "small", small);
  const scene = sceneOf(maps, smallMaps, results, psnr, factor);
  const best = [...results].sort((a, b) => psnr[b.method] - psnr[a.method])[0].method;
  const words =
    `${maps.height} × ${maps.width} made ${factor} times smaller and larger again in ${chosen.length} ways; ` +
    `${best} is nearest to the image, with ${serverKit.number(psnr[best], 3)} dB`;
  return makeFigure({
    name,
    alt: `Results of upsampling side by side, with their differences from the image: ${words}.`,
    text: `${name}: ${words}`,
    data: {
      small: smallMaps.values,
      smallShape: [smallMaps.channels, smallMaps.height, smallMaps.width],
      outputs: Object.fromEntries(results.map(({ method, values }) => [method, values])),
      psnr,
    },
    scene: scene.scene,
    draw: drawTiles,
    initial: { variant: 0 },
    controls: [{ kind: "toggle", name: "variant", label: "Show the differences" }],
    rasters: scene.rasters,
  });
}

function sceneOf(
  maps: Maps,
  small: Maps,
  results: readonly { method: UpsamplingMethod; values: Float32Array }[],
  psnr: Record<string, number>,
  factor: number,
): { scene: TilesScene; rasters: readonly string[] } {
  const sheet = new TileSheet();
  const range = rangeOf(maps.values);
  const shape = { channels: maps.channels, height: maps.height, width: maps.width };
  const start: Tile[] = [
    sheet.image(maps, "image", { range, note: `${maps.height} × ${maps.width}` }),
    sheet.image(small, "made small", { range, note: `${small.height} × ${small.width}` }),
  ];
  const notes = (method: UpsamplingMethod): string => `${serverKit.number(psnr[method], 3)} dB`;
  const tiles = results.map(({ method, values }) =>
    sheet.image({ ...shape, values }, titles[method] ?? method, { range, note: notes(method) }),
  );
  const differences = results.map(({ method, values }) => {
    // Of colours the mean difference: one number a pixel, on one scale for all methods.
    const size = maps.height * maps.width;
    const difference = new Float32Array(size);
    values.forEach((value, index) => {
      difference[index % size] += (value - maps.values[index]) / maps.channels;
    });
    const most = (range.high - range.low) / 2;
    const look = { range: { low: -most, high: most }, scale: "diverging" as const, note: notes(method) };
    return sheet.map(difference, shape, titles[method] ?? method, look);
  });
  const lines = (shown: readonly Tile[], heading: string): TileLine[] => [
    { tiles: start, toScale: true },
    { heading, tiles: shown },
  ];
  const foot = [
    "PSNR tells how near each result is to the image; higher is nearer.",
    "Bed of nails and max unpooling leave zeros between what they place: convolutions after them fill in.",
  ];
  const scene: TilesScene = {
    title: `Upsampling by ${factor} compared`,
    caption: "The image is averaged down and made large again. Same scale for all pictures.",
    variants: [
      { lines: lines(tiles, "Made large again"), foot },
      { lines: lines(differences, "Result minus image: blue too dark, red too bright"), foot },
    ],
    size: 132,
  };
  return { scene, rasters: sheet.rasters };
}

function enlarge(method: UpsamplingMethod, small: Tensor, whole: Tensor, factor: number): Tensor {
  switch (method) {
    case "nearest":
      return interpolate(small, { scaleFactor: factor });
    case "bilinear":
      return interpolate(small, { scaleFactor: factor, mode: "bilinear" });
    case "bilinear-align-corners":
      return interpolate(small, { scaleFactor: factor, mode: "bilinear", coordinates: "align-corners" });
    case "bilinear-asymmetric":
      return interpolate(small, { scaleFactor: factor, mode: "bilinear", coordinates: "asymmetric" });
    case "bicubic":
      return interpolate(small, { scaleFactor: factor, mode: "bicubic" });
    case "bed-of-nails":
      return bedOfNails(small, { stride: factor });
    case "max-unpooling": {
      const { output, indices } = maxPool2dWithIndices(whole, factor);
      return maxUnpool2d(output, indices, factor);
    }
    case "transposed":
      return transposedLinear(small, factor);
    case "sub-pixel":
      return subPixelLinear(small, factor);
  }
}

/** Linear interpolation's weights on one axis, as FCN starts its deconvolutions: a triangle of width 2s. */
export function triangle(factor: number): number[] {
  const size = 2 * factor - (factor % 2);
  const centre = (size - 1) / 2;
  return Array.from({ length: size }, (_, tap) => 1 - Math.abs(tap - centre) / factor);
}

function transposedLinear(small: Tensor, factor: number): Tensor {
  const [channels, height, width] = small.shape;
  const line = triangle(factor);
  const size = line.length;
  const weight = new Float32Array(channels * size * size);
  for (let index = 0; index < weight.length; index++) {
    const tap = index % (size * size);
    weight[index] = line[Math.floor(tap / size)] * line[tap % size];
  }
  // The border is repeated and cut off again, so that it does not fade to zero.
  const wide = pad(small, [1, 1, 1, 1], { mode: "replicate" });
  const large = convTranspose2d(wide, tensor(weight, [channels, 1, size, size]), {
    stride: factor,
    padding: Math.floor(factor / 2) + factor,
    groups: channels,
    outputPadding: 0,
  });
  if (large.shape[1] === height * factor && large.shape[2] === width * factor) return large;
  throw refusal("upsamplingComparison", "scaleFactor", "a result of the image's size", large);
}

function subPixelLinear(small: Tensor, factor: number): Tensor {
  const [channels] = small.shape;
  const phases = factor * factor;
  // Output phase φ of linear interpolation reads three neighbours with weights of its own.
  const line = Array.from({ length: factor }, (_, phase) => {
    const at = (phase + 0.5) / factor - 0.5;
    return [Math.max(0, -at), 1 - Math.abs(at), Math.max(0, at)];
  });
  const weight = new Float32Array(channels * phases * channels * 9);
  for (let channel = 0; channel < channels; channel++) {
    for (let phase = 0; phase < phases; phase++) {
      const [down, across] = [line[Math.floor(phase / factor)], line[phase % factor]];
      const start = ((channel * phases + phase) * channels + channel) * 9;
      for (let tap = 0; tap < 9; tap++) weight[start + tap] = down[Math.floor(tap / 3)] * across[tap % 3];
    }
  }
  const maps = conv2d(small, tensor(weight, [channels * phases, channels, 3, 3]), {
    padding: 1,
    paddingMode: "replicate",
  });
  return pixelShuffle(maps, factor);
}

function psnrOf(values: Float32Array, truth: Float32Array, range: number): number {
  let sum = 0;
  values.forEach((value, index) => {
    sum += (value - truth[index]) ** 2;
  });
  return sum === 0 ? Infinity : 10 * Math.log10(range ** 2 / (sum / values.length));
}
