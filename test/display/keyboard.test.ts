import { expect } from "chai";
import type { Page } from "playwright-core";
import {
  checkerboard,
  dilationGrid,
  type Figure,
  pixelUse,
  receptiveFieldMap,
  slidingWindow,
  tensor,
  upsamplingComparison,
} from "../../src/index.js";
import { describeInBrowser } from "../support/chromium.js";

const image = tensor([[0, 0.25, 0.5, 1], [1, 0, 0, 0], [0, 0, 0, 0], [0.5, 0, 0, 0.5]]); // prettier-ignore
const network = [
  { op: "conv2d", name: "first", kernel: 3, padding: 1, channels: 1 },
  { op: "conv2d", name: "second", kernel: 3, padding: 1, channels: 1 },
] as const;

const status = async (page: Page): Promise<string> => (await page.locator(".cl-status").textContent()) ?? "";
const focused = (page: Page): Promise<[string, string]> =>
  page.evaluate(() => {
    const at = document.activeElement;
    return [at?.tagName.toUpperCase() ?? "", at?.getAttribute("aria-label") ?? ""];
  });
/** Gives the keys to a control that Tab meets, or to the picture where none is named. */
const into = (page: Page, name?: string): Promise<void> =>
  name === undefined
    ? page.locator(".convlab > svg").focus()
    : page.locator(`.cl-bar :is(input, select, button)[aria-label="${name}"]`).focus();
const press = async (page: Page, ...keys: string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
};

/** Each figure, what Tab meets in it, and what the keyboard does there. */
const figures: readonly [string, () => Figure<unknown>, string[], (page: Page) => Promise<void>][] = [
  ["slidingWindow", () => slidingWindow({ input: 7, kernel: 3, stride: 3 }), ["Kernel", "Stride", "Padding", "Dilation"], async (page) => {
    await into(page, "Stride");
    await press(page, "ArrowLeft");
    expect(await status(page)).to.contain("S = 2").and.to.contain("= 3: it fits");
    await press(page, "Home");
    expect(await status(page)).to.contain("S = 1");
  }],
  ["pixelUse", () => pixelUse({ input: 10, kernel: 3 }), ["Kernel", "Stride", "Padding", "Dilation"], async (page) => {
    await into(page, "Padding");
    await press(page, "ArrowRight", "ArrowRight");
    expect(await status(page)).to.contain("Every pixel is used equally often");
  }],
  ["dilationGrid", () => dilationGrid({ rates: [2, 12] }), ["Rate 1", "Rate 2", "Kernel"], async (page) => {
    await into(page, "Rate 1");
    await press(page, "End");
    expect(await status(page)).to.contain("Rates 12, 12, kernel 3. Reach 49 cells");
    await press(page, "Home");
    await into(page, "Rate 2");
    await press(page, "Home");
    expect(await status(page)).to.contain("counts 1 2 3 2 1.");
    await into(page);
    await press(page, "ArrowRight");
    expect(await status(page)).to.equal("1 path");
  }],
  ["checkerboard", () => checkerboard({ kernel: 3, stride: 2 }), ["Kernel", "Stride", "Layers", "Weight 1", "Weight 2", "Weight 3"], async (page) => {
    await into(page, "Kernel");
    await press(page, "ArrowRight");
    expect(await status(page)).to.contain("Even inside");
    await into(page, "Weight 1");
    await press(page, "ArrowRight");
    expect(await status(page)).to.contain("Uneven");
    await into(page);
    await press(page, "ArrowRight", "ArrowRight");
    expect(await status(page)).to.match(/^overlap [\d.]+$/);
  }],
  ["checkerboard of an output", () => checkerboard({ output: image }), [], async (page) => {
    await into(page);
    await press(page, "ArrowRight", "ArrowRight");
    expect(await status(page)).to.match(/^channel mean\nrow 0, column 1 ≈ 0\.25/);
  }],
  ["upsamplingComparison", () => upsamplingComparison(image, { methods: ["nearest", "bed-of-nails"] }), ["Show the differences"], async (page) => {
    await into(page);
    await press(page, "ArrowRight", "ArrowRight");
    expect(await status(page)).to.match(/^image\nrow 0, column 1 ≈ 0\.25/);
    await into(page, "Show the differences");
    await press(page, "Space");
    expect(await page.getByRole("button").getAttribute("aria-pressed")).to.equal("true");
    expect(await page.locator("svg text").allTextContents()).to.include("Result minus image: blue too dark, red too bright");
  }],
  ["receptiveFieldMap", () => receptiveFieldMap(network, image), ["Layer"], async (page) => {
    await into(page, "Layer");
    await press(page, "ArrowUp");
    expect(await status(page)).to.contain("first: receptive field 3, stride 1");
    await into(page);
    await press(page, "ArrowRight", "ArrowRight");
    expect(await status(page)).to.match(/^Theoretical, over the input\nrow 0, column 1 ≈ 0\.25/);
  }],
]; // prettier-ignore

