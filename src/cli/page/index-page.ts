import { escapeAttribute, escapeText } from "entities";
import { htmlDocument } from "./document.js";
import { bookHeader, type BookPlace } from "./navigation.js";

export interface IndexEntry {
  title: string;
  number: number | undefined;
  summary: string | undefined;
  /** Absent where the notebook could not be read. */
  href: string | undefined;
  /** Why the notebook did not run to its end. */
  failure: string | undefined;
}

export interface IndexOptions {
  title: string;
  /** A paragraph as HTML. */
  introduction: string | undefined;
  styles?: string[];
  entries: IndexEntry[];
  book: BookPlace;
}

/** The first page of a book. */
export function renderIndex({ title, introduction, styles = [], entries, book }: IndexOptions): string {
  const failed = entries.filter(({ failure }) => failure !== undefined).length;
  const count = `${entries.length} ${entries.length === 1 ? "notebook" : "notebooks"}`;
  const trouble = failed === 0 ? "" : `<p class="intro">${failed} of ${count} did not run to the end.</p>\n`;
  const body = `${bookHeader(book)}<div class="page index">
<main id="content" tabindex="-1">
<h1>${escapeText(title)}</h1>
${introduction === undefined ? "" : `<div class="intro">${introduction}</div>\n`}${trouble}<ol class="chapters">
${entries.map(renderEntry).join("\n")}
</ol>
</main>
</div>`;
  return htmlDocument({ title, language: "en", styles, body, searchIndex: book.searchIndex });
}

function renderEntry({ title, number, summary, href, failure }: IndexEntry): string {
  const heading =
    href === undefined ? escapeText(title) : `<a href="${escapeAttribute(href)}">${escapeText(title)}</a>`;
  const label = number === undefined ? "" : `<span class="number">${number}</span>`;
  const text = summary === undefined ? "" : `<p>${escapeText(shortened(summary))}</p>`;
  const trouble =
    failure === undefined ? "" : `<p class="failed"><strong>Failed.</strong> ${escapeText(failure)}</p>`;
  return `<li>${label}<h2>${heading}</h2>${text}${trouble}</li>`;
}

/** At most about three lines, cut at the end of a sentence or else of a word. */
function shortened(text: string): string {
  if (text.length <= 300) return text;
  const sentences = /^.{80,290}[.?!](?=\s)/.exec(text)?.[0];
  return sentences ?? `${text.slice(0, 280).replace(/\s+\S*$/, "")} …`;
}
