import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Exports } from "./engine.js";
import type { Memory } from "./memory.js";
import { CLOSED, kernelList, switchboard, Word, work } from "./switchboard.js";

/** A job with less work than this (in multiply-adds, about 0.1 ms) is not worth a second thread. */
const WORTHWHILE = 1_500_000;
/** A worker takes 50 ms to start, so the first is started only after this much work was done without. */
const WARM = 300_000_000;

/** More threads than this cost more than they bring. */
const MOST = 64;

/** More units than any job has, with room for what workers still add. */
const NEVER = 2 ** 30;

/** Runs kernels on this thread and on workers, splitting each job over independent units only. */
export class Threads {
  readonly #memory: Memory;
  readonly #module: WebAssembly.Module;
  readonly #exports: Exports;
  readonly #names: readonly string[];
  readonly #board: Int32Array;
  readonly #workers: Worker[] = [];
  #count: number;
  #warmth = 0;
  #scratch = 0;
  #scratchBytes = 0;
  #scratchThreads = 0;

  constructor(module: WebAssembly.Module, exports: Exports, memory: Memory) {
    this.#module = module;
    this.#exports = exports;
    this.#names = kernelList(exports);
    this.#memory = memory;
    this.#board = switchboard(memory.buffer);
    this.#board[Word.Gate] = CLOSED;
    const wanted = wantedThreads() ?? Math.min(availableParallelism(), 16);
    this.#count = memory.shared ? wanted : 1;
  }

  /** How many threads share a large job, this one included. */
  get count(): number {
    return this.#count;
  }

  set count(count: number) {
    this.#count = this.#memory.shared ? Math.max(1, Math.floor(count)) : 1;
    this.#warmth = WARM;
  }

  /** How many threads have started, this one included. */
  get running(): number {
    return 1 + Atomics.load(this.#board, Word.Ready);
  }

  /** Threads that will take part in a job of so many multiply-adds: what a plan may count on. */
  plan(operations: number): number {
    return operations < WORTHWHILE ? 1 : this.#count;
  }

  /**
   * Runs `kernel` over the units [0, units) of the job at address `job`. `operations` is the job's size in
   * multiply-adds, `scratchBytes` the scratch memory that each thread needs.
   */
  run(kernel: string, job: number, units: number, operations: number, scratchBytes = 0): void {
    if (units <= 0) return;
    const threads = units > 1 ? this.plan(operations) : 1;
    const bytes = Math.ceil(scratchBytes / 64) * 64;
    this.#reserveScratch(bytes, threads);
    if (threads > 1 && this.#start(operations)) this.#share(kernel, job, units);
    else this.#exports[kernel](job, 0, units, this.#scratch);
  }

  #share(kernel: string, job: number, units: number): void {
    const board = this.#board;
    board[Word.Kernel] = this.#names.indexOf(kernel);
    board[Word.Job] = job;
    board[Word.Units] = units;
    // Several chunks for each thread, so that one that is late or slow takes fewer.
    board[Word.Chunk] = Math.max(1, Math.floor(units / (this.#count * 4)));
    board[Word.Scratch] = this.#scratch;
    board[Word.ScratchBytes] = this.#scratchBytes;
    Atomics.store(board, Word.Next, 0);
    Atomics.store(board, Word.Gate, 0);
    Atomics.add(board, Word.Turn, 1);
    if (Atomics.load(board, Word.Parked) > 0) Atomics.notify(board, Word.Turn);
    try {
      work(board, this.#exports, this.#names, 0);
    } finally {
      this.#close();
    }
    if (Atomics.exchange(board, Word.Failed, 0) !== 0)
      throw new Error(`convlab: a worker failed in ${kernel}`);
  }

  /**
   * Gives up a job that was stopped from outside: a cell that is interrupted runs no `finally`. Until the workers
   * have left it, they read its description and write to its memory.
   */
  settle(): void {
    if (Atomics.load(this.#board, Word.Gate) !== CLOSED) this.#close();
  }

  /** Waits until no worker is inside, and closes the gate. */
  #close(): void {
    Atomics.store(this.#board, Word.Next, NEVER);
    while (Atomics.compareExchange(this.#board, Word.Gate, 0, CLOSED) !== 0);
  }

  /** Starts missing workers once there was enough work to pay for them; they join in when they are ready. */
  #start(operations: number): boolean {
    this.#warmth += operations;
    if (this.#warmth < WARM) return false;
    while (this.#workers.length < this.#count - 1) {
      const thread = this.#workers.length + 1;
      try {
        const worker = new Worker(join(__dirname, "worker.js"), {
          workerData: { kernels: this.#module, memory: this.#memory.memory, thread },
          execArgv: [],
        });
        worker.on("error", (error) => this.#giveUp("a worker thread ended", error));
        // A process may end while workers wait.
        worker.unref();
        this.#workers.push(worker);
      } catch (error) {
        // Node's permission model, for one, refuses threads.
        this.#giveUp("a worker thread could not start", error);
      }
    }
    return this.#count > 1;
  }

  /** Goes on without workers, and says so once. */
  #giveUp(what: string, error: unknown): void {
    if (this.#count > 1) process.emitWarning(`convlab: ${what}, one thread computes: ${String(error)}`);
    this.#count = 1;
  }

  #reserveScratch(bytes: number, threads: number): void {
    const count = Math.max(threads, this.#workers.length + 1);
    if (bytes <= this.#scratchBytes && count <= this.#scratchThreads) return;
    const size = Math.max(bytes, this.#scratchBytes, 65_536);
    if (this.#scratchThreads > 0) this.#memory.give(this.#scratch);
    this.#scratchThreads = 0;
    this.#scratch = this.#memory.take(size * count);
    this.#scratchBytes = size;
    this.#scratchThreads = count;
  }
}

/** What `CONVLAB_THREADS` asks for, if it is set. */
function wantedThreads(): number | undefined {
  const wanted = process.env["CONVLAB_THREADS"] ?? "";
  if (wanted === "") return undefined;
  const count = /^\d+$/.test(wanted) ? Number(wanted) : 0;
  if (count >= 1 && count <= MOST) return count;
  throw new Error(
    `CONVLAB_THREADS: expected a whole number from 1 to ${MOST}, got ${JSON.stringify(wanted)}`,
  );
}
