import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readNotebook } from "../../src/cli/notebook/read.js";
import { withoutWidgets } from "../../src/cli/notebook/write.js";
import { complaints, runCommand, startCommand } from "./command.js";
import { codeCell, markdownCell, notebookOf, saveNotebook, temporaryFolder } from "./notebooks.js";

const kernelspec = (name: string): { kernelspec: { name: string; display_name: string } } => ({
  kernelspec: { name, display_name: name },
});

describe("convlab run", function () {
  this.timeout(90_000);
  const folder = temporaryFolder();
  const at = (...parts: string[]): string => path.join(folder(), ...parts);

  it("writes the executed notebook and its page, through the real kernel", async () => {
    const source = saveNotebook(at("good.ipynb"), [
      markdownCell("# A test"),
      codeCell("const answer: number = 6 * 7;\nconsole.log('printed');"),
      codeCell("answer"),
    ]);
    const before = readFileSync(source, "utf8");
    const result = await runCommand("run", source, "--out", at("out"), "--html");
    const { code, out, err } = result;
    expect(err).to.match(/^good\.ipynb …\n/);
    expect(complaints(result)).to.deep.equal([]);
    expect(out).to.equal(`${source} → ${at("out", "good.ipynb")}, ${at("out", "good.html")}\n`);
    expect(code).to.equal(0);
    const cells = readNotebook(at("out", "good.ipynb")).cells;
    expect(cells[1]).to.have.deep.property("outputs", [
      { output_type: "stream", name: "stdout", text: "printed\n" },
    ]);
    expect(cells[2]).to.have.nested.property("outputs[0].data.text/plain", "42");
    expect(readFileSync(at("out", "good.html"), "utf8"))
      .to.contain(">printed</pre>")
      .and.contain('<h1 id="a-test">');
    expect(readFileSync(source, "utf8")).to.equal(before);
  });

  it("stops at a failing cell with its place, and runs the other notebooks", async () => {
    const bad = saveNotebook(at("bad.ipynb"), [
      codeCell("let n = 1;", [], { id: "one" }),
      codeCell("n = 2;\nconst s: string = n;", [], { id: "two" }),
      codeCell("n"),
    ]);
    const fine = saveNotebook(at("fine.ipynb"), [codeCell("1")]);
    const { code, out, err } = await runCommand("run", bad, fine, "--out", at("two"), "--jobs", "2");
    expect(err).to.contain(
      `${bad}, code cell 2 of 3 (id two), line 2, column 7: TypeScriptError: Type 'number' is not assignable to type 'string'. (Run up to this cell: ${at("two", "bad.ipynb")})\n`,
    );
    expect(code).to.equal(1);
    expect(out).to.contain("fine.ipynb");
    const cells = readNotebook(at("two", "bad.ipynb")).cells;
    expect(cells[1]).to.have.nested.property("outputs[0].output_type", "error");
    expect(cells[2]).to.have.property("outputs").that.is.empty;
  });

  it("says in one line that a kernel was killed in a cell, and writes nothing", async () => {
    const file = saveNotebook(at("killed.ipynb"), [
      codeCell("process.kill(process.ppid, 'SIGKILL'); await new Promise((r) => setTimeout(r, 9000));", [], {
        id: "k",
      }),
    ]);
    const result = await runCommand("run", file, "--out", at("killed"));
    expect(complaints(result)).to.deep.equal([
      `${file}, code cell 1 of 1 (id k): the kernel was killed by SIGKILL.`,
    ]);
    expect(result.code).to.equal(4);
    expect(readdirSync(at("killed"))).to.deep.equal([]);
  });

  it("ends at Ctrl-C without a half-written file or a kernel left behind", async () => {
    const file = saveNotebook(at("long.ipynb"), [
      codeCell(
        "require('fs').writeFileSync('pid', String(process.pid)); await new Promise((r) => setTimeout(r, 60000));",
      ),
    ]);
    const command = startCommand(["run", file, "--out", at("long")]);
    while (!existsSync(at("pid")) || readFileSync(at("pid"), "utf8") === "") {
      expect(command.process.exitCode, command.err()).to.equal(null);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    command.process.kill("SIGINT");
    const result = await command.ended;
    expect(result.code).to.equal(130);
    expect(complaints(result)).to.deep.equal(["convlab: interrupted"]);
    expect(readdirSync(at("long"))).to.deep.equal([]);
    const pid = Number(readFileSync(at("pid"), "utf8"));
    // The process that ran the cell ends with its kernel, if not in the same instant.
    for (let tries = 0; tries < 100 && isRunning(pid); tries++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isRunning(pid)).to.equal(false);
  });

  it("refuses what it cannot do before it runs anything, each in one line", async () => {
    mkdirSync(at("other"));
    const one = saveNotebook(at("same.ipynb"), [codeCell("1")]);
    const two = saveNotebook(at("other", "same.ipynb"), [codeCell("1")]);
    writeFileSync(at("file"), "");
    const cases: [words: string[], code: number, message: string][] = [
      [
        [at("gone.ipynb"), "--out", at("o")],
        3,
        `${at("gone.ipynb")} cannot be read: there is no such file or folder.`,
      ],
      [
        [one, two, "--out", at("o")],
        2,
        `convlab: ${one} and ${two} would both be written to ${at("o", "same.ipynb")}; run them with different --out folders.`,
      ],
      [
        [one, "--out", folder()],
        2,
        `convlab: ${one} is a notebook to be run and would be overwritten; choose another folder with --out.`,
      ],
      [
        [one, "--out", at("file")],
        5,
        `convlab: ${at("file")} cannot be written to: a file of that name is in the way.`,
      ],
      [
        [one, "--out", at("file", "deep")],
        5,
        `convlab: ${at("file", "deep")} cannot be written to: a part of its path is a file, not a folder.`,
      ],
      [
        [saveNotebook(at("julia.ipynb"), [codeCell("1")], kernelspec("no-such")), "--out", at("o")],
        4,
        `${at("julia.ipynb")}: There is no kernel called "no-such"; there are: `,
      ],
      [
        [one, "--out", at("o"), "--kernel", "nor-this"],
        4,
        `${one}: There is no kernel called "nor-this"; there are: `,
      ],
    ];
    for (const [words, code, message] of cases) {
      const result = await runCommand("run", ...words);
      const lines = complaints(result);
      expect(lines, message).to.have.length(1);
      expect(lines[0]).to.satisfy(
        (line: string) => line.startsWith(message),
        `${lines[0] ?? ""} instead of ${message}`,
      );
      expect(result.code, message).to.equal(code);
    }
  });

  const root = process.getuid?.() === 0;
  const mount = (folder: string, options: string): boolean =>
    root && spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]).status === 0;

  it("says that a folder may not be written to", async function () {
    mkdirSync(at("locked"));
    // Permissions do not bind root; a read-only file system does.
    if (!root) chmodSync(at("locked"), 0o500);
    else if (!mount(at("locked"), "ro,size=64k")) this.skip();
    try {
      const { code, err } = await runCommand("run", saveNotebook(at("x.ipynb"), []), "--out", at("locked"));
      const reason = root ? "the file system is read-only" : "permission denied";
      expect(err).to.equal(`convlab: ${at("locked")} cannot be written to: ${reason}.\n`);
      expect(code).to.equal(5);
    } finally {
      if (root) spawnSync("umount", [at("locked")]);
    }
  });

  it("leaves nothing half-written on a full disk (needs root, to mount one)", async function () {
    mkdirSync(at("small"));
    if (!mount(at("small"), "size=64k")) this.skip();
    try {
      const file = saveNotebook(at("big.ipynb"), [codeCell("console.log('x'.repeat(200000))")]);
      const result = await runCommand("run", file, "--out", at("small"), "--html");
      expect(complaints(result)).to.deep.equal([
        `${at("small", "big.ipynb")} cannot be written: the disk is full.`,
      ]);
      expect(result.code).to.equal(5);
      expect(readdirSync(at("small"))).to.deep.equal([]);
    } finally {
      spawnSync("umount", [at("small")]);
    }
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("convlab run --in-place", function () {
  this.timeout(90_000);
  const folder = temporaryFolder();

  it("writes the outputs into the notebooks that run to their end, and into no other", async () => {
    const good = saveNotebook(path.join(folder(), "good.ipynb"), [codeCell("6 * 7")]);
    const bad = saveNotebook(path.join(folder(), "bad.ipynb"), [
      codeCell("1"),
      codeCell("throw new Error('no')"),
    ]);
    const before = readFileSync(bad, "utf8");
    const result = await runCommand("run", good, bad, "--in-place");
    expect(result.code).to.equal(1);
    expect(result.out).to.equal(`${good} → ${good}\n`);
    expect(result.err).to.contain("Error: no (The notebook is as it was.)");
    expect(readNotebook(good).cells[0]).to.have.nested.property("outputs[0].data.text/plain", "42");
    expect(readFileSync(bad, "utf8")).to.equal(before);
    const written = readFileSync(good, "utf8");
    expect((await runCommand("run", good, "--in-place")).code).to.equal(0);
    expect(readFileSync(good, "utf8")).to.equal(written);
    const wrong = await runCommand("run", good, "--in-place", "--out", "x");
    expect(wrong.code).to.equal(2);
  });

  it("keeps what controls were set to, and not the controls", () => {
    const widget = {
      "application/vnd.jupyter.widget-view+json": { model_id: "1" },
      "text/plain": "stride = 2",
    };
    const cells = [codeCell("", [{ output_type: "display_data", data: widget, metadata: {} }])];
    const [cell] = withoutWidgets(notebookOf(cells)).cells;
    expect(cell).to.have.deep.property("outputs", [
      {
        output_type: "display_data",
        data: { "text/plain": "stride = 2" },
        metadata: { convlab: "controls" },
      },
    ]);
  });
});
