import { complaint, refusal, refusePromise } from "../tensor/errors.js";
import { versionOf } from "../tensor/storage.js";
import { type TapeNode, Tensor } from "../tensor/tensor.js";
import { contextIsOpen, onUnwound } from "../tensor/unwound.js";

/** For each input: the gradient to it, from the gradient to the output. */
export type Derivative = readonly [input: Tensor | undefined, derivative: (gradient: Tensor) => Tensor];

let recording = true;
onUnwound(() => (recording = true));
let created = 0;
let accumulate: ((a: Tensor, b: Tensor) => Tensor) | undefined;

/** Tells the tape, which knows no operation, how to add two gradients. */
export function setAccumulate(add: (a: Tensor, b: Tensor) => Tensor): void {
  accumulate = add;
}

/** One operation on the tape. */
export class Step implements TapeNode {
  readonly order: number = created++;
  inputs: readonly Tensor[];
  saved: readonly Tensor[];
  #derivatives: readonly ((gradient: Tensor) => Tensor)[];
  /** Of the inputs and the saved tensors, when they were put here. */
  readonly #versions: readonly number[];
  #used = false;

  constructor(derivatives: readonly Derivative[], saved: readonly Tensor[]) {
    const inputs: Tensor[] = [];
    const rules: ((gradient: Tensor) => Tensor)[] = [];
    const others: Tensor[] = [...saved];
    for (const [input, rule] of derivatives) {
      if (input === undefined) continue;
      if (input.requiresGrad) {
        inputs.push(input);
        rules.push(rule);
      } else others.push(input);
    }
    this.inputs = inputs;
    this.saved = others;
    this.#derivatives = rules;
    this.#versions = [...inputs, ...others].map(({ storage }) => versionOf(storage));
  }

  pullback(gradient: Tensor, wanted: (input: Tensor) => boolean): (Tensor | undefined)[] {
    if (this.#used) {
      throw complaint(
        "backward",
        "tape",
        "what none has used before, or used with { retainGraph: true }",
        "a part that was used by an earlier backward, which let go of what it had saved: compute the value again",
      );
    }
    [...this.inputs, ...this.saved].forEach((tensor, index) => {
      if (versionOf(tensor.storage) === this.#versions[index]) return;
      throw complaint(
        "backward",
        "tape",
        "tensors as they were when values were computed from them",
        `one where a tensor of shape [${tensor.shape.join(", ")}] was changed in place, so that gradients would be ` +
          "wrong: compute the value again",
      );
    });
    return this.#derivatives.map((derivative, index) =>
      wanted(this.inputs[index]) ? derivative(gradient) : undefined,
    );
  }

  /** Lets go of what the derivatives hold. */
  release(): void {
    this.#used = true;
    this.#derivatives = [];
    this.inputs = [];
    this.saved = [];
  }
}

/** Whether operations are put on the tape now. */
export function isRecording(): boolean {
  return recording;
}

/**
 * Puts an operation on the tape: `output` was computed from the inputs in the table of `derivatives`. `saved`
 * names the tensors beside inputs that derivatives read. Does nothing if no input wants a gradient.
 */
export function record(
  output: Tensor,
  derivatives: readonly Derivative[],
  saved: readonly Tensor[] = [],
): Tensor {
  if (recording && derivatives.some(([input]) => input?.requiresGrad)) {
    output.node = new Step(derivatives, saved);
  }
  return output;
}

/** Whether operations on `inputs` are put on the tape: where not, they need save nothing. */
export function isRecorded(...inputs: (Tensor | undefined)[]): boolean {
  return recording && inputs.some((input) => input?.requiresGrad);
}

/**
 * Runs `fn` without a tape: nothing that it computes has a gradient.
 *
 * Throws if `fn` returns a promise: what runs after an await would be recorded again.
 *
 * @example
 * const x = tensor([1, 2]);
 * x.requiresGrad = true;
 * noGrad(() => mul(x, x)).requiresGrad;
 * // → false
 */
export function noGrad<T>(fn: () => T): T {
  return withRecording(false, fn, "noGrad");
}

/** Runs `fn` with or without a tape. */
export function withRecording<T>(value: boolean, fn: () => T, operation: string): T {
  if (typeof fn !== "function") throw refusal(operation, "fn", "a function", fn);
  const former = recording;
  if (!value) contextIsOpen();
  recording = value;
  try {
    const result = fn();
    refusePromise(operation, result);
    return result;
  } finally {
    recording = former;
  }
}

/**
 * The same numbers without their history: no gradient flows through.
 *
 * @example
 * const x = tensor([1, 2]);
 * x.requiresGrad = true;
 * detach(mul(x, x)).requiresGrad;
 * // → false
 */
export function detach(input: Tensor): Tensor {
  return new Tensor(input.shape, input.storage);
}

/** The sum of two gradients. */
export function add(a: Tensor, b: Tensor): Tensor {
  if (accumulate === undefined) throw new Error("backward: no operations are loaded: import from convlab");
  return accumulate(a, b);
}
