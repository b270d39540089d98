import { expect } from "chai";
import { mkdirSync, symlinkSync, utimesSync } from "node:fs";
import path from "node:path";
import { startKernel } from "../../kernel/client";
import { Folder, succeeded, textOf, useKernel } from "./support";

describe("modules of the notebook's folder", () => {
  const lab = useKernel();
  let clock = Date.now() / 1000;
  const write = (name: string, text: string): void => {
    const file = lab.folder.write(name, text);
    utimesSync(file, ++clock, clock);
  };

  it("know where they are: import.meta", async () => {
    write(
      "deep down/h #1.ts",
      "export const { url, dirname, filename } = import.meta;\nexport const same = (): boolean => import.meta === import.meta;\nexport const beside: string = import.meta.resolve('./x.ts');\nexport const node: string = import.meta.resolve('fs');",
    );
    write("deep down/x.ts", "export {}");
    const value = await lab.value(
      "import { url, dirname, filename, same, beside, node } from './deep down/h #1';\nimport { pathToFileURL } from 'url';\n[url === pathToFileURL(filename).href, dirname === process.cwd() + '/deep down', filename === dirname + '/h #1.ts', same(), beside.endsWith('/deep%20down/x.ts'), node]",
    );
    expect(value?.replace(/\s+/g, " ")).to.equal("[ true, true, true, true, true, 'node:fs' ]");
    expect(await lab.value("import.meta.resolve('./deep down/x.ts') === beside")).to.equal("true");
  });

  it("can be named with their ending, from cells and from each other", async () => {
    write("mod.ts", "export const hello = 'hello'; export interface Greeting { text: string }");
    write(
      "by-ending.ts",
      "import { hello, type Greeting } from './mod.ts'; export const g: Greeting = { text: hello };",
    );
    expect(await lab.value("import { hello } from './mod.ts'; hello")).to.equal("'hello'");
    expect(await lab.value("import { g } from './by-ending.ts'; g.text")).to.equal("'hello'");
    expect(await lab.value("(await import('./mod.ts')).hello + require('./mod.ts').hello")).to.equal(
      "'hellohello'",
    );
    write("mod.mts", "export const m = 1;");
    write("mod.cts", "export const c = 2;");
    expect(await lab.value("import { m } from './mod.mts'; import { c } from './mod.cts'; m + c")).to.equal(
      "3",
    );
  });

  it("are there whatever form of import or export is the first to name them", async () => {
    for (const [n, form] of [
      "export * as ns from './NAME'; (await import('./NAME')).v",
      "export * from './NAME'; (await import('./NAME')).v",
      "export { v as default } from './NAME'; (await import('./NAME')).v",
      "export { v } from './NAME'; require('./NAME').v",
      "import * as all from './NAME'; all.v",
      "import mod = require('./NAME'); mod.v",
      "const { v } = await import('./NAME'); v",
      "const x: import('./NAME').V = 1; x",
      "import d, { v as w } from './NAME'; w + d - d",
    ].entries()) {
      write(`form${n}.ts`, "export const v = 1; export type V = number; export default 5;");
      expect(await lab.value(form.replaceAll("NAME", `form${n}`)), form).to.equal("1");
    }
    write(
      "all.ts",
      "export * as ns from './form0'; export * from './form1'; export { v as default } from './form2';",
    );
    expect(await lab.value("import d, { ns, v } from './all'; [d, ns.v, v]")).to.equal("[ 1, 1, 1 ]");
  });

  it("are data with an attribute, or without", async () => {
    write("a.json", '{ "x": [1, 2] }');
    expect(await lab.value('import a from "./a.json" with { type: "json" }; a.x[1]')).to.equal("2");
    expect(await lab.value('(await import("./a.json", { with: { type: "json" } })).default.x[0]')).to.equal(
      "1",
    );
    write("reads.ts", 'import a from "./a.json" with { type: "json" }; export const n: number = a.x[0];');
    expect(await lab.value("import { n } from './reads'; n")).to.equal("1");
  });

  it("are written in today's TypeScript: using, both kinds of decorators, const enums", async () => {
    write(
      "today.ts",
      "const log: string[] = [];\nexport function f(): string[] { { using r = { [Symbol.dispose]() { log.push('gone') } }; log.push('in'); void r } return log }\nfunction old(_t: object, k: string, d: PropertyDescriptor) { d.value = () => k }\nexport class A { @old n() { return '' } }\nexport const enum E { A = 3 }",
    );
    write(
      "standard.ts",
      "function now(_f: () => string, c: ClassMethodDecoratorContext) { return () => String(c.name) }\nexport class B { @now m() { return '' } accessor x = 2 }",
    );
    expect(
      await lab.value(
        "import { f, A, E } from './today'; import { B } from './standard';\n[...f(), new A().n(), new B().m(), new B().x, E.A].join()",
      ),
    ).to.equal("'in,gone,n,m,2,3'");
  });

  it("may be ECMAScript modules in JavaScript that wait, edited too", async () => {
    write("waits.mjs", "export const late = await Promise.resolve('late');");
    expect(await lab.value("import { late } from './waits.mjs'; late")).to.equal("'late'");
    write("waits.mjs", "export const late = await Promise.resolve('later');");
    expect(await lab.value("import { late } from './waits.mjs'; late")).to.equal("'later'");
    expect(await lab.value("2 + 2")).to.equal("4");
  });

  it("keep to the folder's tsconfig.json where it asks for decorators of old", async () => {
    write("tsconfig.json", '{ "compilerOptions": { "experimentalDecorators": true } }');
    expect(await lab.value("const any = (...args: any[]): any => { count = args.length }; let count = 0;\nclass C { @any m() {} }\ncount")).to.equal("2"); // prettier-ignore
  });

  it("may be a link to a folder elsewhere", async () => {
    write("real/lib/index.ts", "export const linked = 'linked';");
    mkdirSync(path.join(lab.folder.path, "node_modules"), { recursive: true });
    write("real/lib/package.json", '{ "name": "linked-lib", "main": "index.ts", "types": "index.ts" }');
    symlinkSync(
      path.join(lab.folder.path, "real/lib"),
      path.join(lab.folder.path, "node_modules/linked-lib"),
    );
    expect(await lab.value("import { linked } from 'linked-lib'; linked")).to.equal("'linked'");
  });
});

