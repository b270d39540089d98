import type { Metadata, Sharp, SharpOptions } from "sharp";
import { tensor } from "../tensor/create.js";
import { complaint } from "../tensor/errors.js";
import { countOf } from "../tensor/storage.js";
import type { Tensor } from "../tensor/tensor.js";
import { clip, type Sample, samples, toPlanes } from "./pixels.js";
import { covering, type Decoder, scaledPlanes } from "./scale.js";
import { reasonOf } from "./sources.js";

/** What is wanted of an image: `loadImage`'s options, checked. */
export interface Wanted {
  readonly channels: number;
  readonly size: readonly [number, number] | undefined;
  readonly frame: number | undefined;
  /** Whether a dimension of frames is wanted, and which frames. */
  readonly frames: boolean | readonly [number, number];
  readonly maxPixels: number;
}

const operation = "loadImage";
const formats = "an image (JPEG, PNG, WebP, GIF, AVIF, TIFF or SVG)";

/**
 * Decodes an image; `name` is how errors call it. It comes as bytes, not as a path: libvips takes what stands in
 * brackets at a path's end for options, and lets an SVG that it opens by its path read the files beside it.
 */
export async function decode(bytes: Uint8Array, name: string, wanted: Wanted): Promise<Tensor> {
  const sharp = await loadDecoder();
  // The limits are our own: their errors say what came, and name the option that raises the limit.
  const first: SharpOptions = { autoOrient: true, limitInputPixels: false, limitInputChannels: false };
  const file = await refusing(name, () => sharp(bytes, first).metadata());
  const pages = pagesOf(file.pages ?? 1, name, wanted);
  const input = { ...first, ...pages };
  // The pages of a TIFF may differ in size and depth, so the ones that are wanted are looked at again.
  const about = pages === undefined ? file : await refusing(name, () => sharp(bytes, input).metadata());
  const frames = pages?.pages ?? 1;
  const sample = sampleOf(about, name);
  checkSize(about, frames, name, wanted);

  const isShallow = sample.depth === "uchar";
  const image = isShallow ? shallow(sharp(bytes, input), wanted) : deep(sharp, bytes, input, about);
  const raw = image.raw({ depth: sample.depth });
  const { data, info } = await refusing(name, () => raw.toBuffer({ resolveWithObject: true }));
  const height = info.height / frames;
  const pixels = { bytes: data, sample, stored: info.channels, frames, area: height * info.width };
  let planes = toPlanes(pixels, wanted.channels);
  let sides: readonly [number, number] = [height, info.width];
  if (!isShallow && wanted.size !== undefined) {
    planes = await scaledPlanes(sharp, planes, sides, wanted.size);
    clip(planes, sample);
    sides = wanted.size;
  }
  const shape = [wanted.channels, ...sides];
  return tensor(planes, wanted.frames === false ? shape : [frames, ...shape]);
}

async function loadDecoder(): Promise<Decoder> {
  try {
    return (await import("sharp")).default;
  } catch (error) {
    throw complaint(operation, "package", "sharp (npm install sharp)", `none that works: ${reasonOf(error)}`);
  }
}

async function refusing<T>(name: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw complaint(operation, "path", formats, `${name}: ${reasonOf(error)}`);
  }
}

/** Which pages sharp is told to read: none where it would read the right one by itself. */
function pagesOf(
  count: number,
  name: string,
  { frame, frames }: Wanted,
): { page: number; pages: number } | undefined {
  const [from, to] = typeof frames === "boolean" ? [0, frames ? count : 1] : frames;
  if (to > count)
    throw complaint(operation, "frames", `at most [0, ${count}] for ${name}`, `[${from}, ${to}]`);
  if (frame !== undefined && frame >= count) {
    const there = count === 1 ? "0, the only one" : `0 to ${count - 1}`;
    throw complaint(operation, "frame", `${there} of ${name}`, String(frame));
  }
  if (count === 1) return undefined;
  if (frame !== undefined) return { page: frame, pages: 1 };
  return frames === false ? undefined : { page: from, pages: to - from };
}

/** What an image's numbers are; throws where they could be had only with a loss of depth, or mean no colour. */
function sampleOf(about: Metadata, name: string): Sample {
  const { space, depth, channels, hasAlpha, format, bitsPerSample } = about;
  const refuse = (expected: string, came: string): Error =>
    complaint(operation, "path", expected, `${name}: ${came}`);
  const most = { "b-w": 2, grey16: 2, cmyk: 5 }[space as string] ?? 4;
  if (channels > most)
    throw refuse("an image of grey or colour, with or without transparency", `${channels} channels`);
  const sample = samples[depth];
  if (sample === undefined) throw refuse("samples of 8, 16 or 32 bits", `samples of type ${depth}`);
  if (depth === "uchar") return sample;
  if (!["b-w", "grey16", "srgb", "rgb16", "scrgb"].includes(space))
    throw refuse("grey or RGB where samples have more than 8 bits", `${space} of type ${depth}`);
  if (depth === "float" && space.endsWith("16"))
    throw refuse("floating-point samples of 32 bits", "floating-point samples of 16 bits");
  // sharp drops the transparency of other grey, and mistakes the scale of that of 32-bit whole numbers.
  if (hasAlpha && depth !== "ushort" && !(depth === "float" && space === "scrgb"))
    throw refuse(
      "transparency with samples of 8 or 16 bits or floating-point colour",
      `transparency, ${space} of type ${depth}`,
    );
  // HEIF's 10 or 12 bits come shifted to the upper end of 16.
  const lacking = format === "heif" && depth === "ushort" ? 16 - (bitsPerSample ?? 16) : 0;
  return { ...sample, largest: sample.largest - (2 ** lacking - 1) };
}

/** Refuses at once what would take too long or too much memory. */
function checkSize(about: Metadata, frames: number, name: string, wanted: Wanted): void {
  const { width, height } = about;
  if (width * height > wanted.maxPixels) {
    const size = `${frames > 1 ? `${frames} frames of ` : ""}${height / frames} × ${width} pixels`;
    const expected = `an image of at most ${wanted.maxPixels} pixels (option maxPixels)`;
    throw complaint(operation, "path", expected, `${name}: ${size}`);
  }
  countOf([frames, wanted.channels, ...(wanted.size ?? [height / frames, width])]);
}

/** With 8 bits, sharp does all. */
function shallow(image: Sharp, wanted: Wanted): Sharp {
  const flat = image.flatten({ background: "#ffffff" }).toColourspace("srgb");
  const coloured = wanted.channels === 1 ? flat.greyscale() : flat;
  return wanted.size === undefined ? coloured : coloured.resize(covering(wanted.size));
}

/**
 * With more than 8 bits, sharp only decodes and turns: its white for 16 bits is 65280, its grey has 8 bits, and it
 * scales whole numbers with weights of 12 bits. It is told to stay in the image's own colour space. The profile of
 * 16-bit colour is applied at the end, straight to sRGB: sharp's own way, through Display P3, costs depth.
 */
function deep(sharp: Decoder, bytes: Uint8Array, input: SharpOptions, about: Metadata): Sharp {
  const converts = about.hasProfile && about.space === "rgb16";
  const image = sharp(bytes, { ...input, ignoreIcc: true }).toColourspace(about.space);
  const coloured = converts ? image.withIccProfile("srgb", { attach: false }) : image;
  return about.depth === "short" ? coloured.linear(1, 32768) : coloured;
}
