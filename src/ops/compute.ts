import { backend } from "../backend/choose.js";
import type { Kernels } from "../backend/backend.js";
import { refusal } from "../tensor/errors.js";
import { allocate } from "../tensor/storage.js";
import { Tensor } from "../tensor/tensor.js";

/** A tensor of `shape` that a kernel fills in. */
export function compute(
  shape: readonly number[],
  run: (kernels: Kernels, output: Float32Array) => void,
): Tensor {
  // Chosen first: the first call decides whose memory `allocate` gives.
  const kernels = backend();
  const storage = allocate(shape);
  if (storage.length > 0) run(kernels, storage.view);
  return new Tensor(shape, storage);
}

/** The numbers of a tensor, for a kernel. */
export function view(input: Tensor): Float32Array {
  return input.storage.view;
}

/** `value` if it is a tensor, of one of `ranks` if they are given; otherwise throws. */
export function checkTensor(
  operation: string,
  argument: string,
  value: unknown,
  ranks?: readonly number[],
): Tensor {
  if (value instanceof Tensor && (ranks === undefined || ranks.includes(value.rank))) return value;
  const expected = ranks === undefined ? "a tensor" : `a tensor of rank ${orList(ranks)}`;
  throw refusal(operation, argument, expected, value);
}

function orList(items: readonly number[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} or ${items[items.length - 1]}`;
}
