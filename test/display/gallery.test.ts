import { expect } from "chai";
import { galleryCosts, galleryPage } from "../../src/display/gallery.js";
import { examples } from "../../src/display/examples/index.js";
import { describeInBrowser } from "../support/chromium.js";

describe("the gallery", () => {
  it("holds every example under a name of its own, and says what each costs", () => {
    const names = examples.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
    const page = galleryPage();
    for (const name of names) expect(page).to.contain(`<section id="${name}">`);
    expect(galleryCosts().split("\n")).to.have.lengthOf(names.length + 1);
  });
});

describeInBrowser("the gallery in a browser", (open) => {
  it("opens offline, in the dark and on a telephone, without a fault or a sideways scroll", async () => {
    const { page, problems } = await open("", { colorScheme: "dark", viewport: { width: 390, height: 800 } });
    await page.setContent(galleryPage());
    expect(await page.locator(".convlab[data-awake]").count()).to.equal(examples.length);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).to.be.at.most(390);
    expect(problems).to.deep.equal([]);
    await page.context().close();
  });

  it("shows every figure with scripts off, each with its words", async () => {
    const { page } = await open("", { javaScriptEnabled: false });
    await page.setContent(galleryPage());
    const pictures = page.locator("section .convlab > img:not([hidden])");
    expect(await pictures.count()).to.equal(examples.length);
    for (let index = 0; index < examples.length; index++) {
      const box = await pictures.nth(index).boundingBox();
      expect(box?.width, examples[index].name).to.be.greaterThan(500);
      expect(box?.height, examples[index].name).to.be.greaterThan(100);
      expect(await pictures.nth(index).getAttribute("alt")).to.have.length.greaterThan(40);
    }
    await page.context().close();
  });
});
