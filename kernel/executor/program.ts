/** The program of the process that runs cells. It is told what to run by the kernel, which outlives it. */
import { readSync, writeSync } from "node:fs";
import path from "node:path";
import vm from "node:vm";
import { MessageChannel, Worker } from "node:worker_threads";
import { runtime } from "../checker/runtime";
import type { CompiledCell } from "../checker/messages";
import { FrameReader, FrameWriter } from "../frames";
import { packageRoot, programs } from "../package-root";
import { guardNodesList, rememberBuiltins } from "./builtins";
import { Comms } from "./comms";
import {
  begin,
  type CellRun,
  currentRun,
  hold,
  inCell,
  interrupt,
  Interrupted,
  isMarked,
  marks,
  newRun,
  ownCallbacks,
  resume,
} from "./context";
import { guardConsole } from "./console";
import { Tracebacks } from "./errors";
import { type FromExecutor, type InputReply, pipes, type RunRequest, type ToExecutor } from "./messages";
import type { InterrupterData } from "./interrupter";
import { membersOf } from "./members";
import { Modules } from "./modules";
import { provideHost, redirectStreams, settleStreams } from "./output";
import { provideStdin } from "./readline";
import { show, type Shown } from "./results";
import { provideDescriptor } from "./stdin-descriptor";
import { provideTslab } from "./tslab-module";
import { settled, world } from "./world";

const folder = process.cwd();
const mark = Buffer.from(process.argv[2] ?? "", "hex");
const writer = new FrameWriter(new Uint8Array(mark));

/** Writes before it returns: what was sent is on its way even if the process ends right after. */
function send(message: FromExecutor): void {
  const frame = writer.encode(message);
  for (let written = 0; written < frame.length;)
    written += writeSync(pipes.output, frame, written, frame.length - written);
}

// Without a prototype: a cell's name may be `__proto__`, and no cell has declared `toString`.
const scope = Object.create(null) as Record<string, unknown>;
const modules = new Modules(folder, packageRoot, scope);
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
  exports: object,
  module: NodeJS.Module,
  filename: string,
  dirname: string,
) => unknown;

/** What Node gives a CommonJS module, which scripts that are pasted into cells count on. */
const nodesNames = ["require", "exports", "module", "__filename", "__dirname"];

/** What compiled code returns: its last value, in an object of its own. */
interface Held {
  readonly value: unknown;
}

