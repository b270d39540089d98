import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { STAMP } from "./stamp.js";

/** A kernel works on the units [begin, end) of the job described at address `job`. */
export type Kernel = (job: number, begin: number, end: number, scratch: number) => void;

export type Exports = Record<string, Kernel>;

/**
 * `fma` fuses multiply and add, where the engine has relaxed SIMD; `simd` rounds in between. `wide` is `fma` in an
 * engine that joins pairs of vectors to 256 bits.
 */
export type Variant = "fma" | "simd" | "wide";

export interface Engine {
  module: WebAssembly.Module;
  variant: Variant;
}

const VARIANTS: readonly string[] = ["simd", "fma", "wide"] satisfies Variant[];

/**
 * Compiles the best module that this machine runs, or returns `undefined` if it has no SIMD.
 *
 * `CONVLAB_WASM` names the variant: `simd`; `fma`, which on Node 20 switches the engine's experimental flag on; or
 * `wide`, which switches V8's experimental revectoriser on (Node 24 and later). Without it, `fma` is used where the
 * engine has it without flags (Node 22 and later).
 */
export function compile(): Engine | undefined {
  // `node --jitless` has none.
  if (typeof WebAssembly === "undefined") return undefined;
  const wanted = process.env["CONVLAB_WASM"] ?? "";
  if (wanted !== "" && !VARIANTS.includes(wanted))
    throw new Error(`CONVLAB_WASM: expected ${VARIANTS.join(", ")}, got ${JSON.stringify(wanted)}`);
  const major = Number(process.versions.node.split(".")[0]);
  if (wanted === "wide") {
    if (major < 24)
      throw new Error(
        `CONVLAB_WASM: wide needs the revectoriser of Node 24 or later, this is ${process.version}`,
      );
    setFlagsFromString("--experimental-wasm-revectorize");
  }
  if (wanted === "fma" && major === 20) setFlagsFromString("--experimental-wasm-relaxed-simd");
  for (const name of wanted === "simd" ? (["simd"] as const) : (["fma", "simd"] as const)) {
    const path = pathOf(name);
    if (!existsSync(path)) continue;
    const bytes = readFileSync(path);
    if (!WebAssembly.validate(bytes)) continue;
    const variant = wanted === "wide" && name === "fma" ? wanted : name;
    return { module: checked(new WebAssembly.Module(bytes), path), variant };
  }
  return undefined;
}

function pathOf(variant: Variant): string {
  return join(__dirname, `kernels-${variant === "wide" ? "fma" : variant}.wasm`);
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
  const bytes = readFileSync(pathOf(variant));
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
