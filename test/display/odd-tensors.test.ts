import { expect } from "chai";
import { displaySymbol, type Figure } from "../../src/display/figure.js";
import {
  channelStack,
  convolutionMatrix,
  convolutionSteps,
  featureMaps,
  filters,
  full,
  networkDiagram,
  ones,
  poolingComparison,
  segmentation,
  tensor,
  trainingCurve,
  zeros,
} from "../../src/index.js";
import { describeInBrowser } from "../support/chromium.js";

/** The picture without its rasters: what a reader is told in words and drawn in shapes. */
function wordsOf(figure: Figure<unknown>): string {
  return figure.toSVG().replace(/data:image[^"]*/g, "");
}

/** Attributes that a number was meant for and that hold none. */
function brokenAttributes(figure: Figure<unknown>): string[] {
  const spoken = / (?:aria-label|data-tip)="[^"]*"/g;
  return (
    wordsOf(figure)
      .replace(spoken, "")
      .match(/[\w-]+="[^"]*(?:NaN|Infinity|undefined)[^"]*"/g) ?? []
  );
}

const nan = Number.NaN;
const mixed = tensor([[nan, Infinity, 1], [-Infinity, 0, 2], [3, -1, 0.5]]); // prettier-ignore
const classes = tensor([[0, 1], [1, 0]]); // prettier-ignore

/** Each figure of a tensor that is odd in some way, and what it must say. */
const drawn: readonly (readonly [string, () => Figure<unknown>, RegExp])[] = [
  ["featureMaps of NaN", () => featureMaps(full([2, 3, 3], nan)), /no value is finite.*NaN × 18/],
  ["featureMaps of all kinds", () => featureMaps(mixed), /NaN × 1<.*\+∞ × 1<.*−∞ × 1</],
  [
    "featureMaps in colour of NaN",
    () => featureMaps(tensor([[[nan]], [[1]], [[-Infinity]]]), { colours: "rgb" }),
    /NaN × 1<.*−∞ × 1</,
  ],
  ["featureMaps in colour of zeros", () => featureMaps(zeros([6, 2, 2]), { colours: "rgb" }), /2 dead/],
  ["featureMaps of one constant map", () => featureMaps(full([1, 4, 4], 3)), />constant 3</],
  ["featureMaps of one dead map", () => featureMaps(zeros([3, 3])), />constant 0 {2}· {2}dead \(struck/],
  ["featureMaps of 1 × 1", () => featureMaps(ones([1, 1])), />1 map of 1 × 1</],
  ["featureMaps of no map", () => featureMaps(zeros([0, 4, 4])), /The tensor is empty/],
  ["featureMaps of no rows", () => featureMaps(zeros([2, 0, 4])), /The tensor is empty/],
  ["featureMaps of no picture", () => featureMaps(zeros([0, 4, 4]), { colours: "rgb" }), /tensor is empty/],
  ["filters of no channels", () => filters(zeros([3, 0, 3, 3])), /The tensor is empty/],
  ["filters of 1 × 1", () => filters(ones([1, 1, 1, 1])), />constant 1</],
  [
    "poolingComparison of NaN",
    () => poolingComparison(full([4, 4], nan), { kernelSize: 2 }),
    /16 values of the image not finite/,
  ],
  [
    "poolingComparison of all kinds",
    () => poolingComparison(mixed, { kernelSize: 1, kinds: ["max", "min", "average", "l2"] }),
    /3 values of the image not finite/,
  ],
  ["poolingComparison of a constant", () => poolingComparison(full([4, 4], 3), { kernelSize: 2 }), /2 × 2/],
  ["poolingComparison of 1 × 1", () => poolingComparison(ones([1, 1]), { kernelSize: 1 }), /1 × 1 → 1 × 1/],
  [
    "channelStack of NaN",
    () => channelStack(full([1, 2, 2], nan), ones([1, 1, 2, 2])),
    /4 values of the input not finite/,
  ],
  [
    "channelStack of 1 × 1",
    () => channelStack(ones([1, 1, 1]), ones([1, 1, 1, 1])),
    /makes 1 product at its one position: 1\.<.*1 filter makes 1 map with 1 multiplication and 1 parameter\.</,
  ],
  ["convolutionMatrix of NaN", () => convolutionMatrix({ input: 4, weight: mixed }), />NaN<.*>∞<.*>−∞</],
  ["convolutionMatrix of zeros", () => convolutionMatrix({ input: 3, weight: zeros([2, 2]) }), /16 of 36/],
  [
    "convolutionMatrix of 1 × 1",
    () => convolutionMatrix({ input: 1, kernel: 1 }),
    /Row 1 of 1 of C.*1 of 1 entry is the kernel&apos;s 1 weight/,
  ],
  ["convolutionSteps of NaN", () => convolutionSteps(full([3, 3], nan), ones([2, 2])), />NaN<\/tspan>/],
  ["convolutionSteps of all kinds", () => convolutionSteps(mixed, ones([2, 2])), />∞<.*>−∞</],
  ["convolutionSteps of a constant", () => convolutionSteps(full([3, 3], 2), ones([2, 2])), />8</],
  ["convolutionSteps of 1 × 1", () => convolutionSteps(ones([1, 1]), ones([1, 1])), /Step 1 of 1/],
  [
    "convolutionSteps, transposed, of NaN",
    () => convolutionSteps(full([2, 2], nan), ones([2, 2]), { transposed: true }),
    />NaN</,
  ],
  ["trainingCurve of nothing", () => trainingCurve({ loss: [] }), /no values yet/],
  [
    "trainingCurve of NaN",
    () => trainingCurve({ loss: [nan, Infinity] }),
    /no finite values.*2 values are not/,
  ],
  ["trainingCurve of one NaN", () => trainingCurve({ loss: [nan, 1] }), /1 value is not finite and left out/],
  ["trainingCurve of a constant", () => trainingCurve({ loss: [0, 0, 0] }), />0</],
  ["networkDiagram of one layer", () => networkDiagram([{ op: "relu" }], { input: [5] }), /0 parameters/],
  [
    "segmentation of NaN",
    () => segmentation({ image: full([2, 2], nan), predictions: full([2, 2], nan), truth: classes }),
    /prediction: 4 pixels of no class, in grey/,
  ],
  [
    "segmentation against nothing",
    () => segmentation({ image: ones([2, 2]), predictions: classes, truth: full([2, 2], 255) }),
    /no pixel of the truth has a class, so there is nothing to compare/,
  ],
  [
    "segmentation of one class",
    () => segmentation({ image: ones([2, 2]), predictions: zeros([2, 2]) }),
    />0</,
  ],
];

/** Tensors that no figure can be drawn of: one clear error. */
const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
  [
    "featureMaps of an empty batch",
    () => featureMaps(zeros([0, 1, 2, 2])),
    /maps: expected a tensor of shape/,
  ],
  ["featureMaps of a batch of two", () => featureMaps(zeros([2, 1, 2, 2])), /\[2, 1, 2, 2\]/],
  ["poolingComparison of no rows", () => poolingComparison(zeros([0, 4]), { kernelSize: 1 }), /\[1, 0, 4\]/],
  [
    "poolingComparison of no channels",
    () => poolingComparison(zeros([0, 4, 4]), { kernelSize: 1 }),
    /one channel/,
  ],
  ["channelStack of no channels", () => channelStack(zeros([0, 4, 4]), zeros([1, 0, 2, 2])), /\[0, 4, 4\]/],
  ["channelStack of no filters", () => channelStack(ones([1, 4, 4]), zeros([0, 1, 2, 2])), /\[0, 1, 2, 2\]/],
  ["convolutionMatrix of no weights", () => convolutionMatrix({ input: 4, weight: zeros([0, 2]) }), /kernel/],
  ["convolutionSteps of no rows", () => convolutionSteps(zeros([0, 3]), ones([1, 1])), /\[1, 0, 3\]/],
  ["convolutionSteps of no weights", () => convolutionSteps(ones([3, 3]), zeros([0, 0])), /\[1, 1, 0, 0\]/],
  [
    "networkDiagram of no channels",
    () => networkDiagram([{ op: "relu" }], { input: [0, 2, 2] }),
    /\[0, 2, 2\]/,
  ],
  [
    "segmentation of no pixels",
    () => segmentation({ image: zeros([0, 2]), predictions: zeros([0, 2]) }),
    /segmentation: image: expected at least one pixel/,
  ],
];

describe("figures of odd tensors", () => {
  for (const [title, make, says] of drawn) {
    it(`${title}: drawn and said`, async () => {
      const figure = make();
      expect(wordsOf(figure)).to.match(says);
      expect(brokenAttributes(figure)).to.deep.equal([]);
      expect(wordsOf(figure)).to.not.match(/>undefined|NaN %/);
      const bundle = await figure[displaySymbol]();
      expect(bundle["text/plain"]).to.not.match(/undefined|NaN %/);
    });
  }

  for (const [title, make, message] of refused) {
    it(`${title}: refused`, () => {
      expect(make).to.throw(Error, message).and.to.not.be.instanceOf(TypeError);
    });
  }
});

describeInBrowser("figures of odd tensors in a browser", (open) => {
  it("wake without a fault, and their keys too", async () => {
    const { page, problems } = await open(drawn.map(([, make]) => make().toHTML()).join("<hr>"));
    const pictures = page.locator(".convlab[data-awake] > svg");
    expect(await pictures.count()).to.equal(drawn.length);
    for (const picture of await pictures.all()) {
      await picture.focus();
      for (const key of ["ArrowRight", "ArrowDown", "End"]) await page.keyboard.press(key);
    }
    expect(problems).to.deep.equal([]);
    await page.context().close();
  });

  it("a picture in colour tells NaN from a colour", async () => {
    const { page } = await open(
      featureMaps(tensor([[[nan, 1]], [[1, 0]], [[0, 0.5]]]), { colours: "rgb" }).toHTML(),
    );
    await page.waitForTimeout(150);
    await page.locator("svg").focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.locator(".cl-tip").textContent()).to.contain("row 0, column 0 = NaN");
    await page.keyboard.press("ArrowRight");
    expect(await page.locator(".cl-tip").textContent()).to.contain("row 0, column 1 ≈ 1, 0, 0.5");
    await page.context().close();
  });
});
