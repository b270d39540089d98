import { expect } from "chai";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { runCommand } from "./command.js";
import { temporaryFolder } from "./notebooks.js";

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