describe("packages", () => {
  const lab = useKernel();
  const writePackage = (name: string, manifest: object, files: Record<string, string>): void => {
    lab.folder.write(`node_modules/${name}/package.json`, JSON.stringify({ name, ...manifest }));
    for (const [file, text] of Object.entries(files)) lab.folder.write(`node_modules/${name}/${file}`, text);
  };

  describe("that are installed after they were missed", () => {
    before(() => lab.folder.write("node_modules/.here", ""));
    const kinds: [what: string, manifest: object, files: Record<string, string>, sub?: string][] = [
      ["main", { main: "m.js", types: "m.d.ts" }, { "m.js": "exports.v = 1", "m.d.ts": "export const v: number" }],
      ["exports", { exports: { types: "./m.d.ts", default: "./m.js" } }, { "m.js": "exports.v = 1", "m.d.ts": "export const v: number" }],
      ["an ECMAScript module", { type: "module", exports: { types: "./m.d.ts", import: "./m.js", default: "./m.js" } }, { "m.js": "export const v = 1", "m.d.ts": "export const v: number" }],
      ["a subpath", { exports: { "./sub": { types: "./m.d.ts", default: "./m.js" } } }, { "m.js": "exports.v = 1", "m.d.ts": "export const v: number" }, "/sub"],
      ["an index without more", {}, { "index.js": "exports.v = 1", "index.d.ts": "export const v: number" }],
    ]; // prettier-ignore
    for (const [n, [what, manifest, files, sub = ""]] of kinds.entries()) {
      it(`are found: ${what}, by require and by import`, async () => {
        const [required, imported, scoped] = [`late-r${n}`, `late-i${n}`, `@late/s${n}`];
        const require = `require('${required}${sub}').v`;
        const error = await lab.failure(require);
        expect(error.evalue).to.contain(`Cannot find module '${required}${sub}' from`);
        expect(error.traceback.join("\n")).not.to.contain("dist/");
        await lab.failure(`import { v } from '${imported}${sub}'; v`);
        await lab.failure(`await import('${scoped}${sub}')`);
        for (const name of [required, imported, scoped]) writePackage(name, manifest, files);
        expect(await lab.value(require)).to.equal("1");
        expect(await lab.value(`import { v } from '${imported}${sub}'; v`)).to.equal("1");
        expect(await lab.value(`(await import('${scoped}${sub}')).v`)).to.equal("1");
      });
    }

    it("are found by local modules too", async () => {
      lab.folder.write("wants.ts", "import { v } from 'late-local'; export const w = v;");
      await lab.failure("import { w } from './wants'; w");
      writePackage("late-local", { main: "m.js", types: "m.d.ts" }, { "m.js": "exports.v = 1", "m.d.ts": "export const v: number" }); // prettier-ignore
      expect(await lab.value("import { w } from './wants'; w")).to.equal("1");
    });
  });

  it("are told apart by import and require, by the checker as when they run, in local modules too", async () => {
    writePackage(
      "dual",
      {
        exports: {
          import: { types: "./i.d.mts", default: "./i.mjs" },
          require: { types: "./r.d.ts", default: "./r.js" },
        },
      },
      {
        "i.mjs": "export const kind = 'import';",
        "i.d.mts": "export const kind: 'import';",
        "r.js": "exports.kind = 'require';",
        "r.d.ts": "export const kind: 'require';",
      },
    );
    expect(await lab.value("import { kind } from 'dual'; const k: 'import' = kind; k")).to.equal("'import'");
    expect(await lab.value("import dual = require('dual'); const r: 'require' = dual.kind; r")).to.equal(
      "'require'",
    );
    expect(await lab.value("(await import('dual')).kind + require('dual').kind")).to.equal("'importrequire'");
    lab.folder.write(
      "uses-dual.ts",
      "import { kind } from 'dual'; import r = require('dual'); export * as again from 'dual';\nexport const both: ['import', 'require'] = [kind, r.kind];\nexport const later = async (): Promise<string> => (await import('dual')).kind;",
    );
    expect(
      await lab.value(
        "import { both, again, later } from './uses-dual'; [...both, again.kind, await later()].join()",
      ),
    ).to.equal("'import,require,import,import'");
  });

  it("offer what their exports say for this Node, and hide the rest", async () => {
    writePackage(
      "guarded",
      {
        exports: {
          ".": { browser: "./b.js", node: "./n.js", default: "./d.js" },
          "./features/*": "./f/*.js",
          "./features/private": null,
        },
      },
      {
        "b.js": "throw 1",
        "n.js": "exports.v = 'node'",
        "d.js": "throw 2",
        "f/one.js": "exports.v = 'one'",
        "f/private.js": "",
      },
    );
    expect(await lab.value("require('guarded').v + require('guarded/features/one').v")).to.equal("'nodeone'");
    expect((await lab.failure("require('guarded/features/private')")).evalue).to.contain(
      "./features/private",
    );
    expect((await lab.failure("require('guarded/d.js')")).evalue).to.contain('"exports"');
    expect((await lab.failure("import x from 'guarded/n.js'; x")).evalue).to.contain("guarded/n.js");
  });

  it("and folders may name their own parts: imports and self-reference", async () => {
    lab.folder.write(
      "package.json",
      JSON.stringify({
        name: "my-notebooks",
        imports: { "#tools": "./tools.ts", "#dep": "dual" },
        exports: { "./tools": "./tools.ts" },
      }),
    );
    lab.folder.write("tools.ts", "export const tool = 'hammer';");
    lab.folder.write("sub/uses.ts", "import { tool } from '#tools'; export const used = tool;");
    expect(await lab.value("import { tool } from '#tools'; tool")).to.equal("'hammer'");
    expect(await lab.value("import { used } from './sub/uses'; used")).to.equal("'hammer'");
    expect(await lab.value("import { tool as t } from 'my-notebooks/tools'; t")).to.equal("'hammer'");
    expect(await lab.value("import { kind as k2 } from '#dep'; k2")).to.equal("'import'");
    expect((await lab.failure("require('#nothing')")).evalue).to.contain("#nothing");
  });

  it("that cannot be read say which file is at fault", async () => {
    lab.folder.write("node_modules/broken/package.json", "{ not json");
    expect((await lab.failure("require('broken')")).evalue).to.contain("node_modules/broken/package.json");
    expect(await lab.value("1 + 1")).to.equal("2");
  });
});

