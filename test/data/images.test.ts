import { expect } from "chai";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { loadImage, slice } from "../../src/index.js";

describe("loadImage", () => {
  let folder = "";
  const former = process.cwd();
  const file = (name: string): string => path.join(folder, name);

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "convlab-images-"));
    // 4×2: red and green above, blue and white below, each two cells wide.
    const cells = [
      255, 0, 0, 255, 0, 0, 0, 255, 0, 0, 255, 0, 0, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255, 255,
    ];
    const raw = sharp(Buffer.from(cells), { raw: { width: 4, height: 2, channels: 3 } });
    await raw.clone().png().toFile(file("colours.png"));
    await raw.clone().withMetadata({ orientation: 6 }).png().toFile(file("turned.png"));
    const clear = {
      create: { width: 2, height: 1, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    } as const;
    await sharp(clear).png().toFile(file("clear.png"));
    writeFileSync(file("broken.png"), "no image");
    const photograph = path.join(folder, "node_modules", "@stdlib", "datasets-img-test-card", "data");
    mkdirSync(photograph, { recursive: true });
    await raw
      .clone()
      .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
      .toFile(path.join(photograph, "image.jpg"));
  });

  afterEach(() => {
    process.chdir(former);
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("gives channels × height × width in [0, 1], red first", async () => {
    const image = await loadImage(file("colours.png"));
    expect(image.toArray()).to.deep.equal([
      [
        [1, 1, 0, 0],
        [0, 0, 1, 1],
      ],
      [
        [0, 0, 1, 1],
        [0, 0, 1, 1],
      ],
      [
        [0, 0, 0, 0],
        [1, 1, 1, 1],
      ],
    ]);
  });

  it("gives one channel of grey", async () => {
    const image = await loadImage(file("colours.png"), { channels: 1 });
    expect(image.shape).to.deep.equal([1, 2, 4]);
    // Green is lighter than red, red than blue.
    const [red, green, blue, white] = [
      image.item(0, 0, 0),
      image.item(0, 0, 3),
      image.item(0, 1, 0),
      image.item(0, 1, 3),
    ];
    expect(white).to.equal(1);
    expect([green, red, blue]).to.deep.equal([red, green, blue].sort((a, b) => b - a));
  });

  it("scales to cover a size and cuts off the rest evenly", async () => {
    expect((await loadImage(file("colours.png"), { size: 2 })).shape).to.deep.equal([3, 2, 2]);
    const image = await loadImage(file("colours.png"), { size: [4, 4] });
    expect(image.shape).to.deep.equal([3, 4, 4]);
    // The middle half of the width is left: red's column, then green's.
    const top = slice(image, [{ end: 2 }, { end: 1 }]);
    expect([top.item(0, 0, 0), top.item(1, 0, 3)]).to.deep.equal([1, 1]);
    expect([top.item(0, 0, 3), top.item(1, 0, 0)]).to.deep.equal([0, 0]);
  });

  it("turns as the camera says and shows what is transparent as white", async () => {
    const turned = await loadImage(file("turned.png"));
    expect(turned.shape).to.deep.equal([3, 4, 2]);
    // A quarter turn to the right: the blue corner comes to the top left.
    expect([turned.item(0, 0, 0), turned.item(1, 0, 0), turned.item(2, 0, 0)]).to.deep.equal([0, 0, 1]);
    expect([...new Set((await loadImage(file("clear.png"))).data)]).to.deep.equal([1]);
  });

  it("finds photographs that npm installed, by name, from where the notebook runs", async () => {
    process.chdir(folder);
    const image = await loadImage("test-card");
    expect(image.shape).to.deep.equal([3, 2, 4]);
    expect(image.item(0, 0, 0)).to.be.closeTo(1, 0.1);
  });

  it("says in one line what there is instead", async () => {
    process.chdir(folder);
    let message = "";
    await loadImage("no-such-plant").catch((error: unknown) => (message = String(error)));
    expect(message).to.match(
      /^Error: loadImage: path: expected a file, or a photograph \(.*test-card.*\), got "no-such-plant"$/,
    );
    await loadImage(file("broken.png")).catch((error: unknown) => (message = String(error)));
    expect(message).to.match(/^Error: loadImage: path: expected an image \(.*\), got .*broken\.png": /);
    await loadImage(file("colours.png"), { size: 0 }).catch((error: unknown) => (message = String(error)));
    expect(message).to.equal("Error: loadImage: size: expected a whole number ≥ 1, got 0");
    await loadImage(file("colours.png"), { channels: 4 as 3 }).catch(
      (error: unknown) => (message = String(error)),
    );
    expect(message).to.equal('Error: loadImage: channels: expected one of "1", "3", got "4"');
    await loadImage(file("colours.png"), { width: 3 } as object).catch(
      (error: unknown) => (message = String(error)),
    );
    expect(message).to.equal(
      'Error: loadImage: options: expected only size, channels, frame, frames, maxPixels, got "width"',
    );
    await loadImage(7 as unknown as string).catch((error: unknown) => (message = String(error)));
    expect(message).to.equal("Error: loadImage: path: expected a file or a photograph's name, got 7");
  });
});
