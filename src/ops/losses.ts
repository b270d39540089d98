import { record } from "../autograd/tape.js";
import { build } from "../tensor/create.js";
import { finiteNumber, knownOptions, oneOf, refusal } from "../tensor/errors.js";
import { count, repeatsTo, sameShape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { checkTensor, view } from "./compute.js";
import { eachTerm, sumOfTerms, type Terms } from "./loss-terms.js";
import { add, mul, neg, sub } from "./math.js";
import { mean, sum } from "./reduce.js";
import { expand, reshape } from "./shape.js";
import { logSoftmax } from "./softmax.js";

/** What becomes of the single losses: their mean, their sum, or each for itself. */
export type Reduction = "mean" | "sum" | "none";

export interface LossOptions {
  /** `"mean"` unless said. */
  reduction?: Reduction;
}

export interface ClassLossOptions extends LossOptions {
  /** One number for each class that its losses are multiplied by; the mean divides by their sum. */
  weight?: Tensor;
  /** A target that does not count; −100 unless said. */
  ignoreIndex?: number;
}

export interface CrossEntropyOptions extends ClassLossOptions {
  /** The part of each target that is spread evenly over all classes; 0 unless said. */
  labelSmoothing?: number;
}

/**
 * −log of the probability that softmax gives the true class.
 *
 * Shapes: `input` N×C, N×C×H×W or C of scores; `target` N, N×H×W or [] of class numbers, or probabilities in the
 * shape of `input`.
 *
 * Throws if shapes do not fit or a target is no class. Source: PyTorch, cross_entropy.
 *
 * @example
 * crossEntropy(tensor([[0, 0, 0, 0]]), tensor([2])).item().toFixed(4) === Math.log(4).toFixed(4);
 * // → true
 */
export function crossEntropy(input: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const name = "crossEntropy";
  knownOptions(name, options, ["reduction", "weight", "ignoreIndex", "labelSmoothing"]);
  const smoothing = finiteNumber(name, "labelSmoothing", options.labelSmoothing ?? 0, 0, 1);
  checkScores(name, input, target);
  if (sameShape(input.shape, target.shape)) {
    return probabilityLoss(input, target, options, smoothing);
  }
  const dim = input.rank === 1 ? 0 : 1;
  return classLoss(name, logSoftmax(input, { dim }), target, options, smoothing);
}

/**
 * −input at the true class, for `input` of log probabilities; shapes are those of `crossEntropy`.
 *
 * Throws if shapes do not fit or a target is no class. Source: PyTorch, nll_loss.
 *
 * @example
 * nllLoss(tensor([[-1, -2], [-3, -4]]), tensor([0, 1])).item();
 * // → 2.5
 */
export function nllLoss(input: Tensor, target: Tensor, options: ClassLossOptions = {}): Tensor {
  knownOptions("nllLoss", options, ["reduction", "weight", "ignoreIndex"]);
  checkScores("nllLoss", input, target);
  return classLoss("nllLoss", input, target, options, 0);
}

function checkScores(operation: string, input: Tensor, target: Tensor): void {
  checkTensor(operation, "input", input);
  checkTensor(operation, "target", target);
  if (input.rank === 0) throw refusal(operation, "input", "scores of rank 1 or more", input);
}

function classLoss(
  operation: string,
  logits: Tensor,
  target: Tensor,
  { weight, ignoreIndex = -100, reduction }: ClassLossOptions,
  smoothing: number,
): Tensor {
  if (!Number.isSafeInteger(ignoreIndex)) {
    throw refusal(operation, "ignoreIndex", "a whole number", ignoreIndex);
  }
  const [batch, classes] = logits.rank === 1 ? [1, logits.size] : logits.shape;
  const wanted = logits.rank === 1 ? [] : [batch, ...logits.shape.slice(2)];
  if (!sameShape(target.shape, wanted)) {
    throw refusal(operation, "target", `shape [${wanted.join(", ")}]`, target);
  }
  const weights = classWeights(operation, weight, classes);
  const chosen = checkReduction(operation, reduction);
  const labels = labelsOf(operation, target, classes, ignoreIndex);
  const total = labels.reduce((sum, label) => sum + (label < 0 ? 0 : weights[label]), 0);
  const scale = chosen === "mean" ? 1 / total : 1;
  const cells = count(logits.shape.slice(2));
  const { shares, losses } = classShares(logits, labels, { smoothing, weights, cells, scale });
  const single = chosen === "none";
  const output = build(single ? wanted : [], (numbers) => {
    if (single) numbers.set(losses);
    else numbers[0] = losses.reduce((sum, loss) => sum + loss, 0) * scale;
  });
  // The loss is linear in the log probabilities. Of no targets it is 0/0, and its gradient zero, as in PyTorch.
  const spread = logits.rank === 1 ? [] : [batch, 1, ...logits.shape.slice(2)];
  const toLogits = (g: Tensor): Tensor => mul(shares, single ? reshape(g, spread) : g);
  return record(output, [[logits, toLogits]], [shares]);
}

/** The classes that targets name; −1 for those that do not count. */
function labelsOf(operation: string, target: Tensor, classes: number, ignoreIndex: number): Int32Array {
  const labels = new Int32Array(target.size);
  view(target).forEach((label, position) => {
    if (label !== ignoreIndex && !(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw refusal(operation, `target[${position}]`, `a class from 0 to ${classes - 1}`, label);
    }
    labels[position] = label === ignoreIndex ? -1 : label;
  });
  return labels;
}

/**
 * What each log probability adds to the loss, as a factor (nothing but for the true class, and a little for all with
 * smoothing) that `scale` multiplies; and each target's own loss. What counts nothing is not read, for 0 · −∞ is no
 * number.
 */
function classShares(
  logits: Tensor,
  labels: Int32Array,
  options: { smoothing: number; weights: Float32Array; cells: number; scale: number },
): { shares: Tensor; losses: Float64Array } {
  const { smoothing, weights, cells, scale } = options;
  const classes = weights.length;
  const losses = new Float64Array(labels.length);
  const scores = view(logits);
  const shares = build(logits.shape, (numbers) => {
    numbers.fill(0);
    labels.forEach((label, position) => {
      if (label < 0) return;
      const start = Math.floor(position / cells) * classes * cells + (position % cells);
      const [first, last] = smoothing > 0 ? [0, classes - 1] : [label, label];
      for (let index = first; index <= last; index++) {
        const share = (smoothing / classes + (index === label ? 1 - smoothing : 0)) * weights[index];
        if (share === 0) continue;
        const at = start + index * cells;
        numbers[at] = -share * scale;
        losses[position] -= share * scores[at];
      }
    });
  });
  return { shares, losses };
}

function probabilityLoss(
  input: Tensor,
  target: Tensor,
  { weight, ignoreIndex, reduction }: CrossEntropyOptions,
  smoothing: number,
): Tensor {
  if (ignoreIndex !== undefined) {
    throw refusal("crossEntropy", "ignoreIndex", "none where targets are probabilities", ignoreIndex);
  }
  const dim = input.rank === 1 ? 0 : 1;
  const classes = input.shape[dim];
  const smooth = smoothing === 0 ? target : add(mul(target, 1 - smoothing), smoothing / classes);
  const weighted = weight === undefined ? smooth : mul(smooth, perClass(weight, classes, input.rank, dim));
  const parts = mul(logSoftmax(input, { dim }), weighted);
  const chosen = checkReduction("crossEntropy", reduction);
  if (chosen === "none") return neg(sum(parts, { dim }));
  return chosen === "sum" ? sub(0, sum(parts)) : mul(mean(parts), -classes);
}

function perClass(weight: Tensor, classes: number, rank: number, dim: number): Tensor {
  classWeights("crossEntropy", weight, classes);
  const shape = new Array<number>(rank).fill(1);
  shape[dim] = classes;
  return reshape(weight, shape);
}

function classWeights(operation: string, weight: Tensor | undefined, classes: number): Float32Array {
  if (weight === undefined) return new Float32Array(classes).fill(1);
  checkTensor(operation, "weight", weight);
  if (weight.rank === 1 && weight.size === classes) return view(weight);
  throw refusal(operation, "weight", `shape [${classes}], one number for each class`, weight);
}

/**
 * The squares of the differences.
 *
 * Throws if the shapes differ. Source: PyTorch, mse_loss.
 *
 * @example
 * mseLoss(tensor([1, 2]), tensor([3, 2])).item();
 * // → 2
 */
export function mseLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkPair("mseLoss", input, target, options, ["reduction"]);
  return reduced("mseLoss", { kind: "square", operands: [input, target] }, options.reduction);
}

/**
 * The sizes of the differences.
 *
 * Throws if the shapes differ. Source: PyTorch, l1_loss.
 *
 * @example
 * l1Loss(tensor([1, 2]), tensor([3, 2])).item();
 * // → 1
 */
export function l1Loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkPair("l1Loss", input, target, options, ["reduction"]);
  return reduced("l1Loss", { kind: "size", operands: [input, target] }, options.reduction);
}

