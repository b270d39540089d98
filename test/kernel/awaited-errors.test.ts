import { expect } from "chai";
import { useKernel } from "./support";

describe("an error that a cell awaits", () => {
  const lab = useKernel();
  const traceback = async (code: string): Promise<string> => (await lab.failure(code)).traceback.join("\n");

  it("of the library names the cell's line, at the top and in functions", async () => {
    await lab.run("import { loadIdx, loadImage, mnist } from 'convlab'");
    for (const call of [
      "loadImage('nothere.jpg')",
      "loadIdx('nothere.idx')",
      "mnist({ limit: -1 })",
      "loadImage('data:image/png,x')",
    ]) {
      expect(await traceback(`const one = 1;\nawait ${call};`), call).to.match(
        /> 2 \| await .*\n +\| +\^\n(.*\n)*  at cell \d+, line 2, column \d+$/,
      );
      const within = await traceback(`async function get() {\n  await ${call};\n}\nawait get();`);
      expect(within)
        .to.match(/> 2 \| +await .*/)
        .and.match(/at get \(cell \d+, line 2, column \d+\)\n  at cell \d+, line 4, column \d+$/);
    }
  });

  it("of Node names it too, where the error itself has no line of JavaScript", async () => {
    for (const call of [
      "require('fs/promises').readFile('nothere')",
      "new Promise((_, fail) => setTimeout(() => fail(new Error('late')), 1))",
    ])
      expect(await traceback(`const one = 1;\nawait ${call};`), call).to.match(/> 2 \| await /);
  });
});
