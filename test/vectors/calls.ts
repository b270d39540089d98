import * as c from "../../src/index.js";
import type { Pair, Tensor } from "../../src/index.js";

/** An operation of the library, called with a vector's tensors and options. */
export type Call = (inputs: Tensor[], options: Record<string, unknown>) => Tensor | Tensor[];

const optional = (key: string, value: Tensor | undefined): Record<string, Tensor> =>
  value === undefined ? {} : { [key]: value };

const unary =
  (fn: (x: Tensor) => Tensor): Call =>
  ([x]) =>
    fn(x);
const binary =
  (fn: (a: Tensor, b: Tensor) => Tensor): Call =>
  ([a, b]) =>
    fn(a, b);
// Vectors' options were written for the operation they name.
const withOptions =
  (fn: (x: Tensor, options: never) => Tensor): Call =>
  ([x], options) =>
    fn(x, options as never);
const pool =
  (fn: (x: Tensor, kernelSize: Pair, options: never) => Tensor): Call =>
  ([x], { kernelSize, ...options }) =>
    fn(x, kernelSize as Pair, options as never);
const both = ({ output, indices }: { output: Tensor; indices: Tensor }): Tensor[] => [output, indices];
const chosen = ({ values, indices }: c.Selected): Tensor[] => [values, indices];
const selected =
  (fn: typeof c.max): Call =>
  ([x], options) =>
    "dim" in options ? chosen(fn(x, options as unknown as c.SelectOptions)) : fn(x);
const loss =
  (fn: (x: Tensor, target: Tensor, options: never) => Tensor, third = "weight"): Call =>
  ([x, target, weight], options) =>
    fn(x, target, { ...options, ...optional(third, weight) } as never);

