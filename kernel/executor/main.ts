/** The process that runs cells. It is told what to run by the kernel, which outlives it. */
import { readSync } from "node:fs";
import { Socket } from "node:net";
import path from "node:path";
import vm from "node:vm";
import { Worker } from "node:worker_threads";
import { runtime } from "../checker/runtime";
import type { CompiledCell } from "../checker/messages";
import { frameDecoder, writeFrameSync } from "../frames";
import { packageRoot, programs } from "../package-root";
import { Comms } from "./comms";
import {
  begin,
  type CellRun,
  currentRun,
  hold,
  inCell,
  interrupt,
  Interrupted,
  marks,
  newRun,
  ownCallbacks,
  resume,
} from "./context";
import { Tracebacks } from "./errors";
import { type FromExecutor, type InputReply, pipes, type RunRequest, type ToExecutor } from "./messages";
import { membersOf } from "./members";
import { Modules } from "./modules";
import { provideHost, redirectStreams } from "./output";
import { show } from "./results";

const folder = process.cwd();
const send = (message: FromExecutor): void => writeFrameSync(pipes.output, message);

const scope: Record<string, unknown> = {};
const modules = new Modules(folder, packageRoot);
const tracebacks = new Tracebacks([path.join(packageRoot, "dist") + path.sep]);
const comms = new Comms(send);
const runs = new Map<number, CellRun>();

type CellFunction = (
  scope: Record<string, unknown>,
  here: () => CellRun,
  wait: typeof hold,
  proceed: typeof resume,
  load: (specifier: string) => Promise<object>,
  meta: object,
  require: NodeJS.Require,
) => unknown;

