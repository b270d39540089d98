import { escapeAttribute, escapeText } from "entities";
import { htmlDocument } from "./document.js";

export interface IndexEntry {
  title: string;
  summary: string | undefined;
  /** Absent where the notebook could not be read. */
  href: string | undefined;
  /** Why the notebook did not run to its end. */
  failure: string | undefined;
}

/** The first page of a set of notebooks. */
export function renderIndex(title: string, entries: IndexEntry[]): string {
  const failed = entries.filter(({ failure }) => failure !== undefined).length;
  const count = `${entries.length} ${entries.length === 1 ? "notebook" : "notebooks"}`;
  const state = failed === 0 ? "" : ` ${failed} of them did not run to the end.`;
  const body = `<div class="page">
<main id="content" tabindex="-1">
<h1>${escapeText(title)}</h1>
<p class="intro">${count}, run from first cell to last on this computer.${state}</p>
<ol class="chapters">
${entries.map(renderEntry).join("\n")}
</ol>
</main>
</div>`;
  return htmlDocument({ title, language: "en", body });
}

function renderEntry({ title, summary, href, failure }: IndexEntry): string {
  const heading =
    href === undefined ? escapeText(title) : `<a href="${escapeAttribute(href)}">${escapeText(title)}</a>`;
  const text = summary === undefined ? "" : `<p>${escapeText(shortened(summary))}</p>`;
  const trouble =
    failure === undefined ? "" : `<p class="failed"><strong>Failed.</strong> ${escapeText(failure)}</p>`;
  return `<li><h2>${heading}</h2>${text}${trouble}</li>`;
}

/** At most about three lines, cut at the end of a word. */
function shortened(text: string): string {
  return text.length <= 260 ? text : `${text.slice(0, 250).replace(/\s+\S*$/, "")} …`;
}
