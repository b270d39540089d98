import type { Allocator } from "../tensor/storage.js";
import type { Axis } from "../tensor/window.js";

/**
 * What computes. A backend allocates tensors' memory and runs kernels on plain views of it.
 *
 * Every kernel writes all of its output, whatever was there, and never keeps a view after it returns. Inputs may
 * be views of other memory than the backend's own (tensors made before a change of backend); outputs always come
 * from its `allocate`. An output never overlaps an input. Whoever changes numbers that a kernel has read, other
 * than through a reader's `data`, says so by `Storage.touch`: kernels may keep what they prepared from weights.
 *
 * `reference` has every kernel, and takes views of any memory, so a faster backend is
 * `{ ...reference, name, allocate, conv2d, … }` and may call `reference`'s kernel for the shapes it has no fast
 * path for.
 */
export interface Backend extends Allocator, Kernels {
  readonly name: string;
}

/** `"auto"` may use Winograd where its error bound holds; `"direct"` is exact to the order of summation. */
export type Algorithm = "auto" | "direct";

/**
 * A convolution of [batch, inputChannels, rows.input, columns.input] with weights
 * [outputChannels, inputChannels / groups, rows.kernel, columns.kernel]. Cells outside the input count as zero;
 * `before` and `after` may differ, and `after` may be negative: all that matters is `before` and `output`.
 */
export interface ConvGeometry {
  batch: number;
  inputChannels: number;
  outputChannels: number;
  groups: number;
  rows: Axis;
  columns: Axis;
}

/** A window over `planes` images (batch × channels), each [rows.input, columns.input]. */
export interface PoolGeometry {
  planes: number;
  rows: Axis;
  columns: Axis;
}

/** Moving single numbers between planes of `large` cells and planes of `small` cells. */
export interface PickGeometry {
  planes: number;
  large: number;
  small: number;
}

export type PoolKind = "max" | "min";

/** What an average is divided by. */
export interface AverageOptions {
  /** Whether padding cells count; cells beyond the padding, where ceil mode leads, never do. */
  countIncludePad: boolean;
  /** Divides by this instead of the count of cells. */
  divisor?: number;
}

/**
 * A linear map of one axis that reads few cells: output `o` is Σ_t weight[o·taps + t] · input[index[o·taps + t]].
 * Unused taps have weight 0 and index 0. Resizing, padding by reflection and adaptive averages are such maps.
 */
export interface TapTable {
  input: number;
  output: number;
  /** Taps for each output cell. */
  taps: number;
  index: Int32Array;
  weight: Float32Array;
}

export interface ResampleGeometry {
  planes: number;
  rows: TapTable;
  columns: TapTable;
  /** What the tables stand for, for fast paths that need not read them. */
  kind: ResampleKind;
}

/**
 * `scale` is input cells per output cell. Output cell o reads at max(0, (o + offset) · scale − offset) if bilinear,
 * the cell ⌊(o + offset) · scale⌋ if nearest. Cubics, averages and padding are in their tables alone.
 */
export type ResampleKind =
  { name: "nearest" | "bilinear"; rows: AxisScale; columns: AxisScale } | { name: "tables" };

export interface AxisScale {
  scale: number;
  offset: number;
}

/** A copy between strided layouts of one `shape`; strides and offsets count numbers and may be 0 or negative. */
export interface CopyGeometry {
  shape: readonly number[];
  inputOffset: number;
  inputStrides: readonly number[];
  outputOffset: number;
  outputStrides: readonly number[];
}

/** Broadcasting: a stride of 0 repeats. The output is dense in `shape`. */
export interface BroadcastGeometry {
  shape: readonly number[];
  aStrides: readonly number[];
  bStrides: readonly number[];
}

/**
 * Reduction of the dimensions of `shape` where `reduced` is true. Neighbours of one kind are merged and sides of
 * 1 dropped, so that the two alternate.
 */
export interface ReduceGeometry {
  shape: readonly number[];
  reduced: readonly boolean[];
}

/** A dense array seen as [outer, length, inner], worked on along `length`. */
export interface LineGeometry {
  outer: number;
  length: number;
  inner: number;
}

