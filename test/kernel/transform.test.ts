import { tmpdir } from "node:os";
import vm from "node:vm";
import { expect } from "chai";
import { Checker } from "../../kernel/checker/checker";
import { placesFor } from "../../kernel/checker/places";
import { runtime } from "../../kernel/checker/runtime";
import { Modules } from "../../kernel/executor/modules";
import { packageRoot } from "../../kernel/package-root";

/** Cells as the executor runs them, without its process: one scope object, the last value as the result. */
class Cells {
  readonly scope: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  readonly resumed: unknown[] = [];

  constructor(private readonly checker: Checker) {
    checker.reset();
  }

  async run(source: string): Promise<unknown> {
    const result = this.checker.compile(source);
    if ("diagnostics" in result) {
      throw new Error(result.diagnostics.map((d) => `${d.line}:${d.column} ${d.message}`).join("\n"));
    }
    const { javascript, asynchronous } = result.compiled;
    const names = [...Object.values(runtime), "require"];
    const code = `(${asynchronous ? "async " : ""}function (${names.join(", ")}) { "use strict";\n${javascript}\n})`;
    const body = vm.runInThisContext(code) as (...args: unknown[]) => unknown;
    const resume = (_run: unknown, value: unknown): unknown => {
      this.resumed.push(value);
      return value;
    };
    const modules = new Modules(tmpdir(), packageRoot);
    const load = (name: string): Promise<object> => modules.load(name);
    const hold = (awaited: unknown): unknown => awaited;
    const value = await body(this.scope, () => 1, hold, resume, load, { url: "file:///cell.ts" }, require);
    this.checker.commit("all");
    return (value as { value: unknown } | undefined)?.value;
  }
}