export const calls: Record<string, Call> = {
  conv2d: ([x, w, bias], options) => c.conv2d(x, w, { ...options, ...optional("bias", bias) }),
  convTranspose2d: ([x, w, bias], options) => c.convTranspose2d(x, w, { ...options, ...optional("bias", bias) }),
  conv2dSecond: ([x, w], options) => {
    const slope = c.grad((image: Tensor) => c.sum(c.square(c.conv2d(image, w, options))));
    return c.sum(c.square(slope(x)));
  },
  maxPool2d: pool(c.maxPool2d),
  minPool2d: pool(c.minPool2d),
  maxPool2dWithIndices: ([x], { kernelSize, ...options }) =>
    both(c.maxPool2dWithIndices(x, kernelSize as Pair, options)),
  minPool2dWithIndices: ([x], { kernelSize, ...options }) =>
    both(c.minPool2dWithIndices(x, kernelSize as Pair, options)),
  avgPool2d: pool(c.avgPool2d),
  lpPool2d: ([x], { normType, kernelSize, ...options }) =>
    c.lpPool2d(x, Number(normType), kernelSize as Pair, options),
  adaptiveAvgPool2d: ([x], { outputSize }) => c.adaptiveAvgPool2d(x, outputSize as [number, number]),
  adaptiveMaxPool2d: ([x], { outputSize }) => c.adaptiveMaxPool2d(x, outputSize as [number, number]),
  adaptiveMaxPool2dWithIndices: ([x], { outputSize }) =>
    both(c.adaptiveMaxPool2dWithIndices(x, outputSize as [number, number])),
  globalAvgPool2d: unary(c.globalAvgPool2d),
  globalMaxPool2d: unary(c.globalMaxPool2d),
  maxUnpool2d: ([x, indices], { kernelSize, ...options }) =>
    c.maxUnpool2d(x, indices, kernelSize as Pair, options),
  interpolate: withOptions(c.interpolate),
  pixelShuffle: ([x], { factor }) => c.pixelShuffle(x, Number(factor)),
  pixelUnshuffle: ([x], { factor }) => c.pixelUnshuffle(x, Number(factor)),
  pad: ([x], { padding, ...options }) => c.pad(x, padding as c.PadAmount, options),
  unfold: pool(c.unfold),
  fold: ([x], { outputSize, kernelSize, ...options }) =>
    c.fold(x, outputSize as Pair, kernelSize as Pair, options),
  linear: ([x, w, bias]) => c.linear(x, w, optional("bias", bias)),
  matmul: binary(c.matmul),
  add: binary(c.add),
  sub: binary(c.sub),
  mul: binary(c.mul),
  div: binary(c.div),
  pow: binary(c.pow),
  maximum: binary(c.maximum),
  minimum: binary(c.minimum),
  equal: binary(c.equal),
  less: binary(c.less),
  lessEqual: binary(c.lessEqual),
  greater: binary(c.greater),
  greaterEqual: binary(c.greaterEqual),
  where: ([condition, a, b]) => c.where(condition, a, b),
  neg: unary(c.neg),
  abs: unary(c.abs),
  sign: unary(c.sign),
  reciprocal: unary(c.reciprocal),
  square: unary(c.square),
  sqrt: unary(c.sqrt),
  exp: unary(c.exp),
  log: unary(c.log),
  sin: unary(c.sin),
  cos: unary(c.cos),
  erf: unary(c.erf),
  floor: unary(c.floor),
  ceil: unary(c.ceil),
  round: unary(c.round),
  gridSample: ([x, grid], options) => c.gridSample(x, grid, options),
  affineGrid: ([theta], { size, ...options }) => c.affineGrid(theta, size as number[], options),
  relu6: unary(c.relu6),
  hardSigmoid: unary(c.hardSigmoid),
  hardSwish: unary(c.hardSwish),
  mish: unary(c.mish),
  elu: withOptions(c.elu),
  max: selected(c.max),
  min: selected(c.min),
  topk: ([x], { k, ...options }) => chosen(c.topk(x, Number(k), options)),
  cumsum: withOptions(c.cumsum),
  linspace: (_, { start, end, steps }) => c.linspace(Number(start), Number(end), Number(steps)),
  relu: unary(c.relu),
  sigmoid: unary(c.sigmoid),
  tanh: unary(c.tanh),
  softplus: unary(c.softplus),
  gelu: unary(c.gelu),
  silu: unary(c.silu),
  leakyRelu: withOptions(c.leakyRelu),
  clamp: withOptions(c.clamp),
  powScalar: ([x], { exponent }) => c.pow(x, Number(exponent)),
  sum: withOptions(c.sum),
  mean: withOptions(c.mean),
  amax: withOptions(c.amax),
  amin: withOptions(c.amin),
  variance: withOptions(c.variance),
  std: withOptions(c.std),
  prod: withOptions(c.prod),
  norm: ([x], { p, ...options }) => c.norm(x, { ...options, p: Number(p) }),
  argmax: withOptions(c.argmax),
  argmin: withOptions(c.argmin),
  softmax: withOptions(c.softmax),
  logSoftmax: withOptions(c.logSoftmax),
  concat: (inputs, options) => c.concat(inputs, options),
  stack: (inputs, options) => c.stack(inputs, options),
  permute: ([x], { order }) => c.permute(x, order as number[]),
  expand: ([x], { shape }) => c.expand(x, shape as number[]),
  slice: ([x], { ranges }) => c.slice(x, ranges as c.Range[]),
  batchNorm2d: ([x, weight, bias, mean, variance], options) => {
    const [runningMean, runningVar] = [c.mul(mean, 1), c.mul(variance, 1)];
    const output = c.batchNorm2d(x, { weight, bias, runningMean, runningVar, ...options });
    return [output, runningMean, runningVar];
  },
  groupNorm: ([x, weight, bias], { groups, ...options }) =>
    c.groupNorm(x, Number(groups), { weight, bias, ...options }),
  crossEntropy: loss(c.crossEntropy),
  nllLoss: loss(c.nllLoss),
  mseLoss: loss(c.mseLoss),
  l1Loss: loss(c.l1Loss),
  smoothL1Loss: loss(c.smoothL1Loss),
  binaryCrossEntropy: loss(c.binaryCrossEntropy),
  binaryCrossEntropyWithLogits: loss(c.binaryCrossEntropyWithLogits, "posWeight"),
};