export interface TopGeometry extends LineGeometry {
  count: number;
}

/**
 * Reading images at places of their own for each cell of the result, alike in all channels: planes of `large` cells,
 * results of `small` cells, `taps` for each.
 */
export interface SampleGeometry {
  batch: number;
  channels: number;
  taps: number;
  large: number;
  small: number;
}

/** [batch, rows, inner] × [batch, inner, columns]; a transposed operand is stored with its last two exchanged. */
export interface MatmulGeometry {
  batch: number;
  rows: number;
  inner: number;
  columns: number;
  transposeA: boolean;
  transposeB: boolean;
  /** Numbers from one matrix of the batch to the next; 0 repeats the first. */
  aStep: number;
  bStep: number;
}

export type UnaryKind =
  | "negative"
  | "abs"
  | "sign"
  | "reciprocal"
  | "square"
  | "sqrt"
  | "exp"
  | "log"
  | "sin"
  | "cos"
  | "tanh"
  | "sigmoid"
  | "erf"
  | "softplus"
  | "relu"
  | "floor"
  | "ceil"
  | "round";

/** Unary operations with one number beside the array: x + v, x · v, xᵛ, x where x > 0 else v · x or v · (eˣ − 1), … */
export type ScalarKind =
  "addScalar" | "mulScalar" | "powScalar" | "leakyRelu" | "elu" | "maxScalar" | "minScalar";

export type BinaryKind =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "pow"
  | "maximum"
  | "minimum"
  | "equal"
  | "less"
  | "lessEqual"
  | "greater"
  | "greaterEqual"
  /** 0 where b ≤ 0, elsewhere a: the gradient of relu. */
  | "gate";

export type ReduceKind = "sum" | "mean" | "max" | "min";

export type Numbers = Float32Array;

/** Cells of planes, numbered row · width + column: whole numbers, so that planes of any size have exact ones. */
export type Cells = Int32Array;

export interface Kernels {
  /** output = input ⋆ weight + bias. */
  conv2d(
    input: Numbers,
    weight: Numbers,
    bias: Numbers | undefined,
    output: Numbers,
    geometry: ConvGeometry,
    algorithm: Algorithm,
  ): void;
  /** The transpose of `conv2d` in its input, and so a transposed convolution's forward. `gradient` has the
   * convolution's output shape, `output` its input shape, `bias` one number for each of `inputChannels`. */
  conv2dInputGradient(
    gradient: Numbers,
    weight: Numbers,
    bias: Numbers | undefined,
    output: Numbers,
    geometry: ConvGeometry,
    algorithm: Algorithm,
  ): void;
  /** The transpose of `conv2d` in its weight: `output` has the weight's shape. */
  conv2dWeightGradient(
    input: Numbers,
    gradient: Numbers,
    output: Numbers,
    geometry: ConvGeometry,
    algorithm: Algorithm,
  ): void;
  /** The sum over batch, rows and columns of [batch, channels, cells]. */
  conv2dBiasGradient(gradient: Numbers, output: Numbers, geometry: BiasGeometry): void;

  /** The largest or smallest number of each window; padding never wins, the first of equals does, NaN wins.
   * `indices` takes the winner's cell in its plane, as whole or as float32 numbers; −1 where a window reads padding
   * alone. */
  pool2d(
    kind: PoolKind,
    input: Numbers,
    output: Numbers,
    indices: Cells | Numbers | undefined,
    geometry: PoolGeometry,
  ): void;
  /** `pool2d` whose windows are ⌊o·i/n⌋ … ⌈(o+1)·i/n⌉: only `input` and `output` of the axes count. */
  adaptivePool2d(
    kind: PoolKind,
    input: Numbers,
    output: Numbers,
    indices: Cells | Numbers | undefined,
    geometry: PoolGeometry,
  ): void;
  averagePool2d(input: Numbers, output: Numbers, geometry: PoolGeometry, options: AverageOptions): void;
  averagePool2dGradient(
    gradient: Numbers,
    output: Numbers,
    geometry: PoolGeometry,
    options: AverageOptions,
  ): void;
  /** output[plane, indices[plane, s]] += values[plane, s], from zero: the gradient of `pool2d`. −1 names no cell. */
  scatterAdd(values: Numbers, indices: Cells, output: Numbers, geometry: PickGeometry): void;
  /** output[plane, indices[plane, s]] = values[plane, s], zero elsewhere, the last of several wins: unpooling. */
  scatter(values: Numbers, indices: Cells, output: Numbers, geometry: PickGeometry): void;
  /** output[plane, s] = input[plane, indices[plane, s]], 0 for −1. */
  gather(input: Numbers, indices: Cells, output: Numbers, geometry: PickGeometry): void;

