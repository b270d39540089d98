import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { exitCodes, Failure, systemReason } from "../failure.js";
import { makeFolder } from "../make-folder.js";
import {
  type Cell,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type MimeBundle,
  type Notebook,
  type Output,
} from "./format.js";

const widgetMime = "application/vnd.jupyter.widget-view+json";

/**
 * Controls are gone when their kernel is: on reopening, a front-end would look for them and report an error in place
 * of the text beside them. What they were set to stays, marked as such.
 */
export function withoutWidgets(notebook: Notebook): Notebook {
  const cells = notebook.cells.map((cell): Cell => {
    if (cell.cell_type !== "code") return cell;
    const outputs = cell.outputs.map((output): Output => {
      if (!("data" in output) || !(widgetMime in output.data) || !("text/plain" in output.data))
        return output;
      const data = Object.fromEntries(Object.entries(output.data).filter(([mime]) => mime !== widgetMime));
      return { ...output, data, metadata: { ...output.metadata, convlab: "controls" } };
    });
    return { ...cell, outputs };
  });
  return { ...notebook, cells };
}

/** A notebook as Jupyter itself writes it: keys sorted, indented by one space, text as lists of lines. */
export function formatNotebook(notebook: Notebook): string {
  const document = {
    ...notebook,
    cells: notebook.cells.map((cell) => ({
      ...cell,
      source: splitLines(cell.source),
      ...("attachments" in cell ? { attachments: mapValues(cell.attachments, splitBundle) } : {}),
      ...(cell.cell_type === "code" ? { outputs: cell.outputs.map((output) => splitOutput(output)) } : {}),
    })),
  };
  return `${JSON.stringify(sorted(document as unknown as JsonValue), null, 1)}\n`;
}

export function writeNotebook(file: string, notebook: Notebook): void {
  writeAtomically(file, formatNotebook(notebook));
}

/**
 * Writes a whole file or nothing: into a temporary file beside it, forced to the disk, then renamed.
 * Whoever reads `file` meanwhile, or after a full disk or a kill, finds the old contents or the new.
 */
export function writeAtomically(file: string, contents: string | Uint8Array): void {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
  try {
    makeFolder(path.dirname(file));
    const handle = openSync(temporary, "w");
    try {
      writeFileSync(handle, contents);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, file);
  } catch (error) {
    // The folder itself may be missing or a file; then there is nothing to remove.
    try {
      rmSync(temporary, { force: true });
    } catch {
      // Nothing better to say than the first error.
    }
    throw new Failure(`${file} cannot be written: ${systemReason(error)}.`, exitCodes.output);
  }
}

/** Python's `splitlines(True)`, which Jupyter uses and whose line ends are more than \n. */
function splitLines(text: string): string[] {
  return (
    text.match(
      /[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])|[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+$/g,
    ) ?? []
  );
}

type CodeOutput = Extract<Notebook["cells"][number], { cell_type: "code" }>["outputs"][number];

function splitOutput(output: CodeOutput): object {
  if (output.output_type === "stream") return { ...output, text: splitLines(output.text) };
  if (output.output_type === "error") return output;
  return { ...output, data: splitBundle(output.data) };
}

function splitBundle(bundle: MimeBundle): MimeBundle {
  return Object.fromEntries(
    Object.entries(bundle).map(([mime, value]) => {
      const lines = mime.startsWith("text/") || mime === "image/svg+xml" || mime === "application/javascript";
      return [mime, lines && typeof value === "string" ? splitLines(value) : value];
    }),
  );
}

function mapValues<V, R>(
  object: Record<string, V> | undefined,
  change: (value: V) => R,
): Record<string, R> | undefined {
  if (!object) return undefined;
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  const entries = Object.keys(value)
    .sort()
    .map((key): [string, JsonValue] => [key, sorted(value[key] ?? null)]);
  return Object.fromEntries(entries) satisfies JsonObject;
}
