import { contextIsOpen, onUnwound } from "../../tensor/unwound.js";
import type { Numbers } from "../backend.js";
import type { Block } from "./blocks.js";
import type { Engine, Exports } from "./engine.js";
import type { Memory } from "./memory.js";
import { Threads } from "./threads.js";

/** Where a kernel's job description goes: words that the structure of the same order in assembly/ reads. */
const JOB = 4352;
const JOB_WORDS = 160;
/** What assembly/magnitudes.ts counts in. */
const BIN_BYTES = 1024;

/** What every driver needs: the memory, the threads, and a way to describe jobs. */
export class Runtime {
  readonly memory: Memory;
  readonly threads: Threads;
  /** Questions that kernels answer at once, outside of jobs. */
  readonly fingerprint: (from: number, bytes: number, to: number) => void;
  /** The typical magnitude of numbers in a row: see assembly/magnitudes.ts. */
  readonly typical: (address: number, count: number) => number;
  /** Which stretches of numbers have a peak far above what is typical of them: see there. */
  readonly comparePeaks: (
    address: number,
    maxima: number,
    parts: number,
    planes: number,
    cells: number,
    range: number,
    limit: number,
    out: number,
  ) => number;
  /** How far apart the weights of a filter are: see there. */
  readonly weightRange: (
    address: number,
    filters: number,
    channels: number,
    cells: number,
    filterStride: number,
    channelStride: number,
    limit: number,
  ) => number;
  readonly #words: Int32Array;
  /** Calls under way: one may make another. */
  readonly #calls: Call[] = [];

  /** Whether the engine joins vectors to 256 bits: kernels whose names end in Wide are for that. */
  readonly wide: boolean;

  constructor({ module, variant }: Engine, exports: Exports, memory: Memory) {
    this.memory = memory;
    this.wide = variant === "wide";
    this.fingerprint = exports["fingerprint"] as unknown as Runtime["fingerprint"];
    const bins = memory.take(BIN_BYTES);
    const question = (name: string): ((...words: number[]) => number) =>
      exports[name] as unknown as (...words: number[]) => number;
    const [typical, comparePeaks, weightRange] = ["typical", "comparePeaks", "weightRange"].map(question);
    this.typical = (address, count) => typical(address, count, count, 0, bins);
    this.comparePeaks = (...words) => comparePeaks(...words, bins);
    this.weightRange = (...words) => weightRange(...words, bins);
    this.threads = new Threads(module, exports, memory);
    this.#words = new Int32Array(memory.buffer, JOB, JOB_WORDS);
    // A backend that is gone takes its memory with it.
    const self = new WeakRef(this);
    onUnwound(() => self.deref()?.giveUp());
  }

  /** Writes a job description; it is valid until the next one. */
  job(words: readonly number[]): number {
    this.#words.set(words);
    return JOB;
  }

  /** Runs `body`, then gives back the temporary memory that it took. */
  call(body: (call: Call) => void): void {
    this.threads.settle();
    contextIsOpen();
    const call = new Call(this.memory);
    this.#calls.push(call);
    try {
      body(call);
      call.writeBack();
    } finally {
      this.#calls.pop();
      call.end();
    }
  }

  /** Ends the calls of code that was stopped by force, once no worker writes to what they borrowed. */
  giveUp(): void {
    this.threads.settle();
    for (const call of this.#calls.splice(0)) call.end();
  }
}

const number = new Float32Array(1);
const word = new Int32Array(number.buffer);

/** The bits of a float32, for a job description. */
export function bits(value: number): number {
  number[0] = value;
  return word[0];
}

const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);

/** The bits of a double, for a job description where it stands at a multiple of eight bytes. */
export function doubleBits(value: number): [number, number] {
  double[0] = value;
  return [halves[0], halves[1]];
}

/** The memory of one kernel call: addresses of its operands, and blocks that live until it returns. */
export class Call {
  readonly #memory: Memory;
  readonly #blocks: Block[] = [];
  readonly #outside: { address: number; view: Numbers }[] = [];

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** The address of `view`'s numbers, copied in if they live elsewhere. */
  input(view: Numbers): number {
    if (this.#memory.isOurs(view)) return view.byteOffset;
    const address = this.temporary(view.length * 4);
    this.#memory.numbers.set(view, address / 4);
    return address;
  }

  /** The address that `view`'s numbers are written to, copied out at the end if they live elsewhere. */
  output(view: Numbers): number {
    if (this.#memory.isOurs(view)) {
      this.#memory.blocks.at(view.byteOffset)?.touch();
      return view.byteOffset;
    }
    const address = this.temporary(view.length * 4);
    this.#outside.push({ address, view });
    return address;
  }

  temporary(bytes: number): number {
    const block = this.#memory.borrow(bytes);
    this.#blocks.push(block);
    return block.address;
  }

  /** The address of a table of whole numbers. */
  integers(values: readonly number[] | Int32Array): number {
    const address = this.temporary(values.length * 4);
    this.#memory.words.set(values, address / 4);
    return address;
  }

  /** The address of a table of float32 numbers. */
  numbers(values: readonly number[] | Float32Array): number {
    const address = this.temporary(values.length * 4);
    this.#memory.numbers.set(values, address / 4);
    return address;
  }

  writeBack(): void {
    for (const { address, view } of this.#outside) view.set(this.#memory.view(address, view.length));
  }

  end(): void {
    for (const block of this.#blocks) this.#memory.leave(block);
  }
}
