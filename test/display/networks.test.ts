import { expect } from "chai";
import {
  effectiveReceptiveField,
  type LayerRecord,
  networkDiagram,
  ones,
  rand,
  receptiveBox,
  receptiveFieldMap,
  segmentation,
  summary,
  tensor,
  trainingCurve,
} from "../../src/index.js";
import { displaySymbol } from "../../src/display/figure.js";
import { unet } from "../../src/display/examples/networks.js";
import { vgg16 } from "../arithmetic/networks.js";

const small: readonly LayerRecord[] = [
  { op: "conv2d", name: "a", kernel: 3, padding: 1, channels: 2 },
  { op: "maxPool2d", name: "pool", kernel: 2 },
  { op: "conv2d", name: "b", kernel: 3, padding: 1, channels: 2 },
];

describe("receptiveFieldMap", () => {
  it("holds the box and the effective field of the arithmetic", () => {
    const image = rand([16, 16], { seed: 1 });
    const options = { layer: "b", position: [3, 4] as const, weights: "random" as const, seed: 2 };
    const { data } = receptiveFieldMap(small, image, options);
    const expected = effectiveReceptiveField(small, image, options);
    expect(data.box).to.deep.equal(
      receptiveBox(small, { input: [1, 16, 16], layer: "b", position: [3, 4] }).box,
    );
    expect(data.effective).to.deep.equal(expected.map);
    expect(data.deviation).to.deep.equal(expected.deviation);
  });

  it("runs a network with its own weights, as far as the layer", () => {
    const asked: (string | undefined)[] = [];
    const network = {
      layers: () => small,
      forward: (input: Parameters<typeof effectiveReceptiveField>[1], options: { until?: string } = {}) => {
        asked.push(options.until);
        return input;
      },
    };
    receptiveFieldMap(network, ones([8, 8]), { layer: "a" });
    expect(asked).to.deep.equal(["a"]);
  });

  it("refuses units and layers that are not there", () => {
    expect(() => receptiveFieldMap(small, ones([8, 8]), { layer: "c" })).to.throw(/a, pool, b/);
    expect(() => receptiveFieldMap(small, ones([8, 8]), { position: [4, 0] })).to.throw(/4 × 4/);
  });
});

describe("networkDiagram", () => {
  it("holds the summary's numbers, and draws VGG-16 and a branching network", () => {
    const { data } = networkDiagram(vgg16, { input: [3, 224, 224] });
    expect(data.parameters).to.equal(summary(vgg16, { input: [3, 224, 224] }).parameters);
    expect(data.layers.at(-1)?.field.size).to.equal(212);
    const drawn = networkDiagram(unet, { input: [3, 64, 64] });
    expect(drawn.toSVG()).to.contain("48 × 64 × 64");
    expect(drawn.data.misaligned).to.deep.equal([]);
  });

  it("writes a layer out in full, whatever its record holds, and elides only very long names", () => {
    const name = "block_".repeat(20);
    const network: readonly LayerRecord[] = [
      { op: "conv2d", name, kernel: [3, 5], stride: [1, 2], padding: [0, 1, 2, 3], dilation: 2, channels: 6, bias: false },
      { op: "convTranspose2d", name: "up", kernel: 4, stride: 2, padding: 1, outputPadding: 1, groups: 3, channels: 6 },
      { op: "maxPool2d", name: "pool", kernel: 3, stride: 2, ceilMode: true },
      { op: "interpolate", scale: 2, mode: "bilinear" },
    ]; // prettier-ignore
    const svg = networkDiagram(network, { input: [3, 33, 32] }).toSVG();
    const words = svg.replace(/<[^>]*>/g, " ").replace(/[\s\u00a0]+/g, " "); // prettier-ignore
    expect(words).to.contain(
      "conv2d, 3 × 5, stride 1 × 2, padding 0 left, 1 right, 2 top, 3 bottom, dilation 2, no bias",
    );
    expect(words).to.contain("convTranspose2d, 4 × 4, stride 2, padding 1, output padding 1, 3 groups");
    expect(words).to.contain("maxPool2d, 3 × 3, stride 2, rounded up").and.to.contain("× 2, bilinear");
    expect(svg).to.contain(`<title>${name}`).and.to.contain("every 1 × 2<");
    expect(svg.match(/<title>/g)).to.have.lengthOf(1);
  });

  it("says where branches are misaligned", () => {
    const network: readonly LayerRecord[] = [
      { op: "conv2d", name: "even", kernel: 2, padding: [0, 1, 0, 1], channels: 1 },
      { op: "add", from: ["even", "input"] },
    ];
    expect(networkDiagram(network, { input: [1, 8, 8] }).toSVG()).to.contain("Misaligned");
  });
});