  /** [planes, rows.input, columns.input] → [planes, rows.output, columns.output] by both tables. */
  resample(input: Numbers, output: Numbers, geometry: ResampleGeometry): void;
  /** The transpose of `resample`: from output's shape to input's. */
  resampleGradient(gradient: Numbers, output: Numbers, geometry: ResampleGeometry): void;

  /** output[n, c, o] = Σ_t weights[n, t, o] · input[n, c, cells[n, t, o]]; −1 names no cell, which reads nothing. */
  sample(input: Numbers, cells: Cells, weights: Numbers, output: Numbers, geometry: SampleGeometry): void;
  /** The transpose of `sample` in its input: from output's shape to input's. */
  sampleGradient(
    gradient: Numbers,
    cells: Cells,
    weights: Numbers,
    output: Numbers,
    geometry: SampleGeometry,
  ): void;
  /** The transpose of `sample` in its weights: output[n, t, o] = Σ_c gradient[n, c, o] · input[n, c, cells[n, t, o]]. */
  sampleWeightGradient(
    gradient: Numbers,
    input: Numbers,
    cells: Cells,
    output: Numbers,
    geometry: SampleGeometry,
  ): void;

  /** [batch, channels · kernel cells, windows] → [batch, channels, rows, columns]: what each window read, added to
   * the cells it came from. Channels are `inputChannels`; `outputChannels` and `groups` do not count. */
  fold(input: Numbers, output: Numbers, geometry: ConvGeometry): void;

  /** Copies a strided block; where the block does not cover the output, the rest becomes `background`. */
  copy(input: Numbers, output: Numbers, geometry: CopyGeometry, background: number): void;
  unary(kind: UnaryKind, input: Numbers, output: Numbers): void;
  scalar(kind: ScalarKind, input: Numbers, value: number, output: Numbers): void;
  binary(kind: BinaryKind, a: Numbers, b: Numbers, output: Numbers, geometry: BroadcastGeometry): void;
  /** output[i] = condition[i] ≠ 0 ? a[i] : b[i]; all of one length. */
  select(condition: Numbers, a: Numbers, b: Numbers, output: Numbers): void;
  /** Sums are taken in double precision. Of no numbers: 0, NaN for a mean. */
  reduce(kind: ReduceKind, input: Numbers, output: Numbers, geometry: ReduceGeometry): void;
  /** The position of the first largest or smallest number of each line. */
  argReduce(kind: PoolKind, input: Numbers, output: Numbers, geometry: LineGeometry): void;
  /** The positions of the `count` largest or smallest numbers of each line, best first, the first of equals before
   * the others; NaN counts as the largest. `positions` is [outer, count, inner]. */
  topPositions(kind: PoolKind, input: Numbers, positions: Cells, geometry: TopGeometry): void;
  /** Each number with those before it on its line added, or after it if `backwards`; in double precision. */
  cumulate(input: Numbers, output: Numbers, geometry: LineGeometry, backwards: boolean): void;
  softmax(input: Numbers, output: Numbers, geometry: LineGeometry): void;
  logSoftmax(input: Numbers, output: Numbers, geometry: LineGeometry): void;
  matmul(a: Numbers, b: Numbers, output: Numbers, geometry: MatmulGeometry): void;
}

/** [batch, channels, cells], dense. */
export interface BiasGeometry {
  batch: number;
  channels: number;
  cells: number;
}
