// The README's picture: the worked example as the project's own page shows it. Needs Chromium ($CHROMIUM or the usual place).
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import sharp from "sharp";

const root = path.dirname(import.meta.dirname);
const notebook = path.join(root, "notebooks", "01-from-dense-to-convolution.ipynb");
const out = mkdtempSync(path.join(tmpdir(), "convlab-preview-"));
try {
  const command = [path.join(root, "dist/src/cli/main.js"), "run", notebook, "--out", out, "--html"];
  if (spawnSync(process.execPath, command, { stdio: "inherit" }).status !== 0) process.exit(1);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  const page = await browser.newPage({ viewport: { width: 1000, height: 10_000 }, deviceScaleFactor: 1.5 });
  await page.goto(pathToFileURL(path.join(out, path.basename(notebook, ".ipynb") + ".html")).href);
  const figure = page
    .locator(".convlab", { has: page.getByRole("button", { name: "Step forward" }) })
    .first();
  await figure.getByRole("button", { name: "Step forward" }).click();
  const code = page.locator("pre", { hasText: "convolutionSteps(I, K)" }).first();
  const [top, bottom] = [await code.boundingBox(), await figure.boundingBox()];
  const clip = {
    x: top.x - 12,
    y: top.y - 12,
    width: top.width + 24,
    height: bottom.y + bottom.height - top.y + 24,
  };
  const picture = await page.screenshot({ clip });
  await browser.close();
  await sharp(picture)
    .png({ palette: true, colours: 64 })
    .toFile(path.join(root, "notebooks", "preview.png"));
} finally {
  rmSync(out, { recursive: true, force: true });
}
