/** The lecture's notebooks as they are committed, and what a reader sees of their cells. */
import { expect } from "chai";
import { readdirSync } from "node:fs";
import path from "node:path";
import type { CodeCell, Notebook, Output } from "../../src/cli/notebook/format.js";
import { readNotebook } from "../../src/cli/notebook/read.js";
import { words } from "../cli/compare-outputs.js";

export const root: string = path.resolve(__dirname, "../../..");
export const folder: string = path.join(root, "notebooks");
export const names: string[] = readdirSync(folder).filter((name) => name.endsWith(".ipynb"));
export const mostBytes = 1.5e6;

export const committed = (name: string): Notebook => readNotebook(path.join(folder, name));

export function codeCells(notebook: Notebook): CodeCell[] {
  return notebook.cells.filter((cell) => cell.cell_type === "code");
}

export function htmlOf(outputs: Output[]): string[] {
  return outputs.flatMap((output) => {
    const html = "data" in output ? output.data["text/html"] : undefined;
    return typeof html === "string" ? [html] : [];
  });
}

/** What a reader of plain text sees of each cell. */
export function texts(notebook: Notebook): Record<string, string[]> {
  const cells = codeCells(notebook).map(({ id, outputs }) => {
    const shown = outputs.map((output) => {
      if (output.output_type === "error") return `error: ${output.ename}`;
      const text = output.output_type === "stream" ? output.text : output.data["text/plain"];
      return `${output.output_type}: ${typeof text === "string" ? text : ""}`;
    });
    return [id, shown] as const;
  });
  return Object.fromEntries(cells);
}

/** Paths and times change from run to run, and are nobody's business. */
export function expectNoTraces(notebook: Notebook): void {
  for (const cell of notebook.cells) expect(cell.metadata, cell.id).not.to.have.property("execution");
  const cells = codeCells(notebook).map(({ id, outputs }) => {
    return {
      id,
      text: [...(texts(notebook)[id] ?? []), ...htmlOf(outputs).map(words)].join("\n"),
    };
  });
  for (const { id, text } of cells) {
    expect(text, id).not.to.match(
      /(^|[\s"'(])(\/(work|root|home|tmp|Users|usr|var|opt)\/|[A-Z]:\\|file:\/\/)/m,
    );
    expect(text, id).not.to.match(
      /\b\d+(\.\d+)? ?(ms|µs|s|sec|seconds)\b|\b\d\d:\d\d:\d\d\b|\b20\d\d-\d\d-\d\d/,
    );
  }
}
