import { refusal } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkTensor } from "./compute.js";
import { reshape } from "./shape.js";

/** An image of rank 2, 3 or 4 seen as a batch of rank 4, and the way back. */
export interface Lifted {
  /** [batch, channels, height, width]. */
  image: Tensor;
  /** A result of rank 4, in the rank that the caller came with. */
  lower: (result: Tensor) => Tensor;
}

/** Spatial operations take H×W, C×H×W or N×C×H×W and return the same rank. */
export function lift(operation: string, input: Tensor, argument = "input"): Lifted {
  checkTensor(operation, argument, input, [2, 3, 4]);
  if (input.shape.slice(-3).includes(0)) {
    throw refusal(
      operation,
      argument,
      "at least one channel, row and column (only a batch may be empty)",
      input,
    );
  }
  if (input.rank === 4) return { image: input, lower: (result) => result };
  return {
    image: reshape(input, input.rank === 3 ? [1, ...input.shape] : [1, 1, ...input.shape]),
    lower: (result) => reshape(result, result.shape.slice(4 - input.rank)),
  };
}
