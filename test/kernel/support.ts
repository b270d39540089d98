import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  type ErrorOutput,
  type ExecuteOptions,
  type ExecuteResult,
  type KernelClient,
  type Output,
  startKernel,
} from "../../kernel/client";

/** An empty folder far from any node_modules, removed when mocha's suite ends. */
export class Folder {
  readonly path: string = mkdtempSync(path.join(tmpdir(), "convlab-test-"));

  write(name: string, text: string | Buffer): string {
    const file = path.join(this.path, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export interface Lab {
  readonly kernel: KernelClient;
  readonly folder: Folder;
  run(code: string, options?: ExecuteOptions): Promise<ExecuteResult>;
  /** Runs a cell that must succeed; its result's text, or what it wrote. */
  value(code: string): Promise<string | undefined>;
  /** Runs a cell that must fail; its one error output. */
  failure(code: string): Promise<ErrorOutput>;
}

/** A kernel for the tests of a suite, in an empty folder, with a history of its own. */
export function useKernel(
  options: {
    env?: Record<string, string>;
    /** What a new kernel needs before a test's next try. */
    prepare?: () => Promise<unknown>;
  } = {},
): Lab {
  let kernel: KernelClient | undefined;
  let folder: Folder | undefined;
  before(async () => {
    folder = new Folder();
    kernel = await openKernel(folder, options.env);
  });
  // A failed test may leave its cell running; a second try, and the tests after it, get a kernel of their own.
  afterEach(async function () {
    if (!folder || this.currentTest?.isPassed() || this.currentTest?.isPending()) return;
    await kernel?.shutdown();
    kernel = await openKernel(folder, options.env);
    await options.prepare?.();
  });
  after(async () => {
    await kernel?.shutdown();
    folder?.remove();
  });
  const lab: Lab = {
    get kernel() {
      if (!kernel) throw new Error("the kernel has not started");
      return kernel;
    },
    get folder() {
      if (!folder) throw new Error("the kernel has not started");
      return folder;
    },
    run: (code, executeOptions) => lab.kernel.execute(code, executeOptions),
    value: async (code) => textOf(succeeded(await lab.run(code)).outputs),
    failure: async (code) => {
      const { outputs } = await lab.run(code, { stopOnError: false });
      const errors = outputs.filter((output) => output.output_type === "error");
      if (errors.length !== 1)
        throw new Error(`${String(errors.length)} error outputs instead of one: ${JSON.stringify(outputs)}`);
      return errors[0];
    },
  };
  return lab;
}

export function openKernel(folder: Folder, env: Record<string, string> = {}): Promise<KernelClient> {
  const history = { CONVLAB_HISTORY: path.join(folder.path, ".history.jsonl") };
  return startKernel({ cwd: folder.path, env: { ...history, ...env } });
}

export function succeeded(result: ExecuteResult): ExecuteResult {
  if (result.status !== "ok")
    throw new Error(`the cell ended with ${result.status}: ${result.error?.traceback.join("\n") ?? ""}`);
  return result;
}

/** The result's text, or else what was written. */
export function textOf(outputs: readonly Output[]): string | undefined {
  const result = outputs.find((output) => output.output_type === "execute_result");
  if (result) return String(result.data["text/plain"]);
  const written = outputs.flatMap((output) => (output.output_type === "stream" ? [output.text] : []));
  return written.length === 0 ? undefined : written.join("");
}

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until `condition` holds; for what other processes do in their own time. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string,
  ms = 20_000,
): Promise<void> {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${String(ms / 1000)} s`);
    await delay(10);
  }
}
