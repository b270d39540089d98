/** The kernel's side of the executor: starts the process, talks to it, stops what it runs, notices its end. */
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { programs } from "../package-root";
import { encodeFrame, frameDecoder } from "../frames";
import { type FromExecutor, type InputReply, interrupts, pipes, type ToExecutor } from "./messages";

export interface ExecutorEvents {
  message(message: FromExecutor): void;
  /** What child processes and native code write straight to the process's own descriptors. */
  stray(name: "stdout" | "stderr", text: string): void;
  exit(cause: string): void;
}

const flags = [
  // Without it, ending a loop that runs inside a timer aborts the process ("async hook stack has become corrupted").
  "--no-force-async-hooks-checks",
  "--disable-warning=ExperimentalWarning",
];

export class ExecutorProcess {
  /** Its main program has run: from here on it can be interrupted. */
  ready = false;
  /** A termination has been asked for and has not struck yet. */
  terminating = false;
  private readonly child: ChildProcess;
  private exitCode: number | undefined;
  private complaint = "";
  private pings = 0;
  private readonly pongs = new Map<number, () => void>();

  constructor(
    folder: string,
    private readonly events: ExecutorEvents,
  ) {
    this.child = spawn(process.execPath, [...flags, path.join(programs, "executor", "main.js")], {
      cwd: folder,
      // What a notebook prints is the same on every machine: fused arithmetic, where an engine has it, is asked for.
      env: { CONVLAB_WASM: "simd", ...process.env },
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe", "pipe"],
      // A group of its own: what a cell starts can be interrupted with it, and a terminal's Ctrl-C does not reach it.
      detached: true,
    });
    for (const name of ["stdout", "stderr"] as const) {
      this.child[name]?.setEncoding("utf8").on("data", (text: string) => {
        // V8 tells of its own end on the process's stderr: that is the cause of an exit and no output of a cell.
        this.complaint = (this.complaint + text).slice(-4000);
        if (!isEngineReport(this.complaint)) events.stray(name, text);
      });
    }
    (this.child.stdio[pipes.output] as Readable).on(
      "data",
      frameDecoder((message) => this.receive(message as FromExecutor)),
    );
    this.writable(pipes.interrupts).on("data", () => (this.terminating = false));
    for (const pipe of [pipes.commands, pipes.interrupts, pipes.input])
      this.writable(pipe).on("error", () => undefined);
    this.child.on("close", (code, signal) => events.exit(this.causeOfEnd(code, signal)));
  }

  send(message: ToExecutor): void {
    this.writable(pipes.commands).write(encodeFrame(message));
  }

  answerInput(reply: InputReply): void {
    if (reply.ask < 0) {
      this.send({ type: "answer", reply });
      return;
    }
    this.writable(pipes.input).write(`${JSON.stringify(reply)}\n`);
  }

  /** Ends whatever the main thread is executing at this moment. */
  terminate(): void {
    if (this.terminating) return;
    this.terminating = true;
    this.order(interrupts.terminate);
  }

  /** Lets the awaits of this cell throw, even where its event loop does not turn. */
  stop(cell: number): void {
    this.order(cell);
  }

  /** The same for all cells up to this one: what they have left running. */
  stopUpTo(cell: number): void {
    this.order(-cell);
  }

  /** Resolves when the process's event loop turns. */
  ping(): Promise<void> {
    const ping = ++this.pings;
    return new Promise((resolve) => {
      this.pongs.set(ping, resolve);
      this.send({ type: "ping", ping });
    });
  }

  /** What the cell has started and waits for (`execSync`) gets the terminal's interrupt. */
  interruptGroup(): void {
    this.signal("SIGINT");
  }

  kill(): void {
    this.signal("SIGKILL");
  }

  /** No more than the one cell is to stop. */
  release(): void {
    this.order(interrupts.release);
  }

  private order(number: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(number);
    this.writable(pipes.interrupts).write(bytes);
  }

  private signal(signal: NodeJS.Signals): void {
    const { pid } = this.child;
    if (pid === undefined || this.child.exitCode !== null || this.child.signalCode !== null) return;
    try {
      process.kill(-pid, signal);
    } catch {
      this.child.kill(signal); // The group has gone already.
    }
  }

  private receive(message: FromExecutor): void {
    if (message.type === "pong") {
      // An answer to one is an answer to all that were asked before.
      for (const [ping, resolve] of this.pongs) {
        if (ping > message.ping) continue;
        this.pongs.delete(ping);
        resolve();
      }
      return;
    }
    if (message.type === "ready") this.ready = true;
    if (message.type === "exit") this.exitCode = message.code;
    this.events.message(message);
  }

  private writable(pipe: number): Writable {
    return this.child.stdio[pipe] as Writable;
  }

  private causeOfEnd(code: number | null, signal: NodeJS.Signals | null): string {
    if (/heap out of memory|Array buffer allocation failed|Reached heap limit/.test(this.complaint))
      return "it ran out of memory";
    if (this.exitCode !== undefined) return `the cell ended it with process.exit(${this.exitCode})`;
    if (signal === "SIGKILL") return "it was killed (SIGKILL), as a system that runs out of memory does";
    if (signal) return `it crashed (${signal})`;
    return `it ended with exit code ${String(code)}`;
  }
}

function isEngineReport(text: string): boolean {
  return /<--- Last few GCs --->|FATAL ERROR|# Fatal error|----- Native stack trace -----/.test(text);
}
