import { expect } from "chai";
import path from "node:path";
import { startCommand } from "./cli/command.js";
import { describeInBrowser } from "./support/chromium.js";

/** The way of a new reader: start, open the first notebook's page, look, step through a figure. */
describeInBrowser("first steps, from the address that start prints", (_open, newPage) => {
  it("the first notebook's page shows its figures, and one steps", async function () {
    this.timeout(120_000);
    const notebooks = path.resolve(__dirname, "../../notebooks");
    const command = startCommand(["start", notebooks, "--no-browser"]);
    try {
      const [, url = ""] = await command.prints(/^convlab is ready: (http:\/\/127\.0\.0\.1:\d+\/)$/m);
      const page = await newPage();
      const problems: string[] = [];
      page.on("pageerror", (error) => problems.push(error.message));
      page.on("request", (request) => {
        if (!request.url().startsWith(url) && !request.url().startsWith("data:"))
          problems.push(request.url());
      });
      await page.goto(url);
      await page.getByRole("link", { name: "From dense layers to convolution" }).first().click();
      await page.getByRole("heading", { level: 1, name: "From dense layers to convolution" }).waitFor();

      // Every figure has woken: its static picture has made room for one that answers.
      expect(await page.locator(".convlab > svg[role=img]").count()).to.be.greaterThan(4);
      const steps = page
        .locator(".convlab", { has: page.getByRole("button", { name: "Step forward" }) })
        .first();
      await steps.scrollIntoViewIfNeeded();
      const sums = steps.locator(".cl-status");
      await steps.getByRole("button", { name: "Step forward" }).click();
      expect(await sums.textContent()).to.match(/^Step 6 of 9: output row 2, column 3: .* = 3$/);
      await steps.locator("svg").focus();
      await page.keyboard.press("End");
      expect(await sums.textContent()).to.match(/^Step 9 of 9: .* = 4$/);
      expect(problems).to.deep.equal([]);
    } finally {
      command.process.kill("SIGTERM");
      await command.ended;
    }
  });
});
