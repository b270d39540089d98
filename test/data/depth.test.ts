import { expect } from "chai";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { type ImageOptions, loadImage, type Tensor } from "../../src/index.js";
import { bigEndian, png, tiff, type TiffPage } from "./files.js";
import { temporaryFolder } from "../cli/notebooks.js";
import { messageOf } from "./message.js";

const steps = (count: number, value: (index: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => value(i));
const rounded = (values: Iterable<number>): number[] =>
  [...values].map((value) => Number(value.toPrecision(6)));

describe("loadImage keeps the depth of the file", () => {
  const folder = temporaryFolder();

  const load = (file: Buffer, options: ImageOptions = {}): Promise<Tensor> => {
    const name = path.join(folder(), "image");
    writeFileSync(name, file);
    return loadImage(name, options);
  };
  const grey = (numbers: TiffPage["numbers"], width: number, rest: Partial<TiffPage> = {}): Buffer =>
    tiff([{ width, height: numbers.length / width / (rest.samples ?? 1), numbers, ...rest }]);
  const pngRows = (samples: number[], width: number): Buffer[] =>
    steps(samples.length / width, (row) => row).map((row) =>
      bigEndian(samples.slice(row * width, (row + 1) * width)),
    );

  it("a 16-bit PNG with 0…4095 has 4096 levels", async () => {
    const file = png(
      { width: 64, height: 64, bits: 16, type: 0 },
      pngRows(
        steps(4096, (i) => i),
        64,
      ),
    );
    const image = await load(file, { channels: 1 });
    expect(new Set(image.data).size).to.equal(4096);
    expect(rounded(image.data)).to.deep.equal(rounded(steps(4096, (i) => Math.fround(i / 65535))));
    const colour = await load(file);
    expect(colour.shape).to.deep.equal([3, 64, 64]);
    expect([...colour.data.subarray(4096, 8192)]).to.deep.equal([...image.data]);
  });

  it("a float TIFF keeps its numbers, also outside of [0, 1] and those that are no numbers", async () => {
    const numbers = new Float32Array([0, 0.25, 0.5, 1, -3.5, 1e6, NaN, Infinity]);
    expect([...(await load(grey(numbers, 4), { channels: 1 })).data]).to.deep.equal([...numbers]);
    expect([...(await load(grey(numbers, 4))).data]).to.deep.equal([...numbers, ...numbers, ...numbers]);
  });

  it("whole numbers are divided by the largest of their type, signed ones too", async () => {
    const cases: [TiffPage["numbers"], number[]][] = [
      [new Uint8Array([0, 1, 128, 255]), [0, 1 / 255, 128 / 255, 1]],
      [new Uint16Array([0, 1, 4095, 65535]), [0, 1 / 65535, 4095 / 65535, 1]],
      [new Uint32Array([0, 1, 2 ** 31, 2 ** 32 - 1]), [0, 1 / 4294967295, 2 ** 31 / 4294967295, 1]],
      [new Int8Array([-127, -1, 0, 127]), [-1, -1 / 127, 0, 1]],
      [new Int16Array([-32767, -1, 100, 32767]), [-1, -1 / 32767, 100 / 32767, 1]],
      [new Int32Array([-2147483647, -1, 1000, 2147483647]), [-1, -1 / 2147483647, 1000 / 2147483647, 1]],
    ];
    for (const [numbers, expected] of cases) {
      const image = await load(grey(numbers, 2), { channels: 1 });
      expect(rounded(image.data), numbers.constructor.name).to.deep.equal(rounded(expected.map(Math.fround)));
    }
  });

  it("white is zero: a TIFF that says so is turned round", async () => {
    const image = await load(grey(new Uint16Array([0, 1, 65534, 65535]), 2, { photometric: 0 }), {
      channels: 1,
    });
    expect(rounded(image.data)).to.deep.equal(rounded([1, 65534 / 65535, 1 / 65535, 0].map(Math.fround)));
  });

  it("colour of 16 and 32 bits and floating point, in PNG and TIFF", async () => {
    const samples = steps(12, (i) => (i * 5461 + 3) % 65536);
    const planes = [0, 1, 2].flatMap((channel) => steps(4, (pixel) => samples[pixel * 3 + channel]));
    const expected = rounded(planes.map((value) => Math.fround(value / 65535)));
    const rgb = { samples: 3, photometric: 2 } as const;
    const files = [
      png({ width: 2, height: 2, bits: 16, type: 2 }, pngRows(samples, 6)),
      grey(new Uint16Array(samples), 2, rgb),
      grey(new Uint32Array(samples.map((value) => value * 65537)), 2, rgb),
      grey(new Float32Array(samples.map((value) => value / 65535)), 2, rgb),
    ];
    for (const file of files) expect(rounded((await load(file)).data)).to.deep.equal(expected);
  });

  it("grey of a colour is its luminance, at full depth, and what sharp says of 8 bits", async () => {
    const colours = steps(48, (i) => (i * 37 + 11) % 256);
    const rgb = { samples: 3, photometric: 2 } as const;
    const eight = await load(grey(new Uint8Array(colours), 4, rgb), { channels: 1 });
    const files = [
      grey(new Uint16Array(colours.map((value) => value * 257)), 4, rgb),
      grey(new Float32Array(colours.map((value) => value / 255)), 4, rgb),
    ];
    for (const file of files) {
      const image = await load(file, { channels: 1 });
      expect(image.shape).to.deep.equal([1, 4, 4]);
      image.data.forEach((value, index) => expect(value).to.be.closeTo(eight.data[index], 0.008));
    }
    // Neighbouring levels of 16 bits stay apart.
    const close = grey(new Uint16Array([30000, 40000, 50000, 30001, 40001, 50001]), 2, rgb);
    const [one, two] = (await load(close, { channels: 1 })).data;
    expect(two - one).to.be.closeTo(1 / 65535, 3e-6);
  });

  it("transparency is laid over white, which is 1", async () => {
    const [value, alpha] = [20000, 30000];
    const mixed = (value / 65535) * (alpha / 65535) + 1 - alpha / 65535;
    const pixels = [value, alpha, value, 0, value, 65535, 0, 32768];
    const expected = rounded([mixed, 1, value / 65535, 1 - 32768 / 65535].map(Math.fround));
    const files = [
      png({ width: 2, height: 2, bits: 16, type: 4 }, pngRows(pixels, 4)),
      grey(new Uint16Array(pixels), 2, { samples: 2, extra: [2] }),
    ];
    for (const file of files)
      expect(rounded((await load(file, { channels: 1 })).data)).to.deep.equal(expected);
    const four = [0, 2, 4, 6].flatMap((at) => [pixels[at], pixels[at], pixels[at], pixels[at + 1]]);
    const rgba = { samples: 4, photometric: 2, extra: [2] } as const;
    const colour = [
      png({ width: 2, height: 2, bits: 16, type: 6 }, pngRows(four, 8)),
      grey(new Uint16Array(four), 2, rgba),
      grey(new Float32Array(four.map((sample) => sample / 65535)), 2, rgba),
    ];
    for (const file of colour) {
      expect(rounded((await load(file)).data)).to.deep.equal([...expected, ...expected, ...expected]);
      expect(rounded((await load(file, { channels: 1 })).data)).to.deep.equal(expected);
    }
  });

  it("colours that are multiplied by their transparency already are not multiplied again", async () => {
    const [colour, alpha] = [0.25, 0.5];
    const pixel = [colour * alpha, colour * alpha, colour * alpha, alpha];
    const rgba = { samples: 4, photometric: 2, extra: [1] } as const;
    const files = [
      grey(new Uint16Array(pixel.map((part) => part * 65535)), 1, rgba),
      grey(new Float32Array(pixel), 1, rgba),
    ];
    for (const file of files)
      for (const value of (await load(file)).data) expect(value).to.be.closeTo(0.25 * 0.5 + 0.5, 3e-5);
  });

  it("scaling keeps it: a constant stays that constant, levels between those of 8 bits appear", async () => {
    for (const numbers of [
      new Uint16Array(4096).fill(65000),
      new Uint32Array(4096).fill(4e9),
      new Int16Array(4096).fill(-12345),
      new Int8Array(4096).fill(-7),
      new Float32Array(4096).fill(1234.5),
    ]) {
      const constant = (await load(grey(numbers.slice(0, 1), 1), { channels: 1 })).item(0, 0, 0);
      for (const size of [3, 16, 100, [1, 64], [7, 5]] as const) {
        const { data, shape } = await load(grey(numbers, 64), { channels: 1, size });
        expect(shape.slice(1)).to.deep.equal(typeof size === "number" ? [size, size] : size);
        for (const value of data)
          expect(value / constant, `${numbers.constructor.name} ${String(size)}`).to.be.closeTo(1, 1e-6);
      }
    }
    const ramp = grey(new Uint16Array(steps(4096, (i) => i)), 64);
    expect(new Set((await load(ramp, { channels: 1, size: 16 })).data).size).to.equal(256);
  });

  it("scaling stays in the range of a type with bounds, as with 8 bits, and agrees with 8 bits", async () => {
    const edge = steps(64, (i) => (i % 8 < 4 ? 0 : 255));
    const eight = await load(grey(new Uint8Array(edge), 8), { channels: 1, size: 23 });
    const sixteen = await load(grey(new Uint16Array(edge.map((v) => v * 257)), 8), { channels: 1, size: 23 });
    expect(Math.min(...sixteen.data)).to.equal(0);
    expect(Math.max(...sixteen.data)).to.equal(1);
    sixteen.data.forEach((value, index) => expect(value).to.be.closeTo(eight.data[index], 0.012));
    const float = await load(grey(new Float32Array(edge), 8), { channels: 1, size: 23 });
    expect(Math.max(...float.data)).to.be.greaterThan(255);
  });

  it("a camera's orientation is honoured at every depth, with a size too", async () => {
    for (const numbers of [new Uint16Array([0, 1, 2, 3, 4, 5]), new Float32Array([0, 1, 2, 3, 4, 5])]) {
      const scale = numbers instanceof Uint16Array ? 65535 : 1;
      const image = await load(grey(numbers, 3, { orientation: 6 }), { channels: 1 });
      expect(image.shape).to.deep.equal([1, 3, 2]);
      expect([...image.data].map((value) => Math.round(value * scale))).to.deep.equal([3, 0, 4, 1, 5, 2]);
      const scaled = await load(grey(numbers, 3, { orientation: 6 }), { size: [6, 4] });
      expect(scaled.shape).to.deep.equal([3, 6, 4]);
    }
  });

  it("the smallest: 1×1, of every depth, with and without a size", async () => {
    for (const numbers of [new Uint8Array([255]), new Uint16Array([65535]), new Float32Array([1])]) {
      expect((await load(grey(numbers, 1))).toArray()).to.deep.equal([[[1]], [[1]], [[1]]]);
      expect((await load(grey(numbers, 1), { size: [2, 1], channels: 1 })).toArray()).to.deep.equal([
        [[1], [1]],
      ]);
    }
  });

  it("1, 2 and 4 bits, and palettes, are spread over [0, 1]", async () => {
    for (const [bits, byte, expected] of [
      [1, 0b10110000, [1, 0, 1, 1]],
      [2, 0b00011011, [0, 1 / 3, 2 / 3, 1]],
    ] as const) {
      const file = png({ width: 4, height: 1, bits, type: 0 }, [Buffer.from([byte])]);
      expect(rounded((await load(file, { channels: 1 })).data)).to.deep.equal(
        rounded(expected.map(Math.fround)),
      );
    }
    const palette = Buffer.from([255, 0, 0, 0, 0, 255]);
    const file = png({ width: 2, height: 1, bits: 8, type: 3 }, [Buffer.from([1, 0])], [["PLTE", palette]]);
    expect((await load(file)).toArray()).to.deep.equal([[[0, 1]], [[0, 0]], [[1, 0]]]);
  });

  it("a profile is applied to 16-bit colour at full depth, and the result is sRGB", async () => {
    const samples = new Uint16Array(steps(3 * 256, (i) => 20000 + i * 17));
    const raw = { raw: { width: 16, height: 16, channels: 3 } } as const;
    const p3 = await sharp(samples, raw).toColourspace("rgb16").withIccProfile("p3").png().toBuffer();
    const back = await load(p3);
    // A colour in the middle of both gamuts comes back as it was, to the profile's own precision.
    back.data.forEach((value, index) => {
      const [channel, pixel] = [Math.floor(index / 256), index % 256];
      expect(value * 65535).to.be.closeTo(samples[pixel * 3 + channel], 60);
    });
    expect(new Set(back.data).size).to.be.greaterThan(700);
  });

  it("16-bit colour with a profile of sRGB itself keeps every number", async () => {
    const one = await sharp({ create: { width: 1, height: 1, channels: 3, background: "#fff" } })
      .withIccProfile("srgb")
      .png()
      .toBuffer();
    const { icc } = await sharp(one).metadata();
    const samples = steps(3 * 1024, (i) => (i * 7919) % 65536);
    const profile = Buffer.concat([Buffer.from("srgb\0\0"), deflateSync(icc ?? "")]);
    const head = { width: 32, height: 32, bits: 16, type: 2 } as const;
    const { data } = await load(png(head, pngRows(samples, 96), [["iCCP", profile]]));
    expect(rounded(data.subarray(0, 1024))).to.deep.equal(
      rounded(steps(1024, (pixel) => Math.fround(samples[pixel * 3] / 65535))),
    );
  });

  it("8-bit CMYK is converted, as ever", async () => {
    const cmyk = grey(new Uint8Array([0, 0, 0, 0, 0, 0, 0, 255]), 2, { samples: 4, photometric: 5 });
    const [white, black] = (await load(cmyk, { channels: 1 })).data;
    expect(white).to.be.greaterThan(0.98);
    expect(black).to.be.lessThan(0.2);
  });

  it("what would lose depth is refused, with its kind named", async () => {
    const half = { format: 3 } as const;
    const rgba = { samples: 4, photometric: 2, extra: [2] } as const;
    const four = new Uint16Array(steps(8, (i) => i * 1000));
    const cases: [Buffer, RegExp][] = [
      [
        grey(new Uint16Array([0, 1, 2, 3]), 2, half),
        /expected floating-point samples of 32 bits, got ".*image": floating-point samples of 16 bits$/,
      ],
      [
        grey(four, 2, { samples: 4, photometric: 5 }),
        /expected grey or RGB where .*, got ".*": cmyk of type ushort$/,
      ],
      [grey(new Int16Array(four), 4, { samples: 2, extra: [2] }), /transparency, grey16 of type short$/],
      [grey(new Float32Array(four), 4, { samples: 2, extra: [2] }), /transparency, b-w of type float$/],
      [grey(new Uint32Array(four), 2, rgba), /transparency, srgb of type uint$/],
      [
        grey(new Uint32Array(four), 2, { ...rgba, extra: [1] }),
        /expected transparency with samples of 8 or 16 bits .*, got ".*": transparency, srgb of type uint$/,
      ],
      [
        grey(new Uint16Array(steps(10, (i) => i)), 2, { samples: 5, extra: [0, 0, 0, 0] }),
        /expected an image of grey or colour, .* got ".*": 5 channels$/,
      ],
      [
        grey(new Uint8Array(steps(9, (i) => i)), 3, { samples: 3, extra: [0, 0] }),
        /expected an image of grey or colour, .* got ".*": 3 channels$/,
      ],
    ];
    for (const [file, message] of cases)
      for (const options of [{}, { size: 3 }, { channels: 1 }] as const)
        expect(await messageOf(load(file, options)))
          .to.match(message)
          .and.match(/^loadImage: path: /);
  });
});
