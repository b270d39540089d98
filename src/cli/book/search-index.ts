import type { Cell, Notebook, Output } from "../notebook/format.js";
import { tagsOf } from "../notebook/format.js";
import { stripAnsi } from "../page/ansi.js";
import { type MarkdownContext, readSections } from "../page/markdown.js";
import type { SearchEntry } from "../page/search-client.js";

/** What readers can find on one page: an entry for each section, of its prose, its code and its printed outputs. */
export function searchEntries(
  notebook: Notebook,
  { href, chapter }: { href: string; chapter: string },
): SearchEntry[] {
  const context: MarkdownContext = { folder: undefined, pageOf: () => undefined, headings: [] };
  const entries: SearchEntry[] = [{ href, chapter, heading: chapter, text: "" }];
  const add = (text: string): void => {
    const entry = entries.at(-1);
    if (entry) entry.text += ` ${text}`;
  };
  for (const cell of notebook.cells) {
    if (tagsOf(cell).includes("remove-cell")) continue;
    if (cell.cell_type !== "markdown") {
      add(cellText(cell));
      continue;
    }
    for (const { heading, text } of readSections(cell.source, context)) {
      if (heading && heading.level > 1) {
        const address = `${href}#${encodeURIComponent(heading.id)}`;
        entries.push({ href: address, chapter, heading: heading.text, text: "" });
      }
      add(text);
    }
  }
  // Letters and their accents as one sign, as the search folds them.
  for (const entry of entries) entry.text = entry.text.normalize("NFC").replace(/\s+/g, " ").trim();
  return entries;
}

function cellText(cell: Cell): string {
  if (cell.cell_type !== "code") return "";
  return [cell.source, ...cell.outputs.map(outputText)].join(" ");
}

/** Long outputs are numbers that nobody looks for. */
function outputText(output: Output): string {
  if (output.output_type === "error") return stripAnsi(`${output.ename} ${output.evalue}`);
  const text = output.output_type === "stream" ? output.text : output.data["text/plain"];
  return typeof text === "string" ? stripAnsi(text).slice(0, 400) : "";
}

/** The index as a script: a page in the file system may run one from beside it, but not read a file. */
export function searchScript(entries: SearchEntry[]): string {
  return `window.convlabSearch = ${JSON.stringify(entries)};\n`;
}
