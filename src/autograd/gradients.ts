import { assign, copyOf, ones, zeros } from "../tensor/create.js";
import { complaint, knownOptions, refusal, trueOrFalse, wholeNumber } from "../tensor/errors.js";
import { scope } from "../tensor/scope.js";
import { sameShape } from "../tensor/shape.js";
import { closeScope, innermostOwns, openScope, type Storage } from "../tensor/storage.js";
import { type BackwardOptions, setBackward, Tensor } from "../tensor/tensor.js";
import { add, isRecording, record, Step, withRecording } from "./tape.js";

function backward(root: Tensor, gradient: Tensor | undefined, options: BackwardOptions): void {
  knownOptions("backward", options, ["retainGraph", "createGraph"]);
  const graph = graphOptions("backward", options);
  const start = seed("backward", root, gradient);
  const made = new Set<Storage>();
  const settle = (leaf: Tensor, received: Tensor): void => {
    const former = leaf.grad;
    const sum = former === undefined ? received : add(former, received);
    if (graph.createGraph) leaf.grad = sum;
    // Whoever holds the gradient sees it grow, as in PyTorch.
    else if (former !== undefined && former.node === undefined) assign(former, sum);
    else {
      // A gradient that something else also holds would change with it.
      leaf.grad = innermostOwns(sum.storage) && !made.has(sum.storage) ? sum : copyOf(sum);
      made.add(leaf.grad.storage);
    }
  };
  if (graph.createGraph) {
    walk(root, start, graph, settle);
    return;
  }
  // What the walk computes on the way is not needed after it: the scope around it gets the gradients alone.
  openScope();
  try {
    walk(root, start, graph, settle);
  } finally {
    closeScope(made);
  }
}

setBackward(backward);

export interface GradientOptions extends BackwardOptions {
  /** The gradient to start from; needed if the output holds more than one number. */
  gradient?: Tensor;
}

/**
 * The gradients of `output` with respect to each of `inputs`, which may be parameters or values on the way;
 * zeros where the output does not depend on one. Touches no `grad`, and lets go of no more of the tape than lies
 * between the output and the inputs.
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
  if (!Array.isArray(inputs) || !inputs.every((input) => input instanceof Tensor)) {
    throw refusal("gradients", "inputs", "an array of tensors", inputs);
  }
  const graph = graphOptions("gradients", options);
  const start = seed("gradients", output, options.gradient);
  const watched = new Set<Tensor>(inputs);
  const collect = (): Tensor[] => {
    const found = new Map<Tensor, Tensor>();
    walk(output, start, graph, (tensor, received) => found.set(tensor, received), watched);
    return inputs.map((input) => found.get(input) ?? zeros(input.shape));
  };
  // What the walk computes on the way is not needed after it, unless it is itself on a tape.
  return graph.createGraph ? collect() : scope(collect);
}

/**
 * The derivative of a function of tensors with respect to one of its arguments (the first unless said): a
 * function of the same arguments. The function's value must hold one number. Can be applied again: the derivative
 * is on a tape where the value depends on a tensor with `requiresGrad` from outside, and otherwise plain.
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
  if (typeof fn !== "function") throw refusal("grad", "fn", "a function", fn);
  const argument = wholeNumber("grad", "argument", options.argument ?? 0, 0);
  return (...inputs) => {
    const further = isRecording();
    const derive = (): Tensor => {
      const aliases = inputs.map((input, index) => alias(input, index)) as Arguments;
      const watched = aliases[argument];
      if (watched === undefined) throw refusal("grad", "argument", `less than ${inputs.length}`, argument);
      const output = fn(...aliases);
      return gradients(output, [watched], { createGraph: further && leadsPast(aliases, output) })[0];
    };
    return withRecording(true, derive, "grad");
  };
}

/** The same tensor as a value of its own on the tape, so that a gradient can be asked of this use of it. */
function alias(input: Tensor, index: number): Tensor {
  if (!(input instanceof Tensor)) throw refusal("grad", `inputs[${index}]`, "a tensor", input);
  const copy = record(new Tensor(input.shape, input.storage), [[input, (gradient) => gradient]]);
  if (copy.node === undefined) copy.requiresGrad = true;
  return copy;
}

/**
 * Whether the tape of `output` leads to more than the ends that `aliases` are: a history of its derivative that
 * nobody can ask for a gradient would only fill the memory. A step that was used once led somewhere.
 */
function leadsPast(aliases: readonly Tensor[], output: Tensor): boolean {
  const seen = new Set<Tensor>([output]);
  for (const tensor of seen) {
    const inputs = tensor.node?.inputs ?? [];
    const isAlias = aliases.includes(tensor);
    if (isAlias ? inputs.length > 0 : inputs.length === 0 && tensor.requiresGrad) return true;
    for (const input of inputs) seen.add(input);
  }
  return false;
}