/** Runs compiled code; gives its last value where there is one. */
function evaluate(cell: number, label: string, source: string, compiled: CompiledCell): unknown {
  const file = `cell:${String(cell)}`;
  tracebacks.register(file, label, source, compiled.map);
  for (const module of compiled.modules)
    tracebacks.register(module.path, module.path, module.source, module.map);
  modules.update(compiled.modules);
  const parameters = [...Object.values(runtime), ...nodesNames].join(", ");
  const head = `(${compiled.asynchronous ? "async " : ""}function (${parameters}) { "use strict";`;
  const script = new vm.Script(`${head}\n${compiled.javascript}\n})`, {
    filename: file,
    lineOffset: -1,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const run = script.runInThisContext() as CellFunction;
  const load = (specifier: string): Promise<object> => modules.load(specifier);
  const { meta, module } = modules;
  const names = [modules.require, scope, module, meta.filename, meta.dirname] as const;
  return run(scope, currentRun, hold, resume, load, meta, ...names);
}

/** Runs a cell and says that it is done: once, also where an interrupt ended it together with what waited for it. */
async function runCell({ cell, label, source, compiled, silent }: RunRequest): Promise<void> {
  const run = newRun(cell);
  const before = compiled.names.map((name) => [name, Object.hasOwn(scope, name), scope[name]] as const);
  run.done = (error) => {
    inCell(run, settleStreams);
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
    stdin.end(run);
  };
  runs.set(cell, run);
  begin(run);
  try {
    const held = await stoppable(run, async () => {
      const last = await settled(evaluate(cell, label, source, compiled));
      await stdin.settled(run);
      return last;
    });
    if (isMarked(run)) throw new Interrupted();
    if (isHeld(held) && held.value !== undefined && !silent) {
      const shown = (await stoppable(run, () => show(held.value, describeValue))) as Shown;
      // A value may have shown itself, and then has nothing left to show.
      if (Object.keys(shown.data).length > 0) send({ type: "result", cell, ...shown });
    }
    run.done?.();
  } catch (error) {
    // Perhaps it was thrown because a program that the cell waited for was stopped with it.
    run.done?.({ thrown: isMarked(run) ? new Interrupted() : error });
  }
}

function isHeld(returned: unknown): returned is Held {
  return returned !== undefined;
}

const describeValue = (error: Error): readonly string[] => tracebacks.describe(error).traceback;

/** Waits for the action, or for the interrupt that ends the wait. */
function stoppable(run: CellRun, action: () => unknown): Promise<unknown> {
  return new Promise((done, fail) => {
    run.stop = (reason = new Interrupted()) => fail(reason);
    inCell(run, () => settled(action())).then(done, fail);
  });
}

async function evaluateExpression(request: Extract<ToExecutor, { type: "evaluate" }>): Promise<void> {
  const { cell, label, source, compiled } = request;
  const run = newRun(cell);
  run.done = (error) => {
    if (error) send({ type: "evaluated", cell, error: tracebacks.describe(error.thrown) });
    run.done = undefined;
  };
  runs.set(cell, run);
  begin(run);
  try {
    const held = await stoppable(run, () => evaluate(cell, label, source, compiled));
    const { data } = (await stoppable(run, () =>
      show(isHeld(held) ? held.value : undefined, describeValue),
    )) as Shown;
    send({ type: "evaluated", cell, data });
    run.done?.();
  } catch (error) {
    run.done?.({ thrown: error });
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
  if (answer === null) throw new world.Error("input: this front end cannot ask its reader for text.");
  return answer;
}

/**
 * Waits for the answer to question `ask`. An interrupt may end this code between any two steps and leave half an
 * answer behind: so answers are lines with their question's number, and what does not fit is passed over.
 */
function readReply(ask: number): InputReply {
  const chunk = new Uint8Array(65_536);
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
    heard += latin1(chunk, count);
  }
}

const utf8 = new TextDecoder();

/** One character a byte. */
function latin1(bytes: Uint8Array, count: number): string {
  let text = "";
  for (let i = 0; i < count; i++) text += String.fromCharCode(bytes[i]);
  return text;
}

function parseReply(line: string): InputReply | undefined {
  try {
    return JSON.parse(utf8.decode(Uint8Array.from(line, (byte) => byte.charCodeAt(0)))) as InputReply;
  } catch {
    return undefined;
  }
}

function handle(message: ToExecutor): void {
  switch (message.type) {
    case "run":
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
    case "answer":
      stdin.answer(message.reply);
      return;
    case "members":
      send({ type: "members", ask: message.ask, items: membersOf(scope, message.path) });
      return;
    case "comm":
      comms.receive(message);
  }
}

const { reallyExit } = process as unknown as { reallyExit: (code: number) => never };
redirectStreams(send);
guardConsole();
guardNodesList();
provideHost(send, comms);
provideTslab({ exports: scope, require: modules.require });
const stdin = provideStdin(send);
provideDescriptor(prompt);
tracebacks.install();
ownCallbacks();
rememberBuiltins();
// Where local modules find the checks around their awaits, their imports and their `import.meta`.
Object.defineProperty(world, Symbol.for("convlab.kernel"), {
  value: Object.freeze({
    [runtime.here]: currentRun,
    [runtime.hold]: hold,
    [runtime.resume]: resume,
    [runtime.meta]: (file: string) => modules.metaOf(file),
    [runtime.import]: (specifier: string, file: string) => modules.load(specifier, file),
  }),
});
Object.assign(world, {
  prompt,
  input: (message?: string, options?: { password?: boolean }) =>
    new world.Promise((resolve) => resolve(input(message, options))),
});

/** How much of what the kernel has said has come here, and how many errors nobody caught since it did. */
const passed = new Int32Array(new SharedArrayBuffer(4));
let taken = 0;
let uncaught = 0;
/** So many in a row while the kernel waits to be heard: the event loop has nothing left but errors. */
const mostUncaught = 1000;

const late = (error: unknown): void => {
  if (++uncaught > mostUncaught && Atomics.load(passed, 0) > taken) {
    send({ type: "broken", reason: tracebacks.describe(error).traceback[0] });
    reallyExit(1);
  }
  // What an interrupt left behind: the reader has been told.
  if (error instanceof Interrupted) return;
  send({
    type: "stream",
    cell: currentRun().cell,
    name: "stderr",
    text: `${tracebacks.describe(error).traceback.join("\n")}\n`,
  });
};
const listeners: Readonly<Record<string, (argument: unknown) => void>> = {
  uncaughtException: late,
  unhandledRejection: late,
  exit: (code) => send({ type: "exit", cell: currentRun().cell, code: Number(code) }),
  // A terminal's Ctrl-C reaches the whole group; the kernel decides what it means.
  SIGINT: () => undefined,
};
const listen = (): void => {
  const { on, listeners: heard } = process as unknown as Record<
    "on" | "listeners",
    (...args: unknown[]) => unknown
  >;
  for (const [event, listener] of Object.entries(listeners))
    if (!(Reflect.apply(heard, process, [event]) as unknown[]).includes(listener))
      Reflect.apply(on, process, [event, listener]);
};
listen();
// Programs that want all signals and errors for themselves remove whoever listens; these the kernel needs.
const { removeAllListeners } = process as unknown as { removeAllListeners: (...event: unknown[]) => void };
process.removeAllListeners = function (this: NodeJS.Process, ...event) {
  // By these two Node itself notices who listens for a signal.
  const others = process.eventNames().filter((name) => name !== "newListener" && name !== "removeListener");
  for (const name of event.length > 0 ? event : others) Reflect.apply(removeAllListeners, process, [name]);
  listen();
  return this;
};

const reader = new FrameReader(new Uint8Array(mark), (message) => handle(message as ToExecutor));
const { port1: commands, port2 } = new MessageChannel();
// A copy, made by this realm: a cell may have replaced the methods of the world's bytes.
commands.on("message", (chunk: Uint8Array) => {
  taken++;
  uncaught = 0;
  reader.push(new Uint8Array(chunk));
});
const interrupterData: InterrupterData = { marks, passed, commands: port2 };
new Worker(path.join(programs, "executor", "interrupter.js"), {
  workerData: interrupterData,
  transferList: [port2],
  stdout: false,
  stderr: false,
}).unref();
send({ type: "ready" });
