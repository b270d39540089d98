import type { Backend } from "../backend.js";
import { reference } from "../reference.js";
import { convolutionKernels } from "./convolution.js";
import { elementwiseKernels } from "./elementwise.js";
import { compile, compileUnshared, type Engine, instantiate, type Variant } from "./engine.js";
import { foldKernels } from "./fold.js";
import { matmulKernels } from "./matmul.js";
import { Memory, reserve, type Space } from "./memory.js";
import { poolingKernels } from "./pooling.js";
import { reductionKernels } from "./reduction.js";
import { resampleKernels } from "./resample.js";
import { Runtime } from "./runtime.js";
import { samplingKernels } from "./sampling.js";
import { weightGradientKernels } from "./weight-gradient.js";
import { WeightCache } from "./weights.js";

/** A backend whose threads can be counted and ended. */
export interface WasmBackend extends Backend {
  /** Threads that share a large job; 1 where memory cannot be shared. Results do not depend on it. */
  threads: number;
  /** How many of them have started: workers do when there was enough work to pay for them. */
  readonly running: number;
  /** What runs: `fma` where the engine has relaxed SIMD, otherwise `simd`; `wide` where it was asked for. */
  readonly variant: Variant;
}

/**
 * The fast backend: WebAssembly with SIMD, worker threads on shared memory. `undefined` where this machine has no
 * SIMD or no memory to reserve. `src/backend/README.md` explains how it computes.
 */
export function createWasmBackend(
  space: Space | undefined = reserve(),
  engine: Engine | undefined = compile(),
): WasmBackend | undefined {
  if (engine === undefined || space === undefined) return undefined;
  if (!space.shared) engine = compileUnshared(engine);
  const memory = new Memory(space);
  const exports = instantiate(engine.module, space.memory);
  const runtime = new Runtime(engine, exports, memory);
  const cache = new WeightCache(memory, runtime.fingerprint);
  return {
    ...reference,
    ...convolutionKernels(runtime, cache),
    ...weightGradientKernels(runtime),
    ...elementwiseKernels(runtime),
    ...foldKernels(runtime),
    ...matmulKernels(runtime),
    ...poolingKernels(runtime),
    ...reductionKernels(runtime),
    ...resampleKernels(runtime),
    ...samplingKernels(runtime),
    name: "wasm",
    variant: engine.variant,
    allocate: (length, owned) => memory.allocate(length, owned),
    get running() {
      return runtime.threads.running;
    },
    get threads() {
      return runtime.threads.count;
    },
    set threads(count) {
      runtime.threads.count = count;
    },
  };
}
