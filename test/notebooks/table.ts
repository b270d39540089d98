/** The table in `notebooks/README.md` of where each topic of the lecture is, and how its numbers are looked for. */
import { expect } from "chai";
import type { Notebook } from "../../src/cli/notebook/format.js";
import { drawnNumbers, words } from "../cli/compare-outputs.js";
import { htmlOf, texts } from "./lecture.js";

export interface Row {
  label: string;
  notebook: string;
  cells: string[];
  numbers: string[];
}

/** `| 4 | stride … | 03 | `stride-3` | 2.33, 13 |`; a slip of the slides has an S before its number. */
export function readTable(markdown: string): Row[] {
  return markdown.split("\n").flatMap((line): Row[] => {
    const parts = line.split("|").map((part) => part.trim());
    const [, label = "", , notebook = "", cells = "", numbers = ""] = parts;
    if (!/^S?\d+$/.test(label)) return [];
    const list = (text: string): string[] => text.split(" · ").map((item) => item.replace(/^`|`$/g, ""));
    return [{ label, notebook, cells: list(cells), numbers: numbers === "" ? [] : list(numbers) }];
  });
}

/** All that a cell says: its outputs' text, its figures' numbers, and of a Markdown cell its source. */
export function cellText(notebook: Notebook, id: string): string {
  const cell = notebook.cells.find((candidate) => candidate.id === id);
  expect(cell, `cell ${id}`).not.to.equal(undefined);
  if (cell?.cell_type !== "code") return cell?.source ?? "";
  const html = htmlOf(cell.outputs);
  const figures = html.map((text) => `${words(text)} ${JSON.stringify(drawnNumbers(text))}`);
  return [...(texts(notebook)[id] ?? []), ...figures].join("\n");
}

/** Whether a text holds numbers in this order, however they are set: "1 2 4" is in [1, 2, 4], "352800" in 352,800. */
export function holds(text: string, wanted: string): boolean {
  const numbersOf = (written: string): number[] =>
    (written.replaceAll("−", "-").match(/(?<![\w.])-?\d+(?:\.\d+)?/g) ?? []).map(Number);
  const sought = numbersOf(wanted);
  if (sought.length === 0) return text.includes(wanted);
  // A comma stands between numbers, or between the digits of one.
  const readings = [text, text.replace(/\b\d{1,3}(?:,\d{3})+\b/g, (number) => number.replaceAll(",", ""))];
  return readings
    .map(numbersOf)
    .some((there) => there.some((_, at) => sought.every((number, i) => there[at + i] === number)));
}
