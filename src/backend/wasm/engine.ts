import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { STAMP } from "./stamp.js";

/** A kernel works on the units [begin, end) of the job described at address `job`. */
export type Kernel = (job: number, begin: number, end: number, scratch: number) => void;

export type Exports = Record<string, Kernel>;

/** Which module runs. `fma` fuses multiply and add, where the engine has relaxed SIMD; `simd` rounds in between. */
export type Variant = "fma" | "simd";

export interface Engine {
  module: WebAssembly.Module;
  variant: Variant;
}

/**
 * Compiles the best module that this machine runs, or returns `undefined` if it has no SIMD.
 *
 * `CONVLAB_WASM` names the variant: `simd`, or `fma`, which on Node 20 switches the engine's experimental flag
 * on. Without it, `fma` is used where the engine has it without flags (Node 22 and later).
 */
export function compile(): Engine | undefined {
  // `node --jitless` has none.
  if (typeof WebAssembly === "undefined") return undefined;
  const wanted = process.env["CONVLAB_WASM"];
  if (wanted === "fma" && process.versions.node.startsWith("20.")) {
    setFlagsFromString("--experimental-wasm-relaxed-simd");
  }
  const variants: Variant[] = wanted === "simd" ? ["simd"] : ["fma", "simd"];
  for (const variant of variants) {
    const path = join(__dirname, `kernels-${variant}.wasm`);
    if (!existsSync(path)) continue;
    const bytes = readFileSync(path);
    if (WebAssembly.validate(bytes)) return { module: checked(new WebAssembly.Module(bytes), path), variant };
  }
  return undefined;
}

/** The module, if it was built from the sources that this driver belongs to: their job descriptions must agree. */
export function checked(module: WebAssembly.Module, path: string): WebAssembly.Module {
  const [section] = WebAssembly.Module.customSections(module, "convlab");
  const found = section === undefined ? "no stamp" : Buffer.from(section).toString();
  if (found !== STAMP) {
    throw new Error(
      `convlab: ${path} is of another build than its driver (${found}, expected ${STAMP}): run npm run build`,
    );
  }
  return module;
}

/** The same module for memory that is not shared: one bit of the memory's import says which. */
export function compileUnshared({ variant }: Engine): Engine {
  const bytes = readFileSync(join(__dirname, `kernels-${variant}.wasm`));
  const name = Buffer.from("\x03env\x06memory\x02", "latin1");
  const at = bytes.indexOf(name);
  if (at < 0) throw new Error("the WebAssembly module does not import env.memory");
  // Limits: bit 0 says that a maximum follows, bit 1 that the memory is shared.
  bytes[at + name.length] &= ~2;
  return { module: new WebAssembly.Module(bytes), variant };
}

export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Exports {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as Exports;
}
