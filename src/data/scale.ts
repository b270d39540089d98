import type { ResizeOptions, Sharp, SharpOptions } from "sharp";

export type Decoder = (bytes: Uint8Array, input?: SharpOptions) => Sharp;

/** How an image takes a new size: it covers it, and what stands out is cut off evenly. */
export function covering([height, width]: readonly [number, number]): ResizeOptions {
  return { height, width, fit: "cover" };
}

/** Planes of floating-point numbers, one after the other, scaled by sharp: in floating point it keeps their depth. */
export async function scaledPlanes(
  sharp: Decoder,
  planes: Float32Array,
  [height, width]: readonly [number, number],
  size: readonly [number, number],
): Promise<Float32Array> {
  const area = height * width;
  const scaledArea = size[0] * size[1];
  const scaled = new Float32Array((planes.length / area) * scaledArea);
  for (let plane = 0; plane * area < planes.length; plane++) {
    const numbers = planes.subarray(plane * area, (plane + 1) * area);
    const image = sharp(greyTiff(numbers, height, width), { limitInputPixels: false });
    const resized = image.toColourspace("b-w").resize(covering(size));
    const bytes = await resized.raw({ depth: "float" }).toBuffer();
    scaled.set(new Float32Array(new Uint8Array(bytes).buffer), plane * scaledArea);
  }
  return scaled;
}

/**
 * A grey image of 32-bit floating point as a TIFF file: raw floating-point numbers sharp would take for whole ones.
 * Source: Adobe, "TIFF Revision 6.0", sections 2, 3 and 19.
 */
function greyTiff(numbers: Float32Array, height: number, width: number): Uint8Array {
  const [short, long] = [3, 4];
  const headerBytes = 8;
  const fields = (start: number): number[][] => [
    [256, long, width],
    [257, long, height],
    [258, short, 32], // bits of a sample
    [259, short, 1], // not compressed
    [262, short, 1], // zero is black
    [273, long, start], // where the numbers begin
    [277, short, 1], // samples of a pixel
    [278, long, height], // rows in the one strip
    [279, long, numbers.byteLength],
    [339, short, 3], // floating point
  ];
  const start = headerBytes + 2 + 12 * fields(0).length + 4;
  const file = new Uint8Array(start + numbers.byteLength);
  const view = new DataView(file.buffer);
  // In the order of the processor, which is that of the numbers.
  const isLittle = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  file.set(Buffer.from(isLittle ? "II" : "MM"));
  view.setUint16(2, 42, isLittle);
  view.setUint32(4, headerBytes, isLittle);
  view.setUint16(headerBytes, fields(0).length, isLittle);
  for (const [index, [tag, type, value]] of fields(start).entries()) {
    const at = headerBytes + 2 + 12 * index;
    view.setUint16(at, tag, isLittle);
    view.setUint16(at + 2, type, isLittle);
    view.setUint32(at + 4, 1, isLittle);
    if (type === short) view.setUint16(at + 8, value, isLittle);
    else view.setUint32(at + 8, value, isLittle);
  }
  file.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength), start);
  return file;
}
