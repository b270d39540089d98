import { tmpdir } from "node:os";
import { expect } from "chai";
import { Checker } from "../../kernel/checker/checker";
import { placesFor } from "../../kernel/checker/places";
import { CheckerProcess } from "../../kernel/checker/process";
import { checkerArguments, ensureSnapshot } from "../../kernel/checker/snapshot";
import { builtinsOfThisNode } from "../../kernel/checker/builtins";
import { asNodeHasIt } from "../../kernel/checker/standard-library";
import { useKernel } from "./support";

describe("the language of cells", () => {
  const checker = new Checker(placesFor(tmpdir()));
  /** What is wrong with the cell, after the cells before it. */
  const errors = (...cells: string[]): string[] => {
    checker.reset();
    let found: string[] = [];
    for (const cell of cells) {
      const result = checker.compile(cell);
      found = "diagnostics" in result ? result.diagnostics.map(({ message }) => message) : [];
      checker.commit("all");
    }
    return found;
  };

  describe("has the library of the Node that runs", () => {
    const has = (name: string): boolean => {
      const [holder, member] = name.split(".");
      const object = Reflect.get(globalThis, holder) as ({ prototype?: object } & object) | undefined;
      if (object === undefined || member === undefined) return object !== undefined;
      return member in object || (object.prototype !== undefined && member in object.prototype);
    };
    const table: [name: string, use: string][] = [
      ["Array.toSorted", "const a: number[] = [3, 1, 2].toSorted(); a"],
      ["Array.findLast", "const n: number | undefined = [1].findLast((x) => x > 0); n"],
      ["Array.with", "[1].with(0, 2).toSpliced(0, 1)"],
      ["Float32Array.toSorted", "new Float32Array(2).toSorted()"],
      ["Array.fromAsync", "const p: Promise<number[]> = Array.fromAsync([1]); p"],
      ["Object.groupBy", "Object.groupBy([1, 2], (x) => (x > 1 ? 'a' : 'b'))"],
      ["Map.groupBy", "Map.groupBy([1, 2], (x) => x > 1)"],
      ["Promise.withResolvers", "Promise.withResolvers<number>().resolve(1)"],
      ["Promise.try", "Promise.try(() => 1)"],
      ["Set.union", "const s: Set<number> = new Set([1]).union(new Set([2])); s"],
      ["Iterator", "[1].values().map((x) => x + 1).toArray()"],
      ["String.isWellFormed", "'a'.isWellFormed()"],
      ["ArrayBuffer.resize", "new ArrayBuffer(1, { maxByteLength: 2 }).resize(2)"],
      ["ArrayBuffer.transfer", "new ArrayBuffer(1).transfer()"],
      ["Atomics.waitAsync", "Atomics.waitAsync"],
      ["RegExp.escape", "RegExp.escape('a.b')"],
      ["Float16Array", "new Float16Array(2)"],
      ["Math.f16round", "Math.f16round(1)"],
      ["Error.isError", "Error.isError(1)"],
      ["DisposableStack", "new DisposableStack()"],
      ["Symbol.dispose", "Symbol.dispose"],
    ];
    for (const [name, use] of table) {
      it(`${name}: ${has(name) ? "there" : "refused"}`, () => {
        if (has(name)) expect(errors(use)).to.deep.equal([]);
        else expect(errors(use), use).not.to.deep.equal([]);
      });
    }

    const cut = (name: string, text: string): string =>
      asNodeHasIt(`/lib/${name}.d.ts`, text, builtinsOfThisNode());

    it("in the start-up snapshot too, and says what this Node does not have", async () => {
      const blob = await ensureSnapshot();
      const start = { ...checkerArguments(), blob };
      expect(start.args).to.include(blob);
      const inSnapshot = new CheckerProcess(tmpdir(), () => start);
      try {
        for (const [name, use] of table) {
          const result = await inSnapshot.ask("compile", { source: use });
          expect("compiled" in result, name).to.equal(has(name));
        }
        const result = await inSnapshot.ask("compile", { source: "Array.fromAsync; [].nowhere" });
        const messages =
          "diagnostics" in result ? result.diagnostics.map(({ message }) => message).join() : "";
        expect(messages).not.to.contain("target library");
        if (!has("Array.fromAsync")) expect(messages).to.contain(`Node ${process.version} does not have it.`);
      } finally {
        inSnapshot.close();
      }
    });

    it("and leaves alone what all of them have, and what is no value", () => {
      const text =
        "interface Array<T> { nowhere(): T; map(): T }\ninterface PromiseWithResolvers<T> { x: T }";
      expect(cut("lib.es2015.core", text)).to.equal(text);
      const later = cut("lib.es2099", text);
      expect(later).not.to.contain("nowhere");
      expect(later).to.contain("map(): T").and.to.contain("interface PromiseWithResolvers<T> { x: T }");
      const variables =
        "declare var NoSuchThing: number;\ndeclare var Array: number;\ndeclare namespace Intl { interface NumberFormat { format(): void; frobnicate(): void } }";
      expect(cut("lib.esnext", variables))
        .to.contain("var Array")
        .and.not.to.match(/NoSuchThing|frobnicate/);
    });
  });

  describe("says what is wrong", () => {
    it("with a cell of its own, and not with an earlier one's words", () => {
      expect(errors("const wrong: string = 1", "1")).to.deep.equal([]);
      expect(errors("1", "const wrong: string = 1")).to.have.lengthOf(1);
    });

    it("with decorators that fit neither the standard nor TypeScript's own", () => {
      expect(errors("const no = 5;\nclass A { @no n() {} }").join()).to.match(/not callable/);
    });

    it("with types that an earlier cell gave to what it imported", () => {
      expect(errors("import { join } from 'path'", "const n: number = join('a')").join()).to.match(
        /'string'/,
      );
      expect(
        errors("import { join } from 'path'", "const join = 5", "const s: string = join").join(),
      ).to.match(/'number'/);
    });
  });

  describe("is JavaScript where a cell says so", () => {
    const js = "// @javascript\n";

    it("checks syntax, and no types", () => {
      const plain =
        "class H { constructor(name) { this.name = name } }\nconst h = new H('a'); h.name.nothing; undeclared";
      expect(errors(plain)).not.to.deep.equal([]);
      expect(errors(js + plain)).to.deep.equal([]);
      expect(errors(`${js}const = 3`)).not.to.deep.equal([]);
      expect(errors(`${js}let a: number = 1`).join()).to.match(/only be used in TypeScript files/);
      expect(errors(`${js}const n = 1; n.toUpperCase(); JSON.parse(5)`)).to.deep.equal([]);
    });

    it("knows its types in TypeScript cells, as far as they can be inferred", () => {
      const cell = `${js}class H { constructor(name) { this.name = name; this.size = 1 } }\nconst h = new H('a'); const twice = (n) => n * 2; const path = require("path")`;
      expect(errors(cell, "const s: string = h.size").join()).to.match(/'number' is not assignable/);
      expect(errors(cell, "const any: boolean = h.name; const n: number = twice(3); n")).to.deep.equal([]);
      expect(errors(cell, "const n: number = path.join('a')").join()).to.match(/'string' is not assignable/);
      expect(errors(cell, "h.nothing").join()).to.match(/'nothing' does not exist/);
    });

    it("or the whole notebook does, by a cell that says nothing else; and back", () => {
      const plain = "function f(x) { return x.y }\nundeclared";
      expect(errors("// @javascript", plain)).to.deep.equal([]);
      expect(errors("  //@javascript  \n\n", plain, plain)).to.deep.equal([]);
      expect(errors("// @javascript", `// @typescript\n${plain}`)).not.to.deep.equal([]);
      expect(errors("// @typescript", plain)).not.to.deep.equal([]);
    });

    it("or the kernelspec, by CONVLAB_LANGUAGE", () => {
      const javascript = new Checker({ ...placesFor(tmpdir()), language: "javascript" });
      expect(javascript.compile("undeclared.x")).to.have.property("compiled");
      expect(javascript.compile("// @typescript\nundeclared.x")).to.have.property("diagnostics");
    });

    it("is not where such a comment stands elsewhere", () => {
      expect(errors("1;\n// @javascript\nundeclared")).not.to.deep.equal([]);
      expect(errors("// @javascript is nice\nundeclared")).not.to.deep.equal([]);
    });
  });
});

