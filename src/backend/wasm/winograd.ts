/** Drives assembly/winograd.ts: which correlations it takes, at which tile size, in how many units. */
import type { Correlation, CorrelationAxis } from "./correlation.js";
import { type Operands, padBias } from "./direct.js";
import { frame, type FrameShape, imageBytes, imagesPerChunk, largest } from "./frame.js";
import type { Call, Runtime } from "./runtime.js";
import type { WeightCache } from "./weights.js";

/** Beyond this magnitude (and for infinities and NaN) sums in Winograd's domain could overflow: direct it is. */
export const LIMIT = 1e15;

const SKEW = 64;
const WORK = 36 * 16 * 2;
const ROW_BLOCK = 64;

export interface WinogradPlan {
  /** Outputs of a tile along an axis. */
  size: 4 | 2;
  /** Interleaved dense convolutions along an axis. */
  phases: number;
}

/** Taps δ apart, at most three, at stride 1: δ, or 0 if the axis does not fit. */
function spacing(axis: CorrelationAxis): number {
  const [first, second, third] = axis.taps;
  if (axis.stride !== 1 || axis.taps.length < 2 || axis.taps.length > 3) return 0;
  const step = second.offset - first.offset;
  return third === undefined || third.offset - second.offset === step ? step : 0;
}

/** Tiles of one image. */
function tileCounts({ vertical, horizontal }: Correlation, { size, phases }: WinogradPlan): [number, number] {
  const tiles = (axis: CorrelationAxis): number => Math.ceil(Math.ceil(axis.count / phases) / size);
  return [tiles(vertical), tiles(horizontal)];
}

/**
 * The plan that is fastest by a simple count, or `undefined` if the direct way is. Times are in multiply-adds of
 * the register tile.
 */
export function planWinograd(correlation: Correlation): WinogradPlan | undefined {
  const { vertical, horizontal, batch, channels, rows } = correlation;
  const phases = spacing(vertical);
  if (phases < 1 || spacing(horizontal) !== phases) return undefined;
  if (phases > 1 && (vertical.step !== 1 || horizontal.step !== 1)) return undefined;
  if (rows < 8) return undefined;
  const positions = batch * vertical.count * horizontal.count;
  const taps = vertical.taps.length * horizontal.taps.length;
  let best = { cost: positions * channels * rows * taps, plan: undefined as WinogradPlan | undefined };
  for (const size of [4, 2] as const) {
    const plan = { size, phases };
    const [y, x] = tileCounts(correlation, plan);
    const tiles = Math.ceil((batch * phases * phases * y * x) / 8) * 8;
    const components = (size + 2) ** 2;
    // A transform takes about as long as five multiply-adds a component, reading a weight as two.
    const cost = components * (tiles * (channels * rows + 5 * channels + 5 * rows) + 2 * channels * rows);
    if (cost < best.cost) best = { cost, plan };
  }
  return best.plan;
}

