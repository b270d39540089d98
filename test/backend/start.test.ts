import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

describe("importing convlab", () => {
  it("loads no library that only some figures or pictures need", () => {
    const entry = join(__dirname, "../../src/index.js");
    const program =
      `require(${JSON.stringify(entry)});` +
      `const names = Object.keys(require.cache).map((path) => /node_modules\\/((@[^/]+\\/)?[^/]+)/.exec(path)?.[1]);` +
      `console.log(JSON.stringify([...new Set(names)].filter(Boolean)))`;
    const loaded: unknown = JSON.parse(execFileSync(process.execPath, ["-e", program], { encoding: "utf8" }));
    expect(loaded).to.deep.equal(["entities"]);
  });
});
