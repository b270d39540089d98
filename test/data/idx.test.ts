import { expect } from "chai";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { type IdxOptions, loadIdx } from "../../src/index.js";
import { digits } from "../../src/data/mnist.js";
import { temporaryFolder } from "../cli/notebooks.js";
import { messageOf } from "./message.js";

type Writer = (into: Buffer, value: number, at: number) => void;
const types: Record<string, [code: number, bytes: number, write: Writer]> = {
  uint8: [0x08, 1, (into, value, at) => into.writeUInt8(value, at)],
  int8: [0x09, 1, (into, value, at) => into.writeInt8(value, at)],
  int16: [0x0b, 2, (into, value, at) => into.writeInt16BE(value, at)],
  int32: [0x0c, 4, (into, value, at) => into.writeInt32BE(value, at)],
  float32: [0x0d, 4, (into, value, at) => into.writeFloatBE(value, at)],
  float64: [0x0e, 8, (into, value, at) => into.writeDoubleBE(value, at)],
};

function idx(type: string, shape: readonly number[], values: readonly number[]): Buffer {
  const [code, bytes, write] = types[type];
  const file = Buffer.alloc(4 + 4 * shape.length + bytes * values.length);
  file.set([0, 0, code, shape.length]);
  for (const [index, side] of shape.entries()) file.writeUInt32BE(side, 4 + 4 * index);
  for (const [index, value] of values.entries()) write(file, value, 4 + 4 * shape.length + bytes * index);
  return file;
}

