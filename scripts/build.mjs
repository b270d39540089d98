// The steps of the build that the TypeScript compiler does not do.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import { compileKernels } from "./kernels.mjs";
import { joinLibrary } from "./library.mjs";

const root = join(import.meta.dirname, "..");

// The kernels come first: what they were made from stands in a module of the library.
await compileKernels();
joinLibrary();
await Promise.all([bundlePrograms(), bundleSnapshot(), shrinkPlotly()]);

/** The kernel's programs in one file each, in the place of their entries: thirty files take longer to load. */
async function bundlePrograms() {
  const { build } = await import("esbuild");
  await build({
    entryPoints: ["main", "executor/main", "executor/program", "executor/interrupter"].map((name) =>
      join(root, `kernel/${name}.ts`),
    ),
    outbase: join(root, "kernel"),
    outdir: join(root, "dist/kernel"),
    bundle: true,
    external: ["zeromq"],
    banner: {
      js: "// With parts of entities, Copyright (c) Felix Böhm, BSD-2-Clause licence, and of resolve.exports, Copyright (c) Luke Edwards, MIT licence.",
    },
    platform: "node",
    target: "node20",
    sourcemap: true,
    logLevel: "error",
  });
}

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
  // Written only where it has changed: the snapshot is made anew for a newer file, also for other declarations in it.
  const text = `// Declarations: ${declarations()}\n${outputFiles[0].text}`;
  if (!existsSync(outfile) || readFileSync(outfile, "utf8") !== text) writeFileSync(outfile, text);
  const { ensureSnapshot } = await import("../dist/kernel/checker/snapshot.js");
  await ensureSnapshot();
}

/** A digest of all that convlab declares to its cells. */
function declarations() {
  const folder = join(root, "dist/src");
  const digest = createHash("sha256");
  for (const name of readdirSync(folder, { recursive: true }).sort())
    if (name.endsWith(".d.ts")) digest.update(readFileSync(join(folder, name)));
  return digest.digest("hex");
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