describeInBrowser("figures by keyboard and in words", (open) => {
  for (const [name, make, stops, act] of figures) {
    it(`${name}: every control is met by Tab, works by keys and has a name`, async () => {
      const { page, problems } = await open(make().toHTML());
      await page.waitForTimeout(150);
      const met: string[] = [];
      for (let stop = 0; stop < 9; stop++) {
        await press(page, "Tab");
        const [tag, label] = await focused(page);
        if (tag === "BODY") break;
        if (tag !== "SVG") met.push(label);
      }
      expect(met).to.deep.equal(stops);
      await act(page);
      expect(problems).to.deep.equal([]);
      await page.context().close();
    });

    it(`${name}: its alternative text says what it shows, with scripts and without`, async () => {
      const figure = make();
      const { page } = await open(figure.toHTML());
      const alt = (await page.locator(".convlab > svg[role=img]").getAttribute("aria-label")) ?? "";
      await page.context().close();
      const still = await open(figure.toHTML(), { javaScriptEnabled: false });
      expect(await still.page.locator("img").first().getAttribute("alt")).to.equal(alt);
      await still.page.context().close();
      expect(alt).to.match(/^[A-Z].{40,}\.$/s);
      // The numbers of the figure's own words are in it.
      const numbers = (words: string): string[] => words.match(/\d[\d.]*\d|\d/g) ?? [];
      expect(numbers(alt)).to.include.members(numbers(figure.toString().split(";")[0]));
    });
  }

  it("dilationGrid and checkerboard say where their sliders reach further than can be seen", async () => {
    const grid = await open(dilationGrid({ rates: [24, 24], kernel: 3 }).toHTML());
    await grid.page.getByRole("slider", { name: "Kernel" }).fill("5");
    expect(await status(grid.page)).to.contain("They reach 193 cells: too many to be seen (at most 120)");
    await grid.page.context().close();
    const board = await open(checkerboard({ kernel: 3, stride: 5 }).toHTML());
    await board.page.getByRole("slider", { name: "Layers" }).fill("3");
    expect(await status(board.page)).to.contain("repeats every 125 cells: too many to be seen (at most 27)");
    expect(board.problems.concat(grid.problems)).to.deep.equal([]);
    await board.page.context().close();
  });

  it("checkerboard's labels stay on one line each", async () => {
    for (const width of [400, 900]) {
      const { page } = await open(checkerboard({ kernel: 6, stride: 2 }).toHTML(), { viewport: { width, height: 900 } }); // prettier-ignore
      const heights = await page.locator(".cl-label").evaluateAll((labels) => labels.map((label) => label.getBoundingClientRect().height)); // prettier-ignore
      expect(heights).to.have.lengthOf(9);
      expect(Math.max(...heights)).to.be.below(24);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).to.be.at.most(width);
      await page.context().close();
    }
  });

  it("upsamplingComparison says the place in the whole image where it draws a part", async () => {
    const large = tensor(
      Float32Array.from({ length: 256 * 256 }, (_, at) => ((at * 7) % 256) / 255),
      [256, 256],
    );
    const { page } = await open(upsamplingComparison(large).toHTML());
    await page.waitForTimeout(150);
    // The frame around the picture lies over it.
    const box = await page.locator("svg image").nth(3).boundingBox();
    await page.mouse.move((box?.x ?? 0) + 1, (box?.y ?? 0) + 1);
    const said = (await page.locator(".cl-tip").textContent()) ?? "";
    const drawn = (await page.locator("svg").textContent()) ?? "";
    const [, top, left] = /rows (\d+) to \d+, columns (\d+) to/.exec(drawn) ?? [];
    expect(said).to.match(new RegExp(`^nearest\nrow ${top}, column ${left} ≈ `));
    await page.context().close();
  });
});
