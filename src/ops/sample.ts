import type { SampleGeometry } from "../backend/backend.js";
import { record } from "../autograd/tape.js";
import type { Tensor } from "../tensor/tensor.js";
import { compute, view } from "./compute.js";
import { cellsOf } from "./pick.js";

/**
 * Which cells of its plane each result reads, alike in all channels: [batch, taps, rows, columns], whole numbers as
 * those of `pick.ts`'s switches, −1 for none.
 */
export interface Places {
  readonly cells: Tensor;
  /** Of the images that are read. */
  readonly shape: readonly number[];
}

// The three operations below are each other's derivatives: each is linear in both of its arguments.

/** Σ over the taps of weight times cell: images of rank 4, weights [batch, taps, rows, columns]. */
export function sample(input: Tensor, weights: Tensor, places: Places): Tensor {
  const [batch, , rows, columns] = weights.shape;
  const output = compute([batch, input.shape[1], rows, columns], (kernels, numbers) => {
    kernels.sample(view(input), cellsOf(view(places.cells)), view(weights), numbers, geometryOf(places));
  });
  return record(
    output,
    [
      [input, (g) => sampleTransposed(g, weights, places)],
      [weights, (g) => sampleWeights(g, input, places)],
    ],
    [places.cells],
  );
}

/** Its transpose in the images: each result adds its multiples to the cells that it read. */
function sampleTransposed(gradient: Tensor, weights: Tensor, places: Places): Tensor {
  const output = compute(places.shape, (kernels, numbers) => {
    const cells = cellsOf(view(places.cells));
    kernels.sampleGradient(view(gradient), cells, view(weights), numbers, geometryOf(places));
  });
  return record(
    output,
    [
      [gradient, (g) => sample(g, weights, places)],
      [weights, (g) => sampleWeights(gradient, g, places)],
    ],
    [places.cells],
  );
}

/** Its transpose in the weights. */
function sampleWeights(gradient: Tensor, input: Tensor, places: Places): Tensor {
  const output = compute(places.cells.shape, (kernels, numbers) => {
    const cells = cellsOf(view(places.cells));
    kernels.sampleWeightGradient(view(gradient), view(input), cells, numbers, geometryOf(places));
  });
  return record(
    output,
    [
      [gradient, (g) => sample(input, g, places)],
      [input, (g) => sampleTransposed(gradient, g, places)],
    ],
    [places.cells],
  );
}

function geometryOf({ cells, shape }: Places): SampleGeometry {
  const [batch, channels, height, width] = shape;
  return {
    batch,
    channels,
    taps: cells.shape[1],
    large: height * width,
    small: cells.shape[2] * cells.shape[3],
  };
}
