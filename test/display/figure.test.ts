import { expect } from "chai";
import { runInNewContext } from "node:vm";
import { drawChart } from "../../src/display/client/chart.js";
import { makeKit } from "../../src/display/client/kit.js";
import { examples } from "../../src/display/examples/index.js";
import { displaySymbol } from "../../src/display/figure.js";
import { literal, sourceText } from "../../src/display/html.js";

describe("every figure's example", () => {
  for (const example of examples) {
    describe(example.name, () => {
      const figure = example.make();

      it("has the same bytes when made again", async () => {
        expect(example.make().toHTML()).to.equal(figure.toHTML());
        expect(example.make().toSVG()).to.equal(figure.toSVG());
        expect(Buffer.from(await example.make().toPNG()).equals(Buffer.from(await figure.toPNG()))).to.be
          .true;
      });

      it("displays as a bundle with plain text, HTML and a picture", async () => {
        const bundle = await figure[displaySymbol]();
        expect(bundle["text/plain"])
          .to.be.a("string")
          .and.not.match(/\u001b/);
        expect(bundle["text/html"]).to.equal(figure.toHTML());
        const picture = bundle["image/svg+xml"] ?? bundle["image/png"];
        expect(picture).to.be.a("string").and.not.equal("");
        const others = Object.keys(bundle).filter((mime) => mime !== "application/vnd.plotly.v1+json");
        expect(others).to.have.lengthOf(3);
      });

      it("says in words what it shows", () => {
        expect(figure.toSVG()).to.match(/^<svg [^>]*role="img" aria-label="[^"]{20,}"/);
        expect(figure.toHTML()).to.match(/<img alt="[^"]{20,}"/);
      });

      it("draws finite coordinates, in a picture under 200 KB that asks for nothing", () => {
        expect(figure.toSVG()).to.not.match(
          /(?:x|y|width|height|x1|y1|x2|y2|d|transform)="[^"]*(NaN|Infinity|undefined)/,
        );
        expect(figure.toHTML().length).to.be.below(200_000);
        expect(figure.toSVG().replaceAll("http://www.w3.org/2000/svg", "")).to.not.match(/https?:/);
      });

      it("cannot be changed", () => {
        expect(Object.isFrozen(figure)).to.be.true;
      });
    });
  }
});

describe("the page's script", () => {
  it("holds every JavaScript number and no end of its element", () => {
    const value = { a: [Number.NaN, -Infinity, 0.1, 1 / 3], b: "</script><!--\u2028\ue000NaN" };
    const written = literal(value);
    expect(written).to.not.match(/<|\u2028/);
    expect(runInNewContext(`(${written})`)).to.deep.equal({
      a: [Number.NaN, -Infinity, 0.1, 0.3333333],
      b: "</script><!--\u2028NaN",
    });
  });

  it("draws with functions that refer to nothing outside themselves", () => {
    const made = runInNewContext(
      `(${sourceText(makeKit)})((text) => text, ${sourceText(drawChart)})`,
    ) as ReturnType<typeof makeKit>;
    expect(made.number(-1234.5678)).to.equal("−1235");
    expect(made.rect(0, 1, 2, 3)).to.equal('<rect x="0" y="1" width="2" height="3"/>');
  });
});

describe("words in figures", () => {
  const { counted, wrap } = makeKit((text) => text, drawChart);

  it("are in singular or plural", () => {
    expect([0, 1, 2].map((count) => counted(count, "map"))).to.deep.equal(["0 maps", "1 map", "2 maps"]);
    expect(counted(2, "entry", "entries")).to.equal("2 entries");
  });

  it("are broken between words, and within what has none", () => {
    expect(wrap("one two three", 7)).to.deep.equal(["one two", "three"]);
    expect(wrap("abcdefgh ij", 3)).to.deep.equal(["abc", "def", "gh", "ij"]);
    expect(wrap("", 5)).to.deep.equal([""]);
  });
});

describe("numbers as readers want them", () => {
  const { number } = makeKit((text) => text, drawChart);
  for (const [value, written] of [
    [0, "0"],
    [-0, "0"],
    [4, "4"],
    [-2.5, "−2.5"],
    [1 / 3, "0.3333"],
    [1e-7, "1e−7"],
    [123456, "123500"],
    [1.5e9, "1.5e9"],
    [14450688, "1.45e7"],
    [Number.NaN, "NaN"],
    [-Infinity, "−∞"],
  ] as const) {
    // prettier-ignore
    it(`${value} is ${written}`, () => expect(number(value)).to.equal(written));
  }
});
