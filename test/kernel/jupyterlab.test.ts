import path from "node:path";
import { expect } from "chai";
import { type Browser, chromium, type Page } from "playwright-core";
import { findChromium } from "../support/chromium";
import { type JupyterLab, startJupyterLab } from "../support/jupyterlab";
import { missingPython } from "./python";
import { eventually, Folder } from "./support";

const cells = [
  [
    'import { interact, slider, dropdown, checkbox, html } from "convlab";',
    "interact(({ n, mode, on }) => html(`<p id='picture'>n=${n} mode=${mode} on=${on}</p>`), {",
    '  n: slider(1, 9), mode: dropdown(["zeros", "reflect"]), on: checkbox(true),',
    "})",
  ].join("\n"),
  "await new Promise((r) => setTimeout(r, 6000)); 'waited'",
];

const notebook = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: { kernelspec: { name: "convlab", display_name: "TypeScript (convlab)", language: "typescript" } },
  cells: cells.map((source, i) => ({
    id: `cell-${String(i)}`,
    cell_type: "code",
    execution_count: null,
    metadata: {},
    outputs: [],
    source,
  })),
};

describe("widgets in JupyterLab", function () {
  this.timeout(180_000);
  const folder = new Folder();
  let server: JupyterLab | undefined;
  let browser: Browser | undefined;
  let page: Page;

  before(async function () {
    const executablePath = findChromium();
    const missing =
      missingPython(["jupyterlab", "ipywidgets"]) ?? (executablePath ? undefined : "needs Chromium");
    if (missing !== undefined) {
      if (process.env["CONVLAB_REQUIRE_ALL"]) throw new Error(missing);
      this.skip();
    }
    folder.write("lab/widgets.ipynb", JSON.stringify(notebook));
    server = await startJupyterLab(folder, "lab");
    browser = await chromium.launch({
      executablePath,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"], // prettier-ignore
    });
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    await page.goto(`${server.address}/lab/tree/widgets.ipynb?reset`);
    await page.locator(".jp-Notebook .jp-CodeCell").nth(1).waitFor({ timeout: 90_000 });
    await page.getByText("TypeScript (convlab) | Idle").waitFor({ timeout: 60_000 });
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    folder.remove();
  });

  const picture = (): Promise<string | null> => page.locator("#picture:visible").textContent();
  const handle = () => page.locator(".jupyter-widgets.widget-slider .noUi-handle").first();

  it("a slider that is moved draws the picture anew in its place", async () => {
    await page.locator(".jp-Notebook .jp-CodeCell").first().click();
    await page.keyboard.press("Shift+Enter");
    await page.locator("#picture").waitFor({ timeout: 60_000 });
    expect(await picture()).to.equal("n=1 mode=zeros on=true");
    await handle().focus();
    await page.keyboard.press("ArrowRight");
    await eventually(async () => (await picture()) === "n=2 mode=zeros on=true", "the new picture");
    expect(await page.locator("#picture").count()).to.equal(1);
  });

  it("a dropdown and a checkbox too", async () => {
    await page.locator(".jupyter-widgets.widget-dropdown select").selectOption("reflect");
    await eventually(async () => (await picture()) === "n=2 mode=reflect on=true", "the dropdown's picture");
    await page.locator(".jupyter-widgets.widget-checkbox input").uncheck();
    await eventually(async () => (await picture()) === "n=2 mode=reflect on=false", "the checkbox's picture");
  });

  it("also while another cell awaits, and after quick movements it shows the last", async () => {
    await page.locator(".jp-Notebook .jp-CodeCell").nth(1).click();
    await page.keyboard.press("Shift+Enter");
    await handle().focus();
    for (let i = 0; i < 6; i++) await page.keyboard.press("ArrowRight");
    await eventually(async () => (await picture()) === "n=8 mode=reflect on=false", "the last picture", 5000);
    const waited = page.locator(".jp-OutputArea-output", { hasText: "'waited'" });
    expect(await waited.count()).to.equal(0);
    await waited.waitFor({ timeout: 20_000 });
  });

  it("and the saved notebook keeps the last picture", async () => {
    await page.keyboard.press("Control+s");
    const { readFileSync } = await import("node:fs");
    const file = path.join(folder.path, "lab/widgets.ipynb");
    await eventually(() => readFileSync(file, "utf8").includes("n=8 mode=reflect"), "the saved picture");
  });

  it("comes alive again, picture and all, when the page is loaded anew", async () => {
    await page.goto(`${server?.address ?? ""}/lab/tree/widgets.ipynb`);
    await handle().waitFor({ timeout: 60_000 });
    await eventually(async () => (await picture()) === "n=8 mode=reflect on=false", "the picture as it was");
    await handle().focus();
    await page.keyboard.press("ArrowLeft");
    await eventually(async () => (await picture()) === "n=7 mode=reflect on=false", "the new picture");
    expect(await page.locator("#picture:visible").count()).to.equal(1);
  });
});
