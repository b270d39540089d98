import { expect } from "chai";
import type { ExecuteResult } from "../../kernel/client";
import { Folder, openKernel, textOf, useKernel } from "./support";

/** Whatever a cell may replace: a name that says where, and an expression for the object. */
const holders: Record<string, string> = {
  "Function.prototype": "Function.prototype",
  "the typed arrays": "Object.getPrototypeOf(Uint8Array)",
  "the typed arrays' prototype": "Object.getPrototypeOf(Uint8Array.prototype)",
  "the arrays' iterator": "Object.getPrototypeOf([][Symbol.iterator]())",
  "the maps' iterator": "Object.getPrototypeOf(new Map()[Symbol.iterator]())",
  JSON: "JSON",
  Math: "Math",
  Reflect: "Reflect",
};
for (const name of [
  "Array",
  "Object",
  "String",
  "Number",
  "Symbol",
  "RegExp",
  "Date",
  "Error",
  "Promise",
  "Map",
  "Set",
  "Buffer",
  "Float32Array",
  "Uint8Array",
])
  // prettier-ignore
  Object.assign(holders, { [name]: name, [`${name}.prototype`]: `${name}.prototype` });

const kinds = { throwing: "throw new Error('mine')", wrong: "return 'mine'" };

/** Each in a kernel of its own: `7` after it, then `8`, and an error with its own message. */
async function eachAlone(changes: readonly string[]): Promise<void> {
  const folder = new Folder();
  for (const change of changes) {
    const kernel = await openKernel(folder);
    const seen = async (code: string): Promise<unknown> => {
      const { outputs, error } = await kernel.execute(code, { stopOnError: false });
      const result = outputs.find((output) => output.output_type === "execute_result");
      return result?.data["text/plain"] ?? error?.evalue;
    };
    expect(await seen(`${change}; 7`), change).to.equal("7");
    expect(await seen("8"), change).to.equal("8");
    expect(await seen("throw 'theirs'"), change).to.equal("theirs");
    await kernel.shutdown();
  }
  folder.remove();
}

