import { readFileSync } from "node:fs";
import path from "node:path";
import { escapeAttribute, escapeText } from "entities";
import { type Cell, type CodeCell, isJsonObject, type Notebook, tagsOf } from "../notebook/format.js";
import { stripAnsi } from "./ansi.js";
import { highlight } from "./code.js";
import { htmlDocument } from "./document.js";
import { firstHeading, firstParagraph, type Heading, renderMarkdown } from "./markdown.js";
import { mathStyle } from "./math.js";
import { type OutputContext, renderOutput } from "./outputs.js";
import { plotlyScript } from "./script.js";

/** A page's neighbour in a set of pages. */
export interface PageLink {
  title: string;
  href: string;
}

export interface PageOptions {
  /** The notebook's file, for its name and for the pictures its Markdown refers to. */
  file: string;
  /** Where a link to another notebook (as written in the Markdown) leads; by default it stays as it is. */
  pageOf?: (notebook: string) => string | undefined;
  index?: PageLink;
  previous?: PageLink | undefined;
  next?: PageLink | undefined;
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
  const title = notebookTitle(notebook, options.file);
  const language = codeLanguage(notebook);
  const cells = notebook.cells
    .map((cell) => renderCell(cell, language, context))
    .filter((html) => html !== "");
  const titled = context.headings.some((heading) => heading.level === 1);
  const content = `${titled ? "" : `<h1>${escapeText(title)}</h1>\n`}${cells.join("\n")}`;
  const contents = tableOfContents(context.headings);
  const body = `${siteBar(options)}<div class="page${contents ? " with-toc" : ""}">
${contents}<main id="content" tabindex="-1">
${content}
${turnBar(options)}</main>
<footer class="colophon">Made from ${escapeText(path.basename(options.file))} by convlab.</footer>
</div>`;
  return htmlDocument({
    title,
    language: pageLanguage(notebook),
    description: notebookSummary(notebook),
    styles: [mathStyle(body)],
    body,
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

/** plotly.js as its package ships it. */
export function plotlyCode(): string {
  return readFileSync(require.resolve("plotly.js-dist"), "utf8");
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

/** Second- and third-level headings; a page with fewer than two needs no table. */
function tableOfContents(headings: Heading[]): string {
  const entries = headings.filter(({ level }) => level === 2 || level === 3);
  if (entries.length < 2) return "";
  let html = "";
  let open = 0;
  for (const { level, id, html: label } of entries) {
    const depth = level === 3 && open > 0 ? 2 : 1;
    if (open === 0) html += "<ol>";
    else if (depth > open) html += "<ol>";
    else html += depth < open ? "</li></ol></li>" : "</li>";
    open = depth;
    html += `<li><a href="#${encodeURIComponent(id)}">${label}</a>`;
  }
  html += "</li></ol>".repeat(open);
  return `<nav class="toc" aria-label="Contents"><details open><summary>Contents</summary>${html}</details></nav>\n`;
}

function siteBar({ index, previous, next }: PageOptions): string {
  if (!index) return "";
  const link = (target: PageLink | undefined, rel: string, label: string): string =>
    target
      ? `<a rel="${rel}" href="${escapeAttribute(target.href)}" title="${escapeAttribute(target.title)}">${label}</a>`
      : "";
  return `<header><nav class="site" aria-label="Notebooks"><a href="${escapeAttribute(index.href)}">${escapeText(index.title)}</a>${link(previous, "prev", "← Previous")}${link(next, "next", "Next →")}</nav></header>\n`;
}

function turnBar({ previous, next }: PageOptions): string {
  if (!previous && !next) return "";
  const link = (target: PageLink | undefined, rel: string, label: string): string =>
    target
      ? `<a rel="${rel}" class="${rel}" href="${escapeAttribute(target.href)}"><small>${label}</small>${escapeText(target.title)}</a>`
      : "";
  return `<nav class="turn" aria-label="Next and previous notebook">${link(previous, "prev", "Previous")}${link(next, "next", "Next")}</nav>\n`;
}
