import { complaint } from "./errors.js";
import { contextIsOpen, onUnwound } from "./unwound.js";

/**
 * Where a tensor's numbers live. A backend supplies the allocator; until one does, numbers live on the heap.
 */
export interface Storage {
  readonly length: number;
  /**
   * The numbers, for kernels. Only for use until the caller returns to the event loop: unlike `data`, it need not
   * keep the memory alive. Throws once the storage was freed. The same object every time while it lives.
   */
  readonly view: Float32Array;
  /**
   * The numbers, for readers: a view that keeps the memory alive while anyone holds it or a subarray of it, even
   * after `free`. A backend whose tensors share one buffer can give each reader a buffer object of its own, with
   * `structuredClone(memory.buffer)` on shared memory, and watch that object: subarrays hold it too.
   */
  readonly data: Float32Array;
  readonly freed: boolean;
  /** Says that numbers were written through `view` after its first use: what was derived from them no longer holds. */
  touch(): void;
  /** Gives the memory back as soon as no reader holds `data`. Further calls do nothing. */
  free(): void;
  /** From now on the memory is given back too when the garbage collector finds that nothing leads here. */
  watch(): void;
}

export interface Allocator {
  /**
   * Memory for `length` numbers, of any content: whoever asks for it writes all of it. Storage that is `owned` is not
   * watched, which costs more than a small operation: its owner frees it, or has it watched when it lets go of it.
   */
  allocate(length: number, owned?: boolean): Storage;
}

/** The error of a tensor that is used after its scope freed it. */
export function freedError(): Error {
  return complaint(
    "tensor",
    "data",
    "a tensor that was returned from scope(fn) or kept with keep(tensor)",
    "one that was freed when its scope ended",
  );
}

class HeapStorage implements Storage {
  #numbers: Float32Array | undefined;
  readonly length: number;

  constructor(numbers: Float32Array) {
    this.#numbers = numbers;
    this.length = numbers.length;
  }
  get view(): Float32Array {
    if (this.#numbers === undefined) throw freedError();
    return this.#numbers;
  }
  get data(): Float32Array {
    return this.view;
  }
  get freed(): boolean {
    return this.#numbers === undefined;
  }
  touch(): void {
    // Nothing is derived from the heap's numbers.
  }
  free(): void {
    this.#numbers = undefined;
  }
  watch(): void {
    // The heap is watched anyway.
  }
}

/** Plain JavaScript arrays, reclaimed by the garbage collector. */
export const heap: Allocator = {
  allocate: (length) => new HeapStorage(new Float32Array(length)),
};

let allocator: Allocator = heap;

/** Makes `next` the source of all further storage: called by the backend that takes over. */
export function setAllocator(next: Allocator): void {
  allocator = next;
}

/** The most numbers of a tensor: 4 GiB, as far as WebAssembly memory and its 32-bit offsets reach. */
export const MOST_NUMBERS: number = 2 ** 30;

/** How many numbers a tensor of `shape` has; throws if that is more than any tensor can hold. */
export function countOf(shape: readonly number[]): number {
  const length = shape.reduce((product, side) => product * side, 1);
  if (length > MOST_NUMBERS) throw memoryError(shape, length, "at most 2³⁰ numbers (4 GiB)");
  return length;
}

/** Storage for a tensor of `shape`, owned by the innermost scope. Its content is undefined. */
export function allocate(shape: readonly number[]): Storage {
  const length = countOf(shape);
  let storage: Storage;
  try {
    storage = allocator.allocate(length, scopes.length > 0);
  } catch (error) {
    // Engines say so with a RangeError, as our own memory does; anything else is no matter of this tensor.
    if (!(error instanceof RangeError)) throw error;
    throw memoryError(shape, length, `what memory is left for (${error.message})`);
  }
  track(storage);
  return storage;
}

function memoryError(shape: readonly number[], length: number, expected: string): Error {
  const mebibytes = Math.ceil((length * 4) / 2 ** 20);
  const count = `${shape.join(" · ")} = ${length} numbers, ${mebibytes} MiB`;
  return complaint(
    "tensor",
    "shape",
    expected,
    `[${shape.join(", ")}] (${count}). Free tensors that a loop no longer needs with scope(fn), or use a smaller batch.`,
  );
}

/** What a scope owns; of a gradient, the storage of the tensor that it belongs to. */
type Scope = Map<Storage, Storage | undefined>;

const scopes: Scope[] = [];
/** Gradients that outlived their scope with their tensor, which nobody took out of it for their own sake. */
const orphans = new WeakSet<Storage>();
// What the scopes of code that was stopped by force owned may have been handed on: the garbage collector decides.
onUnwound(() => {
  for (const owned of scopes.splice(0)) for (const storage of owned.keys()) storage.watch();
});

/** Lets the innermost scope own `storage`, which may be the gradient of a tensor in `holder`. */
function track(storage: Storage, holder?: Storage): void {
  give(storage, scopes.at(-1), holder);
}

/** Lets a scope own `storage`, or the garbage collector if there is none. */
function give(storage: Storage, scope: Scope | undefined, holder?: Storage): void {
  if (scope === undefined) storage.watch();
  else scope.set(storage, holder);
}

/** What the scope owns that owns `storage`, if any does. */
function owner(storage: Storage): Scope | undefined {
  return scopes.findLast((owned) => owned.has(storage));
}

/** Lets `gradient` live as long as the tensor in `holder` does, if a scope would free it earlier. */
export function attach(gradient: Storage, holder: Storage): void {
  adopt(gradient);
  owner(gradient)?.set(gradient, holder);
}

/** Ends that: `gradient` is left to the scope that made it or, if that has ended, to the innermost. */
export function loosen(gradient: Storage, holder: Storage): void {
  adopt(gradient);
  const owned = owner(gradient);
  if (owned?.get(gradient) === holder) owned.set(gradient, undefined);
}

/** Lets the innermost scope own `gradient`, if its own scope has ended. */
function adopt(gradient: Storage): void {
  if (!orphans.has(gradient)) return;
  release(gradient);
  track(gradient);
}

/** Takes `storage` out of all scopes: the garbage collector decides. */
export function release(storage: Storage): void {
  orphans.delete(storage);
  if (owner(storage)?.delete(storage)) storage.watch();
}

/** Whether the innermost scope, and nothing outside it, owns `storage`. */
export function innermostOwns(storage: Storage): boolean {
  return scopes.at(-1)?.has(storage) ?? false;
}

export function openScope(): void {
  contextIsOpen();
  scopes.push(new Map());
}

/**
 * Frees what the innermost scope owns, except `kept`, which passes to the scope around it, and the gradients of
 * tensors that live on, which pass to where those are.
 */
export function closeScope(kept: ReadonlySet<Storage>): void {
  const owned: Scope = scopes.pop() ?? new Map<Storage, Storage | undefined>();
  for (const [storage, holder] of owned) {
    if (kept.has(storage)) track(storage, holder);
    else if (holder === undefined || holder.freed || (owned.has(holder) && !kept.has(holder))) storage.free();
    else {
      give(storage, owned.has(holder) ? scopes.at(-1) : owner(holder), holder);
      orphans.add(storage);
    }
  }
  // What left the outermost scope for its own sake is its holder's.
  if (scopes.length === 0) for (const storage of kept) orphans.delete(storage);
}

const versions = new WeakMap<Storage, number>();

/** How often the numbers were replaced in place: what the tape saved before that no longer holds. */
export function versionOf(storage: Storage): number {
  return versions.get(storage) ?? 0;
}

export function markChanged(storage: Storage): void {
  versions.set(storage, versionOf(storage) + 1);
  storage.touch();
}
