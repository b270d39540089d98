import { noGrad, record } from "../autograd/tape.js";
import { assign } from "../tensor/create.js";
import {
  complaint,
  finiteNumber,
  knownOptions,
  refusal,
  trueOrFalse,
  wholeNumber,
} from "../tensor/errors.js";
import { count } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkTensor, view } from "./compute.js";
import { add, div, mul, sqrt, sub } from "./math.js";
import { asDeviation, endless, moments, standardise } from "./moments.js";
import { mean } from "./reduce.js";
import { reshape } from "./shape.js";

export interface BatchNormOptions {
  /** γ, one number for each channel, that the normalised maps are multiplied by. */
  weight?: Tensor;
  /** β, one number for each channel, that is added then. */
  bias?: Tensor;
  /** The mean of each channel over past batches: read without `training`, brought up to date with it. */
  runningMean?: Tensor;
  /** The variance of each channel over past batches. */
  runningVar?: Tensor;
  /** Whether the batch's own mean and variance count; otherwise the running ones. False unless said. */
  training?: boolean;
  /** The part of a batch in the running numbers; 0.1 unless said. */
  momentum?: number;
  /** Added to the variance; 10⁻⁵ unless said. */
  eps?: number;
}

/**
 * Each channel of N×C×H×W less its mean, over its standard deviation, times γ plus β. An empty batch leaves the
 * running numbers as they are.
 *
 * Throws if a channel's numbers are missing or do not fit, or if training has one number for a channel.
 * Source: Ioffe and Szegedy (2015); PyTorch, batch_norm (the running variance is the unbiased one; a channel of equal
 * numbers becomes 0, also where eps is 0).
 *
 * @example
 * batchNorm2d(tensor([1, 3], [2, 1, 1, 1]), { training: true, eps: 0 }).data.join(" ");
 * // → "-1 1"
 */
export function batchNorm2d(input: Tensor, options: BatchNormOptions = {}): Tensor {
  const name = "batchNorm2d";
  knownOptions(name, options, ["weight", "bias", "runningMean", "runningVar", "training", "momentum", "eps"]);
  checkTensor(name, "input", input, [4]);
  const { runningMean, runningVar, training = false, momentum = 0.1, eps = 1e-5 } = options;
  trueOrFalse(name, "training", training);
  finiteNumber(name, "momentum", momentum, 0, 1);
  finiteNumber(name, "eps", eps, 0);
  const channels = input.shape[1];
  for (const key of ["weight", "bias", "runningMean", "runningVar"] as const) {
    checkChannels(name, key, options[key], channels);
  }
  if (!training) {
    if (runningMean === undefined || runningVar === undefined) {
      throw refusal(name, "options", "runningMean and runningVar where training is not true", options);
    }
    const spread = sqrt(add(column(runningVar), eps));
    return affine(standardise(input, column(runningMean), spread), options);
  }
  const samples = input.size / channels;
  if (samples === 1) throw refusal(name, "input", "more than one number for each channel in training", input);
  for (const [key, past] of Object.entries({ runningMean, runningVar })) {
    if (past?.node === undefined) continue;
    throw complaint(name, key, "a tensor without history in training", "one that was computed on a tape");
  }
  const { output, average, variance } = normalise(input, [0, 2, 3], eps);
  if (samples > 1) {
    noGrad(() => {
      const blend = (past: Tensor | undefined, part: () => Tensor): void => {
        if (past === undefined) return;
        assign(past, add(mul(past, 1 - momentum), reshape(part(), [channels])));
      };
      blend(runningMean, () => mul(average, momentum));
      blend(runningVar, () => {
        const share = (momentum * samples) / (samples - 1);
        if (view(variance).every(Number.isFinite)) return mul(variance, share);
        // Part of a variance that is beyond float32 may not be.
        const divisor = (samples - 1) / momentum;
        return moments(input, [0, 2, 3], ["variance"], { centre: "mean", divisor, eps: 0 }).variance;
      });
    });
  }
  return affine(output, options);
}

export interface GroupNormOptions {
  /** γ, one number for each channel. */
  weight?: Tensor;
  /** β, one number for each channel. */
  bias?: Tensor;
  /** Added to the variance; 10⁻⁵ unless said. */
  eps?: number;
}

/**
 * Channels in `groups`: each image's group less its mean, over its standard deviation, times γ plus β. One group
 * is layer normalisation of maps, as many as channels instance normalisation.
 *
 * Throws if the groups do not divide the channels. Source: Wu and He (2018); PyTorch, group_norm.
 *
 * @example
 * groupNorm(tensor([1, 3], [1, 2, 1, 1]), 1, { eps: 0 }).data.join(" ");
 * // → "-1 1"
 */
export function groupNorm(input: Tensor, groups: number, options: GroupNormOptions = {}): Tensor {
  const name = "groupNorm";
  knownOptions(name, options, ["weight", "bias", "eps"]);
  checkTensor(name, "input", input);
  if (input.rank < 2) throw refusal(name, "input", "at least N×C", input);
  const { eps = 1e-5 } = options;
  finiteNumber(name, "eps", eps, 0);
  const [batch, channels] = input.shape;
  wholeNumber(name, "groups", groups, 1);
  if (channels % groups !== 0) {
    throw refusal(name, "groups", `a number that divides the ${channels} channels`, groups);
  }
  checkChannels(name, "weight", options.weight, channels);
  checkChannels(name, "bias", options.bias, channels);
  const flat = reshape(input, [batch, groups, count(input.shape.slice(1)) / groups]);
  return affine(reshape(normalise(flat, [2], eps).output, input.shape), options);
}

/** The numbers over `axes` less their mean, over their standard deviation; and what they were divided by. */
function normalise(
  input: Tensor,
  axes: readonly number[],
  eps: number,
): { output: Tensor; average: Tensor; variance: Tensor } {
  const divisor = count(axes.map((axis) => input.shape[axis]));
  const wanted = ["mean", "variance", "deviation"] as const;
  const found = moments(input, axes, wanted, { centre: "mean", divisor, eps });
  // The mean and the deviation change with x too; `slope` counts that in.
  const deviation = asDeviation(found.deviation, input, axes, { divisor });
  const spread = eps > 0 ? deviation : endless(deviation);
  const output = noGrad(() => standardise(input, found.mean, spread));
  const slope = (gradient: Tensor): Tensor => {
    const across = { dim: axes, keepdim: true };
    const shared = add(mean(gradient, across), mul(output, mean(mul(gradient, output), across)));
    return div(sub(gradient, shared), spread);
  };
  record(output, [[input, slope]], [output, spread]);
  return { output, average: found.mean, variance: found.variance };
}

function affine(input: Tensor, { weight, bias }: { weight?: Tensor; bias?: Tensor }): Tensor {
  const scaled = weight === undefined ? input : mul(input, column(weight, input.rank));
  return bias === undefined ? scaled : add(scaled, column(bias, input.rank));
}

/** One number for each channel, in a shape that repeats over N×C×…. */
function column(values: Tensor, rank = 4): Tensor {
  return reshape(values, [1, values.size, ...new Array<number>(rank - 2).fill(1)]);
}

function checkChannels(
  operation: string,
  argument: string,
  value: Tensor | undefined,
  channels: number,
): void {
  if (value === undefined) return;
  checkTensor(operation, argument, value);
  if (value.rank === 1 && value.size === channels) return;
  throw refusal(operation, argument, `shape [${channels}], one number for each channel`, value);
}
