// The steps of the build that the TypeScript compiler does not do.
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

await compileKernels();

/** The fast backend's AssemblyScript → dist/src/backend/wasm/kernels-{simd,fma}.wasm, if a source is newer. */
async function compileKernels() {
  const sources = join(root, "src/backend/wasm/assembly");
  const out = process.env.CONVLAB_KERNELS_OUT ?? join(root, "dist/src/backend/wasm");
  const time = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);
  const newest = Math.max(
    ...readdirSync(sources).map((name) => time(join(sources, name))),
    time(import.meta.filename),
  );
  const variants = { simd: "simd,threads", fma: "simd,threads,relaxed-simd" };
  const stale = Object.entries(variants).filter(
    ([name]) => time(join(out, `kernels-${name}.wasm`)) < newest,
  );
  if (stale.length === 0) return;
  mkdirSync(out, { recursive: true });
  const { default: asc } = await import("assemblyscript/asc");
  for (const [name, features] of stale) {
    const { error, stderr } = await asc.main([
      join(sources, "index.ts"),
      ...["--baseDir", "/", "--outFile", join(out, `kernels-${name}.wasm`)],
      // -O3 and unrolled loops let the engine hoist loads out of the register tile, which then spills.
      ...["-O2", "--noAssert", "--runtime", "stub", "--use", "abort="],
      ...["--importMemory", "--noExportMemory", "--sharedMemory"],
      ...["--initialMemory", "1", "--maximumMemory", "65536", "--enable", features],
    ]);
    if (error) throw new Error(`AssemblyScript: ${stderr.toString()}`, { cause: error });
  }
}
