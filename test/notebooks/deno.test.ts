import { expect } from "chai";
import { cpSync, readdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import { type KernelClient, startKernel } from "../../kernel/client/index.js";
import type { Notebook, Output } from "../../src/cli/notebook/format.js";
import { differences } from "../cli/compare-outputs.js";
import { delay, Folder } from "../kernel/support.js";
import { describeWithDeno } from "../support/deno.js";
import { codeCells, committed, names, root } from "./lecture.js";

/** Convolutions and gradients on a photograph; every way of enlarging, a network, scenes and their segmentation. */
const chosen = names.filter((name) => /^(02|10)-/.test(name));

describeWithDeno("the library in Deno's kernel", function (deno) {
  const folder = new Folder();
  const jupyterPath = process.env["JUPYTER_PATH"];
  before(function () {
    this.timeout(60_000);
    installInto(path.join(folder.path, "node_modules"));
    folder.write("deno.json", JSON.stringify({ nodeModulesDir: "manual" }));
    folder.write("package.json", JSON.stringify({ dependencies: { convlab: "*" } }));
    const argv = [deno(), "jupyter", "--kernel", "--conn", "{connection_file}"];
    const spec = { argv, display_name: "Deno", language: "typescript", env: { NO_COLOR: "1" } };
    folder.write("share/kernels/deno/kernel.json", JSON.stringify(spec));
    process.env["JUPYTER_PATH"] = path.join(folder.path, "share");
  });
  after(() => {
    if (jupyterPath === undefined) delete process.env["JUPYTER_PATH"];
    else process.env["JUPYTER_PATH"] = jupyterPath;
    folder.remove();
  });

  for (const name of chosen) {
    it(`${name} shows the same figures and values, and of its sliders the first picture`, async function () {
      this.timeout(300_000);
      const kernel = await startKernel({ kernelName: "deno", cwd: folder.path });
      try {
        const ran = await execute(kernel, committed(name));
        expect(kernel.info["implementation"]).to.equal("Deno kernel");
        // Deno's kernel may say that a cell has ended before it has sent the cell's pictures: they are waited for.
        const expected = withoutControls(committed(name));
        let found = await differences(expected, ran);
        for (let tries = 0; found.length > 0 && tries < 30; tries++) {
          await delay(500);
          found = await differences(expected, ran);
        }
        expect(found).to.deep.equal([]);
      } finally {
        await kernel.shutdown();
      }
    });
  }
});

/** The package as npm would lay it out: its files in a folder of its own, its dependencies beside it. */
function installInto(modules: string): void {
  for (const part of ["package.json", "dist/src", "dist/kernel"]) {
    cpSync(path.join(root, part), path.join(modules, "convlab", part), { recursive: true });
  }
  const installed = path.join(root, "node_modules");
  for (const name of readdirSync(installed)) {
    if (!name.startsWith(".")) symlinkSync(path.join(installed, name), path.join(modules, name), "junction");
  }
}

async function execute(kernel: KernelClient, notebook: Notebook): Promise<Notebook> {
  for (const cell of codeCells(notebook)) {
    const { status, outputs, error } = await kernel.execute(cell.source);
    expect(status, `cell ${cell.id}: ${error?.ename ?? ""} ${error?.evalue ?? ""}`).to.equal("ok");
    cell.outputs = outputs as Output[];
    // What Deno's kernel sends after it has said that a cell has ended, it sends as the next cell's if there is one.
    await delay(250);
  }
  return notebook;
}

/** Deno's kernel has no controls: there a slider's cell has a picture, its value, and no words beside it. */
function withoutControls(notebook: Notebook): Notebook {
  for (const cell of codeCells(notebook)) {
    const [controls, picture] = cell.outputs;
    if (!controls || !("metadata" in controls) || controls.metadata["convlab"] !== "controls") continue;
    if (picture?.output_type !== "display_data")
      throw new Error(`cell ${cell.id} has controls and no picture`);
    cell.outputs = [{ ...picture, output_type: "execute_result", execution_count: cell.execution_count }];
  }
  return notebook;
}
