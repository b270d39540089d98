/** Drives the weight gradient: in Winograd's domain where that pays, otherwise as a product over positions. */
import type { Algorithm, BiasGeometry, ConvGeometry, Kernels } from "../backend.js";
import { depthwiseWeightGradient } from "./depthwise.js";
import { splitWork } from "./direct.js";
import { frame, type FrameShape, imageBytes, imagesPerChunk, largest } from "./frame.js";
import type { Call, Runtime } from "./runtime.js";
import { LIMIT } from "./winograd.js";
import { isSmall } from "./winograd-plan.js";

export type WeightGradientKernels = Pick<Kernels, "conv2dWeightGradient" | "conv2dBiasGradient">;

/** Positions of one packed block: as many as panels are deep in direct.ts, for the same reason. */
const BLOCK = 576;
/** Outputs of a tile along an axis: F(4×4, 3×3) or F(4×4, 5×5). */
const SIZE = 4;
/** Bytes between the components of transformed tiles: see assembly/winograd-gradient.ts. */
const SKEW = 64;
/** Bytes of transformed tiles, or of the packed gradient, that are held at once: what the second-level cache keeps. */
const TILES = 2 * 2 ** 20;

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

interface Operands {
  input: number;
  gradient: number;
  out: number;
}

export function weightGradientKernels(runtime: Runtime): WeightGradientKernels {
  return {
    conv2dWeightGradient: (input, gradient, output, geometry, algorithm) => {
      if (output.length === 0) return;
      if (input.length === 0 || gradient.length === 0) {
        output.fill(0);
        return;
      }
      runtime.call((call) => {
        const operands = {
          input: call.input(input),
          gradient: call.input(gradient),
          out: call.output(output),
        };
        // Few outputs of one plane: the register tile would be mostly empty.
        if (geometry.inputChannels === geometry.groups && geometry.outputChannels <= 8 * geometry.groups) {
          depthwiseWeightGradient(runtime, call, geometry, needed(geometry).shape, operands);
          return;
        }
        if (inTiles(runtime, call, geometry, operands, algorithm)) return;
        overPositions(runtime, call, geometry, operands);
      });
    },
    conv2dBiasGradient: (gradient, output, geometry: BiasGeometry) => {
      runtime.call((call) => {
        const { batch, channels, cells } = geometry;
        const job = runtime.job([call.input(gradient), call.output(output), batch, channels, cells]);
        runtime.threads.run("sumPlanes", job, channels, batch * channels * cells);
      });
    },
  };
}

/** How the input is framed: with `phases` it is split for a dilation. */
function inputFrame(geometry: ConvGeometry): FrameShape {
  const { rows, columns, inputChannels } = geometry;
  const span = (axis: typeof rows): number =>
    (axis.output - 1) * axis.stride + (axis.kernel - 1) * axis.dilation + 1;
  return {
    planes: inputChannels,
    height: rows.input,
    width: columns.input,
    top: -rows.before,
    left: -columns.before,
    frameHeight: span(rows),
    frameWidth: span(columns),
    phases: 1,
  };
}

/** The input's frame, or the input as it is where no tap leaves it. */
function needed(geometry: ConvGeometry): { shape: FrameShape; framed: boolean } {
  const shape = inputFrame(geometry);
  const framed =
    shape.top < 0 || shape.left < 0 || shape.frameHeight > shape.height || shape.frameWidth > shape.width;
  if (!framed) {
    shape.frameHeight = shape.height;
    shape.frameWidth = shape.width;
  }
  return { shape, framed };
}

