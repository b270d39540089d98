import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Failure } from "../failure.js";
import { renderIndex } from "../page/index-page.js";
import { firstHeading, renderFirstParagraph } from "../page/markdown.js";
import { mathStyle } from "../page/math.js";
import { type BookPlace, chapterName, type PageLink } from "../page/navigation.js";
import { notebookSummary, notebookTitle, plotlyCode, renderPage } from "../page/page.js";
import { inParallel } from "../progress.js";
import { type Chapter, type ChapterOptions, notebooksIn, readChapter } from "./chapter.js";
import { writeBook } from "./leftovers.js";
import { searchEntries, searchScript } from "./search-index.js";

export interface BookOptions extends ChapterOptions {
  /** The folder the notebooks are in; its README.md gives the book its title and introduction. */
  folder: string;
  /** The folder the pages go to. */
  out: string;
  jobs: number;
}

const files = { index: "index.html", search: "search-index.js", plotly: "plotly.js" };

/**
 * Writes a page for each notebook of a folder, an index of them all, and what they share beside them; pages of an
 * earlier build that have no notebook any more are removed. A notebook that fails does not keep the others from being shown: the index says what happened to it.
 * @returns the failures
 */
export async function buildBook(options: BookOptions): Promise<Failure[]> {
  const notebooks = notebooksIn(options.folder);
  const chapters = await inParallel(notebooks, options.jobs, (file) => readChapter(file, options));
  if (options.signal.aborted) return [];
  writePages(chapters, options);
  return chapters.flatMap(({ failure }) => failure ?? []);
}

interface ShownChapter extends Required<Pick<Chapter, "notebook">> {
  file: string;
  page: string;
  link: PageLink;
}

function writePages(chapters: Chapter[], { folder, out }: BookOptions): void {
  const { title, introduction } = frontMatter(folder);
  const shown = chapters.flatMap(({ file, page, number, notebook }): ShownChapter[] => {
    if (!notebook) return [];
    // The number is in the file's name; a title that repeats it would show it twice.
    const name = notebookTitle(notebook, file).replace(/^0*(\d+)[.:]?\s+/, (whole, digits: string) =>
      Number(digits) === number ? "" : whole,
    );
    return [{ file, page, notebook, link: { title: name, href: encodeURIComponent(page), number } }];
  });
  const book: BookPlace = {
    index: { title, href: files.index },
    chapters: shown.map(({ link }) => link),
    searchIndex: files.search,
  };
  const pageOf = new Map(shown.map(({ file, link }) => [path.resolve(file), link.href]));
  const readme = path.resolve(folder, "README.md");
  if (!pageOf.has(readme)) pageOf.set(readme, files.index);
  const written = new Map<string, string>();
  let needsPlotly = false;
  for (const [current, { file, page, notebook }] of shown.entries()) {
    const html = renderPage(notebook, {
      file,
      pageOf: (link) => pageOf.get(path.resolve(path.dirname(file), link)),
      book: { ...book, current },
      plotly: files.plotly,
    });
    needsPlotly ||= html.includes(`<script src="${files.plotly}">`);
    written.set(page, html);
  }
  // Shared by the pages: at 5 MB, one copy for each would be felt.
  if (needsPlotly) written.set(files.plotly, plotlyCode());
  const entries = shown.flatMap(({ notebook, link }) =>
    searchEntries(notebook, { href: link.href, chapter: chapterName(link) }),
  );
  written.set(files.search, searchScript(entries));
  const links = new Map(shown.map(({ file, link }) => [file, link]));
  const index = renderIndex({
    title,
    introduction,
    styles: [mathStyle(introduction ?? "")],
    book,
    entries: chapters.map(({ file, number, notebook, failure }) => ({
      title: links.get(file)?.title ?? path.basename(file),
      number,
      summary: notebook ? notebookSummary(notebook) : undefined,
      href: links.get(file)?.href,
      failure: failure?.message,
    })),
  });
  written.set(files.index, index);
  writeBook(out, written);
}

/** The book's title and introduction: what its folder's README begins with. */
function frontMatter(folder: string): { title: string; introduction: string | undefined } {
  const file = path.join(folder, "README.md");
  const source = existsSync(file) ? readFileSync(file, "utf8") : "";
  return {
    title: firstHeading(source) ?? path.basename(path.resolve(folder)),
    introduction: renderFirstParagraph(source),
  };
}