describe("IDX files", () => {
  const folder = temporaryFolder();
  const file = (content: Uint8Array, name = "numbers.idx"): string => {
    const where = path.join(folder(), name);
    writeFileSync(where, content);
    return where;
  };
  const message = (content: Uint8Array, options: IdxOptions = {}): Promise<string> =>
    messageOf(loadIdx(file(content), options));

  it("every type keeps its values, plain and in gzip", async () => {
    for (const [type, values] of [
      ["uint8", [0, 1, 127, 128, 254, 255]],
      ["int8", [-128, -1, 0, 1, 126, 127]],
      ["int16", [-32768, -1, 0, 1, 256, 32767]],
      ["int32", [-2147483648, -1, 0, 1, 65536, 16777216]],
      ["float32", [-1.5, 0, 0.25, 3e38, Infinity, NaN]],
      ["float64", [-1.5, 0, 0.25, 3e38, -Infinity, NaN]],
    ] as const) {
      const content = idx(type, [2, 3], values);
      for (const bytes of [content, gzipSync(content)]) {
        const read = await loadIdx(file(bytes));
        expect(read.shape, type).to.deep.equal([2, 3]);
        expect([...read.data], type).to.deep.equal(values.map(Math.fround));
      }
    }
  });

  it("every rank from 0 on, and empty ones", async () => {
    for (const shape of [
      [],
      [3],
      [2, 3],
      [2, 1, 3],
      [2, 1, 3, 2],
      [1, 1, 1, 1, 1, 2],
      [0],
      [0, 28, 28],
      [2, 0],
    ]) {
      const count = shape.reduce((product, side) => product * side, 1);
      const values = Array.from({ length: count }, (_, i) => i);
      for (const content of [idx("int16", shape, values), gzipSync(idx("int16", shape, values))]) {
        const read = await loadIdx(file(content));
        expect(read.shape).to.deep.equal(shape);
        expect([...read.data]).to.deep.equal(values);
      }
    }
  });

  it("limit and offset choose a part, plain and in gzip", async () => {
    const content = idx("int32", [5, 2], [0, 1, 10, 11, 20, 21, 30, 31, 40, 41]);
    for (const bytes of [content, gzipSync(content)]) {
      const read = async (options: IdxOptions): Promise<unknown> =>
        (await loadIdx(file(bytes), options)).toArray();
      expect(await read({ limit: 2 })).to.deep.equal([
        [0, 1],
        [10, 11],
      ]);
      expect(await read({ offset: 3 })).to.deep.equal([
        [30, 31],
        [40, 41],
      ]);
      expect(await read({ offset: 1, limit: 1 })).to.deep.equal([[10, 11]]);
      expect((await loadIdx(file(bytes), { limit: 0 })).shape).to.deep.equal([0, 2]);
      expect((await loadIdx(file(bytes), { offset: 5 })).shape).to.deep.equal([0, 2]);
    }
    expect(await message(content, { limit: 6 })).to.equal(
      "loadIdx: limit: expected at most 5 items, offset included, got 0 + 6",
    );
    expect(await message(content, { limit: 2, offset: 4 })).to.equal(
      "loadIdx: limit: expected at most 5 items, offset included, got 4 + 2",
    );
    expect(await message(content, { offset: 6 })).to.equal(
      "loadIdx: offset: expected at most 5, the items in the file, got 6",
    );
    expect(await message(content, { limit: -1 })).to.equal(
      "loadIdx: limit: expected a whole number ≥ 0, got -1",
    );
    expect(await message(content, { offset: 0.5 })).to.equal(
      "loadIdx: offset: expected a whole number ≥ 0, got 0.5",
    );
    expect(await message(content, { split: 1 } as object)).to.equal(
      'loadIdx: options: expected only limit, offset, got "split"',
    );
  });

  it("more values than are read at once", async () => {
    const values = Buffer.alloc(2 ** 23 + 5, 7);
    values[2 ** 23] = 9;
    const content = Buffer.concat([idx("uint8", [values.length], []), values]);
    const read = await loadIdx(file(content));
    expect([read.size, read.data[2 ** 23 - 1], read.data[2 ** 23], read.data[2 ** 23 + 4]]).to.deep.equal([
      values.length,
      7,
      9,
      7,
    ]);
  });

  it("what is no IDX file, or not all of one, is refused with what came", async () => {
    const good = idx("int16", [2, 3], [1, 2, 3, 4, 5, 6]);
    const cases: [Uint8Array, RegExp][] = [
      [
        Buffer.from("hello"),
        /expected an IDX file \(two zero bytes, the type and the rank first\), got ".*numbers\.idx": the bytes 68 65 6c 6c$/,
      ],
      [Buffer.from([0, 0, 8]), /expected an IDX file \(.*\), got ".*": 3 bytes$/],
      [
        Buffer.from([0, 0, 10, 1, 0, 0, 0, 0]),
        /expected an IDX file of type 08, 09, 0b, 0c, 0d or 0e, got ".*": the bytes 00 00 0a 01$/,
      ],
      [good.subarray(0, 9), /expected a header of 12 bytes for rank 2, got ".*": 9 bytes$/],
      [good.subarray(0, 23), /expected 24 bytes for the shape \[2, 3\] in its header, got ".*": 23 bytes$/],
      [
        Buffer.concat([good, Buffer.alloc(1)]),
        /expected 24 bytes for the shape \[2, 3\] in its header, got ".*": 25 bytes$/,
      ],
      [
        gzipSync(good.subarray(0, 23)),
        /expected 24 bytes for the shape \[2, 3\] in its header, got ".*": 23 bytes$/,
      ],
      [
        gzipSync(Buffer.concat([good, Buffer.alloc(1)])),
        /expected no more bytes than its header says, got ".*": more$/,
      ],
      [gzipSync(good.subarray(0, 9)), /expected a header of 12 bytes for rank 2/],
      [gzipSync(Buffer.from("hello")), /expected an IDX file \(.*the bytes 68 65 6c 6c$/],
      [gzipSync(good).subarray(0, 20), /expected a whole gzip file, got ".*": .*unexpected end of file/],
      [
        Buffer.concat([gzipSync(good).subarray(0, -8), Buffer.alloc(8)]),
        /expected a whole gzip file, got ".*": .*incorrect data check/,
      ],
      [Buffer.alloc(0), /expected a file with content, got ".*", which is empty$/],
    ];
    for (const [content, expected] of cases)
      expect(await message(content))
        .to.match(expected)
        .and.match(/^loadIdx: path: /);
  });

  it("a header that promises too much is refused before anything is unpacked", async () => {
    const vast = idx("uint8", [2 ** 20, 2 ** 20], []);
    expect(await message(vast)).to.match(/^loadIdx: path: expected 1099511627788 bytes for the shape/);
    expect(await message(gzipSync(vast))).to.match(
      /^tensor: shape: expected at most .*, got \[1048576, 1048576\]/,
    );
    // A few bytes of gzip that stand for many: no more is unpacked than the header says.
    const bomb = gzipSync(Buffer.concat([idx("uint8", [4], [1, 2, 3, 4]), Buffer.alloc(2 ** 26)]));
    expect(await message(bomb)).to.match(/expected no more bytes than its header says/);
  });

  it("paths and file URLs; nothing is fetched", async () => {
    const where = file(idx("uint8", [2], [3, 4]), "a #b%20 ?ä 日本.idx");
    for (const source of [where, pathToFileURL(where), pathToFileURL(where).href])
      expect((await loadIdx(source)).toArray()).to.deep.equal([3, 4]);
    for (const url of ["https://example.org/a.idx", new URL("http://example.org/a.idx")])
      expect(await messageOf(loadIdx(url))).to.equal(
        `loadIdx: path: expected an IDX file; nothing is fetched: save it to a file first, got "${String(url)}"`,
      );
    expect(await messageOf(loadIdx(7 as unknown as string))).to.equal(
      "loadIdx: path: expected an IDX file, got 7",
    );
    expect(await messageOf(loadIdx(folder()))).to.match(
      /^loadIdx: path: expected a file, got ".*", which is a folder$/,
    );
    expect(await messageOf(loadIdx(path.join(folder(), "none")))).to.match(
      /^loadIdx: path: expected a file that can be read, got ".*none": ENOENT/,
    );
    expect(await messageOf(loadIdx("a\0b"))).to.match(
      /^loadIdx: path: expected a file that can be read, got "a\\u0000b": /,
    );
    const stack = await (async () => await loadIdx(path.join(folder(), "none")))().catch(
      (error: unknown) => (error as Error).stack,
    );
    expect(stack).to.match(/at async loadIdx/);
  });

  it("damaged files of the MNIST package are refused, each in mnist's name", async () => {
    const stem = path.join(folder(), "some");
    const images = `some-images-idx3-ubyte`;
    const labels = `some-labels-idx1-ubyte`;
    const pixels = Array.from({ length: 784 * 2 }, (_, i) => i % 256);
    expect(await messageOf(digits(stem, {}))).to.match(
      /^mnist: file: expected a file that can be read, got ".*some-images-idx3-ubyte": ENOENT/,
    );
    file(idx("uint8", [2, 28, 28], pixels), images);
    expect(await messageOf(digits(stem, {}))).to.match(/^mnist: file: .*some-labels-idx1-ubyte": ENOENT/);
    file(idx("uint8", [2], [7, 1]), labels);
    const read = await digits(stem, { offset: 1 });
    expect([read.images.shape, read.labels.toArray()]).to.deep.equal([[1, 1, 28, 28], [1]]);
    expect(read.images.item(0, 0, 0, 1)).to.equal(Math.fround(17 / 255));
    for (const [name, content, expected] of [
      [
        labels,
        idx("uint8", [3], [7, 1, 2]),
        /^mnist: file: expected 2 labels, one for each image, got ".*labels.*": 3$/,
      ],
      [
        labels,
        idx("uint8", [2, 1], [7, 1]),
        /^mnist: file: expected items of shape \[\], got ".*labels.*": \[1\]$/,
      ],
      [
        labels,
        idx("uint8", [], [7]),
        /^mnist: file: expected items of shape \[\], got ".*labels.*": a single number$/,
      ],
      [
        labels,
        idx("uint8", [2], [7]),
        /^mnist: file: expected 10 bytes for the shape \[2\] in its header, got ".*": 9 bytes$/,
      ],
      [
        images,
        idx("uint8", [2, 28, 27], pixels.slice(0, 2 * 28 * 27)),
        /^mnist: file: expected items of shape \[28, 28\], got ".*images.*": \[28, 27\]$/,
      ],
      [images, Buffer.from("<html>"), /^mnist: file: expected an IDX file .*: the bytes 3c 68 74 6d$/],
    ] as const) {
      file(content, name);
      expect(await messageOf(digits(stem, {}))).to.match(expected);
    }
  });
});