describe("JavaScript cells", () => {
  const lab = useKernel({ env: { CONVLAB_LANGUAGE: "javascript" } });

  it("declare no name that only objects have", async () => {
    expect((await lab.failure("hasOwnProperty2")).evalue).to.equal("hasOwnProperty2 is not defined");
    expect(await lab.value("valueOf === globalThis.valueOf")).to.equal("true");
  });

  it("run, and share their names with TypeScript cells both ways", async () => {
    expect(
      await lab.value("class H { constructor(name) { this.name = name } }\nconst h = new H('a'); h.name"),
    ).to.equal("'a'");
    expect(await lab.value("// @typescript\nconst n: number = h.name.length; n")).to.equal("1");
    expect(await lab.value("n + 1")).to.equal("2");
    expect((await lab.failure("// @typescript\nconst s: string = n;")).evalue).to.match(
      /^line 2, column 7: /,
    );
  });

  it("are what the kernel says it speaks", async () => {
    const { language_info } = await lab.kernel.request("kernel_info_request", {});
    expect(language_info).to.deep.include({ name: "javascript", file_extension: ".js" });
  });

  it("find what a later cell declares, when they run", async () => {
    await lab.run("function outer() { return inner(1) }");
    const error = await lab.failure("outer()");
    expect(error.ename).to.equal("ReferenceError");
    await lab.run("const inner = (x) => x + 1");
    expect(await lab.value("outer()")).to.equal("2");
  });

  it("import and require what nobody has written types for", async () => {
    lab.folder.write("node_modules/untyped/package.json", '{ "name": "untyped", "main": "m.js" }');
    lab.folder.write("node_modules/untyped/m.js", "exports.f = (x) => x * 2");
    expect(await lab.value("import { f } from 'untyped'; f(4)")).to.equal("8");
    expect(await lab.value("const { f: g } = require('untyped'); g(5)")).to.equal("10");
  });
});

