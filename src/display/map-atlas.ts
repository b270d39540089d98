import type { Scale, ValueRange } from "./client/kit.js";
import type { MapLook, MapsScene } from "./client/maps.js";
import { colourPng, indexedPng, pngAddress } from "./png.js";
import { levelOf, paletteOf, shrink, transparent } from "./raster.js";
import { channelOf, type Maps } from "./values.js";

// A picture carries at most this many pixels, so that 512 maps stay well under 1.5 MB.
const pixelBudget = 420_000;

export type Layout = Pick<
  MapsScene,
  "columns" | "mapWidth" | "mapHeight" | "shrink" | "gapX" | "gapY" | "size"
>;

/** The grid of `count` maps that uses the width well without drawing more pixels than can be seen. */
export function layoutOf(
  count: number,
  { height, width }: { height: number; width: number },
  given: number | undefined,
  labelled: boolean,
): Layout {
  const room = 732;
  const columns = Math.min(
    given ?? Math.max(Math.min(count, 4), Math.min(32, Math.ceil(Math.sqrt(count * 2.2)))),
    Math.max(1, count),
  );
  // At most two pixels a unit, and all maps together within the budget.
  const cell = room / columns;
  const most = Math.min(cell * 2, Math.sqrt(pixelBudget / Math.max(1, count)));
  const factor = Math.max(1, Math.ceil(Math.max(width, height) / Math.max(4, most)));
  const mapWidth = Math.ceil(width / factor);
  const mapHeight = Math.ceil(height / factor);
  const gapX = Math.max(1, Math.round(mapWidth * 0.06));
  // Few small maps are not blown up beyond recognition; photographs fill the width, but not the screen's height.
  const side = Math.max(mapWidth, mapHeight);
  const widest = Math.max(200, 5 * side) / Math.max(1, mapWidth);
  const tallest = Math.min(520, Math.max(200, 5 * side)) / Math.max(1, mapHeight);
  const size = Math.min(room / (columns * (mapWidth + gapX) - gapX), tallest, widest);
  const gapY = Math.max(gapX, labelled ? Math.ceil(16 / size) : 0);
  return { columns, mapWidth, mapHeight, shrink: factor, gapX, gapY, size };
}

interface Place {
  readonly index: number;
  readonly left: number;
  readonly top: number;
}

function placesOf(count: number, layout: Layout): { width: number; height: number; places: Place[] } {
  const { columns, mapWidth, mapHeight, gapX, gapY } = layout;
  const rows = Math.ceil(count / columns);
  return {
    width: columns * (mapWidth + gapX) - gapX,
    height: rows * (mapHeight + gapY) - gapY,
    places: Array.from({ length: count }, (_, index) => ({
      index,
      left: (index % columns) * (mapWidth + gapX),
      top: Math.floor(index / columns) * (mapHeight + gapY),
    })),
  };
}

/**
 * All maps of one scale in one indexed picture: one palette, one image element, whatever their number.
 * The places of the others, and of dead maps, stay clear.
 */
export function atlasOf(
  maps: Maps,
  layout: Layout,
  scale: Scale,
  looks: readonly MapLook[],
  ends: readonly ValueRange[],
  dead: readonly number[],
): string {
  const { width, height, places } = placesOf(maps.channels, layout);
  const pixels = new Uint8Array(width * height).fill(transparent);
  for (const { index, left, top } of places) {
    if (dead.includes(index) || looks[index] !== scale) continue;
    const small = shrink(channelOf(maps, index), maps.width, maps.height, layout.shrink);
    const range = ends[index] ?? ends[0];
    small.values.forEach((value, at) => {
      const line = top + Math.floor(at / layout.mapWidth);
      pixels[line * width + left + (at % layout.mapWidth)] = levelOf(value, range);
    });
  }
  return pngAddress(indexedPng(pixels, width, height, paletteOf(scale)));
}

/** Every three maps as the red, green and blue of one picture; what is not finite is black. */
export function colourAtlasOf(maps: Maps, layout: Layout, ends: readonly ValueRange[]): string {
  const { width, height, places } = placesOf(maps.channels / 3, layout);
  const pixels = new Uint8Array(width * height * 4);
  for (const { index, left, top } of places) {
    const { low, high } = ends[index] ?? ends[0];
    for (let part = 0; part < 3; part++) {
      const small = shrink(channelOf(maps, 3 * index + part), maps.width, maps.height, layout.shrink);
      small.values.forEach((value, at) => {
        const line = top + Math.floor(at / layout.mapWidth);
        const pixel = 4 * (line * width + left + (at % layout.mapWidth));
        const t = high > low ? (value - low) / (high - low) : 0.5;
        pixels[pixel + part] = Number.isFinite(t) ? Math.round(255 * Math.min(1, Math.max(0, t))) : 0;
        pixels[pixel + 3] = 255;
      });
    }
  }
  return pngAddress(colourPng(pixels, width, height, 4));
}
