import { expect } from "chai";
import { outputSize, positions, taps, transposedOutputSize, useCounts } from "../../src/index.js";
import { slide } from "../../src/tensor/window.js";

const size = (...[input, kernel, stride, padding]: number[]): number =>
  outputSize({ input, kernel, stride, padding }).size;

describe("window geometry", () => {
  it("gives the lecture's sizes", () => {
    expect(size(7, 3, 1, 0)).to.equal(5);
    expect(size(7, 3, 2, 0)).to.equal(3);
    expect(outputSize({ input: 7, kernel: 3, stride: 3 })).to.deep.equal({
      size: 2,
      exact: false,
      unread: 1,
    });
    // The arithmetic's figures (1) to (6): i, k, s, p.
    const figures = [
      [4, 3, 1, 0],
      [5, 4, 1, 2],
      [5, 3, 1, 1],
      [5, 3, 1, 2],
      [5, 3, 2, 0],
      [6, 3, 2, 1],
    ];
    expect(figures.map((figure) => size(...figure))).to.deep.equal([2, 6, 5, 7, 2, 3]);
    expect([3, 5, 7].map((kernel) => size(7, kernel, 1, (kernel - 1) / 2))).to.deep.equal([7, 7, 7]);
    expect(outputSize({ input: 7, kernel: 3, dilation: 2 }).size).to.equal(3);
    let side = 32;
    const sides = [side];
    while (side > 4) sides.push((side = size(side, 5, 1, 0)));
    expect(sides).to.deep.equal([32, 28, 24, 20, 16, 12, 8, 4]);
  });

  it("counts how often each pixel is used: 10×10, sums o²k²", () => {
    for (const [kernel, values, total] of [
      [1, [1], 100],
      [2, [1, 2, 4], 324],
      [3, [1, 2, 3, 4, 6, 9], 576],
    ] as const) {
      const line = useCounts(slide("test", { input: 10, kernel }));
      const image = line.flatMap((row) => line.map((column) => row * column));
      expect([...new Set(image)].sort((a, b) => a - b)).to.deep.equal(values);
      expect(image.reduce((sum, count) => sum + count, 0)).to.equal(total);
    }
    expect(useCounts(slide("test", { input: 5, kernel: 3, padding: "full" }))).to.deep.equal([3, 3, 3, 3, 3]);
  });

  it("knows paddings by name", () => {
    const of = (
      input: number,
      kernel: number,
      padding: "same" | "valid" | "half" | "full",
      dilation = 1,
    ): number => outputSize({ input, kernel, padding, dilation }).size;
    expect([3, 4, 5].map((kernel) => of(9, kernel, "same"))).to.deep.equal([9, 9, 9]);
    expect(of(9, 3, "valid")).to.equal(7);
    expect([of(9, 3, "half"), of(9, 4, "half")]).to.deep.equal([9, 10]);
    expect([of(5, 3, "full"), of(5, 3, "full", 2)]).to.deep.equal([7, 9]);
    // An odd cell goes after.
    const { before, after } = slide("test", { input: 9, kernel: 4, padding: "same" });
    expect([before, after]).to.deep.equal([1, 2]);
  });

  it("pads to the same size with a stride: ⌈i/s⌉ positions from the fewest cells, an odd one after", () => {
    const sides = (input: number, kernel: number, stride: number, dilation = 1): number[] => {
      const { before, after, output } = slide("test", { input, kernel, stride, dilation, padding: "same" });
      return [before, after, output];
    };
    // TensorFlow's documentation of "SAME".
    expect(sides(13, 6, 5)).to.deep.equal([1, 2, 3]);
    expect(sides(224, 7, 2)).to.deep.equal([2, 3, 112]);
    expect(sides(225, 7, 2)).to.deep.equal([3, 3, 113]);
    // A kernel smaller than the stride asks for none, and leaves cells unread.
    expect(sides(6, 1, 2)).to.deep.equal([0, 0, 3]);
    expect(sides(1, 1, 3)).to.deep.equal([0, 0, 1]);
    expect(sides(1, 4, 7)).to.deep.equal([1, 2, 1]);
    for (let input = 1; input < 9; input++) {
      for (const kernel of [1, 2, 3, 4]) {
        for (const stride of [1, 2, 3, 4]) {
          for (const dilation of [1, 2]) {
            const [before, after, output] = sides(input, kernel, stride, dilation);
            const span = dilation * (kernel - 1) + 1;
            expect(output).to.equal(Math.ceil(input / stride));
            expect(after - before).to.be.within(0, 1);
            if (stride === 1) expect(before + after).to.equal(span - 1);
            // One cell less would be too few.
            if (before + after > 0) {
              expect((output - 1) * stride + span).to.equal(before + input + after);
            }
          }
        }
      }
    }
    expect(() => outputSize({ input: 0, kernel: 3, padding: "same", stride: 2 })).to.throw("kernel");
  });

  it("rounds up in ceil mode, but drops a window that starts after the input", () => {
    expect(outputSize({ input: 6, kernel: 3, stride: 2, ceilMode: true })).to.deep.equal({
      size: 3,
      exact: false,
      unread: 0,
    });
    expect(outputSize({ input: 5, kernel: 2, stride: 3, padding: 1, ceilMode: true }).size).to.equal(2);
    expect(outputSize({ input: 3, kernel: 4, ceilMode: true, stride: 4 }).size).to.equal(1);
  });

  it("says where windows start and what they read", () => {
    const axis = slide("test", { input: 5, kernel: 3, stride: 2, padding: 1, dilation: 1 });
    expect(positions(axis)).to.deep.equal([-1, 1, 3]);
    expect(taps(axis, 0)).to.deep.equal([-1, 0, 1]);
    expect(() => taps(axis, axis.output)).to.throw(`taps: index: expected less than ${axis.output} windows`);
    expect(taps(slide("test", { input: 7, kernel: 3, dilation: 2 }), 2)).to.deep.equal([2, 4, 6]);
  });

  it("inverts: the convolution of a transposed size gives the size back", () => {
    for (let input = 1; input < 6; input++) {
      for (const kernel of [1, 2, 3, 4]) {
        for (const stride of [1, 2, 3]) {
          for (const dilation of [1, 2]) {
            for (let outputPadding = 0; outputPadding < stride; outputPadding++) {
              for (const padding of [0, 1]) {
                if (padding > (dilation * (kernel - 1)) / 2) continue;
                const options = { kernel, stride, dilation, padding };
                let output = 0;
                try {
                  output = transposedOutputSize({ input, outputPadding, ...options });
                } catch {
                  continue;
                }
                expect(outputSize({ input: output, ...options }).size).to.equal(input);
              }
            }
          }
        }
      }
    }
    expect(transposedOutputSize({ input: 28, kernel: 4, stride: 2, padding: 1 })).to.equal(56);
  });

  it("refuses what does not fit, with the formula and its numbers", () => {
    expect(() => size(2, 5, 1, 0)).to.throw(
      "outputSize: kernel: expected a kernel that fits on the padded input: ⌊(i + p − (d(k − 1) + 1))/s⌋ + 1 ≥ 1, " +
        "got ⌊(2 + 0 − (1·(5 − 1) + 1))/1⌋ + 1 = -2",
    );
    expect(() => size(5, 3, 0, 0)).to.throw("outputSize: stride: expected a whole number ≥ 1, got 0");
    expect(() => size(5, 3, 1, -1)).to.throw("outputSize: padding: expected a whole number ≥ 0, got -1");
    expect(() => size(5, 2.5, 1, 0)).to.throw("outputSize: kernel: expected a whole number ≥ 1, got 2.5");
    expect(() => outputSize({ input: 5, kernel: 3, padding: "some" as "same" })).to.throw(
      'outputSize: padding: expected one of "valid", "same", "half", "full", got "some"',
    );
    expect(() => transposedOutputSize({ input: 2, kernel: 2, outputPadding: 1 })).to.throw(
      "transposedOutputSize: outputPadding: expected less than the stride (1) or the dilation (1), got 1",
    );
    expect(() => transposedOutputSize({ input: 1, kernel: 2, padding: 1 })).to.throw(
      "(1 − 1)·1 − 2·1 + 1·(2 − 1) + 0 + 1 = 0",
    );
  });
});
