/** What users of the client see: a kernel, what one asks of it, what comes back. */
import type { Message } from "../wire";
import type { Output } from "./outputs";

export interface ExecuteResult {
  status: "ok" | "error" | "aborted";
  executionCount: number | null;
  outputs: Output[];
  error?: { ename: string; evalue: string; traceback: string[] };
  /** The whole of the reply: payload, user expressions. */
  reply: Record<string, unknown>;
}

export interface ExecuteOptions {
  /** Called with the outputs so far whenever they change, also when that is after the cell has ended. */
  onOutput?: (outputs: Output[]) => void;
  storeHistory?: boolean;
  silent?: boolean;
  stopOnError?: boolean;
  userExpressions?: Record<string, string>;
  /** Milliseconds after which the cell is interrupted and the promise rejects. */
  timeout?: number;
  stdin?: (prompt: string, password: boolean) => Promise<string>;
}

export interface StartOptions {
  kernelName?: string;
  cwd: string;
  env?: Record<string, string>;
  /** Milliseconds the kernel has to answer its first question. */
  timeout?: number;
}

/** How a kernel process ended without being asked. */
export interface Death {
  code: number | null;
  signal: string | null;
  stderr: string;
}

/** A kernel that ended while somebody waited for it. */
export class KernelDied extends Error {
  override name = "KernelDied";
  constructor(readonly death: Death) {
    const how = death.signal ? `killed by ${death.signal}` : `exit code ${String(death.code)}`;
    super(
      `The kernel died (${how})${death.stderr === "" ? "." : `: ${death.stderr.split("\n").at(-1) ?? ""}`}`,
    );
  }
}

export interface KernelClient {
  readonly info: Record<string, unknown>;
  readonly pid: number | undefined;
  execute(code: string, options?: ExecuteOptions): Promise<ExecuteResult>;
  /** Any other request: its reply's content. */
  request(type: string, content: object, channel?: "shell" | "control"): Promise<Record<string, unknown>>;
  /** A message that has no reply: the comms'. */
  send(
    type: string,
    content: object,
    extra?: { metadata?: Record<string, unknown>; buffers?: Buffer[] },
  ): void;
  /** Every message of the output channel. */
  onIopub(listener: (message: Message) => void): void;
  /** Resolves when the kernel's heart has answered: it is there, whatever its cells do. */
  heartbeat(): Promise<void>;
  interrupt(): Promise<void>;
  shutdown(): Promise<void>;
  readonly died: Promise<Death>;
}
