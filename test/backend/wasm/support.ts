import { reference } from "../../../src/backend/reference.js";
import { compile } from "../../../src/backend/wasm/engine.js";
import { createWasmBackend, type WasmBackend } from "../../../src/backend/wasm/index.js";
import type { Algorithm, ConvGeometry } from "../../../src/backend/backend.js";
import type { Storage } from "../../../src/tensor/storage.js";
import { type AxisPadding, slide } from "../../../src/tensor/window.js";

export { reference };

/** A backend of its own, with its own memory and threads; `wide`: with the kernels meant for V8's revectoriser. */
export function wasmBackend(variant?: "wide"): WasmBackend {
  const engine = compile();
  const backend = createWasmBackend(undefined, variant && engine ? { ...engine, variant } : engine);
  if (backend === undefined) throw new Error("this machine cannot run WebAssembly with SIMD");
  return backend;
}

/** Reproducible numbers in [−1, 1), with whole draws for shapes. */
export class Draws {
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  next(): number {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) | 0;
    return (this.#seed >>> 0) / 2 ** 31 - 1;
  }

  whole(low: number, high: number): number {
    return low + Math.floor(((this.next() + 1) / 2) * (high - low + 1));
  }

  pick<T>(values: readonly T[]): T {
    return values[this.whole(0, values.length - 1)];
  }

  numbers(length: number): Float32Array {
    return Float32Array.from({ length }, () => this.next());
  }
}

/** Storages that a test holds on to, since their views alone do not keep them. */
const held: Storage[] = [];

/** Memory of the backend, filled with NaN so that what a kernel leaves out shows. */
export function output(backend: WasmBackend, length: number): Float32Array {
  const storage = backend.allocate(length);
  held.push(storage);
  return storage.view.fill(NaN);
}

export function inside(backend: WasmBackend, numbers: Float32Array): Float32Array {
  const view = output(backend, numbers.length);
  view.set(numbers);
  return view;
}

export function release(): void {
  for (const storage of held.splice(0)) storage.free();
}

/** The largest difference as a part of the largest number expected; infinite where one alone is NaN. */
export function distance(came: Float32Array, expected: Float32Array): number {
  let largest = 0;
  let error = 0;
  expected.forEach((value, index) => {
    const other = came[index];
    if (Object.is(value, other) || value === other) {
      largest = Math.max(largest, Number.isFinite(value) ? Math.abs(value) : 0);
      return;
    }
    largest = Math.max(largest, Math.abs(value));
    const apart = Math.abs(other - value);
    error = Math.max(error, Number.isNaN(apart) ? Infinity : apart);
  });
  return error === 0 ? 0 : error / largest;
}

export interface ConvShape {
  batch?: number;
  channels: number;
  size: [number, number];
  out: number;
  kernel: [number, number];
  stride?: number;
  padding?: AxisPadding;
  dilation?: number;
  groups?: number;
}

export function convGeometry({
  batch = 1,
  channels,
  size,
  out,
  kernel,
  groups = 1,
  ...rest
}: ConvShape): ConvGeometry {
  const [rows, columns] = [0, 1].map((axis) =>
    slide("test", { input: size[axis], kernel: kernel[axis], ...rest }),
  );
  return { batch, inputChannels: channels, outputChannels: out, groups, rows, columns };
}

/** Lengths of a convolution's input, weight and output. */
export function lengths(geometry: ConvGeometry): { input: number; weight: number; output: number } {
  const { batch, inputChannels, outputChannels, groups, rows, columns } = geometry;
  return {
    input: batch * inputChannels * rows.input * columns.input,
    weight: ((outputChannels * inputChannels) / groups) * rows.kernel * columns.kernel,
    output: batch * outputChannels * rows.output * columns.output,
  };
}

/** One of the three kernels: from two operands of a convolution to the third. */
export type Pass = "forward" | "input gradient" | "weight gradient";

export const PASSES: readonly Pass[] = ["forward", "input gradient", "weight gradient"];

/** What a pass reads, by the names of `lengths`; and what it gives. */
export const OPERANDS = {
  forward: ["input", "weight", "output"],
  "input gradient": ["output", "weight", "input"],
  "weight gradient": ["input", "output", "weight"],
} as const;

/** The result of a pass, which is copied out of the backend's memory. */
export function compute(
  wasm: WasmBackend,
  pass: Pass,
  first: Float32Array,
  second: Float32Array,
  geometry: ConvGeometry,
  algorithm: Algorithm,
): Float32Array {
  const to = output(wasm, lengths(geometry)[OPERANDS[pass][2]]);
  const [a, b] = [first, second].map((numbers) => inside(wasm, numbers));
  if (pass === "forward") wasm.conv2d(a, b, undefined, to, geometry, algorithm);
  else if (pass === "input gradient") wasm.conv2dInputGradient(a, b, undefined, to, geometry, algorithm);
  else wasm.conv2dWeightGradient(a, b, to, geometry, algorithm);
  const result = to.slice();
  release();
  return result;
}

/** Numbers of a normal distribution. */
export function normal(draws: Draws, length: number): Float32Array {
  const one = (): number => (draws.next() + 1) / 2 + 1e-9;
  return Float32Array.from({ length }, () => Math.sqrt(-2 * Math.log(one())) * Math.cos(2 * Math.PI * one()));
}
