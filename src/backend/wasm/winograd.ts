/** Drives assembly/winograd.ts: prepares weights, frames images, divides the tiles into units. */
import { type Operands, padBias } from "./direct.js";
import { frame, imageBytes, imagesPerChunk, largest } from "./frame.js";
import type { Call, Runtime } from "./runtime.js";
import type { Prepared, WeightCache } from "./weights.js";
import type { WinogradPlan } from "./winograd-plan.js";

/** Beyond this magnitude (and for infinities and NaN) sums in Winograd's domain could overflow: direct it is. */
export const LIMIT = 1e15;

const SKEW = 64;
const WORK = 36 * 16 * 2;

/** Runs the plan; false, with nothing done, if a number is too large for it. */
export function correlateWinograd(
  runtime: Runtime,
  cache: WeightCache,
  call: Call,
  plan: WinogradPlan,
  { source, weight, weightBytes, bias, out }: Operands,
): boolean {
  const {
    batch,
    groups,
    rows,
    paddedRows,
    channels,
    components,
    phases,
    tilesY,
    tilesX,
    frame: shape,
  } = plan;
  const prepared = prepareWeights(runtime, cache, call, plan, weight, weightBytes);
  if (!(prepared.magnitude < LIMIT)) return false;
  const chunk = imagesPerChunk(shape, batch);
  const frames = call.temporary(imageBytes(shape) * chunk);
  const maxima = call.temporary(chunk * shape.planes * 4);
  const paddedBias = padBias(runtime, call, bias, groups, rows);
  const targets = call.integers(plan.targets);
  const targetCount = plan.weights.taps.length;
  const row = shape.frameWidth * 4;
  const plane = phases * phases * shape.frameHeight * row;

  for (let image = 0; image < batch; image += chunk) {
    const images = Math.min(chunk, batch - image);
    frame(runtime, shape, source + image * plan.sourceImage, images, frames, maxima);
    if (!(largest(runtime, maxima, images * shape.planes) < LIMIT)) return false;
    const panels = Math.ceil((images * phases * phases * tilesY * tilesX) / 8);
    const operations = panels * 8 * components * channels * paddedRows * targetCount;
    const threads = runtime.threads.plan(operations * groups);
    const split = splitTiles(panels, paddedRows, channels, threads, runtime.wide ? 2 : 1);
    for (let group = 0; group < groups; group++) {
      const job = runtime.job([
        frames + group * channels * plane,
        prepared.address + group * plan.weights.groupBytes,
        paddedBias + group * paddedRows * 4,
        out + image * plan.outImage + group * rows * plan.outPlane,
        ...[plan.size, plan.size + plan.taps - 1, channels, rows, images, phases, tilesY, tilesX],
        ...[imageBytes(shape), plane, shape.frameHeight * row, row],
        ...[targetCount, targets, plan.outImage, plan.outPlane, plan.outRow, plan.stepY, plan.stepX],
        ...[split.panels, split.rows, split.block],
      ]);
      runtime.threads.run(
        runtime.wide ? "winogradWide" : "winograd",
        job,
        split.units,
        operations,
        scratchBytes(components, channels, split),
      );
    }
  }
  return true;
}

/** U = G g Gᵀ of all weights, from the cache or made now. */
function prepareWeights(
  runtime: Runtime,
  cache: WeightCache,
  call: Call,
  { size, taps, split, rows, paddedRows, channels, components, groups, weights }: WinogradPlan,
  weight: number,
  bytes: number,
): Prepared {
  return cache.find(weights.key, weight, bytes, groups * weights.groupBytes, (to) => {
    weights.taps.forEach((targetTaps, index) => {
      const table = call.integers(targetTaps);
      for (let group = 0; group < groups; group++) {
        const from = weight + group * weights.group;
        const at = to + group * weights.groupBytes + index * weights.targetBytes;
        const words = [from, at, table, size, taps, rows, channels, split * split];
        const job = runtime.job([...words, weights.row, weights.channel]);
        runtime.threads.run("winogradWeight", job, paddedRows / 4, paddedRows * channels * components, 1152);
      }
    });
    return runtime.magnitude(weight, bytes / 4);
  });
}

/** Scratch of assembly/winograd.ts: work space, tables, stage, V of all channels, M of a block of rows. */
function scratchBytes(components: number, channels: number, { panels, block }: Split): number {
  const tables = panels * 8 * 20;
  const stage = 4 * (panels * 128 + 16);
  const v = components * (panels * channels * 32 + SKEW);
  const m = components * (block * panels * 32 + SKEW);
  return WORK + tables + stage + v + m;
}

/** How a job is divided. */
interface Split {
  /** Panels and rows of a unit. */
  panels: number;
  rows: number;
  units: number;
  /** Rows whose products are held at once. */
  block: number;
}

/**
 * As many panels a unit as keep V and M within 300 KB each (one at least), fewer if threads would stand idle, then fewer rows. Few
 * channels take more panels, so that the rows of outputs are written in longer pieces.
 */
function splitTiles(panels: number, rows: number, channels: number, threads: number, least: number): Split {
  const wanted = threads === 1 ? 1 : threads * 3;
  const fitting = Math.max(least, Math.min(8, Math.floor(256 / channels)));
  const unit = Math.max(1, Math.min(fitting, Math.floor(panels / wanted)));
  const panelUnits = Math.ceil(panels / unit);
  const missing = Math.ceil(threads / panelUnits);
  const rowsPerUnit = missing <= 1 ? rows : Math.ceil(rows / missing / 4) * 4;
  return {
    panels: unit,
    rows: rowsPerUnit,
    units: panelUnits * Math.ceil(rows / rowsPerUnit),
    block: Math.min(64, Math.floor(64 / unit) * 4),
  };
}
