import { expect } from "chai";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { renderIndex } from "../../src/cli/page/index-page.js";
import { renderPage } from "../../src/cli/page/page.js";
import { describeInBrowser, type OpenPage } from "../support/chromium.js";
import { sampleNotebook } from "./sample-notebook.js";
import { temporaryFolder } from "./notebooks.js";

type Options = Parameters<OpenPage>[1];

describeInBrowser("a notebook's page in the browser", (open) => {
  const folder = temporaryFolder();

  async function show(
    html: string,
    options: Options = {},
  ): Promise<{ page: Page; problems: () => string[] }> {
    const address = pathToFileURL(path.join(folder(), "page.html")).href;
    writeFileSync(path.join(folder(), "page.html"), html);
    const { page, problems } = await open("", options);
    const messages: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") messages.push(message.text());
    });
    await page.goto(address, { waitUntil: "load" });
    return {
      page,
      problems: () => [...problems, ...messages].filter((text) => text !== `request to ${address}`),
    };
  }
  const sample = (): string => renderPage(sampleNotebook(), { file: "sample.ipynb" });

  it("asks the network for nothing and has no errors, scripts on", async () => {
    const { page, problems } = await show(sample());
    await page.locator(".plotly-chart .main-svg").first().waitFor();
    expect(await page.locator(".plotly-static").isVisible()).to.equal(false);
    expect(problems()).to.deep.equal([]);
  });

  it("asks for nothing even where a cell's own HTML would", async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked++;
      response.end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const there = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const tags = [
      "img",
      "script",
      "iframe",
      "video",
      "object data",
      "link rel=stylesheet href",
      "link rel=prefetch href",
    ];
    const asking = tags.map((tag) =>
      tag.includes(" ") ? `<${tag}="${there}">` : `<${tag} src="${there}"></${tag}>`,
    );
    const fetching = `<script>fetch("${there}").catch(() => 0); navigator.sendBeacon?.("${there}"); new Image().src = "${there}";</script>`;
    const style = `<style>@import "${there}"; main { background: url("${there}") }</style>`;
    const { page } = await show(sample().replace("</main>", `${asking.join("")}${fetching}${style}</main>`));
    await page.waitForTimeout(200);
    server.close();
    expect(asked).to.equal(0);
  });

  it("is complete with scripts off", async () => {
    const { page, problems } = await show(sample(), { javaScriptEnabled: false });
    expect(problems()).to.deep.equal([]);
    expect(await page.locator(".plotly-static svg").isVisible()).to.equal(true);
    expect(await page.locator(".toc a").count()).to.be.greaterThan(2);
    expect(await page.locator(".katex-display").first().isVisible()).to.equal(true);
  });

  it("sets every formula in a font that the page carries", async () => {
    const { page } = await show(sample());
    const missing = await page.evaluate(async () => {
      await document.fonts.ready;
      const faces = [...document.fonts].map(
        (face) => `${face.family} ${face.style} ${face.weight} ${face.status}`,
      );
      const wanted = [...document.querySelectorAll(".katex-html *")]
        .filter((element) =>
          [...element.childNodes].some(
            (node) => node.nodeType === 3 && /[^\s\u200b]/.test(node.textContent ?? ""),
          ),
        )
        .map((element) => {
          const { fontFamily, fontStyle, fontWeight } = getComputedStyle(element);
          return `${fontFamily.split(",")[0] ?? ""} ${fontStyle} ${fontWeight} loaded`;
        });
      return [...new Set(wanted)].filter((face) => !faces.includes(face));
    });
    expect(missing).to.deep.equal([]);
  });

  for (const colorScheme of ["light", "dark"] as const) {
    it(`has readable text in the ${colorScheme} theme`, async () => {
      const pages = [
        sample(),
        renderIndex({
          title: "Index",
          introduction: "<p>What it is.</p>",
          entries: [
            { title: "One", number: 1, href: "1.html", summary: "Words.", failure: undefined },
            {
              title: "Two",
              number: 2,
              href: undefined,
              summary: undefined,
              failure: "code cell 2: TypeError",
            },
          ],
          book: {
            index: { title: "Index", href: "index.html" },
            chapters: [{ title: "One", number: 1, href: "1.html" }],
            searchIndex: "search-index.js",
          },
        }),
      ];
      for (const html of pages) {
        const { page } = await show(html, { colorScheme });
        expect(await poorContrasts(page)).to.deep.equal([]);
      }
    });
  }

  for (const width of [320, 420, 1280]) {
    it(`fits a window ${width} pixels wide`, async () => {
      const { page } = await show(sample(), { viewport: { width, height: 800 } });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow).to.be.at.most(0);
    });
  }

  it("can be read without a mouse: skip link, landmarks, one first heading, stops only where one can scroll", async () => {
    const { page } = await show(sample(), { viewport: { width: 420, height: 800 } });
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").textContent()).to.equal("Skip to the content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).to.equal("content");
    const counts = await page.evaluate(() => ({
      main: document.querySelectorAll("main").length,
      h1: document.querySelectorAll("h1").length,
      lang: document.documentElement.lang,
      unnamed: document.querySelectorAll(
        "img:not([alt]), nav:not([aria-label]), [role=region]:not([aria-label])",
      ).length,
      twice: [...document.querySelectorAll("[id]")].filter(
        ({ id }, i, all) => all.findIndex((one) => one.id === id) !== i,
      ).length,
      idle: [...document.querySelectorAll("[role=region][tabindex]")].filter(
        (region) =>
          region.scrollWidth <= region.clientWidth + 1 && region.scrollHeight <= region.clientHeight + 1,
      ).length,
    }));
    expect(counts).to.deep.equal({ main: 1, h1: 1, lang: "en", unnamed: 0, twice: 0, idle: 0 });
  });

  it("leads from the contents to the sections, folded on a narrow window", async () => {
    const narrow = await show(sample(), { viewport: { width: 420, height: 800 } });
    expect(await narrow.page.locator(".toc details").getAttribute("open")).to.equal(null);
    const { page } = await show(sample(), { viewport: { width: 1280, height: 800 } });
    const last = page.locator(".toc a").last();
    await last.click();
    await page
      .locator('.toc a[aria-current="true"]', { hasText: (await last.textContent()) ?? "" })
      .waitFor();
  });

  it("prints everything: no controls, nothing folded or cut off", async () => {
    const { page } = await show(sample());
    await page.emulateMedia({ media: "print" });
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    expect(await page.locator(".toc").isVisible()).to.equal(false);
    expect(await page.locator("main details:not([open])").count()).to.equal(0);
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(background).to.equal("rgb(255, 254, 251)");
    expect((await page.pdf()).length).to.be.greaterThan(10_000);
  });
});

