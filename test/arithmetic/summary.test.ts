import { expect } from "chai";
import { inspect } from "node:util";
import { type LayerRecord, receptiveField, summary } from "../../src/index.js";
import { fcn32, vgg16 } from "./networks.js";

describe("summary", () => {
  const one = (layer: LayerRecord, input: number[]) => summary([layer], { input }).layers[0];

  it("counts the lecture's layers", () => {
    // Rows 1, 2, 9 and 14.
    const dense = summary([{ op: "flatten" }, { op: "linear", channels: 10 }], { input: [3, 32, 32] });
    expect(dense.parameters).to.equal(30_720 + 10);
    const filter = one({ op: "conv2d", kernel: 5, channels: 1 }, [3, 32, 32]);
    expect(filter.parameters).to.equal(76);
    const six = one({ op: "conv2d", kernel: 5, channels: 6 }, [3, 32, 32]);
    expect(six).to.deep.include({ output: [6, 28, 28], parameters: 456, multiplications: 352_800 });
    expect(one({ op: "linear", channels: 28 * 28 * 6, bias: false }, [3072]).parameters).to.equal(14_450_688);
    expect(one({ op: "conv2d", kernel: 3, channels: 1 }, [3, 6, 6]).multiplications).to.equal(432);
    expect(one({ op: "conv2d", kernel: 3, channels: 2 }, [3, 6, 6]).multiplications).to.equal(864);
    const pooled: LayerRecord[] = [{ op: "flatten" }, { op: "linear", channels: 10, bias: false }];
    expect(summary(pooled, { input: [6, 28, 28] }).parameters).to.equal(47_040);
    expect(summary([{ op: "maxPool2d", kernel: 2 }, ...pooled], { input: [6, 28, 28] }).parameters).to.equal(
      11_760,
    );
  });

  it("counts VGG-16's convolutions and FCN's as published", () => {
    // 138,357,544 in all less the three dense layers' 123,642,856.
    expect(summary(vgg16, { input: [3, 224, 224] }).parameters).to.equal(14_714_688);
    expect(summary(vgg16, { input: [3, 224, 224] }).multiplications).to.equal(15_346_630_656);
    expect(summary(fcn32, { input: [3, 500, 500] }).parameters).to.equal(
      14_714_688 + 102_764_544 + 16_781_312,
    );
  });

  it("counts groups, transposed convolutions, normalisation and memory", () => {
    expect(one({ op: "conv2d", kernel: 3, padding: 1, groups: 8, channels: 8 }, [8, 4, 4])).to.include({
      parameters: 80,
      multiplications: 8 * 9 * 16,
      memory: 8 * 16 * 4,
    });
    expect(
      one({ op: "convTranspose2d", kernel: 4, stride: 2, padding: 1, channels: 2 }, [3, 5, 5]),
    ).to.deep.include({
      output: [2, 10, 10],
      parameters: 3 * 2 * 16 + 2,
      multiplications: 3 * 2 * 16 * 25,
    });
    expect(one({ op: "batchNorm2d" }, [8, 4, 4]).parameters).to.equal(16);
  });

  it("follows branches and prints a table", () => {
    const network: readonly LayerRecord[] = [
      { op: "conv2d", name: "a", kernel: 3, padding: "same", channels: 4 },
      { op: "relu", name: "r" },
      { op: "concat", name: "c", from: ["a", "r"] },
      { op: "interpolate", name: "up", scale: 2 },
      { op: "pixelShuffle", name: "shuffle", scale: 2 },
    ];
    const made = summary(network, { input: [1, 8, 8] });
    expect(made.layers.map(({ output }) => output)).to.deep.equal([[4, 8, 8], [4, 8, 8], [8, 8, 8], [8, 16, 16], [2, 32, 32]]); // prettier-ignore
    expect(made.toString()).to.contain("concat (a, r)").and.to.contain("Parameters: 40");
  });

  it("prints its table as a value, on a terminal and in a notebook", () => {
    const made = summary([{ op: "conv2d", name: "<i>", kernel: 5, channels: 6 }], { input: [3, 32, 32] });
    expect(inspect(made)).to.equal(made.toString()).and.to.contain("352,800");
    expect(made.toBundle()["text/html"]).to.contain("&lt;i&gt;").and.to.contain("352,800</td>");
    const field = receptiveField([{ op: "conv2d", kernel: 3 }]);
    expect(inspect(field)).to.equal(field.toString()).and.to.contain("conv2d1");
    expect(field.toBundle()["text/html"]).to.match(/^<table>/);
  });

  it("names the layer that does not fit", () => {
    expect(() => summary(vgg16, { input: [3, 16, 16] })).to.throw(/pool5/);
    expect(() => summary([{ op: "linear", channels: 2 }], { input: [1, 2, 2] })).to.throw(
      /linear1: input: .*flatten/,
    );
    expect(() => summary([{ op: "conv2d", kernel: 3 }], { input: [1, 4, 4] })).to.throw(/conv2d1: channels/);
  });
});
