export {
  arange,
  assign,
  full,
  fullLike,
  linspace,
  type NestedNumbers,
  ones,
  onesLike,
  rand,
  randLike,
  randn,
  randnLike,
  type RandomOptions,
  tensor,
  zeros,
  zerosLike,
} from "./create.js";
export { manualSeed } from "./random.js";
export { keep, scope } from "./scope.js";
export { type BackwardOptions, type NestedArray, Tensor } from "./tensor.js";
export {
  type Axis,
  type AxisOptions,
  type AxisPadding,
  outputSize,
  type OutputSize,
  type Padding,
  type Pair,
  positions,
  taps,
  type TransposedAxisOptions,
  transposedOutputSize,
  useCounts,
} from "./window.js";
