import { knownOptions, refusal, wholeNumber } from "../tensor/errors.js";
import { randn, type Tensor, tensor } from "../tensor/index.js";

export interface IcnrOptions {
  /** Default 0. */
  readonly seed?: number;
}

/**
 * Weights [O·s², C, h, w] for a convolution before `pixelShuffle(…, s)` that start as a resize-convolution: the s²
 * filters that make one output channel's phases are the same, so that the start has no checkerboard
 * (Aitken et al., "Checkerboard artifact free sub-pixel convolution", 2017). Normal weights of variance
 * 2 / (C·h·w) (He et al. 2015).
 *
 * @param shape [O·s², C, h, w]
 * @param factor s
 * @example
 * icnr([4, 1, 3, 3], 2, { seed: 1 }).shape;
 * // → [4, 1, 3, 3]
 */
export function icnr(shape: readonly number[], factor: number, options: IcnrOptions = {}): Tensor {
  knownOptions("icnr", options, ["seed"]);
  const phases = wholeNumber("icnr", "factor", factor, 1) ** 2;
  const given: unknown = shape;
  const whole =
    Array.isArray(given) && given.every((side: unknown) => Number.isSafeInteger(side) && Number(side) >= 1);
  if (!whole || shape.length !== 4 || shape[0] % phases !== 0) {
    throw refusal("icnr", "shape", `[O·${phases}, C, h, w]`, shape);
  }
  const [filters, ...rest] = shape;
  const each = rest.reduce((all, size) => all * size, 1);
  const { data: drawn } = randn([filters / phases, ...rest], { seed: options.seed ?? 0 });
  const scale = Math.sqrt(2 / each);
  const weights = Float32Array.from({ length: filters * each }, (_, index) => {
    // pixelShuffle takes the phases of one channel from neighbouring filters.
    const channel = Math.floor(index / (each * phases));
    return drawn[channel * each + (index % each)] * scale;
  });
  return tensor(weights, shape);
}
