import { readdirSync } from "node:fs";
import path from "node:path";
import { exitCodes, Failure, systemReason } from "../failure.js";
import { type ExecuteOptions, executeNotebook } from "../notebook/execute.js";
import type { Notebook } from "../notebook/format.js";
import { readNotebook } from "../notebook/read.js";
import type { Progress } from "../progress.js";

/** What one notebook came to. */
export interface Chapter {
  file: string;
  /** The name of its page. */
  page: string;
  /** The digits that its file's name begins with. */
  number: number | undefined;
  notebook?: Notebook;
  failure?: Failure;
}

export interface ChapterOptions {
  /** Run the notebook even where its file holds the outputs of a whole run. */
  rerun: boolean;
  startKernel: ExecuteOptions["startKernel"];
  timeout?: number | undefined;
  progress: Progress;
  signal: AbortSignal;
}

/** The notebooks of a folder in reading order: by name, with numbers in them compared as numbers. */
export function notebooksIn(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(".ipynb") && !name.startsWith("."));
  } catch (error) {
    throw new Failure(`${folder} cannot be read: ${systemReason(error)}.`, exitCodes.notebook);
  }
  if (names.length === 0) throw new Failure(`${folder} holds no notebook (*.ipynb).`, exitCodes.notebook);
  const { compare } = new Intl.Collator("en", { numeric: true });
  return names.sort(compare).map((name) => path.join(folder, name));
}

/** Whether the file was saved after a whole run: every cell with code in it was counted. */
export function isExecuted(notebook: Notebook): boolean {
  return notebook.cells.every(
    (cell) => cell.cell_type !== "code" || cell.source.trim() === "" || cell.execution_count !== null,
  );
}

/** Reads a notebook and, where its outputs are missing or not wanted, runs it. */
export async function readChapter(file: string, options: ChapterOptions): Promise<Chapter> {
  const name = path.basename(file, ".ipynb");
  const digits = /^\d+/.exec(name)?.[0];
  const chapter: Chapter = {
    file,
    // The index must stay the index.
    page: name === "index" ? "index-notebook.html" : `${name}.html`,
    number: digits === undefined ? undefined : Number(digits),
  };
  let source: Notebook;
  try {
    source = readNotebook(file);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...chapter, failure: error };
  }
  if (!options.rerun && isExecuted(source)) return { ...chapter, notebook: source };
  const task = options.progress.start(path.basename(file));
  try {
    const { notebook, failure } = await executeNotebook(source, {
      ...options,
      file,
      onCell: (cell, cells) => task.at(`cell ${cell} of ${cells}`),
    });
    return { ...chapter, notebook, ...(failure ? { failure } : {}) };
  } catch (error) {
    if (!(error instanceof Failure) && !options.signal.aborted) throw error;
    const failure = error instanceof Failure ? error : new Failure("interrupted", exitCodes.cell);
    // What the author last saved is better than nothing where no kernel could run it.
    return { ...chapter, notebook: source, failure };
  } finally {
    task.end();
  }
}