/** What becomes of the tape, as the options say. */
function graphOptions(operation: string, options: BackwardOptions): Required<BackwardOptions> {
  const createGraph = trueOrFalse(operation, "createGraph", options.createGraph ?? false);
  const retainGraph = trueOrFalse(operation, "retainGraph", options.retainGraph ?? createGraph);
  if (createGraph && !retainGraph)
    throw complaint(operation, "retainGraph", "true beside createGraph, which needs the tape", "false");
  return { createGraph, retainGraph };
}

function seed(operation: string, root: Tensor, gradient: Tensor | undefined): Tensor {
  if (!(root instanceof Tensor) || !root.requiresGrad) {
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
  if (!(gradient instanceof Tensor)) throw refusal(operation, "gradient", "a tensor", gradient);
  if (!sameShape(gradient.shape, root.shape)) {
    throw refusal(operation, "gradient", `shape [${root.shape.join(", ")}]`, gradient);
  }
  return gradient;
}

/**
 * Carries gradients from `root` to the leaves, latest step first, and hands each leaf's and each watched tensor's
 * to `settle`. Where tensors are watched, nothing else is computed, and no other step is used up. Loops and a
 * sorted list instead of recursion: tapes can be deeper than the stack.
 */
function walk(
  root: Tensor,
  start: Tensor,
  { createGraph, retainGraph }: Required<BackwardOptions>,
  settle: (tensor: Tensor, gradient: Tensor) => unknown,
  watched?: ReadonlySet<Tensor>,
): void {
  const received = new Map<Tensor, Tensor>([[root, start]]);
  const needs = createGraph ? undefined : new Needs();
  needs?.take(start);
  const computed = reachable(root, watched);
  const leading = watched === undefined ? new Set(computed) : leadingTo(watched, computed);
  const wanted = (tensor: Tensor): boolean =>
    watched === undefined || watched.has(tensor) || leading.has(tensor);
  withRecording(
    createGraph,
    () => {
      for (const tensor of computed) {
        const gradient = received.get(tensor);
        const { node } = tensor;
        if (gradient === undefined || node === undefined) continue;
        received.delete(tensor);
        if (watched?.has(tensor)) {
          settle(tensor, gradient);
          needs?.take(gradient);
        }
        if (!leading.has(tensor)) continue;
        const { inputs } = node;
        node.pullback(gradient, wanted).forEach((part, index) => {
          if (part === undefined) return;
          const input = inputs[index];
          const former = received.get(input);
          needs?.take(part);
          if (former === undefined) {
            received.set(input, part);
            return;
          }
          const sum = add(former, part);
          received.set(input, sum);
          needs?.take(sum);
          needs?.leave(former);
          needs?.leave(part);
        });
        needs?.leave(gradient);
        if (!retainGraph && node instanceof Step) node.release();
      }
      for (const [leaf, gradient] of received) settle(leaf, gradient);
    },
    "backward",
  );
}

/**
 * Every computed tensor that `root` depends on, latest first; where some are watched, without what is older than
 * all of these, which leads to none.
 */
function reachable(root: Tensor, watched: ReadonlySet<Tensor> | undefined): Tensor[] {
  const order = ({ node }: Tensor): number => node?.order ?? -1;
  const oldest =
    watched === undefined ? -1 : [...watched].map(order).reduce((a, b) => Math.min(a, b), Infinity);
  const seen = new Set([root].filter((tensor) => order(tensor) > oldest));
  for (const tensor of seen) {
    // A set's iteration also visits what is added on the way.
    for (const input of tensor.node?.inputs ?? []) if (order(input) > oldest) seen.add(input);
  }
  return [...seen].sort((a, b) => order(b) - order(a));
}

/** Those of `computed`, latest first, whose step leads to a watched tensor. */
function leadingTo(watched: ReadonlySet<Tensor>, computed: readonly Tensor[]): Set<Tensor> {
  const leading = new Set<Tensor>();
  for (const tensor of [...computed].reverse()) {
    const inputs = tensor.node?.inputs ?? [];
    // A step that was used has let go of its inputs: it may lead to one, and then complains.
    if (inputs.length === 0 || inputs.some((input) => watched.has(input) || leading.has(input)))
      leading.add(tensor);
  }
  return leading;
}

/**
 * Which gradients of a walk are still needed; the others' memory serves for the next ones. Not of one that records what
 * it does: there the tape needs all.
 */
class Needs {
  readonly #holders = new Map<Storage, number>();

  take({ storage }: Tensor): void {
    this.#holders.set(storage, (this.#holders.get(storage) ?? 0) + 1);
  }

  /** Frees what nobody needs, if the walk made it. */
  leave({ storage }: Tensor): void {
    const holders = (this.#holders.get(storage) ?? 0) - 1;
    this.#holders.set(storage, holders);
    if (holders === 0 && innermostOwns(storage)) storage.free();
  }
}
