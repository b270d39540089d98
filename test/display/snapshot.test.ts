import { expect } from "chai";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { useBackend } from "../../src/index.js";
import { examples } from "../../src/display/examples/index.js";

// From dist/test/display back to the sources.
const folder = join(__dirname, "..", "..", "..", "test", "figures");

/**
 * The picture with each raster replaced by a hash of its pixels: zlib may compress the same pixels
 * otherwise on another processor.
 */
function comparable(svg: string): string {
  const plain = svg.replace(/data:image\/png;base64,([^"]+)/g, (_all, encoded: string) => {
    const png = Buffer.from(encoded, "base64");
    const start = png.indexOf("IDAT");
    const pixels = inflateSync(png.subarray(start + 4, start + 4 + png.readUInt32BE(start - 4)));
    const size = `${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`;
    return `png:${size}:${createHash("sha256").update(pixels).digest("hex").slice(0, 16)}`;
  });
  return plain.replaceAll("><", ">\n<") + "\n";
}

describe("figures against their snapshots (CONVLAB_UPDATE=1 writes them anew)", () => {
  // The oracle's sums are the same on every machine; the last bit of the fast ones is not.
  before(() => {
    useBackend("reference");
  });
  after(() => {
    useBackend("auto");
  });

  for (const example of examples) {
    it(example.name, () => {
      const file = join(folder, `${example.name}.svg`);
      const drawn = comparable(example.make().toSVG({ theme: "light" }));
      if (process.env.CONVLAB_UPDATE === "1") {
        mkdirSync(folder, { recursive: true });
        writeFileSync(file, drawn);
      }
      expect(existsSync(file), `${example.name}.svg is missing`).to.be.true;
      expect(drawn === readFileSync(file, "utf8"), `${example.name} is drawn otherwise than its snapshot`).to
        .be.true;
    });
  }
});
