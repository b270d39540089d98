import { expect } from "chai";
import { displaySymbol, type Figure } from "../../src/display/figure.js";
import {
  channelStack,
  convolutionSteps,
  featureMaps,
  filters,
  poolingComparison,
  rand,
  randn,
  segmentation,
  type Tensor,
  tensor,
  trainingCurve,
} from "../../src/index.js";

// Noise, which no compression helps: photographs take half as much.
const noise = (...shape: number[]): Tensor => rand(shape, { seed: 1 });
const classes = (side: number): Tensor =>
  tensor(
    Float32Array.from(noise(side, side).data, (value) => Math.floor(value * 21)),
    [side, side],
  );

/** A figure of large input, the most that a notebook keeps of it, and what it says of what it leaves out. */
const figures: readonly (readonly [string, () => Figure<unknown>, number, RegExp])[] = [
  ["512 maps", () => featureMaps(noise(512, 56, 56)), 1_500_000, /drawn at 1\/2, blocks averaged/],
  ["512 pictures in colour", () => featureMaps(noise(1536, 56, 56), { colours: "rgb" }), 1_500_000, /drawn at 1\/3/],
  ["one picture of 512 × 512 in colour", () => featureMaps(noise(3, 512, 512), { colours: "rgb" }), 600_000, /drawn at 1\/2/],
  ["one map of 1024 × 1024", () => featureMaps(noise(1024, 1024)), 800_000, /drawn at 1\/2/],
  ["a layer of 262144 filters", () => filters(randn([512, 512, 3, 3], { seed: 1 })), 800_000, /the first 2048 of 262144 drawn/],
  ["poolingComparison of 256 × 256", () => poolingComparison(noise(256, 256), { kernelSize: 2 }), 350_000, /one pixel for up to 2 × 2 cells/],
  ["poolingComparison in colour", () => poolingComparison(noise(3, 512, 512), { kernelSize: 2 }), 350_000, /one pixel for up to/],
  ["channelStack of 224 × 224", () => channelStack(noise(3, 224, 224), randn([8, 3, 3, 3], { seed: 2 })), 450_000, /The first 6 of 8 filters.*one pixel for up to/],
  ["segmentation of 512 × 512", () => segmentation({ image: noise(3, 512, 512), predictions: classes(512) }), 700_000, /one pixel for up to 2 × 2/],
  ["convolutionSteps of 64 channels", () => convolutionSteps(noise(64, 28, 28), randn([64, 64, 3, 3], { seed: 2 })), 700_000, /the first 34 of 64 filters/],
  ["trainingCurve of 100,000 steps", () => trainingCurve({ loss: [...noise(100_000).data] }), 200_000, /lowest and the highest of every 200 values/],
]; // prettier-ignore

describe("large figures stay within bounds and say what they leave out", () => {
  for (const [title, make, most, says] of figures) {
    it(`${title}: at most ${most / 1000} KB`, async () => {
      const figure = make();
      expect(figure.toSVG().replace(/<[^>]*>/g, " ").replace(/\s+/g, " ")).to.match(says); // prettier-ignore
      expect(JSON.stringify(await figure[displaySymbol]()).length).to.be.below(most);
    }).timeout(60_000);
  }

  it("keeps every number", () => {
    const image = noise(3, 512, 512);
    const { data } = featureMaps(image, { colours: "rgb" });
    expect(data.values).to.deep.equal(image.data.slice());
    const losses = [...noise(5000).data];
    expect(trainingCurve({ loss: losses }).data.series.loss).to.deep.equal(losses);
    expect(poolingComparison(noise(256, 256), { kernelSize: 2 }).data.outputs.max?.shape).to.deep.equal([
      1, 128, 128,
    ]);
  });

  it("pooling of 256 × 256 is under 250 KB of HTML", () => {
    expect(poolingComparison(noise(256, 256), { kernelSize: 2 }).toHTML().length).to.be.below(250_000);
  });
});
