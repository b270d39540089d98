import { expect } from "chai";
import katex from "katex";
import {
  explainInputSizes,
  explainOutputSize,
  explainSamePadding,
  explainTransposedOutputSize,
  inputSizes,
  relationships,
  samePadding,
} from "../../src/index.js";

describe("explanations", () => {
  const typeset = (latex: string): string =>
    katex.renderToString(latex, { throwOnError: true, strict: "error" });

  it("of inverses put the numbers in and end at the first and last input", () => {
    for (const options of [
      { output: 3, kernel: 3, stride: 2 },
      { output: 4, kernel: 3, stride: 3, padding: 1, dilation: 2 },
      { output: 5, kernel: 4, padding: [1, 2] as const },
      { output: 1, kernel: 3, stride: 4, padding: 2 },
    ]) {
      const { sizes, text, latex } = explainInputSizes(options);
      expect(sizes).to.deep.equal(inputSizes(options));
      expect(text).to.contain(` = ${sizes.at(-1)}`);
      typeset(latex);
    }
    expect(explainInputSizes({ output: 1, kernel: 1, padding: 1 }).text).to.contain("no input is that small");
  });

  it("of the padding that keeps the size say how it is shared", () => {
    expect(explainSamePadding({ kernel: 3, dilation: 2 }).text).to.equal(
      "p₁ + p₂ = d(k − 1) = 2·(3 − 1) = 4: 2 before and 2 after",
    );
    const strided = explainSamePadding({ input: 6, kernel: 3, stride: 2 });
    expect(strided.padding).to.deep.equal(samePadding({ input: 6, kernel: 3, stride: 2 }));
    expect(strided.text).to.contain("max(0, (⌈6/2⌉ − 1)·2 + 3 − 6) = 1: 0 before and 1 after");
    typeset(strided.latex);
  });

  it("are formulas that typeset, with every relationship and its numbers", () => {
    for (const { latex } of relationships) typeset(latex);
    for (const stride of [1, 2, 3]) {
      for (const padding of [0, 1, 2]) {
        typeset(explainOutputSize({ input: 8, kernel: 3, stride, padding, dilation: 2 }).latex);
        typeset(explainOutputSize({ input: 8, kernel: 3, stride, padding, ceilMode: true }).latex);
        typeset(explainTransposedOutputSize({ input: 8, kernel: 3, stride, padding }).latex);
      }
    }
  });
});
