export * from "./activation.js";
export * from "./adaptive.js";
export { conv2d, type Conv2dOptions } from "./convolution.js";
export { cumsum, type CumsumOptions } from "./cumulate.js";
export { dropout, type DropoutOptions } from "./dropout.js";
export { type Operand, where } from "./elementwise.js";
export {
  affineGrid,
  type AffineGridOptions,
  type GridPadding,
  gridSample,
  type GridSampleOptions,
} from "./grid.js";
export {
  type Coordinates,
  interpolate,
  type InterpolateOptions,
  type InterpolateSampling,
  type InterpolateSize,
  type InterpolationMode,
} from "./interpolate.js";
export { concat, stack } from "./join.js";
export * from "./losses.js";
export * from "./math.js";
export { linear, matmul } from "./matmul.js";
export * from "./norm.js";
export * from "./normalise.js";
export { pad, type PadAmount, type PaddingMode, type PadOptions } from "./pad.js";
export { type Pooled } from "./pick.js";
export * from "./pooling.js";
export * from "./rearrange.js";
export { amax, amin, argmax, argmin, mean, prod, type ReduceOptions, sum } from "./reduce.js";
export { max, min, type Selected, type SelectOptions, topk, type TopkOptions } from "./select.js";
export {
  expand,
  flatten,
  permute,
  type Range,
  reshape,
  slice,
  squeeze,
  transpose,
  unsqueeze,
} from "./shape.js";
export { logSoftmax, softmax, type SoftmaxOptions } from "./softmax.js";
export { convTranspose2d, type ConvTranspose2dOptions } from "./transposed.js";
export { maxUnpool2d, type UnpoolOptions } from "./unpool.js";
