/** Of which images Winograd may sum the weight gradient: see winograd-range.ts. */
import type { GradientOperands } from "./direct.js";
import { type FrameShape, largest } from "./frame.js";
import type { Call, Runtime } from "./runtime.js";
import type { TilesPlan } from "./winograd-gradient.js";
import { cellMagnitudes, LIMIT, RANGE } from "./winograd-range.js";
import { cellsFrom } from "./winograd-reads.js";

/** Outputs of a tile along an axis. */
const SIZE = 4;

/** Addresses of the input's and the gradient's. */
interface Both {
  input: number;
  gradient: number;
}

/** For each group the largest product of an image's typical magnitudes: what its gradients are sums of. */
export function typicalProducts(
  runtime: Runtime,
  { batch, groups, input, gradient }: TilesPlan,
  operands: GradientOperands,
): number[] {
  const typical = (shape: FrameShape, from: number, part: number): number => {
    const numbers = (shape.planes / groups) * shape.height * shape.width;
    return runtime.typical(from + part * numbers * 4, numbers);
  };
  return Array.from({ length: groups }, (_, group) => {
    let most = 0;
    for (let image = 0; image < batch; image++) {
      const part = image * groups + group;
      const product = typical(input, operands.input, part) * typical(gradient, operands.gradient, part);
      most = Math.max(most, product);
    }
    return most;
  });
}

/**
 * Of each of `images` images whether its sums would come out worse than the bound allows: where the largest numbers of a
 * tile multiply to far more than typical ones. `maxima` has the planes' largest magnitudes.
 */
export function oddProducts(
  runtime: Runtime,
  call: Call,
  plan: TilesPlan,
  from: Both,
  images: number,
  maxima: Both,
  typical: readonly number[],
): boolean[] {
  const { groups, input, gradient, taps } = plan;
  // Five taps have more extreme points, and twice the error.
  const range = taps === 5 ? RANGE / 2 : RANGE;
  const isOdd = (image: number, group: number): boolean => {
    const limit = range * typical[group];
    const most = (shape: FrameShape, noted: number): number => {
      const channels = shape.planes / groups;
      return largest(runtime, noted + (image * shape.planes + group * channels) * 4, channels);
    };
    const [mostInput, mostGradient] = [most(input, maxima.input), most(gradient, maxima.gradient)];
    if (!(mostInput < LIMIT && mostGradient < LIMIT)) return true;
    if (mostInput * mostGradient <= limit) return false;
    const sizes = (shape: FrameShape, source: number): Float32Array => {
      const channels = shape.planes / groups;
      const cells = shape.height * shape.width;
      const plane = image * shape.planes + group * channels;
      return cellMagnitudes(runtime, call, source + plane * cells * 4, channels, cells);
    };
    return largestProduct(plan, sizes(input, from.input), sizes(gradient, from.gradient)) > limit;
  };
  return Array.from({ length: images }, (_, image) => typical.some((_, group) => isOdd(image, group)));
}

/** The largest product of what a tile reads of the input and of the gradient. */
function largestProduct(
  { input, gradient, side, phases, tilesY, tilesX }: TilesPlan,
  inputSizes: Float32Array,
  gradientSizes: Float32Array,
): number {
  // A tile's cells along an axis, in every phase.
  const places = (tiles: number, first: number, count: number, size: number): number[][] =>
    Array.from({ length: phases * tiles }, (_, index) => {
      const start = first + Math.floor(index / tiles) + (index % tiles) * SIZE * phases;
      return cellsFrom(start, phases, count, size);
    });
  const inputRows = places(tilesY, input.top, side, input.height);
  const inputColumns = places(tilesX, input.left, side, input.width);
  const gradientRows = places(tilesY, 0, SIZE, gradient.height);
  const gradientColumns = places(tilesX, 0, SIZE, gradient.width);
  let most = 0;
  inputRows.forEach((rows, y) => {
    inputColumns.forEach((columns, x) => {
      const product =
        largestAt(inputSizes, input.width, rows, columns) *
        largestAt(gradientSizes, gradient.width, gradientRows[y], gradientColumns[x]);
      most = Math.max(most, product);
    });
  });
  return most;
}

function largestAt(
  sizes: Float32Array,
  width: number,
  rows: readonly number[],
  columns: readonly number[],
): number {
  let most = 0;
  for (const row of rows) {
    for (const column of columns) most = Math.max(most, sizes[row * width + column]);
  }
  return most;
}
