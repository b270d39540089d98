import { readdirSync } from "node:fs";
import path from "node:path";
import { exitCodes, Failure, systemReason } from "./failure.js";
import { type ExecuteOptions, executeNotebook } from "./notebook/execute.js";
import type { Notebook } from "./notebook/format.js";
import { readNotebook } from "./notebook/read.js";
import { writeAtomically } from "./notebook/write.js";
import { inParallel, type Progress } from "./progress.js";
import { renderIndex } from "./page/index-page.js";
import { notebookSummary, notebookTitle, type PageLink, plotlyCode, renderPage } from "./page/page.js";

export interface BookOptions {
  /** The folder the notebooks are in. */
  folder: string;
  /** The folder the pages go to. */
  out: string;
  title: string;
  startKernel: ExecuteOptions["startKernel"];
  jobs: number;
  timeout?: number | undefined;
  progress: Progress;
  signal: AbortSignal;
}

/** What one notebook came to. */
interface Chapter {
  file: string;
  page: string;
  notebook?: Notebook;
  failure?: Failure;
}

const plotlyFile = "plotly.js";

/**
 * Runs a folder's notebooks and writes a page for each and an index of them all. A notebook that fails does not
 * keep the others from being shown: the index says what happened to it.
 * @returns the failures
 */
export async function buildBook(options: BookOptions): Promise<Failure[]> {
  const files = notebooksIn(options.folder);
  const chapters = await inParallel(files, options.jobs, (file) => runChapter(file, options));
  if (options.signal.aborted) return [];
  writePages(chapters, options);
  return chapters.flatMap(({ failure }) => failure ?? []);
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

async function runChapter(file: string, options: BookOptions): Promise<Chapter> {
  const name = path.basename(file, ".ipynb");
  // The index must stay the index.
  const chapter: Chapter = { file, page: name === "index" ? "index-notebook.html" : `${name}.html` };
  const task = options.progress.start(path.basename(file));
  let source: Notebook | undefined;
  try {
    source = readNotebook(file);
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
    return { ...chapter, ...(source ? { notebook: source } : {}), failure };
  } finally {
    task.end();
  }
}

function writePages(chapters: Chapter[], options: BookOptions): void {
  const shown = chapters.filter((chapter) => chapter.notebook !== undefined);
  const links = shown.map(({ file, page, notebook }): PageLink => {
    return { title: notebook ? notebookTitle(notebook, file) : page, href: encodeURIComponent(page) };
  });
  const pageOf = new Map(shown.map(({ file, page }) => [path.resolve(file), encodeURIComponent(page)]));
  let needsPlotly = false;
  for (const [index, { file, page, notebook }] of shown.entries()) {
    if (!notebook) continue;
    const html = renderPage(notebook, {
      file,
      pageOf: (link) => pageOf.get(path.resolve(path.dirname(file), link)),
      index: { title: options.title, href: "index.html" },
      previous: links[index - 1],
      next: links[index + 1],
      plotly: plotlyFile,
    });
    needsPlotly ||= html.includes(`<script src="${plotlyFile}">`);
    writeAtomically(path.join(options.out, page), html);
  }
  // Shared by the pages: at 10 MB, one copy for each would be felt.
  if (needsPlotly) writeAtomically(path.join(options.out, plotlyFile), plotlyCode());
  const entries = chapters.map(({ file, page, notebook, failure }) => ({
    title: notebook ? notebookTitle(notebook, file) : path.basename(file),
    summary: notebook ? notebookSummary(notebook) : undefined,
    href: notebook ? encodeURIComponent(page) : undefined,
    failure: failure?.message,
  }));
  writeAtomically(path.join(options.out, "index.html"), renderIndex(options.title, entries));
}