function overPositions(runtime: Runtime, call: Call, geometry: ConvGeometry, operands: Operands): void {
  const { batch, groups, inputChannels, outputChannels, rows: vertical, columns: horizontal } = geometry;
  const channels = inputChannels / groups;
  const rows = outputChannels / groups;
  const { shape, framed } = needed(geometry);
  const rowBytes = shape.frameWidth * 4;
  const plane = shape.frameHeight * rowBytes;
  const columns = channels * vertical.kernel * horizontal.kernel;
  const offsets = new Int32Array(columns);
  let at = 0;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < vertical.kernel; i++) {
      for (let j = 0; j < horizontal.kernel; j++) {
        offsets[at++] = c * plane + i * vertical.dilation * rowBytes + j * horizontal.dilation * 4;
      }
    }
  }
  const taps = call.integers(offsets);
  const positions = vertical.output * horizontal.output;
  const tiles = Math.ceil(rows / 4);
  const packedImage = groups * tiles * positions * 16;
  const perImage = packedImage + (framed ? imageBytes(shape) : 0);
  const chunk = Math.max(1, Math.min(batch, Math.floor(TILES / perImage)));
  const packed = call.temporary(packedImage * chunk);
  const frames = framed ? call.temporary(imageBytes(shape) * chunk) : 0;
  const sourceImage = inputChannels * vertical.input * horizontal.input * 4;
  const gradientImage = outputChannels * positions * 4;
  const panels = Math.ceil(columns / 8);

  for (let image = 0; image < batch; image += chunk) {
    const images = Math.min(chunk, batch - image);
    let source = operands.input + image * sourceImage;
    if (framed) {
      frame(runtime, shape, source, images, frames, 0);
      source = frames;
    }
    const packing = runtime.job([operands.gradient + image * gradientImage, packed, rows, positions, BLOCK]);
    runtime.threads.run("packRows", packing, images * groups, images * outputChannels * positions);

    const operations = images * positions * groups * panels * 8 * tiles * 4;
    const threads = runtime.threads.plan(operations);
    const split = splitWork(panels, tiles, groups, threads);
    // One thread sums all panels against a block of the gradient while it is in the cache.
    const panelsPerUnit =
      threads === 1 ? Math.min(panels, Math.max(1, Math.floor(2048 / tiles))) : split.columns;
    const units = groups * Math.ceil(panels / panelsPerUnit) * Math.ceil(tiles / split.rows);
    const job = runtime.job([
      ...[source, packed, operands.out, taps, columns, rows, groups, images],
      ...[imageBytes(shape), channels * plane, vertical.stride * rowBytes, horizontal.stride * 4],
      ...[vertical.output, horizontal.output, BLOCK, panelsPerUnit, split.rows, image === 0 ? 1 : 0],
    ]);
    const scratch = panelsPerUnit * split.rows * 128 + BLOCK * 32;
    runtime.threads.run("weightGradient", job, units, operations, scratch);
  }
}

