import { escapeAttribute, escapeText } from "entities";
import type {
  ErrorOutput,
  JsonObject,
  JsonValue,
  MimeBundle,
  Output,
  StreamOutput,
} from "../notebook/format.js";
import { isJsonObject } from "../notebook/format.js";
import { ansiToHtml, stripAnsi } from "./ansi.js";
import { balanced } from "./balance.js";
import { highlight } from "./code.js";
import { renderMarkdown, type MarkdownContext } from "./markdown.js";
import { renderLatexOutput } from "./math.js";

const plotlyMime = "application/vnd.plotly.v1+json";

export interface OutputContext extends MarkdownContext {
  /** Set when an output needs plotly.js, which the page then carries once. */
  needsPlotly: boolean;
}

/** One output of a cell as HTML: the richest form of it that a page can show. */
export function renderOutput(output: Output, context: OutputContext): string {
  switch (output.output_type) {
    case "stream":
      return renderStream(output);
    case "error":
      return renderError(output);
    default:
      return renderBundle(output.data, output.metadata, context);
  }
}

function renderStream(output: StreamOutput): string {
  const html = ansiToHtml(output.text.replace(/\n$/, ""));
  if (html === "") return "";
  const label = output.name === "stderr" ? "Messages" : "Printed output";
  return `<pre class="stream ${output.name === "stderr" ? "stderr" : "stdout"}" role="region" aria-label="${label}" tabindex="0">${html}</pre>`;
}

function renderError(output: ErrorOutput): string {
  const name = stripAnsi(output.ename);
  const message = stripAnsi(output.evalue);
  const headline = `${name}: ${message}`;
  const trace = output.traceback.join("\n");
  // Many kernels begin the traceback with the headline, which the frame shows already.
  const repeated = stripAnsi(trace).trim() === headline.trim();
  const details =
    repeated || trace.trim() === ""
      ? ""
      : `<pre role="region" aria-label="Traceback" tabindex="0">${ansiToHtml(trace)}</pre>`;
  return (
    `<div class="error" role="group" aria-label="Error">` +
    `<p><strong>${escapeText(name)}</strong>${message === "" ? "" : `: ${escapeText(message)}`}</p>${details}</div>`
  );
}

type Renderer = (value: string, metadata: JsonObject, alt: string, context: OutputContext) => string;

/** Richest first. */
const renderers: [mime: string, render: Renderer][] = [
  [
    "text/html",
    (html) => `<div class="html" role="region" aria-label="Output" tabindex="0">${balanced(html)}</div>`,
  ],
  ["image/svg+xml", (svg, _metadata, alt) => inlineSvg(svg, alt)],
  ...["image/png", "image/jpeg", "image/webp", "image/gif"].map((mime): [string, Renderer] => [
    mime,
    (data, metadata, alt) => picture(mime, data, metadata, alt),
  ]),
  [
    "text/latex",
    (latex) =>
      `<div class="math-block" role="region" aria-label="Formula" tabindex="0">${renderLatexOutput(latex)}</div>`,
  ],
  [
    "text/markdown",
    (source, _metadata, _alt, context) => `<div class="prose">${renderMarkdown(source, context)}</div>`,
  ],
];

function renderBundle(data: MimeBundle, metadata: JsonObject, context: OutputContext): string {
  const plotly = data[plotlyMime];
  if (isJsonObject(plotly)) {
    context.needsPlotly = true;
    return plotlyFigure(plotly, renderStatic(data, metadata, context));
  }
  const alt = alternative(data, metadata);
  for (const [mime, render] of renderers) {
    const value = data[mime];
    if (typeof value !== "string" || value === "") continue;
    const own = metadata[mime];
    return render(value, isJsonObject(own) ? own : metadata, alt, context);
  }
  const json = data["application/json"];
  if (json !== undefined) return jsonTree(json);
  const text = data["text/plain"];
  if (typeof text !== "string") return "";
  // Controls move only where a kernel runs.
  if (metadata.convlab === "controls" || "application/vnd.jupyter.widget-view+json" in data) {
    return `<p class="controls">${ansiToHtml(text)} <small>(controls in a running notebook)</small></p>`;
  }
  return `<pre class="plain" role="region" aria-label="Result" tabindex="0">${ansiToHtml(text)}</pre>`;
}

/** What stands for an interactive chart until its script has run, and wherever scripts are off. */
function renderStatic(data: MimeBundle, metadata: JsonObject, context: OutputContext): string {
  const order = ["image/svg+xml", "image/png", "image/jpeg", "text/html", "text/plain"];
  const mime = order.find((candidate) => typeof data[candidate] === "string");
  const text = data["text/plain"] ?? "";
  return mime === undefined
    ? ""
    : renderBundle({ "text/plain": text, [mime]: data[mime] ?? "" }, metadata, context);
}

function plotlyFigure(figure: JsonObject, fallback: string): string {
  // "<" would let a string in the data end the script element.
  const json = JSON.stringify(figure).replaceAll("<", "\\u003c");
  return `<div class="plotly-figure"><div class="plotly-static">${fallback}</div><script type="application/json">${json}</script></div>`;
}

function alternative(data: MimeBundle, metadata: JsonObject): string {
  const own = metadata.alt ?? metadata.alternative;
  if (typeof own === "string") return own;
  const text = data["text/plain"];
  if (typeof text !== "string") return "Figure";
  const plain = stripAnsi(text).replace(/\s+/g, " ").trim();
  return plain === "" ? "Figure" : plain.slice(0, 300);
}

function picture(mime: string, data: string, metadata: JsonObject, alt: string): string {
  const size = (["width", "height"] as const)
    .map((name) => {
      const value = metadata[name];
      return typeof value === "number" && value > 0 ? ` ${name}="${value}"` : "";
    })
    .join("");
  const own = typeof metadata.alt === "string" ? metadata.alt : alt;
  const base64 = data.replace(/[^A-Za-z0-9+/=]/g, "");
  return `<img src="data:${mime};base64,${base64}" alt="${escapeAttribute(own)}"${size}>`;
}

function inlineSvg(svg: string, alt: string): string {
  const element = svg.replace(/<\?xml[\s\S]*?\?>|<!DOCTYPE[^>[]*(?:\[[\s\S]*?\])?[^>]*>/gi, "").trim();
  const named = /<svg\b[^>]*\s(?:aria-label|aria-labelledby)=/i.test(element);
  const role = named ? "" : ` role="img" aria-label="${escapeAttribute(alt)}"`;
  // A drawing that knows nothing of themes was drawn for white paper.
  const themed = /currentColor|prefers-color-scheme|light-dark\(|var\(--/i.test(element);
  return `<div class="svg${themed ? "" : " paper"}"${role}>${balanced(element)}</div>`;
}

function jsonTree(value: JsonValue): string {
  const text = JSON.stringify(value, null, 2);
  const open = text.split("\n").length <= 20 ? " open" : "";
  return `<details class="json"${open}><summary>JSON</summary><pre><code>${highlight(text, "json")}</code></pre></details>`;
}
