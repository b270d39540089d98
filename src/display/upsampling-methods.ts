import {
  bedOfNails,
  conv2d,
  convTranspose2d,
  interpolate,
  maxPool2dWithIndices,
  maxUnpool2d,
  pad,
  pixelShuffle,
} from "../ops/index.js";
import { refusal } from "../tensor/errors.js";
import { tensor, type Tensor } from "../tensor/index.js";

export const methods = [
  "nearest",
  "bilinear",
  "bilinear-align-corners",
  "bilinear-asymmetric",
  "bicubic",
  "bed-of-nails",
  "max-unpooling",
  "transposed",
  "sub-pixel",
] as const;

export type UpsamplingMethod = (typeof methods)[number];

/** Makes `small` as large as `whole` again; max unpooling starts from the maxima of `whole`. */
export function enlarge(method: UpsamplingMethod, small: Tensor, whole: Tensor, factor: number): Tensor {
  switch (method) {
    case "nearest":
      return interpolate(small, { scaleFactor: factor });
    case "bilinear":
      return interpolate(small, { scaleFactor: factor, mode: "bilinear" });
    case "bilinear-align-corners":
      return interpolate(small, { scaleFactor: factor, mode: "bilinear", coordinates: "align-corners" });
    case "bilinear-asymmetric":
      return interpolate(small, { scaleFactor: factor, mode: "bilinear", coordinates: "asymmetric" });
    case "bicubic":
      return interpolate(small, { scaleFactor: factor, mode: "bicubic" });
    case "bed-of-nails":
      return bedOfNails(small, { stride: factor });
    case "max-unpooling": {
      const { output, indices } = maxPool2dWithIndices(whole, factor);
      return maxUnpool2d(output, indices, factor);
    }
    case "transposed":
      return transposedLinear(small, factor);
    case "sub-pixel":
      return subPixelLinear(small, factor);
  }
}

/** Linear interpolation's weights on one axis, as FCN starts its deconvolutions: a triangle of width 2s. */
export function triangle(factor: number): number[] {
  const size = 2 * factor - (factor % 2);
  const centre = (size - 1) / 2;
  return Array.from({ length: size }, (_, tap) => 1 - Math.abs(tap - centre) / factor);
}

function transposedLinear(small: Tensor, factor: number): Tensor {
  const [channels, height, width] = small.shape;
  const line = triangle(factor);
  const size = line.length;
  const weight = new Float32Array(channels * size * size);
  for (let index = 0; index < weight.length; index++) {
    const tap = index % (size * size);
    weight[index] = line[Math.floor(tap / size)] * line[tap % size];
  }
  // The border is repeated and cut off again, so that it does not fade to zero.
  const wide = pad(small, [1, 1, 1, 1], { mode: "replicate" });
  const large = convTranspose2d(wide, tensor(weight, [channels, 1, size, size]), {
    stride: factor,
    padding: Math.floor(factor / 2) + factor,
    groups: channels,
    outputPadding: 0,
  });
  if (large.shape[1] === height * factor && large.shape[2] === width * factor) return large;
  throw refusal("upsamplingComparison", "scaleFactor", "a result of the image's size", large);
}

function subPixelLinear(small: Tensor, factor: number): Tensor {
  const [channels] = small.shape;
  const phases = factor * factor;
  // Output phase φ of linear interpolation reads three neighbours with weights of its own.
  const line = Array.from({ length: factor }, (_, phase) => {
    const at = (phase + 0.5) / factor - 0.5;
    return [Math.max(0, -at), 1 - Math.abs(at), Math.max(0, at)];
  });
  const weight = new Float32Array(channels * phases * channels * 9);
  for (let channel = 0; channel < channels; channel++) {
    for (let phase = 0; phase < phases; phase++) {
      const [down, across] = [line[Math.floor(phase / factor)], line[phase % factor]];
      const start = ((channel * phases + phase) * channels + channel) * 9;
      for (let tap = 0; tap < 9; tap++) weight[start + tap] = down[Math.floor(tap / 3)] * across[tap % 3];
    }
  }
  const maps = conv2d(small, tensor(weight, [channels * phases, channels, 3, 3]), {
    padding: 1,
    paddingMode: "replicate",
  });
  return pixelShuffle(maps, factor);
}
