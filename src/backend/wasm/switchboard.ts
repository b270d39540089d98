/**
 * How the main thread and its workers meet: a few words of shared memory.
 *
 * The main thread fills a job in, opens the gate and moves `turn` on. A worker that sees `turn` move enters while
 * the gate is open, claims units until none are left and leaves. The main thread claims units too, and closes
 * the gate once nobody is inside. A worker that wakes up late finds the gate closed and missed nothing, so no job
 * waits for a sleeping worker.
 */
import type { Exports } from "./engine.js";

/** Words of the switchboard. */
export const enum Word {
  Turn,
  Gate,
  Next,
  Kernel,
  Job,
  Units,
  Chunk,
  Scratch,
  ScratchBytes,
  Parked,
  Failed,
  /** Workers that have started. */
  Ready,
  Count,
}

export const CLOSED = -1;

/** Where the switchboard is in the memory. */
export const ADDRESS = 4096;

export function switchboard(buffer: ArrayBufferLike): Int32Array {
  return new Int32Array(buffer, ADDRESS, Word.Count);
}

/** The kernels in one order on all threads, so that a number names each. */
export function kernelList(exports: Exports): string[] {
  return Object.keys(exports)
    .filter((name) => typeof exports[name] === "function")
    .sort();
}

/** Works on the open job until no units are left. `thread` numbers the scratch areas. */
export function work(board: Int32Array, exports: Exports, names: readonly string[], thread: number): void {
  const kernel = exports[names[board[Word.Kernel]]];
  const job = board[Word.Job];
  const units = board[Word.Units];
  const chunk = board[Word.Chunk];
  const scratch = (board[Word.Scratch] >>> 0) + thread * (board[Word.ScratchBytes] >>> 0);
  for (;;) {
    const begin = Atomics.add(board, Word.Next, chunk);
    if (begin >= units) return;
    kernel(job, begin, Math.min(units, begin + chunk), scratch);
  }
}