/** Runs the plan; false, with nothing done, if a number is too large for it. */
export function correlateWinograd(
  runtime: Runtime,
  cache: WeightCache,
  call: Call,
  correlation: Correlation,
  plan: WinogradPlan,
  { source, weight, weightBytes, bias, out }: Operands,
): boolean {
  const { batch, groups, channels, rows, vertical, horizontal } = correlation;
  const { size, phases } = plan;
  const components = (size + 2) ** 2;
  const paddedRows = Math.ceil(rows / 4) * 4;
  const groupWeight = components * paddedRows * channels * 4;

  const index = (axis: CorrelationAxis, tap: number): number | undefined => axis.taps[tap]?.index;
  const weightTaps = Array.from({ length: 9 }, (_, tap) => {
    const i = index(vertical, Math.floor(tap / 3));
    const j = index(horizontal, tap % 3);
    return i === undefined || j === undefined ? -1 : (i * correlation.kernelWidth + j) * 4;
  });
  const { weightGroup, weightRow, weightChannel } = correlation;
  const key = ["winograd", size, groups, rows, channels, weightGroup, weightRow, weightChannel, weightTaps];
  const prepared = cache.find(key.join(), weight, weightBytes, groups * groupWeight, (to) => {
    const taps = call.integers(weightTaps);
    for (let group = 0; group < groups; group++) {
      const words = [weight + group * weightGroup, to + group * groupWeight, taps, size, rows, channels];
      const job = runtime.job([...words, weightRow, weightChannel]);
      runtime.threads.run("winogradWeight", job, paddedRows / 4, paddedRows * channels * components, 512);
    }
    return runtime.magnitude(weight, weightBytes / 4);
  });
  if (!(prepared.magnitude < LIMIT)) return false;

  const [tilesY, tilesX] = tileCounts(correlation, plan);
  const shape: FrameShape = {
    planes: groups * channels,
    height: vertical.source,
    width: horizontal.source,
    top: vertical.taps[0].offset,
    left: horizontal.taps[0].offset,
    frameHeight: tilesY * size + 2,
    // Six columns are read as two vectors of four.
    frameWidth: Math.ceil((tilesX * size + 2) / 4) * 4,
    phases,
  };
  const chunk = imagesPerChunk(shape, batch);
  const frames = call.temporary(imageBytes(shape) * chunk);
  const maxima = call.temporary(chunk * shape.planes * 4);
  const paddedBias = padBias(runtime, call, bias, groups, rows);
  const row = shape.frameWidth * 4;
  const outPlane = vertical.size * horizontal.size * 4;
  const outImage = groups * rows * outPlane;
  const first = out + (vertical.start * horizontal.size + horizontal.start) * 4;
  const sourceImage = shape.planes * vertical.source * horizontal.source * 4;

  for (let image = 0; image < batch; image += chunk) {
    const images = Math.min(chunk, batch - image);
    frame(runtime, shape, source + image * sourceImage, images, frames, maxima);
    if (!(largest(runtime, maxima, images * shape.planes) < LIMIT)) return false;
    const panels = Math.ceil((images * phases * phases * tilesY * tilesX) / 8);
    const operations = panels * 8 * components * channels * paddedRows;
    const split = splitTiles(panels, paddedRows, channels, runtime.threads.plan(operations * groups));
    for (let group = 0; group < groups; group++) {
      const plane = phases * phases * shape.frameHeight * row;
      const job = runtime.job([
        frames + group * channels * plane,
        prepared.address + group * groupWeight,
        paddedBias + group * paddedRows * 4,
        first + image * outImage + group * rows * outPlane,
        ...[size, channels, rows, images, phases, tilesY, tilesX],
        ...[imageBytes(shape), plane, shape.frameHeight * row, row],
        // Seen from the first output cell, which is the phase's own.
        vertical.size - vertical.start,
        horizontal.size - horizontal.start,
        ...[outImage, outPlane, horizontal.size * 4],
        phases > 1 ? phases : vertical.step,
        ...[split.panels, split.rows],
      ]);
      runtime.threads.run(
        "winograd",
        job,
        split.units,
        operations,
        scratchBytes(components, channels, split.panels),
      );
    }
  }
  return true;
}

/** Scratch of assembly/winograd.ts: work space, tile table, V of all channels, M of a block of rows. */
function scratchBytes(components: number, channels: number, panels: number): number {
  const v = components * (panels * channels * 32 + SKEW);
  const m = components * (ROW_BLOCK * panels * 32 + SKEW);
  return WORK + panels * 8 * 16 + v + m;
}

/** As many panels a unit as keep V within 300 KB, fewer if threads would stand idle, then fewer rows. */
function splitTiles(
  panels: number,
  rows: number,
  channels: number,
  threads: number,
): { panels: number; rows: number; units: number } {
  const wanted = threads === 1 ? 1 : threads * 3;
  const fitting = Math.max(1, Math.min(4, Math.floor(256 / channels)));
  const unit = Math.max(1, Math.min(fitting, Math.floor(panels / wanted)));
  const panelUnits = Math.ceil(panels / unit);
  const missing = Math.ceil(threads / panelUnits);
  const rowsPerUnit = missing <= 1 ? rows : Math.ceil(rows / missing / 4) * 4;
  return { panels: unit, rows: rowsPerUnit, units: panelUnits * Math.ceil(rows / rowsPerUnit) };
}
