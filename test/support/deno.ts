import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { findProgram } from "../../src/cli/find-program.js";

const root = path.resolve(__dirname, "../../..");

/** Deno: `$CONVLAB_DENO`, what the benchmarks have installed, or the first on the path. */
export function findDeno(): string | undefined {
  const installed = path.join(root, "bench", "node_modules", "deno", "deno");
  const candidates = [process.env["CONVLAB_DENO"] ?? "", installed, findProgram("deno") ?? ""];
  return candidates.find(
    (program) => existsSync(program) && spawnSync(program, ["jupyter", "--help"]).status === 0,
  );
}

/** A suite that drives Deno. Where it is missing it is skipped under its own name, or fails if everything is required. */
export function describeWithDeno(name: string, body: (deno: () => string) => void): void {
  describe(name, () => {
    let found: string | undefined;
    before(function () {
      found = findDeno();
      if (found !== undefined) return;
      if (process.env["CONVLAB_REQUIRE_ALL"]) throw new Error(`${name}: Deno is required and was not found`);
      this.skip();
    });
    body(() => found ?? "");
  });
}
