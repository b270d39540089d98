import { expect } from "chai";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type KernelClient, startKernel } from "../kernel/client/index.js";

/** The README's cells, run as cells, in a folder far from any node_modules. */
describe("the README's cells", function () {
  this.timeout(60_000);
  const text = readFileSync(path.resolve(__dirname, "../../README.md"), "utf8");
  const cells = [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
  let folder = "";
  let kernel: KernelClient;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "convlab-readme-"));
    kernel = await startKernel({ cwd: folder });
  });
  after(async () => {
    await kernel.shutdown();
    rmSync(folder, { recursive: true });
  });

  it("are there", () => {
    expect(cells.length).to.be.greaterThan(1);
  });

  for (const [index, code] of cells.entries()) {
    it(`cell ${index + 1} shows a figure`, async () => {
      const { outputs, error } = await kernel.execute(code);
      expect(error?.traceback.join("\n")).to.equal(undefined);
      const shown = outputs.flatMap((output) => ("data" in output ? Object.keys(output.data) : []));
      expect(shown).to.include("text/html").and.include("text/plain");
    });
  }
});
