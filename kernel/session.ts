/**
 * One notebook's cells: checked in one process, run in another, in order. Knows cells and their outputs and nothing
 * of ZeroMQ; what comes out is handed to a `Display`.
 */
import { CheckerProcess } from "./checker/process";
import type {
  CompiledCell,
  CompiledModule,
  Completeness,
  CompletionItem,
  Completions,
  Diagnostic,
  Inspection,
} from "./checker/messages";
import { codeFrame } from "./code-frame";
import type { CommContent, ErrorContent, FromExecutor, MimeBundle, ToExecutor } from "./executor/messages";
import { ExecutorProcess } from "./executor/process";
import { interrupt } from "./interrupt";

/** What a cell writes, shows or says to the page. */
export type FromCell = Extract<
  FromExecutor,
  { type: "stream" | "display" | "clear" | "result" | "page" | "comm" }
>;

/** Where cells' outputs go; each names its cell by the number that `run` was called with. */
export interface Display {
  output(message: FromCell): void;
  /** A cell asks its reader. `answer` takes the text, or `undefined` where nobody can be asked. */
  ask(cell: number, prompt: string, password: boolean): void;
  /** The process that ran the cells has ended: what lived in it is gone. */
  restarted(): void;
}

export interface Outcome {
  error?: ErrorContent;
}

const nowhere: Display = { output: () => undefined, ask: () => undefined, restarted: () => undefined };

/** How long a completion waits for the members of a value, in milliseconds. */
const membersPatience = 50;
type Evaluated = Pick<Extract<FromExecutor, { type: "evaluated" }>, "data" | "error">;

type Comm = Extract<ToExecutor, { type: "comm" }>;

export class Session {
  private executor: ExecutorProcess;
  private readonly checker: CheckerProcess;
  private finish: ((outcome: Outcome) => void) | undefined;
  private assigned: string[] | "all" = "all";
  private evaluated: ((result: Evaluated) => void) | undefined;
  private memberAsks = 0;
  private toldMembers: ((message: Extract<FromExecutor, { type: "members" }>) => void) | undefined;
  private current: number | undefined;
  private latest = 0;
  private restarted: string | undefined;
  /** Ends the wait for the checker: a cell that is interrupted while it is being checked is not started. */
  private cancel: (() => void) | undefined;
  /** Interrupts that are not over yet. */
  private stopping: Promise<unknown> | undefined;
  /** The question that a cell waits with. */
  private asking: number | undefined;
  private closed = false;
  private starts = 0;
  /** Compiled with a cell that was stopped before it ran: the next one brings them along. */
  private unsent: CompiledModule[] = [];

  /** Set before the first cell is run. */
  display: Display = nowhere;

  constructor(private readonly folder: string) {
    // The checker first: it takes longest to start.
    this.checker = new CheckerProcess(folder);
    this.executor = this.startExecutor();
  }

  /** Checks and runs a cell; resolves when it has ended and all its outputs are out. */
  async run(cell: number, label: string, source: string, silent: boolean): Promise<Outcome> {
    this.current = cell;
    this.latest = cell;
    try {
      this.sayRestarted(cell);
      const checked = await this.compileUnlessCancelled(source, label);
      if ("error" in checked) return checked;
      const outcome = await new Promise<Outcome>((resolve) => {
        this.assigned = [];
        this.finish = resolve;
        this.executor.send({ type: "run", cell, label, source, compiled: checked.compiled, silent });
      });
      // After a crash nothing is left that later cells could refer to.
      // Not waited for: whatever the checker is asked next, it is told this before.
      if (this.restarted === undefined)
        this.checker.ask("commit", { assigned: this.assigned }).catch(() => undefined);
      await this.executor.strayWritten();
      return outcome;
    } finally {
      this.finish = undefined;
      this.current = undefined;
    }
  }

