/** Frames: copies of the input with zeros around, so that kernels never ask where the border is. */
import type { Runtime } from "./runtime.js";

/** Frames of more images than this many bytes hold are made in turns, so that they stay in the caches. */
const CHUNK = 4 * 2 ** 20;

export interface FrameShape {
  /** Source planes of one image. */
  planes: number;
  height: number;
  width: number;
  /** First source row and column; negative: zeros above and left. */
  top: number;
  left: number;
  /** Of one phase. */
  frameHeight: number;
  frameWidth: number;
  /** Phases along one axis. */
  phases: number;
}

export function imageBytes({ planes, phases, frameHeight, frameWidth }: FrameShape): number {
  return planes * phases * phases * frameHeight * frameWidth * 4;
}

/** How many images are framed at a time. */
export function imagesPerChunk(shape: FrameShape, batch: number): number {
  return Math.max(1, Math.min(batch, Math.floor(CHUNK / imageBytes(shape))));
}

/** Frames `images` images that start at `source`; `maxima` takes each plane's largest magnitude, or is 0. */
export function frame(
  runtime: Runtime,
  shape: FrameShape,
  source: number,
  images: number,
  to: number,
  maxima: number,
): void {
  const { height, width, frameHeight, frameWidth, top, left, phases, planes } = shape;
  const job = runtime.job([source, to, maxima, height, width, frameHeight, frameWidth, -top, -left, phases]);
  // Copying a number takes about as long as a multiply-add.
  runtime.threads.run("pad", job, planes * images, (imageBytes(shape) / 4) * images);
}

/** The largest magnitude that `frame` noted; NaN if there is a NaN. */
export function largest(runtime: Runtime, maxima: number, count: number): number {
  const { numbers } = runtime.memory;
  let most = 0;
  for (let at = maxima / 4; at < maxima / 4 + count; at++) {
    const value = numbers[at];
    if (Number.isNaN(value)) return value;
    if (value > most) most = value;
  }
  return most;
}
