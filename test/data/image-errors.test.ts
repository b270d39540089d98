import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import sharp from "sharp";
import { type ImageOptions, loadImage } from "../../src/index.js";
import { png } from "./files.js";
import { messageOf } from "./message.js";

const library = path.resolve(__dirname, "../../src/index.js");
const formats = "an image (JPEG, PNG, WebP, GIF, AVIF, TIFF or SVG)";

describe("what loadImage refuses", () => {
  let folder = "";
  const file = (name: string, content: string | Uint8Array = ""): string => {
    const where = path.join(folder, name);
    writeFileSync(where, content);
    return where;
  };
  const message = (source: unknown, options: ImageOptions = {}): Promise<string> =>
    messageOf(loadImage(source as string, options));

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "convlab-image-errors-"));
  });
  after(() => {
    chmodSync(folder, 0o755);
    rmSync(folder, { recursive: true });
  });

  it("data URLs that are broken: one clear error each, with the reason", async () => {
    for (const [url, expected] of [
      ["data:image/svg+xml,%E0%A4%A", "a data URL in which two hexadecimal digits follow each %"],
      ["data:image/svg+xml,%", "a data URL in which two hexadecimal digits follow each %"],
      ["data:image/svg+xml,%zz", "a data URL in which two hexadecimal digits follow each %"],
      ["data:,", "a data URL with content"],
      ["data:image/png;base64,", "a data URL with content"],
      ["data:", "a data URL with a comma before its content"],
      ["data:image/png;base64", "a data URL with a comma before its content"],
      ["data:image/png;base64,!!!!", "a data URL with content in Base64"],
      ["data:image/png;base64,iVBOR", "a data URL with content in Base64"],
      ["data:image/svg+xml;charset=klingon,<svg/>", 'a data URL in a known character set, not "klingon"'],
    ])
      expect(await message(url)).to.equal(
        `loadImage: path: expected ${expected}, got ${JSON.stringify(url)}`,
      );
    expect(await message("data:,hello")).to.match(
      new RegExp(`^loadImage: path: expected an image .*, got "data:,hello": `),
    );
    // Well-formed, but no UTF-8 inside.
    expect(await message("data:image/svg+xml,%E0%A4%41")).to.match(
      /^loadImage: path: expected an image .*%41": /,
    );
  });

  it("a long data URL is quoted by its beginning", async () => {
    const text = await message(`data:image/png;base64,${"A".repeat(100_000)}`);
    expect(text.length).to.be.lessThan(400);
    expect(text).to.include("… (100022 characters)");
  });

  it("data URLs in all their spellings are read", async () => {
    const svg = "<svg xmlns='http://www.w3.org/2000/svg' width='4' height='2'/>";
    const bytes = await sharp(Buffer.from(svg)).png().toBuffer();
    const base64 = bytes.toString("base64");
    const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
    for (const url of [
      `data:image/svg+xml,${svg}`,
      `data:image/svg+xml,${encodeURIComponent(svg)}`,
      `DATA:image/svg+xml;charset=utf-8,${svg}`,
      `data:image/svg+xml;charset=utf-16le;base64,${Buffer.from(svg, "utf16le").toString("base64")}`,
      `data:image/svg+xml,${svg.replace("/>", "><title>図 ä</title></svg>")}`,
      `data:image/png;base64,${base64}`,
      `data:image/png;charset=utf-8;BASE64,${base64.replace(/=+$/, "")}`,
      `data:image/png;base64,${encodeURIComponent(base64)}`,
      `data:;base64, ${base64.slice(0, 8)}\n${base64.slice(8)}`,
      `data:image/png,${percent}`,
    ]) {
      expect((await loadImage(url)).shape, url.slice(0, 60)).to.deep.equal([3, 2, 4]);
      if (!url.includes("\n")) expect((await loadImage(new URL(url))).shape).to.deep.equal([3, 2, 4]);
    }
  });

  it("a name that stands for nothing: with the photographs that there are", async () => {
    for (const name of ["nothere.jpg", "no/such/folder/a.png", "a\0b.png", "", "x".repeat(5000)])
      expect(await message(name)).to.match(
        /^loadImage: path: expected a file, or a photograph \(.+\), got "/,
      );
    for (const value of [7, null, undefined, {}, ["a.png"], new Uint8Array(3)])
      expect(await message(value)).to.match(/^loadImage: path: expected a file or a photograph's name, got /);
  });

  it("what is there but cannot be read, with the system's reason", async () => {
    mkdirSync(path.join(folder, "inside"));
    expect(await message(path.join(folder, "inside"))).to.match(
      /^loadImage: path: expected a file, got ".*inside", which is a folder$/,
    );
    expect(await message(file("empty.png"))).to.match(
      /^loadImage: path: expected a file with content, got ".*empty\.png", which is empty$/,
    );
    expect(await message("/dev/zero")).to.equal(
      'loadImage: path: expected a file, got "/dev/zero", which is a device, pipe or socket',
    );
    symlinkSync("loop", path.join(folder, "loop"));
    expect(await message(path.join(folder, "loop"))).to.match(
      /^loadImage: path: expected a file that can be read, got ".*loop": ELOOP/,
    );
  });

  it("a file without the right to read it", function () {
    const isRoot = process.getuid?.() === 0;
    const closed = file("closed.png", "x");
    chmodSync(closed, 0);
    chmodSync(folder, 0o755);
    const code = `import(process.argv[1]).then(({ default: { loadImage } }) => loadImage(process.argv[2])).catch((e) => console.log(e.message))`;
    // Root may read everything, and so becomes nobody, who must then be able to reach the library.
    const { stdout, error } = spawnSync(process.execPath, ["-e", code, pathToFileURL(library).href, closed], {
      encoding: "utf8",
      cwd: folder,
      ...(isRoot ? { uid: 65534 } : {}),
    });
    if (error || !stdout.includes("loadImage")) this.skip();
    expect(stdout).to.match(
      /^loadImage: path: expected a file that can be read, got ".*closed\.png": EACCES/,
    );
  });

  it("files that are no image, or not a whole one", async () => {
    const photo = { create: { width: 64, height: 64, channels: 3, background: "#286" } } as const;
    const refused = new RegExp(`^loadImage: path: expected ${formats.replace(/[()]/g, "\\$&")}, got ".+": .`);
    for (const [name, content] of [
      ["page.png", "<!doctype html><html><body>Not found</body></html>"],
      ["text.jpg", "no image"],
      ["zero.bin", new Uint8Array(100)],
      ["head.png", (await sharp(photo).png().toBuffer()).subarray(0, 20)],
      [
        "half.jpg",
        (
          await sharp({
            ...photo,
            create: { ...photo.create, noise: { type: "gaussian", mean: 99, sigma: 40 } },
          })
            .jpeg()
            .toBuffer()
        ).subarray(0, 900),
      ],
      ["half.png", png({ width: 64, height: 64, bits: 16, type: 2 }, [new Uint8Array(384)])],
      ["half.webp", (await sharp(photo).webp().toBuffer()).subarray(0, 60)],
      ["half.tif", (await sharp(photo).tiff().toBuffer()).subarray(0, 60)],
      ["broken.svg", "<svg xmlns='http://www.w3.org/2000/svg' width='4' height='2'><rect"],
    ] as const) {
      const text = await message(file(name, content));
      expect(text, name).to.match(refused);
      expect(text, name).not.to.include("\n");
    }
  });

  it("400 megapixels, at once and whatever the size; maxPixels raises the limit", async () => {
    const row = new Uint8Array(20_000 / 8);
    const vast = png({ width: 20_000, height: 20_000, bits: 1, type: 0 }, [row]);
    const name = file("vast.png", vast);
    for (const options of [{}, { size: 32 }])
      expect(await message(name, options)).to.equal(
        `loadImage: path: expected an image of at most 268435456 pixels (option maxPixels), got ${JSON.stringify(name)}: 20000 × 20000 pixels`,
      );
    const few = file(
      "few.png",
      png({ width: 3, height: 2, bits: 8, type: 0 }, [new Uint8Array(3), new Uint8Array(3)]),
    );
    expect(await message(few, { maxPixels: 5 })).to.match(
      /at most 5 pixels \(option maxPixels\), got ".*few\.png": 2 × 3 pixels$/,
    );
    expect((await loadImage(few, { maxPixels: 6 })).shape).to.deep.equal([3, 2, 3]);
    expect((await loadImage(few, { maxPixels: Infinity })).shape).to.deep.equal([3, 2, 3]);
    for (const maxPixels of [0, -1, 1.5, NaN, "9" as unknown as number])
      expect(await message(few, { maxPixels })).to.match(
        /^loadImage: maxPixels: expected a whole number ≥ 1, got /,
      );
    // What the tensor could not hold is refused before it is decoded.
    expect(await message(few, { size: 40_000 })).to.match(
      /^tensor: shape: expected at most .*, got \[1, 3, 40000, 40000\]/,
    );
  });

  it("an SVG reads nothing but itself: no file, no network, no entity from outside", async () => {
    const black = png(
      { width: 8, height: 8, bits: 8, type: 0 },
      Array.from({ length: 8 }, () => new Uint8Array(8)),
    );
    const beside = file("black.png", black);
    const address = pathToFileURL(beside).href;
    const open =
      "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='8' height='8'>";
    const references = ["black.png", "./black.png", beside, address, "http://127.0.0.1:9/a.png"].flatMap(
      (href) => [
        `${open}<image href="${href}" width="8" height="8"/></svg>`,
        `${open}<image xlink:href="${href}" width="8" height="8"/></svg>`,
        `${open}<style>@import url("${href}");</style></svg>`,
      ],
    );
    for (const [index, svg] of references.entries()) {
      const image = await loadImage(file(`outside-${index}.svg`, svg));
      expect([...new Set(image.data)], svg).to.deep.equal([1]);
    }
    const secret = file("secret.txt", "<rect xmlns='http://www.w3.org/2000/svg' width='8' height='8'/>");
    const entity = `<!DOCTYPE svg [<!ENTITY e SYSTEM "${pathToFileURL(secret).href}">]>${open}&e;</svg>`;
    const name = file("entity.svg", entity);
    const result = await loadImage(name).then(
      (image) => [...new Set(image.data)].join(),
      (error: unknown) => String(error),
    );
    expect(result).to.match(/^(1|Error: loadImage: path: expected an image .*)$/);
    const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join(
      "",
    );
    const bomb = `<!DOCTYPE svg [<!ENTITY l0 "ha">${laughs}]>${open}<text>&l9;</text></svg>`;
    expect(await message(file("bomb.svg", bomb))).to.match(
      /^(no error|loadImage: path: expected an image .*)$/,
    );
    expect(
      await message(
        `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='99999' height='99999'/>`,
        { size: 4 },
      ),
    ).to.match(/at most 268435456 pixels/);
  });

  it("names that libvips would read as options", async () => {
    const one = png({ width: 1, height: 1, bits: 8, type: 0 }, [new Uint8Array(1)]);
    for (const name of ["a[1].png", "b[page=7].png", "c.png[shrink=2]", "d#e%20 f?.png"])
      expect((await loadImage(file(name, one))).shape).to.deep.equal([3, 1, 1]);
  });

  it("without sharp: what is missing and how to get it", () => {
    const code = `
      const Module = require("node:module");
      const load = Module._resolveFilename;
      Module._resolveFilename = function (name, ...rest) {
        if (name === "sharp") throw Object.assign(new Error("Cannot find module 'sharp'\\nRequire stack:"), { code: "MODULE_NOT_FOUND" });
        return load.call(this, name, ...rest);
      };
      const { loadImage } = require(process.argv[1]);
      loadImage("data:image/svg+xml,<svg/>").catch((error) => console.log(error.message));`;
    const hook = `export const resolve = (name, context, next) => name === "sharp" ? Promise.reject(new Error("Cannot find package 'sharp'")) : next(name, context);`;
    const register = `data:text/javascript,import { register } from "node:module"; register("data:text/javascript,${encodeURIComponent(encodeURIComponent(hook))}");`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--import", register, "-e", code, library], {
      encoding: "utf8",
    });
    expect(stdout, stderr).to.match(
      /^loadImage: package: expected sharp \(npm install sharp\), got none that works: Cannot find/,
    );
  });

  it("bad options, each by its name", async () => {
    const url = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='4' height='2'/>";
    for (const [options, expected] of [
      [{ size: 0 }, "loadImage: size: expected a whole number ≥ 1, got 0"],
      [{ size: [1] }, "loadImage: size: expected a number or [height, width], got [1]"],
      [{ channels: 4 }, 'loadImage: channels: expected one of "1", "3", got "4"'],
      [
        { width: 3 },
        'loadImage: options: expected only size, channels, frame, frames, maxPixels, got "width"',
      ],
      [{ frame: -1 }, "loadImage: frame: expected a whole number ≥ 0, got -1"],
      [{ frames: 2 }, "loadImage: frames: expected true or false, got 2"],
      [{ frames: [0] }, "loadImage: frames: expected true or [from, to], got [0]"],
      [{ frames: [2, 2] }, "loadImage: frames[1]: expected a whole number ≥ 3, got 2"],
      [{ frame: 0, frames: true }, "loadImage: frame: expected either frame or frames, got both"],
      [{ frame: 1 }, `loadImage: frame: expected 0, the only one of ${JSON.stringify(url)}, got 1`],
      [
        { frames: [0, 2] },
        `loadImage: frames: expected at most [0, 1] for ${JSON.stringify(url)}, got [0, 2]`,
      ],
    ] as const)
      expect(await message(url, options as ImageOptions)).to.equal(expected);
  });

  it("is refused while the call is on the stack, so that its line is known, awaited or not", async () => {
    const caller = (name: string): Promise<unknown> => loadImage(name);
    const early = await caller("nothere.jpg").catch((error: unknown) => (error as Error).stack);
    expect(early).to.match(/at caller /);
    const name = file("late.png", "no image");
    const awaiting = async (): Promise<unknown> => {
      return await loadImage(name);
    };
    const late = await awaiting().catch((error: unknown) => (error as Error).stack);
    expect(late).to.match(/at async awaiting /);
    truncateSync(name, 0);
    expect(await awaiting().catch((error: unknown) => (error as Error).stack)).to.match(/at async awaiting /);
  });
});