/** False, with nothing done, if the geometry or the numbers do not suit Winograd. */
function inTiles(
  runtime: Runtime,
  call: Call,
  geometry: ConvGeometry,
  operands: Operands,
  algorithm: Algorithm,
): boolean {
  const { batch, groups, inputChannels, outputChannels, rows: vertical, columns: horizontal } = geometry;
  const phases = vertical.dilation;
  const { kernel: taps } = vertical;
  const suits = [vertical, horizontal].every(
    (axis) => axis.kernel === taps && axis.stride === 1 && axis.dilation === phases,
  );
  if (algorithm !== "auto" || !suits || (taps !== 3 && taps !== 5)) return false;
  const side = SIZE + taps - 1;
  const components = side * side;
  const channels = inputChannels / groups;
  const rows = outputChannels / groups;
  const paddedRows = roundUp(rows, 4);
  const paddedChannels = roundUp(channels, 8);
  const tilesY = Math.ceil(Math.ceil(vertical.output / phases) / SIZE);
  const tilesX = Math.ceil(Math.ceil(horizontal.output / phases) / SIZE);
  const tiles = phases * phases * tilesY * tilesX;
  const transforms = batch * tiles * 4 * (paddedChannels + paddedRows) + taps * rows * channels;
  const cost = components * (batch * tiles * paddedRows * paddedChannels + transforms);
  // Gathering the panels is two rows' worth.
  const products = taps * taps * batch * vertical.output * horizontal.output * channels;
  if (cost > products * (paddedRows + 2)) return false;
  if (isSmall(Math.min(rows, channels), products * rows)) return false;

  const input: FrameShape = {
    ...inputFrame(geometry),
    frameHeight: tilesY * SIZE + taps - 1,
    frameWidth: tilesX * SIZE + taps - 1,
    phases,
  };
  const gradient: FrameShape = {
    planes: outputChannels,
    height: vertical.output,
    width: horizontal.output,
    top: 0,
    left: 0,
    frameHeight: tilesY * SIZE,
    frameWidth: tilesX * SIZE,
    phases,
  };
  const perImage = components * tiles * (paddedRows + paddedChannels) * 4;
  const chunk = Math.min(
    imagesPerChunk(input, batch),
    imagesPerChunk(gradient, batch),
    Math.max(1, Math.floor(TILES / perImage)),
  );
  const inputFrames = call.temporary(imageBytes(input) * chunk);
  const gradientFrames = call.temporary(imageBytes(gradient) * chunk);
  const maxima = call.temporary(chunk * Math.max(inputChannels, outputChannels) * 4);
  const v = call.temporary(components * (chunk * tiles * paddedChannels * 4 + SKEW));
  const y = call.temporary(components * (chunk * tiles * paddedRows * 4 + SKEW));
  const zeros = call.integers([0, 0, 0, 0]);
  const groupSums = components * paddedRows * paddedChannels * 4;
  const sums = call.temporary(groups * groupSums);
  const inputImage = inputChannels * vertical.input * horizontal.input * 4;
  const gradientImage = outputChannels * vertical.output * horizontal.output * 4;

  for (let image = 0; image < batch; image += chunk) {
    const images = Math.min(chunk, batch - image);
    frame(runtime, input, operands.input + image * inputImage, images, inputFrames, maxima);
    if (!(largest(runtime, maxima, images * inputChannels) < LIMIT)) return false;
    frame(runtime, gradient, operands.gradient + image * gradientImage, images, gradientFrames, maxima);
    if (!(largest(runtime, maxima, images * outputChannels) < LIMIT)) return false;

    const transform = (shape: FrameShape, from: number, to: number, lanes: number, count: number): void => {
      const row = shape.frameWidth * 4;
      const phase = shape.frameHeight * row;
      const words = [from, to, side, lanes, count, images, phases, tilesY, tilesX];
      const job = runtime.job([...words, imageBytes(shape), phase * phases * phases, phase, row]);
      const work = images * tiles * components * 5 * count;
      runtime.threads.run("winogradTiles", job, Math.ceil(count / lanes), work, 1152);
    };
    for (let group = 0; group < groups; group++) {
      const inputGroup = imageBytes(input) / groups;
      const gradientGroup = imageBytes(gradient) / groups;
      transform(input, inputFrames + group * inputGroup, v, 8, channels);
      transform(gradient, gradientFrames + group * gradientGroup, y, 4, rows);
      const words = [v, y, sums + group * groupSums, images * tiles, rows, channels];
      const job = runtime.job([...words, image === 0 ? 1 : 0, zeros]);
      const operations = components * images * tiles * paddedRows * paddedChannels;
      const panels = paddedChannels / 8;
      if (runtime.wide)
        runtime.threads.run("winogradProductWide", job, components * Math.ceil(panels / 2), operations);
      else runtime.threads.run("winogradProduct", job, components * panels, operations);
    }
  }
  for (let group = 0; group < groups; group++) {
    const out = operands.out + group * rows * channels * taps * taps * 4;
    const job = runtime.job([sums + group * groupSums, out, rows, channels, taps]);
    runtime.threads.run("winogradGather", job, rows, components * taps * rows * channels, 1152);
  }
  return true;
}
