import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { escapeAttribute, escapeText } from "entities";
import { type Cell, type CodeCell, isJsonObject, type Notebook, tagsOf } from "../notebook/format.js";
import { stripAnsi } from "./ansi.js";
import { highlight } from "./code.js";
import { htmlDocument } from "./document.js";
import { firstHeading, firstParagraph, renderMarkdown } from "./markdown.js";
import { mathStyle } from "./math.js";
import { bookHeader, type BookPlace, contents, turnBar } from "./navigation.js";
import { type OutputContext, renderOutput } from "./outputs.js";
import { plotlyScript } from "./script.js";

export interface PageOptions {
  /** The notebook's file, for its name and for the pictures its Markdown refers to. */
  file: string;
  /** Where a link to another notebook (as written in the Markdown) leads; by default it stays as it is. */
  pageOf?: (notebook: string) => string | undefined;
  /** The book that the page is a chapter of; by default it stands alone. */
  book?: BookPlace;
  /** Address of a shared plotly.js on the same server; by default the page carries its own copy where it needs one. */
  plotly?: string;
}

/** A whole notebook as one self-contained HTML page. */
export function renderPage(notebook: Notebook, options: PageOptions): string {
  const context: OutputContext = {
    folder: path.dirname(options.file),
    pageOf: options.pageOf ?? (() => undefined),
    headings: [],
    needsPlotly: false,
  };
  const { book } = options;
  const title = notebookTitle(notebook, options.file);
  const language = codeLanguage(notebook);
  const cells = notebook.cells
    .map((cell) => renderCell(cell, language, context))
    .filter((html) => html !== "");
  const titled = context.headings.some((heading) => heading.level === 1);
  const number = book?.current === undefined ? undefined : book.chapters[book.current]?.number;
  const above = number === undefined ? "" : `<p class="above">Notebook ${number}</p>\n`;
  const content = `${above}${titled ? "" : `<h1>${escapeText(title)}</h1>\n`}${cells.join("\n")}`;
  const sidebar = contents(context.headings, book);
  const body = `${book ? bookHeader(book) : ""}<div class="page${sidebar ? " with-toc" : ""}">
${sidebar}<main id="content" tabindex="-1">
${content}
${book ? turnBar(book) : ""}</main>
<footer class="colophon">Made from ${escapeText(path.basename(options.file))} by convlab.</footer>
</div>`;
  return htmlDocument({
    title,
    language: pageLanguage(notebook),
    description: notebookSummary(notebook),
    styles: [mathStyle(body)],
    body,
    searchIndex: book?.searchIndex,
    scripts: context.needsPlotly
      ? [
          options.plotly === undefined ? { code: plotlyCode() } : { address: options.plotly },
          { code: plotlyScript },
        ]
      : [],
  });
}

/** The first heading of the notebook, else its file's name without dashes and number signs. */
export function notebookTitle(notebook: Notebook, file: string): string {
  for (const cell of notebook.cells) {
    const heading = cell.cell_type === "markdown" ? firstHeading(cell.source) : undefined;
    if (heading !== undefined) return heading;
  }
  const own = notebook.metadata.title;
  if (typeof own === "string" && own !== "") return own;
  return path.basename(file, ".ipynb").replace(/[-_]+/g, " ");
}

/** The first paragraph of the notebook's text. */
export function notebookSummary(notebook: Notebook): string | undefined {
  for (const cell of notebook.cells) {
    const paragraph = cell.cell_type === "markdown" ? firstParagraph(cell.source) : undefined;
    if (paragraph !== undefined) return paragraph;
  }
  return undefined;
}

/** plotly.js, minified where the build has done so. */
export function plotlyCode(): string {
  const small = path.join(__dirname, "plotly.min.js");
  return readFileSync(existsSync(small) ? small : require.resolve("plotly.js-dist"), "utf8");
}

function codeLanguage(notebook: Notebook): string {
  const { language_info: info, kernelspec } = notebook.metadata;
  if (isJsonObject(info) && typeof info.name === "string") return info.name;
  if (isJsonObject(kernelspec) && typeof kernelspec.language === "string") return kernelspec.language;
  return "typescript";
}

/** The language the prose is written in: a BCP 47 tag in the metadata as `lang` or `language`, else English. */
function pageLanguage(notebook: Notebook): string {
  const { lang, language } = notebook.metadata;
  const tag = [lang, language].find(
    (value) => typeof value === "string" && /^[a-z]{2,3}(-[a-z0-9]+)*$/i.test(value),
  );
  return typeof tag === "string" ? tag : "en";
}

function renderCell(cell: Cell, language: string, context: OutputContext): string {
  const tags = tagsOf(cell);
  if (tags.includes("remove-cell")) return "";
  const anchor = `id="cell-${escapeAttribute(cell.id)}"`;
  if (cell.cell_type === "markdown") {
    if (cell.source.trim() === "") return "";
    return `<div class="cell" ${anchor}><div class="prose">\n${renderMarkdown(cell.source, context, cell.attachments)}</div></div>`;
  }
  if (cell.cell_type === "raw") {
    const format = cell.metadata.format ?? cell.metadata.raw_mimetype;
    return format === "text/html" ? `<div class="cell html" ${anchor}>${cell.source}</div>` : "";
  }
  const source = tags.includes("remove-input") ? "" : renderSource(cell, tags, language);
  const outputs = tags.includes("remove-output") ? "" : renderOutputs(cell, tags, context);
  return source === "" && outputs === "" ? "" : `<div class="cell" ${anchor}>${source}${outputs}</div>`;
}

function renderSource(cell: CodeCell, tags: string[], language: string): string {
  const code = stripAnsi(cell.source).replace(/\s+$/, "");
  if (code === "") return "";
  const count =
    cell.execution_count === null
      ? ""
      : `<span class="count" aria-hidden="true">[${cell.execution_count}]</span>`;
  const label = cell.execution_count === null ? "Code" : `Code ${cell.execution_count}`;
  const block =
    `<div class="source">${count}<pre role="region" aria-label="${label}" tabindex="0">` +
    `<code>${highlight(code, language)}</code></pre></div>`;
  return tags.includes("hide-input") || isHidden(cell, "source_hidden")
    ? folded("Show the code", block)
    : block;
}

function renderOutputs(cell: CodeCell, tags: string[], context: OutputContext): string {
  const outputs = cell.outputs.map((output) => renderOutput(output, context)).filter((html) => html !== "");
  if (outputs.length === 0) return "";
  const block = `<div class="outputs">${outputs.join("\n")}</div>`;
  return tags.includes("hide-output") || isHidden(cell, "outputs_hidden")
    ? folded("Show the output", block)
    : block;
}

function isHidden(cell: Cell, field: "source_hidden" | "outputs_hidden"): boolean {
  const { jupyter } = cell.metadata;
  return isJsonObject(jupyter) && jupyter[field] === true;
}

function folded(summary: string, html: string): string {
  return `<details class="folded"><summary>${summary}</summary>${html}</details>`;
}