/** Visible texts whose colour has less than 4.5 : 1 (3 : 1 if large) to the ground below them (WCAG 2.2, 1.4.3). */
function poorContrasts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    document.querySelectorAll("details").forEach((details) => (details.open = true));
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    if (!canvas) return ["no canvas"];
    const paint = (colour: string): Uint8ClampedArray => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      return canvas.getImageData(0, 0, 1, 1).data;
    };
    const luminance = (colour: string): number => {
      const [r = 0, g = 0, b = 0] = [...paint(colour)].map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element: Element | null): string => {
      for (let at = element; at; at = at.parentElement) {
        const colour = getComputedStyle(at).backgroundColor;
        if ((paint(colour)[3] ?? 0) === 255) return colour;
      }
      return "white";
    };
    const poor = new Set<string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      const visible =
        element?.checkVisibility({ opacityProperty: true }) &&
        !element.closest("script,svg,.katex-mathml,.plotly-chart");
      if (!element || !visible || (node.textContent ?? "").trim() === "") continue;
      const { color, fontSize } = getComputedStyle(element);
      const back = ground(element);
      const [low, high] = [luminance(color), luminance(back)].sort((a, b) => a - b) as [number, number];
      const ratio = (high + 0.05) / (low + 0.05);
      if (ratio < (parseFloat(fontSize) >= 24 ? 3 : 4.5)) {
        poor.add(
          `${ratio.toFixed(2)} ${color} on ${back}: ${element.className} ${(node.textContent ?? "").slice(0, 30)}`,
        );
      }
    }
    return [...poor];
  });
}
