import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { decodeHTML, escapeAttribute, escapeText } from "entities";
import MarkdownIt, { type Token } from "markdown-it";
import type { Attachments } from "../notebook/format.js";
import { highlight } from "./code.js";
import { mathPlugin } from "./math.js";

/** What one page's Markdown cells share: where relative links lead, and the headings met so far. */
export interface MarkdownContext {
  /** The notebook's folder; pictures below it are put into the page. */
  folder: string | undefined;
  /** Where a link to another notebook leads, if that has a page too. */
  pageOf(notebook: string): string | undefined;
  headings: Heading[];
}

export interface Heading {
  level: number;
  id: string;
  /** The heading's contents, formulas included, without links. */
  html: string;
  text: string;
}

// A type and not an interface, so that markdown-it takes it for its open record.
type Environment = {
  context: MarkdownContext;
  attachments: Attachments | undefined;
};

const markdown = new MarkdownIt({
  // The notebook is the reader's own: its HTML (details, figures) is as much its text as the Markdown.
  html: true,
  linkify: false,
  typographer: false,
  highlight: (code, language) => highlight(code, language === "" ? "text" : language),
});
mathPlugin(markdown);

/** Renders one Markdown cell; its headings are appended to the context. */
export function renderMarkdown(source: string, context: MarkdownContext, attachments?: Attachments): string {
  const environment: Environment = { context, attachments };
  const tokens = markdown.parse(source, environment);
  for (const [index, token] of tokens.entries()) {
    if (token.type === "heading_open") nameHeading(token, tokens[index + 1], environment);
  }
  return markdown.renderer.render(tokens, markdown.options, environment);
}

/** A heading and what stands below it, as plain text for a search; what stands before the first has no heading. */
export interface Section {
  heading: Heading | undefined;
  text: string;
}

/** Takes a Markdown cell apart by its headings; their ids are those of `renderMarkdown` on the same context. */
export function readSections(source: string, context: MarkdownContext): Section[] {
  const environment: Environment = { context, attachments: undefined };
  const tokens = markdown.parse(source, environment);
  const sections: Section[] = [{ heading: undefined, text: "" }];
  for (const [index, token] of tokens.entries()) {
    if (token.type === "heading_open") {
      nameHeading(token, tokens[index + 1], environment);
      sections.push({ heading: context.headings.at(-1), text: "" });
      continue;
    }
    const section = sections.at(-1);
    if (!section || tokens[index - 1]?.type === "heading_open") continue;
    section.text += ` ${searchable(token)}`;
  }
  return sections;
}

function searchable(token: Token): string {
  if (token.type === "html_block") return decodeHTML(token.content.replace(/<[^>]*>/g, " "));
  if (token.type === "math_block") return plainLatex(token.content);
  if (!token.children) return token.content;
  return token.children
    .map((child) =>
      child.type.startsWith("math_") ? plainLatex(child.content) + child.info : plainText([child]),
    )
    .join("");
}

const latexSigns: Record<string, string> = {
  times: "×",
  cdot: "·",
  le: "≤",
  ge: "≥",
  to: "→",
  lfloor: "⌊",
  rfloor: "⌋",
};

/** A formula as someone might type it into a search. */
function plainLatex(latex: string): string {
  return latex
    .replace(/\\[td]?frac(?:\{([^{}]*)\}\{([^{}]*)\}|(\d)(\d))/g, "$1$3/$2$4")
    .replace(/\\([a-zA-Z]+) ?/g, (_, name: string) => latexSigns[name] ?? " ")
    .replace(/\\[,;!]|[{}$&\\]/g, "");
}

/** The first paragraph's words, for an index. */
export function firstParagraph(source: string): string | undefined {
  const tokens = markdown.parse(source, {});
  const at = tokens.findIndex(
    (token, i) => token.type === "paragraph_open" && tokens[i + 1]?.type === "inline",
  );
  if (at < 0) return undefined;
  const text = plainText(tokens[at + 1]?.children ?? [])
    .replace(/\s+/g, " ")
    .trim();
  return text === "" ? undefined : text;
}

/** The first paragraph as HTML. */
export function renderFirstParagraph(source: string): string | undefined {
  const context: MarkdownContext = { folder: undefined, pageOf: () => undefined, headings: [] };
  const environment: Environment = { context, attachments: undefined };
  const tokens = markdown.parse(source, environment);
  const at = tokens.findIndex(({ type }) => type === "paragraph_open");
  if (at < 0) return undefined;
  return markdown.renderer.render(tokens.slice(at, at + 3), markdown.options, environment);
}

/** The first heading's words, if the source has one. */
export function firstHeading(source: string): string | undefined {
  const tokens = markdown.parse(source, {});
  const at = tokens.findIndex((token) => token.type === "heading_open");
  return at < 0 ? undefined : plainText(tokens[at + 1]?.children ?? []).trim() || undefined;
}

function plainText(tokens: Token[]): string {
  return tokens
    .map((token) => {
      if (token.type === "softbreak" || token.type === "hardbreak") return " ";
      if (token.type === "html_inline") return "";
      if (token.type === "math_inline") return token.content + token.info;
      return token.children ? plainText(token.children) : token.content;
    })
    .join("");
}

