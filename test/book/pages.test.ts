import { expect } from "chai";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { BrowserContextOptions, Page } from "playwright-core";
import type { SearchEntry } from "../../src/cli/page/search-client.js";
import { runCommand } from "../cli/command.js";
import { describeInBrowser } from "../support/chromium.js";

const notebooks = readdirSync(path.resolve(__dirname, "../../../notebooks"))
  .filter((name) => name.endsWith(".ipynb"))
  .sort();
const chapters = notebooks.map((name) => name.replace(/ipynb$/, "html"));
const pages = ["index.html", ...chapters];
const axe = readFileSync(require.resolve("axe-core"), "utf8");

/** As much of axe-core as is used in the page. */
interface Axe {
  run(options: object): Promise<{
    violations: { id: string; nodes: { target: unknown[]; html: string; failureSummary?: string }[] }[];
  }>;
}

describeInBrowser("the book", (open) => {
  let out = "";
  before(async function () {
    this.timeout(600_000);
    out = mkdtempSync(path.join(tmpdir(), "convlab-book-"));
    const { code, err } = await runCommand("book", "--out", out, "--jobs", "2");
    expect(code, err).to.equal(0);
  });
  after(() => rmSync(out, { recursive: true, force: true }));

  const address = (page: string): string => pathToFileURL(path.join(out, page)).href;
  /** A page of the book as a reader opens it: from the file system. `problems`: errors, and requests for anything else. */
  async function show(
    name: string,
    options: BrowserContextOptions = {},
  ): Promise<{ page: Page; problems: () => string[] }> {
    const { page, problems } = await open("", { viewport: { width: 1280, height: 900 }, ...options });
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    await page.goto(address(name), { waitUntil: "load" });
    return { page, problems: () => problems.filter((text) => !text.startsWith(`request to ${address("")}`)) };
  }

  it("has a page for every notebook, and no link that leads nowhere or asks the network", async function () {
    this.timeout(120_000);
    const known = new Map<string, Set<string>>();
    const links: { from: string; href: string }[] = [];
    for (const name of pages) {
      const { page, problems } = await show(name);
      const { ids, hrefs } = await page.evaluate(() => ({
        ids: [...document.querySelectorAll("[id]")].map(({ id }) => id),
        hrefs: [...document.querySelectorAll("a[href]")].map((link) => link.getAttribute("href") ?? ""),
      }));
      expect(new Set(ids).size, `${name}: ids`).to.equal(ids.length);
      expect(problems(), name).to.deep.equal([]);
      known.set(name, new Set(ids));
      links.push(...hrefs.map((href) => ({ from: name, href })));
      await page.context().close();
    }
    const entries = await searchIndex();
    links.push(...entries.map(({ href }) => ({ from: "search-index.js", href })));
    const broken = links.filter(({ from, href }) => {
      if (/^[a-z]+:|^\/\//i.test(href)) return !href.startsWith("https://");
      const [file = "", anchor = ""] = href.split("#").map(decodeURIComponent);
      const target = known.get(file === "" ? from : file);
      return target === undefined || (anchor !== "" && !target.has(anchor));
    });
    expect(broken).to.deep.equal([]);
    for (const name of chapters) {
      expect(
        links.some(({ from, href }) => from === "index.html" && href === name),
        name,
      ).to.equal(true);
    }
  });

  for (const colorScheme of ["light", "dark"] as const) {
    for (const name of pages) {
      it(`${name} has no fault that axe finds, ${colorScheme}`, async function () {
        this.timeout(180_000);
        const { page } = await show(name, { colorScheme, reducedMotion: "reduce" });
        expect(await violations(page)).to.deep.equal([]);
        await page.context().close();
      });
    }
  }

  it("finds a word of each chapter, with its surroundings", async function () {
    this.timeout(60_000);
    const entries = await searchIndex();
    const { page, problems } = await show("index.html");
    for (const chapter of chapters) {
      const sections = entries.filter(({ href }) => href.startsWith(`${chapter}#`));
      const section = sections[Math.floor(sections.length / 2)];
      const words = /\p{L}{4,}.{0,40}\p{L}{4,}/u.exec(section?.text ?? "")?.[0] ?? "";
      expect(words, chapter).not.to.equal("");
      await page.locator(".search input").fill(words);
      await page
        .locator(".found b", { hasText: section?.heading ?? "" })
        .first()
        .waitFor();
      const found = await page
        .locator(".found a")
        .evaluateAll((all) => all.map((a) => a.getAttribute("href")));
      expect(found, words).to.include(section?.href);
      expect(await page.locator(".found mark").count(), words).to.be.greaterThan(0);
      await page.keyboard.press("Escape");
      expect(await page.locator(".found").isVisible()).to.equal(false);
    }
    await page.locator(".search input").fill("xyzzy");
    await page.locator(".found [role=status]", { hasText: "Nothing found" }).waitFor();
    expect(await violations(page), "with results").to.deep.equal([]);
    expect(problems()).to.deep.equal([]);
    await page.context().close();
  });

  it("is found through, read and turned by keyboard alone", async () => {
    const { page } = await show("index.html");
    await page.keyboard.press("/");
    await page.keyboard.type("Convolution kernel");
    await page.locator(".found a").first().waitFor();
    await page.keyboard.press("ArrowDown");
    const target = await page.evaluate(() => (document.activeElement as HTMLAnchorElement).href);
    await page.keyboard.press("ArrowUp");
    expect(await page.evaluate(() => document.activeElement?.tagName)).to.equal("INPUT");
    await page.keyboard.press("Enter");
    await page.waitForURL(target);
    await tabTo(page, ".near [rel=next], .near [rel=prev]");
    const near = await page.evaluate(() => (document.activeElement as HTMLAnchorElement).href);
    await page.keyboard.press("Enter");
    await page.waitForURL(near);
    await tabTo(page, ".theme");
    await page.keyboard.press("Space");
    expect(await page.locator("html").getAttribute("data-theme")).to.equal("dark");
    await tabTo(page, ".toc [aria-current=page]");
    await tabTo(page, ".toc a[href^='#']");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => location.hash)).to.match(/^#./);
    await page.context().close();
  });

  it("changes between light and dark, figures too, and remembers it on every page", async () => {
    const { page } = await show(chapters[0] ?? "");
    const state = (): Promise<{ ground: string; figure: string; pressed: string | null }> =>
      page.evaluate(() => ({
        ground: getComputedStyle(document.body).backgroundColor,
        figure: getComputedStyle(document.querySelector(".convlab") ?? document.body).getPropertyValue(
          "--cl-surface",
        ),
        pressed: document.querySelector(".theme")?.getAttribute("aria-pressed") ?? null,
      }));
    const light = await state();
    expect(light.pressed).to.equal("false");
    await page.locator(".theme").click();
    const dark = await state();
    expect(dark.pressed).to.equal("true");
    expect(dark.ground).not.to.equal(light.ground);
    expect(dark.figure).not.to.equal(light.figure);
    expect(await violations(page), "dark by choice").to.deep.equal([]);
    await page.reload();
    expect(await state()).to.deep.equal(dark);
    await page.goto(address("index.html"));
    expect((await state()).ground).to.equal(dark.ground);
    await page.emulateMedia({ media: "print" });
    expect((await state()).ground, "paper is light").to.equal("rgb(255, 254, 251)");
    await page.emulateMedia({ media: "screen" });
    await page.locator(".theme").click();
    expect((await state()).ground).to.equal(light.ground);
    expect(await page.evaluate(() => localStorage.length)).to.equal(0);
    await page.context().close();
  }).timeout(120_000);

  it("is complete with scripts off", async () => {
    const { page, problems } = await show("index.html", { javaScriptEnabled: false });
    expect(await page.locator(".search, .theme").evaluateAll((all) => all.length)).to.equal(2);
    expect(await page.locator(".search:visible, .theme:visible").count()).to.equal(0);
    await page.locator(".chapters a").first().click();
    await page.waitForURL(address(chapters[0] ?? ""));
    expect(await page.locator(".toc .chapter").count()).to.equal(chapters.length);
    const figures = page.locator(".convlab > img");
    expect(await figures.count()).to.be.greaterThan(2);
    const empty = await figures.evaluateAll((all) => all.filter((one) => one.clientHeight < 50).length);
    expect(empty).to.equal(0);
    if (chapters.length > 1) {
      await page.locator(".turn .next").click();
      await page.waitForURL(address(chapters[1] ?? ""));
    }
    expect(problems()).to.deep.equal([]);
    await page.context().close();
  });

  for (const width of [320, 420, 768, 1280]) {
    it(`fits a window ${width} pixels wide`, async function () {
      this.timeout(60_000);
      for (const name of pages) {
        const { page } = await show(name, { viewport: { width, height: 800 } });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(wide, name).to.be.at.most(0);
        await page.context().close();
      }
    });
  }

  async function searchIndex(): Promise<SearchEntry[]> {
    const { page } = await show("index.html");
    await page.locator(".search input").focus();
    const world = "window.convlabSearch";
    await page.waitForFunction(world);
    const entries = await page.evaluate<SearchEntry[]>(world);
    await page.context().close();
    return entries;
  }
});

/** Every violation of WCAG 2 A and AA, figures included, with everything unfolded. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: Axe };
    const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const { violations: found } = await axe.run({
      runOnly: { type: "tag", values },
      resultTypes: ["violations"],
    });
    return found.flatMap(({ id, nodes }) =>
      nodes.map(({ target, html, failureSummary }) =>
        [id, target.join(" "), html.slice(0, 120), (failureSummary ?? "").split("\n")[1]?.trim()].join(" | "),
      ),
    );
  });
}

/** Presses Tab until an element has the focus that matches. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
  }
  expect.fail(`Tab does not lead to ${selector}`);
}
