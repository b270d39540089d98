import { build, source } from "../tensor/create.js";
import { finiteNumber, knownOptions, trueOrFalse } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkTensor } from "./compute.js";
import { mul } from "./math.js";

export interface DropoutOptions {
  /** The probability that a number becomes 0; 0.5 unless said. */
  p?: number;
  /** Does nothing where false; true unless said. */
  training?: boolean;
  /** The same seed drops the same numbers. */
  seed?: number;
}

/**
 * Numbers set to 0 at random, the others divided by 1 − p so that the mean stays.
 *
 * Throws if p is no probability. Source: Srivastava et al. (2014); PyTorch, dropout.
 *
 * @example
 * dropout(ones([1000]), { p: 0.5, seed: 1 }).data.every((value) => value === 0 || value === 2);
 * // → true
 */
export function dropout(input: Tensor, options: DropoutOptions = {}): Tensor {
  knownOptions("dropout", options, ["p", "training", "seed"]);
  checkTensor("dropout", "input", input);
  const { p = 0.5, training = true, seed } = options;
  finiteNumber("dropout", "p", p, 0, 1);
  trueOrFalse("dropout", "training", training);
  const random = source("dropout", seed === undefined ? {} : { seed });
  if (!training || p === 0) return input;
  const mask = build(input.shape, (numbers) => {
    for (let index = 0; index < numbers.length; index++) {
      // For p = 1 nothing is left to scale.
      numbers[index] = random.uniform() < p ? 0 : 1 / (1 - p);
    }
  });
  return mul(input, mask);
}
