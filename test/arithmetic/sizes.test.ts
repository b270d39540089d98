import { expect } from "chai";
import { runInNewContext } from "node:vm";
import {
  explainOutputSize,
  explainTransposedOutputSize,
  inputSizes,
  outputSize,
  relationships,
  samePadding,
  transposedOutputSize,
} from "../../src/index.js";

describe("sizes", () => {
  // Row 16 of the lecture's figures, with the guide's numbers.
  for (const [relationship, input, kernel, stride, padding, size] of [
    [1, 4, 3, 1, 0, 2],
    [2, 5, 4, 1, 2, 6],
    [3, 5, 3, 1, 1, 5],
    [4, 5, 3, 1, 2, 7],
    [5, 5, 3, 2, 0, 2],
    [6, 6, 3, 2, 1, 3],
  ] as const) {
    it(`relationship ${relationship}: i=${input} k=${kernel} s=${stride} p=${padding} gives ${size}`, () => {
      const options = { input, kernel, stride, padding };
      expect(outputSize(options).size).to.equal(size);
      const explained = explainOutputSize(options);
      expect(explained.relationship).to.equal(relationship);
      expect(explained.size).to.equal(size);
      expect(explained.text).to.contain(`= ${size}`);
      expect(explained.latex)
        .to.match(new RegExp(`^o = .* = ${size}(\\\\text\\{.*\\})?$`))
        .and.not.match(/[⌊⌋−·]/);
    });
  }

  // The guide's figures 4.1 to 4.7.
  for (const [relationship, input, kernel, stride, padding, outputPadding, size] of [
    [8, 2, 3, 1, 0, 0, 4],
    [9, 6, 4, 1, 2, 0, 5],
    [10, 5, 3, 1, 1, 0, 5],
    [11, 7, 3, 1, 2, 0, 5],
    [12, 2, 3, 2, 0, 0, 5],
    [13, 3, 3, 2, 1, 0, 5],
    [14, 3, 3, 2, 1, 1, 6],
  ] as const) {
    it(`relationship ${relationship}: i'=${input} k=${kernel} s=${stride} p=${padding} gives ${size}`, () => {
      const options = { input, kernel, stride, padding, outputPadding };
      expect(transposedOutputSize(options)).to.equal(size);
      const explained = explainTransposedOutputSize(options);
      expect([explained.relationship, explained.size]).to.deep.equal([relationship, size]);
    });
  }

  it("relationships 7 and 15: pooling and dilation", () => {
    expect(explainOutputSize({ input: 5, kernel: 3, pooling: true })).to.include({
      relationship: 7,
      size: 3,
    });
    const dilated = explainOutputSize({ input: 7, kernel: 3, dilation: 2 });
    expect(dilated).to.include({ relationship: 15, size: 3 });
    expect(dilated.text).to.contain("⌊(7 + 2·0 − 3 − (3 − 1)(2 − 1))/1⌋ + 1 = 3");
    expect(relationships.map(({ number }) => number)).to.deep.equal(
      Array.from({ length: 15 }, (_, i) => i + 1),
    );
  });

  it("explains every size truly: the numbers put in give the size", () => {
    const value = (text: string): number => {
      const code = text
        .replaceAll("−", "-")
        .replaceAll("·", "*")
        .replaceAll("⌊", "Math.floor(")
        .replaceAll("⌈", "Math.ceil(");
      const closed = code
        .replaceAll(/[⌋⌉]/g, ")")
        .replace(/(\d|\))\(/g, "$1*(")
        .replace(/(\d)Math/g, "$1*Math");
      return Number(runInNewContext(closed));
    };
    for (let input = 5; input < 9; input++) {
      for (const kernel of [1, 2, 3, 4]) {
        for (const stride of [1, 2, 3]) {
          for (const padding of [0, 1, 2]) {
            for (const dilation of [1, 2]) {
              if (dilation * (kernel - 1) + 1 > input + 2 * padding) continue;
              const { text, size } = explainOutputSize({ input, kernel, stride, padding, dilation });
              expect(value(text.split(" = ")[2]), text).to.equal(size);
              if (stride * (input - 1) + dilation * (kernel - 1) + 1 <= 2 * padding) continue;
              const back = explainTransposedOutputSize({ input, kernel, stride, padding, dilation });
              expect(value(back.text.split(" = ")[2]), back.text).to.equal(back.size);
            }
          }
        }
      }
    }
  });

  it("displays as LaTeX in a notebook", () => {
    const explained = explainOutputSize({ input: 7, kernel: 3, stride: 3 });
    expect(explained.text).to.equal(
      "relationship 5: o = ⌊(i − k)/s⌋ + 1 = ⌊(7 − 3)/3⌋ + 1 = 2; the windows leave 1 position unread",
    );
    expect(explained.toBundle()["text/latex"]).to.equal(
      "$$o = \\left\\lfloor\\frac{i - k}{s}\\right\\rfloor + 1 = \\left\\lfloor\\frac{7 - 3}{3}\\right\\rfloor + 1 = 2\\text{; the windows leave 1 position unread}$$",
    );
  });

  it("finds every input that gives an output", () => {
    for (const kernel of [1, 2, 3, 5]) {
      for (const stride of [1, 2, 3]) {
        for (const padding of [0, 1, 2]) {
          for (const dilation of [1, 2]) {
            const found = inputSizes({ output: 4, kernel, stride, padding, dilation });
            const tried = Array.from({ length: 40 }, (_, index) => index + 1).filter((input) => {
              const span = dilation * (kernel - 1) + 1;
              return (
                span <= input + 2 * padding &&
                outputSize({ input, kernel, stride, padding, dilation }).size === 4
              );
            });
            expect(found).to.deep.equal(tried);
          }
        }
      }
    }
    expect(inputSizes({ output: 1, kernel: 1, padding: [1, 1] })).to.deep.equal([]);
  });

  it("gives the padding that keeps the size", () => {
    expect([3, 5, 7].map((kernel) => samePadding({ kernel }).before)).to.deep.equal([1, 2, 3]);
    expect(samePadding({ kernel: 4 })).to.deep.equal({ before: 1, after: 2 });
    // TensorFlow's example for a stride: 5 cells, kernel 3, stride 2 give 3.
    expect(samePadding({ input: 5, kernel: 3, stride: 2 })).to.deep.equal({ before: 1, after: 1 });
    expect(samePadding({ input: 6, kernel: 3, stride: 2 })).to.deep.equal({ before: 0, after: 1 });
    expect(() => samePadding({ kernel: 3, stride: 2 })).to.throw(/samePadding: input/);
  });

  it("row 4: strides 1, 2, 3 on 7 cells with a kernel of 3", () => {
    expect([1, 2, 3].map((stride) => outputSize({ input: 7, kernel: 3, stride }))).to.deep.equal([
      { size: 5, exact: true, unread: 0 },
      { size: 3, exact: true, unread: 0 },
      { size: 2, exact: false, unread: 1 },
    ]);
  });

  it("row 6: 5 × 5 kernels shrink 32 to 28 and to 4 in seven layers, with 23.4 % fewer positions", () => {
    const sizes = [32];
    while (sizes.at(-1) !== 4) sizes.push(outputSize({ input: sizes.at(-1) ?? 0, kernel: 5 }).size);
    expect(sizes).to.deep.equal([32, 28, 24, 20, 16, 12, 8, 4]);
    expect(1 - (28 * 28) / (32 * 32)).to.be.closeTo(0.234, 5e-4);
  });

  it("rows 8 and 12: padding 1 keeps 7 cells, dilation 2 leaves 3", () => {
    expect(outputSize({ input: 7, kernel: 3, padding: 1 }).size).to.equal(7);
    expect(outputSize({ input: 7, kernel: 3, dilation: 2 }).size).to.equal(3);
  });

  it("the slide's i + 2(k − 1) for full padding is wrong: 5 and 3 give 7, not 9", () => {
    const full = explainOutputSize({ input: 5, kernel: 3, padding: "full" });
    expect(full.text).to.equal("relationship 4: o = i + (k − 1) = 5 + (3 − 1) = 7");
  });
});
