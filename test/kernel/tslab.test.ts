import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { type KernelClient, type Output, startKernel } from "../../kernel/client";
import { runCommand } from "../cli/command";
import { codeCell, saveNotebook } from "../cli/notebooks";
import { Folder, useKernel } from "./support";

const root = path.resolve(__dirname, "../../..");

/** A notebook that uses all of tslab's API (`node_modules/tslab/dist/public.d.ts`), a cell each. */
const notebook = [
  "import * as tslab from 'tslab';",
  "import { display, newDisplay, versions, type Display } from 'tslab';",
  "Object.keys(tslab).sort()",
  "({ tslab: versions.tslab, node: versions.node, typescript: typeof versions.typescript, keys: Object.keys(versions) })",
  "const bytes = new Uint8Array([1, 2, 253, 254]);",
  "tslab.display.javascript('1 + 1')",
  "tslab.display.html('Hello <b>tslab!</b>')",
  "tslab.display.markdown('# Title')",
  "tslab.display.latex('$\\\\frac{1}{2}$')",
  "tslab.display.svg('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')",
  "tslab.display.png(bytes)",
  "tslab.display.jpeg(Buffer.from(bytes))",
  "tslab.display.gif(bytes.subarray(1, 3))",
  "tslab.display.pdf(bytes)",
  "tslab.display.text('plain')",
  "tslab.display.raw('text/csv', 'a,b')",
  "tslab.display.raw('application/octet-stream', bytes)",
  "tslab.display.raw('application/json', { a: [1] } as any)",
  "tslab.display.png('iVBORw0KGgo=' as any)",
  "console.log('before'); display.text('between'); console.log('after'); 6 * 7",
  "const place: Display = newDisplay(); place.text('first'); display.text('other'); place.html('<i>second</i>')",
  "const another = newDisplay(); another.text('its own');",
  // Replaces what an earlier cell has shown.
  "place.markdown('third'); console.log('here')",
  "for (let i = 0; i < 5; i++) { another.text(String(i)); await new Promise((r) => setTimeout(r, 5)); }",
  "require('tslab').display.text('required'); require('tslab').display === display",
  "(globalThis as any).__tslab__.require('tslab').display === display",
  "exports.kept = 1; Object.keys(exports).includes('kept')",
  "const text: string = tslab.display.raw('text/plain', 'of any type');",
  "typeof display.html('<b>void</b>')",
  "interface Point { x: number } class P implements Point { constructor(public x: number) {} } new P(3)",
  "const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)); await sleep(5); [1, { a: 'b' }]",
];

/** Cells that tslab's types refuse. */
const refused = [
  "import { display } from 'tslab'; display.html(5)",
  "import { display } from 'tslab'; display.png([1, 2])",
  "import { Nothing } from 'tslab'",
  "import { versions } from 'tslab'; const n: number = versions.node",
];

/** The last value is a line of standard output in tslab and a result here; otherwise outputs are compared as they are. */
function comparable(outputs: readonly Output[]): unknown[] {
  const shown: unknown[] = [];
  for (const output of outputs) {
    const text =
      output.output_type === "stream"
        ? output.text
        : output.output_type === "execute_result"
          ? `${String(output.data["text/plain"]).replace(/^'(.*)'$/, "$1")}\n`
          : undefined;
    if (text === undefined) shown.push(output.output_type === "display_data" ? output.data : output);
    else if (typeof shown.at(-1) === "string") shown.push(`${String(shown.pop())}${text}`);
    else shown.push(text);
  }
  return shown;
}

async function runAll(kernel: KernelClient): Promise<{ outputs: Output[]; source: string }[]> {
  const cells: { outputs: Output[]; source: string }[] = [];
  for (const source of notebook) {
    const { status, outputs, error } = await kernel.execute(source);
    expect(status, `${source}: ${error?.traceback.join("\n") ?? ""}`).to.equal("ok");
    cells.push({ source, outputs });
  }
  return cells;
}

describe("a notebook written for tslab", () => {
  const folder = new Folder();
  const kernels = path.join(folder.path, "share");
  const jupyterPath = process.env["JUPYTER_PATH"];
  const bin = path.join(root, "node_modules", "tslab", "bin", "tslab");
  before(() => {
    // tslab needs the declarations of Node in a folder above; this kernel runs the same notebook from an empty one.
    mkdirSync(path.join(folder.path, "beside"));
    symlinkSync(
      path.join(root, "node_modules"),
      path.join(folder.path, "beside", "node_modules"),
      "junction",
    );
    mkdirSync(path.join(kernels, "kernels", "tslab"), { recursive: true });
    const argv = [process.execPath, bin, "kernel", "--config-path", "{connection_file}"];
    const spec = { argv, display_name: "tslab", language: "typescript", env: { NO_COLOR: "1" } };
    writeFileSync(path.join(kernels, "kernels", "tslab", "kernel.json"), JSON.stringify(spec));
    process.env["JUPYTER_PATH"] = kernels;
  });
  after(() => {
    if (jupyterPath === undefined) delete process.env["JUPYTER_PATH"];
    else process.env["JUPYTER_PATH"] = jupyterPath;
    folder.remove();
  });

  it("shows in this kernel what it shows in tslab's, cell by cell", async function () {
    this.timeout(120_000);
    const theirs = await startKernel({ kernelName: "tslab", cwd: path.join(folder.path, "beside") });
    const expected = await runAll(theirs).finally(() => theirs.shutdown());
    const ours = await startKernel({ cwd: new Folder().path });
    const shown = await runAll(ours).finally(() => ours.shutdown());
    expect(theirs.info["implementation"]).to.equal("tslab");
    for (const [i, cell] of shown.entries())
      expect(comparable(cell.outputs), cell.source).to.deep.equal(comparable(expected[i].outputs));
    // So that a comparison of nothing with nothing does not pass.
    expect(JSON.stringify(shown)).to.contain('"application/pdf":"AQL9/g=="').and.to.contain("third");
  });

  it("runs with `convlab run --kernel convlab`, its kernelspec and all", async () => {
    const kernelspec = { name: "tslab", display_name: "TypeScript", language: "typescript" };
    const cells = notebook.map((source) => codeCell(source));
    const file = saveNotebook(path.join(folder.path, "of-tslab.ipynb"), cells, { kernelspec });
    const out = path.join(folder.path, "out");
    const { code, err } = await runCommand("run", file, "--kernel", "convlab", "--out", out);
    expect(err).not.to.match(/There is no kernel|Error/);
    expect(code).to.equal(0);
    const written = JSON.parse(readFileSync(path.join(out, "of-tslab.ipynb"), "utf8")) as {
      metadata: { kernelspec: object };
    };
    expect(written.metadata.kernelspec).to.deep.equal(kernelspec);
  });
});

