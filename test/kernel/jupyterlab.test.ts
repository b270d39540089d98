import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { expect } from "chai";
import { type Browser, chromium, type Page } from "playwright-core";
import { writeKernelspec } from "../../kernel/kernelspec";
import { findChromium } from "../support/chromium";
import { missingPython, python } from "./python";
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
  let server: ChildProcess | undefined;
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
    await writeKernelspec(path.join(folder.path, "share"));
    folder.write("lab/widgets.ipynb", JSON.stringify(notebook));
    const port = await freePort();
    server = spawn(
      python,
      ["-m", "jupyterlab", "--no-browser", "--allow-root", `--port=${String(port)}`, "--IdentityProvider.token=", `--ServerApp.root_dir=${path.join(folder.path, "lab")}`], // prettier-ignore
      {
        env: {
          ...process.env,
          JUPYTER_PATH: path.join(folder.path, "share"),
          JUPYTER_CONFIG_DIR: path.join(folder.path, "config"),
          JUPYTER_RUNTIME_DIR: path.join(folder.path, "runtime"),
          JUPYTERLAB_SETTINGS_DIR: path.join(folder.path, "settings"),
          JUPYTERLAB_WORKSPACES_DIR: path.join(folder.path, "workspaces"),
          CONVLAB_HISTORY: path.join(folder.path, "history.jsonl"),
        },
        stdio: "ignore",
      },
    );
    const address = `http://127.0.0.1:${String(port)}`;
    await eventually(
      () => fetch(`${address}/api`).then((response) => response.ok, () => false), // prettier-ignore
      "JupyterLab's server",
      120_000,
    );
    browser = await chromium.launch({
      executablePath,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"], // prettier-ignore
    });
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    await page.goto(`${address}/lab/tree/widgets.ipynb?reset`);
    await page.locator(".jp-Notebook .jp-CodeCell").nth(1).waitFor({ timeout: 90_000 });
    await page.getByText("TypeScript (convlab) | Idle").waitFor({ timeout: 60_000 });
  });
  after(async () => {
    await browser?.close();
    server?.kill("SIGTERM");
    if (server && server.exitCode === null) await new Promise((resolve) => server?.once("exit", resolve));
    folder.remove();
  });

  const picture = (): Promise<string | null> => page.locator("#picture").textContent();
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
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
