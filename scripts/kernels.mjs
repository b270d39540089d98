// The fast backend's AssemblyScript → dist/src/backend/wasm/kernels-{simd,fma}.wasm.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const sources = join(root, "src/backend/wasm/assembly");
const variants = { simd: "simd,threads", fma: "simd,threads,relaxed-simd" };

/** What the sources are, in twelve digits: each module carries it, and its driver refuses any other. */
export function stampOf(folder = sources) {
  const hash = createHash("sha256");
  for (const name of readdirSync(folder).sort())
    hash.update(`${name}\0${readFileSync(join(folder, name))}\0`);
  return hash.digest("hex").slice(0, 12);
}

/** Compiles the modules that were made from other sources, and tells the driver which sources these are. */
export async function compileKernels() {
  const out = process.env.CONVLAB_KERNELS_OUT ?? join(root, "dist/src/backend/wasm");
  const stamp = stampOf();
  const stale = Object.keys(variants).filter((name) => stampIn(join(out, `kernels-${name}.wasm`)) !== stamp);
  if (stale.length > 0) mkdirSync(out, { recursive: true });
  for (const name of stale) await compile(name, join(out, `kernels-${name}.wasm`), stamp);
  // The compiler of the driver has run already, so its output is told as well.
  for (const path of ["src/backend/wasm/stamp.ts", "dist/src/backend/wasm/stamp.js"]) {
    const text = readFileSync(join(root, path), "utf8");
    const told = text.replace(/"[0-9a-f]{12}"/, `"${stamp}"`);
    if (told !== text) writeFileSync(join(root, path), told);
  }
}

async function compile(variant, path, stamp) {
  await compileModule(join(sources, "index.ts"), path, variant);
  writeFileSync(path, Buffer.concat([readFileSync(path), section("convlab", stamp)]));
}

/** One AssemblyScript file → a module that imports its memory. */
export async function compileModule(source, path, variant) {
  const { default: asc } = await import("assemblyscript/asc");
  const { error, stderr } = await asc.main([
    source,
    ...["--baseDir", "/", "--outFile", path],
    // -O3 and unrolled loops let the engine hoist loads out of the register tile, which then spills.
    ...["-O2", "--noAssert", "--runtime", "stub", "--use", "abort="],
    ...["--importMemory", "--noExportMemory", "--sharedMemory"],
    ...["--initialMemory", "1", "--maximumMemory", "65536", "--enable", variants[variant]],
    // Names of functions, for profiles.
    "--debug",
  ]);
  if (error) throw new Error(`AssemblyScript: ${stderr.toString()}`, { cause: error });
}

/** A custom section: its kind (0), its length, the length of its name, its name, its text. All are short. */
function section(name, text) {
  const content = Buffer.from(text);
  return Buffer.from([0, 1 + name.length + content.length, name.length, ...Buffer.from(name), ...content]);
}

/** The stamp of a module: this engine may not know all of its instructions, so it is read from the file's end. */
function stampIn(path) {
  return existsSync(path) && /convlab([0-9a-f]{12})$/.exec(readFileSync(path, "latin1"))?.[1];
}
