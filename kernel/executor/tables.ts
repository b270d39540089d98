/** Values with rows and columns as HTML tables, cut to what a page can hold. */
import { inspect, types } from "node:util";
import { escapeUTF8 } from "entities";
import { isPlain } from "./world";

const maxRows = 30;
const maxColumns = 20;

interface Table {
  /** What stands above: the kind of value and its size. */
  title: string;
  columns: string[];
  rows: { name: string; cells: unknown[] }[];
  /** How many rows and columns there are in truth. */
  height: number;
  width: number;
}

/** A table of nested arrays, typed arrays, records in an array, maps and sets; undefined for anything else. */
export function tableOf(value: unknown): string | undefined {
  const table = read(value);
  return table && table.height > 0 ? render(table) : undefined;
}

function read(value: unknown): Table | undefined {
  if (types.isMap(value)) {
    const rows = first(Reflect.apply(mapEntries, value, [])).map(([key, item], i) => ({
      name: String(i),
      cells: [key, item],
    }));
    return {
      title: `Map of ${String(value.size)}`,
      columns: ["key", "value"],
      rows,
      height: value.size,
      width: 2,
    };
  }
  if (types.isSet(value)) {
    const rows = first(Reflect.apply(setValues, value, [])).map((item, i) => ({
      name: String(i),
      cells: [item],
    }));
    return { title: `Set of ${String(value.size)}`, columns: ["value"], rows, height: value.size, width: 1 };
  }
  if (isNumbers(value)) return ofNumbers(value);
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const shown = leading(value, maxRows);
  if (shown.every((row): row is ArrayLike<unknown> => isRow(row))) return ofRows(value, shown);
  if (shown.every(isRecord)) return ofRecords(value, shown);
  return undefined;
}

function ofRows(value: readonly unknown[], shown: readonly ArrayLike<unknown>[]): Table {
  const width = shown.reduce((most, row) => Math.max(most, row.length), 0);
  return {
    title: `${String(value.length)} × ${String(width)}`,
    columns: Array.from({ length: Math.min(width, maxColumns) }, (_, i) => String(i)),
    rows: shown.map((row, i) => ({ name: String(i), cells: leading(row, maxColumns) })),
    height: value.length,
    width,
  };
}

function ofRecords(value: readonly unknown[], shown: readonly Record<string, unknown>[]): Table | undefined {
  const columns = [...new Set(shown.flatMap((row) => Object.keys(row)))];
  if (columns.length === 0) return undefined;
  return {
    title: `Array of ${String(value.length)}`,
    columns: columns.slice(0, maxColumns),
    rows: shown.map((row, i) => ({
      name: String(i),
      cells: columns.slice(0, maxColumns).map((column) => row[column]),
    })),
    height: value.length,
    width: columns.length,
  };
}

type Numbers = ArrayLike<number | bigint> & { readonly constructor: { name: string } };

/** One row, and what a reader asks first of many numbers. */
function ofNumbers(value: Numbers): Table {
  let low = Infinity;
  let high = -Infinity;
  let sum = 0;
  for (let i = 0; i < value.length; i++) {
    const number = Number(value[i]);
    low = Math.min(low, number);
    high = Math.max(high, number);
    sum += number;
  }
  const range = `from ${brief(low)} to ${brief(high)}, mean ${brief(sum / value.length)}`;
  const shown = leading(value, maxColumns);
  return {
    title: `${value.constructor.name} of ${String(value.length)}${value.length > 0 ? `, ${range}` : ""}`,
    columns: shown.map((_, i) => String(i)),
    rows: value.length > 0 ? [{ name: "", cells: shown }] : [],
    height: value.length > 0 ? 1 : 0,
    width: value.length,
  };
}

function render({ title, columns, rows, height, width }: Table): string {
  const cut = width > columns.length;
  const tail = cut ? "<td>…</td>" : "";
  const head = columns.map((name) => `<th scope="col">${escapeUTF8(name)}</th>`).join("");
  const body = rows.map(({ name, cells }) => {
    const inner = columns.map((_, i) => `<td>${escapeUTF8(brief(cells[i]))}</td>`).join("");
    return `<tr><th scope="row">${escapeUTF8(name)}</th>${inner}${tail}</tr>`;
  });
  if (height > rows.length) {
    const left = `… ${String(height - rows.length)} more rows`;
    body.push(`<tr><td colspan="${String(columns.length + (cut ? 2 : 1))}">${left}</td></tr>`);
  }
  const corner = `<th></th>${head}${cut ? "<th>…</th>" : ""}`;
  return `<table><caption>${escapeUTF8(title)}</caption><thead><tr>${corner}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}

/** Numbers to six digits, anything else on one short line. */
function brief(value: unknown): string {
  if (typeof value === "number")
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  if (typeof value === "string") return value.length > 80 ? `${value.slice(0, 80)}…` : value;
  if (value === undefined) return "";
  const line = inspect(value, { depth: 1, breakLength: Infinity, maxArrayLength: 10, maxStringLength: 80 });
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}

function isNumbers(value: unknown): value is Numbers {
  return types.isTypedArray(value) && !isBuffer(value);
}

/** A row of plain values; deeper nests read better as text. */
function isRow(row: unknown): row is ArrayLike<unknown> {
  if (isNumbers(row)) return true;
  if (!Array.isArray(row) || row.length === 0) return false;
  return leading(row, row.length).every((cell) => cell === null || typeof cell !== "object");
}

function isRecord(row: unknown): row is Record<string, unknown> {
  if (row === null || typeof row !== "object" || Symbol.for("Jupyter.display") in row) return false;
  return isPlain(row);
}

/** The first of a list's items, by index: the list may come from a cell. */
function leading<T>(list: ArrayLike<T>, count: number): T[] {
  return Array.from({ length: Math.min(list.length, count) }, (_, i) => list[i]);
}

// Of this realm: they read a cell's maps and sets, and call nothing that a cell can have replaced.
const { entries: mapEntries } = Map.prototype;
const { values: setValues } = Set.prototype;
const { isBuffer } = Buffer;

function first<T>(items: Iterable<T>): T[] {
  const taken: T[] = [];
  for (const item of items) {
    if (taken.length === maxRows) break;
    taken.push(item);
  }
  return taken;
}
