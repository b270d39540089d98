/** The kernel's side of the executor: starts the process, talks to it, stops what it runs, notices its end. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { programs } from "../package-root";
import { FrameReader, FrameWriter } from "../frames";
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
  private readonly writer: FrameWriter;
  private isHeard = false;
  private isHeld = false;
  /** How often something came by the process's own descriptors. */
  private strays = 0;

  constructor(
    folder: string,
    private readonly events: ExecutorEvents,
  ) {
    const mark = randomBytes(8);
    this.writer = new FrameWriter(mark);
    const program = path.join(programs, "executor", "main.js");
    this.child = spawn(process.execPath, [...flags, program, mark.toString("hex")], {
      cwd: folder,
      // What a notebook prints is the same on every machine: fused arithmetic, where an engine has it, is asked for.
      env: { CONVLAB_WASM: "simd", ...process.env },
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe", "pipe"],
      // A group of its own: what a cell starts can be interrupted with it, and a terminal's Ctrl-C does not reach it.
      detached: true,
    });
    for (const name of ["stdout", "stderr"] as const) {
      this.child[name]?.setEncoding("utf8").on("data", (text: string) => {
        this.strays++;
        // V8 tells of its own end on the process's stderr: that is the cause of an exit and no output of a cell.
        this.complaint = (this.complaint + text).slice(-4000);
        // And what comes before it is ready is a file's that NODE_OPTIONS requires.
        if (this.isHeard && !isEngineReport(this.complaint)) events.stray(name, text);
      });
    }
    const reader = new FrameReader(mark, (message) => this.receive(message as FromExecutor));
    this.readable(pipes.output).on("data", (chunk: Buffer) => reader.push(chunk));
    this.writable(pipes.interrupts).on("data", () => (this.terminating = false));
    for (const pipe of [pipes.commands, pipes.interrupts, pipes.input])
      this.writable(pipe).on("error", () => undefined);
    this.child.on("exit", () => this.holdOutput(false));
    this.child.on("close", (code, signal) => {
      // Nobody is left to answer.
      for (const resolve of this.pongs.values()) resolve();
      this.pongs.clear();
      events.exit(this.causeOfEnd(code, signal));
    });
  }

  send(message: ToExecutor): void {
    this.writable(pipes.commands).write(this.writer.encode(message));
  }

  answerInput(reply: InputReply): void {
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

  /** Leaves what the process writes in its pipes, where it waits once they are full; or takes it again. */
  holdOutput(on: boolean): void {
    this.isHeld = on;
    for (const pipe of [1, 2, pipes.output]) {
      if (on) this.readable(pipe).pause();
      else this.readable(pipe).resume();
    }
  }

  /** Resolves when what native code and child processes have written until now has come, by pipes of their own. */
  async strayWritten(): Promise<void> {
    // A child process that never stops writing is not waited for.
    for (let turn = 0, before = -1; turn < 100 && before !== this.strays && !this.isHeld; turn++) {
      before = this.strays;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** What cells have started gets the terminal's interrupt: the cell may wait for it, perhaps by `execSync`. */
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
    if (message.type === "ready") {
      this.ready = true;
      // What it wrote before comes by another pipe, perhaps in this turn.
      setImmediate(() => (this.isHeard = true));
    }
    if (message.type === "exit") this.exitCode = message.code;
    this.events.message(message);
  }

  private readable(pipe: number): Readable {
    return this.child.stdio[pipe] as Readable;
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
