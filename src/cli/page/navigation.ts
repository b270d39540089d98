import { escapeAttribute, escapeText } from "entities";
import type { Heading } from "./markdown.js";

/** A page among others. */
export interface PageLink {
  title: string;
  href: string;
  /** The chapter's number, if it has one. */
  number?: number | undefined;
}

/** Where a page stands in a book. */
export interface BookPlace {
  /** The book, and the page that lists its chapters. */
  index: PageLink;
  chapters: PageLink[];
  /** Which of the chapters this page is; none for the index. */
  current?: number;
  /** The address of the search index, a script. */
  searchIndex: string;
}

/** "7 Channels and filters" */
export function chapterName({ title, number }: PageLink): string {
  return number === undefined ? title : `${number} ${title}`;
}

/** The bar over every page of a book. What needs scripts is hidden until they run. */
export function bookHeader(place: BookPlace): string {
  const { index, chapters, current } = place;
  const here = current === undefined ? ' aria-current="page"' : "";
  const near = (offset: number, rel: string, label: string, sign: string): string => {
    const target = current === undefined ? undefined : chapters[current + offset];
    if (!target) return "";
    const name = `${label}: ${chapterName(target)}`;
    return `<a rel="${rel}" href="${escapeAttribute(target.href)}" title="${escapeAttribute(name)}" aria-label="${escapeAttribute(name)}">${sign}</a>`;
  };
  const neighbours = near(-1, "prev", "Previous", "←") + near(1, "next", "Next", "→");
  return `<header class="site">
<a class="brand" href="${escapeAttribute(index.href)}"${here}>${escapeText(index.title)}</a>
<form class="search" role="search" hidden><input type="search" aria-label="Search all chapters" placeholder="Search" autocomplete="off" spellcheck="false"><kbd aria-hidden="true" title="The key / leads here">/</kbd>
<div class="found" hidden><p role="status"></p><ol></ol></div></form>
${neighbours === "" ? "" : `<nav class="near" aria-label="Neighbouring chapters">${neighbours}</nav>`}
<button class="theme" type="button" hidden aria-pressed="false" aria-label="Dark theme" title="Light or dark"><svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"><circle cx="10" cy="10" r="7.25" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M10 2.75a7.25 7.25 0 0 1 0 14.5z" fill="currentColor"/></svg></button>
</header>
`;
}

/** All chapters, and the sections of this one; without a book, the sections alone. */
export function contents(headings: Heading[], place: BookPlace | undefined): string {
  const sections = sectionList(headings);
  if (!place) return sections === "" ? "" : navigation(sections);
  const items = place.chapters.map((chapter, i) => {
    const here = i === place.current;
    const number = chapter.number === undefined ? "" : `<span class="number">${chapter.number}</span> `;
    const link = `<a class="chapter" href="${escapeAttribute(chapter.href)}"${here ? ' aria-current="page"' : ""}>${number}${escapeText(chapter.title)}</a>`;
    return `<li>${link}${here ? sections : ""}</li>`;
  });
  return navigation(`<ol class="book">${items.join("\n")}</ol>`);
}

function navigation(list: string): string {
  return `<nav class="toc" aria-label="Contents"><details open><summary>Contents</summary>${list}</details></nav>\n`;
}

/** Second- and third-level headings; a page with fewer than two needs no list. */
function sectionList(headings: Heading[]): string {
  const entries = headings.filter(({ level }) => level === 2 || level === 3);
  if (entries.length < 2) return "";
  let html = "";
  let open = 0;
  for (const { level, id, html: label } of entries) {
    const depth = level === 3 && open > 0 ? 2 : 1;
    if (depth > open) html += "<ol>";
    else html += depth < open ? "</li></ol></li>" : "</li>";
    open = depth;
    html += `<li><a href="#${encodeURIComponent(id)}">${label}</a>`;
  }
  return html + "</li></ol>".repeat(open);
}

/** Below a chapter: on to the next, and back. */
export function turnBar({ chapters, current }: BookPlace): string {
  if (current === undefined) return "";
  const link = (target: PageLink | undefined, rel: string, label: string): string =>
    target
      ? `<a rel="${rel}" class="${rel}" href="${escapeAttribute(target.href)}"><small>${label}</small>${escapeText(chapterName(target))}</a>`
      : "";
  const links = link(chapters[current - 1], "prev", "Previous") + link(chapters[current + 1], "next", "Next");
  return links === "" ? "" : `<nav class="turn" aria-label="Next and previous chapter">${links}</nav>\n`;
}
