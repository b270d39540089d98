import { expect } from "chai";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { examples } from "../../src/display/examples/index.js";
import { describeInBrowser } from "../support/chromium.js";

// From dist/test/display back to the sources.
const folder = join(__dirname, "..", "..", "..", "test", "figures", "screens");

const fill =
  (name: string, value: string) =>
  (page: Page): Promise<void> =>
    page.getByRole("slider", { name, exact: true }).fill(value);
const press =
  (name: string) =>
  (page: Page): Promise<void> =>
    page.getByRole("button", { name }).click();
const hover =
  (place: string) =>
  async (page: Page): Promise<void> => {
    await page.waitForTimeout(150);
    await page
      .locator(place)
      .last()
      .hover({ position: { x: 4, y: 4 } });
  };

/** What a reader does with each figure; the picture after it is kept, to be looked at. */
const interactions: readonly (readonly [string, (page: Page) => Promise<void>])[] = [
  ["convolution-steps", press("Step forward")],
  ["convolution-steps-transposed", press("Step forward")],
  ["sliding-window", fill("Stride", "2")],
  ["pixel-use", fill("Padding", "2")],
  ["convolution-matrix", press("Transpose")],
  ["channel-stack", hover("svg image")],
  ["feature-maps", hover('svg image[data-raster="0"]')],
  ["filters", hover('svg image[data-raster="0"]')],
  ["pooling-comparison", press("Exchange dark and bright")],
  ["upsampling-comparison", press("Show the differences")],
  ["dilation-grid", fill("Rate 2", "1")],
  ["checkerboard", fill("Kernel", "4")],
  [
    "receptive-field-map",
    (page) =>
      page
        .getByRole("combobox")
        .selectOption({ index: 1 })
        .then(() => undefined),
  ],
  ["network-diagram", hover("svg rect")],
  ["training-curve", hover("svg circle")],
  ["segmentation", hover("svg image")],
];

describeInBrowser("screens of each figure's interaction (CONVLAB_UPDATE=1 keeps them anew)", (open) => {
  for (const [name, act] of interactions) {
    it(name, async () => {
      const example = examples.find((one) => one.name === name);
      const { page, problems } = await open(example?.make().toHTML() ?? "", { deviceScaleFactor: 0.6 });
      await act(page);
      await page.waitForTimeout(250);
      const taken = await page.locator(".convlab").screenshot();
      await page.context().close();
      expect(problems).to.deep.equal([]);
      const file = join(folder, `${name}.png`);
      if (process.env.CONVLAB_UPDATE === "1") {
        mkdirSync(folder, { recursive: true });
        writeFileSync(file, await sharp(taken).png({ palette: true, colours: 16, effort: 10 }).toBuffer());
      }
      expect(existsSync(file), `${name}.png is missing`).to.be.true;
      const stored = await sharp(readFileSync(file)).metadata();
      const now = await sharp(taken).metadata();
      // Controls are as high as the system's fonts make them.
      expect(Math.abs((now.width ?? 0) - (stored.width ?? 0))).to.be.at.most(2);
      expect(Math.abs((now.height ?? 0) - (stored.height ?? 0))).to.be.at.most(30);
      const { channels } = await sharp(taken).removeAlpha().stats();
      expect(Math.max(...channels.map(({ stdev }) => stdev))).to.be.greaterThan(5);
    });
  }
});
