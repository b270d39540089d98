import { noGrad, record } from "../autograd/tape.js";
import { finiteNumber, knownOptions } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkTensor } from "./compute.js";
import { scalar, unary, where } from "./elementwise.js";
import { add, div, erf, greaterEqual, less, lessEqual, mul, sub } from "./math.js";

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

/**
 * x · tanh(log(1 + eˣ)).
 *
 * Source: Misra, "Mish" (2020).
 *
 * @example
 * mish(tensor([0, 20])).toArray();
 * // → [0, 20]
 */
export function mish(input: Tensor): Tensor {
  checkTensor("mish", "input", input);
  return mul(input, tanh(softplus(input)));
}

/**
 * x where it is positive, elsewhere `alpha` (1 unless said) times eˣ − 1, exact near 0 too; its gradient at 0 is
 * `alpha`.
 *
 * Source: Clevert, Unterthiner and Hochreiter (2016); PyTorch, elu.
 *
 * @example
 * elu(tensor([-Infinity, 0, 2]), { alpha: 0.5 }).toArray();
 * // → [-0.5, 0, 2]
 */
export function elu(input: Tensor, options: { alpha?: number } = {}): Tensor {
  knownOptions("elu", options, ["alpha"]);
  return scalar("elu", "elu", input, finiteNumber("elu", "alpha", options.alpha ?? 1));
}

/**
 * x kept between 0 and 6; its gradient at both is 0.
 *
 * Source: PyTorch, relu6.
 *
 * @example
 * relu6(tensor([-1, 2, 8])).toArray();
 * // → [0, 2, 6]
 */
export function relu6(input: Tensor): Tensor {
  checkTensor("relu6", "input", input);
  return bounded("relu6", input);
}

/** min(max(x, 0), 6), which passes no gradient on where it is 0 or 6. */
function bounded(operation: string, input: Tensor): Tensor {
  const output = noGrad(() => scalar(operation, "minScalar", relu(input), 6));
  return record(output, [[input, (g) => mul(g, sub(1, add(lessEqual(input, 0), greaterEqual(input, 6))))]]);
}

/**
 * x/6 + ½ kept between 0 and 1: straight lines in place of a sigmoid.
 *
 * Source: PyTorch, hardsigmoid.
 *
 * @example
 * hardSigmoid(tensor([-4, 0, 3])).toArray();
 * // → [0, 0.5, 1]
 */
export function hardSigmoid(input: Tensor): Tensor {
  checkTensor("hardSigmoid", "input", input);
  return div(bounded("hardSigmoid", add(input, 3)), 6);
}

/**
 * 0 up to −3, x from 3 on, x(x + 3)/6 between them. Its gradient is −½ at −3 and 1.5 at 3, as PyTorch's of single
 * numbers.
 *
 * Source: Howard et al., "Searching for MobileNetV3" (2019); PyTorch, hardswish, which gives NaN for −∞.
 *
 * @example
 * hardSwish(tensor([-4, 1, 5])).toArray();
 * // → [0, 0.6666666865348816, 5]
 */
export function hardSwish(input: Tensor): Tensor {
  checkTensor("hardSwish", "input", input);
  const output = noGrad(() => where(lessEqual(input, -3), 0, mul(input, hardSigmoid(input))));
  return record(output, [[input, (g) => mul(g, hardSwishSlope(input))]]);
}

function hardSwishSlope(input: Tensor): Tensor {
  const middle = add(div(scalar("hardSwish", "minScalar", input, 3), 3), 0.5);
  return where(less(input, -3), 0, where(lessEqual(input, 3), middle, 1));
}
