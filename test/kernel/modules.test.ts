import { expect } from "chai";
import { utimesSync } from "node:fs";
import { useKernel } from "./support";

describe("a cell's imports", () => {
  const lab = useKernel();

  /** Writes a file that is newer than what stood there, however coarse the file system's clock is. */
  let clock = Date.now() / 1000;
  const write = (name: string, text: string): void => {
    const file = lab.folder.write(name, text);
    utimesSync(file, ++clock, clock);
  };
  const writePackage = (name: string, files: Record<string, string>): void => {
    for (const [file, text] of Object.entries(files)) lab.folder.write(`node_modules/${name}/${file}`, text);
  };

  it("take Node's modules, with and without the prefix", async () => {
    expect(await lab.value("import fs from 'fs'; import * as path from 'node:path'; import { EOL } from 'os';\n[typeof fs.existsSync, path.sep, EOL]")).to.equal("[ 'function', '/', '\\n' ]"); // prettier-ignore
  });

  it("know the types of every module of Node's, common or rare, also where a package mentions it", async () => {
    for (const [code, message] of [
      ["import { createServer } from 'http'; const n: number = createServer()", "Type 'Server"],
      ["const z = await import('node:zlib'); const n: number = z.gzipSync('x')", "Buffer' is not assignable"],
      [
        "import inspector from 'inspector/promises'; const n: number = new inspector.Session()",
        "Type 'Session'",
      ],
      ["import test from 'node:test'; const n: number = test", "is not assignable to type 'number'"],
      ["const n: number = process.stdout", "Type 'WriteStream"],
    ])
      expect((await lab.failure(code)).evalue, code).to.include(message);
    writePackage("squeezer", {
      "package.json": JSON.stringify({ name: "squeezer", main: "main.js", types: "main.d.ts" }),
      "main.js": "exports.squeeze = () => require('node:zlib').createDeflate();",
      "main.d.ts":
        '/// <reference types="node" />\nimport { Deflate } from "node:zlib"; export declare function squeeze(): Deflate;',
    });
    const code = "import { squeeze } from 'squeezer'; const n: number = squeeze()";
    expect((await lab.failure(code)).evalue).to.include("Type 'Deflate'");
    expect(await lab.value("import { deflateSync } from 'zlib'; deflateSync('aaaa').length > 0")).to.equal(
      "true",
    );
  });

  it("take CommonJS packages: default, names, all", async () => {
    writePackage("old-style", {
      "package.json": JSON.stringify({ name: "old-style", main: "main.js", types: "main.d.ts" }),
      "main.js": "module.exports = { half: (x) => x / 2, answer: 42 };",
      "main.d.ts":
        "export declare function half(x: number): number; export declare const answer: number; declare const all: { half: typeof half; answer: number }; export default all;",
    });
    expect(await lab.value("import old, { half } from 'old-style'; import * as all from 'old-style';\n[half(4), old.answer, all.answer]")).to.equal("[ 2, 42, 42 ]"); // prettier-ignore
  });

  it("take a function that is a whole CommonJS module", async () => {
    writePackage("one-function", {
      "package.json": JSON.stringify({ name: "one-function", main: "main.js", types: "main.d.ts" }),
      "main.js": "module.exports = (x) => x + 1;",
      "main.d.ts": "declare function f(x: number): number; export = f;",
    });
    expect(await lab.value("import increment from 'one-function'; increment(1)")).to.equal("2");
  });

  it("take packages that are ECMAScript modules only, also where they await", async () => {
    writePackage("modern", {
      "package.json": JSON.stringify({ name: "modern", type: "module", exports: { ".": { types: "./main.d.ts", import: "./main.js" }, "./sub": { types: "./sub.d.ts", import: "./sub.js" } } }), // prettier-ignore
      "main.js": "export const value = await Promise.resolve('esm'); export default class Modern { x = 1 }",
      "main.d.ts": "export declare const value: string; export default class Modern { x: number }",
      "sub.js": "export const sub = 'path';",
      "sub.d.ts": "export declare const sub: string;",
    });
    expect(await lab.value("import Modern, { value } from 'modern'; [value, new Modern().x]")).to.equal(
      "[ 'esm', 1 ]",
    );
    expect(await lab.value("import { sub } from 'modern/sub'; sub")).to.equal("'path'");
    expect((await lab.failure("import { nothing } from 'modern/hidden'")).evalue).to.contain("modern/hidden");
  });

  it("take only types with import type, even of what is not there to run", async () => {
    writePackage("types-only", {
      "package.json": JSON.stringify({ name: "types-only", types: "main.d.ts" }),
      "main.d.ts": "export interface Point { x: number }",
    });
    expect(
      await lab.value("import type { Point } from 'types-only'; const p: Point = { x: 3 }; p.x"),
    ).to.equal("3");
    expect(await lab.value("import { Point } from 'types-only'; const q: Point = { x: 4 }; q.x")).to.equal(
      "4",
    );
    expect((await lab.failure("const r: Point = { x: 'no' }")).evalue).to.contain(
      "not assignable to type 'number'",
    );
  });

  it("take JSON, typed", async () => {
    write("table.json", '{ "rows": [1, 2, 3] }');
    expect(await lab.value("import table from './table.json'; table.rows.length")).to.equal("3");
    expect((await lab.failure("table.rows.push('x')")).evalue).to.contain("'string' is not assignable");
    write("table.json", '{ "rows": [1, 2, 3, 4] }');
    expect(await lab.value("import table from './table.json'; table.rows.length")).to.equal("4");
  });

  it("take local TypeScript modules, and take edited ones anew", async () => {
    write("shape.ts", "export const size: number = 1; export interface Box { side: number }");
    expect(await lab.value("import { size, type Box } from './shape'; size")).to.equal("1");
    write("shape.ts", "export const size: string = 'big'; export interface Box { side: number }");
    expect(await lab.value("import { size } from './shape'; size.toUpperCase()")).to.equal("'BIG'");
  });

  it("take a module anew when one that it imports was edited", async () => {
    write("deep/inner.ts", "export const word = 'one';");
    write("deep/outer.ts", "import { word } from './inner.js'; export const said = () => word + '!';");
    expect(await lab.value("import { said } from './deep/outer'; said()")).to.equal("'one!'");
    write("deep/inner.ts", "export const word = 'two';");
    expect(await lab.value("import { said } from './deep/outer'; said()")).to.equal("'two!'");
  });

  it("keep a module's state as long as it is not edited", async () => {
    write("counter.ts", "export let n = 0; export const up = () => ++n;");
    expect(await lab.value("import { up } from './counter'; up()")).to.equal("1");
    expect(await lab.value("import { up } from './counter'; up()")).to.equal("2");
  });

  it("may go round in circles", async () => {
    write("a.ts", "import { b } from './b'; export const a = 1; export const sum = (): number => a + b;");
    write("b.ts", "import { a } from './a'; export const b = 2; export const twice = (): number => a * 2;");
    expect(
      await lab.value("import { sum } from './a'; import { twice } from './b'; [sum(), twice()]"),
    ).to.equal("[ 3, 2 ]");
  });

  it("take local JavaScript, edited too", async () => {
    write("plain.js", "exports.x = 1;");
    expect(await lab.value("import { x } from './plain.js'; x")).to.equal("1");
    write("plain.js", "exports.x = 2;");
    expect(await lab.value("import { x } from './plain.js'; x")).to.equal("2");
  });

  it("show a local module's own type error with its file, and do not run", async () => {
    write("wrong.ts", "export const w: string = 1;\n");
    const error = await lab.failure("import { w } from './wrong'; w");
    expect(error.traceback.join("\n"))
      .to.match(/wrong\.ts:1:14 - error TS2322/)
      .and.to.contain("> 1 | export const w");
    write("wrong.ts", "export const w: string = 'right';\n");
    expect(await lab.value("import { w } from './wrong'; w")).to.equal("'right'");
  });

  it("refuse a local module that waits at its top level, and say where; inside functions it may", async () => {
    write(
      "waits.ts",
      "export const later = async () => { await null; return 1; };\nexport const x = await later();",
    );
    const { evalue } = await lab.failure("import { x } from './waits'; x");
    expect(evalue).to.match(/^line 2, column 18: A local module cannot wait at its top level/);
    write("waits.ts", "export const later = async () => { await null; return 1; };");
    expect(await lab.value("import { later } from './waits'; await later()")).to.equal("1");
  });

  it("point into a local module that throws", async () => {
    write(
      "thrower.ts",
      "interface Nothing {}\n\nexport function fail(n: number): Nothing {\n  throw new Error(`bad ${n}`);\n}\n",
    );
    const error = await lab.failure("import { fail } from './thrower';\nfail(3)");
    const text = error.traceback.join("\n");
    expect(text)
      .to.match(/at fail \(.*thrower\.ts, line 4, column 9\)/)
      .and.to.contain("> 4 |   throw new Error");
    expect(text).to.match(/at cell \d+, line 2, column 1$/);
  });

  it("say what is missing", async () => {
    expect((await lab.failure("import { x } from './nowhere'")).evalue).to.contain(
      "Cannot find module './nowhere'",
    );
    expect((await lab.failure("import { x } from 'no-such-package'")).evalue).to.contain("no-such-package");
    expect((await lab.failure("require('no-such-package')")).evalue).to.contain("no-such-package");
  });

  it("find a package that was installed meanwhile", async () => {
    await lab.failure("import { late } from 'late-comer'");
    writePackage("late-comer", {
      "package.json": JSON.stringify({ name: "late-comer", main: "main.js", types: "main.d.ts" }),
      "main.js": "exports.late = 'here';",
      "main.d.ts": "export declare const late: string;",
    });
    expect(await lab.value("import { late } from 'late-comer'; late")).to.equal("'here'");
  });

  it("may be dynamic, or require", async () => {
    expect(await lab.value("const m = await import('modern'); m.value")).to.equal("'esm'");
    expect(
      await lab.value("const name: string = 'node:path'; ((await import(name)) as { sep: string }).sep"),
    ).to.equal("'/'");
    expect(await lab.value("const { counterOf } = require('./required') as { counterOf: number }; counterOf".replace("./required", "./plain.js").replaceAll("counterOf", "x"))).to.equal("2"); // prettier-ignore
    expect(await lab.value("require.resolve('old-style').endsWith('old-style/main.js')")).to.equal("true");
    expect((await lab.failure("await import('./nowhere-at-all')")).evalue).to.contain("nowhere-at-all");
  });

  it("know where they are", async () => {
    expect(await lab.value("import.meta.url.startsWith('file:///')")).to.equal("true");
    expect(await lab.value("process.cwd() === import.meta.dirname")).to.equal("true");
  });

  it("can be declared otherwise in a later cell, and imported again after that", async () => {
    await lab.value("import { half } from 'old-style'");
    expect(await lab.value("const half = 'mine'; half.length")).to.equal("4");
    expect(await lab.value("import { half } from 'old-style'; half(10)")).to.equal("5");
  });
});
