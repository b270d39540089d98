import type { Output } from "./notebook/format.js";

/** The kernel client as the command uses it; `kernel/client` supplies it. */
export interface ExecuteResult {
  status: "ok" | "error" | "aborted";
  executionCount: number | null;
  outputs: Output[];
  error?: { ename: string; evalue: string; traceback: string[] };
}

export interface KernelClient {
  execute(
    code: string,
    options?: {
      onOutput?(outputs: Output[]): void;
      storeHistory?: boolean;
      timeout?: number;
      stopOnError?: boolean;
      stdin?(prompt: string, password: boolean): Promise<string>;
    },
  ): Promise<ExecuteResult>;
  readonly info: { implementation: string; language_info: Record<string, unknown> };
  interrupt(): Promise<void>;
  shutdown(): Promise<void>;
  /** Resolves when the kernel process ends without being asked. */
  readonly died: Promise<{ code: number | null; signal: string | null; stderr: string }>;
}

export type StartKernel = (options: {
  kernelName?: string;
  cwd: string;
  env?: Record<string, string>;
  timeout?: number;
}) => Promise<KernelClient>;

// Replaced by a plain import as soon as kernel/client is there.
const clientModule: string = "../../kernel/client/index.js";
export const startKernel: StartKernel = async (options) => {
  const client = (await import(clientModule)) as { startKernel: StartKernel };
  return client.startKernel(options);
};

// Likewise, as soon as kernel/kernelspec is there.
const kernelspecModule: string = "../../kernel/kernelspec.js";
export async function writeKernelspec(dataFolder: string): Promise<string> {
  const kernelspec = (await import(kernelspecModule)) as { writeKernelspec(folder: string): string };
  return kernelspec.writeKernelspec(dataFolder);
}
