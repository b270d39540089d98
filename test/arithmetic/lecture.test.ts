import { expect } from "chai";
import {
  avgPool2d,
  bedOfNails,
  checkerboard,
  conv2d,
  convTranspose2d,
  type Coordinates,
  explainOutputSize,
  full,
  interpolate,
  maxPool2d,
  maxPool2dWithIndices,
  maxUnpool2d,
  minPool2d,
  neg,
  outputSize,
  pixelUse,
  rand,
  receptiveField,
  samePadding,
  shapesOf,
  slice,
  summary,
  tensor,
  type Tensor,
  unreadPixels,
  upsamplingComparison,
} from "../../src/index.js";
import { unet } from "../../src/display/examples/networks.js";
import { contextModule, dilatedFrontEnd, fcn32, vgg16 } from "./networks.js";

/** Digits as the slides print them: rows parted by "/". */
function grid(rows: string): Tensor {
  return tensor(rows.split("/").map((row) => Array.from(row, Number)));
}

const small = grid("12/34");
const cs231n = tensor([[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]); // prettier-ignore

describe("the lecture's numbers, row by row of its ground truth", () => {
  it("row 1: 32 × 32 × 3 as 3072 features to 10 take 30,720 weights and 10 biases", () => {
    const dense = summary([{ op: "flatten" }, { op: "linear", channels: 10 }], { input: [3, 32, 32] });
    expect(dense.layers[0].output).to.deep.equal([3072]);
    expect(dense.parameters).to.equal(30_720 + 10);
  });

  it("row 2: a 5 × 5 × 3 filter has 75 weights and a bias; six make 28 × 28 × 6 with 352,800 products", () => {
    const conv = (channels: number) =>
      summary([{ op: "conv2d", kernel: 5, channels }], { input: [3, 32, 32] }).layers[0];
    expect(conv(1).parameters).to.equal(75 + 1);
    expect(conv(6)).to.deep.include({ output: [6, 28, 28], parameters: 450 + 6, multiplications: 352_800 });
    const dense = summary([{ op: "linear", channels: 28 * 28 * 6, bias: false }], { input: [3072] });
    expect(dense.parameters).to.equal(14_450_688);
  });

  it("row 3: the worked example", () => {
    const output = conv2d(grid("11100/01110/00111/00110/01100"), grid("101/010/101"));
    expect(output.toArray()).to.deep.equal([[4, 3, 4], [2, 4, 3], [2, 3, 4]]); // prettier-ignore
  });

  it("row 4: strides 1, 2, 3 on 7 cells give 5, 3 and 2.33, which leaves 13 of 49 pixels unread", () => {
    expect([1, 2, 3].map((stride) => outputSize({ input: 7, kernel: 3, stride }))).to.deep.equal([
      { size: 5, exact: true, unread: 0 },
      { size: 3, exact: true, unread: 0 },
      { size: 2, exact: false, unread: 1 },
    ]);
    expect((7 - 3) / 3 + 1).to.be.closeTo(2.33, 5e-3);
    expect(unreadPixels({ input: 7, kernel: 3, stride: 3 })).to.deep.equal({
      rows: [6],
      columns: [6],
      pixels: 13,
    });
  });

  it("row 5: use counts on 10 × 10, with sums 100, 324, 576 = o²k²", () => {
    const uses = [1, 2, 3].map((kernel) => pixelUse({ input: 10, kernel }).data);
    expect(uses.map(({ sum }) => sum)).to.deep.equal([100, 324, 576]);
    expect(uses.map(({ sum }, index) => sum === ((11 - (index + 1)) * (index + 1)) ** 2)).to.deep.equal([true, true, true]); // prettier-ignore
    const distinct = uses.map(({ counts }) => [...new Set(counts.flat())].sort((a, b) => a - b));
    expect(distinct).to.deep.equal([[1], [1, 2, 4], [1, 2, 3, 4, 6, 9]]);
  });

  it("row 6: a 5 × 5 filter shrinks 32 to 28, with 23.4 % fewer positions, and to 4 in seven layers", () => {
    const sizes = [32];
    while (sizes.length < 8) sizes.push(outputSize({ input: sizes[sizes.length - 1], kernel: 5 }).size);
    expect(sizes).to.deep.equal([32, 28, 24, 20, 16, 12, 8, 4]);
    expect(100 * (1 - 28 ** 2 / 32 ** 2)).to.be.closeTo(23.4, 0.05);
  });

  it("row 7: zero padding and the vertical-edge kernel", () => {
    const image = grid("334470/976582/655692/713278/037183/404322");
    const output = conv2d(image, tensor([[1, 0, -1], [1, 0, -1], [1, 0, -1]]), { padding: 1 }); // prettier-ignore
    const rows = output.toArray() as number[][];
    expect(rows.map((row) => row.join(" ")).join(" / ")).to.equal(
      "-10 2 1 -5 7 15 / -15 3 0 -9 11 24 / -13 8 0 -10 1 24 / " +
        "-9 -2 0 -9 -4 24 / -4 -3 -2 -3 -7 17 / -3 -7 -1 1 -1 10",
    );
  });

  it("row 8: padding 1 makes 7 cells 9 and keeps 7; P = (F − 1)/2", () => {
    expect(outputSize({ input: 7 + 2, kernel: 3 }).size).to.equal(7);
    expect(outputSize({ input: 7, kernel: 3, padding: 1 }).size).to.equal(7);
    expect([3, 5, 7].map((kernel) => samePadding({ kernel }))).to.deep.equal(
      [1, 2, 3].map((cells) => ({ before: cells, after: cells })),
    );
  });

  it("row 9: CS231n's 2 × 2 pools, and 47,040 weights become 11,760", () => {
    expect(maxPool2d(cs231n, 2).toArray()).to.deep.equal([[5, 6], [7, 8]]); // prettier-ignore
    expect(avgPool2d(cs231n, 2).toArray()).to.deep.equal([[2.75, 3], [3.25, 3.75]]); // prettier-ignore
    const dense = [{ op: "flatten" }, { op: "linear", channels: 10, bias: false }] as const;
    const weights = (pools: readonly { op: "maxPool2d"; kernel: number }[]) =>
      summary([...pools, ...dense], { input: [6, 28, 28] }).parameters;
    expect([weights([]), weights([{ op: "maxPool2d", kernel: 2 }])]).to.deep.equal([47_040, 11_760]);
  });

  it("row 10: min(x) = −max(−x), and the average is a fixed convolution", () => {
    const image = rand([16, 16], { seed: 1 });
    expect(minPool2d(image, 2).toArray()).to.deep.equal(neg(maxPool2d(neg(image), 2)).toArray());
    const mean = conv2d(image, full([2, 2], 1 / 4), { stride: 2 });
    avgPool2d(image, 2).data.forEach((value, index) => expect(mean.data[index]).to.be.closeTo(value, 1e-6));
  });

  it("row 11: of independent inputs a shift by 1 leaves a third of the outputs, by 2 moves them by 1", () => {
    const line = rand([1, 200_002], { seed: 2 });
    const pooled = (from: number): Float32Array =>
      maxPool2d(slice(line, [undefined, { start: from, end: from + 200_000 }]), [1, 2]).data;
    const [still, one, two] = [0, 1, 2].map(pooled);
    const same = still.filter((value, index) => value === one[index]).length / still.length;
    expect(same).to.be.closeTo(1 / 3, 5e-3);
    expect([...two.subarray(0, -1)]).to.deep.equal([...still.subarray(1)]);
  });

  it("row 12: dilation 2 makes a kernel of 3 span 5, takes 7 cells to 3 and keeps nine weights", () => {
    expect(outputSize({ input: 5, kernel: 3, dilation: 2 }).size).to.equal(1);
    expect(outputSize({ input: 7, kernel: 3, dilation: 2 }).size).to.equal(3);
    const dilated = { op: "conv2d", kernel: 3, dilation: 2, channels: 1, bias: false } as const;
    expect(summary([dilated], { input: [1, 7, 7] }).parameters).to.equal(9);
  });

  it("row 13, the receptive fields: fc7 404 and 32; 380, 8 and 900 → 66; 908; 3, 5, 9, 17, 33, 65, 67", () => {
    expect(receptiveField(vgg16).layer("pool5")).to.include({ size: 212, stride: 32, padding: 90 });
    expect(receptiveField(fcn32).layer("fc7")).to.include({ size: 404, stride: 32 });
    expect(receptiveField(dilatedFrontEnd).layer("final")).to.include({ size: 380, stride: 8 });
    expect(shapesOf(dilatedFrontEnd, [3, 900, 900]).get("final")).to.deep.equal([21, 66, 66]);
    expect(receptiveField([...dilatedFrontEnd, ...contextModule]).layer("context7").size).to.equal(908);
    const sizes = receptiveField(contextModule).layers.map(({ size }) => size);
    expect(sizes).to.deep.equal([3, 5, 9, 17, 33, 65, 67]);
  });

  it("row 14: 6 × 6 × 3 to 4 × 4 takes 16 · 27 = 432 products, two filters 864", () => {
    const layers = [1, 2].map(
      (channels) => summary([{ op: "conv2d", kernel: 3, channels }], { input: [3, 6, 6] }).layers[0],
    );
    expect(layers.map(({ multiplications }) => multiplications)).to.deep.equal([16 * 27, 864]);
    expect(layers[0].output).to.deep.equal([1, 4, 4]);
  });

  it("row 15: six filters of 5 × 5 × 3 on 32 × 32 × 3 make 28 × 28 × 6", () => {
    const output = conv2d(rand([3, 32, 32], { seed: 1 }), rand([6, 3, 5, 5], { seed: 2 }));
    expect(output.shape).to.deep.equal([6, 28, 28]);
  });

  it("row 16: the arithmetic slides' figures, relationship by relationship", () => {
    const figures = [
      [4, 3, 1, 0, 2],
      [5, 4, 1, 2, 6],
      [5, 3, 1, 1, 5],
      [5, 3, 1, 2, 7],
      [5, 3, 2, 0, 2],
      [6, 3, 2, 1, 3],
    ];
    figures.forEach(([input, kernel, stride, padding, size], index) => {
      const explained = explainOutputSize({ input, kernel, stride, padding });
      expect([explained.relationship, explained.size]).to.deep.equal([index + 1, size]);
    });
  });

  it("row 17: an encoder–decoder's shapes go down and up again", () => {
    const sides = [...shapesOf(unet, [3, 64, 64]).values()].map((shape) => shape[1]);
    expect(sides).to.deep.equal([64, 64, 32, 32, 16, 16, 32, 32, 32, 64, 64, 64]);
  });

  it("row 18: nearest neighbour", () => {
    expect(interpolate(small, { scaleFactor: 2 }).toArray()).to.deep.equal(
      grid("1122/1122/3344/3344").toArray(),
    );
  });

  it("row 19: bilinear, in its three conventions", () => {
    const bilinear = (coordinates: Coordinates): number[][] =>
      interpolate(small, { scaleFactor: 2, mode: "bilinear", coordinates }).toArray() as number[][];
    expect(bilinear("half-pixel")).to.deep.equal([
      [1, 1.25, 1.75, 2],
      [1.5, 1.75, 2.25, 2.5],
      [2.5, 2.75, 3.25, 3.5],
      [3, 3.25, 3.75, 4],
    ]);
    const rounded = bilinear("align-corners")[0].map((value) => Number(value.toFixed(3)));
    expect(rounded).to.deep.equal([1, 1.333, 1.667, 2]);
    expect(bilinear("asymmetric")[0]).to.deep.equal([1, 1.5, 2, 2]);
  });

  it("row 20: bed of nails", () => {
    expect(bedOfNails(small, { stride: 2 }).toArray()).to.deep.equal(grid("1020/0000/3040/0000").toArray());
    // Of an image that repeats each pixel four times the comparison's small image is 12/34 again.
    const { outputs } = upsamplingComparison(grid("1122/1122/3344/3344"), { methods: ["bed-of-nails"] }).data;
    expect([...(outputs["bed-of-nails"] ?? [])].join("")).to.equal("1020000030400000");
  });

  it("row 21: max unpooling with the switches of row 9", () => {
    const { indices } = maxPool2dWithIndices(cs231n, 2);
    expect(maxUnpool2d(small, indices, 2).toArray()).to.deep.equal(grid("0020/0100/0000/3004").toArray());
  });

  it("row 22: the transposed convolutions of 01/23 with itself", () => {
    const square = grid("01/23");
    expect(convTranspose2d(square, square).toArray()).to.deep.equal([[0, 0, 1], [0, 4, 6], [4, 12, 9]]); // prettier-ignore
    const strided = convTranspose2d(square, square, { stride: 2 });
    expect(strided.toArray()).to.deep.equal(grid("0001/0023/0203/4669").toArray());
    expect(convTranspose2d(square, square, { padding: 1 }).toArray()).to.deep.equal([[4]]);
  });

  it("row 23: kernel 3 and stride 2 overlap 1, 2, 1, 2; layers make 2, 3, 5 to one; kernel 4 is flat", () => {
    const inside = (depth: number, kernel = 3): number[] => {
      const { overlap } = checkerboard({ kernel, stride: 2, depth }).data;
      const middle = Math.floor(overlap.length / 2);
      // The root of the diagonal: the pattern is the product of its two axes.
      return Array.from({ length: 16 }, (_, at) => Math.sqrt(overlap[middle - 8 + at][middle - 8 + at]));
    };
    expect([...new Set(inside(1))].sort()).to.deep.equal([1, 2]);
    inside(1).forEach((count, at, all) => expect(count + (all[at + 1] ?? 3 - count)).to.equal(3));
    const ratios = [1, 2, 3].map((depth) => Math.max(...inside(depth)) / Math.min(...inside(depth)));
    expect(ratios.map((ratio) => Number(ratio.toFixed(6)))).to.deep.equal([2, 3, 5]);
    const drawn = [1, 2, 3].map((depth) => checkerboard({ kernel: 3, stride: 2, depth }).toSVG());
    [4, 9, 25].forEach((ratio, index) => expect(drawn[index]).to.contain(`${ratio} : 1`));
    expect(new Set(inside(1, 4)).size).to.equal(1);
  });
});
