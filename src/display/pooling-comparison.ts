import { avgPool2d, lpPool2d, maxPool2d, minPool2d, sub } from "../ops/index.js";
import { knownOptions, oneOf, refusal, wholePair } from "../tensor/errors.js";
import { full, tensor, type Tensor } from "../tensor/index.js";
import type { Pair } from "../tensor/window.js";
import type { Chart } from "./client/kit.js";
import { drawTiles, type TilesScene } from "./client/tiles.js";
import { type Figure, makeFigure, serverKit } from "./figure.js";
import { imageOf, TileSheet } from "./tiles.js";
import { countNonFinite, type Maps, mapsOf, rangeOf } from "./values.js";

export type PoolingKind = "max" | "min" | "average" | "l2";

export interface PoolingComparisonOptions {
  readonly kernelSize: Pair;
  /** Default the kernel's size. */
  readonly stride?: Pair;
  /** Default max, min and average; `l2` is the root of the sum of squares. */
  readonly kinds?: readonly PoolingKind[];
}

export interface PooledMaps {
  readonly values: Float32Array;
  /** [C, H, W] */
  readonly shape: readonly [number, number, number];
}

export interface PoolingComparisonData {
  /** What each kind of pooling makes of the image. */
  readonly outputs: Readonly<Partial<Record<PoolingKind, PooledMaps>>>;
  /** The same of the image with dark and bright exchanged (low + high − x). */
  readonly inverted: Readonly<Partial<Record<PoolingKind, PooledMaps>>>;
  /** The share of outputs that a shift of the image by so many columns leaves as they were, by kind. */
  readonly unchanged: {
    readonly shifts: readonly number[];
    readonly shares: Readonly<Partial<Record<PoolingKind, readonly number[]>>>;
  };
}

type Pool = (input: Tensor, kernel: Pair, stride: Pair) => Tensor;

const pools: Readonly<Record<PoolingKind, Pool>> = {
  max: (input, kernel, stride) => maxPool2d(input, kernel, { stride }),
  min: (input, kernel, stride) => minPool2d(input, kernel, { stride }),
  average: (input, kernel, stride) => avgPool2d(input, kernel, { stride }),
  l2: (input, kernel, stride) => lpPool2d(input, 2, kernel, { stride }),
};

const shows: Readonly<Record<PoolingKind, string>> = {
  max: "keeps bright details",
  min: "keeps dark details",
  average: "smooths",
  l2: "weighs bright details more",
};

/**
 * Compares kinds of pooling on an image and on the image inverted: max pooling serves bright objects on dark
 * ground, min pooling dark ones on bright ground. The curve tells how many outputs a small shift leaves alone.
 *
 * @param image [H, W], [1, H, W] or [3, H, W]
 * @example
 * poolingComparison(rand([16, 16], { seed: 1 }), { kernelSize: 2 }).data.outputs.max?.shape;
 * // → [1, 8, 8]
 */
