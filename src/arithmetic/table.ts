import { escapeUTF8 } from "entities/escape";
import { inspect } from "node:util";

/** Rows of words and numbers with their headings, and lines that stand below. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The first columns are words, set left; the rest are numbers, set right. */
  readonly words: number;
  readonly foot: readonly string[];
  /** Whether rules part head, rows and foot in the text. */
  readonly ruled?: boolean;
}

// Arithmetic stands before display: it follows Jupyter's convention without importing the figures.
const displaySymbol = Symbol.for("Jupyter.display");

/** What makes a value print as its table: in a terminal as text, in a notebook as text and HTML. */
export interface Tabular {
  /** The table as text. */
  toString(): string;
  /** Displays the table: `text/plain` and `text/html`. */
  toBundle(): TableBundle;
}

export interface TableBundle {
  readonly "text/plain": string;
  readonly "text/html": string;
}

/** Gives a value a table to print as. */
export function tabular<T extends object>(value: T, table: Table): T & Tabular {
  const toString = (): string => textOf(table);
  const toBundle = (): TableBundle => ({ "text/plain": textOf(table), "text/html": htmlOf(table) });
  const hidden = { enumerable: false };
  return Object.defineProperties(value, {
    toString: { value: toString, ...hidden },
    toBundle: { value: toBundle, ...hidden },
    [displaySymbol]: { value: toBundle, ...hidden },
    [inspect.custom]: { value: toString, ...hidden },
  }) as T & Tabular;
}

function textOf({ head, rows, words, foot, ruled = false }: Table): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column].length)),
  );
  const lines = [head, ...rows].map((row) =>
    row
      .map((entry, column) =>
        column < words ? entry.padEnd(widths[column]) : entry.padStart(widths[column]),
      )
      .join("  ")
      .trimEnd(),
  );
  if (!ruled) return [...lines, ...foot].join("\n");
  const rule = "─".repeat(widths.reduce((all, width) => all + width + 2, -2));
  return [lines[0], rule, ...lines.slice(1), rule, ...foot].join("\n");
}

function htmlOf({ head, rows, words, foot }: Table): string {
  const line = (row: readonly string[], name: "th" | "td"): string =>
    `<tr>${row
      .map((entry, column) => {
        const side = column < words ? "left" : "right";
        return `<${name} style="text-align:${side}">${escapeUTF8(entry)}</${name}>`;
      })
      .join("")}</tr>`;
  const below = foot.map((words) => `<div>${escapeUTF8(words)}</div>`).join("");
  const body = rows.map((row) => line(row, "td")).join("");
  return `<table><thead>${line(head, "th")}</thead><tbody>${body}</tbody></table>${below}`;
}
