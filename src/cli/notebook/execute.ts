import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  type ExecuteResult,
  type KernelClient,
  type startKernel,
  UnknownKernel,
} from "../../../kernel/client/index.js";
import { languageOf } from "../../../kernel/kernelspec.js";
import { exitCodes, Failure, messageOf } from "../failure.js";
import { stripAnsi } from "../page/ansi.js";
import {
  type Cell,
  type CodeCell,
  type ErrorOutput,
  type JsonObject,
  kernelNameOf,
  notebookLanguage,
  type Notebook,
  type Output,
  tagsOf,
} from "./format.js";

/** As much of the kernel's client as running a notebook needs. */
export type Kernel = Pick<KernelClient, "execute" | "info" | "interrupt" | "shutdown" | "died">;

export interface ExecuteOptions {
  startKernel: (...parameters: Parameters<typeof startKernel>) => Promise<Kernel>;
  /** The notebook's file: its folder is the kernel's, its name is in the messages. */
  file: string;
  /** The kernel to run it in; by default the one that the notebook names. */
  kernelName?: string | undefined;
  /** Seconds a cell may take; no limit by default. */
  timeout?: number | undefined;
  /** Go on after a cell that failed, as after one tagged `raises-exception`. */
  allowErrors?: boolean;
  /** Called before each code cell, counted from 1. */
  onCell?: (cell: number, cells: number) => void;
  signal?: AbortSignal;
}

export interface Execution {
  /** The notebook with its new outputs; after a failure, up to and including the cell that failed. */
  notebook: Notebook;
  /** Why it stopped at a cell, if it did. */
  failure?: Failure;
}

/**
 * Runs a notebook's code cells in order in a kernel of their own.
 * @throws Failure where there is no result at all: an unknown kernel, one that does not start, one that dies
 */
export async function executeNotebook(notebook: Notebook, options: ExecuteOptions): Promise<Execution> {
  const { file, signal } = options;
  signal?.throwIfAborted();
  const name = options.kernelName ?? kernelNameOf(notebook);
  let kernel: Kernel;
  try {
    kernel = await options.startKernel({
      cwd: path.dirname(path.resolve(file)),
      ...(name === undefined ? {} : { kernelName: name }),
      env: languageOf(notebookLanguage(notebook)),
    });
  } catch (error) {
    const isNotebooks = error instanceof UnknownKernel && options.kernelName === undefined;
    const advice = isNotebooks ? " Run it in another one with --kernel, such as --kernel convlab." : "";
    throw new Failure(`${file}: ${messageOf(error)}${advice}`, exitCodes.kernel);
  }
  try {
    signal?.throwIfAborted();
    return await runCells(cleared(notebook, kernel), kernel, options);
  } finally {
    await kernel.shutdown();
  }
}

/** The notebook before its first cell has run: no outputs, and the kernel's word on its language. */
function cleared(notebook: Notebook, kernel: Kernel): Notebook {
  return {
    ...notebook,
    metadata: { ...notebook.metadata, language_info: kernel.info.language_info as JsonObject },
    cells: notebook.cells.map((cell): Cell =>
      cell.cell_type === "code" ? { ...cell, outputs: [], execution_count: null } : { ...cell },
    ),
  };
}

async function runCells(notebook: Notebook, kernel: Kernel, options: ExecuteOptions): Promise<Execution> {
  const { file, signal } = options;
  const codeCells = notebook.cells.filter((cell) => cell.cell_type === "code");
  for (const [index, cell] of codeCells.entries()) {
    // Jupyter does not send blank cells either: they would use up an execution count.
    if (cell.source.trim() === "") continue;
    options.onCell?.(index + 1, codeCells.length);
    const place = `${file}, code cell ${index + 1} of ${codeCells.length} (id ${cell.id})`;
    const allowed = (options.allowErrors ?? false) || tagsOf(cell).includes("raises-exception");
    const running = kernel.execute(cell.source, {
      stopOnError: !allowed,
      // A kernel that dies has shown what it had to show until then.
      onOutput: (outputs) => {
        cell.outputs = outputs as Output[];
      },
    });
    const result = await supervise(running, kernel, { place, timeout: options.timeout, signal });
    if (result.value) record(cell, result.value);
    if (result.late && (result.value === undefined || !allowed)) {
      const reason = `took longer than ${options.timeout ?? 0} s and was interrupted`;
      return { notebook, failure: new Failure(`${place} ${reason}.`, exitCodes.cell) };
    }
    if (result.value && result.value.status !== "ok" && !allowed) {
      return { notebook, failure: new Failure(`${place}${errorText(cell, result.value)}`, exitCodes.cell) };
    }
  }
  return { notebook };
}

