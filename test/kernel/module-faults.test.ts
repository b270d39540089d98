import { expect } from "chai";
import { rmSync, utimesSync } from "node:fs";
import path from "node:path";
import { useKernel } from "./support";

describe("what is wrong with one module", () => {
  const lab = useKernel();

  /** Writes a file that is newer than what stood there, however coarse the file system's clock is. */
  let clock = Date.now() / 1000;
  const write = (name: string, text: string): void => {
    const file = lab.folder.write(name, text);
    utimesSync(file, ++clock, clock);
  };
  const remove = (name: string): void => rmSync(path.join(lab.folder.path, name));
  /** Later cells run, whether or not they import something else. */
  const othersRun = async (): Promise<void> => {
    expect(await lab.value("2 + 2")).to.equal("4");
    write("fine.ts", "export const fine = 'fine';");
    expect(await lab.value("import { fine } from './fine'; fine")).to.equal("'fine'");
  };

  const kinds: [what: string, file: string, text: string, mended: string, message: RegExp][] = [
    ["a type error", "badtype.ts", 'export const bad: number = "s"', "export const bad: number = 1", /'string' is not assignable/],
    ["a helper saved half-edited", "half.ts", "export function bad( {", "export const bad = 1", /expected/],
    ["a malformed JSON file", "data.json", '{ "bad": ', '{ "bad": 1 }', /expected/],
    ["an import of what is not there", "lost.ts", "export { bad } from './nowhere'", "export const bad = 1", /nowhere/],
    ["an await at the top level", "waits.ts", "export const bad = await 1", "export const bad = 1", /cannot wait at its top level/],
    ["a syntax error in JavaScript", "script.js", "export const bad = ;", "export const bad = 1", /expected/],
  ]; // prettier-ignore
  for (const [n, [what, file, text, mended, message]] of kinds.entries()) {
    it(`${what} fails the cells that import it, and no other; mended, it is taken up`, async () => {
      const specifier = /\.(json|js)$/.test(file) ? `./${file}` : `./${file.replace(/\.ts$/, "")}`;
      const cell = `import { bad as bad${n} } from '${specifier}'; bad${n}`;
      write(file, text);
      expect((await lab.failure(cell)).evalue).to.match(message);
      await othersRun();
      expect((await lab.failure(cell)).evalue).to.match(message);
      expect((await lab.failure(`bad${n}`)).evalue).to.contain(`Cannot find name 'bad${n}'`);
      write(file, mended);
      expect(await lab.value(cell)).to.equal("1");
    });
  }

  it("fails those too that import it through others, and names the file", async () => {
    write("low.ts", "export const low: string = 1;");
    write("mid.ts", "export { low } from './low.js';");
    write("high.ts", "import { low } from './mid'; export const high = low;");
    const error = await lab.failure("import { high } from './high'; high");
    expect(error.traceback.join("\n")).to.match(/low\.ts:1:14 - error TS2322/);
    await othersRun();
    write("low.ts", "export const low: string = 'ok';");
    expect(await lab.value("import { high } from './high'; high")).to.equal("'ok'");
  });

  it("fails one that was right until what it imports was edited", async () => {
    write("inner.ts", "export const n: number = 1;");
    write("outer.ts", "import { n } from './inner'; export const m: number = n;");
    expect(await lab.value("import { m } from './outer'; m")).to.equal("1");
    write("inner.ts", "export const n: string = 'a';");
    expect((await lab.failure("import { m } from './outer'; m")).traceback.join("\n")).to.contain(
      "outer.ts:1:",
    );
    await othersRun();
    // What an earlier cell imported stays as it was.
    expect(await lab.value("m + 1")).to.equal("2");
  });

  it("counts where it is imported only for its types, or by require and import()", async () => {
    write("shape.ts", "export interface Shape { side: number }\nexport const wrong: string = 1;");
    for (const cell of [
      "import type { Shape } from './shape'; const s: Shape = { side: 1 }; s",
      "const r = require('./shape'); r",
      "(await import('./shape')).wrong",
      "let t: import('./shape').Shape | undefined; t",
      "export * as ns from './shape'",
    ])
      expect((await lab.failure(cell)).evalue, cell).to.contain("'number' is not assignable");
    await othersRun();
  });

  it("is no fault of modules in a circle that have none", async () => {
    write("a.ts", "import { b } from './b'; export const a = 1; export const sum = (): number => a + b;");
    write(
      "b.ts",
      "import { a } from './a'; export const b: number = 'x'; export const twice = (): number => a * 2;",
    );
    expect((await lab.failure("import { sum } from './a'; sum()")).traceback.join("\n")).to.contain(
      "b.ts:1:",
    );
    await othersRun();
    write(
      "b.ts",
      "import { a } from './a'; export const b: number = 2; export const twice = (): number => a * 2;",
    );
    expect(await lab.value("import { sum } from './a'; sum()")).to.equal("3");
  });

  it("ends with the file: what was deleted is not found, and found again when it is back", async () => {
    write("passing.ts", "export const here = 1;");
    expect(await lab.value("import { here } from './passing'; here")).to.equal("1");
    remove("passing.ts");
    expect((await lab.failure("import { here } from './passing'; here")).evalue).to.contain("passing");
    expect((await lab.failure("const name: string = './passing'; await import(name)")).evalue).to.contain(
      "passing",
    );
    await othersRun();
    write("passing/index.ts", "export const here = 2;");
    expect(await lab.value("import { here } from './passing'; here")).to.equal("2");
    write("user.ts", "export { here } from './passing';");
    expect(await lab.value("import { here as again } from './user'; again")).to.equal("2");
    remove("passing/index.ts");
    expect((await lab.failure("import { here } from './user'; here")).traceback.join("\n")).to.contain(
      "user.ts:1:",
    );
    write("passing.ts", "export const here = 3;");
    expect(await lab.value("import { here } from './user'; here")).to.equal("3");
  });

  it("leaves nothing of a cell that failed, nor of a package that it asked for", async () => {
    await lab.failure("import { x } from 'no-such-package-at-all'; const left = 1");
    expect((await lab.failure("left")).evalue).to.contain("Cannot find name 'left'");
    await othersRun();
  });

  it("does not make its names known to cells that do not import it", async () => {
    write("script.ts", "const onlyMine: string = 'x';\ninterface Array<T> { mine: T }");
    await lab.value("import './script'; 1");
    expect((await lab.failure("onlyMine")).evalue).to.contain("Cannot find name 'onlyMine'");
    expect((await lab.failure("[1].mine")).evalue).to.contain("'mine' does not exist");
  });
});