/** Cells, one after the other, and the last one's value. */
const table: [title: string, cells: string | string[], value: unknown][] = [
  ["the last expression is the result", "1; 2; 3", 3],
  ["a declaration is no result", "const x = 1", undefined],
  ["types after the last expression do not hide it", "41 + 1\ninterface A { x: number }\ntype B = A;", 42],
  ["a name lives on in the next cell", ["const x = 1", "x + 1"], 2],
  ["const can be declared again", ["const x = 1", "const x = 'a'", "x.length"], 1],
  ["with another type, which later cells see", ["let x = 1", "let x = [1, 2]", "x.push(3), x"], [1, 2, 3]],
  ["a redeclaration may read the old value", ["var x = 1", "var x = x === undefined ? 5 : x; x"], 1],
  ["let without a value starts afresh", ["let x: number | undefined = 1", "let x: number | undefined; x"], undefined], // prettier-ignore
  ["var without a value keeps it", ["var x = 1", "var x: number; x"], 1],
  ["an assignment reaches a name of an earlier cell", ["let x = 1", "x += 2", "x++", "--x; x"], 3],
  ["a closure sees later assignments", ["let x = 1; const read = () => x", "x = 5", "read()"], 5],
  ["a closure assigns shared names", ["let n = 0; function up() { n++ }", "up(); up()", "n"], 2],
  ["an inner name shadows a shared one", ["const x = 1", "{ const x = 2; } (function (x: number) { return x })(3) + x"], 4], // prettier-ignore
  ["a parameter's default reads a shared name", ["const x = 2", "((y = x) => y)()"], 2],
  [
    "array destructuring",
    "const [a, , b = 5, ...rest] = [1, 2, undefined, 4, 5]; [a, b, rest]",
    [1, 5, [4, 5]],
  ],
  ["object destructuring", "const { a, b: { c = 7 }, ['d']: e, ...rest } = { a: 1, b: {} as { c?: number }, d: 3, f: 4, g: 5 }; [a, c, e, rest]", [1, 7, 3, { f: 4, g: 5 }]], // prettier-ignore
  ["destructuring runs in the next cell too", ["const { a } = { a: 1 }", "const [b] = [a + 1]", "a + b"], 3],
  ["a destructuring assignment", ["let a = 1, b = 2", "[a, b] = [b, a]", "({ a, b: b } = { a: a * 10, b: b * 10 }); [a, b]"], [20, 10]], // prettier-ignore
  ["shorthand properties", ["const a = 1, b = 2", "({ a, b })"], { a: 1, b: 2 }],
  ["a shorthand with a default in an assignment", ["let a = 1", "({ a = 9 } = {} as { a?: number }); a"], 9],
  ["several declarations in one statement", "const a = 1, b = a + 1, c = () => a + b; c()", 3],
  ["a function before its declaration", "f(2); function f(n: number): number { return n * 2 }; f(4)", 8],
  ["recursion", ["function fac(n: number): number { return n < 2 ? 1 : n * fac(n - 1) }", "fac(5)"], 120],
  ["mutual recursion across cells, after a redefinition", ["function even(n: number): boolean { return n === 0 || odd(n - 1) }\nfunction odd(n: number): boolean { return n !== 0 && even(n - 1) }", "function odd(n: number): boolean { return false }", "even(3)"], false], // prettier-ignore
  ["a function keeps its name", ["const f = () => 1; const g = function () {}; const h = class {}", "[f.name, g.name, h.name]"], ["f", "g", "h"]], // prettier-ignore
  [
    "a called shared function has no `this`",
    ["function who(this: unknown) { return this }", "who() === undefined"],
    true,
  ],
  ["a tagged template neither", ["function tag(this: unknown, s: TemplateStringsArray) { return [this === undefined, s[0]] }", "tag`x`"], [true, "x"]], // prettier-ignore
  ["an optional call", ["const f: (() => number) | undefined = undefined as (() => number) | undefined", "f?.()"], undefined], // prettier-ignore
  ["generators", ["function* count() { yield 1; yield* [2, 3] }", "[...count()]"], [1, 2, 3]],
  ["overloads", ["function f(x: string): string;\nfunction f(x: number): number;\nfunction f(x: unknown): unknown { return x }", "f(3) + f('a')"], "3a"], // prettier-ignore
  ["generics", ["const id = <T,>(x: T): T => x; class Box<T> { constructor(readonly value: T) {} }", "new Box(id(3)).value"], 3], // prettier-ignore
  ["a class, its heir in a later cell", ["class A { x = 1; get y() { return this.x + 1 } static z = 5; #p = 7; p() { return this.#p } }", "class B extends A { override x = 10 }", "const b = new B(); [b.y, B.z, b.p()]"], [11, 5, 7]], // prettier-ignore
  ["a class that names itself", ["class A { static make(): A { return new A() } copy() { return new A() } }", "A.make().copy() instanceof A"], true], // prettier-ignore
  ["getters and setters in objects", ["const o = { n: 1, get twice() { return this.n * 2 }, set both(v: number) { this.n = v } }", "o.both = 4; o.twice"], 8], // prettier-ignore
  ["enums", ["enum Color { Red, Green = 5, Blue }", "[Color.Blue, Color[5]]"], [6, "Green"]],
  ["const enums", ["const enum E { A = 3 }", "E.A"], 3],
  [
    "namespaces",
    ["namespace N { export const x = 1; export function f() { return x + 1 } }", "N.f() + N.x"],
    3,
  ],
  ["decorators", ["function twice(_t: object, _k: string, d: PropertyDescriptor) { const f = d.value as () => number; d.value = function () { return f.call(this) * 2 } }\nclass A { @twice n() { return 3 } }", "new A().n()"], 6], // prettier-ignore
  ["abstract classes and parameter properties", ["abstract class S { abstract area(): number }\nclass Q extends S { constructor(private readonly a: number) { super() } area() { return this.a ** 2 } }", "new Q(3).area()"], 9], // prettier-ignore
  ["interfaces and type aliases over cells", ["interface P { x: number }\ntype Pair<T> = [T, T]", "const p: Pair<P> = [{ x: 1 }, { x: 2 }]; p[1].x"], 2], // prettier-ignore
  ["an interface declared again is a new one", ["interface P { x: number }", "interface P { y: string }", "const p: P = { y: 'a' }; p.y"], "a"], // prettier-ignore
  ["declare leaves nothing behind", ["declare const nothing: number; typeof globalThis", "1"], 1],
  ["for loops that declare with var", ["for (var i = 0, n = 3; i < n; i++) {}", "[i, n]"], [3, 3]],
  ["for … of and for … in that declare with var", ["for (var x of [1, 2]) {}\nfor (var k in { a: 1 }) {}\nfor (var { y } of [{ y: 4 }]) {}", "[x, k, y]"], [2, "a", 4]], // prettier-ignore
  ["var inside a block", ["if (true) { var inner = 7 }", "inner"], 7],
  ["var inside try and switch", ["try { var a = 1 } finally { var b = 2 }\nswitch (a) { case 1: var c = 3 }", "[a, b, c]"], [1, 2, 3]], // prettier-ignore
  ["let in a loop is each turn's own", "const fs: (() => number)[] = []; for (let i = 0; i < 3; i++) fs.push(() => i); fs.map((f) => f())", [0, 1, 2]], // prettier-ignore
  ["labels", "let n = 0; outer: for (const a of [1, 2, 3]) { for (const b of [1, 2]) { if (b === 2) continue outer; if (a === 3) break outer; n += a } } n", 3], // prettier-ignore
  ["await at the top", ["const x = await Promise.resolve(4)", "x"], 4],
  ["await inside expressions and functions", ["async function f(n: number) { return (await n) + 1 }", "(await f(1)) + (await f(await f(2)))"], 6], // prettier-ignore
  ["for await at the top, with var too", ["async function* g() { yield 1; yield 2 }\nlet s = 0", "for await (const x of g()) s += x\nfor await (var y of g()) ;\n[s, y]"], [3, 2]], // prettier-ignore
  ["a labelled for await", ["let s = 0", "outer: for await (const x of [1, 2, 3]) { for await (const y of [1, 2]) { if (y === 2) continue outer; if (x === 3) break outer; s += x } } s"], 3], // prettier-ignore
  ["for await in an async function, a generator and an arrow", "const f = async () => { let s = 0; for await (const x of [1, Promise.resolve(2)]) s += x; return s }; await f()", 3], // prettier-ignore
  ["a promise as the last value stays a promise", "[Promise.resolve(1) instanceof Promise]", [true]],
  ["import: default, names, all", ["import path, { join, sep as slash } from 'node:path'; import * as all from 'path'", "join('a', 'b') + slash + path.basename('/x/c') + (all.sep === path.sep)"], "a/b/ctrue"], // prettier-ignore
  ["an import of a name that is no identifier", "import { 'a-b' as ab } from 'data:text/javascript,const x = 5; export { x as \"a-b\" }'; ab", 5], // prettier-ignore
  ["imports run first", "const j = join('a', 'b'); import { join } from 'path'; j", "a/b"],
  ["import again with other names", ["import { join } from 'path'", "import { join, sep } from 'path'", "join(sep, 'a')"], "/a"], // prettier-ignore
  ["an imported name can be declared anew", ["import { join } from 'path'", "const join = 5", "join + 1"], 6],
  ["import type leaves nothing to run", ["import type { Stats } from 'fs'; import { type PathLike } from 'fs'", "const p: PathLike = 'x'; const s: Stats | null = null; [p, s]"], ["x", null]], // prettier-ignore
  ["an import used as a type only", ["import { Stats } from 'fs'", "let s: Stats | undefined; s"], undefined],
  ["import = require", ["import p = require('path')", "p.sep"], "/"],
  ["require", "const { sep } = require('path') as { sep: string }; sep", "/"],
  ["dynamic import", "const { sep } = await import('path'); sep", "/"],
  ["import.meta", "import.meta.url", "file:///cell.ts"],
  ["exports are declarations", ["export const x = 1; export function f() { return 2 } export class A {} export enum E { B } export default 7", "[x, f(), new A() instanceof A, E.B]"], [1, 2, true, 0]], // prettier-ignore
  ["export lists do nothing", ["const x = 1; export { x }", "x"], 1],
  ["export default of a named function and class", ["export default function f() { return 1 }", "f()"], 1],
  ["export default without a name", ["export default class { x = 1 }", "export default function () { return 1 }", "export default async () => 1", "export default abstract class { abstract x: number }", "2"], 2], // prettier-ignore
  ["a module in its own URL", "import x from 'data:text/javascript,export default 5'; (await import('data:text/javascript,export const y = 1')).y + x", 6], // prettier-ignore
  ["typeof of a shared name", ["const x = 1", "const y: typeof x = 1; typeof x + y"], "number1"],
  ["delete, void, in, instanceof, spread, template", ["const o: { a?: number } = { a: 1 }; const list = [1, 2]", "delete o.a; ['a' in o, void 0, list instanceof Array, Math.max(...list), `${list[0]}`]"], [false, undefined, true, 2, "1"]], // prettier-ignore
  ["computed names and shared names as keys", ["const k = 'a'", "({ [k]: 1, k: 2 })"], { a: 1, k: 2 }],
  ["object members called like shared names are not they", ["const x = 1; const o = { x: 5, y: { x: 6 } }", "[o.x, o.y.x, o?.x]"], [5, 6, 5]], // prettier-ignore
  [
    "as, satisfies, non-null",
    ["const v = { a: 1 } as { a?: number }", "(v satisfies object).a! + (<number>v.a)"],
    2,
  ],
  ["a name that JavaScript has too", ["const name = 'x', length = 3, status = 4", "[name, length, status]"], ["x", 3, 4]], // prettier-ignore
  ["names of prototypes", ["const toString = 1, constructor = 2, hasOwnProperty = 3", "[toString, constructor, hasOwnProperty]"], [1, 2, 3]], // prettier-ignore
  ["JSX-free generics and comparisons", "const a = 1, b = 2, c = 3; [a < b, (b > c)]", [true, false]],
  [
    "switch with a shared name",
    ["const x = 2", "let r = ''; switch (x) { case 2: { const r2 = 'two'; r = r2 } } r"],
    "two",
  ],
  ["try, catch, finally with a shared name", ["let log: string[] = []", "try { throw new Error('x') } catch (e) { log.push((e as Error).message) } finally { log.push('f') } log"], ["x", "f"]], // prettier-ignore
  ["several declarations where one statement fits", ["if (true) var a = 1, b = 2\nfor (const x of [1]) var c = x + 2, d = c", "[a, b, c, d]"], [1, 2, 3, 3]], // prettier-ignore
  ["a promise's then", ["const p = Promise.resolve(2).then((x) => x * 2)", "(await p) + 1"], 5],
  ["a comment as the only text", "// nothing", undefined],
  ["an empty cell", "", undefined],
  ["a nested function with its own arguments", "(function (...args: number[]) { return arguments.length + args.length })(1, 2)", 4], // prettier-ignore
  [
    "class fields with arrow functions",
    "class A { n = 1; up = () => ++this.n }; const { up } = new A(); up()",
    2,
  ],
  ["a class expression and a static block", "const A = class B { static n = 0; static { B.n = 4 } }; A.n", 4],
  ["optional chaining and nullish assignment", ["let a: { b?: { c: number } } | undefined; let n: number | null = null as number | null", "n ??= 3; [a?.b?.c, n]"], [undefined, 3]], // prettier-ignore
  ["standard decorators, with their context", ["function twice(f: () => number, { name }: ClassMethodDecoratorContext) { return function (this: unknown) { return `${String(name)} ${f.call(this) * 2}` as unknown as number } }", "class A { @twice n() { return 3 } }\nnew A().n()"], "n 6"], // prettier-ignore
  ["a decorated class, its name and accessors", ["const seen: string[] = []; function see(_: unknown, { kind, name }: DecoratorContext): void { seen.push(`${kind} ${String(name)}`) }", "@see class A { @see accessor x = 1; @see static y = 2; make() { return new A() } }", "[new A().make().x, A.y, seen]"], [1, 2, ["accessor x", "field y", "class A"]]], // prettier-ignore
  ["decorators of old and of the standard in one notebook", ["function old(_t: object, k: string, d: PropertyDescriptor) { d.value = () => k }\nclass A { @old n() { return '' } }", "function now(f: () => string, c: ClassMethodDecoratorContext) { return () => `${String(c.name)}!` }\nclass B { @now n() { return '' } }", "new A().n() + new B().n()"], "nn!"], // prettier-ignore
  ["a parameter's decorator", ["const found: number[] = []; const at = (_t: object, _k: string | symbol | undefined, i: number): void => { found.push(i) }\nclass A { m(a: number, @at b: number) { return a + b } }", "[new A().m(1, 2), found]"], [3, [1]]], // prettier-ignore
  [
    "accessor fields",
    "class A { accessor x = 1; static accessor y = 2 } const a = new A(); a.x++; [a.x, A.y]",
    [2, 2],
  ],
  ["using lets go at the end of the cell, and a later cell still sees it", ["const log: string[] = []; const resource = (name: string) => ({ name, [Symbol.dispose]() { log.push(name) } })", "using a = resource('a'), b = resource('b'); log.push('in ' + a.name + b.name); log.length", "[a.name, log]"], ["a", ["in ab", "b", "a"]]], // prettier-ignore
  ["using in blocks, loops and functions", ["const gone: number[] = []; const make = (n: number) => ({ n, [Symbol.dispose]() { gone.push(n) } })", "{ using x = make(1); void x }\nfor (using y of [make(2), make(3)]) void y;\n(() => { using z = make(4); return z.n })()", "gone"], [1, 2, 3, 4]], // prettier-ignore
  ["using nothing", "using a = null, b = undefined; [a, b]", [null, undefined]],
  ["await using", ["const order: string[] = []", "await using r = { name: 'r', async [Symbol.asyncDispose]() { await null; order.push('gone') } }; order.push('here'); r.name", "[order, r.name]"], [["here", "gone"], "r"]], // prettier-ignore
  ["await using in a block", ["const order: string[] = []", "{ await using r = { async [Symbol.asyncDispose]() { order.push('gone') } }; void r }\norder.push('after'); order"], ["gone", "after"]], // prettier-ignore
  ["const type parameters", ["const keep = <const T,>(x: T): T => x; const kept: readonly ['a', 1] = keep(['a', 1])", "kept"], ["a", 1]], // prettier-ignore
  ["inferred type predicates and narrowing in closures", "const xs = [1, null, 2].filter((x) => x !== null); const n: number[] = xs; n", [1, 2]], // prettier-ignore
  ["import attributes, and the other forms of export", ["import { sep } from 'path'; export * as ns from 'fs'; export * from 'fs'; export { sep as default }", "sep"], "/"], // prettier-ignore
  ["enums, namespaces and their merging", ["enum E { A = 1, B = A * 2 } namespace E { export const parse = (s: string) => E[s as 'A'] }", "[E.B, E.parse('A')]"], [2, 1]], // prettier-ignore
  [
    "regular expressions of today",
    "[/[\\p{L}--[a-z]]/v.test('A'), /(?<=a)b/d.exec('ab')?.indices?.[0]]",
    [true, [1, 2]],
  ],
  ["big integers, regular expressions, symbols", "[10n ** 20n, /a(?<x>b)/.exec('ab')?.groups?.x, Symbol.for('q').description]", [100000000000000000000n, "b", "q"]], // prettier-ignore
];

