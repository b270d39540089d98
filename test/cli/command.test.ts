import { expect } from "chai";
import { runCommand } from "./command.js";

describe("the convlab command", function () {
  this.timeout(20_000);

  it("explains itself and each of its commands, with an example", async () => {
    const { code, out } = await runCommand("--help");
    expect(code).to.equal(0);
    expect(out).to.contain("Exit codes:").and.contain("Example:");
    for (const name of ["start", "lab", "run", "book", "install", "doctor"]) {
      expect(out).to.match(new RegExp(`^  ${name} `, "m"));
      const help = await runCommand(name, "--help");
      expect(help.out, name).to.contain(`Example:\n  convlab ${name}`);
      expect(help.code).to.equal(0);
    }
    expect((await runCommand("--version")).out).to.match(/^\d+\.\d+\.\d+\n$/);
  });

  const wrong: [words: string[], message: string][] = [
    [["run"], "missing required argument 'notebook'"],
    [["run", "a.ipynb", "--htlm"], "unknown option '--htlm' (Did you mean --html?)"],
    [
      ["run", "a.ipynb", "--jobs", "0"],
      "option '--jobs <number>' argument '0' is invalid. Expected a whole number of at least 1.",
    ],
    [
      ["run", "a.ipynb", "--timeout", "-1"],
      "option '--timeout <seconds>' argument '-1' is invalid. Expected a number of seconds above 0.",
    ],
    [
      ["start", "--port", "80000"],
      "option '--port <number>' argument '80000' is invalid. Expected a port from 0 to 65535.",
    ],
    [["rum"], "unknown command 'rum' (Did you mean run?)"],
    [
      ["install", "--user", "--prefix", "x"],
      "--user, --sys-prefix and --prefix exclude each other; give one of them.",
    ],
  ];
  for (const [words, message] of wrong) {
    it(`refuses "convlab ${words.join(" ")}" in one line`, async () => {
      const { code, out, err } = await runCommand(...words);
      expect(err).to.equal(`convlab: ${message}\n`);
      expect(out).to.equal("");
      expect(code).to.equal(2);
    });
  }
});