describe("trainingCurve", () => {
  it("holds the history, offers plotly's chart, and survives what is not finite", async () => {
    const history = { loss: [2, Number.NaN, 1], accuracy: [0.1, 0.5, 0.9] };
    const figure = trainingCurve(history);
    expect(figure.data.series).to.deep.equal(history);
    const bundle = await figure[displaySymbol]();
    const chart = bundle["application/vnd.plotly.v1+json"] as {
      data: { name: string; y: (number | null)[] }[];
    };
    expect(chart.data.map(({ name, y }) => [name, y])).to.deep.equal([["loss", [2, null, 1]], ["accuracy", [0.1, 0.5, 0.9]]]); // prettier-ignore
    expect(figure.toSVG()).to.contain("1 value is not finite");
    expect(trainingCurve({ loss: [] }).toSVG()).to.contain("no values yet");
    expect(() => trainingCurve({})).to.throw(/history/);
  });

  it("names its horizontal axis everywhere", async () => {
    const figure = trainingCurve({ loss: [2, 1], accuracy: [0, 1] }, { xLabel: "round" });
    expect(figure.toSVG().match(/>round</g)).to.have.lengthOf(2);
    expect(figure.toSVG()).to.contain("over 2 rounds; last");
    expect(figure.toHTML()).to.not.contain("epoch");
    const bundle = await figure[displaySymbol]();
    expect(bundle["text/plain"]).to.equal("trainingCurve: 2 rounds; last: loss 1, accuracy 1");
    const { layout } = bundle["application/vnd.plotly.v1+json"] as { layout: Record<string, unknown> };
    expect(layout["xaxis"]).to.deep.include({ title: { text: "round" } });
    expect(layout["xaxis2"]).to.deep.include({ title: { text: "round" } });
    expect(trainingCurve({ loss: [1] }).toString()).to.equal("trainingCurve: 1 epoch; last: loss 1");
    expect(trainingCurve({ loss: [1] }, { xLabel: "steps of 32" }).toString()).to.contain(
      '1 value by "steps of 32"',
    );
  });

  it("draws shares in percent inside its box", () => {
    const circles = trainingCurve({ accuracy: [10, 95] })
      .toSVG()
      .matchAll(/cy="([\d.-]+)"/g);
    for (const [, y] of circles) expect(Number(y)).to.be.within(30, 272);
  });
});

describe("segmentation", () => {
  const truth = tensor([[0, 0, 1], [1, 2, 255]]); // prettier-ignore
  const prediction = tensor([[0, 1, 1], [1, 0, 2]]); // prettier-ignore

  it("measures IoU and accuracy on the pixels that count", () => {
    const { scores } = segmentation({ image: ones([2, 3]), predictions: prediction, truth }).data;
    expect(scores.prediction.iou).to.deep.equal([1 / 3, 2 / 3, 0]);
    expect(scores.prediction.meanIou).to.be.closeTo(1 / 3, 1e-12);
    expect(scores.prediction.accuracy).to.equal(3 / 5);
  });

  it("shows and names what is no class", () => {
    const svg = segmentation({ image: ones([2, 3]), predictions: prediction, truth }).toSVG();
    expect(svg).to.contain(">no class<").and.to.contain("ground truth: 1 pixel of no class, in grey.");
    expect(segmentation({ image: ones([2, 3]), predictions: prediction }).toSVG()).to.not.contain("no class");
  });

  it("needs no truth, takes several predictions, and refuses other sizes", () => {
    expect(
      segmentation({ image: ones([3, 2, 3]), predictions: { a: truth, b: prediction } }).data.scores,
    ).to.deep.equal({});
    expect(() => segmentation({ image: ones([2, 2]), predictions: prediction })).to.throw(
      /predictions.prediction/,
    );
  });
});