describe("a cell's transform", () => {
  let checker: Checker;
  before(() => {
    checker = new Checker(placesFor(tmpdir()));
  });

  for (const [title, cells, value] of table) {
    it(title, async () => {
      const notebook = new Cells(checker);
      let last: unknown;
      for (const cell of [cells].flat()) last = await notebook.run(cell);
      expect(last).to.deep.equal(value);
    });
  }

  it("passes every await of cells, functions and loops through the check", async () => {
    const notebook = new Cells(checker);
    await notebook.run(
      "await 1; const f = async () => { await 2 }; await f(); for await (const x of [3, 4]) void x",
    );
    expect(notebook.resumed).to.include.members([1, 2]);
    // The loop's two turns and the call of f.
    expect(notebook.resumed).to.have.lengthOf(5);
  });

  it("passes the wait at the end of await using through the check", async () => {
    const notebook = new Cells(checker);
    await notebook.run(
      "async function f() { await using r = { async [Symbol.asyncDispose]() {} }; return 5 }\nawait f(); await using s = null; 1",
    );
    // The end of f's block, the call of f, and the end of the cell.
    expect(notebook.resumed).to.have.lengthOf(3);
  });

  it("stores the names of a cell and nothing else", async () => {
    const notebook = new Cells(checker);
    await notebook.run(
      "const a = 1; function f() { const inner = 2; return inner } class C {} type T = number; { let block = 1; void block }",
    );
    expect(Object.keys(notebook.scope).sort()).to.deep.equal(["C", "a", "f"]);
  });
});
