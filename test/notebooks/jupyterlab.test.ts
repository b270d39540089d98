import { expect } from "chai";
import path from "node:path";
import type { Page } from "playwright-core";
import { readNotebook } from "../../src/cli/notebook/read.js";
import { formatNotebook } from "../../src/cli/notebook/write.js";
import { differences } from "../cli/compare-outputs.js";
import { missingPython } from "../kernel/python.js";
import { eventually, Folder } from "../kernel/support.js";
import { describeInBrowser } from "../support/chromium.js";
import { type JupyterLab, startJupyterLab } from "../support/jupyterlab.js";
import { codeCells, committed, names } from "./lecture.js";
import { asWeStore } from "./nbclient.js";

const name = names.find((one) => one.startsWith("02-")) ?? "";

describeInBrowser("a notebook of the lecture in JupyterLab", (_open, newPage) => {
  const folder = new Folder();
  const file = path.join(folder.path, "lab", name);
  let lab: JupyterLab | undefined;
  let page: Page;

  before(async function () {
    this.timeout(240_000);
    if (missingPython(["jupyterlab", "ipywidgets"]) !== undefined) this.skip();
    const notebook = committed(name);
    for (const cell of codeCells(notebook)) Object.assign(cell, { outputs: [], execution_count: null });
    folder.write(`lab/${name}`, formatNotebook(notebook));
    lab = await startJupyterLab(folder, "lab");
    page = await newPage();
    await page.setViewportSize({ width: 1200, height: 900 });
    await page.goto(`${lab.address}/lab/tree/${name}?reset`);
    await page.locator(".jp-Notebook .jp-CodeCell").first().waitFor({ timeout: 90_000 });
    await page.getByText("TypeScript (convlab) | Idle").waitFor({ timeout: 60_000 });
  });
  after(async () => {
    await lab?.stop();
    folder.remove();
  });

  it("runs from its first cell to its last and shows what was committed", async function () {
    this.timeout(240_000);
    await page.getByRole("menuitem", { name: "Run", exact: true }).click();
    await page.getByRole("menuitem", { name: "Run All Cells", exact: true }).click();
    let apart: string[] | undefined;
    // JupyterLab does not store the states of controls, so their views lead nowhere in the file.
    const compare = async (): Promise<string[]> =>
      differences(committed(name), asWeStore(readNotebook(file), "unknown"));
    const ended = async (): Promise<boolean> => {
      await page.keyboard.press("Control+s");
      // The server does not write in one stroke, so that a notebook may be met half written.
      apart = await compare().catch(() => undefined);
      return apart?.length === 0;
    };
    await eventually(ended, "what was committed, in the saved notebook", 180_000).catch((error: unknown) => {
      expect(apart).to.deep.equal([]);
      throw error;
    });
  });

  it("draws its figure anew when its slider is moved", async function () {
    this.timeout(60_000);
    const handle = page.locator(".jupyter-widgets.widget-slider .noUi-handle").first();
    await handle.scrollIntoViewIfNeeded();
    const output = page.locator(".jp-OutputArea", { has: handle });
    await output.getByText("turned by 45°").first().waitFor();
    const picture = (): Promise<string[]> =>
      output
        .locator(".convlab svg image")
        .evaluateAll((all) => all.map((image) => image.getAttribute("href") ?? ""));
    const before = await picture();
    await handle.focus();
    await page.keyboard.press("ArrowRight");
    await output.getByText("turned by 60°").first().waitFor();
    expect(await output.getByText("turned by 45°").count()).to.equal(0);
    const after = await picture();
    expect(after.length).to.equal(before.length);
    expect(after.join("\n"))
      .to.match(/^data:image/)
      .and.not.equal(before.join("\n"));
  });
});
