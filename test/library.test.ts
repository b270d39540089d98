import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import * as lab from "../src/index.js";

const root = path.resolve(__dirname, "../..");

/** What a fresh process prints that imports the package as a user's does. */
function printed(code: string): string {
  const args = [
    "--input-type=module",
    "-e",
    code.replaceAll("PACKAGE", path.join(root, "dist/src/convlab.js")),
  ];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(stderr).to.equal("");
  return stdout.trim();
}

describe("the library in one file", () => {
  it("is what the package's main names, and exports what its parts do, also to ES modules", () => {
    const whole = createRequire(__filename)(root) as Record<string, unknown>;
    expect(Object.keys(whole).sort()).to.deep.equal(Object.keys(lab).sort());
    const names = printed('import * as all from "PACKAGE"; console.log(Object.keys(all).sort().join())');
    const expected = [...Object.keys(lab), "default", "module.exports"].sort();
    expect(expected).to.include.members(names.split(","));
    expect(names.split(",")).to.include.members(Object.keys(lab));
  });

  it("reads figures, arithmetic and data when the first of them is used", () => {
    const later = 'Object.keys(require.cache).some((name) => name.endsWith("later.js"))';
    const args = [
      "-e",
      `const lab = require(${JSON.stringify(path.join(root, "dist/src/convlab.js"))}); lab.conv2d(lab.ones([3, 3]), lab.ones([2, 2])); const before = ${later}; lab.slidingWindow; console.log(before, ${later})`,
    ];
    const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(stdout.trim()).to.equal("false true");
  });

  it("finds its WebAssembly and its threads", () => {
    const sum = printed(
      'process.env.CONVLAB_THREADS = "2"; const { conv2d, ones, useBackend } = await import("PACKAGE"); useBackend("wasm"); console.log(conv2d(ones([8, 64, 64]), ones([16, 8, 3, 3])).data.reduce((a, b) => a + b, 0)); process.exit()',
    );
    expect(Number(sum)).to.equal(16 * 62 * 62 * 72);
  });

  it("draws figures whose scripts are those of its parts", async () => {
    const { createHash } = await import("node:crypto");
    const image = "tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9]]), tensor([[1, 0], [0, 1]])";
    const here = lab.convolutionSteps(lab.tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9]]), lab.tensor([[1, 0], [0, 1]])); // prettier-ignore
    const digest = createHash("sha256").update(here.toHTML()).digest("hex");
    const there = printed(
      `import { createHash } from "node:crypto"; import { convolutionSteps, tensor } from "PACKAGE"; console.log(createHash("sha256").update(convolutionSteps(${image}).toHTML()).digest("hex")); process.exit()`,
    );
    expect(there).to.equal(digest);
  });
});
