import { expect } from "chai";
import {
  avgPool2d,
  channelStack,
  conv2d,
  interpolate,
  maxPool2d,
  neg,
  ones,
  poolingComparison,
  rand,
  randn,
  tensor,
  upsamplingComparison,
} from "../../src/index.js";
import { blobs, testCard } from "../../src/display/examples/pictures.js";

describe("channelStack", () => {
  it("counts the lecture's 432 and 864, and 456 parameters of six 5 × 5 × 3 filters", () => {
    const image = ones([3, 6, 6]);
    expect(channelStack(image, ones([3, 3, 3])).data.multiplications).to.equal(432);
    expect(channelStack(image, ones([2, 3, 3, 3])).data.multiplications).to.equal(864);
    const six = channelStack(rand([3, 32, 32], { seed: 1 }), rand([6, 3, 5, 5], { seed: 2 }), {
      bias: ones([6]),
    }).data;
    expect([six.parameters, six.multiplications, six.outputShape]).to.deep.equal([456, 352_800, [6, 28, 28]]);
  });

  it("counts in singular and in plural", () => {
    const one = channelStack(ones([1, 2, 2]), ones([1, 1, 2]));
    expect(one.toSVG()).to.contain(">1 channel, 1 filter<").and.to.contain("1 filter makes 1 map with");
    expect(one.toString()).to.contain("with 1 filter of");
    const many = channelStack(ones([5, 2, 2]), ones([2, 5, 1, 1]));
    expect(many.toSVG()).to.contain(">5 channels, 2 filters<").and.to.contain("2 filters make 2 maps with");
    expect(many.toSVG()).to.contain("and 1 more").and.to.not.contain("1 more channels");
  });

  it("holds partial sums that add up to conv2d's maps", () => {
    const image = randn([3, 7, 6], { seed: 1 });
    const weight = randn([2, 3, 3, 2], { seed: 2 });
    const options = { stride: 2, padding: 1, bias: tensor([1, -1]) };
    const { data } = channelStack(image, weight, options);
    const expected = conv2d(image, weight, options);
    expect([...data.outputs[0], ...data.outputs[1]]).to.deep.equal([...expected.data]);
    data.outputs.forEach((output, filter) => {
      output.forEach((value, index) => {
        const sum = data.partials[filter].reduce(
          (all, partial) => all + partial[index],
          options.bias.data[filter],
        );
        expect(sum).to.be.closeTo(value, 1e-5);
      });
    });
  });
});

/** Where labels of a chart's horizontal axis stand: text and x. */
function ticksOf(svg: string): [string, number][] {
  const found = svg.matchAll(/<text x="([\d.]+)"[^>]*font-size="11"[^>]*text-anchor="middle"[^>]*>([^<]+)</g);
  return [...found].map(([, x, label]) => [label, Number(x)]);
}

