import { icnr } from "../arithmetic/index.js";
import { gradients } from "../autograd/index.js";
import { conv2d, convTranspose2d, interpolate, mul, pixelShuffle, sum } from "../ops/index.js";
import { complaint, knownOptions, refusal, wholeNumber } from "../tensor/errors.js";
import { ones, randn, tensor, type Tensor, zeros } from "../tensor/index.js";
import { type CheckerboardScene, drawCheckerboard, type Remedy } from "./client/checkerboard.js";
import type { Control } from "./client/contract.js";
import { drawCells } from "./client/cells.js";
import { drawTiles, type TilesScene } from "./client/tiles.js";
import { type Figure, makeFigure, serverKit } from "./figure.js";
import { spectrumOf } from "./spectrum.js";
import { TileSheet } from "./tiles.js";
import { channelOf, countNonFinite, type Maps, mapsOf, rangeOf } from "./values.js";

export interface OverlapOptions {
  readonly kernel: number;
  readonly stride: number;
  /** Layers of that kernel and stride, one after another; default 1. */
  readonly depth?: number;
  /** The weights of one axis, the same on both; default all one. */
  readonly weights?: readonly number[];
}

export interface OutputOptions {
  /** What a network made: [H, W], [C, H, W] or [1, C, H, W]. */
  readonly output: Tensor;
  /** The period to look for: the product of the upsampling strides; default 2. */
  readonly stride?: number;
}

export interface CheckerboardData {
  /** What the transposed layers make of ones, [H][W]; of a given output its means by phase, [s][s]. */
  readonly overlap: readonly (readonly number[])[];
  /** Magnitudes of the 2-D Fourier transform of the pattern's inside without its mean, zero frequency in the middle. */
  readonly spectrum: readonly (readonly number[])[];
  /** (largest − smallest phase mean) / mean size: 0 where there is no checkerboard. */
  readonly amplitude: number;
  /**
   * Where a convolution of that kernel and stride reads `overlap`'s cells, the gradient of its sum: the same
   * pattern. Of a given output none.
   */
  readonly gradient: readonly (readonly number[])[];
  /** Other ways to upsample by that stride, measured the same way on an even input with random weights. */
  readonly remedies: readonly Remedy[];
}

/**
 * Shows the checkerboard that transposed convolutions make where windows overlap unevenly (Odena, Dumoulin and
 * Olah, Distill 2016): the overlap, the pattern, its spectrum, and what the remedies make of it. Given an
 * `output`, measures the checkerboard in it.
 *
 * @example
 * checkerboard({ kernel: 3, stride: 2 }).data.overlap[2].slice(0, 6);
 * // → [2, 2, 4, 2, 4, 2]
 */
export function checkerboard(options: OverlapOptions | OutputOptions): Figure<CheckerboardData> {
  const keys = ["kernel", "stride", "depth", "weights", "output"];
  knownOptions("checkerboard", options, keys);
  return "output" in options ? measured(options) : overlapped(options);
}

