import { execFile, spawnSync } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

/** The Python to use: `$CONVLAB_PYTHON`, or the system's. */
export const python: string = process.env["CONVLAB_PYTHON"] ?? "python3";

/** Where the scripts beside the tests' sources are. */
export const scripts: string = path.resolve(__dirname, "../../../test/kernel");

/**
 * Why Python with `modules` cannot be used, or undefined where it can.
 *
 * @throws an Error instead where everything is required.
 */
export function missingPython(modules: readonly string[]): string | undefined {
  const { status } = spawnSync(python, ["-c", `import ${modules.join(", ")}`], { stdio: "ignore" });
  if (status === 0) return undefined;
  const reason = `needs Python with ${modules.join(", ")}`;
  if (process.env["CONVLAB_REQUIRE_ALL"]) throw new Error(reason);
  return reason;
}

export async function runPython(
  args: readonly string[],
  options: { cwd: string; env: Record<string, string> },
): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, ...options.env };
  return promisify(execFile)(python, args, { ...options, env, maxBuffer: 1 << 26 });
}
