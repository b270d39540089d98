import { knownOptions, refusal, wholeNumber } from "../tensor/errors.js";
import { Random } from "../tensor/random.js";
import { build } from "../tensor/create.js";
import type { Storage } from "../tensor/storage.js";
import { Tensor } from "../tensor/tensor.js";
import { gradients } from "./gradients.js";
import { detach, noGrad } from "./tape.js";

export interface CheckOptions {
  /** How far an input is moved each way. */
  epsilon?: number;
  /** The largest error, as a part of the largest slope of that input (or of 1, if all slopes are smaller). */
  tolerance?: number;
  /** Of the random weights that combine the function's outputs. */
  seed?: number;
}

/**
 * Compares the gradients of `fn` with slopes measured by moving each number of each input a little, and returns
 * the largest error. `fn` must be smooth within `epsilon` of the inputs.
 *
 * The slope is measured with two step lengths and extrapolated (Richardson): float32 does not allow steps small
 * enough for a plain difference to be exact.
 *
 * Throws if an error exceeds the tolerance, with the input, the position and both values.
 *
 * @example
 * checkGradients((x, y) => mul(x, y), [tensor([1, 2]), tensor([3, 4])]) < 1e-3;
 * // → true
 */
export function checkGradients(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  options: CheckOptions = {},
): number {
  if (typeof fn !== "function") throw refusal("checkGradients", "fn", "a function", fn);
  const given: unknown = inputs;
  if (!Array.isArray(given) || !given.every((input) => input instanceof Tensor)) {
    throw refusal("checkGradients", "inputs", "an array of tensors", inputs);
  }
  knownOptions("checkGradients", options, ["epsilon", "tolerance", "seed"]);
  const { epsilon = 2 ** -6, tolerance = 2e-3, seed = 0 } = options;
  if (!(epsilon > 0)) throw refusal("checkGradients", "epsilon", "a positive number", epsilon);
  const random = new Random(wholeNumber("checkGradients", "seed", seed, 0));
  const leaves = inputs.map((input) => {
    const leaf = detach(input);
    leaf.requiresGrad = true;
    return leaf;
  });
  const output = fn(...leaves);
  const weights = build(output.shape, (view) => {
    for (let index = 0; index < view.length; index++) view[index] = random.uniform() + 0.5;
  });
  const found = gradients(output, leaves, { gradient: weights });
  const value = (): Float64Array => noGrad(() => Float64Array.from(fn(...inputs).storage.view));
  let largest = 0;
  inputs.forEach((input, which) => {
    const measured = Float64Array.from({ length: input.size }, (_, index) => {
      const slope = (step: number): number =>
        measure(input.storage, index, step, value, weights.storage.view);
      return (4 * slope(epsilon / 2) - slope(epsilon)) / 3;
    });
    const scale = measured.reduce((most, slope) => Math.max(most, Math.abs(slope)), 1);
    measured.forEach((slope, index) => {
      const error = Math.abs(found[which].storage.view[index] - slope) / scale;
      // Written so that NaN fails too.
      if (!(error <= tolerance)) {
        throw new Error(
          `checkGradients: input ${which}, position ${index}: the gradient is ` +
            `${found[which].storage.view[index]}, the measured slope ${slope}`,
        );
      }
      largest = Math.max(largest, error);
    });
  });
  return largest;
}

/** The slope of the weighted sum of the outputs, as one number of an input moves both ways by `step`. */
function measure(
  storage: Storage,
  index: number,
  step: number,
  value: () => Float64Array,
  weights: Float32Array,
): number {
  const numbers = storage.view;
  const middle = numbers[index];
  const move = (to: number): number => {
    numbers[index] = to;
    storage.touch();
    return numbers[index];
  };
  try {
    const right = move(middle + step);
    const above = value();
    const left = move(middle - step);
    const below = value();
    // Float32 rounds the two positions: their real distance counts.
    return above.reduce((sum, number, at) => sum + weights[at] * (number - below[at]), 0) / (right - left);
  } finally {
    move(middle);
  }
}
