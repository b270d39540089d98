import { expect } from "chai";
import { displaySymbol } from "../../src/display/figure.js";
import { featureMaps, filters, full, rand, randn, tensor, type Tensor, zeros } from "../../src/index.js";

describe("featureMaps and filters", () => {
  it("hold the maps, their ranges, and count the dead", () => {
    const values = randn([4, 3, 3], { seed: 1 }).data.slice();
    values.fill(0, 9, 18);
    const { data } = featureMaps(tensor(values, [4, 3, 3]));
    expect(data.values).to.deep.equal(values);
    expect(data.dead).to.deep.equal([1]);
    expect(data.ranges[1]).to.deep.equal({ low: 0, high: 0 });
    expect(data.ranges[0].high).to.equal(Math.max(...values.subarray(0, 9)));
    const most = Math.max(...values.map(Math.abs));
    expect(data.scales).to.deep.equal([{ low: -most, high: most }]);
  });

  it("give each map its own scale when asked", () => {
    const { data } = featureMaps(tensor([[[0, 1]], [[2, 6]]]), { scale: "own" });
    expect(data.scales).to.deep.equal([{ low: 0, high: 1 }, { low: 2, high: 6 }]); // prettier-ignore
  });

  it("draw something honest for constant, empty and broken tensors", () => {
    expect(featureMaps(full([2, 4, 4], 3)).toSVG()).to.contain("constant 3");
    expect(featureMaps(zeros([0, 4, 4])).toSVG()).to.contain("nothing to draw");
    const broken = featureMaps(tensor([[[Number.NaN, Number.NaN]], [[Infinity, -Infinity]]]));
    expect(broken.data.broken).to.deep.equal([0, 1]);
    expect(broken.toSVG()).to.contain("NaN × 2");
  });

  it("colour each map by its own values when each has its own scale", () => {
    const mixed = featureMaps(tensor([[[0, 1]], [[-2, 1]]]), { scale: "own" });
    expect(mixed.data.colours).to.deep.equal(["sequential", "diverging"]);
    expect(mixed.data.scales).to.deep.equal([{ low: 0, high: 1 }, { low: -2, high: 2 }]); // prettier-ignore
    const shared = featureMaps(tensor([[[0, 1]], [[-2, 1]]]));
    expect(shared.data.colours).to.deep.equal(["diverging", "diverging"]);
  });

  it("draw photographs in grey and in colour", () => {
    const grey = featureMaps(tensor([[-1, 3]]), { colours: "grey" });
    expect(grey.data.colours).to.deep.equal(["gray"]);
    expect(grey.data.scales).to.deep.equal([{ low: -1, high: 3 }]);
    const photo = featureMaps(rand([3, 8, 12], { seed: 1 }), { colours: "rgb" });
    expect(photo.data).to.deep.include({ colours: ["colour"], scales: [{ low: 0, high: 1 }], dead: [] });
    expect(photo.toString()).to.contain("1 picture of 8 × 12 in colour");
    expect(featureMaps(full([3, 2, 2], 2), { colours: "rgb" }).toSVG()).to.contain("clipped");
    const weights = filters(randn([6, 3, 5, 5], { seed: 1 }), { colours: "rgb" }).data;
    expect(weights.colours).to.have.lengthOf(6);
    expect(weights.scales[0].low).to.equal(-weights.scales[0].high);
  });

  it("say of one map what fits one", () => {
    for (const figure of [featureMaps(tensor([[0, 1]])), filters(tensor([[0, 1]]))]) {
      expect(figure.toSVG()).to.contain("values from 0 to 1").and.to.not.contain("one scale for all");
      expect(figure.toSVG().match(/>0</g) ?? []).to.have.lengthOf(1);
      expect(figure.toString()).to.not.contain("scale");
    }
    expect(featureMaps(tensor([[[0, 1]], [[1, 1]]])).toSVG()).to.contain("one scale for all");
    expect(featureMaps(full([3, 2, 2], 0.5), { colours: "rgb" }).toString()).to.not.contain("scale");
  });

  it("count dead and broken pictures in colour, and show them", () => {
    const values = rand([9, 4, 4], { seed: 1 }).data.slice();
    values.fill(0, 48, 96);
    values[100] = Number.NaN;
    values[101] = Infinity;
    const figure = featureMaps(tensor(values, [9, 4, 4]), { colours: "rgb" });
    expect(figure.data).to.deep.include({ dead: [1], broken: [2] });
    expect(figure.toSVG()).to.contain("1 dead").and.to.contain("NaN × 1").and.to.contain("+∞ × 1");
    expect(figure.toString()).to.contain("1 dead, 1 with values that are not finite");
  });

  it("let one or two photographs fill the width", () => {
    const drawn = (shape: number[]): number[] => {
      const svg = featureMaps(rand(shape, { seed: 1 })).toSVG();
      const found = /<image data-raster="0"[^>]*? width="([\d.]+)" height="([\d.]+)"/.exec(svg);
      return [Number(found?.[1]), Number(found?.[2])];
    };
    expect(drawn([1, 150, 220])[0]).to.be.closeTo(732, 1);
    expect(drawn([2, 150, 220])[0]).to.be.closeTo(732, 1);
    expect(drawn([1, 300, 100])[1]).to.be.closeTo(520, 1);
    expect(drawn([1, 8, 8])[0]).to.be.closeTo(200, 1);
  });

  it("write the scale's ends exactly", () => {
    expect(featureMaps(tensor([[0, 6241]])).toSVG()).to.contain(">6241<");
    expect(featureMaps(tensor([[0.12345, 7.5]])).toSVG())
      .to.contain(">0.1235<")
      .and.to.contain(">7.5<");
  });

  it("escape labels", () => {
    const svg = featureMaps(rand([1, 2, 2], { seed: 1 }), { labels: ['<b>&"\u0000'] }).toSVG();
    expect(svg).to.contain("&lt;b&gt;&amp;&quot;").and.to.not.contain("\u0000");
  });

  it("keep 512 maps under 1.5 MB in all", async () => {
    const bundle = await featureMaps(rand([512, 56, 56], { seed: 1 }))[displaySymbol]();
    expect(JSON.stringify(bundle).length).to.be.below(1_500_000);
  });

  it("draw a layer's weights channel by channel", () => {
    const { data } = filters(randn([6, 3, 5, 5], { seed: 1 }));
    expect(data.shape).to.deep.equal([18, 5, 5]);
    const words = (weight: Tensor): string => filters(weight).toString();
    expect(words(randn([6, 3, 5, 5], { seed: 1 }))).to.contain(
      "18 slices of 5 × 5 (6 filters of 3 channels)",
    );
    expect(words(randn([6, 1, 5, 5], { seed: 1 }))).to.contain("filters: 6 filters of 5 × 5, ");
  });

  it("refuse wrong options by name", () => {
    expect(() => featureMaps(rand([2], { seed: 1 }))).to.throw(/featureMaps: maps/);
    expect(() => featureMaps(rand([2, 2], { seed: 1 }), { scale: "both" as "own" })).to.throw(/scale/);
    expect(() => featureMaps(rand([2, 2], { seed: 1 }), { columns: 0 })).to.throw(/columns/);
    expect(() => featureMaps(rand([2, 2], { seed: 1 }), { colours: "rgb" })).to.throw(/colours/);
    expect(() => featureMaps(rand([2, 2], { seed: 1 }), { colours: "red" as "rgb" })).to.throw(/colours/);
    expect(() => filters(rand([3, 2, 3, 3], { seed: 1 }), { colours: "rgb" })).to.throw(/three channels/);
  });
});