function record(cell: CodeCell, result: ExecuteResult): void {
  cell.execution_count = result.executionCount;
  // The very array the client keeps: a later cell may still update a display in it.
  cell.outputs = result.outputs as Output[];
}

/** `late`: its time was up; then there may be no result. */
type Supervised = { late: boolean; value: ExecuteResult } | { late: true; value: undefined };

/** Seconds a cell has to end after it was interrupted, before it counts as stuck. */
const grace = 5;

/** Waits for a cell, for its kernel's death, for its time to be up and for the command to be interrupted. */
async function supervise(
  running: Promise<ExecuteResult>,
  kernel: Kernel,
  { place, timeout, signal }: { place: string; timeout: number | undefined; signal: AbortSignal | undefined },
): Promise<Supervised> {
  // Whichever comes first decides; what the others say later is of no interest.
  running.catch(() => undefined);
  const stop = new AbortController();
  let late = false;
  const ended = running.then((value): Supervised => ({ late, value }));
  const died = kernel.died.then(({ code, signal: killer, stderr }): never => {
    const cause = killer !== null ? `was killed by ${killer}` : `ended with code ${code ?? "?"}`;
    const last = stripAnsi(stderr).trim().split("\n").at(-1)?.trim() ?? "";
    throw new Failure(`${place}: the kernel ${cause}${last === "" ? "" : ` (${last})`}.`, exitCodes.kernel);
  });
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(new Failure("interrupted", exitCodes.cell));
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort, { signal: stop.signal });
  });
  const timedOut = async (seconds: number): Promise<Supervised> => {
    await delay(seconds * 1000, undefined, { signal: stop.signal });
    late = true;
    await kernel.interrupt();
    const stuck = delay(grace * 1000, undefined, { signal: stop.signal });
    return { late: true, value: await Promise.race([running, stuck.then(() => undefined)]) };
  };
  const contenders = [died, aborted, ...(timeout === undefined ? [] : [timedOut(timeout)])];
  for (const contender of contenders) contender.catch(() => undefined);
  try {
    const first = await Promise.race([ended, ...contenders]);
    return first;
  } catch (error) {
    // A client may notice the lost connection before the process's end is known; the end says more.
    if (!(error instanceof Failure) && !signal?.aborted) await Promise.race([died, delay(500)]);
    if (error instanceof Failure) throw error;
    throw new Failure(`${place}: ${messageOf(error)}`, exitCodes.kernel);
  } finally {
    stop.abort();
  }
}

function errorText(cell: CodeCell, result: ExecuteResult): string {
  const error =
    result.error ?? cell.outputs.findLast((output): output is ErrorOutput => output.output_type === "error");
  if (!error) return ` was ${result.status === "aborted" ? "not run" : "refused by the kernel"}.`;
  const place = errorPlace(error.traceback, stripAnsi(error.evalue));
  // A place that the message begins with is not said twice.
  const message = stripAnsi(error.evalue)
    .trim()
    .replace(/^line \d+, column \d+: /, "");
  const at = place ? `, line ${place.line}, column ${place.column}` : "";
  const name = stripAnsi(error.ename);
  return `${at}: ${message === "" ? name : `${name}: ${message.replace(/\s*\n\s*/g, " ")}`}`;
}

/**
 * The place in the cell that an error points at: said in words, or marked in a quotation of the cell, as
 *
 *     > 2 | const s: string = 1;
 *         |       ^
 */
export function errorPlace(
  traceback: string[],
  message: string,
): { line: number; column: number } | undefined {
  const text = stripAnsi(traceback.join("\n"));
  const said = /\bline (\d+),? col(?:umn)? (\d+)/i.exec(`${text}\n${message}`);
  if (said) return { line: Number(said[1]), column: Number(said[2]) };
  const marked = /^> *(\d+) \| .*\n( *\| )( *)\^/m.exec(text);
  return marked ? { line: Number(marked[1]), column: (marked[3] ?? "").length + 1 } : undefined;
}
