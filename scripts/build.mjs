// The steps of the build that the TypeScript compiler does not do.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

await Promise.all([compileKernels(), bundleSnapshot(), shrinkPlotly()]);

/** The checker and its TypeScript in one file, which is what a start-up snapshot can be made of. */
async function bundleSnapshot() {
  const { build } = await import("esbuild");
  const outfile = join(root, "dist/kernel/checker/snapshot-bundle.js");
  const { outputFiles } = await build({
    write: false,
    entryPoints: [join(root, "kernel/checker/snapshot-entry.ts")],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    // TypeScript's text is part of the snapshot, and less of it is loaded sooner.
    minify: true,
    logLevel: "error",
  });
  // Written only where it has changed: the snapshot is made anew for a newer file.
  const [{ text }] = outputFiles;
  if (!existsSync(outfile) || readFileSync(outfile, "utf8") !== text) writeFileSync(outfile, text);
  const { ensureSnapshot } = await import("../dist/kernel/checker/snapshot.js");
  await ensureSnapshot();
}

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
  const stale = Object.entries(variants).filter(([name]) => time(join(out, `kernels-${name}.wasm`)) < newest);
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

/** plotly.js as its package ships it has twice the size: pages carry this copy. */
async function shrinkPlotly() {
  const { resolve } = createRequire(import.meta.url);
  const { version } = JSON.parse(readFileSync(resolve("plotly.js-dist/package.json"), "utf8"));
  const outfile = join(root, "dist/src/cli/page/plotly.min.js");
  const banner = `/*! plotly.js v${version}, Copyright Plotly, Inc., MIT licence */`;
  if (existsSync(outfile) && readFileSync(outfile, "utf8").startsWith(banner)) return;
  const { build } = await import("esbuild");
  const options = { minify: true, legalComments: "inline", banner: { js: banner }, logLevel: "error" };
  await build({ ...options, entryPoints: [resolve("plotly.js-dist")], outfile });
}
