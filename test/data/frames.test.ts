import { expect } from "chai";
import { writeFileSync } from "node:fs";
import path from "node:path";
import sharp from "sharp";
import { type ImageOptions, loadImage, type Tensor } from "../../src/index.js";
import { tiff } from "./files.js";
import { temporaryFolder } from "../cli/notebooks.js";
import { messageOf } from "./message.js";

/** Three frames of 4×3 pixels: red, green, blue. */
const colours = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];
const animation = (): ReturnType<typeof sharp> => {
  const bytes = colours.flatMap((colour) =>
    Array.from({ length: 12 }, () => colour.map((part) => part * 255)).flat(),
  );
  return sharp(Buffer.from(bytes), { raw: { width: 4, height: 9, channels: 3, pageHeight: 3 } });
};

describe("an image of several frames", () => {
  const folder = temporaryFolder();
  const load = (file: Uint8Array, options: ImageOptions = {}): Promise<Tensor> => {
    const name = path.join(folder(), "image");
    writeFileSync(name, file);
    return loadImage(name, options);
  };
  /** The colour in the middle of each frame. */
  const middles = ({ shape, data }: Tensor): number[][] => {
    const [height, width] = shape.slice(-2);
    const area = height * width;
    const middle = Math.floor(height / 2) * width + Math.floor(width / 2);
    return Array.from({ length: data.length / area / 3 }, (_, frame) =>
      [0, 1, 2].map((channel) => Math.round(data[(frame * 3 + channel) * area + middle])),
    );
  };

  it("animated GIF and WebP: the first frame, another, all, a range; scaled, grey", async () => {
    for (const file of [
      await animation().gif().toBuffer(),
      await animation().webp({ lossless: true }).toBuffer(),
    ]) {
      const first = await load(file);
      expect(first.shape).to.deep.equal([3, 3, 4]);
      expect(middles(first)).to.deep.equal([colours[0]]);
      for (const frame of [0, 1, 2]) {
        const one = await load(file, { frame });
        expect(one.shape).to.deep.equal([3, 3, 4]);
        expect(middles(one)).to.deep.equal([colours[frame]]);
      }
      const all = await load(file, { frames: true });
      expect(all.shape).to.deep.equal([3, 3, 3, 4]);
      expect(middles(all)).to.deep.equal(colours);
      expect((await load(file, { frames: false })).shape).to.deep.equal([3, 3, 4]);
      const range = await load(file, { frames: [1, 3] });
      expect(middles(range)).to.deep.equal(colours.slice(1));
      expect((await load(file, { frames: [2, 3] })).shape).to.deep.equal([1, 3, 3, 4]);
      const scaled = await load(file, { frames: true, size: [5, 8] });
      expect(scaled.shape).to.deep.equal([3, 3, 5, 8]);
      expect(middles(scaled)).to.deep.equal(colours);
      const grey = await load(file, { frames: true, channels: 1, size: 2 });
      expect(grey.shape).to.deep.equal([3, 1, 2, 2]);
      expect(await messageOf(load(file, { frame: 3 }))).to.match(
        /^loadImage: frame: expected 0 to 2 of ".*", got 3$/,
      );
      expect(await messageOf(load(file, { frames: [1, 4] }))).to.match(
        /^loadImage: frames: expected at most \[0, 3\] for ".*", got \[1, 4\]$/,
      );
      expect(await messageOf(load(file, { frames: true, maxPixels: 35 }))).to.match(
        /at most 35 pixels .*: 3 frames of 3 × 4 pixels$/,
      );
      expect((await load(file, { frame: 1, maxPixels: 12 })).shape).to.deep.equal([3, 3, 4]);
    }
  });

  it("a TIFF of several pages: each at its depth, with a size too", async () => {
    const pages = [0, 1000, 2000].map((from) => ({
      width: 3,
      height: 2,
      numbers: new Uint16Array([0, 1, 2, 3, 4, 5].map((v) => v + from)),
    }));
    const file = tiff(pages);
    expect(Math.round((await load(file, { channels: 1 })).data[5] * 65535)).to.equal(5);
    const all = await load(file, { frames: true, channels: 1 });
    expect(all.shape).to.deep.equal([3, 1, 2, 3]);
    expect([...all.data].map((value) => Math.round(value * 65535))).to.deep.equal(
      pages.flatMap(({ numbers }) => [...numbers]),
    );
    const scaled = await load(file, { frames: [1, 3], channels: 1, size: 7 });
    expect(scaled.shape).to.deep.equal([2, 1, 7, 7]);
    const second = await load(file, { frame: 1, channels: 1, size: 7 });
    expect([...scaled.data.subarray(0, 49)]).to.deep.equal([...second.data]);
  });

  it("pages that differ in size or depth: each by itself, not together", async () => {
    const file = tiff([
      { width: 3, height: 2, numbers: new Uint16Array(6).fill(65535) },
      { width: 2, height: 2, numbers: new Float32Array([0, 0.5, 7, -1]) },
    ]);
    expect((await load(file)).shape).to.deep.equal([3, 2, 3]);
    expect((await load(file, { frame: 1, channels: 1 })).toArray()).to.deep.equal([
      [
        [0, 0.5],
        [7, -1],
      ],
    ]);
    expect(await messageOf(load(file, { frames: true }))).to.match(
      /^loadImage: path: expected an image .*: .*page 1 differs from page 0/,
    );
  });

  it("an image of one frame has frame 0, and a dimension more where frames are asked for", async () => {
    const file = tiff([{ width: 1, height: 2, numbers: new Uint8Array([0, 255]) }]);
    expect((await load(file, { frame: 0, channels: 1 })).toArray()).to.deep.equal([[[0], [1]]]);
    expect((await load(file, { frames: true, channels: 1 })).toArray()).to.deep.equal([[[[0], [1]]]]);
    expect((await load(file, { frames: [0, 1], channels: 1 })).shape).to.deep.equal([1, 1, 2, 1]);
  });
});
