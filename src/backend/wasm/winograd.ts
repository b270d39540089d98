/** Drives assembly/winograd.ts: prepares weights, frames images, divides the tiles into units. */
import { type Operands, padBias } from "./direct.js";
import { frame, imageBytes, imagesPerChunk } from "./frame.js";
import type { Call, Runtime } from "./runtime.js";
import type { Prepared, WeightCache } from "./weights.js";
import type { WinogradPlan } from "./winograd-plan.js";
import { type Images, LIMIT, noteMagnitudes, oddImages, RANGE, runsOf } from "./winograd-range.js";

const SKEW = 64;
const WORK = 72 * 16;

/** Runs the plan; the images whose outputs do not count, since their numbers are not of sizes that suit it. */
export function correlateWinograd(
  runtime: Runtime,
  cache: WeightCache,
  call: Call,
  plan: WinogradPlan,
  { source, weight, weightBytes, bias, out }: Operands,
): Images[] {
  const {
    batch,
    groups,
    rows,
    size,
    paddedRows,
    channels,
    components,
    phases,
    tilesY,
    tilesX,
    backwards,
    frame: shape,
  } = plan;
  const prepared = prepareWeights(runtime, cache, call, plan, weight, weightBytes);
  if (prepared.range > RANGE) return [{ first: 0, count: batch }];
  const chunk = imagesPerChunk(shape, batch);
  const frames = backwards ? 0 : call.temporary(imageBytes(shape) * chunk);
  const maxima = call.temporary(chunk * shape.planes * 4);
  const odd: boolean[] = [];
  const paddedBias = padBias(runtime, call, bias, groups, rows);
  const targets = call.integers(plan.targets);
  const targetCount = plan.weights.taps.length;
  const row = shape.frameWidth * 4;
  const plane = phases * phases * shape.frameHeight * row;

  for (let image = 0; image < batch; image += chunk) {
    const images = Math.min(chunk, batch - image);
    let from = source + image * plan.sourceImage;
    if (backwards) noteMagnitudes(runtime, from, images * shape.planes, shape.height * shape.width, maxima);
    else frame(runtime, shape, from, images, frames, maxima);
    const oddHere = oddImages(runtime, call, plan, from, images, maxima, prepared.range);
    odd.push(...oddHere);
    if (oddHere.every((one) => one)) continue;
    if (!backwards) from = frames;
    const tiles = images * phases * phases * tilesY * tilesX;
    const panels = Math.ceil(tiles / 8);
    const operations = panels * 8 * components * channels * paddedRows * targetCount;
    const threads = runtime.threads.plan(operations * groups);
    const split = splitTiles(plan, tiles, threads, runtime.wide ? 2 : 1);
    for (let group = 0; group < groups; group++) {
      const job = runtime.job([
        from + group * channels * plane,
        prepared.address + group * plan.weights.groupBytes,
        paddedBias + group * paddedRows * 4,
        out + image * plan.outImage + group * rows * plan.outPlane,
        ...[
          size.y,
          size.x,
          size.y + plan.taps - 1,
          size.x + plan.taps - 1,
          channels,
          rows,
          images,
          phases,
          tilesY,
          tilesX,
        ],
        ...[imageBytes(shape), plane, shape.frameHeight * row, row],
        ...[targetCount, targets, plan.outImage, plan.outPlane, plan.outRow, plan.stepY, plan.stepX],
        ...[split.tiles, split.rows, split.block, Number(backwards), plan.top, plan.left],
        ...[shape.height, shape.width],
      ]);
      runtime.threads.run(
        runtime.wide ? "winogradWide" : "winograd",
        job,
        split.units,
        operations,
        scratchBytes(plan, split),
      );
    }
  }
  return runsOf(odd);
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
        const words = [from, at, table, size.y, size.x, taps, rows, channels, split * split];
        const job = runtime.job([...words, weights.row, weights.channel]);
        runtime.threads.run("winogradWeight", job, paddedRows / 4, paddedRows * channels * components, 1152);
      }
    });
    const { row, channel, cells } = weights;
    const ranges = Array.from({ length: groups }, (_, group) =>
      runtime.weightRange(
        weight + group * weights.group,
        rows,
        channels / split ** 2,
        cells,
        row,
        channel,
        LIMIT,
      ),
    );
    return Math.max(...ranges);
  });
}

/** Scratch of assembly/winograd.ts: work space, tables, V of all channels, M of a block of rows, stage. */
function scratchBytes(plan: WinogradPlan, { tiles, block }: Split): number {
  const { components, channels, backwards, tilesY, tilesX } = plan;
  const panels = Math.ceil(tiles / 8);
  const tables = panels * 8 * (backwards ? 88 : 20);
  const v = components * (panels * channels * 32 + SKEW);
  const m = components * (block * panels * 32 + SKEW);
  // Four rows of all tiles or, backwards, the outputs of one channel of all images and a spare tile.
  const images = tiles / (tilesY * tilesX);
  const stage = backwards ? (images * (tilesY + 1) + 2) * (tilesX + 1) * 64 : 4 * (panels * 128 + 16);
  return WORK + tables + v + m + stage;
}

/** How a job is divided. */
interface Split {
  /** Tiles and rows of a unit. */
  tiles: number;
  rows: number;
  units: number;
  /** Rows whose products are held at once. */
  block: number;
}

/**
 * As many panels of eight tiles a unit as keep V and M within 300 KB each (one at least), fewer if threads would stand
 * idle, then fewer rows. Few channels take more panels, so that the rows of outputs are written in longer pieces.
 * Backwards, tiles of one image overlap, so a unit has whole images.
 */
function splitTiles(plan: WinogradPlan, tiles: number, threads: number, least: number): Split {
  const { channels, paddedRows: rows, backwards, tilesY, tilesX } = plan;
  const wanted = threads === 1 ? 1 : threads * 3;
  const panels = Math.ceil(tiles / 8);
  const fitting = Math.max(least, Math.min(8, Math.floor(256 / channels)));
  const unit = Math.max(1, Math.min(fitting, Math.floor(panels / wanted)));
  const image = tilesY * tilesX;
  const tilesPerUnit = backwards ? Math.max(1, Math.floor((unit * 8) / image)) * image : unit * 8;
  const tileUnits = Math.ceil(tiles / tilesPerUnit);
  const missing = Math.ceil(threads / tileUnits);
  const rowsPerUnit = missing <= 1 ? rows : Math.ceil(rows / missing / 4) * 4;
  return {
    tiles: tilesPerUnit,
    rows: rowsPerUnit,
    units: tileUnits * Math.ceil(rows / rowsPerUnit),
    block: Math.min(64, Math.max(1, Math.floor(64 / Math.ceil(tilesPerUnit / 8))) * 4),
  };
}
