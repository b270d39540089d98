/** A worker thread: waits for jobs on the switchboard, spinning first and parked later. */
import { workerData } from "node:worker_threads";
import { instantiate } from "./engine.js";
import { CLOSED, kernelList, switchboard, Word, work } from "./switchboard.js";

/** Rounds of waiting before a worker parks: about 50 µs, which is half of what waking a parked thread costs. */
const SPINS = 4000;

interface WorkerInput {
  kernels: WebAssembly.Module;
  memory: WebAssembly.Memory;
  thread: number;
}

const { kernels: compiled, memory, thread } = workerData as WorkerInput;
const kernels = instantiate(compiled, memory);
const names = kernelList(kernels);
const board = switchboard(memory.buffer);

/** Waits until `turn` is no longer `seen`. */
function awaitTurn(seen: number): number {
  for (let spin = 0; spin < SPINS; spin++) {
    const turn = Atomics.load(board, Word.Turn);
    if (turn !== seen) return turn;
  }
  Atomics.add(board, Word.Parked, 1);
  Atomics.wait(board, Word.Turn, seen);
  Atomics.sub(board, Word.Parked, 1);
  return Atomics.load(board, Word.Turn);
}

/** Enters the open gate; false if it is closed. */
function enter(): boolean {
  for (;;) {
    const inside = Atomics.load(board, Word.Gate);
    if (inside === CLOSED) return false;
    if (Atomics.compareExchange(board, Word.Gate, inside, inside + 1) === inside) return true;
  }
}

Atomics.add(board, Word.Ready, 1);
for (let turn = Atomics.load(board, Word.Turn); ; turn = awaitTurn(turn)) {
  if (!enter()) continue;
  try {
    work(board, kernels, names, thread);
  } catch {
    Atomics.store(board, Word.Failed, 1);
  } finally {
    Atomics.sub(board, Word.Gate, 1);
  }
}