  private async compileUnlessCancelled(source: string, label: string): ReturnType<Session["compile"]> {
    const cancelled = new Promise<"cancelled">((resolve) => (this.cancel = () => resolve("cancelled")));
    // Force that was called for an earlier cell and has not struck yet would strike this one.
    const compiling = this.compile(source, label).then(async (compiled) => {
      await this.stopping;
      return compiled;
    });
    const first = await Promise.race([cancelled, compiling]);
    this.cancel = undefined;
    if (first !== "cancelled") return first;
    void compiling.then((late) => {
      if ("compiled" in late) this.unsent.push(...late.compiled.modules);
    });
    return { error: interruptedError };
  }

  /** The value of one expression after a cell, for the protocol's `user_expressions`. */
  async evaluate(cell: number, expression: string): Promise<{ data: MimeBundle } | { error: ErrorContent }> {
    const label = "expression";
    const checked = await this.compile(expression, label);
    if ("error" in checked) return checked;
    await this.stopping;
    this.current = cell;
    const { data, error } = await new Promise<Evaluated>((resolve) => {
      this.evaluated = resolve;
      // Where it is stopped, or its process ends.
      this.finish = ({ error }) => resolve({ error });
      const { compiled } = checked;
      this.executor.send({ type: "evaluate", cell, label, source: expression, compiled });
    });
    this.finish = this.current = undefined;
    return error ? { error } : { data: data ?? {} };
  }

  /** By types; where those say nothing of a value that a cell has made, by what it has. */
  async complete(source: string, offset: number): Promise<Completions> {
    const found = await this.checker.ask("complete", { source, offset });
    if (!found.untyped) return found;
    const start = found.prefix.toLowerCase();
    const members = (await this.membersOf(found.untyped)).filter(({ text }) =>
      text.toLowerCase().startsWith(start),
    );
    return {
      ...found,
      items: [...members, ...found.items.filter(({ text }) => !members.some((m) => m.text === text))],
    };
  }

