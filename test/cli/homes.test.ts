import { expect } from "chai";
import { readdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { readNotebook } from "../../src/cli/notebook/read.js";
import { startCommand, type CommandResult } from "./command.js";
import { codeCell, saveNotebook, temporaryFolder } from "./notebooks.js";

const preload = `const os = require("node:os");
os.homedir = os.userInfo = () => { throw new Error("uv_os_homedir returned ENOENT"); };
`;

describe("the command for a user whose home cannot be used", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const homes: Record<string, () => Record<string, string>> = {
    "there is none": () => ({
      NODE_OPTIONS: `--require ${path.join(folder(), "homeless.cjs")}`,
      // The snapshot of the checker is kept where it is for the other tests.
      XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache"),
      XDG_DATA_HOME: "",
    }),
    "nothing can be written to it": () => ({
      HOME: path.join(folder(), "file", "home"),
      XDG_CACHE_HOME: path.join(folder(), "file", "cache"),
      XDG_DATA_HOME: "",
    }),
  };
  before(() => {
    writeFileSync(path.join(folder(), "homeless.cjs"), preload);
    writeFileSync(path.join(folder(), "file"), "");
    saveNotebook(path.join(folder(), "n.ipynb"), [codeCell("6 * 7")]);
  });

  for (const [how, environment] of Object.entries(homes)) {
    const command = (...words: string[]): Promise<CommandResult> =>
      startCommand(words, { cwd: folder(), env: { JUPYTER_DATA_DIR: "", ...environment() } }).ended;

    it(`${how}: run works and leaves nothing in the current folder`, async () => {
      const { code, err } = await command("run", "n.ipynb", "--out", "out");
      expect(code, err).to.equal(0);
      expect(readNotebook(path.join(folder(), "out", "n.ipynb")).cells[0]).to.have.nested.property(
        "outputs[0].data.text/plain",
        "42",
      );
      expect(readdirSync(folder()).sort()).to.deep.equal(["file", "homeless.cjs", "n.ipynb", "out"]);
    });

    it(`${how}: install says so in one line, and takes a prefix`, async () => {
      const { code, err } = await command("install");
      expect(code).to.equal(5);
      expect(err).to.match(
        /^convlab: (There is no home folder to install the kernel in; use --prefix, or name a folder in JUPYTER_DATA_DIR|The kernelspec cannot be written below .*: a part of its path is a file, not a folder)\.\n$/,
      );
      const prefix = path.join(folder(), "out", "prefix");
      expect((await command("install", "--prefix", prefix)).code).to.equal(0);
    });

    it(`${how}: doctor reports`, async () => {
      const { code, out, err } = await command("doctor");
      expect(code, err).to.equal(0);
      expect(out)
        .to.include("✓ the kernel answers")
        .and.match(/kernel convlab/);
    });
  }
});
