// Compiles assembly/ceilings.ts as the build compiles the kernels; gives functions that measure GFLOP/s.
import { readFileSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileModule } from "../../scripts/kernels.mjs";

export async function ceilings() {
  const lab = createRequire(import.meta.url)("../../dist/src/index.js");
  const { variant } = lab.backend();
  const folder = mkdtempSync(join(tmpdir(), "bench-ceilings-"));
  const path = join(folder, "ceilings.wasm");
  await compileModule(
    join(import.meta.dirname, "assembly/ceilings.ts"),
    path,
    variant === "wide" ? "fma" : variant,
  );
  const module = new WebAssembly.Module(readFileSync(path));
  rmSync(folder, { recursive: true });
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 65536, shared: true });
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports;
  const tile = variant === "wide" ? exports.tileWide : exports.tile;
  const rate = (count) => {
    const start = performance.now();
    tile(count);
    return (count * 2 * 4 * 64 * 32) / (performance.now() - start) / 1e6;
  };
  for (let i = 0; i < 200; i++) rate(20);
  return { variant, tile: () => rate(200) };
}
