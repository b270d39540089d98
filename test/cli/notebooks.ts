/** Notebooks made for tests, as their authors' tools would write them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CodeCell, JsonObject, MarkdownCell, Notebook, Output } from "../../src/cli/notebook/format.js";

let made = 0;

export function markdownCell(source: string, more: Partial<MarkdownCell> = {}): MarkdownCell {
  return { cell_type: "markdown", id: `m${++made}`, metadata: {}, source, ...more };
}

export function codeCell(source: string, outputs: Output[] = [], more: Partial<CodeCell> = {}): CodeCell {
  return {
    cell_type: "code",
    id: `c${++made}`,
    metadata: {},
    source,
    outputs,
    execution_count: null,
    ...more,
  };
}

export function notebookOf(cells: Notebook["cells"], metadata?: JsonObject): Notebook {
  const kernelspec = { name: "convlab", display_name: "convlab", language: "typescript" };
  return { nbformat: 4, nbformat_minor: 5, metadata: metadata ?? { kernelspec }, cells };
}

/** A folder for one suite's files, removed when the suite has run. */
export function temporaryFolder(): () => string {
  let folder = "";
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "convlab-test-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  return () => folder;
}

export function saveNotebook(file: string, cells: Notebook["cells"], metadata?: JsonObject): string {
  writeFileSync(file, JSON.stringify(notebookOf(cells, metadata)));
  return file;
}