/**
 * Half the square of a difference d over β where |d| < β, else |d| − β/2.
 *
 * Throws if the shapes differ. Source: Girshick, "Fast R-CNN" (2015); PyTorch, smooth_l1_loss.
 *
 * @example
 * smoothL1Loss(tensor([0.5, 3]), tensor([0, 0]), { reduction: "none" }).toArray();
 * // → [0.125, 2.5]
 */
export function smoothL1Loss(
  input: Tensor,
  target: Tensor,
  options: LossOptions & { beta?: number } = {},
): Tensor {
  checkPair("smoothL1Loss", input, target, options, ["reduction", "beta"]);
  const { beta = 1 } = options;
  if (finiteNumber("smoothL1Loss", "beta", beta) <= 0)
    throw refusal("smoothL1Loss", "beta", "a positive number", beta);
  return reduced(
    "smoothL1Loss",
    { kind: "smooth", operands: [input, target], constant: beta },
    options.reduction,
  );
}

/**
 * −t log p − (1 − t) log(1 − p), for probabilities p and targets t in [0, 1]; logarithms are kept above −100.
 *
 * Throws if the shapes differ or a number is no probability. Source: PyTorch, binary_cross_entropy.
 *
 * @example
 * binaryCrossEntropy(tensor([1, 0]), tensor([1, 0])).item();
 * // → 0
 */