/** Runs compiled code; gives its last value, in an array where there is one. */
function evaluate(cell: number, label: string, source: string, compiled: CompiledCell): unknown {
  const file = `cell:${String(cell)}`;
  tracebacks.register(file, label, source, compiled.map);
  for (const module of compiled.modules)
    tracebacks.register(module.path, module.path, module.source, module.map);
  modules.update(compiled.modules);
  const parameters = [...Object.values(runtime), "require"].join(", ");
  const head = `(${compiled.asynchronous ? "async " : ""}function (${parameters}) { "use strict";`;
  const script = new vm.Script(`${head}\n${compiled.javascript}\n})`, {
    filename: file,
    lineOffset: -1,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const run = script.runInThisContext() as CellFunction;
  return run(
    scope,
    currentRun,
    hold,
    resume,
    (specifier) => modules.load(specifier),
    modules.meta,
    modules.require,
  );
}

/** Runs a cell and says that it is done: once, also where an interrupt ended it together with what waited for it. */
async function runCell({ cell, label, source, compiled, silent }: RunRequest): Promise<void> {
  const run = newRun(cell);
  const before = compiled.names.map((name) => [name, Object.hasOwn(scope, name), scope[name]] as const);
  run.done = (error) => {
    const assigned = before
      .filter(([name, had, value]) => Object.hasOwn(scope, name) && !(had && scope[name] === value))
      .map(([name]) => name);
    send({
      type: "done",
      cell,
      ...(error === undefined ? { assigned: "all" } : { assigned, error: tracebacks.describe(error.thrown) }),
    });
    // Only now: force may strike anywhere before, and what was said twice is heard once.
    run.done = undefined;
  };
  runs.set(cell, run);
  begin(run);
  try {
    const value = await stoppable(run, () => evaluate(cell, label, source, compiled));
    if (Array.isArray(value) && value[0] !== undefined && !silent) {
      const shown = await stoppable(run, () => show(value[0], describeValue));
      // A value may have shown itself, and then has nothing left to show.
      if (Object.keys(shown.data).length > 0) send({ type: "result", cell, ...shown });
    }
    run.done?.();
  } catch (error) {
    run.done?.({ thrown: error });
  }
}

const describeValue = (error: Error): readonly string[] => tracebacks.describe(error).traceback;

/** Waits for the action, or for the interrupt that ends the wait. */
function stoppable<T>(run: CellRun, action: () => T | Promise<T>): Promise<T> {
  return new Promise((done, fail) => {
    run.stop = () => fail(new Interrupted());

    inCell(run, async () => action()).then(done, fail);
  });
}

async function evaluateExpression(request: Extract<ToExecutor, { type: "evaluate" }>): Promise<void> {
  const { cell, label, source, compiled } = request;
  try {
    const value = await stoppable(newRun(cell), () => evaluate(cell, label, source, compiled));
    const { data } = await show(Array.isArray(value) ? value[0] : undefined, describeValue);
    send({ type: "evaluated", cell, data });
  } catch (error) {
    send({ type: "evaluated", cell, error: tracebacks.describe(error) });
  }
}

let asked = 0;
/** What came by the input pipe and is not yet a whole line. */
let heard = "";

/** Asks the front end and waits without turning the event loop, as `prompt` does in a browser. */
function prompt(message = "", { password = false }: { password?: boolean } = {}): string | null {
  const ask = ++asked;
  send({ type: "input", cell: currentRun().cell, ask, prompt: message, password });
  const reply = readReply(ask);
  if ("interrupted" in reply) throw new Interrupted();
  return "value" in reply ? reply.value : null;
}

function input(message?: string, options?: { password?: boolean }): string {
  const answer = prompt(message, options);
  if (answer === null) throw new Error("input: this front end cannot ask its reader for text.");
  return answer;
}

/**
 * Waits for the answer to question `ask`. An interrupt may end this code between any two steps and leave half an
 * answer behind: so answers are lines with their question's number, and what does not fit is passed over.
 */
function readReply(ask: number): InputReply {
  const chunk = Buffer.alloc(65_536);
  for (;;) {
    const lines = heard.split("\n");
    heard = lines.pop() ?? "";
    for (const line of lines) {
      const reply = parseReply(line);
      if (reply?.ask === ask) return reply;
    }
    const count = readSync(pipes.input, chunk, 0, chunk.length, null);
    if (count === 0) throw new Error("The kernel has gone away.");
    // As Latin-1, because a character may be cut in two by the chunk's end.
    heard += chunk.toString("latin1", 0, count);
  }
}

function parseReply(line: string): InputReply | undefined {
  try {
    return JSON.parse(Buffer.from(line, "latin1").toString("utf8")) as InputReply;
  } catch {
    return undefined;
  }
}

function handle(message: ToExecutor): void {
  switch (message.type) {
    case "run":
      interrupter ??= startInterrupter();
      void runCell(message);
      return;
    case "evaluate":
      void evaluateExpression(message);
      return;
    case "interrupt": {
      const run = runs.get(message.cell);
      if (!run) return;
      // Where the thread was stopped by force, nobody else is left to say so when it is asked again.
      if (run.interrupted) run.done?.({ thrown: new Interrupted() });
      else interrupt(run);
      return;
    }
    case "ping":
      send({ type: "pong", ping: message.ping });
      return;
    case "members":
      send({ type: "members", ask: message.ask, items: membersOf(scope, message.path) });
      return;
    case "comm":
      comms.receive(message);
  }
}

redirectStreams(send);
provideHost(send, comms);
ownCallbacks();
// Where local modules find the checks around their awaits, their imports and their `import.meta`.
Object.defineProperty(globalThis, Symbol.for("convlab.kernel"), {
  value: Object.freeze({
    [runtime.here]: currentRun,
    [runtime.hold]: hold,
    [runtime.resume]: resume,
    [runtime.meta]: (file: string) => modules.metaOf(file),
    [runtime.import]: (specifier: string, file: string) => modules.load(specifier, file),
  }),
});
Object.assign(globalThis, {
  prompt,
  input: (message?: string, options?: { password?: boolean }) =>
    Promise.resolve().then(() => input(message, options)),
});

const late = (error: unknown): void => {
  // What an interrupt left behind: the reader has been told.
  if (error instanceof Interrupted) return;
  send({
    type: "stream",
    cell: currentRun().cell,
    name: "stderr",
    text: `${tracebacks.describe(error).traceback.join("\n")}\n`,
  });
};
process.on("uncaughtException", late);
process.on("unhandledRejection", late);
process.on("exit", (code) => send({ type: "exit", cell: currentRun().cell, code }));
// A terminal's Ctrl-C reaches the whole group; the kernel decides what it means.
process.on("SIGINT", () => undefined);

/** Started with the first cell: before it there is nothing to interrupt, and the kernel is ready sooner. */
function startInterrupter(): Worker {
  const program = path.join(programs, "executor", "interrupter.js");
  const worker = new Worker(program, { workerData: marks, stdout: false, stderr: false });
  worker.unref();
  return worker;
}
let interrupter: Worker | undefined;

const commands = new Socket({ fd: pipes.commands, readable: true, writable: false });
commands.on(
  "data",
  frameDecoder((message) => handle(message as ToExecutor)),
);
commands.on("end", () => process.exit(0));
send({ type: "ready" });
