import { expect } from "chai";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checked } from "../../../src/backend/wasm/engine.js";
import { STAMP } from "../../../src/backend/wasm/stamp.js";

const root = join(__dirname, "../../../..");
const path = join(__dirname, "../../../src/backend/wasm/kernels-simd.wasm");

describe("wasm engine", () => {
  it("has modules built from the sources as they are", () => {
    const sources = join(root, "src/backend/wasm/assembly");
    const hash = createHash("sha256");
    for (const name of readdirSync(sources).sort()) {
      hash.update(`${name}\0${readFileSync(join(sources, name), "utf8")}\0`);
    }
    expect(STAMP).to.equal(hash.digest("hex").slice(0, 12));
    const module = new WebAssembly.Module(readFileSync(path));
    expect(checked(module, path)).to.equal(module);
  });

  it("refuses a module of another build, and one that does not say", () => {
    const bytes = readFileSync(path);
    const at = bytes.lastIndexOf(STAMP);
    const other = Buffer.from(bytes);
    other.write("0123456789ab", at);
    expect(() => checked(new WebAssembly.Module(other), "kernels.wasm")).to.throw(
      `kernels.wasm is of another build than its driver (0123456789ab, expected ${STAMP}): run npm run build`,
    );
    const silent = new WebAssembly.Module(bytes.subarray(0, at - 10));
    expect(() => checked(silent, "kernels.wasm")).to.throw("(no stamp, expected");
  });
});