describe("folders with unusual names", () => {
  for (const name of [
    "with space",
    "hash#tag",
    "per%20cent",
    "quest?ion",
    "日本語 é",
    'it\'s "quoted"',
    "semi;colon&",
  ]) {
    it(`hold modules and packages: ${name}`, async () => {
      const root = new Folder();
      const inner = (file: string): string => path.join(name, file);
      root.write(inner("m.ts"), "export const m: number = 1; export const at = import.meta.filename;");
      root.write(inner("d.json"), '{ "d": 2 }');
      root.write(inner("w.mjs"), "export const w = await Promise.resolve(3);");
      root.write(
        inner("node_modules/esm/package.json"),
        '{ "name": "esm", "type": "module", "exports": { "types": "./m.d.ts", "import": "./m.js" } }',
      );
      root.write(inner("node_modules/esm/m.js"), "export const e = await Promise.resolve(4);");
      root.write(inner("node_modules/esm/m.d.ts"), "export declare const e: number;");
      const folder = path.join(root.path, name);
      const kernel = await startKernel({
        cwd: folder,
        env: { CONVLAB_HISTORY: path.join(root.path, "history") },
      });
      try {
        const run = async (code: string): Promise<string | undefined> =>
          textOf(succeeded(await kernel.execute(code)).outputs);
        const cell =
          "import { m, at } from './m'; import { d } from './d.json'; import { w } from './w.mjs'; import { e } from 'esm';\nimport { fileURLToPath } from 'url';";
        expect(await run(`${cell}\n[m, d, w, e].join()`)).to.equal("'1,2,3,4'");
        const places =
          "[at, process.cwd() + '/m.ts', fileURLToPath(import.meta.url), import.meta.filename, fileURLToPath(import.meta.resolve('./m.ts'))]";
        expect(
          await run(`const [a, b, c, d2, e2] = ${places}; [a === b, c === d2, a === e2].join()`),
        ).to.equal("'true,true,true'");
      } finally {
        await kernel.shutdown();
        root.remove();
      }
    });
  }
});

describe("a module in the older form", () => {
  const lab = useKernel();
  it("exports one value: export =", async () => {
    lab.folder.write("older.ts", "const all = { q: 5 };\nexport = all;");
    expect(await lab.value("import all = require('./older'); all.q")).to.equal("5");
    expect(await lab.value("import same from './older'; same.q")).to.equal("5");
    lab.folder.write("uses-older.ts", "import all from './older';\nexport const r: number = all.q + 1;");
    expect(await lab.value("import { r } from './uses-older'; r")).to.equal("6");
  });
});
