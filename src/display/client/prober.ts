import type { Drawing, Region } from "./contract.js";
import type { Kit } from "./kit.js";

/** What a prober is given of the figure that it reads. */
export interface ProbedFigure {
  readonly svg: SVGSVGElement;
  readonly kit: Kit;
  /** The rasters' addresses by number. */
  readonly rasters: ReadonlyMap<string, string>;
  /** The picture as it stands. */
  readonly drawing: () => Drawing;
  /** Shows words at a place of the window; no words hide them. */
  readonly showTip: (content: string, x: number, y: number) => void;
}

/** Reads values back from the pictures: under the pointer, or under a cursor that the arrow keys move. */
export interface Prober {
  /** Begins to read the rasters, so that the first question finds them ready. */
  readonly prepare: () => void;
  /** Says what stands at a point of the picture; false where nothing does. */
  readonly at: (x: number, y: number) => boolean;
  /** Moves to the next cell that way, across gaps. */
  readonly move: (way: readonly [number, number]) => void;
  readonly leave: () => void;
}

/** Sent to the page as its own source text, so it refers to nothing outside itself. */
export function makeProber({ svg, kit, rasters, drawing, showTip }: ProbedFigure): Prober {
  const frame = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const look = { class: "s-accent", fill: "none", "stroke-width": "2", "pointer-events": "none" };
  for (const [key, value] of Object.entries(look)) frame.setAttribute(key, value);
  const canvases = new Map<number, CanvasRenderingContext2D | null>();
  const pixel = (raster: number, x: number, y: number): [number, number, number, number] | undefined => {
    const pen = canvases.get(raster);
    if (pen === undefined) {
      canvases.set(raster, null);
      const image = new Image();
      image.onload = () => {
        const canvas = document.createElement("canvas");
        canvas.width = image.naturalWidth;
        canvas.height = image.naturalHeight;
        const context = canvas.getContext("2d", { willReadFrequently: true });
        context?.drawImage(image, 0, 0);
        canvases.set(raster, context);
      };
      image.src = rasters.get(String(raster)) ?? "";
    }
    if (!pen) return undefined;
    const [red, green, blue, alpha] = pen.getImageData(x, y, 1, 1).data;
    return [red, green, blue, alpha];
  };
  /** The value of a raster's pixel, by the colour nearest to it. */
  const valueOf = (region: Region, drawn: readonly number[]): string => {
    const { scale, low, high, classes } = region;
    const far = (colour: readonly number[]): number =>
      colour.reduce((sum, part, index) => sum + Math.abs(part - drawn[index]), 0);
    if (classes !== undefined) {
      const found = classes.find((_name, index) => far(kit.classColour(index)) < 4);
      return ": " + (found ?? "no class");
    }
    const hex = "#" + ((1 << 24) | (drawn[0] << 16) | (drawn[1] << 8) | drawn[2]).toString(16).slice(1);
    const odd = [NaN, Infinity, -Infinity].find((special) => kit.shade("gray", special, 0, 1).fill === hex);
    if (odd !== undefined && (scale !== "colour" || region.odd === true)) return " = " + kit.number(odd);
    if (scale === "colour") {
      return (
        " ≈ " +
        drawn
          .slice(0, 3)
          .map((part) => kit.number(low + (part / 255) * (high - low), 2))
          .join(", ")
      );
    }
    if (!(high > low)) return " = " + kit.number(low);
    let best = 0;
    let least = Infinity;
    for (let level = 0; level <= 250; level++) {
      const apart = far(kit.colour(scale, level / 250));
      if (apart < least) [least, best] = [apart, level / 250];
    }
    return " ≈ " + kit.number(low + best * (high - low), 3);
  };
  let cursor = { x: 0, y: 0, width: 1, height: 1 };
  const at = (x: number, y: number): boolean => {
    frame.remove();
    const region = drawing().regions?.find(
      (one) => x >= one.x && x < one.x + one.width && y >= one.y && y < one.y + one.height,
    );
    if (region === undefined) {
      showTip("", 0, 0);
      return false;
    }
    const width = region.width / region.columns;
    const height = region.height / region.rows;
    const column = Math.floor((x - region.x) / width);
    const row = Math.floor((y - region.y) / height);
    cursor = { x: region.x + column * width, y: region.y + row * height, width, height };
    for (const [key, value] of Object.entries(cursor)) frame.setAttribute(key, String(value));
    svg.append(frame);
    const drawn = pixel(region.raster, region.left + column, region.top + row);
    const cells = region.shrink ?? 1;
    const lines = [
      region.label,
      "row " +
        String((region.first?.[0] ?? 0) + row * cells) +
        ", column " +
        String((region.first?.[1] ?? 0) + column * cells) +
        (drawn === undefined || drawn[3] === 0 ? "" : valueOf(region, drawn)) +
        (cells > 1
          ? (region.classes === undefined ? " (mean of " : " (first of ") +
            String(cells) +
            " × " +
            String(cells) +
            ")"
          : ""),
      region.note ?? "",
    ];
    const box = svg.getBoundingClientRect();
    const across = (cursor.x + width) / drawing().width;
    const down = (cursor.y + height) / drawing().height;
    const content = lines.filter((line) => line !== "").join("\n");
    showTip(content, box.left + across * box.width, box.top + down * box.height - 12);
    return true;
  };
  const leave = (): void => {
    frame.remove();
    showTip("", 0, 0);
  };
  const move = (way: readonly [number, number]): void => {
    const from = cursor;
    const middle = [from.x + from.width / 2, from.y + from.height / 2];
    // Boxes may stand apart: look further until one is met, and stay where there is none.
    for (let reach = 1; reach <= drawing().width; reach++) {
      const x = middle[0] + way[0] * (from.width / 2 + reach);
      const y = middle[1] + way[1] * (from.height / 2 + reach);
      if (at(x, y)) return;
    }
    if (at(middle[0], middle[1])) return;
    // Nothing has been read yet, or the picture has changed under the cursor: it begins at the first cell.
    const first = drawing().regions?.[0];
    if (first !== undefined)
      at(first.x + first.width / first.columns / 2, first.y + first.height / first.rows / 2);
  };
  const prepare = (): void => {
    for (const name of rasters.keys()) pixel(Number(name), 0, 0);
  };
  return { prepare, at, move, leave };
}
