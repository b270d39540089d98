import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { escapeUTF8 } from "entities/escape";
import type { Sharp, SharpOptions } from "sharp";
import { drawChart } from "./client/chart.js";
import { makeKit, type Kit } from "./client/kit.js";
import type { Control, Draw, State } from "./client/contract.js";
import { figureHtml, literal } from "./html.js";
import { styleSheet, type Theme } from "./theme.js";

/** What a front-end is given: MIME types to content; binary content in base64. */
export interface MimeBundle {
  readonly "text/plain": string;
  readonly [mime: string]: unknown;
}

/** The method by which a value displays itself; Deno's convention, which this kernel follows. */
export const displaySymbol: unique symbol = Symbol.for("Jupyter.display");

export interface PictureOptions {
  /** `auto` follows the page that shows it; default `auto` for SVG and `light` for PNG. */
  readonly theme?: Theme;
}

export interface RasterOptions {
  /** `light` or `dark`; default `light`. */
  readonly theme?: "light" | "dark";
  /** Pixels per unit of the picture; default 2. */
  readonly scale?: number;
}

/** A picture with the numbers it draws: an immutable value. */
export interface Figure<D> {
  /** Every number drawn. */
  readonly data: D;
  /** The static picture. */
  toSVG(options?: PictureOptions): string;
  /** The static picture and, where scripts run, the interactive figure; needs no network. */
  toHTML(): string;
  /** The static picture as PNG bytes. */
  toPNG(options?: RasterOptions): Promise<Uint8Array>;
  /** The figure in words. */
  toString(): string;
  [displaySymbol](): MimeBundle | Promise<MimeBundle>;
}

/** What a factory computes: the figure's numbers, how to draw them, and what a reader may change. */
export interface FigureParts<D, S, P = unknown> {
  /** The factory's name. */
  readonly name: string;
  /** The picture in one or two sentences, for readers who do not see it. */
  readonly alt: string;
  /** The figure as uncoloured text, for terminals. */
  readonly text: string;
  readonly data: D;
  /** Plain data that the draw function uses. */
  readonly scene: S;
  readonly draw: Draw<S, P>;
  /** The functions that the draw function is made of, by the names under which it asks for them. */
  readonly pieces?: P;
  readonly initial?: State;
  readonly controls?: readonly Control[];
  /** `data:` addresses of the images that the draw function names by number. */
  readonly rasters?: readonly string[];
  /** The same chart for front-ends that draw plotly's: `application/vnd.plotly.v1+json`. */
  readonly plotly?: unknown;
  /** Offer `image/png` instead of `image/svg+xml`: for pictures that are mostly raster. */
  readonly raster?: boolean;
}

/** The drawing kit as the server uses it. */
export const serverKit: Kit = makeKit(escapeUTF8, drawChart);
/** Loaded with the first picture: it would be half of the time that importing convlab takes. */
async function openImage(image: Uint8Array, options: SharpOptions = {}): Promise<Sharp> {
  const { default: sharp } = await import("sharp");
  return sharp(image, options);
}

// A PNG beside the HTML is for front-ends that show nothing better; a large one does with a palette.
const plainBytes = 200_000;
const fewerColours = async (png: Uint8Array): Promise<Buffer> =>
  (await openImage(png)).png({ palette: true, colours: 128, dither: 0, effort: 1 }).toBuffer();

// XML 1.0 has no place for these, not even escaped.
const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** Makes a figure from its parts. */
export function makeFigure<D, S, P = unknown>(parts: FigureParts<D, S, P>): Figure<D> {
  const state: State = { ...parts.initial, narrow: 0, live: 0 };
  const rasters = parts.rasters ?? [];
  const drawing = parts.draw(parts.scene, state, serverKit, parts.pieces as P);
  const used = new Set<number>();
  const body = drawing.body.replace(/data-raster="(\d+)"/g, (all, digits: string) => {
    used.add(Number(digits));
    return `${all} href="${rasters[Number(digits)]}"`;
  });
  const size = `viewBox="0 0 ${drawing.width} ${drawing.height}" width="${drawing.width}" height="${drawing.height}"`;
  const toSVG = ({ theme = "auto" }: PictureOptions = {}): string =>
    (
      `<svg xmlns="http://www.w3.org/2000/svg" class="convlab" ${size} role="img" aria-label="${escapeUTF8(parts.alt)}">` +
      `<style>${styleSheet(theme)}</style><desc>${escapeUTF8(parts.alt)}</desc>${body}</svg>`
    ).replace(unwritable, "�");
  const toHTML = (): string =>
    figureHtml(parts, {
      key: createHash("sha256")
        .update(literal([parts.name, parts.scene, parts.controls, parts.initial]) + body)
        .digest("hex")
        .slice(0, 12),
      svg: toSVG(),
      width: drawing.width,
      height: drawing.height,
      spare: new Map(rasters.flatMap((address, index) => (used.has(index) ? [] : [[index, address]]))),
    });
  const toPNG = async ({ theme = "light", scale = 2 }: RasterOptions = {}): Promise<Uint8Array> =>
    (
      await openImage(Buffer.from(toSVG({ theme })), {
        density: 72 * scale,
        limitInputPixels: false,
        unlimited: true,
      })
    )
      .png({ palette: false, compressionLevel: 9 })
      .toBuffer();
  const display = (): MimeBundle | Promise<MimeBundle> => {
    const chart = parts.plotly === undefined ? {} : { "application/vnd.plotly.v1+json": parts.plotly };
    const bundle = { "text/plain": parts.text, "text/html": toHTML(), ...chart };
    if (parts.raster !== true) return { ...bundle, "image/svg+xml": toSVG() };
    return toPNG({ scale: 1 })
      .then((png) => (png.length > plainBytes ? fewerColours(png) : png))
      .then((png) => ({ ...bundle, "image/png": Buffer.from(png).toString("base64") }));
  };
  const made = {
    data: parts.data,
    toSVG,
    toHTML,
    toPNG,
    toString: (): string => parts.text,
    [displaySymbol]: display,
    [inspect.custom]: (): string => parts.text,
  };
  return Object.freeze(made);
}
