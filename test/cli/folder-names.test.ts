import { expect } from "chai";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readNotebook } from "../../src/cli/notebook/read.js";
import { png } from "../data/files.js";
import { complaints, startCommand } from "./command.js";
import { codeCell, markdownCell, saveNotebook, temporaryFolder } from "./notebooks.js";

describe("notebooks in a folder with signs that mean something else in a URL", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const name = "a #b%20 ?ä 日本";
  let home = "";

  before(() => {
    home = path.join(folder(), name);
    mkdirSync(home);
    symlinkSync(home, path.join(folder(), "link"));
    writeFileSync(
      path.join(home, "x #1%.png"),
      png({ width: 2, height: 1, bits: 8, type: 0 }, [new Uint8Array([0, 255])]),
    );
    writeFileSync(path.join(home, "helper.ts"), "export const three: number = 3;\n");
    saveNotebook(path.join(home, "one #?.ipynb"), [
      markdownCell("# One\n\n![a picture](x%20%231%25.png) and [the other](two%20%25.ipynb#Part-two)"),
      codeCell(
        "import { loadImage } from 'convlab';\nimport { three } from './helper';\nimport.meta.filename",
      ),
      codeCell(
        "const image = await loadImage(new URL('x%20%231%25.png', import.meta.url));\nconst same = await loadImage('x #1%.png');\n[image.shape, same.shape, three]",
      ),
    ]);
    saveNotebook(path.join(home, "two %.ipynb"), [
      markdownCell("# Two\n\n[back](one%20%23%3F.ipynb)\n\n## Part two"),
      codeCell("2 + 2"),
    ]);
  });

  /** The address of the page's first link to another page. */
  const linkIn = (page: string, text: string): string | undefined =>
    new RegExp(`<a href="([^"]*)">${text}`).exec(readFileSync(page, "utf8"))?.[1];

  for (const from of [name, "link"])
    it(`run by ${from === name ? "its own name" : "a link"}: outputs, pages, their links and pictures`, async () => {
      const cwd = path.join(folder(), from);
      const out = path.join(folder(), `out #% ${from}`);
      const files = ["one #?.ipynb", "two %.ipynb"];
      const result = await startCommand(["run", ...files, "--out", out, "--html"], { cwd }).ended;
      expect(complaints(result)).to.deep.equal([]);
      expect(result.code).to.equal(0);
      const [, first, second] = readNotebook(path.join(out, "one #?.ipynb")).cells;
      expect(first).to.have.nested.property("outputs[0].data.text/plain", `'${path.join(home, "cell.ts")}'`);
      expect(second).to.have.nested.property("outputs[0].data.text/plain", "[ [ 3, 1, 2 ], [ 3, 1, 2 ], 3 ]");
      const page = path.join(out, "one #?.html");
      expect(linkIn(page, "the other")).to.equal("two%20%25.html#part-two");
      expect(linkIn(path.join(out, "two %.html"), "back")).to.equal("one%20%23%3F.html");
      expect(readFileSync(page, "utf8")).to.match(/<img src="data:image\/png;base64,[^"]+" alt="a picture">/);
    });

  it("become a book whose links lead to its pages", async () => {
    const out = path.join(folder(), "book ?#");
    const { code, err } = await startCommand(["book", home, "--out", out], { cwd: folder() }).ended;
    expect(code, err).to.equal(0);
    expect(linkIn(path.join(out, "one #?.html"), "the other")).to.equal("two%20%25.html#part-two");
    const index = readFileSync(path.join(out, "index.html"), "utf8");
    expect(index).to.include('href="one%20%23%3F.html"').and.include('href="two%20%25.html"');
  });

  it("name the file where a cell fails", async () => {
    const file = saveNotebook(path.join(home, "bad #.ipynb"), [codeCell("const n: number = 's'")]);
    const { code, err } = await startCommand(["run", file, "--out", path.join(folder(), "bad")]).ended;
    expect(code).to.equal(1);
    expect(err).to.include(`${file}, code cell 1 of 1`);
  });
});
