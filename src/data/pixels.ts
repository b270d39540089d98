/** From the numbers of a decoded image to those of a tensor: scale, transparency, grey, planes. */

type Numbers = Uint8Array | Int8Array | Uint16Array | Uint32Array | Int32Array | Float32Array;

/** What a number of an image can be. */
export interface Sample {
  /** As which type sharp is asked to hand the numbers out. */
  readonly depth: "uchar" | "char" | "ushort" | "uint" | "int" | "float";
  readonly read: (bytes: Uint8Array) => Numbers;
  /** The number that becomes 1. */
  readonly largest: number;
  /** The number that becomes 0. */
  readonly zero: number;
  /** The least that the type can hold; −∞ where its numbers have no bounds. */
  readonly least: number;
}

/** A copy, because a view of wider numbers must start at a multiple of their size. */
const copied = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

const ushort: Sample = {
  depth: "ushort",
  read: (bytes) => new Uint16Array(copied(bytes)),
  largest: 65535,
  zero: 0,
  least: 0,
};

// By libvips' name for the type. Whole numbers are scaled by their type's largest, as scikit-image's `img_as_float`
// and torchvision's `to_dtype` scale them.
export const samples: Readonly<Record<string, Sample | undefined>> = {
  uchar: { depth: "uchar", read: (bytes) => bytes, largest: 255, zero: 0, least: 0 },
  char: { depth: "char", read: (bytes) => new Int8Array(copied(bytes)), largest: 127, zero: 0, least: -128 },
  ushort,
  // sharp makes 16-bit numbers unsigned in any case, so signed ones are shifted before that (see decode.ts).
  short: { ...ushort, largest: 32768 + 32767, zero: 32768 },
  uint: {
    depth: "uint",
    read: (bytes) => new Uint32Array(copied(bytes)),
    largest: 2 ** 32 - 1,
    zero: 0,
    least: 0,
  },
  int: {
    depth: "int",
    read: (bytes) => new Int32Array(copied(bytes)),
    largest: 2 ** 31 - 1,
    zero: 0,
    least: -(2 ** 31),
  },
  float: {
    depth: "float",
    read: (bytes) => new Float32Array(copied(bytes)),
    largest: 1,
    zero: 0,
    least: -Infinity,
  },
};

/** Decoded frames one after the other, each pixel's channels side by side: 1 or 3, and perhaps transparency. */
export interface Pixels {
  readonly bytes: Uint8Array;
  readonly sample: Sample;
  readonly stored: number;
  readonly frames: number;
  /** How many pixels a frame has. */
  readonly area: number;
}

/** The numbers of frames × channels × pixels: 1 channel of grey, or 3 of colour. Transparency is laid over white. */
export function toPlanes(pixels: Pixels, channels: number): Float32Array {
  const { sample, stored, frames, area } = pixels;
  const numbers = sample.read(pixels.bytes);
  const planes = new Float32Array(frames * channels * area);
  const colours = stored < 3 ? 1 : 3;
  const hasAlpha = stored > colours;
  const { zero } = sample;
  const scale = sample.largest - zero;
  const colour = (from: number, channel: number): number => {
    const value = (numbers[from + (colours === 1 ? 0 : channel)] - zero) / scale;
    if (!hasAlpha) return value;
    const alpha = Math.min(1, Math.max(0, (numbers[from + colours] - zero) / scale));
    return value * alpha + (1 - alpha);
  };
  const greys = channels === 1 && colours === 3;
  for (let frame = 0; frame < frames; frame++) {
    for (let channel = 0; channel < channels; channel++) {
      const to = (frame * channels + channel) * area;
      for (let pixel = 0; pixel < area; pixel++) {
        const from = (frame * area + pixel) * stored;
        planes[to + pixel] = greys
          ? luminance(colour(from, 0), colour(from, 1), colour(from, 2))
          : colour(from, channel);
      }
    }
  }
  return planes;
}

/** Takes back, in place, what scaling has put beyond the numbers that a type can hold. */
export function clip(planes: Float32Array, { largest, zero, least }: Sample): void {
  if (least === -Infinity) return;
  const low = (least - zero) / (largest - zero);
  for (let index = 0; index < planes.length; index++)
    planes[index] = Math.min(1, Math.max(low, planes[index]));
}

/** The grey that is as bright as a colour. Source: IEC 61966-2-1 (sRGB), with the weights of ITU-R BT.709. */
function luminance(red: number, green: number, blue: number): number {
  if (red === green && green === blue) return red;
  return encoded(0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue));
}

/** From sRGB to linear light; below zero the curve is mirrored, as in scRGB. */
function linear(value: number): number {
  const size = Math.abs(value);
  return Math.sign(value) * (size <= 0.04045 ? size / 12.92 : ((size + 0.055) / 1.055) ** 2.4);
}

/** From linear light to sRGB. */
function encoded(value: number): number {
  const size = Math.abs(value);
  return Math.sign(value) * (size <= 0.0031308 ? size * 12.92 : 1.055 * size ** (1 / 2.4) - 0.055);
}
