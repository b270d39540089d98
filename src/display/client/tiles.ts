import type { Drawing, Region, State } from "./contract.js";
import type { Chart, Kit, Scale } from "./kit.js";

/** One picture of a comparison. */
export interface Tile {
  readonly raster: number;
  /** Pixels of the raster. */
  readonly columns: number;
  readonly rows: number;
  readonly scale: Scale | "colour";
  readonly low: number;
  readonly high: number;
  /** Cells of the tensor a pixel stands for, down and across. */
  readonly shrink: number;
  readonly label: string;
  readonly note?: string;
  /** Where it shows classes: their names. */
  readonly classes?: readonly string[];
  /** Drawn before it: "+", "=", "∗". */
  readonly sign?: string;
  /** Row and column of the tensor at which a detail begins; default its first. */
  readonly first?: readonly [number, number];
  /** Height over width, where its cells are not square; default its pixels'. */
  readonly proportion?: number;
}

export interface TileLine {
  readonly heading?: string;
  readonly tiles: readonly Tile[];
  /** Draws pictures of fewer pixels smaller; default all of one size. */
  readonly toScale?: boolean;
  /** The widest that a tile of this line may be; default the scene's. */
  readonly size?: number;
}

export interface TilesScene {
  readonly title: string;
  readonly caption: string;
  /** What each value of the state's `variant` shows. */
  readonly variants: readonly { readonly lines: readonly TileLine[]; readonly foot: readonly string[] }[];
  readonly chart?: Chart;
  /** Colours and their names, under the pictures. */
  readonly legend?: readonly { readonly name: string; readonly colour: readonly number[] }[];
  /** The widest that a tile may be. */
  readonly size: number;
}

/** Lines of labelled pictures, wrapped to the page, with a curve below where there is one. */
export function drawTiles(scene: TilesScene, state: State, kit: Kit): Drawing {
  const narrow = state.narrow === 1;
  const width = narrow ? 400 : 760;
  const margin = 14;
  const { lines, foot } = scene.variants[state.variant ?? 0];
  const parts: string[] = [];
  const regions: Region[] = [];
  parts.push(
    kit.text(margin, 16, kit.clip(scene.title, narrow ? 46 : 90), { "font-size": 15, "font-weight": 600 }),
  );
  let y = 26;
  const wrapped = (content: string, attributes: Record<string, string | number>): void => {
    const most = Math.floor((width - 2 * margin) / (Number(attributes["font-size"]) * 0.53));
    for (const written of kit.wrap(content, most)) {
      parts.push(kit.text(margin, y + 9, written, attributes));
      y += 18;
    }
  };
  wrapped(scene.caption, { class: "f-muted", "font-size": 12.5 });
  for (const { heading, tiles, toScale, size = scene.size } of lines) {
    if (heading !== undefined) {
      y += 22;
      parts.push(kit.text(margin, y, heading, { "font-size": 13, "font-weight": 600 }));
    }
    const signed = tiles.some(({ sign }) => sign !== undefined);
    const gap = signed ? 26 : 14;
    const cellsOf = ({ columns, shrink }: Tile): number => columns * shrink;
    const widest = Math.max(...tiles.map(cellsOf));
    const formOf = ({ proportion, rows, columns }: Tile): number => proportion ?? rows / columns;
    // A tall picture is drawn narrower, so that no line is higher than a screen.
    const share = (tile: Tile, span: number): number =>
      Math.min(toScale ? Math.max(0.2, cellsOf(tile) / widest) : 1, 420 / (formOf(tile) * span));
    const highOf = (tile: Tile, span: number): number => formOf(tile) * share(tile, span) * span;
    const least = narrow ? (signed ? 70 : 104) : 112;
    const inLine = Math.max(
      1,
      Math.min(tiles.length, Math.floor((width - 2 * margin + gap) / (least + gap))),
    );
    const span = Math.min(size, (width - 2 * margin - gap * (inLine - 1)) / inLine);
    let index = 0;
    while (index < tiles.length) {
      const row = tiles.slice(index, index + inLine);
      const notes = row.map(({ note }) => {
        const lines = kit.wrap(note ?? "", Math.max(4, Math.floor(span / 6.2)));
        return lines.length <= 5 ? lines : [...lines.slice(0, 4), lines[4].slice(0, -1) + "…"];
      });
      const noted = row.every(({ note }) => note === undefined)
        ? 0
        : Math.max(...notes.map((lines) => lines.length));
      const highest = Math.max(...row.map((tile) => highOf(tile, span)));
      y += 20;
      row.forEach((tile, column) => {
        const x = margin + column * (span + gap);
        const wide = share(tile, span) * span;
        const high = highOf(tile, span);
        const top = y + 10 + (signed ? (highest - high) / 2 : 0);
        if (tile.sign !== undefined)
          parts.push(
            kit.text(x - gap / 2, y + 10 + highest / 2, tile.sign, {
              "text-anchor": "middle",
              "font-size": 18,
              class: "f-muted",
            }),
          );
        parts.push(
          kit.text(x, y, kit.clip(tile.label, Math.max(4, Math.floor(span / 6.7))), {
            "font-size": 12.5,
            "font-weight": 600,
          }),
        );
        parts.push(kit.image(tile.raster, x, top, wide, high));
        parts.push(kit.rect(x, top, wide, high, { fill: "none", class: "s-line", "stroke-width": 0.75 }));
        notes[column].forEach((written, line) => {
          const style = { "font-size": 11.5, class: "f-muted" };
          if (written !== "") parts.push(kit.text(x, y + 21 + highest + 14 * line, written, style));
        });
        regions.push({
          x,
          y: top,
          width: wide,
          height: high,
          raster: tile.raster,
          left: 0,
          top: 0,
          columns: tile.columns,
          rows: tile.rows,
          scale: tile.scale,
          low: tile.low,
          high: tile.high,
          shrink: tile.shrink,
          first: tile.first,
          label: tile.label,
          note: tile.note,
          classes: tile.classes,
        });
      });
      y += 10 + highest + 4 + (noted > 0 ? 2 + 14 * noted : 0);
      index += inLine;
    }
  }
  y += 12;
  let across = margin;
  for (const { name, colour } of scene.legend ?? []) {
    const room = 26 + name.length * 7;
    if (across + room > width - margin) {
      across = margin;
      y += 20;
    }
    parts.push(
      kit.rect(across, y - 4, 13, 13, { fill: "rgb(" + colour.join(",") + ")", class: "s-line", rx: 2 }),
    );
    parts.push(kit.text(across + 19, y + 2.5, name, { "font-size": 12.5 }));
    across += room;
  }
  if ((scene.legend ?? []).length > 0) y += 18;
  for (const sentence of foot) {
    wrapped(sentence, { "font-size": 13.5 });
    y += 2;
  }
  if (scene.chart !== undefined) {
    const high = narrow ? 230 : 250;
    parts.push(kit.chart(margin, y + 10, Math.min(560, width - 2 * margin), high, scene.chart));
    y += high;
  }
  const height = y + 12;
  const ground = kit.rect(0, 0, width, height, { class: "f-surface", rx: 8 });
  return { width, height, body: ground + parts.join(""), status: foot.join(" "), regions };
}
