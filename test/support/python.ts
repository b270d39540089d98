import { spawnSync } from "node:child_process";

const candidates = [process.env.CONVLAB_PYTHON ?? "", "python3", "python"].filter((name) => name !== "");

/** A Python that can import all of `modules`: `$CONVLAB_PYTHON`, or the first on the path. */
export function findPython(...modules: readonly string[]): string | undefined {
  const script = modules.map((module) => `import ${module}`).join("\n");
  return candidates.find((python) => spawnSync(python, ["-c", script]).status === 0);
}

/**
 * A suite that drives Python's `modules`. Where they are missing it is skipped under its own name, or fails if
 * `CONVLAB_REQUIRE_ALL` is set.
 */
export function describeWithPython(
  name: string,
  modules: readonly string[],
  body: (python: () => string) => void,
): void {
  describe(name, () => {
    let found: string | undefined;
    before(function () {
      found = findPython(...modules);
      if (found !== undefined) return;
      if (process.env.CONVLAB_REQUIRE_ALL) {
        throw new Error(`${name}: Python with ${modules.join(", ")} is required and was not found`);
      }
      this.skip();
    });
    body(() => found ?? "");
  });
}
