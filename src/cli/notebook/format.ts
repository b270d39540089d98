/**
 * A notebook in memory: nbformat 4.5 with every multi-line string joined.
 * Source: Jupyter's description of the notebook file format, version 4.5.
 */

export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

/** MIME type → text, base64 for images, or a JSON value for the JSON types. */
export type MimeBundle = Record<string, JsonValue>;

export interface StreamOutput {
  output_type: "stream";
  name: string;
  text: string;
}
export interface DisplayOutput {
  output_type: "display_data";
  data: MimeBundle;
  metadata: JsonObject;
}
export interface ResultOutput {
  output_type: "execute_result";
  data: MimeBundle;
  metadata: JsonObject;
  execution_count: number | null;
}
export interface ErrorOutput {
  output_type: "error";
  ename: string;
  evalue: string;
  traceback: string[];
}
export type Output = StreamOutput | DisplayOutput | ResultOutput | ErrorOutput;

interface CellBase {
  id: string;
  metadata: JsonObject;
  source: string;
}
/** File name → MIME bundle; Markdown refers to one as `attachment:NAME`. */
export type Attachments = Record<string, MimeBundle>;

export interface MarkdownCell extends CellBase {
  cell_type: "markdown";
  attachments?: Attachments;
}
export interface RawCell extends CellBase {
  cell_type: "raw";
  attachments?: Attachments;
}
export interface CodeCell extends CellBase {
  cell_type: "code";
  outputs: Output[];
  execution_count: number | null;
}
export type Cell = MarkdownCell | RawCell | CodeCell;

export interface Notebook {
  nbformat: 4;
  nbformat_minor: 5;
  metadata: JsonObject;
  cells: Cell[];
}

/** True for the MIME types whose value is any JSON value rather than text. */
export function isJsonMime(mime: string): boolean {
  return /^application\/(.*\+)?json$/.test(mime);
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A cell's tags, empty when it has none. */
export function tagsOf(cell: Cell): string[] {
  const tags = cell.metadata.tags;
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [];
}

/** The language that a notebook says it is written in, in lower case; "" where it does not say. */
export function notebookLanguage({ metadata }: Notebook): string {
  const { kernelspec, language_info: info } = metadata;
  const named = isJsonObject(kernelspec) ? kernelspec.language : undefined;
  const language = named ?? (isJsonObject(info) ? info.name : undefined);
  return typeof language === "string" ? language.toLowerCase() : "";
}

/** The kernel a notebook asks for, if it names one. */
export function kernelNameOf(notebook: Notebook): string | undefined {
  const spec = notebook.metadata.kernelspec;
  return isJsonObject(spec) && typeof spec.name === "string" ? spec.name : undefined;
}