function nameHeading(open: Token, inline: Token | undefined, environment: Environment): void {
  const { headings } = environment.context;
  const text = plainText(inline?.children ?? []).trim();
  const base = anchorName(text) || "section";
  let id = base;
  for (let n = 2; headings.some((heading) => heading.id === id); n++) id = `${base}-${n}`;
  open.attrSet("id", id);
  const children = (inline?.children ?? []).filter((token) => !/^(link_|html_inline)/.test(token.type));
  const html = markdown.renderer.render(children, markdown.options, environment);
  headings.push({ level: Number(open.tag.slice(1)), id, html, text });
}

function anchorName(text: string): string {
  return text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "");
}

/** Jupyter names a heading `#Full-padding`, a code-hosting site `#full-padding`; a cell keeps its name. */
function pageAnchor(hash: string): string {
  return /^#(cell-|$)/.test(hash) ? hash : `#${encodeURIComponent(anchorName(decode(hash.slice(1))))}`;
}

const { rules } = markdown.renderer;

/** What `renderMarkdown` handed to markdown-it, which hands it on to each rule. */
function environmentOf(env: MarkdownIt.Env | undefined): Environment {
  return env as Environment;
}

const plainTextRule = rules.text;

/** A size such as 5 × 5 × 3 is one thing and is not broken over two lines. */
rules.text = (tokens, index, options, env, self) =>
  (plainTextRule?.(tokens, index, options, env, self) ?? "").replace(/(?<=\d) × (?=\d)/g, "\u00a0×\u00a0");

rules.table_open = () => '<div class="scroll" role="region" aria-label="Table" tabindex="0"><table>\n';
rules.table_close = () => "</table></div>\n";

rules.image = (tokens, index, _options, env) => {
  const token = tokens[index];
  if (!token) return "";
  const alt = plainText(token.children ?? []);
  const source = String(token.attrGet("src") ?? "");
  const title = String(token.attrGet("title") ?? "");
  const data = pictureData(source, environmentOf(env));
  if (data === undefined) {
    // The page asks the network for nothing; the picture stays one click away.
    const reason = /^[a-z]+:/i.test(source) ? "picture on the web" : "picture not found";
    return `<a class="absent" href="${escapeAttribute(source)}">${escapeText(alt || source)} (${reason})</a>`;
  }
  const titleAttribute = title !== "" ? ` title="${escapeAttribute(title)}"` : "";
  return `<img src="${data}" alt="${escapeAttribute(alt)}"${titleAttribute}>`;
};

const pictureTypes: Record<string, string> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".svg": "image/svg+xml",
};

function pictureData(source: string, { context, attachments }: Environment): string | undefined {
  if (source.startsWith("data:")) return escapeAttribute(source);
  if (source.startsWith("attachment:")) {
    const bundle = attachments?.[decode(source.slice("attachment:".length))] ?? {};
    const found = Object.entries(bundle).find(([mime]) => mime.startsWith("image/"));
    if (!found || typeof found[1] !== "string") return undefined;
    const [mime, value] = found;
    return mime === "image/svg+xml"
      ? `data:${mime};base64,${Buffer.from(value).toString("base64")}`
      : `data:${escapeAttribute(mime)};base64,${escapeAttribute(value.replace(/\s/g, ""))}`;
  }
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(source) || context.folder === undefined) return undefined;
  const file = path.resolve(context.folder, decode(source.replace(/[?#].*$/, "")));
  const mime = pictureTypes[path.extname(file).toLowerCase()];
  try {
    if (mime === undefined || !statSync(file).isFile()) return undefined;
    return `data:${mime};base64,${readFileSync(file).toString("base64")}`;
  } catch {
    return undefined;
  }
}

function decode(component: string): string {
  try {
    return decodeURIComponent(component);
  } catch {
    return component;
  }
}

rules.link_open = (tokens, index, options, env, self) => {
  const token = tokens[index];
  const href = String(token?.attrGet("href") ?? "");
  const notebook = /^([^:?#]+\.(?:ipynb|md))(#.*)?$/.exec(href);
  const page = notebook ? environmentOf(env).context.pageOf(decode(notebook[1] ?? "")) : undefined;
  if (page !== undefined) token?.attrSet("href", page + pageAnchor(notebook?.[2] ?? "#").replace(/^#$/, ""));
  else if (/^#./.test(href)) token?.attrSet("href", pageAnchor(href));
  return self.renderToken(tokens, index, options);
};

const pictureTag = /<img\b[^>]*>/gi;

/** Pictures named by HTML in the cell are put into the page as Markdown's own are. */
function inlinePictures(html: string, env: Environment): string {
  return html.replace(pictureTag, (tag) =>
    tag.replace(
      /(\ssrc\s*=\s*)(?:"([^"]*)"|'([^']*)')/i,
      (whole, before: string, double?: string, single?: string) => {
        const data = pictureData(decodeHTML(double ?? single ?? ""), env);
        return data === undefined ? whole : `${before}"${data}"`;
      },
    ),
  );
}
rules.html_block = (tokens, index, _options, env) =>
  inlinePictures(tokens[index]?.content ?? "", environmentOf(env));
rules.html_inline = (tokens, index, _options, env) =>
  inlinePictures(tokens[index]?.content ?? "", environmentOf(env));