export function binaryCrossEntropy(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const name = "binaryCrossEntropy";
  checkPair(name, input, target, options, ["reduction"]);
  const wrong = view(input).find((value) => !(value >= 0 && value <= 1));
  if (wrong !== undefined) throw refusal(name, "input", "probabilities from 0 to 1", wrong);
  return reduced(name, { kind: "entropy", operands: [input, target] }, options.reduction);
}

/**
 * `binaryCrossEntropy` of sigmoid(input), without the overflow; `posWeight` multiplies the part of targets near 1.
 *
 * Throws if the shapes differ. Source: PyTorch, binary_cross_entropy_with_logits.
 *
 * @example
 * binaryCrossEntropyWithLogits(tensor([1000, -1000]), tensor([1, 0])).item();
 * // → 0
 */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  options: LossOptions & { posWeight?: number | Tensor } = {},
): Tensor {
  const name = "binaryCrossEntropyWithLogits";
  checkPair(name, input, target, options, ["reduction", "posWeight"]);
  const { posWeight = 1 } = options;
  checkPosWeight(name, posWeight, input.shape);
  const terms: Terms =
    typeof posWeight === "number"
      ? { kind: "logistic", operands: [input, target], constant: Math.fround(posWeight) }
      : { kind: "logistic", operands: [input, target, expand(posWeight, input.shape)] };
  return reduced(name, terms, options.reduction);
}

function checkPosWeight(operation: string, value: unknown, shape: readonly number[]): void {
  if (typeof value === "number") {
    finiteNumber(operation, "posWeight", value);
    return;
  }
  if (value instanceof Tensor && repeatsTo(value.shape, shape)) return;
  const repeated = `a number, or a tensor that repeats to [${shape.join(", ")}]`;
  throw refusal(operation, "posWeight", repeated, value);
}

function checkPair(
  operation: string,
  input: Tensor,
  target: Tensor,
  options: LossOptions,
  known: readonly string[],
): void {
  knownOptions(operation, options, known);
  checkTensor(operation, "input", input);
  checkTensor(operation, "target", target);
  if (sameShape(input.shape, target.shape)) return;
  throw refusal(operation, "target", `shape [${input.shape.join(", ")}], as the input`, target);
}

function checkReduction(operation: string, reduction: Reduction = "mean"): Reduction {
  return oneOf(operation, "reduction", reduction, ["mean", "sum", "none"]);
}

function reduced(operation: string, terms: Terms, reduction: Reduction | undefined): Tensor {
  const chosen = checkReduction(operation, reduction);
  if (chosen === "none") return eachTerm(terms);
  return sumOfTerms(terms, chosen === "sum" ? 1 : 1 / terms.operands[0].size);
}
