import { expect } from "chai";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { runCommand, startCommand } from "./command.js";
import { codeCell, saveNotebook, temporaryFolder } from "./notebooks.js";

describe("convlab install", function () {
  this.timeout(30_000);
  const folder = temporaryFolder();

  it("writes the kernelspec below a prefix that is not there yet", async () => {
    const prefix = path.join(folder(), "a", "b");
    const file = path.join(prefix, "share", "jupyter", "kernels", "convlab", "kernel.json");
    const { code, out } = await runCommand("install", "--prefix", prefix);
    expect(code).to.equal(0);
    expect(out).to.equal(`The kernel "convlab" is installed: ${path.dirname(file)}\n`);
    expect(JSON.parse(readFileSync(file, "utf8"))).to.have.property("language", "typescript");
  });

  const specs = (prefix: string, name: string): string =>
    path.join(prefix, "share", "jupyter", "kernels", name, "kernel.json");

  it("answers to other kernels' names, in their language", async () => {
    const prefix = path.join(folder(), "also");
    const also = ["--also", "tslab", "--also", "jslab"];
    for (const run of [1, 2]) {
      const { code, out } = await runCommand("install", "--prefix", prefix, ...also);
      expect(code, `time ${run}`).to.equal(0);
      expect(out.match(/"\w+" is installed/g)).to.deep.equal(
        ["convlab", "tslab", "jslab"].map((name) => `"${name}" is installed`),
      );
    }
    const read = (name: string): Record<string, unknown> =>
      JSON.parse(readFileSync(specs(prefix, name), "utf8")) as Record<string, unknown>;
    expect(read("tslab")).to.deep.include({ language: "typescript", argv: read("convlab")["argv"] });
    expect(read("tslab")).not.to.have.property("env");
    expect(read("jslab")).to.deep.include({
      language: "javascript",
      env: { CONVLAB_LANGUAGE: "javascript" },
    });
    const jupyter = { JUPYTER_PATH: path.join(prefix, "share", "jupyter") };
    const file = saveNotebook(path.join(folder(), "t.ipynb"), [codeCell("1 + 1")], {
      kernelspec: { name: "tslab", display_name: "tslab" },
    });
    const ran = await startCommand(["run", file, "--out", path.join(folder(), "o")], { env: jupyter }).ended;
    expect(ran.code).to.equal(0);
    const told = await startCommand(["doctor"], { env: jupyter }).ended;
    expect(told.out).to.contain("✓ Jupyter knows the kernel tslab, which is convlab's");
  });

  it("takes no name from another kernel without being told", async () => {
    const prefix = path.join(folder(), "taken");
    const theirs = specs(prefix, "tslab");
    mkdirSync(path.dirname(theirs), { recursive: true });
    for (const text of [
      '{"argv": ["tslab"], "display_name": "tslab", "language": "typescript"}',
      "not JSON",
    ]) {
      writeFileSync(theirs, text);
      const refused = await runCommand("install", "--prefix", prefix, "--also", "tslab");
      expect(refused.code).to.equal(2);
      expect(refused.err).to.equal(
        `convlab: There is another kernel called "tslab" in ${path.dirname(theirs)}; with --force, convlab's takes its name.\n`,
      );
      expect(readFileSync(theirs, "utf8")).to.equal(text);
      expect(existsSync(specs(prefix, "convlab"))).to.equal(false);
    }
    // Nor where its folder would merely come first.
    const jupyter = { JUPYTER_PATH: path.join(prefix, "share", "jupyter") };
    const other = ["install", "--prefix", path.join(folder(), "first"), "--also", "tslab"];
    expect((await startCommand(other, { env: jupyter }).ended).code).to.equal(2);
    expect((await runCommand("install", "--prefix", prefix, "--also", "tslab", "--force")).code).to.equal(0);
    expect(readFileSync(theirs, "utf8")).to.contain("convlab");
  });

  it("says what is no kernel's name", async () => {
    for (const name of ["", "a/b", "..", "a b", "é"]) {
      const { code, err } = await runCommand("install", "--prefix", folder(), "--also", name);
      expect(code, name).to.equal(2);
      expect(err).to.contain("A kernel's name has letters, digits, '.', '_' and '-'.");
    }
  });

  it("says at once where it cannot write", async () => {
    const file = path.join(folder(), "file");
    writeFileSync(file, "");
    // On /proc, Node's own recursive mkdir would never return.
    for (const prefix of [file, ...(existsSync("/proc/self") ? ["/proc/x"] : [])]) {
      const { code, err } = await runCommand("install", "--prefix", prefix);
      expect(code).to.equal(5);
      expect(err).to.match(/^convlab: The kernelspec cannot be written below .*: .*\.\n$/);
    }
  });
});