describe("tslab's API in cells", () => {
  const lab = useKernel();

  it("is typed as tslab's", async () => {
    for (const source of refused)
      expect((await lab.failure(source)).ename, source).to.equal("TypeScriptError");
  });

  it("claims the version of tslab whose declarations it has", async () => {
    const { version } = JSON.parse(
      readFileSync(path.join(root, "node_modules/tslab/package.json"), "utf8"),
    ) as { version: string };
    expect(await lab.value("import { versions } from 'tslab'; versions.tslab")).to.equal(`'${version}'`);
    const { version: typescript } = lab.kernel.info["language_info"] as { version: string };
    expect(await lab.value("versions.typescript")).to.equal(`'${typescript}'`);
    expect(await lab.value("versions.node === process.version")).to.equal("true");
  });

  it("refuses what is no content, and what is no MIME type", async () => {
    const cases = [
      ["display.html(undefined)", "tslab.display.html: content: expected a string or a Uint8Array, got undefined"],
      ["display.text(5 as any)", "tslab.display.text: content: expected a string or a Uint8Array, got 5"],
      ["display.html({} as any)", "tslab.display.html: content: expected a string or a Uint8Array, got {}"],
      ["display.raw('html', 'x')", "tslab.display.raw: contentType: expected a MIME type such as \"text/html\", got 'html'"],
      ["display.raw(1 as any, 'x')", 'tslab.display.raw: contentType: expected a MIME type such as "text/html", got 1'],
    ]; // prettier-ignore
    await lab.run("import { display, newDisplay } from 'tslab'");
    for (const [source, message] of cases)
      expect((await lab.failure(source)).evalue, source).to.equal(message);
  });

  it("shows empty and long contents, and methods taken out of their object", async () => {
    const { outputs } = await lab.run(
      "const { html } = display; html(''); display.png(new Uint8Array()); html('x'.repeat(1e6))",
    );
    expect(outputs.map((output) => "data" in output && Object.values(output.data).map((c) => String(c).length)))
      .to.deep.equal([[0], [0], [1_000_000]]); // prettier-ignore
  });

  it("updates a display from a later cell and from a timer", async () => {
    const { outputs } = await lab.run("const d = newDisplay(); d.text('1')");
    await lab.run(
      "setTimeout(() => d.text('3'), 20); d.text('2'); await new Promise((r) => setTimeout(r, 60))",
    );
    expect(outputs).to.have.lengthOf(1);
    expect(outputs[0]).to.deep.include({ data: { "text/plain": "3" } });
  });

  it("is the same module for cells, local modules and packages, also where tslab itself is installed", async () => {
    lab.folder.write(
      "node_modules/tslab/package.json",
      JSON.stringify({ name: "tslab", main: "dist/public.js" }),
    );
    lab.folder.write(
      "node_modules/tslab/dist/public.js",
      "exports.display = undefined; exports.versions = 'theirs';",
    );
    lab.folder.write(
      "node_modules/plots/index.js",
      "exports.plot = () => require('tslab').display.text('plot');",
    );
    lab.folder.write(
      "helper.ts",
      "import { display } from 'tslab'; export const help = () => display.text('help');",
    );
    lab.folder.write("helper.mjs", "import { display } from 'tslab'; export const own = display;");
    const { outputs } = await lab.run(
      "import { help } from './helper'; help(); require('plots').plot(); (await import('./helper.mjs')).own === display",
    );
    expect(outputs.map((output) => "data" in output && output.data["text/plain"])).to.deep.equal([
      "help",
      "plot",
      "true",
    ]);
  });

  it("is found again by a cell that has emptied the cache of modules", async () => {
    const empty = "for (const name of Object.keys(require.cache)) delete require.cache[name];";
    expect(await lab.value(`${empty} require('tslab').display === display`)).to.equal("true");
  });

  it("has a default import, too", async () => {
    expect(await lab.value("import all from 'tslab'; all.display === display")).to.equal("true");
  });
});