describe("a cell that replaces what the language has built in", () => {
  const lab = useKernel({ prepare: () => prepare() });
  const prepare = async (): Promise<void> => {
    const entries = Object.entries(holders).map(([name, holder]) => `${JSON.stringify(name)}: ${holder}`);
    await lab.run(
      [
        "const { defineProperty, ownKeys } = Reflect, descriptorOf = Object.getOwnPropertyDescriptor;",
        `const holders: any = { ${entries.join(", ")} };`,
        "const methods = (holder: any) => ownKeys(holder).filter((key) => { const d = descriptorOf(holder, key); return d?.configurable && typeof d.value === 'function'; });",
        "let target: any, key: any, original: any;",
      ].join("\n"),
    );
  };
  before(prepare);

  const counted = async (name: string): Promise<number> => Number(await lab.value(`methods(holders[${JSON.stringify(name)}]).length`)); // prettier-ignore

  /** What must be right in a cell that does not itself use what was replaced. */
  const checks: [code: string, seen: (result: ExecuteResult) => unknown, right: unknown][] = [
    ["8", ({ outputs }) => textOf(outputs), "8"],
    ["[1, 'a', { b: [2] }]", ({ outputs }) => textOf(outputs), "[ 1, 'a', { b: [ 2 ] } ]"],
    ["console.log({ a: [1] }, /b/, 'c')", ({ outputs }) => textOf(outputs), "{ a: [ 1 ] } /b/ c\n"],
    ["throw new RangeError('theirs')", ({ error }) => [error?.evalue, error?.traceback.at(-1)], ["theirs", "  at cell N, line 1, column 7"]], // prettier-ignore
  ];

  for (const name of Object.keys(holders)) {
    it(`in ${name} does not break the next cells`, async function () {
      this.timeout(300_000);
      const count = await counted(name);
      const wrong: string[] = [];
      for (let i = 0; i < count; i++) {
        for (const [kind, body] of Object.entries(kinds)) {
          const found = `target = holders[${JSON.stringify(name)}]; key = methods(target)[${String(i)}]; original = descriptorOf(target, key)`;
          const first = await lab.run(
            `${found}; defineProperty(target, key, { value: function () { ${body} }, writable: true, configurable: true }); 7`,
          );
          if (textOf(first.outputs) !== "7") wrong.push(`${String(i)} ${kind}: 7`);
          for (const [code, seen, right] of checks) {
            const shown = JSON.stringify(seen(await lab.run(code, { stopOnError: false })));
            if (shown.replace(/cell \d+/, "cell N") !== JSON.stringify(right)) wrong.push(`${String(i)} ${kind}: ${code}: ${shown}`); // prettier-ignore
          }
          await lab.run("defineProperty(target, key, original); 0");
        }
      }
      expect(wrong).to.deep.equal([]);
    });
  }

  it("or Node does not break them either", async () => {
    const changes = [
      ...["process", "Buffer", "Promise", "Object", "globalThis"].map(
        (name) => `(globalThis as any).${name} = undefined`,
      ),
      "for (const key of Reflect.ownKeys(globalThis)) try { delete (globalThis as any)[key] } catch { /* it may not be */ }",
      ...["process.nextTick", "process.emit", "process.stdout.write", "require('events').prototype.emit"].map((name) => `(${name} as any) = () => { throw 1 }`), // prettier-ignore
      ...["'fs'", "'util'", "'vm'", "'stream'", "'worker_threads'", "'module'"].map((name) => `{ const its = require(${name}); for (const key of Object.keys(its)) if (typeof its[key] === 'function') try { its[key] = null } catch { /* it may not be */ } }`), // prettier-ignore
      "process.removeAllListeners(); process.on('uncaughtException', () => { throw 1 })",
      "Object.setPrototypeOf(Array.prototype, null); Object.freeze(globalThis)",
      "setInterval(() => { throw new Error('often') }, 0)",
    ];
    await eachAlone(changes);
  });

  it("keeps its own version, as JavaScript does", async () => {
    await lab.run(
      "const map = Array.prototype.map; (Array.prototype as any).map = function () { return 'mine' }",
    );
    expect(await lab.value("[1].map((x) => x)")).to.equal("'mine'");
    await lab.run("Array.prototype.map = map");
    expect(await lab.value("[1].map((x) => x)")).to.equal("[ 1 ]");
  });

  it("in a getter, a species or a frozen prototype does not break the next cells either", async () => {
    const changes = [
      "Object.defineProperty(Array, Symbol.species, { get() { throw 1 }, configurable: true })",
      "Object.defineProperty(Object.getPrototypeOf(Uint8Array.prototype), 'length', { get: () => 3, configurable: true })",
      "Object.freeze(Array.prototype); Object.freeze(Object.prototype)",
      "Object.defineProperty(Object.prototype, 'toJSON', { value: () => 'mine', configurable: true, writable: true })",
      "delete (Promise.prototype as any).then",
      "(globalThis as any).Array = undefined",
      "(Error as any).prepareStackTrace = () => { throw 1 }; Error.stackTraceLimit = 0",
    ];
    await eachAlone(changes);
  });
});

describe("a cell that replaces more than methods", () => {
  const lab = useKernel();

  it("a `then` for all objects changes no result", async () => {
    const then = "(Object.prototype as any).then = function (done: (value: number) => void) { done(99) };";
    expect(await lab.value(`${then} 7`)).to.equal("7");
    expect(await lab.value("8")).to.equal("8");
    expect(await lab.value("await null; 9")).to.equal("9");
    expect(await lab.value("delete (Object.prototype as any).then")).to.equal("true");
  });

  it("the listeners of the process: late errors are still shown, and interrupts end the cell alone", async () => {
    await lab.value(
      "let kept = 1; process.removeAllListeners('uncaughtException'); process.removeAllListeners()",
    );
    const { outputs } = await lab.run(
      "setTimeout(() => { throw new Error('late') }); await new Promise((done) => setTimeout(done, 50)); kept",
    );
    expect(outputs.map((output) => output.output_type)).to.deep.equal(["stream", "execute_result"]);
    const loop = lab.run("console.log('on'); for (;;);", {
      onOutput: () => void lab.kernel.interrupt(),
    });
    expect((await loop).error?.ename).to.equal("Interrupted");
    expect(await lab.value("kept")).to.equal("1");
  });
});
