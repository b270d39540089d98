import { assign, copyOf, ones, zeros } from "../tensor/create.js";
import { knownOptions, refusal } from "../tensor/errors.js";
import { scope } from "../tensor/scope.js";
import { sameShape } from "../tensor/shape.js";
import { closeScope, innermostOwns, openScope, type Storage } from "../tensor/storage.js";
import { type BackwardOptions, setBackward, Tensor } from "../tensor/tensor.js";
import { add, isRecording, record, Step, withRecording } from "./tape.js";

function backward(root: Tensor, gradient: Tensor | undefined, options: BackwardOptions): void {
  knownOptions("backward", options, ["retainGraph", "createGraph"]);
  const start = seed("backward", root, gradient);
  const createGraph = options.createGraph ?? false;
  const settle = (leaf: Tensor, received: Tensor): void => {
    const former = leaf.grad;
    const sum = former === undefined ? received : add(former, received);
    if (createGraph) leaf.grad = sum;
    // Whoever holds the gradient sees it grow, as in PyTorch.
    else if (former !== undefined && former.node === undefined) assign(former, sum);
    // A gradient that something else also holds would change with it.
    else leaf.grad = innermostOwns(sum.storage) ? sum : copyOf(sum);
  };
  if (createGraph) {
    walk(root, start, { createGraph, retainGraph: true }, settle);
    return;
  }
  // What the walk computes on the way is not needed after it.
  openScope();
  try {
    walk(root, start, { createGraph, retainGraph: options.retainGraph ?? false }, settle);
  } finally {
    closeScope(new Set<Storage>());
  }
}

setBackward(backward);

export interface GradientOptions extends BackwardOptions {
  /** The gradient to start from; needed if the output holds more than one number. */
  gradient?: Tensor;
}

/**
 * The gradients of `output` with respect to each of `inputs`, which may be parameters or values on the way;
 * zeros where the output does not depend on one. Touches no `grad`.
 *
 * Throws if the output has no tape, or holds several numbers and no `gradient` is given.
 *
 * @example
 * const x = tensor([1, 2, 3]);
 * x.requiresGrad = true;
 * gradients(sum(mul(x, x)), [x])[0].toArray();
 * // → [2, 4, 6]
 */
export function gradients(
  output: Tensor,
  inputs: readonly Tensor[],
  options: GradientOptions = {},
): Tensor[] {
  knownOptions("gradients", options, ["gradient", "retainGraph", "createGraph"]);
  const start = seed("gradients", output, options.gradient);
  const createGraph = options.createGraph ?? false;
  const watched = new Set(inputs);
  const collect = (): Tensor[] => {
    const found = new Map<Tensor, Tensor>();
    const retainGraph = createGraph || (options.retainGraph ?? false);
    walk(
      output,
      start,
      { createGraph, retainGraph },
      (tensor, received) => found.set(tensor, received),
      watched,
    );
    return inputs.map((input) => found.get(input) ?? zeros(input.shape));
  };
  // What the walk computes on the way is not needed after it, unless it is itself on a tape.
  return createGraph ? collect() : scope(collect);
}

/**
 * The derivative of a function of tensors with respect to one of its arguments (the first unless said): a
 * function of the same arguments. The function's value must hold one number. Can be applied again.
 *
 * @example
 * const cube = (x: Tensor) => sum(mul(mul(x, x), x));
 * const slope = grad(cube);
 * const curvature = grad((x: Tensor) => sum(slope(x)));
 * [slope(tensor([2])).item(), curvature(tensor([2])).item()];
 * // → [12, 12]
 */
export function grad<Arguments extends Tensor[]>(
  fn: (...inputs: Arguments) => Tensor,
  options: { argument?: number } = {},
): (...inputs: Arguments) => Tensor {
  knownOptions("grad", options, ["argument"]);
  return (...inputs) => {
    const further = isRecording();
    return withRecording(
      true,
      () => {
        const aliases = inputs.map((input) => alias(input)) as Arguments;
        const watched = aliases[options.argument ?? 0];
        if (watched === undefined)
          throw refusal("grad", "argument", `less than ${inputs.length}`, options.argument);
        return gradients(fn(...aliases), [watched], { createGraph: further })[0];
      },
      "grad",
    );
  };
}

/** The same tensor as a value of its own on the tape, so that a gradient can be asked of this use of it. */
function alias(input: Tensor): Tensor {
  const copy = record(new Tensor(input.shape, input.storage), [[input, (gradient) => gradient]]);
  if (copy.node === undefined) copy.requiresGrad = true;
  return copy;
}

function seed(operation: string, root: Tensor, gradient: Tensor | undefined): Tensor {
  if (!root.requiresGrad) {
    throw refusal(
      operation,
      "tensor",
      "one that was computed from a tensor with requiresGrad, outside noGrad",
      root,
    );
  }
  if (gradient === undefined) {
    if (root.size !== 1)
      throw refusal(operation, "gradient", "one for a tensor of several numbers", gradient);
    return ones(root.shape);
  }
  if (!sameShape(gradient.shape, root.shape)) {
    throw refusal(operation, "gradient", `shape [${root.shape.join(", ")}]`, gradient);
  }
  return gradient;
}

/**
 * Carries gradients from `root` to the leaves, latest step first, and hands each leaf's and each watched tensor's
 * to `settle`. Loops and a sorted list instead of recursion: tapes can be deeper than the stack.
 */
function walk(
  root: Tensor,
  start: Tensor,
  { createGraph, retainGraph }: Required<BackwardOptions>,
  settle: (tensor: Tensor, gradient: Tensor) => unknown,
  watched: ReadonlySet<Tensor> = new Set(),
): void {
  const received = new Map<Tensor, Tensor>([[root, start]]);
  const computed = reachable(root);
  withRecording(
    createGraph,
    () => {
      for (const tensor of computed) {
        const gradient = received.get(tensor);
        const { node } = tensor;
        if (gradient === undefined || node === undefined) continue;
        received.delete(tensor);
        if (watched.has(tensor)) settle(tensor, gradient);
        const { inputs } = node;
        node.pullback(gradient).forEach((part, index) => {
          if (part === undefined) return;
          const input = inputs[index];
          const former = received.get(input);
          received.set(input, former === undefined ? part : add(former, part));
        });
        if (!retainGraph && node instanceof Step) node.release();
      }
      for (const [leaf, gradient] of received) settle(leaf, gradient);
    },
    "backward",
  );
}

/** Every computed tensor that `root` depends on, latest first. */
function reachable(root: Tensor): Tensor[] {
  const seen = new Set<Tensor>([root]);
  for (const tensor of seen) {
    // A set's iteration also visits what is added on the way.
    for (const input of tensor.node?.inputs ?? []) seen.add(input);
  }
  return [...seen]
    .filter((tensor) => tensor.node !== undefined)
    .sort((a, b) => (b.node?.order ?? 0) - (a.node?.order ?? 0));
}