describe("poolingComparison", () => {
  it("labels every shift, at equal distances", () => {
    const ticks = ticksOf(poolingComparison(testCard(64), { kernelSize: 5 }).toSVG());
    expect(ticks.map(([label]) => label)).to.deep.equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]); // prettier-ignore
    const gaps = ticks.slice(1).map(([, x], index) => x - ticks[index][1]);
    for (const gap of gaps) expect(gap).to.be.closeTo(gaps[0], 0.02);
  });

  it("draws what windows that are not square make in the image's proportions", () => {
    const sizes = (kernelSize: [number, number]): number[][] => {
      const svg = poolingComparison(rand([48, 60], { seed: 1 }), { kernelSize }).toSVG();
      const images = svg.matchAll(/<image [^>]*width="([\d.]+)" height="([\d.]+)"/g);
      return [...images].map(([, width, height]) => [Number(width), Number(height)]);
    };
    for (const kernel of [
      [1, 2],
      [4, 1],
      [3, 5],
    ] as const) {
      const [[width, height], ...pooled] = sizes([...kernel]);
      expect(height / width).to.be.closeTo(48 / 60, 0.01);
      expect(pooled).to.have.lengthOf(3);
      for (const [across, down] of pooled) expect(down / across).to.be.closeTo(48 / 60, 0.01);
    }
  });

  it("holds the pools' outputs, of CS231n's example too", () => {
    const image = tensor([[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]); // prettier-ignore
    const { data } = poolingComparison(image, { kernelSize: 2 });
    expect([...(data.outputs.max?.values ?? [])]).to.deep.equal([5, 6, 7, 8]);
    expect([...(data.outputs.average?.values ?? [])]).to.deep.equal([...avgPool2d(image, 2).data]);
    expect([...(data.outputs.min?.values ?? [])]).to.deep.equal([...neg(maxPool2d(neg(image), 2)).data]);
  });

  it("exchanges max and min when dark and bright are exchanged", () => {
    const { data } = poolingComparison(testCard(32), { kernelSize: 2 });
    const { max } = data.inverted;
    data.outputs.min?.values.forEach((value, index) =>
      expect(max?.values[index]).to.be.closeTo(1 - value, 1e-6),
    );
  });

  it("finds that a shift by one leaves a third of independent outputs, and by two moves them by one", () => {
    const image = rand([200, 202], { seed: 1 });
    const { shifts, shares } = poolingComparison(image, { kernelSize: [1, 2], kinds: ["max"] }).data
      .unchanged;
    expect(shifts).to.deep.equal([0, 1, 2, 3, 4]);
    expect(shares.max?.[0]).to.equal(1);
    expect(shares.max?.[1]).to.be.closeTo(1 / 3, 0.01);
    expect(shares.max?.[2]).to.be.below(0.01);
  });

  it("draws colour images and refuses others", () => {
    expect(poolingComparison(blobs(16), { kernelSize: 2 }).data.outputs.max?.shape).to.deep.equal([3, 8, 8]);
    expect(() => poolingComparison(rand([2, 8, 8], { seed: 1 }), { kernelSize: 2 })).to.throw(
      /one channel or three/,
    );
    expect(() => poolingComparison(testCard(8), { kernelSize: 2, kinds: ["median" as "max"] })).to.throw(
      /kinds/,
    );
  });
});

describe("upsamplingComparison", () => {
  const image = testCard(24);
  const { data } = upsamplingComparison(image);

  it("starts all methods from the same small image and holds the ops' results", () => {
    const small = avgPool2d(image, 2);
    expect([...data.small]).to.deep.equal([...small.data]);
    const bilinear = interpolate(small, { scaleFactor: 2, mode: "bilinear" });
    expect([...(data.outputs.bilinear ?? [])]).to.deep.equal([...bilinear.data]);
    expect(Object.keys(data.outputs)).to.have.lengthOf(9);
  });

  for (const factor of [2, 3, 4]) {
    it(`writes linear interpolation by ${factor} as a transposed and as a sub-pixel convolution`, () => {
      const { outputs } = upsamplingComparison(testCard(24), { scaleFactor: factor }).data;
      outputs.bilinear?.forEach((value, index) => {
        expect(outputs.transposed?.[index]).to.be.closeTo(value, 1e-5);
        expect(outputs["sub-pixel"]?.[index]).to.be.closeTo(value, 1e-5);
      });
    });
  }

  it("measures the PSNR by its definition", () => {
    const nearest = data.outputs.nearest ?? new Float32Array();
    const error =
      nearest.reduce((sum, value, index) => sum + (value - image.data[index]) ** 2, 0) / nearest.length;
    expect(data.psnr.nearest).to.be.closeTo(10 * Math.log10(1 / error), 1e-3);
    expect(upsamplingComparison(ones([4, 4]), { methods: ["nearest"] }).data.psnr.nearest).to.equal(Infinity);
  });

  it("refuses sizes that the factor does not divide", () => {
    expect(() => upsamplingComparison(rand([5, 4], { seed: 1 }))).to.throw(/2 divides/);
  });
});
