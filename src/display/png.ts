import { crc32, deflateSync } from "node:zlib";
import { filteredRow } from "./png-filter.js";

/**
 * An indexed PNG, written at once. sharp writes PNG only asynchronously, and a figure's `toSVG()` and
 * `toHTML()` are plain values; the format needs four chunks (PNG specification, W3C 2003, §11).
 */
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunk(type: string, body: Uint8Array): Buffer {
  const whole = Buffer.alloc(body.length + 12);
  whole.writeUInt32BE(body.length, 0);
  whole.write(type, 4, "latin1");
  whole.set(body, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, body.length + 8)), body.length + 8);
  return whole;
}

/**
 * Encodes one byte a pixel through a palette.
 *
 * @param pixels height × width palette indices
 * @param palette up to 256 colours, red, green, blue and alpha in 0…255
 */
export function indexedPng(
  pixels: Uint8Array,
  width: number,
  height: number,
  palette: readonly (readonly [number, number, number, number])[],
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) {
    // Each row begins with its filter's number; 0 is none, which suits palettes.
    rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("PLTE", Uint8Array.from(palette.flatMap(([red, green, blue]) => [red, green, blue]))),
    chunk("tRNS", Uint8Array.from(palette.map(([, , , alpha]) => alpha))),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", new Uint8Array()),
  ]);
}

/**
 * Encodes three bytes a pixel, red, green and blue in turn, or four with alpha.
 *
 * @param pixels height × width × 3 (or 4) values in 0…255
 * @param filtered rows as differences from their neighbours: what suits photographs
 */
export function colourPng(
  pixels: Uint8Array,
  width: number,
  height: number,
  parts: 3 | 4 = 3,
  filtered = false,
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, parts === 3 ? 2 : 6, 0, 0, 0], 8);
  const length = width * parts;
  const rows = new Uint8Array(height * (length + 1));
  let above: Uint8Array = new Uint8Array(length);
  for (let y = 0; y < height; y++) {
    const row = pixels.subarray(y * length, (y + 1) * length);
    if (filtered) rows.set(filteredRow(row, above, parts), y * (length + 1));
    else rows.set(row, y * (length + 1) + 1);
    above = row;
  }
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", new Uint8Array()),
  ]);
}

/** The same as a `data:` address, for pictures inside pictures. */
export function pngAddress(png: Buffer): string {
  return `data:image/png;base64,${png.toString("base64")}`;
}
