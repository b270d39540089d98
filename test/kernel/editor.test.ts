import { utimesSync } from "node:fs";
import { expect } from "chai";
import { toCharacterOffset, toUtf16Offset } from "../../kernel/text-position";
import { useKernel } from "./support";

type Content = Record<string, unknown>;

interface TypedMatch {
  text: string;
  type: string;
  start: number;
  end: number;
}

describe("completion and hovering", () => {
  const lab = useKernel();
  /** `|` marks the cursor; offsets are in characters, as Jupyter counts them. */
  const at = (marked: string): { code: string; cursor_pos: number } => {
    const index = marked.indexOf("|");
    return { code: marked.replace("|", ""), cursor_pos: Array.from(marked.slice(0, index)).length };
  };
  const complete = (marked: string): Promise<Content> => lab.kernel.request("complete_request", at(marked));
  const inspect = async (marked: string, level = 0): Promise<Record<string, string> | undefined> => {
    const reply = await lab.kernel.request("inspect_request", { ...at(marked), detail_level: level });
    return reply["found"] === true ? (reply["data"] as Record<string, string>) : undefined;
  };

  it("complete members, with their kinds", async () => {
    const reply = await complete("const text = 'a'; text.toUp|");
    expect(reply).to.deep.include({
      status: "ok",
      matches: ["toUpperCase"],
      cursor_start: 23,
      cursor_end: 27,
    });
    const typed = (reply["metadata"] as { _jupyter_types_experimental: TypedMatch[] })
      ._jupyter_types_experimental;
    expect(typed).to.deep.equal([{ text: "toUpperCase", type: "method", start: 23, end: 27 }]);
  });

  it("complete names of this cell, earlier cells and the language", async () => {
    await lab.run("const zebraStripes = 1; function zebraRun() { return 1 } class ZebraHerd {}");
    expect((await complete("zebra|"))["matches"]).to.deep.equal(["zebraRun", "zebraStripes", "ZebraHerd"]);
    expect((await complete("const zebraLocal = 2; zebraL|"))["matches"]).to.deep.equal(["zebraLocal"]);
    expect((await complete("awai|"))["matches"]).to.include("await");
    expect((await complete("Math.hyp|"))["matches"]).to.deep.equal(["hypot"]);
  });

  it("complete the options of our operations, and imports", async () => {
    const call = 'import { conv2d, ones } from "convlab"; conv2d(ones([3, 3]), ones([1, 1]), { pad| })';
    expect((await complete(call))["matches"]).to.deep.equal(["padding", "paddingMode"]);
    expect((await complete('import { maxPo| } from "convlab"'))["matches"]).to.include("maxPool2d");
  });

  it("replace the word around the cursor", async () => {
    const reply = await complete("Math.hy|pot(1)");
    expect(reply).to.deep.include({ matches: ["hypot"], cursor_start: 5, cursor_end: 10 });
  });

  it("count characters, not UTF-16 units", async () => {
    const reply = await complete("const 𝒳 = '🍕🍕'; 𝒳.toUp|");
    expect(reply).to.deep.include({ matches: ["toUpperCase"], cursor_start: 18, cursor_end: 22 });
    expect((await inspect("'🍕🍕🍕'; Math.hy|pot(1)"))?.["text/plain"]).to.contain("hypot");
    for (const text of ["", "abc", "🍕", "a🍕b", "🍕🍕", "𝒳y"]) {
      const characters = Array.from(text).length;
      for (let i = 0; i <= characters; i++)
        expect(toCharacterOffset(text, toUtf16Offset(text, i))).to.equal(i);
    }
    expect(toUtf16Offset("ab", 99)).to.equal(2);
  });

  it("say nothing where there is nothing", async () => {
    expect(await complete("'in a string |'")).to.deep.include({ status: "ok", matches: [] });
    expect(await inspect("1 + |  2")).to.equal(undefined);
    expect(await inspect("|")).to.equal(undefined);
    const { matches } = await lab.kernel.request("complete_request", {
      code: "Math.hyp",
      cursor_pos: 10_000,
    });
    expect(matches).to.deep.equal(["hypot"]);
  });

  it("work in code that does not compile", async () => {
    expect((await complete("if (Math.hyp|"))["matches"]).to.deep.equal(["hypot"]);
    expect((await complete("const wrong: string = 5; wrong.toUp|"))["matches"]).to.deep.equal([
      "toUpperCase",
    ]);
  });

  it("show type and documentation; at level 1 parameters too", async () => {
    await lab.run(
      "/** Adds.\n * @param a the first\n * @example plus(1, 2)\n */\nfunction plus(a: number, b: number): number { return a + b }",
    );
    const brief = await inspect("pl|us(1, 2)");
    expect(brief?.["text/plain"]).to.equal("function plus(a: number, b: number): number\n\nAdds.");
    const whole = await inspect("pl|us(1, 2)", 1);
    expect(whole?.["text/plain"]).to.contain("@param a the first");
    expect(whole?.["text/markdown"]).to.contain("```typescript\nplus(1, 2)\n```");
    expect(whole?.["text/markdown"]).to.match(/^```typescript\nfunction plus/);
  });

  it("show what Node and the language say of their own", async () => {
    expect((await inspect("Math.hyp|ot(1)"))?.["text/plain"]).to.contain("square root of the sum of squares");
    expect((await inspect("[1].ma|p(String)"))?.["text/plain"]).to.contain(
      "Calls a defined callback function",
    );
    expect((await inspect("console.lo|g(1)", 1))?.["text/plain"]).to.contain("newline");
    const imported = await inspect("import { readFileSync as read } from 'fs'; re|ad('x')");
    expect(imported?.["text/plain"]).to.contain("Returns the contents of the `path`");
    expect((await inspect("crypto.randomU|UID()"))?.["text/plain"]).to.contain("UUID");
    expect((await inspect("const b = Buff|er.from('a')"))?.["text/plain"]).to.match(
      /^(?:class|var|\(alias\)|interface)/,
    );
  });

  it("answer every question about one text, and anew where something has changed since the last", async () => {
    const places = [
      "const so|me = [1]; some.length",
      "const some = [1]; some.len|gth",
      "const some = [1]; so|me.length",
    ];
    for (let round = 0; round < 2; round++) {
      const shown = [];
      for (const place of places) shown.push((await inspect(place))?.["text/plain"].split("\n")[0]);
      expect(shown).to.deep.equal([
        "const some: number[]",
        "(property) Array<number>.length: number",
        "const some: number[]",
      ]);
      expect((await complete("const some = [1]; some.len|gth"))["matches"]).to.deep.equal(["length"]);
    }
    const type = async (marked: string): Promise<string | undefined> =>
      (await inspect(marked))?.["text/plain"].split("\n")[0];
    await lab.run("let changing = 1");
    expect(await type("chan|ging")).to.equal("let changing: number");
    await lab.run("let changing = 'text'");
    expect(await type("chan|ging")).to.equal("let changing: string");
    // A cell that has failed gives no names, nor does the same text that was asked about.
    await lab.failure("throw new Error('x'); let never = 1");
    expect(await type("ne|ver")).to.equal(undefined);
    // The text of a cell that then runs, and runs again.
    for (let round = 0; round < 2; round++) {
      expect(await type("let twi|ce = [0]")).to.equal("let twice: number[]");
      await lab.run("let twice = [0]");
      expect(await type("twi|ce")).to.equal("let twice: number[]");
    }
    expect(await type('import { val|ue } from "./later"; value')).to.match(/any$|^import value$|undefined/);
    const file = lab.folder.write("later.ts", "export const value = 1;");
    expect(await type('import { value } from "./later"; val|ue')).to.equal("(alias) const value: 1");
    expect(await type('import { value } from "./later"; val|ue')).to.equal("(alias) const value: 1");
    lab.folder.write("later.ts", "export const value = 'edited';");
    utimesSync(file, Date.now() / 1000 + 5, Date.now() / 1000 + 5);
    expect(await type('import { value } from "./later"; val|ue')).to.equal('(alias) const value: "edited"');
    expect(await type("// @javascript\nconst lo|ose = 1")).to.equal("const loose: 1");
  });

  it("complete the paths of modules, wherever they are named", async () => {
    for (const name of ["models/net.ts", "models/data.json", "module.ts", "modest.js", "other.ts"])
      lab.folder.write(name, "export {};");
    lab.folder.write("node_modules/mopackage/package.json", '{ "name": "mopackage", "main": "m.js" }');
    lab.folder.write("package.json", '{ "dependencies": { "mopackage": "1" } }');
    const local = ["models", "modest", "module"];
    for (const cell of [
      'import x from "./mo|',
      'import x from "./mo|";',
      "import x from './mo|'\nconst later = 1",
      'const x = require("./mo|")',
      'await import("./mo|',
      'export * from "./mo|"',
      'import type { T } from "./mo|"',
    ])
      expect((await complete(cell))["matches"], cell).to.have.members(local);
    expect((await complete('import x from "./models/|"'))["matches"]).to.have.members(["net", "data.json"]);
    expect((await complete('import x from "mopa|"'))["matches"]).to.deep.equal(["mopackage"]);
    expect((await complete('import x from "conv|"'))["matches"]).to.deep.equal(["convlab"]);
    expect((await complete('import x from "htt|"'))["matches"]).to.have.members(["http", "http2", "https"]);
    expect((await complete('import x from "fs/|"'))["matches"]).to.deep.equal(["promises"]);
    const reply = await complete('import x from "node:f|"');
    expect(reply).to.deep.include({
      matches: ["node:fs", "node:fs/promises"],
      cursor_start: 15,
      cursor_end: 21,
    });
    // Half a name is no import of later cells.
    expect(await lab.value("2 + 2")).to.equal("4");
  });

  it("complete strings by their type", async () => {
    const call = 'import { interpolate, ones } from "convlab"; interpolate(ones([2, 2]), { mode: "ne|" })';
    expect((await complete(call))["matches"]).to.deep.equal(["nearest"]);
  });

  describe("of a value without a type", () => {
    it("complete what it has where the cells run, with kinds", async () => {
      await lab.run('const js = JSON.parse(\'{ "rows": [1], "roof": { "tiles": 3 }, "a b": 1 }\')');
      expect((await complete("js.|"))["matches"])
        .to.include.members(["rows", "roof"])
        .and.not.include("a b");
      expect((await complete("js.ro|"))["matches"]).to.deep.equal(["rows", "roof"]);
      expect((await complete("js.RO|"))["matches"]).to.deep.equal(["rows", "roof"]);
      expect((await complete("1 + js.roof.t| + 2"))["matches"]).to.deep.equal(["tiles"]);
      expect((await complete("js.rows.pu|"))["matches"]).to.deep.equal(["push"]);
      const typed = (
        (await complete("js.rows.pu|"))["metadata"] as { _jupyter_types_experimental: TypedMatch[] }
      )._jupyter_types_experimental;
      expect(typed).to.deep.equal([{ text: "push", type: "method", start: 8, end: 10 }]);
    });

    it("complete nothing where there is no such value", async () => {
      for (const cell of ["js.nothing.|", "js.roof.tiles.x.|", "const js: any = 1; js.ro|", "unheardOf.|"])
        expect((await complete(cell))["matches"], cell).to.deep.equal([]);
    });

    it("run no getter and no trap of a proxy", async () => {
      await lab.run(
        "let ran = 0;\nconst tricky: any = { get boom(): any { ran++; return { inner: 1 } }, calm: 1 };\nconst traps = new Proxy({}, { get() { ran++ }, ownKeys() { ran++; return ['x'] }, getPrototypeOf() { ran++; return null } });\nconst proxy: any = traps; const heir: any = Object.create(traps, { own: { value: 1 } });",
      );
      expect((await complete("tricky.|"))["matches"]).to.deep.equal(["boom", "calm"]);
      expect((await complete("tricky.boom.|"))["matches"]).to.deep.equal([]);
      expect((await complete("proxy.|"))["matches"]).to.deep.equal([]);
      expect((await complete("heir.|"))["matches"]).to.deep.equal(["own"]);
      expect(await lab.value("ran")).to.equal("0");
    });

    it("do not count the elements of a large array", async () => {
      await lab.run(
        "const big: any = new Float32Array(3_000_000); const list: any = Array.from({ length: 100_000 });",
      );
      expect((await complete("big.subar|"))["matches"]).to.deep.equal(["subarray"]);
      expect((await complete("list.toSp|"))["matches"]).to.deep.equal(["toSpliced"]);
    });

    it("answer by types alone while a cell computes", async () => {
      await lab.run("const go: any = { further: 1 }");
      const running = lab.run("for (const end = Date.now() + 1500; Date.now() < end;) ;");
      expect((await complete("go.fu|"))["matches"]).to.deep.equal([]);
      expect((await complete("Math.hyp|"))["matches"]).to.deep.equal(["hypot"]);
      await running;
      expect((await complete("go.fu|"))["matches"]).to.deep.equal(["further"]);
    });

    it("answer while a cell waits", async () => {
      const running = lab.run("await new Promise((resolve) => setTimeout(resolve, 1500))");
      expect((await complete("go.fu|"))["matches"]).to.deep.equal(["further"]);
      await running;
    });
  });
});