function overlapped(options: OverlapOptions): Figure<CheckerboardData> {
  const name = "checkerboard";
  knownOptions(name, options, ["kernel", "stride", "depth", "weights"]);
  const kernel = wholeNumber(name, "kernel", options.kernel, 1);
  const stride = wholeNumber(name, "stride", options.stride, 1);
  const depth = wholeNumber(name, "depth", options.depth ?? 1, 1);
  if (kernel > mostKernel) throw refusal(name, "kernel", `at most ${mostKernel}, to be seen`, kernel);
  if (stride ** depth > longest) {
    const came = `${stride} to the power of ${depth}`;
    throw complaint(name, "depth", `stride to the power of depth at most ${longest}, to be seen`, came);
  }
  const line = lineOf(name, options.weights, kernel);
  const cells = 12;
  const square = tensor(
    line.flatMap((down) => line.map((across) => down * across)),
    [1, 1, kernel, kernel],
  );
  let map = ones([1, cells, cells]);
  for (let layer = 0; layer < depth; layer++) map = convTranspose2d(map, square, { stride });
  const whole = mapsOf(name, "overlap", map);
  const period = stride ** depth;
  const inside = insideOf(whole, period);
  const remedies = remediesFor(stride);
  const scene: CheckerboardScene = { cells: 6, remedies, longest };
  const overlap = rowsOf(whole.values, whole.width);
  const amplitude = amplitudeOf(inside, period).amplitude;
  const spectrum = spectrumOf(inside.values, inside.width, inside.height);
  const { low, high } = rangeOf(inside.values);
  const words =
    `kernel ${kernel}, stride ${stride}, ${depth} layer${depth === 1 ? "" : "s"}: ` +
    (amplitude < 1e-6
      ? "flat inside"
      : `strongest to weakest ${serverKit.number(low > 1e-9 ? high / low : Infinity, 3)} : 1 in two dimensions`);
  const reach = { kernel: Math.max(6, kernel), stride: Math.max(3, stride), depth: Math.max(3, depth) };
  const slider = (label: string, key: keyof typeof reach): Control => ({
    kind: "slider",
    name: key,
    label,
    min: 1,
    max: reach[key],
    step: 1,
  });
  const taps = Array.from({ length: reach.kernel }, (_, tap) => tap);
  return makeFigure({
    name,
    alt: `How the windows of transposed convolutions overlap, the pattern that makes, and its spectrum; ${words}.`,
    text: `${name}: ${words}; amplitude ${serverKit.number(amplitude)}`,
    data: { overlap, gradient: gradientOf(square, stride, whole), spectrum, amplitude, remedies },
    scene,
    draw: drawCheckerboard,
    pieces: { drawCells },
    initial: {
      kernel,
      stride,
      depth,
      ...Object.fromEntries(taps.map((tap) => [`w${tap + 1}`, line[tap] ?? 1])),
    },
    controls: [
      slider("Kernel", "kernel"),
      slider("Stride", "stride"),
      slider("Layers", "depth"),
      ...taps.map((tap): Control => ({
        when: { name: "kernel", least: tap + 1 },
        kind: "slider",
        name: `w${tap + 1}`,
        label: `Weight ${tap + 1}`,
        min: Math.min(0, ...line),
        max: Math.max(2, ...line),
        step: 0.1,
      })),
    ],
  });
}

const mostKernel = 8;
const longest = 27;

function lineOf(name: string, weights: unknown, kernel: number): readonly number[] {
  if (weights === undefined) return new Array<number>(kernel).fill(1);
  if (Array.isArray(weights) && weights.length === kernel && weights.every(Number.isFinite)) {
    return weights as number[];
  }
  throw refusal(name, "weights", `${kernel} finite weights, of one axis`, weights);
}

/** What the sum of one strided convolution sends back to each cell that it reads. */
function gradientOf(weight: Tensor, stride: number, like: Maps): number[][] {
  const input = zeros([1, 1, like.height, like.width]);
  input.requiresGrad = true;
  const [gradient] = gradients(sum(conv2d(input, weight, { stride })), [input]);
  return rowsOf(gradient.data.slice(), like.width);
}

function measured(options: OutputOptions): Figure<CheckerboardData> {
  const name = "checkerboard";
  knownOptions(name, options, ["output", "stride"]);
  const stride = wholeNumber(name, "stride", options.stride ?? 2, 1);
  const maps = mapsOf(name, "output", options.output);
  if (maps.channels === 0 || maps.height < 2 * stride || maps.width < 2 * stride) {
    throw refusal(name, "output", `at least ${2 * stride} cells a side`, options.output);
  }
  const mean = meanMap(maps);
  const inside = insideOf(mean, stride, 32);
  const odd = countNonFinite(maps.values);
  const { amplitude, phases } = amplitudeOf(mean, stride);
  const spectrum = spectrumOf(inside.values, inside.width, inside.height);
  const sheet = new TileSheet();
  const size = { width: inside.width, height: inside.height };
  const strength = Float32Array.from(spectrum.flat(), Math.sqrt);
  const tiles = [
    sheet.map(mean.values, mean, "channel mean"),
    sheet.map(Float32Array.from(phases.flat()), { width: stride, height: stride }, "means by phase", {
      note: phases
        .flat()
        .map((value) => serverKit.number(value, 3))
        .slice(0, 4)
        .join("  "),
    }),
    sheet.map(strength, size, "spectrum (root)", { scale: "sequential" }),
  ];
  const verdict = Number.isNaN(amplitude)
    ? "No value is finite: there is nothing to measure."
    : amplitude < 0.01
      ? `Amplitude ${serverKit.number(amplitude, 2)}: no checkerboard of period ${stride}.`
      : `Amplitude ${serverKit.number(amplitude, 3)}: the phases of period ${stride} differ.`;
  const left = [
    odd === 0
      ? ""
      : `${serverKit.counted(odd, "value")} of ${maps.values.length} not finite, left out of the means.`,
    sheet.reduction,
  ].filter((sentence) => sentence !== "");
  const scene: TilesScene = {
    title: `Checkerboard of period ${stride} in an output`,
    caption:
      `${maps.channels} × ${maps.height} × ${maps.width}. Cells are sorted by their place in the period; ` +
      `without a checkerboard all means are alike.`,
    variants: [{ lines: [{ tiles }], foot: [verdict, ...left] }],
    size: 220,
  };
  return makeFigure({
    name,
    alt: `An output, its means by phase and its spectrum. ${verdict}`,
    text: `${name}: ${verdict}`,
    data: { overlap: phases, gradient: [], spectrum, amplitude, remedies: [] },
    scene,
    draw: drawTiles,
    rasters: sheet.rasters,
  });
}

