import { expect } from "chai";
import { succeeded, textOf, useKernel } from "./support";

describe("cells", () => {
  const lab = useKernel();

  it("know Node's buffers as arrays of bytes", async () => {
    expect(await lab.value("const bytes = Buffer.from('abc'); [bytes.length, ...bytes.subarray(1)]")).to.equal("[ 3, 98, 99 ]"); // prettier-ignore
    expect(await lab.value("const plain: Uint8Array = bytes; plain.byteLength")).to.equal("3");
  });

  describe("with a type error", () => {
    it("do not run and show line, column and message", async () => {
      const error = await lab.failure("console.log('ran');\nconst wrong: string = 5;");
      expect(error.ename).to.equal("TypeScriptError");
      expect(error.evalue).to.equal("line 2, column 7: Type 'number' is not assignable to type 'string'.");
      expect(error.traceback.join("\n")).to.match(/cell \d+:2:7 - error TS2322: Type 'number'/);
      expect(error.traceback).to.include.members(["> 2 | const wrong: string = 5;", "    |       ^^^^^"]);
    });

    it("write nothing before the error", async () => {
      const { outputs } = await lab.run("console.log('ran'); const wrong: string = 5;");
      expect(outputs.map((output) => output.output_type)).to.deep.equal(["error"]);
    });

    it("leave no names behind", async () => {
      await lab.run("const ghost = 1; const wrong: string = ghost;");
      expect((await lab.failure("ghost")).evalue).to.contain("Cannot find name 'ghost'");
    });

    it("name every error", async () => {
      const error = await lab.failure("const a: string = 1;\nconst b: number = 'x';");
      expect(error.evalue).to.contain("(and 1 more)");
      expect(error.traceback.join("\n")).to.contain(":1:7 - error").and.to.contain(":2:7 - error");
    });

    it("say so for syntax too, at the place", async () => {
      expect((await lab.failure("const = 3")).evalue).to.match(/^line 1, column 7: /);
      expect((await lab.failure("function f() {")).evalue).to.match(/^line 1, column 15: '}' expected/);
    });
  });

  describe("of convlab, far from any node_modules", () => {
    it("know its types: a tensor's data is no string", async () => {
      const cell = [
        'import { conv2d, tensor } from "convlab";',
        "const s: string = conv2d(tensor([[1, 2], [3, 4]]), tensor([[1]])).data;",
      ].join("\n");
      expect((await lab.failure(cell)).evalue).to.match(
        /^line 2, column 7: Type 'Float32Array<ArrayBufferLike>' is not assignable to type 'string'/,
      );
    });

    it("refuse an option that does not exist", async () => {
      const cell =
        'import { conv2d, ones } from "convlab";\nconv2d(ones([3, 3]), ones([1, 1]), { paddding: 1 });';
      expect((await lab.failure(cell)).evalue).to.contain("paddding");
    });

    it("compute", async () => {
      const cell =
        'import { conv2d, tensor } from "convlab";\nconv2d(tensor([[1, 2], [3, 4]]), tensor([[1, 1], [1, 1]])).item()';
      expect(await lab.value(cell)).to.equal("10");
    });

    it("compute the same digits with every engine, unless told otherwise", async () => {
      expect(
        await lab.value('import { backend } from "convlab";\nReflect.get(backend(), "variant")'),
      ).to.equal("'simd'");
      expect(await lab.value('process.env["CONVLAB_WASM"]')).to.equal("'simd'");
    });

    it("show the documentation of an option on hovering", async () => {
      const code =
        'import { conv2d, ones } from "convlab";\nconv2d(ones([3, 3]), ones([1, 1]), { padding: 1 });';
      const content = { code, cursor_pos: code.indexOf("padding") + 3, detail_level: 0 };
      const { found, data } = await lab.kernel.request("inspect_request", content);
      expect(found).to.equal(true);
      const text = (data as Record<string, string>)["text/plain"];
      expect(text).to.match(/^\(property\) \w+\.padding\?: /);
      expect(text.split("\n\n")[1]).to.match(/\w{4,}/);
    });

    it("show a function's parameters and example at detail level 1", async () => {
      const code = 'import { conv2d } from "convlab";\nconv2d';
      const content = { code, cursor_pos: code.length, detail_level: 1 };
      const { data } = await lab.kernel.request("inspect_request", content);
      const markdown = (data as Record<string, string>)["text/markdown"];
      expect(markdown).to.contain("```typescript").and.to.contain("function conv2d");
      expect(markdown).to.match(/@?example/);
    });
  });

  describe("that throw", () => {
    it("give one error with name, message, place and traceback; the next cell still runs", async () => {
      const error = await lab.failure(
        "function f(n: number) {\n  throw new RangeError(`no ${n}`);\n}\nf(3);",
      );
      expect(error.ename).to.equal("RangeError");
      expect(error.evalue).to.equal("no 3");
      const text = error.traceback.join("\n");
      expect(text).to.contain(">").and.to.contain("2 |   throw new RangeError");
      expect(text).to.match(/at f \(cell \d+, line 2, column 9\)\n {2}at cell \d+, line 4, column 1$/);
      expect(await lab.value("1 + 1")).to.equal("2");
    });

    it("show no frame of the engine or the kernel", async () => {
      for (const cell of [
        "[1].map(() => { throw new Error('x') })",
        "await Promise.reject(new Error('x'))",
        "JSON.parse('{')",
        "import { readFileSync } from 'node:fs'; readFileSync('/does/not/exist')",
        "await new Promise((_, fail) => setTimeout(() => fail(new Error('x')), 1))",
        "import { conv2d, ones } from 'convlab'; conv2d(ones([1, 2, 3, 3]), ones([1, 5, 1, 1]))",
      ]) {
        const text = (await lab.failure(cell)).traceback
          .filter((line) => line.startsWith("  at "))
          .join("\n");
        expect(text, cell).not.to.match(/node:|dist\/|evaluate|runInThisContext/);
      }
    });

    it("point at the start of a called name", async () => {
      const error = await lab.failure(
        "const deep = { f: { g(): number { throw new Error('x') } } };\nconst y = 1 + deep.f.g();",
      );
      expect(error.traceback.join("\n")).to.match(/line 2, column 22/);
      const plain = await lab.failure(
        "import { conv2d, ones } from 'convlab';\nlet z = 1; const q = conv2d(ones([1, 2, 3, 3]), ones([1, 5, 1, 1]));",
      );
      expect(plain.traceback.join("\n")).to.match(/line 2, column 22/);
    });

    it("say what an operation got and expected", async () => {
      const error = await lab.failure(
        "import { conv2d, ones } from 'convlab';\nconv2d(ones([1, 2, 3, 3]), ones([1, 5, 1, 1]))",
      );
      expect(error.evalue).to.contain("conv2d").and.to.contain("5").and.to.contain("2");
      expect(error.traceback.join("\n")).to.contain("> 2 | conv2d(ones(");
    });

    it("keep what they assigned before, and nothing else", async () => {
      await lab.failure("const early = 5;\nthrow new Error('x');\nconst late = 6;");
      expect(await lab.value("early")).to.equal("5");
      expect((await lab.failure("late")).evalue).to.contain("Cannot find name 'late'");
    });

    it("keep an earlier value where they did not get to assign a new one", async () => {
      await lab.run("const kept = 'old'");
      await lab.failure("throw new Error('x'); const kept = 5;");
      expect(await lab.value("kept.toUpperCase()")).to.equal("'OLD'");
    });

    it("may throw anything", async () => {
      expect((await lab.failure("throw 'text'")).evalue).to.equal("text");
      expect((await lab.failure("throw { a: 1 }")).evalue).to.equal("{ a: 1 }");
      expect((await lab.failure("throw undefined")).evalue).to.equal("undefined");
      expect((await lab.failure("throw null")).evalue).to.equal("null");
    });

    it("show causes and the errors within", async () => {
      const error = await lab.failure("throw new Error('outer', { cause: new TypeError('inner') })");
      expect(error.traceback.join("\n")).to.contain("Caused by: TypeError: inner");
      const many = await lab.failure(
        "await Promise.any([Promise.reject(new Error('one')), Promise.reject(new Error('two'))])",
      );
      expect(many.traceback.join("\n")).to.contain("one").and.to.contain("two");
    });

    it("survive an error whose properties throw", async () => {
      const cell =
        "const e = new Error(); Object.defineProperty(e, 'message', { get() { throw 1 } }); throw e;";
      expect((await lab.failure(cell)).ename).to.equal("Error");
      const other =
        "const f = new Error('m'); Object.defineProperty(f, 'stack', { get() { throw 2 } }); throw f;";
      expect((await lab.failure(other)).traceback[0]).to.equal("Error: m");
    });

    it("show their own frames alone, at their own lines, in whatever reads a stack", async () => {
      const cells = [
        'function parse(text: string) {\n  return JSON.parse(text);\n}\ntry { parse("{") } catch (e) { console.error(e) }',
        "function deep() {\n  console.trace('here');\n}\ndeep()",
        "const made = (() => new Error('made'))();\nconsole.log(made.stack)",
        "await null;\nconst later = async () => { await null; throw new Error('later') };\nawait later().catch((e) => console.log(e.stack))",
        "import { readFileSync } from 'node:fs';\ntry { readFileSync('/no/such/file') } catch (e) { console.log((e as Error).stack) }",
        "new Error('its own value')",
      ];
      for (const code of cells) {
        const { outputs, executionCount } = await lab.run(code);
        const shown = textOf(outputs) ?? "";
        const frames = shown.split("\n").filter((line) => /^\s+at /.test(line));
        expect(frames, shown).not.to.deep.equal([]);
        for (const frame of frames) {
          const place = new RegExp(`cell ${String(executionCount)}(:|, line )(\\d+)`).exec(frame);
          expect(Number(place?.[2]), frame).to.be.within(1, code.split("\n").length);
        }
      }
    });

    it("may format stacks themselves", async () => {
      const value = await lab.value(
        "const kept = Error.prepareStackTrace; Error.prepareStackTrace = (_, sites) => sites.length; const depth = new Error().stack; Error.prepareStackTrace = kept; typeof depth",
      );
      expect(value).to.equal("'number'");
      expect((await lab.failure("throw new Error('x')")).traceback.at(-1)).to.match(/line 1, column 7$/);
    });

    it("report a stack overflow", async () => {
      const error = await lab.failure("function deep(): number { return deep() + 1 }\ndeep()");
      expect(error.evalue).to.equal("Maximum call stack size exceeded");
      expect(error.traceback.length).to.be.lessThan(60);
    });
  });

  describe("one after the other", () => {
    it("share names, and may declare them again with another type", async () => {
      await lab.run("const shared = 1; let grown = 2; class Thing { a = 1 }");
      await lab.run("const shared = 'text'; let grown = [3]; class Thing { b = 2 }");
      expect(await lab.value("[shared.length, grown.length, new Thing().b].join()")).to.equal("'4,1,2'");
    });

    it("can be run again", async () => {
      const cell =
        "const again = 1; class Again {} ; let count = again; enum E { A }; import { join } from 'path'; join('a', 'b')";
      expect(await lab.value(cell)).to.equal("'a/b'");
      expect(await lab.value(cell)).to.equal("'a/b'");
    });

    it("await at the top", async () => {
      expect(
        await lab.value("const waited = await new Promise<number>((r) => setTimeout(() => r(7), 5)); waited"),
      ).to.equal("7");
    });

    it("show a promise as what it is and do not wait for it", async () => {
      expect(await lab.value("new Promise(() => {})")).to.equal("Promise { <pending> }");
    });

    it("treat a grader's first line as a comment", async () => {
      expect(await lab.value("# This cell (id:a1b2) was checked.\n1 + 1")).to.equal("2");
      const error = await lab.failure("# This cell (id:a1b2) was checked.\nconst x: string = 1;");
      expect(error.evalue).to.match(/^line 2, column 7/);
    });

    it("count", async () => {
      const first = succeeded(await lab.run("1"));
      const second = succeeded(await lab.run("2"));
      expect(second.executionCount).to.equal(Number(first.executionCount) + 1);
      const silent = await lab.run("3", { silent: true });
      expect(silent.outputs).to.deep.equal([]);
      const unstored = await lab.run("4", { storeHistory: false });
      expect(unstored.executionCount).to.equal(second.executionCount);
      expect(textOf(unstored.outputs)).to.equal("4");
    });
  });
});

describe("what goes deep", () => {
  const lab = useKernel();

  it("an expression of thousands of terms", async () => {
    expect(await lab.value(`1${" + 1".repeat(3000)}`)).to.equal("3001");
  });

  it("cells that build on each other, beyond the life of one type checker", async function () {
    this.timeout(120_000);
    for (let i = 0; i < 520; i++) {
      const before = i === 0 ? "0" : `step${String(i - 1)}()`;
      const { status } = await lab.run(`function step${String(i)}() { return 1 + ${before} }`);
      expect(status, `cell ${String(i)}`).to.equal("ok");
    }
    expect(await lab.value("step519()")).to.equal("520");
  });
});
