import { expect } from "chai";
import { conv2d, convTranspose2d, convolutionSteps, loadImage, randn, tensor } from "../../src/index.js";
import { unpack } from "../../src/display/client/packed.js";
import { pack } from "../../src/display/packing.js";
import { digits } from "../../src/display/examples/pictures.js";

describe("convolutionSteps", () => {
  it("shows the lecture's worked example", () => {
    const figure = convolutionSteps(digits("11100/01110/00111/00110/01100"), digits("101/010/101"));
    expect([...figure.data.output]).to.deep.equal([4, 3, 4, 2, 4, 3, 2, 3, 4]);
    expect(figure.data.outputShape).to.deep.equal([1, 3, 3]);
    expect(figure.toString()).to.contain("4 3 4; 2 4 3; 2 3 4");
    expect(figure.toSVG()).to.contain("1·1 + 1·0 + 1·1 + 0·0 + 1·1 + 1·0 + 0·1 + 1·0 + 1·1");
  });

  for (const options of [
    { stride: 2, padding: 1 },
    { stride: [1, 2] as const, padding: [1, 0] as const, dilation: 2 },
    { padding: "same" as const, dilation: [2, 1] as const },
    { padding: [0, 1, 2, 0] as const },
    { padding: 2, paddingMode: "reflect" as const },
    { padding: "full" as const },
  ]) {
    it(`holds conv2d's output for ${JSON.stringify(options)}`, () => {
      const image = randn([2, 8, 7], { seed: 1 });
      const weight = randn([3, 2, 2, 3], { seed: 2 });
      const bias = tensor([1, 2, 3]);
      const figure = convolutionSteps(image, weight, { ...options, bias });
      const expected = conv2d(image, weight, { ...options, bias });
      expect([...figure.data.output]).to.deep.equal([...expected.data]);
      expect(figure.data.outputShape).to.deep.equal([...expected.shape]);
    });
  }

  it("holds convTranspose2d's output, and its scatter adds up to it", () => {
    const image = randn([2, 3, 4], { seed: 1 });
    const weight = randn([2, 3, 3, 2], { seed: 2 });
    const options = { stride: 2, padding: 1, outputPadding: 1, dilation: 2 };
    const figure = convolutionSteps(image, weight, { ...options, transposed: true });
    expect([...figure.data.output]).to.deep.equal([...convTranspose2d(image, weight, options).data]);
  });

  it("shows the three transposed convolutions of the lecture", () => {
    const square = digits("01/23");
    const of = (options: object): number[] => [
      ...convolutionSteps(square, square, { transposed: true, ...options }).data.output,
    ];
    expect(of({})).to.deep.equal([0, 0, 1, 0, 4, 6, 4, 12, 9]);
    expect(of({ stride: 2 })).to.deep.equal([0, 0, 0, 1, 0, 0, 2, 3, 0, 2, 0, 3, 4, 6, 6, 9]);
    expect(of({ padding: 1 })).to.deep.equal([4]);
  });

  it("draws a photograph as rasters, in less than 200 KB", async () => {
    const photo = await loadImage("locomotion-house-cat", { size: [150, 220], channels: 1 });
    const figure = convolutionSteps(photo, digits("101/010/101"));
    expect(figure.toSVG()).to.contain("data:image/png");
    expect(figure.toHTML().length).to.be.below(200_000);
  });

  it("packs an image's values exactly, and others to a 4092nd of their range", () => {
    const bytes = Float32Array.from({ length: 256 }, (_, level) => level / 255);
    const image = pack(bytes);
    expect(image.exact).to.be.true;
    bytes.forEach((value, index) => expect(unpack(image, index)).to.be.closeTo(value, 1e-7));
    const odd = pack(Float32Array.of(-1.23, 0.4567, Number.NaN, Infinity, -Infinity, 2));
    expect(odd.exact).to.be.false;
    expect(unpack(odd, 1)).to.be.closeTo(0.4567, 3.23 / 4092);
    expect([2, 3, 4].map((index) => unpack(odd, index))).to.deep.equal([Number.NaN, Infinity, -Infinity]);
    expect(unpack(pack(Float32Array.of(0.3)), 0)).to.be.closeTo(0.3, 1e-7);
    expect(unpack(pack(new Float32Array(3)), 2)).to.equal(0);
  });

  it("draws NaN and infinities by name", () => {
    const figure = convolutionSteps(tensor([[Number.NaN, 1], [Infinity, 2]]), tensor([[1]])); // prettier-ignore
    expect(figure.toSVG()).to.contain(">NaN<").and.to.contain(">∞<");
  });

  it("refuses what it cannot show, naming it", () => {
    const image = randn([3, 5, 5], { seed: 1 });
    expect(() => convolutionSteps(image, digits("11/11"))).to.throw(/convolutionSteps: kernel: .*3 channels/);
    expect(() => convolutionSteps(randn([2, 3, 5, 5], { seed: 1 }), digits("11/11"))).to.throw(
      /convolutionSteps: image/,
    );
    expect(() => convolutionSteps(digits("11/11"), digits("1"), { outputPadding: 1 })).to.throw(
      /outputPadding/,
    );
  });
});
