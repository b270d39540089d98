import type { Scale, ValueRange } from "./client/kit.js";
import type { MapLook, MapsScene } from "./client/maps.js";
import { colourPng, indexedPng, pngAddress } from "./png.js";
import { levelOf, paletteOf, shrink, transparent } from "./raster.js";
import { channelOf, type Maps } from "./values.js";

// A picture carries at most this many pixels, so that 512 maps stay well under 1.5 MB; one in colour, whose pixels
// are three bytes, half as many.
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
  colour = false,
): Layout {
  const room = 732;
  const columns = Math.max(
    1,
    Math.min(given ?? Math.max(4, Math.min(32, Math.ceil(Math.sqrt(count * 2.2)))), count),
  );
  // At most two pixels a unit, and all maps together within the budget.
  const seen = Math.max(width, height) / Math.max(4, (room / columns) * 2);
  const budget = colour ? pixelBudget / 2 : pixelBudget;
  const factor = Math.max(1, Math.ceil(seen), Math.ceil(Math.sqrt((count * width * height) / budget)));
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
  flags: readonly number[],
): string {
  const { width, height, places } = placesOf(maps.channels, layout);
  const pixels = new Uint8Array(width * height).fill(transparent);
  for (const { index, left, top } of places) {
    if (flags[index] === 1 || looks[index] !== scale) continue;
    const small = shrink(channelOf(maps, index), maps.width, maps.height, layout.shrink);
    const range = ends[index] ?? ends[0];
    small.values.forEach((value, at) => {
      const line = top + Math.floor(at / layout.mapWidth);
      pixels[line * width + left + (at % layout.mapWidth)] = levelOf(value, range);
    });
  }
  return pngAddress(indexedPng(pixels, width, height, paletteOf(scale)));
}

/** Every three maps as the red, green and blue of one picture; where one of them is not finite it has that colour. */
export function colourAtlasOf(maps: Maps, layout: Layout, ends: readonly ValueRange[]): string {
  const { width, height, places } = placesOf(maps.channels / 3, layout);
  const pixels = new Uint8Array(width * height * 4);
  const palette = paletteOf("gray");
  for (const { index, left, top } of places) {
    const { low, high } = ends[index] ?? ends[0];
    const odd = new Map<number, readonly number[]>();
    for (let part = 0; part < 3; part++) {
      const small = shrink(channelOf(maps, 3 * index + part), maps.width, maps.height, layout.shrink);
      small.values.forEach((value, at) => {
        const line = top + Math.floor(at / layout.mapWidth);
        const pixel = 4 * (line * width + left + (at % layout.mapWidth));
        const t = high > low ? (value - low) / (high - low) : 0.5;
        pixels[pixel + part] = Math.round(255 * Math.min(1, Math.max(0, t)));
        pixels[pixel + 3] = 255;
        if (!Number.isFinite(value)) odd.set(pixel, palette[levelOf(value, { low, high })]);
      });
    }
    for (const [pixel, colour] of odd) pixels.set(colour, pixel);
  }
  return pngAddress(colourPng(pixels, width, height, 4));
}
