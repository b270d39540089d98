import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import * as convlab from "../src/index.js";

/**
 * Runs the `@example` of every docstring in src/. An example imports nothing: all that convlab exports is in
 * scope. Its last line, `// → value`, says what its last expression gives, as a JavaScript expression; numbers
 * may differ by float32 rounding. Without that line (figures) it only has to run. `await` is allowed.
 */
const root = path.resolve(__dirname, "../..");
const source = path.join(root, "src");

interface Example {
  file: string;
  name: string;
  code: string;
  expected: string;
}

// Where every public function must have an example.
const complete = ["tensor", "autograd", "backend", "ops", "data"];

function sources(): string[] {
  return readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.includes("assembly"))
    .sort();
}

/** The examples of one file, with the name of what each documents. */
function examplesOf(file: string): Example[] {
  const text = readFileSync(path.join(source, file), "utf8");
  const parsed = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Example[] = [];
  const visit = (node: ts.Node): void => {
    for (const tag of ts.getJSDocTags(node)) {
      // A tag belongs to the declaration whose comment it is in; parameters see their function's too.
      if (tag.tagName.text !== "example" || tag.parent.parent !== node) continue;
      const content = ts.getTextOfJSDocComment(tag.comment) ?? "";
      const arrow = content.lastIndexOf("// →");
      const name =
        ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isClassDeclaration(node)
          ? (node.name?.getText() ?? "default")
          : node.getText().slice(0, 30);
      found.push({
        file,
        name,
        code: content.slice(0, arrow),
        expected: arrow < 0 ? "" : content.slice(arrow + 4),
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(parsed);
  return found;
}

/** The code as an async function's body that returns its last expression. */
function bodyOf(code: string): string {
  const parsed = ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true);
  const last = parsed.statements.at(-1);
  if (last === undefined || !ts.isExpressionStatement(last))
    throw new Error("an example ends with an expression");
  const returning = `${code.slice(0, last.getStart())}return (${last.expression.getText()});`;
  const { target, module } = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const wrapped = `async function example() {\n${returning}\n}`;
  return ts.transpileModule(wrapped, { compilerOptions: { target, module } }).outputText;
}

async function run(body: string): Promise<unknown> {
  const names = Object.keys(convlab);
  // The examples are this repository's own text.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  const value: unknown = await new Function(...names, `${body}\nreturn example();`)(
    ...Object.values(convlab),
  );
  return value;
}

/** Numbers rounded to what float32 keeps. */
function rounded(value: unknown): unknown {
  if (typeof value === "number") return Number(value.toPrecision(6));
  if (Array.isArray(value)) return value.map(rounded);
  return value;
}

describe("the examples in docstrings", () => {
  afterEach(() => void convlab.useBackend("auto"));

  const examples = sources().flatMap(examplesOf);
  for (const { file, name, code, expected } of examples) {
    it(`${file}: ${name}`, async () => {
      const value = await run(bodyOf(code));
      if (expected.trim() === "") return;
      expect(rounded(value)).to.deep.equal(rounded(await run(bodyOf(`(${expected.trim()});`))));
    });
  }

  it("cover every public function of the numeric library", () => {
    const documented = new Set(examples.map(({ name }) => name));
    const exported = new Set<string>();
    for (const folder of complete) {
      const index = readFileSync(path.join(source, folder, "index.ts"), "utf8");
      for (const [name, value] of Object.entries(convlab)) {
        const isFunction = typeof value === "function" && /^[a-z]/.test(name);
        const here = new RegExp(`\\b${name}\\b`).test(index) || index.includes("export *");
        if (isFunction && here && definedIn(folder, name)) exported.add(name);
      }
    }
    expect(exported.size).to.be.greaterThan(60);
    expect([...exported].filter((name) => !documented.has(name))).to.deep.equal([]);
  });
});

function definedIn(folder: string, name: string): boolean {
  return sources()
    .filter((file) => file.startsWith(folder + path.sep))
    .some((file) => readFileSync(path.join(source, file), "utf8").includes(`export function ${name}(`));
}