export function poolingComparison(
  image: Tensor,
  options: PoolingComparisonOptions,
): Figure<PoolingComparisonData> {
  const name = "poolingComparison";
  knownOptions(name, options, ["kernelSize", "stride", "kinds"]);
  const kinds: readonly PoolingKind[] = options.kinds ?? ["max", "min", "average"];
  const listed: unknown = kinds;
  if (!Array.isArray(listed) || listed.length === 0 || new Set(listed).size < listed.length) {
    throw refusal(name, "kinds", "a list of different kinds, at least one", listed);
  }
  for (const kind of kinds) oneOf(name, "kinds", kind, ["max", "min", "average", "l2"]);
  const kernel = wholePair(name, "kernelSize", options.kernelSize, 1);
  const stride = wholePair(name, "stride", options.stride ?? kernel, 1);
  const maps = imageOf(name, "image", image);
  const plain = tensor(maps.values, [maps.channels, maps.height, maps.width]);
  const range = rangeOf(maps.values);
  const negative = sub(full(plain.shape, range.low + range.high), plain);
  const run = (input: Tensor): Partial<Record<PoolingKind, PooledMaps>> =>
    Object.fromEntries(
      kinds.map((kind) => {
        const pooled = mapsOf(name, kind, pools[kind](input, kernel, stride));
        return [kind, { values: pooled.values, shape: [pooled.channels, pooled.height, pooled.width] }];
      }),
    );
  const outputs = run(plain);
  const inverted = run(negative);
  const unchanged = shiftExperiment(maps, kinds, kernel, stride);
  const sheet = new TileSheet(2 * (1 + kinds.length) * maps.channels);
  const variant = (
    source: Tensor,
    made: Partial<Record<PoolingKind, PooledMaps>>,
  ): TilesScene["variants"][number] => {
    const picture = mapsOf(name, "image", source);
    const tiles = [sheet.image(picture, "image", { range, note: `${maps.height} × ${maps.width}` })];
    for (const kind of kinds) {
      const pooled = made[kind];
      if (pooled === undefined) continue;
      const [channels, height, width] = pooled.shape;
      const own = kind === "l2" ? rangeOf(pooled.values) : range;
      tiles.push(
        sheet.image({ channels, height, width, values: pooled.values }, kind, {
          range: own,
          note: shows[kind],
          // Each cell stands for a step of the window, which need not be square.
          proportion: (height * stride[0]) / (width * stride[1]),
        }),
      );
    }
    const sizes = `${maps.height} × ${maps.width} → ${made[kinds[0]]?.shape.slice(1).join(" × ") ?? ""}`;
    const odd = countNonFinite(maps.values);
    const foot = [
      `${kernel.join(" × ")} windows, stride ${stride.join(" × ")}: ${sizes}.`,
      odd > 0 ? `${serverKit.counted(odd, "value")} of the image not finite.` : "",
      sheet.reduction,
    ];
    return { lines: [{ tiles }], foot: foot.filter((sentence) => sentence !== "") };
  };
  const chart: Chart = {
    title: "Outputs that a shift leaves as they were",
    xLabel: "shift in columns",
    xs: unchanged.shifts,
    series: kinds.map((kind) => ({ name: kind, ys: unchanged.shares[kind] ?? [] })),
    range: { low: 0, high: 1 },
  };
  const scene: TilesScene = {
    title: "Pooling compared",
    caption:
      "Each window is summarised by one number; all pictures " +
      (kinds.includes("l2") ? "but l2's share the image's scale." : "share the image's scale."),
    variants: [variant(plain, outputs), variant(negative, inverted)],
    chart,
    size: kinds.length > 3 ? 140 : 176,
  };
  const words = `${kinds.join(", ")} pooling of ${maps.height} × ${maps.width} with ${kernel.join(" × ")} windows`;
  return makeFigure({
    name,
    alt: `An image beside its ${words}, and a curve of how many outputs stay as they were when the image is shifted.`,
    text: `${name}: ${words}`,
    data: { outputs, inverted, unchanged },
    scene,
    draw: drawTiles,
    initial: { variant: 0 },
    controls: [{ kind: "toggle", name: "variant", label: "Exchange dark and bright" }],
    rasters: sheet.rasters,
  });
}

/** Shifts the image's columns and asks which outputs change; only places that both images cover are compared. */
function shiftExperiment(
  maps: Maps,
  kinds: readonly PoolingKind[],
  kernel: readonly [number, number],
  stride: readonly [number, number],
): PoolingComparisonData["unchanged"] {
  const most = Math.min(2 * stride[1], maps.width - kernel[1]);
  const shifts = Array.from({ length: Math.max(1, most + 1) }, (_, shift) => shift);
  const cut = (from: number, width: number): Tensor => {
    const values = new Float32Array(maps.channels * maps.height * width);
    for (let row = 0; row < maps.channels * maps.height; row++) {
      values.set(maps.values.subarray(row * maps.width + from, row * maps.width + from + width), row * width);
    }
    return tensor(values, [maps.channels, maps.height, width]);
  };
  const share = (kind: PoolingKind, shift: number): number => {
    const width = maps.width - shift;
    const before = pools[kind](cut(0, width), kernel, stride).data;
    const after = pools[kind](cut(shift, width), kernel, stride).data;
    // Sums over the same values may differ in the last bit, by where their window stands.
    const { low, high } = rangeOf(before);
    const near = 1e-6 * Math.max(-low, high);
    let same = 0;
    before.forEach((value, index) => {
      if (Object.is(value, after[index]) || Math.abs(value - after[index]) <= near) same++;
    });
    return same / before.length;
  };
  const shares = Object.fromEntries(kinds.map((kind) => [kind, shifts.map((shift) => share(kind, shift))]));
  return { shifts, shares };
}
