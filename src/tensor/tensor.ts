import { refusal, trueOrFalse, wholeNumber } from "./errors.js";
import { print } from "./print.js";
import { attach, loosen, type Storage } from "./storage.js";

/** Nested arrays of numbers, as `toArray` gives and `tensor` takes them. */
export type NestedArray = number | NestedArray[];

/** A step of the tape: how a tensor came about. Autograd supplies it. */
export interface TapeNode {
  /** Order of creation: every input's node has a smaller one. */
  readonly order: number;
  readonly inputs: readonly Tensor[];
  /** Tensors other than the inputs that the derivatives read. */
  readonly saved: readonly Tensor[];
  /** The gradients to the inputs that are wanted from the gradient to the output; `undefined` for the others. */
  pullback(gradient: Tensor, wanted: (input: Tensor) => boolean): (Tensor | undefined)[];
}

export interface BackwardOptions {
  /** Keeps the tape, so that `backward` can be called again. */
  retainGraph?: boolean;
  /** Records the gradients' own computation too, so that they can be differentiated. Implies `retainGraph`. */
  createGraph?: boolean;
}

/** Walks a tensor's tape. Autograd supplies it. */
export type Backward = (root: Tensor, gradient: Tensor | undefined, options: BackwardOptions) => void;

let walk: Backward = () => {
  throw new Error("backward: autograd is not loaded: import from convlab");
};

/** Called once by autograd. */
export function setBackward(backward: Backward): void {
  walk = backward;
}

/**
 * An n-dimensional array of float32 numbers, in row-major order (images are N×C×H×W).
 *
 * Made by `tensor`, `zeros`, `ones`, `full`, `arange`, `rand`, `randn` and by operations.
 */
export class Tensor {
  /** The size of each dimension; `[]` for a single number. */
  readonly shape: readonly number[];
  /** Where the numbers live. For operations; readers take `data`. */
  readonly storage: Storage;
  /** How this tensor was computed, if a gradient may be asked of it. For autograd. */
  node: TapeNode | undefined;
  #requiresGrad = false;
  #grad: Tensor | undefined;

  constructor(shape: readonly number[], storage: Storage) {
    this.shape = shape;
    this.storage = storage;
  }

  /** The numbers in row-major order: a live view, so writing to it changes the tensor. */
  get data(): Float32Array {
    return this.storage.data;
  }

  /** How many numbers the tensor holds. */
  get size(): number {
    return this.storage.length;
  }

  /** How many dimensions the tensor has. */
  get rank(): number {
    return this.shape.length;
  }

  /** Whether gradients flow to this tensor: set by hand on parameters, true of whatever is computed from them. */
  get requiresGrad(): boolean {
    return this.#requiresGrad || this.node !== undefined;
  }

  set requiresGrad(value: boolean) {
    if (!value && this.node !== undefined) {
      throw refusal("requiresGrad", "value", "true on a computed tensor (detach it instead)", value);
    }
    this.#requiresGrad = trueOrFalse("requiresGrad", "value", value);
  }

  /** The gradient that `backward` accumulated here; `undefined` before. Set it to `null` to start again. */
  get grad(): Tensor | undefined {
    return this.#grad;
  }

  // `null` too, because after an assignment of `undefined` the compiler takes every later read for undefined.
  set grad(value: Tensor | undefined | null) {
    const gradient = value ?? undefined;
    if (gradient !== undefined && !(gradient instanceof Tensor)) {
      throw refusal("grad", "value", "a tensor, null or undefined", gradient);
    }
    const former = this.#grad;
    this.#grad = gradient;
    // A gradient lives as long as its tensor, even if a training step's scope made it. Once it is replaced, the
    // step that did so frees it, so that a loop which never awaits does not grow; but not what was kept for its
    // own sake, or made outside of all scopes.
    if (former !== undefined && former.storage !== gradient?.storage) loosen(former.storage, this.storage);
    if (gradient !== undefined) attach(gradient.storage, this.storage);
  }

  /**
   * Adds to the `grad` of every tensor with `requiresGrad` that this one was computed from the derivative of this
   * tensor with respect to it. A tensor of more than one number needs the `gradient` to start from.
   *
   * @example
   * const x = tensor([1, 2, 3]);
   * x.requiresGrad = true;
   * sum(mul(x, x)).backward();
   * x.grad?.toArray();
   * // → [2, 4, 6]
   */
  backward(gradient?: Tensor, options: BackwardOptions = {}): void {
    walk(this, gradient, options);
  }

  /**
   * The numbers as nested arrays; a plain number for rank 0.
   *
   * @example
   * tensor([1, 2, 3, 4], [2, 2]).toArray();
   * // → [[1, 2], [3, 4]]
   */
  toArray(): NestedArray {
    const { shape } = this;
    const data = this.storage.view;
    const nest = (dimension: number, start: number, length: number): NestedArray => {
      const side = shape[dimension];
      if (side === undefined) return data[start] ?? 0;
      const step = side === 0 ? 0 : length / side;
      return Array.from({ length: side }, (_, index) => nest(dimension + 1, start + index * step, step));
    };
    return nest(0, 0, data.length);
  }

  /**
   * The number at `indices`, or the only number of a tensor that holds one.
   *
   * Throws if the tensor holds more than one number and no indices say which, or if an index is out of range.
   *
   * @example
   * tensor([[1, 2], [3, 4]]).item(1, 0);
   * // → 3
   */
  item(...indices: number[]): number {
    if (indices.length === 0) {
      if (this.size !== 1) throw refusal("item", "tensor", "one number, or indices that say which", this);
      return this.storage.view[0] ?? 0;
    }
    if (indices.length !== this.rank) {
      throw refusal("item", "indices", `${this.rank} of them for shape [${this.shape.join(", ")}]`, indices);
    }
    let offset = 0;
    this.shape.forEach((side, dimension) => {
      const index = wholeNumber("item", `indices[${dimension}]`, indices[dimension], 0);
      if (index >= side) throw refusal("item", `indices[${dimension}]`, `less than ${side}`, index);
      offset = offset * side + index;
    });
    return this.storage.view[offset] ?? 0;
  }

  /** The tensor as PyTorch prints it: four digits after the point, long ones shortened. */
  toString(): string {
    return print(this.shape, this.data);
  }
}

// What Node's console and a notebook's plain text show.
Object.defineProperty(Tensor.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Tensor): string {
    return this.toString();
  },
});
