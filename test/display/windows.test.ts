import { expect } from "chai";
import { conv2d, convolutionMatrix, pixelUse, randn, slidingWindow, tensor } from "../../src/index.js";

describe("slidingWindow", () => {
  it("shows both readings of stride 3 on 7 cells, and the 13 of 49 pixels that stay unread", () => {
    const sizes = [1, 2, 3].map((stride) => slidingWindow({ input: 7, kernel: 3, stride }).data);
    expect(sizes.map(({ size }) => size)).to.deep.equal([5, 3, 2]);
    expect(sizes[2]).to.include({ exact: false, unread: 1, unreadPixels: 13 });
    expect(sizes[2].exactSize).to.be.closeTo(7 / 3, 1e-12);
    expect(sizes[2].unreadCells).to.deep.equal([6]);
    const svg = slidingWindow({ input: 7, kernel: 3, stride: 3 }).toSVG();
    expect(svg).to.contain("(7 + 2·0 − 3)/3 + 1 = 2.333").and.to.contain("13 of 49 unread");
    expect(slidingWindow({ input: 7, kernel: 3, stride: 3 }).toString()).to.contain(
      "(7 + 2·0 − 3)/3 + 1 = 2.33 is not whole, so 2 positions and 1 cell unread at the end",
    );
  });

  it("shows that 7 cells with padding 1 keep their size, and strides beyond the kernel skip", () => {
    expect(slidingWindow({ input: 7, kernel: 3, padding: 1 }).data).to.include({ size: 7, exact: true });
    expect(slidingWindow({ input: 7, kernel: 1, stride: 3 }).data.unreadCells).to.deep.equal([1, 2, 4, 5]);
    expect(slidingWindow({ input: 7, kernel: 3, padding: "same" }).data.positions[0]).to.equal(-1);
  });

  it("refuses options that it does not know and sides that differ", () => {
    expect(() => slidingWindow({ input: 7, kernel: 3, strides: 2 } as never)).to.throw(/strides/);
    expect(() => slidingWindow({ input: 7, kernel: 4, padding: "same" })).to.throw(/padding/);
    expect(() => slidingWindow({ input: 7, kernel: 9 })).to.throw(/slidingWindow: kernel/);
  });
});

describe("pixelUse", () => {
  it("counts as the lecture's figure does: sums 100, 324, 576 = o²k²", () => {
    const uses = [1, 2, 3].map((kernel) => pixelUse({ input: 10, kernel }).data);
    expect(uses.map(({ sum }) => sum)).to.deep.equal([100, 324, 576]);
    const distinct = uses.map(({ counts }) => [...new Set(counts.flat())].sort((a, b) => a - b));
    expect(distinct).to.deep.equal([[1], [1, 2, 4], [1, 2, 3, 4, 6, 9]]);
  });

  it("shows that padding 1 is not even and full padding is", () => {
    const distinct = (padding: number): number[] =>
      [...new Set(pixelUse({ input: 10, kernel: 3, padding }).data.counts.flat())].sort((a, b) => a - b);
    expect(distinct(1)).to.deep.equal([4, 6, 9]);
    expect(distinct(2)).to.deep.equal([9]);
  });

  it("is the gradient of the sum of a convolution with ones", () => {
    for (const options of [{ stride: 2 }, { padding: 2, dilation: 2 }, { stride: 3, padding: 1 }]) {
      const { counts } = pixelUse({ input: 9, kernel: 3, ...options }).data;
      const ones = tensor(new Array(9).fill(1), [3, 3]);
      const image = randn([9, 9], { seed: 1 });
      image.requiresGrad = true;
      const output = conv2d(image, ones, options);
      output.backward(tensor(new Array(output.size).fill(1), output.shape));
      expect([...(image.grad?.data ?? [])]).to.deep.equal(counts.flat());
    }
  });
});

describe("convolutionMatrix", () => {
  it("times the flattened input is the flattened output", () => {
    const image = randn([5, 4], { seed: 1 });
    const weight = randn([2, 3], { seed: 2 });
    for (const options of [
      {},
      { stride: 2, padding: 1 },
      { dilation: [2, 1] as const, padding: [0, 1, 2, 0] as const },
    ]) {
      const { matrix, outputShape } = convolutionMatrix({ input: [5, 4], weight, ...options }).data;
      const expected = conv2d(image, weight, options);
      expect(outputShape).to.deep.equal([...expected.shape]);
      const product = matrix.map((row) =>
        row.reduce((sum, entry, index) => sum + entry * image.data[index], 0),
      );
      product.forEach((value, index) => expect(value).to.be.closeTo(expected.data[index], 1e-5));
    }
  });

  it("holds nine shared weights in each row of the guide's 4 × 16 example", () => {
    const { matrix } = convolutionMatrix({ input: 4, kernel: 3 }).data;
    expect(matrix.map((row) => row.filter((entry) => entry !== 0).length)).to.deep.equal([9, 9, 9, 9]);
    expect(matrix[0].slice(0, 8)).to.deep.equal([1, 2, 3, 0, 4, 5, 6, 0]);
  });

  it("counts rows and columns from one, as its slider does", () => {
    const svg = convolutionMatrix({ input: 4, kernel: 3 }).toSVG();
    expect(svg).to.contain("Row 3 of 4 of C holds the kernel where window 3 (output row 2, column 1) reads");
    expect(svg).to.contain("Rows and columns count from 1");
  });

  it("refuses what cannot be seen", () => {
    expect(() => convolutionMatrix({ input: 30, kernel: 3 })).to.throw(/at most 2600 entries/);
    expect(() => convolutionMatrix({ input: 4 })).to.throw(/either a kernel size or a weight/);
  });
});
