import { expect } from "chai";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { runCommand } from "../cli/command.js";
import { markdownCell, saveNotebook, temporaryFolder } from "../cli/notebooks.js";

describe("a book that is built again", () => {
  const temporary = temporaryFolder();
  const source = (name: string): string => path.join(temporary(), "source", name);
  const page = (name: string): string => path.join(temporary(), "pages", name);
  const build = async (): Promise<void> => {
    const { code, err } = await runCommand(
      "book",
      path.dirname(source("x")),
      "--out",
      path.dirname(page("x")),
    );
    expect(code, err).to.equal(0);
  };
  const shown = (): string[] => readdirSync(path.dirname(page("x"))).filter((name) => !name.startsWith("."));

  before(async () => {
    mkdirSync(path.dirname(source("x")));
    for (const name of ["01-stay", "02-go", "03-edited"]) {
      saveNotebook(source(`${name}.ipynb`), [markdownCell(`# ${name}`)]);
    }
    mkdirSync(path.dirname(page("x")));
    // Somebody's own, with a name that a notebook's page could have.
    writeFileSync(page("00-own.html"), "mine");
    await build();
    expect(shown()).to.have.members([
      ...["00-own.html", "01-stay.html", "02-go.html", "03-edited.html", "index.html", "search-index.js"],
    ]);
  });

  it("has no page of a notebook that was renamed, and keeps what others wrote or changed", async () => {
    renameSync(source("02-go.ipynb"), source("02-come.ipynb"));
    renameSync(source("03-edited.ipynb"), source("04-edited.ipynb"));
    writeFileSync(page("03-edited.html"), "annotated by hand");
    await build();
    expect(shown()).to.have.members([
      ...["00-own.html", "01-stay.html", "02-come.html", "03-edited.html", "04-edited.html"],
      ...["index.html", "search-index.js"],
    ]);
    expect(readFileSync(page("00-own.html"), "utf8")).to.equal("mine");
    expect(readFileSync(page("03-edited.html"), "utf8")).to.equal("annotated by hand");
    expect(readFileSync(page("index.html"), "utf8")).not.to.match(/(02-go|03-edited)\.html/);
  });

  it("removes nothing outside its folder, whatever its list of files says", async () => {
    const outside = path.join(temporary(), "outside.html");
    writeFileSync(outside, "");
    // The digest of an empty file.
    const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const list = { "../outside.html": empty, [outside]: empty };
    writeFileSync(page(".convlab-book.json"), JSON.stringify(list));
    await build();
    expect(existsSync(outside)).to.equal(true);
    writeFileSync(page(".convlab-book.json"), "not JSON");
    await build();
    expect(shown()).to.include("01-stay.html");
  });
});
