/** Of which images Winograd may sum the weight gradient: see winograd-range.ts. */
import type { GradientOperands } from "./direct.js";
import { type FrameShape, largest } from "./frame.js";
import type { Call, Runtime } from "./runtime.js";
import type { TilesPlan } from "./winograd-gradient.js";
import { cellMagnitudes, LIMIT, RANGE } from "./winograd-range.js";
import { cellsFrom } from "./winograd-reads.js";

/** Addresses of the input's and the gradient's. */
interface Both {
  input: number;
  gradient: number;
}

/**
 * The largest product of an image's typical magnitudes in a group: what its gradients are sums of. No more images are
 * looked at than an answer takes.
 */
export class TypicalProducts {
  readonly #runtime: Runtime;
  readonly #plan: TilesPlan;
  readonly #operands: GradientOperands;
  readonly #most: Float64Array;
  readonly #seen: Int32Array;

  constructor(runtime: Runtime, plan: TilesPlan, operands: GradientOperands) {
    this.#runtime = runtime;
    this.#plan = plan;
    this.#operands = operands;
    this.#most = new Float64Array(plan.groups);
    this.#seen = new Int32Array(plan.groups);
  }

  /** Whether `product` is at most `range` times the group's. */
  covers(group: number, product: number, range: number): boolean {
    const { batch } = this.#plan;
    while (product > range * this.#most[group] && this.#seen[group] < batch) {
      const image = this.#seen[group]++;
      this.#most[group] = Math.max(this.#most[group], this.#typical(image, group));
    }
    return product <= range * this.#most[group];
  }

  #typical(image: number, group: number): number {
    const { groups, input, gradient } = this.#plan;
    const part = image * groups + group;
    const typical = (shape: FrameShape, from: number): number => {
      const numbers = (shape.planes / groups) * shape.height * shape.width;
      return this.#runtime.typical(from + part * numbers * 4, numbers);
    };
    return typical(input, this.#operands.input) * typical(gradient, this.#operands.gradient);
  }
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
  typical: TypicalProducts,
): boolean[] {
  const { groups, input, gradient } = plan;
  // The transposed transforms have about twice the error.
  const range = RANGE / 2;
  let room: Both | undefined;
  const isOdd = (image: number, group: number): boolean => {
    const most = (shape: FrameShape, noted: number): number => {
      const channels = shape.planes / groups;
      return largest(runtime, noted + (image * shape.planes + group * channels) * 4, channels);
    };
    const [mostInput, mostGradient] = [most(input, maxima.input), most(gradient, maxima.gradient)];
    if (!(mostInput < LIMIT && mostGradient < LIMIT)) return true;
    if (typical.covers(group, mostInput * mostGradient, range)) return false;
    room ??= { input: roomFor(call, input), gradient: roomFor(call, gradient) };
    const sizes = (shape: FrameShape, source: number, to: number): Float32Array => {
      const channels = shape.planes / groups;
      const cells = shape.height * shape.width;
      const plane = image * shape.planes + group * channels;
      return cellMagnitudes(runtime, source + plane * cells * 4, channels, cells, to);
    };
    const product = largestProduct(
      plan,
      sizes(input, from.input, room.input),
      sizes(gradient, from.gradient, room.gradient),
    );
    return !typical.covers(group, product, range);
  };
  return Array.from({ length: images }, (_, image) => {
    for (let group = 0; group < groups; group++) if (isOdd(image, group)) return true;
    return false;
  });
}

/** Room for a number of each cell of a plane. */
function roomFor(call: Call, { height, width }: FrameShape): number {
  return call.temporary(Math.ceil((height * width) / 4) * 16);
}

/** The largest product of what a tile reads of the input and of the gradient. */
function largestProduct(
  { input, gradient, side, taps, phases, tilesY, tilesX }: TilesPlan,
  inputSizes: Float32Array,
  gradientSizes: Float32Array,
): number {
  const outputs = side - taps + 1;
  // A tile's cells along an axis, in every phase.
  const places = (tiles: number, first: number, count: number, size: number): number[][] =>
    Array.from({ length: phases * tiles }, (_, index) => {
      const start = first + Math.floor(index / tiles) + (index % tiles) * outputs * phases;
      return cellsFrom(start, phases, count, size);
    });
  const inputRows = places(tilesY, input.top, side, input.height);
  const inputColumns = places(tilesX, input.left, side, input.width);
  const gradientRows = places(tilesY, 0, outputs, gradient.height);
  const gradientColumns = places(tilesX, 0, outputs, gradient.width);
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