/** What is left of an even input (all ones) after each way to upsample, with random weights from one seed. */
function remediesFor(stride: number): Remedy[] {
  if (stride < 2) return [];
  const channels = 8;
  const even = ones([channels, 8, 8]);
  const weights = (shape: readonly number[]): Tensor => mul(randn(shape, { seed: 7 }), 0.1);
  const odd = stride + 1;
  const transposed = (kernel: number): Tensor =>
    convTranspose2d(even, weights([channels, 1, kernel, kernel]), { stride });
  const shuffled = (weight: Tensor): Tensor => pixelShuffle(conv2d(even, weight), stride);
  const shape = [stride * stride, channels, 3, 3];
  const resized = conv2d(interpolate(even, { scaleFactor: stride }), weights([1, channels, 3, 3]));
  const ways: [string, Tensor, string][] = [
    [`transposed, kernel ${odd}`, transposed(odd), "the stride does not divide the kernel"],
    [`transposed, kernel ${2 * stride}`, transposed(2 * stride), "even overlap, but unequal weights"],
    ["sub-pixel", shuffled(weights(shape)), "each phase has filters of its own"],
    ["sub-pixel, ICNR", shuffled(icnr(shape, stride, { seed: 7 })), "the phases start alike"],
    ["resize, then convolve", resized, "no phases at all"],
  ];
  return ways.map(([name, output, note]) => {
    const inside = insideOf(mapsOf("checkerboard", name, output), stride);
    return { name, amplitude: amplitudeOf(inside, stride).amplitude, note };
  });
}

/** The middle of a map where borders have no part: a whole number of periods, at most `most` cells a side. */
function insideOf(maps: Maps, period: number, most = 16): Maps {
  const length = Math.min(most, Math.floor(Math.min(maps.height, maps.width) / 2));
  const side = Math.max(period, Math.floor(length / period) * period);
  const from = (size: number): number =>
    Math.max(0, Math.min(size - side, Math.round((size - side) / 2 / period) * period));
  const [top, left] = [from(maps.height), from(maps.width)];
  const values = new Float32Array(side * side);
  for (let index = 0; index < values.length; index++) {
    const row = top + Math.floor(index / side);
    values[index] = maps.values[row * maps.width + left + (index % side)];
  }
  return { channels: 1, height: side, width: side, values };
}

/** The mean of the channels, of their finite values. */
function meanMap(maps: Maps): Maps {
  const values = new Float32Array(maps.height * maps.width);
  const counts = new Uint32Array(values.length);
  for (let channel = 0; channel < maps.channels; channel++) {
    channelOf(maps, channel).forEach((value, index) => {
      if (!Number.isFinite(value)) return;
      values[index] += value;
      counts[index] += 1;
    });
  }
  // What is finite in no channel stays seen as what it is not.
  counts.forEach((count, index) => (values[index] = count === 0 ? NaN : values[index] / count));
  return { channels: 1, height: maps.height, width: maps.width, values };
}

/** The means of the finite cells at each place of the period, and how far they are apart. */
function amplitudeOf(maps: Maps, period: number): { amplitude: number; phases: number[][] } {
  const sums = Array.from({ length: period }, () => new Array<number>(period).fill(0));
  const counts = Array.from({ length: period }, () => new Array<number>(period).fill(0));
  let size = 0;
  let finite = 0;
  maps.values.forEach((value, index) => {
    if (!Number.isFinite(value)) return;
    finite += 1;
    const row = Math.floor(index / maps.width) % period;
    const column = (index % maps.width) % period;
    sums[row][column] += value;
    counts[row][column] += 1;
    size += Math.abs(value);
  });
  const phases = sums.map((line, row) => line.map((sum, column) => sum / counts[row][column]));
  const { low, high } = rangeOf(phases.flat());
  if (finite === 0) return { amplitude: NaN, phases };
  return { amplitude: size === 0 ? 0 : (high - low) / (size / finite), phases };
}

function rowsOf(values: Float32Array, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, row) => [
    ...values.subarray(row * width, (row + 1) * width),
  ]);
}
