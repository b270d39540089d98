import type { Kit } from "./kit.js";

/** How a cell of a grid is drawn and what it says when it is pointed at; nothing where it stays empty. */
export interface CellLook {
  readonly fill: string;
  readonly tip: string;
}

/** Where a grid stands, how large its cells are, and how many there are down and across. */
export interface CellGrid {
  readonly x: number;
  readonly y: number;
  readonly cell: number;
  readonly rows: number;
  readonly columns: number;
  /** Draws the cells apart from each other; they touch unless said. */
  readonly apart?: boolean;
}

export type DrawCells = (
  kit: Kit,
  grid: CellGrid,
  look: (row: number, column: number) => CellLook | undefined,
) => string;

/**
 * A grid of coloured cells: those that look and say the same are one path, so that a pattern of many cells and few
 * values stays a small picture. Sent to the page as its own source text, so it refers to nothing outside itself.
 */
export function drawCells(
  kit: Kit,
  { x, y, cell, rows, columns, apart }: CellGrid,
  look: (row: number, column: number) => CellLook | undefined,
): string {
  const paths = new Map<string, { look: CellLook; path: string }>();
  const gap = apart ? 0.9 : 0;
  const short = (value: number): string => String(Math.round(value * 100) / 100);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns;) {
      const one = look(row, column);
      const keyOf = (other: CellLook | undefined): string =>
        other === undefined ? "" : other.fill + " " + other.tip;
      const key = keyOf(one);
      let end = column + 1;
      // Neighbours that touch and are alike are one box.
      while (!apart && end < columns && keyOf(look(row, end)) === key) end++;
      if (one !== undefined) {
        const known = paths.get(key) ?? { look: one, path: "" };
        const wide = short((end - column) * cell - gap);
        known.path += "M" + short(x + column * cell) + " " + short(y + row * cell);
        known.path += "h" + wide + "v" + short(cell - gap) + "h-" + wide + "z";
        paths.set(key, known);
      }
      column = end;
    }
  }
  // Cells that touch would show the ground between them where their edges are smoothed.
  const sharp = apart ? undefined : "crispEdges";
  return [...paths.values()]
    .map(({ look: { fill, tip }, path }) =>
      kit.element("path", { d: path, fill, "data-tip": tip, "shape-rendering": sharp }),
    )
    .join("");
}
