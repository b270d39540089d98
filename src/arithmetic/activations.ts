import {
  elu,
  gelu,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  mish,
  relu,
  relu6,
  sigmoid,
  silu,
  softplus,
  tanh,
} from "../ops/index.js";
import type { Tensor } from "../tensor/index.js";

/** What a layer record may name that works on each number by itself, with its defaults. */
export type Activation =
  | "relu"
  | "relu6"
  | "leakyRelu"
  | "elu"
  | "gelu"
  | "silu"
  | "mish"
  | "softplus"
  | "sigmoid"
  | "hardSigmoid"
  | "hardSwish"
  | "tanh";

const activations: Readonly<Record<Activation, (x: Tensor) => Tensor>> = {
  relu,
  relu6,
  leakyRelu: (x) => leakyRelu(x),
  elu: (x) => elu(x),
  gelu,
  silu,
  mish,
  softplus,
  sigmoid,
  hardSigmoid,
  hardSwish,
  tanh,
};

export const activationNames: readonly Activation[] = Object.keys(activations) as Activation[];

/** The activation of that name; `undefined` where it is another operation. */
export function activationOf(op: string): ((x: Tensor) => Tensor) | undefined {
  return Object.entries(activations).find(([name]) => name === op)?.[1];
}
