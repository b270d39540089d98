import { finiteNumber, knownOptions } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkTensor } from "./compute.js";
import { scalar, unary } from "./elementwise.js";
import { add, erf, mul } from "./math.js";

/**
 * max(x, 0); its gradient at 0 is 0.
 *
 * @example
 * relu(tensor([-1, 2])).toArray();
 * // → [0, 2]
 */
export function relu(input: Tensor): Tensor {
  return unary("relu", "relu", input);
}

/**
 * 1 / (1 + e⁻ˣ).
 *
 * @example
 * sigmoid(tensor([0])).toArray();
 * // → [0.5]
 */
export function sigmoid(input: Tensor): Tensor {
  return unary("sigmoid", "sigmoid", input);
}

/**
 * The hyperbolic tangent.
 *
 * @example
 * tanh(tensor([0])).toArray();
 * // → [0]
 */
export function tanh(input: Tensor): Tensor {
  return unary("tanh", "tanh", input);
}

/**
 * log(1 + eˣ), a smooth relu.
 *
 * @example
 * softplus(tensor([100])).toArray();
 * // → [100]
 */
export function softplus(input: Tensor): Tensor {
  return unary("softplus", "softplus", input);
}

/**
 * x where it is positive, elsewhere `negativeSlope` (0.01 unless said) times x.
 *
 * Source: PyTorch, leaky_relu.
 *
 * @example
 * leakyRelu(tensor([-2, 2]), { negativeSlope: 0.5 }).toArray();
 * // → [-1, 2]
 */
export function leakyRelu(input: Tensor, options: { negativeSlope?: number } = {}): Tensor {
  knownOptions("leakyRelu", options, ["negativeSlope"]);
  const slope = finiteNumber("leakyRelu", "negativeSlope", options.negativeSlope ?? 0.01);
  return scalar("leakyRelu", "leakyRelu", input, slope);
}

/**
 * x · Φ(x), Φ the distribution function of the standard normal.
 *
 * Source: Hendrycks and Gimpel, "Gaussian Error Linear Units" (2016).
 *
 * @example
 * gelu(tensor([0, 10])).toArray();
 * // → [0, 10]
 */
export function gelu(input: Tensor): Tensor {
  checkTensor("gelu", "input", input);
  return mul(mul(input, 0.5), add(erf(mul(input, Math.SQRT1_2)), 1));
}

/**
 * x · sigmoid(x), also called swish.
 *
 * Source: PyTorch, silu.
 *
 * @example
 * silu(tensor([0])).toArray();
 * // → [0]
 */
export function silu(input: Tensor): Tensor {
  checkTensor("silu", "input", input);
  return mul(input, sigmoid(input));
}
