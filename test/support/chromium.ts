import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Where Chromium is: `$CHROMIUM`, or a distribution's usual places. */
export function findChromium(): string | undefined {
  const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  return [process.env.CHROMIUM ?? "", ...usual].find((path) => path !== "" && existsSync(path));
}

export interface OpenPage {
  (html: string, options?: BrowserContextOptions): Promise<{ page: Page; problems: string[] }>;
}

/**
 * A suite that needs a browser. Where there is none it is skipped under its own name, or fails if
 * `CONVLAB_REQUIRE_ALL` is set. `open` shows a page of that HTML with the network off, and gathers the
 * page's errors and the requests that it tried to make; `newPage` is a page like any reader's.
 */
export function describeInBrowser(
  name: string,
  body: (open: OpenPage, newPage: () => Promise<Page>) => void,
): void {
  describe(name, () => {
    let browser: Browser | undefined;
    before(async function () {
      const executablePath = findChromium();
      if (executablePath === undefined) {
        if (process.env.CONVLAB_REQUIRE_ALL)
          throw new Error(`${name}: Chromium is required and was not found`);
        this.skip();
      }
      const args = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ];
      browser = await chromium.launch({ executablePath, args });
    });
    after(() => browser?.close());
    const open: OpenPage = async (html, options = {}) => {
      if (browser === undefined) throw new Error("the browser has not started");
      const context = await browser.newContext({ viewport: { width: 800, height: 600 }, ...options });
      const page = await context.newPage();
      const problems: string[] = [];
      page.on("pageerror", (error) => problems.push(error.message));
      page.on("request", (request) => {
        if (!request.url().startsWith("data:")) problems.push(`request to ${request.url()}`);
      });
      await page.setContent(
        `<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title><body>${html}`,
      );
      return { page, problems };
    };
    body(open, async () => {
      if (browser === undefined) throw new Error("the browser has not started");
      return browser.newPage();
    });
  });
}
