/** Image files written by hand, so that no reader or writer under test has had a hand in them. */
import { crc32, deflateSync } from "node:zlib";

type Numbers = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array;

export interface TiffPage {
  width: number;
  height: number;
  /** Pixels row by row, each with its samples side by side; the type of the array is that of the file. */
  numbers: Numbers;
  /** 0 white is zero, 1 black is zero, 2 RGB, 5 CMYK. */
  photometric?: 0 | 1 | 2 | 5;
  samples?: number;
  /** What the samples beyond the colours are: 0 unspecified, 2 transparency. */
  extra?: readonly number[];
  orientation?: number;
  /** Instead of the array's own: for half precision, whose bits come as Uint16Array. */
  format?: 1 | 2 | 3;
}

/** Source: Adobe, "TIFF Revision 6.0". */
export function tiff(pages: readonly TiffPage[]): Buffer {
  const parts: Buffer[] = [Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0])];
  let length = 8;
  let link = { part: parts[0], at: 4 };
  const append = (part: Buffer): number => {
    const at = length;
    parts.push(part);
    length += part.length;
    return at;
  };
  for (const page of pages) {
    const { width, height, numbers, samples = 1, photometric = 1, extra = [], orientation = 1 } = page;
    const isSigned =
      numbers instanceof Int8Array || numbers instanceof Int16Array || numbers instanceof Int32Array;
    const format = page.format ?? (numbers instanceof Float32Array ? 3 : isSigned ? 2 : 1);
    const bits = Array.from({ length: samples }, () => numbers.BYTES_PER_ELEMENT * 8);
    const data = append(Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength));
    const shorts = (values: readonly number[]): number[] => {
      if (values.length === 1) return [3, 1, values[0]];
      if (values.length === 2) return [3, 2, values[0] + values[1] * 65536];
      return [3, values.length, append(Buffer.from(new Uint16Array(values).buffer))];
    };
    const fields: number[][] = [
      [256, 4, 1, width],
      [257, 4, 1, height],
      [258, ...shorts(bits)],
      [259, 3, 1, 1],
      [262, 3, 1, photometric],
      [273, 4, 1, data],
      [274, 3, 1, orientation],
      [277, 3, 1, samples],
      [278, 4, 1, height],
      [279, 4, 1, numbers.byteLength],
      ...(extra.length > 0 ? [[338, ...shorts(extra)]] : []),
      [339, ...shorts(bits.map(() => format))],
    ];
    if (length % 2 === 1) append(Buffer.alloc(1));
    const directory = Buffer.alloc(2 + 12 * fields.length + 4);
    directory.writeUInt16LE(fields.length, 0);
    for (const [index, [tag, type, count, value]] of fields.entries()) {
      directory.writeUInt16LE(tag, 2 + 12 * index);
      directory.writeUInt16LE(type, 4 + 12 * index);
      directory.writeUInt32LE(count, 6 + 12 * index);
      directory.writeUInt32LE(value, 10 + 12 * index);
    }
    link.part.writeUInt32LE(append(directory), link.at);
    link = { part: directory, at: directory.length - 4 };
  }
  return Buffer.concat(parts);
}

/** Source: W3C, "Portable Network Graphics". Type 0 is grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha. */
export function png(
  { width, height, bits, type }: { width: number; height: number; bits: number; type: 0 | 2 | 3 | 4 | 6 },
  /** As they stand in the file: 16-bit samples with the high byte first. */
  rows: readonly Uint8Array[],
  chunks: readonly (readonly [string, Uint8Array])[] = [],
): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([bits, type, 0, 0, 0], 8);
  const data = deflateSync(Buffer.concat(rows.flatMap((row) => [Buffer.alloc(1), row])));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    ...chunks.map(([name, content]) => chunk(name, content)),
    chunk("IDAT", data),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(name: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, "latin1"), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** 16-bit samples as PNG stores them. */
export function bigEndian(samples: readonly number[]): Buffer {
  const bytes = Buffer.alloc(samples.length * 2);
  for (const [index, sample] of samples.entries()) bytes.writeUInt16BE(sample, index * 2);
  return bytes;
}
