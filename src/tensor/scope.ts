import { refusal, refusePromise } from "./errors.js";
import { closeScope, openScope, release, type Storage } from "./storage.js";
import { type TapeNode, Tensor } from "./tensor.js";

/**
 * Runs `fn` and frees every tensor made in it that its result does not hold: directly, in arrays, maps, sets or
 * properties, or on the tape of a returned tensor. Needed in loops that do not let the event loop turn: before it
 * does, the garbage collector cannot tell us what is no longer used. It turns while a timer, a file or a message is
 * awaited, and not in an await that ends at once, such as `await null`.
 *
 * A tensor used after its scope freed it throws. A gradient lives as long as the tensor whose `grad` it is; the
 * scope in which it is replaced frees it, unless it was made outside of all scopes, returned or kept.
 *
 * Throws if `fn` returns a promise: what runs after an await would run outside the scope.
 *
 * @example
 * const total = scope(() => sum(add(ones([2, 2]), ones([2, 2]))));
 * total.item();
 * // → 8
 */
export function scope<T>(fn: () => T): T {
  if (typeof fn !== "function") throw refusal("scope", "fn", "a function", fn);
  openScope();
  let kept = new Set<Storage>();
  try {
    const result = fn();
    refusePromise("scope", result);
    kept = reachable(result);
    return result;
  } finally {
    closeScope(kept);
  }
}

/**
 * Takes a tensor, with its tape, out of the scope that would free it.
 *
 * @example
 * const held: Tensor[] = [];
 * scope(() => void held.push(keep(ones([2]))));
 * held[0].toArray();
 * // → [1, 1]
 */
export function keep(tensor: Tensor): Tensor {
  for (const storage of reachable(tensor)) release(storage);
  return tensor;
}

/**
 * Every storage that `value` leads to. Not those of gradients, which live with their tensors, but those on their
 * tapes. A loop, not a recursion: tapes are deep.
 */
function reachable(value: unknown): Set<Storage> {
  const storages = new Set<Storage>();
  const seen = new Set<unknown>();
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const item = pending.pop();
    if (typeof item !== "object" || item === null || ArrayBuffer.isView(item) || seen.has(item)) continue;
    seen.add(item);
    if (item instanceof Tensor) {
      storages.add(item.storage);
      pending.push(...readBy(item.node), ...readBy(item.grad?.node));
      continue;
    }
    const parts: Iterable<unknown> =
      item instanceof Map || item instanceof Set || Array.isArray(item) ? item : Object.values(item);
    for (const part of parts) pending.push(part);
  }
  return storages;
}

/** The tensors that a step of the tape reads. */
function readBy(node: TapeNode | undefined): Tensor[] {
  return node === undefined ? [] : [...node.inputs, ...node.saved];
}
