import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/**
 * The folders of src/ in order; each may import those in the rows before its own. A row's folders stand side by
 * side and do not know each other.
 */
const order: readonly (readonly string[])[] = [
  ["tensor"],
  ["autograd", "backend"],
  ["ops"],
  ["arithmetic"],
  ["nn"],
  ["models", "data"],
  ["display"],
  ["grading"],
  ["cli"],
];

const root = path.resolve(__dirname, "../..");

interface Import {
  from: string;
  to: string;
}

/** Every import of the project's own source: paths within the project for relative ones, names for packages. */
function imports(folder: string): Import[] {
  const files = readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" });
  return files
    .filter((name) => name.endsWith(".ts") && !name.includes(`assembly${path.sep}`))
    .flatMap((name) => {
      const from = path.posix.join(folder, name.replaceAll(path.sep, "/"));
      const text = readFileSync(path.join(root, from), "utf8");
      return ts.preProcessFile(text, true, false).importedFiles.map(({ fileName }) => ({
        from,
        to: fileName.startsWith(".") ? path.posix.join(path.posix.dirname(from), fileName) : fileName,
      }));
    });
}

function rank(file: string): number {
  const folder = file.split("/")[1];
  return order.findIndex((row) => row.includes(folder));
}

function show(list: readonly Import[]): string[] {
  return list.map(({ from, to }) => `${from} imports ${to}`);
}

describe("layers", () => {
  const ofSrc = imports("src");
  const ofKernel = imports("kernel");

  it("sees imports at all", () => {
    expect(ofSrc.length).to.be.greaterThan(100);
    expect(ofKernel.length).to.be.greaterThan(50);
  });

  it("has no folder of src/ that the order does not name", () => {
    const folders = readdirSync(path.join(root, "src"), { withFileTypes: true }).filter((e) =>
      e.isDirectory(),
    );
    expect(folders.map(({ name }) => name).filter((name) => !order.flat().includes(name))).to.deep.equal([]);
  });

  it("lets a folder import only what stands before it", () => {
    const wrong = ofSrc.filter(({ from, to }) => {
      if (!to.startsWith("src/") || from === "src/index.ts") return false;
      const [own, other] = [from.split("/")[1], to.split("/")[1]];
      return own !== other && !(rank(to) < rank(from));
    });
    expect(show(wrong)).to.deep.equal([]);
  });

  it("keeps the public entry free of what only the command needs", () => {
    const wrong = ofSrc.filter(({ from, to }) => from === "src/index.ts" && /^src\/(grading|cli)\//.test(to));
    expect(show(wrong)).to.deep.equal([]);
  });

  it("imports tslab nowhere: it is a peer", () => {
    const tslab = [...ofSrc, ...ofKernel].filter(({ to }) => /^(tslab|@tslab\/)/.test(to));
    expect(show(tslab)).to.deep.equal([]);
  });

  it("lets only the command and grading import the kernel, and of it the client half", () => {
    const inner = ofSrc.filter(
      ({ from, to }) =>
        to.startsWith("kernel/") &&
        !(/^kernel\/(client\/|kernelspec)/.test(to) && /^src\/(cli|grading)\//.test(from)),
    );
    expect(show(inner)).to.deep.equal([]);
  });

  it("lets only the checker import TypeScript, by one door", () => {
    const wrong = [...ofSrc, ...ofKernel].filter(
      ({ from, to }) => to === "typescript" && !from.startsWith("kernel/checker/"),
    );
    expect(show(wrong)).to.deep.equal([]);
  });

  it("lets kernel/ import nothing of src/ but the display contract", () => {
    const wrong = ofKernel.filter(
      ({ to }) => to.startsWith("src/") && !/^src\/display\/(host|figure)/.test(to),
    );
    expect(show(wrong)).to.deep.equal([]);
  });
});