describe("names and texts that scripts bring along", () => {
  const lab = useKernel();
  const table: [title: string, cells: string[], value: string][] = [
    ["a name that begins with two underscores", ["const __x = 1", "__x + 1"], "2"],
    ["three of them", ["let ___n = 1", "___n += 2", "___n"], "3"],
    ["a function", ["function __f(): number { return 4 }", "__f()"], "4"],
    ["a class and an enum", ["class __C { v = 5 }\nenum __E { A, B }", "new __C().v + __E.B"], "6"],
    ["destructured, and in shorthand", ["const { __a, b: __b } = { __a: 1, b: 2 }", "({ __a, __b })"], "{ __a: 1, __b: 2 }"], // prettier-ignore
    ["an import", ["import * as __path from 'path'; import { sep as __sep } from 'path'", "__path.sep === __sep"], "true"], // prettier-ignore
    [
      "the kernel's own names of old",
      ["const __scope = 7, __hold = 8", "await null; __scope + __hold"],
      "15",
    ],
    [
      "in a function too",
      ["const outer = 1", "((__scope: number, __resume: number) => outer + __scope)(2, 3)"],
      "3",
    ],
    ["`__proto__`", ["const __proto__ = 3", "__proto__"], "3"],
    ["names that every object has", ["const toString = 1, constructor = 2", "toString + constructor"], "3"],
    ["Node's `__dirname`", ["__dirname === process.cwd()"], "true"],
    ["its idiom in ECMAScript modules", ["import { dirname } from 'path'; import { fileURLToPath } from 'url';\nconst __filename = fileURLToPath(import.meta.url); const __dirname = dirname(__filename)", "__dirname === process.cwd()"], "true"], // prettier-ignore
    ["Node's `module`", ["module.exports = { a: 1 }; require.main === module"], "true"],
    ["a script's first line", ["#!/usr/bin/env node\n1 + 1"], "2"],
    ["that line behind a byte order mark", ["\uFEFF#!/usr/bin/env node\n1 + 2"], "3"],
  ];
  for (const [title, cells, value] of table) {
    it(title, async () => {
      let last: string | undefined;
      for (const cell of cells) last = await lab.value(cell);
      expect(last).to.equal(value);
    });
  }

  it("a failed cell's `__x` is not there", async () => {
    await lab.failure("const __early = 1; throw new Error('stop'); const __late = 2");
    expect(await lab.value("__early")).to.equal("1");
    expect((await lab.failure("__late")).evalue).to.contain("Cannot find name '__late'");
  });
});
