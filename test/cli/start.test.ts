import { expect } from "chai";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { runCommand, startCommand } from "./command.js";
import { codeCell, markdownCell, saveNotebook, temporaryFolder } from "./notebooks.js";

describe("convlab start", function () {
  this.timeout(90_000);
  const folder = temporaryFolder();

  it("serves the pages and an index that names what failed, until it is told to end", async () => {
    const notebooks = path.join(folder(), "my notebooks");
    const temporary = path.join(folder(), "tmp");
    mkdirSync(notebooks);
    mkdirSync(temporary);
    saveNotebook(path.join(notebooks, "2-second.ipynb"), [
      markdownCell("# Second\n\nIts summary."),
      codeCell("6 * 7"),
    ]);
    saveNotebook(path.join(notebooks, "10-third.ipynb"), [
      markdownCell("# Third"),
      codeCell("throw new RangeError('<broken>')"),
    ]);
    saveNotebook(path.join(notebooks, "1-first.ipynb"), [
      markdownCell("# First\n\nSee [the next](2-second.ipynb)."),
    ]);
    writeFileSync(path.join(notebooks, "11-no-notebook.ipynb"), "{");
    const env = { TMPDIR: temporary };
    const command = startCommand(["start", notebooks, "--no-browser", "--jobs", "2"], { env });
    const [, url = ""] = await command.prints(/^convlab is ready: (http:\/\/127\.0\.0\.1:\d+\/)$/m);
    const get = async (page: string): Promise<string> => (await fetch(url + page)).text();

    const index = await get("");
    expect(index).to.contain("<h1>my notebooks</h1>").and.contain("<p>Its summary.</p>");
    expect(
      [...index.matchAll(/<h2>(?:<a href="([^"]+)">)?([^<]+)/g)].map(([, href, title]) => [title, href]),
    ).to.deep.equal([
      ["First", "1-first.html"],
      ["Second", "2-second.html"],
      ["Third", "10-third.html"],
      ["11-no-notebook.ipynb", undefined],
    ]);
    expect(index).to.contain("RangeError: &lt;broken&gt;").and.contain("it is not JSON");
    expect(index).to.contain('<span class="number">10</span>');
    expect(await get("1-first.html"))
      .to.contain('<a href="2-second.html">the next</a>')
      .and.contain('rel="next"');
    const second = await get("2-second.html");
    expect(second).to.contain(">42</pre>").and.contain('rel="prev" href="1-first.html"');
    expect(await get("10-third.html")).to.contain('<div class="error"');

    command.process.kill("SIGTERM");
    const { code, err } = await command.ended;
    expect(code).to.equal(0);
    expect(err).to.contain("RangeError: <broken>");
    expect(readdirSync(temporary)).to.deep.equal([]);
  });

  it("says that a folder is missing or holds no notebook", async () => {
    const empty = path.join(folder(), "empty");
    mkdirSync(empty);
    expect(await runCommand("start", empty)).to.deep.equal({
      code: 3,
      out: "",
      err: `convlab: ${empty} holds no notebook (*.ipynb).\n`,
    });
    const { err } = await runCommand("lab", path.join(folder(), "gone"));
    expect(err).to.equal(`convlab: ${path.join(folder(), "gone")} is not a folder.\n`);
  });
});
