import { refusal } from "../tensor/errors.js";
import type { Tensor } from "../tensor/index.js";
import type { Scale, ValueRange } from "./client/kit.js";
import type { Tile } from "./client/tiles.js";
import { serverKit } from "./figure.js";
import { colourPng, indexedPng, pngAddress } from "./png.js";
import { rasterOf, shrink } from "./raster.js";
import { channelOf, type Maps, mapsOf, rangeOf } from "./values.js";

// No more pixels than can be seen, and the bytes of all pictures together within a page's patience.
const mostSide = 384;
const byteBudget = 150_000;

/** The colour of what is no class: none of the classes' own, and seen on a light page as on a dark one. */
export const noClass: readonly [number, number, number] = [0x9a, 0x9a, 0x9a];

/** Gathers the pictures of a comparison and their rasters. */
export class TileSheet {
  readonly rasters: string[] = [];
  readonly #side: number;
  #largest = 1;

  /** @param bytes how many bytes a pixel of all pictures together takes: one a grey picture, three one in colour */
  constructor(bytes = 1) {
    this.#side = Math.min(mostSide, Math.floor(Math.sqrt(byteBudget / bytes)));
  }

  /** What has been left out of the pictures, in words; nothing where each cell has its own pixel. */
  get reduction(): string {
    const cells = `${this.#largest} × ${this.#largest}`;
    return this.#largest === 1 ? "" : `Drawn with one pixel for up to ${cells} cells; data keeps them all.`;
  }

  #factorOf({ width, height }: { width: number; height: number }): number {
    const factor = Math.max(1, Math.ceil(Math.max(width, height) / this.#side));
    this.#largest = Math.max(this.#largest, factor);
    return factor;
  }

  /** One channel on a scale; `range` default the channel's own (symmetric where it is diverging). */
  map(
    values: Float32Array,
    size: { width: number; height: number },
    label: string,
    look: TileLook = {},
  ): Tile {
    const range = look.range ?? rangeOf(values);
    const scale = look.scale ?? (range.low < 0 ? "diverging" : "gray");
    const most = Math.max(-range.low, range.high);
    const { low, high } = scale === "diverging" ? { low: -most, high: most } : range;
    const factor = this.#factorOf(size);
    const small = shrink(values, size.width, size.height, factor);
    this.rasters.push(rasterOf(small.values, small.width, small.height, scale, { low, high }));
    const { width: columns, height: rows } = small;
    const { note, sign, proportion } = look;
    return {
      raster: this.rasters.length - 1,
      columns,
      rows,
      scale,
      low,
      high,
      shrink: factor,
      label,
      note,
      sign,
      proportion,
    };
  }

  /**
   * Class numbers, [H, W] in that order, in the classes' colours; what is no class is grey. Of a block of a large
   * map its first cell is drawn: classes have no mean.
   */
  classes(
    values: Float32Array,
    size: { width: number; height: number },
    label: string,
    names: readonly string[],
    note?: string,
  ): Tile {
    const palette = names.map(
      (_, index) => [...serverKit.classColour(index), 255] as [number, number, number, number],
    );
    palette.push([...noClass, 255]);
    const factor = this.#factorOf(size);
    const [columns, rows] = [Math.ceil(size.width / factor), Math.ceil(size.height / factor)];
    const pixels = Uint8Array.from({ length: columns * rows }, (_, at) => {
      const value = values[Math.floor(at / columns) * factor * size.width + (at % columns) * factor];
      return Number.isInteger(value) && value >= 0 && value < names.length ? value : names.length;
    });
    this.rasters.push(pngAddress(indexedPng(pixels, columns, rows, palette)));
    const raster = this.rasters.length - 1;
    return {
      raster,
      columns,
      rows,
      scale: "colour",
      low: 0,
      high: 1,
      shrink: factor,
      label,
      note,
      classes: names,
    };
  }

  /** An image of one channel in grey (or on `look.scale`), or of three in colour. */
  image(maps: Maps, label: string, look: TileLook = {}): Tile {
    if (maps.channels !== 3) return this.map(channelOf(maps, 0), maps, label, look);
    const { low, high } = look.range ?? { low: 0, high: 1 };
    const { width, height } = maps;
    const factor = this.#factorOf(maps);
    const planes = [0, 1, 2].map((channel) => shrink(channelOf(maps, channel), width, height, factor));
    const [{ width: columns, height: rows }] = planes;
    const pixels = new Uint8Array(columns * rows * 3);
    planes.forEach(({ values }, channel) => {
      values.forEach((value, index) => {
        const t = (value - low) / (high > low ? high - low : 1);
        pixels[index * 3 + channel] = Number.isFinite(t) ? Math.round(Math.min(1, Math.max(0, t)) * 255) : 0;
      });
    });
    this.rasters.push(pngAddress(colourPng(pixels, columns, rows, 3, true)));
    const raster = this.rasters.length - 1;
    return {
      raster,
      columns,
      rows,
      scale: "colour",
      low,
      high,
      shrink: factor,
      label,
      note: look.note,
      sign: look.sign,
      proportion: look.proportion,
    };
  }
}

export interface TileLook {
  readonly scale?: Scale;
  readonly range?: ValueRange;
  readonly note?: string;
  readonly sign?: string;
  /** Height over width, where the cells are not square. */
  readonly proportion?: number;
}

/** Reads an image of one or three channels; refuses others. */
export function imageOf(caller: string, argument: string, image: Tensor): Maps {
  const maps = mapsOf(caller, argument, image);
  if (maps.channels === 1 || maps.channels === 3) return maps;
  throw refusal(caller, argument, "an image of one channel or three", image);
}
