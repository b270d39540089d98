/** Drives assembly/winograd-gradient.ts: the weight gradient in Winograd's domain. */
import type { ConvGeometry } from "../backend.js";
import type { GradientOperands } from "./direct.js";
import { frame, type FrameShape, imageBytes, imagesPerChunk } from "./frame.js";
import { oddProducts, TypicalProducts } from "./gradient-range.js";
import type { Call, Runtime } from "./runtime.js";
import { type Images, noteMagnitudes, runsOf } from "./winograd-range.js";
import { isSmall } from "./winograd-tiling.js";

/** Outputs of a tile along an axis: F(4×4, 3×3) or F(4×4, 5×5). */
const SIZE = 4;
/** Bytes between the components of transformed tiles: see the assembly. */
const SKEW = 64;
/** Bytes of the packed gradient, or of transformed tiles, that are held at once: what the second-level cache keeps. */
export const TILE_BYTES: number = 2 * 2 ** 20;
/** Fewer transformed tiles if the sums allow it: the same memory serves for the next images while it is in that cache. */
const LEAST_TILES = 2 ** 19;

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

export interface TilesPlan {
  batch: number;
  groups: number;
  /** Of a group: input and output channels, and the numbers of a tile with those that fill up. */
  channels: number;
  rows: number;
  inputLanes: number;
  gradientLanes: number;
  /** Which of both is panels; the other is row tiles. */
  panels: "input" | "gradient";
  /** Along an axis: taps, and inputs of a tile. */
  taps: number;
  side: number;
  components: number;
  phases: number;
  tilesY: number;
  tilesX: number;
  /** Tiles of an image. */
  tiles: number;
  /** Images at a time. */
  chunk: number;
  input: FrameShape;
  gradient: FrameShape;
}

/** What a product of row tiles and panels takes, in multiply-adds; `columns` are multiplied at once. */
function productCost(down: number, across: number, columns: 8 | 16): number {
  // Half a row tile takes more than half as long.
  const rest = (down - 1) % 4 < 2 && columns === 8 ? 1.6 : 0;
  return (roundUp(down, 4) - rest) * roundUp(across, columns);
}

/** The plan, or `undefined` if the geometry does not suit; `frame` is the input's without tiles. */
export function planTiles(
  geometry: ConvGeometry,
  inputFrame: FrameShape,
  columns: 8 | 16,
): TilesPlan | undefined {
  const { batch, groups, inputChannels, outputChannels, rows: vertical, columns: horizontal } = geometry;
  const phases = vertical.dilation;
  const { kernel: taps } = vertical;
  const suits = [vertical, horizontal].every(
    (axis) => axis.kernel === taps && axis.stride === 1 && axis.dilation === phases,
  );
  if (!suits || (taps !== 3 && taps !== 5)) return undefined;
  const side = SIZE + taps - 1;
  const components = side * side;
  const channels = inputChannels / groups;
  const rows = outputChannels / groups;
  const [upright, turned] = [productCost(rows, channels, columns), productCost(channels, rows, columns)];
  const panels = turned < upright ? "gradient" : "input";
  const inputLanes = roundUp(channels, panels === "input" ? 8 : 4);
  const gradientLanes = roundUp(rows, panels === "input" ? 4 : 8);
  const tilesY = Math.ceil(Math.ceil(vertical.output / phases) / SIZE);
  const tilesX = Math.ceil(Math.ceil(horizontal.output / phases) / SIZE);
  const tiles = phases * phases * tilesY * tilesX;
  const transforms = batch * tiles * 4 * (inputLanes + gradientLanes) + taps * rows * channels;
  const cost = components * (batch * tiles * Math.min(upright, turned) + transforms);
  // Gathering the panels is two rows' worth.
  const products = taps * taps * batch * vertical.output * horizontal.output * channels;
  if (cost > products * (roundUp(rows, 4) + 2)) return undefined;
  if (isSmall(Math.min(rows, channels), products * rows)) return undefined;

  const input: FrameShape = {
    ...inputFrame,
    frameHeight: tilesY * SIZE + taps - 1,
    frameWidth: tilesX * SIZE + taps - 1,
    phases,
  };
  // Tiles of the gradient have no cells in common: they are read where they are, but for phases.
  const gradient: FrameShape = {
    planes: outputChannels,
    height: vertical.output,
    width: horizontal.output,
    top: 0,
    left: 0,
    frameHeight: Math.ceil(vertical.output / phases),
    frameWidth: Math.ceil(horizontal.output / phases),
    phases,
  };
  const perImage = components * tiles * (inputLanes + gradientLanes) * 4;
  // Every chunk reads and writes all sums: it is no smaller than they are, as far as the cache has room for it.
  const sumBytes = components * inputLanes * gradientLanes * 4;
  const tileBytes = Math.min(TILE_BYTES, Math.max(LEAST_TILES, sumBytes));
  const chunk = Math.min(
    imagesPerChunk(input, batch),
    imagesPerChunk(gradient, batch),
    Math.max(1, Math.floor(tileBytes / perImage)),
  );
  return {
    ...{ batch, groups, channels, rows, inputLanes, gradientLanes, panels, taps, side, components, phases },
    ...{ tilesY, tilesX, tiles, chunk, input, gradient },
  };
}