  /** Nothing where the executor does not answer at once, because it computes. */
  private membersOf(path: readonly string[]): Promise<CompletionItem[]> {
    const ask = ++this.memberAsks;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve([]), membersPatience);
      this.toldMembers = (message) => {
        if (message.ask !== ask) return;
        clearTimeout(timer);
        resolve(message.items);
      };
      this.executor.send({ type: "members", ask, path });
    });
  }

  inspect(source: string, offset: number): Promise<Inspection | null> {
    return this.checker.ask("inspect", { source, offset });
  }

  isComplete(source: string): Promise<Completeness> {
    return this.checker.ask("isComplete", { source });
  }

  /** Hands a comm message to the cells; resolves when they have seen it. */
  async comm(message: Omit<Comm, "type">): Promise<void> {
    await this.stopping;
    this.executor.send({ type: "comm", ...message });
    await this.executor.ping();
  }

  /** Leaves what cells write in the pipe, so that a cell that writes more than can be shown waits. */
  holdOutput(on: boolean): void {
    this.executor.holdOutput(on);
  }

  answerInput(value: string | undefined): void {
    const { asking: ask } = this;
    if (ask === undefined) return;
    this.asking = undefined;
    this.executor.answerInput(value === undefined ? { ask, refused: true } : { ask, value });
  }

  /**
   * Stops the running cell: first by asking, then by ending what its thread executes, at last by ending its process.
   * Resolves when the cell has ended; variables of earlier cells are kept unless the process had to go.
   */
  async interrupt(): Promise<void> {
    this.cancel?.();
    const stopping = Promise.all([this.stopping, this.stop()]);
    this.stopping = stopping;
    await stopping;
    if (this.stopping === stopping) this.stopping = undefined;
  }

  private async stop(): Promise<void> {
    const { executor, current } = this;
    await interrupt({
      executor,
      cell: current,
      latest: this.latest,
      isRunning: () => this.current === current && this.finish !== undefined,
      isHere: () => this.executor === executor && !this.closed,
      asking: () => this.asking,
    });
  }

  close(): void {
    this.closed = true;
    this.executor.kill();
    this.checker.close();
  }

  private async compile(
    source: string,
    label: string,
  ): Promise<{ compiled: CompiledCell } | { error: ErrorContent }> {
    try {
      const result = await this.checker.ask("compile", { source });
      if (!("compiled" in result)) return { error: typeError(result.diagnostics, source, label) };
      const { compiled } = result;
      return { compiled: { ...compiled, modules: [...this.unsent.splice(0), ...compiled.modules] } };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return {
        error: {
          ename: "CheckerError",
          evalue: message.split("\n")[0] ?? "",
          traceback: message.split("\n"),
        },
      };
    }
  }

  private startExecutor(): ExecutorProcess {
    this.starts++;
    const executor: ExecutorProcess = new ExecutorProcess(this.folder, {
      message: (message) => {
        if (this.executor === executor) this.receive(message);
      },
      stray: (name, text) => this.display.output({ type: "stream", cell: this.latest, name, text }),
      exit: (cause) => this.executorEnded(executor, cause),
    });
    return executor;
  }

  private executorEnded(executor: ExecutorProcess, cause: string): void {
    if (this.closed || executor !== this.executor) return;
    if (this.starts > 1 && this.restarted !== undefined && this.finish === undefined) {
      console.error(`The process that runs cells cannot be started: ${cause}.`);
      process.exitCode = 1;
      this.close();
      return;
    }
    this.executor = this.startExecutor();
    this.restarted = cause;
    this.asking = undefined;
    this.display.restarted();
    void this.checker.ask("reset", {}).catch(() => undefined);
    const evalue = `The process that ran this cell has ended: ${cause}. A new one has been started; the variables of all cells are gone.`;
    const error = { ename: "ProcessEnded", evalue, traceback: [`ProcessEnded: ${evalue}`] };
    this.finish?.({ error });
  }

  private sayRestarted(cell: number): void {
    if (this.restarted === undefined) return;
    const text = `A new process runs the cells from here on, because the last one has ended: ${this.restarted}. Variables of earlier cells are gone; run them again.\n`;
    this.restarted = undefined;
    // A grader counts anything on stderr as a failed test, and this cell has done nothing wrong.
    const name = process.env["NBGRADER_EXECUTION"] === undefined ? "stderr" : "stdout";
    this.display.output({ type: "stream", cell, name, text });
  }

  private receive(message: FromExecutor): void {
    switch (message.type) {
      case "ready":
      case "pong":
      case "exit":
      case "broken":
        return;
      case "done":
        if (message.cell !== this.current) return;
        this.asking = undefined;
        this.assigned = message.assigned;
        this.finish?.(message.error ? { error: message.error } : {});
        return;
      case "evaluated":
        this.evaluated?.(message);
        return;
      case "members":
        this.toldMembers?.(message);
        return;
      case "input":
        this.asking = message.ask;
        this.display.ask(message.cell, message.prompt, message.password);
        return;
      default:
        this.display.output(message);
    }
  }
}

export type { CommContent };

const interruptedError: ErrorContent = {
  ename: "Interrupted",
  evalue: "The cell was interrupted.",
  traceback: ["Interrupted: The cell was interrupted."],
};

/** All the errors of a cell that does not fit its types, each with the lines it is about. */
function typeError(diagnostics: readonly Diagnostic[], source: string, label: string): ErrorContent {
  const shown = diagnostics.map((d) => {
    const where = `${d.file ?? label}:${String(d.line)}:${String(d.column)}`;
    return [`${where} - error TS${String(d.code)}: ${d.message}`, "", ...codeFrame(d.text ?? source, d), ""];
  });
  const [first] = diagnostics;
  const others = diagnostics.length > 1 ? ` (and ${String(diagnostics.length - 1)} more)` : "";
  const evalue = `line ${String(first.line)}, column ${String(first.column)}: ${first.message}${others}`;
  return { ename: "TypeScriptError", evalue, traceback: shown.flat().slice(0, -1) };
}
