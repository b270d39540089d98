/** What the kernel and the executor, the process that runs cells, say to each other. */
import type { CompiledCell, CompletionItem } from "../checker/messages";
import type { TextMessage } from "../frames";

/** MIME type → text, base64 for images, objects for JSON types. */
export type MimeBundle = Record<string, unknown>;

export interface ErrorContent {
  ename: string;
  evalue: string;
  traceback: string[];
}

export interface CommContent {
  comm_id: string;
  target_name?: string;
  data: unknown;
}

/** Every message names the cell it belongs to, so that late output finds its place. */
export type FromExecutor =
  | { type: "ready" }
  | TextMessage
  | { type: "display"; cell: number; data: MimeBundle; metadata: object; displayId?: string; update: boolean }
  | { type: "clear"; cell: number; wait: boolean }
  | { type: "result"; cell: number; data: MimeBundle; metadata: object }
  | { type: "page"; cell: number; data: MimeBundle }
  | { type: "done"; cell: number; error?: ErrorContent; assigned: string[] | "all" }
  | { type: "evaluated"; cell: number; data?: MimeBundle; error?: ErrorContent }
  | { type: "input"; cell: number; ask: number; prompt: string; password: boolean }
  | {
      type: "comm";
      cell: number;
      /** The header of the message that this one answers, where it is not the cell's request. */
      parent?: object;
      kind: "comm_open" | "comm_msg" | "comm_close";
      content: CommContent;
      metadata: object;
      buffers: Uint8Array[];
    }
  | { type: "exit"; cell: number; code: number }
  /** A cell has changed what the process itself relies on: it can run no other. */
  | { type: "broken"; reason: string }
  | { type: "members"; ask: number; items: CompletionItem[] }
  | { type: "pong"; ping: number };

export interface RunRequest {
  type: "run";
  cell: number;
  /** How tracebacks name the cell: its execution count. */
  label: string;
  source: string;
  compiled: CompiledCell;
  silent: boolean;
}

export type ToExecutor =
  | RunRequest
  | { type: "evaluate"; cell: number; label: string; source: string; compiled: CompiledCell }
  | { type: "interrupt"; cell: number }
  | { type: "ping"; ping: number }
  | { type: "answer"; reply: InputReply }
  /** Asks for the members of a value that a name and properties lead to. */
  | { type: "members"; ask: number; path: readonly string[] }
  | {
      type: "comm";
      header: object;
      kind: "comm_open" | "comm_msg" | "comm_close";
      content: CommContent;
      metadata: object;
      buffers: Uint8Array[];
    };

/** What comes back to a question: by the input pipe to a `prompt` that blocks, as a message where `ask` is below zero. */
export type InputReply = { ask: number } & ({ value: string } | { refused: true } | { interrupted: true });

/** What the pipe of interrupts carries, as 32-bit numbers: a cell to stop, minus one up to which all are, or these. */
export const interrupts = { terminate: 0, release: -2_147_483_648 } as const;

/** The executor's pipes, by file descriptor. */
export const pipes = { output: 3, commands: 4, interrupts: 5, input: 6 } as const;
