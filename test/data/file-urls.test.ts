import { expect } from "chai";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { loadImage } from "../../src/index.js";
import { png } from "./files.js";
import { messageOf } from "./message.js";

describe("loadImage by a file URL", () => {
  let folder = "";
  const former = process.cwd();
  before(() => {
    folder = path.join(mkdtempSync(path.join(tmpdir(), "convlab-urls-")), "a #b%20 ?ä 日本");
    mkdirSync(folder);
    symlinkSync(folder, path.join(folder, "link"));
    writeFileSync(
      path.join(folder, "x #1%.png"),
      png({ width: 2, height: 1, bits: 8, type: 0 }, [new Uint8Array([0, 255])]),
    );
  });
  afterEach(() => {
    process.chdir(former);
  });
  after(() => {
    rmSync(path.dirname(folder), { recursive: true });
  });

  it("a URL, its text, and a URL beside a module: with #, %, ?, spaces and other scripts in the path", async () => {
    const file = path.join(folder, "x #1%.png");
    const url = pathToFileURL(file);
    const beside = new URL("x%20%231%25.png", pathToFileURL(path.join(folder, "cell.ts")));
    for (const source of [
      file,
      url,
      url.href,
      beside,
      beside.href,
      `FILE://${url.href.slice(7)}`,
      `file:${url.pathname}`,
      pathToFileURL(path.join(folder, "link", "x #1%.png")),
    ])
      expect((await loadImage(source, { channels: 1 })).toArray(), String(source)).to.deep.equal([[[0, 1]]]);
    process.chdir(folder);
    expect((await loadImage("x #1%.png", { channels: 1 })).toArray()).to.deep.equal([[[0, 1]]]);
    expect((await loadImage("link/x #1%.png", { channels: 1 })).toArray()).to.deep.equal([[[0, 1]]]);
  });

  it("a name with a colon that is no URL stays a path", async () => {
    process.chdir(folder);
    for (const name of ["12:30.png", "c:x.png", "note: one.png"]) {
      writeFileSync(name, png({ width: 1, height: 1, bits: 8, type: 0 }, [new Uint8Array([255])]));
      expect((await loadImage(name)).shape).to.deep.equal([3, 1, 1]);
    }
  });

  it("nothing is fetched, and a URL of another kind is refused", async () => {
    for (const source of [
      "https://example.org/a.png",
      "HTTP://example.org/a.png",
      new URL("http://example.org/a.png"),
    ])
      expect(await messageOf(loadImage(source))).to.equal(
        `loadImage: path: expected a file or a photograph's name; nothing is fetched: save it to a file first, got "${String(source)}"`,
      );
    for (const source of ["ftp://example.org/a.png", new URL("blob:nodedata:1"), new URL("about:blank")])
      expect(await messageOf(loadImage(source))).to.equal(
        `loadImage: path: expected a file or a photograph's name, got "${String(source)}"`,
      );
  });

  it("a file URL that names no file of this machine, with the reason", async () => {
    expect(await messageOf(loadImage("file://elsewhere/a.png"))).to.match(
      /^loadImage: path: expected a file or a photograph's name, got "file:\/\/elsewhere\/a\.png": .*host/,
    );
    expect(await messageOf(loadImage("file:///a%2Fb.png"))).to.match(
      /^loadImage: path: expected .*, got "file:\/\/\/a%2Fb\.png": ./,
    );
    expect(await messageOf(loadImage("file:///a%zz.png"))).to.match(
      /^loadImage: path: expected .*, got "file:\/\/\/a%zz\.png": ./,
    );
    expect(await messageOf(loadImage(pathToFileURL(path.join(folder, "none.png"))))).to.match(
      /^loadImage: path: expected a file, or a photograph \(.*\), got "file:\/\/\/.*none\.png"$/,
    );
  });
});