/** dW by tiles, but for the images that it returns: their numbers are not of sizes that suit it. Without others it is not written. */
export function sumTiles(
  runtime: Runtime,
  call: Call,
  plan: TilesPlan,
  operands: GradientOperands,
): Images[] {
  const { batch, groups, channels, rows, inputLanes, gradientLanes, components, tiles, chunk } = plan;
  const { input, gradient, phases, taps } = plan;
  const upright = plan.panels === "input";
  // Row tiles are four numbers of a tile, panels eight.
  const [inputUnit, gradientUnit] = upright ? [8, 4] : [4, 8];
  const [down, across] = upright ? [rows, channels] : [channels, rows];
  const inputFrames = call.temporary(imageBytes(input) * chunk);
  const gradientFrames = phases > 1 ? call.temporary(imageBytes(gradient) * chunk) : 0;
  const maxima = {
    input: call.temporary(chunk * input.planes * 4),
    gradient: call.temporary(chunk * gradient.planes * 4),
  };
  const v = call.temporary(components * (chunk * tiles * inputLanes * 4 + SKEW));
  const y = call.temporary(components * (chunk * tiles * gradientLanes * 4 + SKEW));
  const zeros = call.integers([0, 0, 0, 0]);
  const groupSums = components * inputLanes * gradientLanes * 4;
  const sums = call.temporary(groups * groupSums);
  const typical = new TypicalProducts(runtime, plan, operands);
  const odd: boolean[] = [];
  let started = false;

  for (let image = 0; image < batch; image += chunk) {
    const images = Math.min(chunk, batch - image);
    const at = {
      input: operands.input + image * sourceBytes(input),
      gradient: operands.gradient + image * sourceBytes(gradient),
    };
    frame(runtime, input, at.input, images, inputFrames, maxima.input);
    if (phases > 1) frame(runtime, gradient, at.gradient, images, gradientFrames, maxima.gradient);
    else
      noteMagnitudes(runtime, at.gradient, images * gradient.planes, planeCells(gradient), maxima.gradient);
    const oddHere = oddProducts(runtime, call, plan, at, images, maxima, typical);
    odd.push(...oddHere);
    const gradients = phases > 1 ? gradientFrames : at.gradient;

    const transform = (
      shape: FrameShape,
      { first, count }: Images,
      group: number,
      to: number,
      lanes: number,
    ): void => {
      const bytes = imageBytes(shape);
      const from = (shape === input ? inputFrames : gradients) + first * bytes + group * (bytes / groups);
      const width = shape.planes / groups;
      const row = shape.frameWidth * 4;
      const phase = shape.frameHeight * row;
      const job = runtime.job([
        ...[from, to, plan.side, Number(shape === gradient), lanes, width],
        ...[count, phases, plan.tilesY, plan.tilesX],
        ...[shape.frameHeight, shape.frameWidth, bytes, phase * phases * phases, phase, row],
      ]);
      const work = count * tiles * components * 5 * width;
      runtime.threads.run("winogradTiles", job, Math.ceil(width / lanes), work, 1280);
    };
    for (const run of runsOf(oddHere.map((one) => !one))) {
      for (let group = 0; group < groups; group++) {
        transform(input, run, group, v, inputUnit);
        transform(gradient, run, group, y, gradientUnit);
        const job = runtime.job([
          ...(upright ? [v, y] : [y, v]),
          ...[sums + group * groupSums, run.count * tiles, down, across, started ? 0 : 1, zeros],
        ]);
        const operations = components * run.count * tiles * inputLanes * gradientLanes;
        const panels = Math.ceil(across / 8);
        if (runtime.wide)
          runtime.threads.run("winogradProductWide", job, components * Math.ceil(panels / 2), operations);
        else runtime.threads.run("winogradProduct", job, components * panels, operations);
      }
      started = true;
    }
  }
  for (let group = 0; started && group < groups; group++) {
    const out = operands.out + group * rows * channels * taps * taps * 4;
    const steps = [channels * taps * taps * 4, taps * taps * 4];
    if (!upright) steps.reverse();
    const job = runtime.job([sums + group * groupSums, out, down, across, taps, ...steps]);
    runtime.threads.run("winogradGather", job, down, components * taps * rows * channels, 1152);
  }
  return runsOf(odd);
}

/** Numbers of a plane, and bytes of an image, where they come from. */
function planeCells({ height, width }: FrameShape): number {
  return height * width;
}

function sourceBytes(shape: FrameShape): number {
  return shape.planes * planeCells(shape) * 4;
}
