/** Drives the weight gradient: in Winograd's domain where that pays, otherwise as a product over positions. */
import type { BiasGeometry, ConvGeometry, Kernels } from "../backend.js";
import { type DepthwiseGradientPlan, depthwiseWeightGradient, planDepthwiseGradient } from "./depthwise.js";
import { type GradientOperands, splitWork } from "./direct.js";
import { frame, type FrameShape, imageBytes } from "./frame.js";
import type { Call, Runtime } from "./runtime.js";
import { type Decide, remembering } from "./ways.js";
import { planTiles, sumTiles, TILE_BYTES, type TilesPlan } from "./winograd-gradient.js";
import type { Images } from "./winograd-range.js";

export type WeightGradientKernels = Pick<Kernels, "conv2dWeightGradient" | "conv2dBiasGradient">;

/** Positions of one packed block: as many as panels are deep in direct.ts, for the same reason. */
const BLOCK = 576;

/** What follows from a geometry: one of the first two where they suit, and what always does. */
interface Plan {
  depthwise: DepthwiseGradientPlan | undefined;
  tiles: TilesPlan | undefined;
  positions: PositionsPlan;
}

export function weightGradientKernels(runtime: Runtime): WeightGradientKernels {
  const decide: Decide<Plan> = remembering((geometry, algorithm) => {
    const shape = inputFrame(geometry);
    // Few outputs of one plane: the register tile would be mostly empty.
    const depthwise =
      geometry.inputChannels === geometry.groups && geometry.outputChannels <= 8 * geometry.groups;
    return {
      depthwise: depthwise ? planDepthwiseGradient(geometry, needed(shape).shape) : undefined,
      tiles:
        algorithm === "auto" && !depthwise ? planTiles(geometry, shape, runtime.wide ? 16 : 8) : undefined,
      positions: planPositions(geometry, needed(shape)),
    };
  });
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
        const { depthwise, tiles, positions } = decide(geometry, algorithm);
        if (depthwise) {
          depthwiseWeightGradient(runtime, call, depthwise, operands);
          return;
        }
        const { batch } = geometry;
        const rest = tiles ? sumTiles(runtime, call, tiles, operands) : [{ first: 0, count: batch }];
        let summed = batch - rest.reduce((sum, { count }) => sum + count, 0);
        for (const images of rest) {
          sumPositions(runtime, call, positions, operands, images, summed === 0);
          summed += images.count;
        }
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

/** How the input is framed. */
export function inputFrame({ rows, columns, inputChannels }: ConvGeometry): FrameShape {
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
function needed(shape: FrameShape): { shape: FrameShape; framed: boolean } {
  const { top, left, frameHeight, frameWidth, height, width } = shape;
  const framed = top < 0 || left < 0 || frameHeight > height || frameWidth > width;
  return { shape: framed ? shape : { ...shape, frameHeight: height, frameWidth: width }, framed };
}

interface PositionsPlan {
  groups: number;
  /** Of a group: outputs, row tiles, and columns (channel, row and column of the kernel) with their offsets. */
  rows: number;
  tiles: number;
  columns: number;
  offsets: Int32Array;
  positions: number;
  shape: FrameShape;
  /** Whether the input is framed; how many images at a time. */
  framed: boolean;
  chunk: number;
  /** Bytes of an image: the input's, the gradient's and the packed gradient's. */
  sourceImage: number;
  gradientImage: number;
  packedImage: number;
  /** The job's words behind the number of images. */
  strides: readonly number[];
}

function planPositions(
  geometry: ConvGeometry,
  { shape, framed }: { shape: FrameShape; framed: boolean },
): PositionsPlan {
  const { batch, groups, inputChannels, outputChannels, rows: vertical, columns: horizontal } = geometry;
  const channels = inputChannels / groups;
  const rows = outputChannels / groups;
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
  const positions = vertical.output * horizontal.output;
  const tiles = Math.ceil(rows / 4);
  const packedImage = groups * tiles * positions * 16;
  const perImage = packedImage + (framed ? imageBytes(shape) : 0);
  return {
    ...{ groups, rows, tiles, columns, offsets, positions, shape, framed, packedImage },
    chunk: Math.max(1, Math.min(batch, Math.floor(TILE_BYTES / perImage))),
    sourceImage: inputChannels * vertical.input * horizontal.input * 4,
    gradientImage: outputChannels * positions * 4,
    strides: [
      ...[imageBytes(shape), channels * plane, vertical.stride * rowBytes, horizontal.stride * 4],
      ...[vertical.output, horizontal.output, BLOCK],
    ],
  };
}

/** Sums over the positions of some images; `first` says that the sums start here, otherwise the output holds others. */
function sumPositions(
  runtime: Runtime,
  call: Call,
  plan: PositionsPlan,
  operands: GradientOperands,
  { first: start, count }: Images,
  first: boolean,
): void {
  const { groups, rows, tiles, columns, positions, shape, framed, chunk } = plan;
  const taps = call.integers(plan.offsets);
  const packed = call.temporary(plan.packedImage * chunk);
  const frames = framed ? call.temporary(imageBytes(shape) * chunk) : 0;
  const panels = Math.ceil(columns / 8);

  for (let image = start; image < start + count; image += chunk) {
    const images = Math.min(chunk, start + count - image);
    let source = operands.input + image * plan.sourceImage;
    if (framed) {
      frame(runtime, shape, source, images, frames, 0);
      source = frames;
    }
    const gradient = operands.gradient + image * plan.gradientImage;
    const packing = runtime.job([gradient, packed, rows, positions, BLOCK]);
    runtime.threads.run("packRows", packing, images * groups, images * groups * rows * positions);

    const operations = images * positions * groups * panels * 8 * tiles * 4;
    const threads = runtime.threads.plan(operations);
    const split = splitWork(panels, tiles, groups, threads);
    // One thread sums all panels against a block of the gradient while it is in the cache.
    const panelsPerUnit =
      threads === 1 ? Math.min(panels, Math.max(1, Math.floor(2048 / tiles))) : split.columns;
    const units = groups * Math.ceil(panels / panelsPerUnit) * Math.ceil(tiles / split.rows);
    const job = runtime.job([
      ...[source, packed, operands.out, taps, columns, rows, groups, images],
      ...[...plan.strides, panelsPerUnit, split.rows, first && image === start ? 1 : 0],
    ]);
    const scratch = panelsPerUnit * split.rows * 128 + BLOCK * 32;
    runtime.threads.run("weightGradient", job, units, operations, scratch);
  }
}
