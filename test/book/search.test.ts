import { expect } from "chai";
import { runInNewContext } from "node:vm";
import { searchEntries, searchScript } from "../../src/cli/book/search-index.js";
import { type Found, findSections } from "../../src/cli/page/search-client.js";
import { codeCell, markdownCell, notebookOf } from "../cli/notebooks.js";

const notebook = notebookOf([
  markdownCell("# Padding\n\nA rim of *zeros* around the picture."),
  markdownCell(
    "## Half padding\n\nIt keeps the size: $o = \\lfloor i/2 \\rfloor \\times 2$. Due to **Géron**, naïvely put.",
  ),
  codeCell('console.log("four " + "rims")', [{ output_type: "stream", name: "stdout", text: "four rims\n" }]),
  markdownCell(
    "## Tags <b>in</b> a heading\n\nWrite `<script>` & `a < b`.\n\n### Half padding\n\nAgain, zeros.",
  ),
  markdownCell("Kept out of the book: quince.", { metadata: { tags: ["remove-cell"] } }),
  codeCell("fail()", [
    { output_type: "error", ename: "RangeError", evalue: "too \u001b[31mlarge", traceback: ["quince"] },
  ]),
]);
const entries = searchEntries(notebook, { href: "04.html", chapter: "4 Padding" });

const find = (query: string): Found[] => findSections(entries, query);
const headings = (query: string): string[] => find(query).map(({ entry }) => entry.heading);
const marked = (query: string): string[] =>
  find(query).flatMap(({ context }) => context.flatMap(([text, mark]) => (mark ? [text] : [])));
const contextOf = (query: string): string =>
  find(query)[0]
    ?.context.map(([text]) => text)
    .join("") ?? "";

describe("the book's index", () => {
  it("has an entry for each section, by its anchor, and one for what stands before the first", () => {
    expect(entries.map(({ href, heading }) => [href, heading])).to.deep.equal([
      ["04.html", "4 Padding"],
      ["04.html#half-padding", "Half padding"],
      ["04.html#tags-in-a-heading", "Tags in a heading"],
      ["04.html#half-padding-2", "Half padding"],
    ]);
  });

  it("holds prose, code, printed text, formulas and errors, and no markup", () => {
    expect(entries[0]?.text).to.equal("A rim of zeros around the picture.");
    expect(entries[1]?.text).to.include("keeps the size: o = ⌊i/2");
    expect(entries[1]?.text).to.include('console.log("four " + "rims")').and.to.include("four rims");
    expect(entries[2]?.text).to.equal("Write <script> & a < b.");
    expect(entries[3]?.text).to.include("RangeError");
    expect(JSON.stringify(entries)).not.to.match(/quince|\*\*|\*zeros|\\u001b/);
  });

  it("is a script that gives the entries back", () => {
    const world: { convlabSearch?: unknown } = {};
    runInNewContext(searchScript(entries), { window: world });
    expect(JSON.stringify(world.convlabSearch)).to.equal(JSON.stringify(entries));
  });
});

describe("the book's search", () => {
  it("finds a word, a part of a word, and whatever the case", () => {
    expect(headings("zeros")).to.deep.equal(["4 Padding", "Half padding"]);
    expect(headings("ZEROS")).to.deep.equal(headings("zeros"));
    expect(headings("ictur")).to.deep.equal(["4 Padding"]);
    expect(marked("ictur")).to.deep.equal(["ictur"]);
  });

  it("wants every one of several words, in any order and place", () => {
    expect(headings("zeros rim")).to.deep.equal(["4 Padding"]);
    expect(headings("  rim \t zeros ")).to.deep.equal(["4 Padding"]);
    expect(headings("half zeros")).to.deep.equal(["Half padding"]);
    expect(headings("rim quagga")).to.deep.equal([]);
    expect(marked("rim zeros")).to.deep.equal(["rim", "zeros"]);
  });

  it("puts the section first whose heading holds the word", () => {
    expect(headings("tags")).to.deep.equal(["Tags in a heading"]);
    expect(headings("half").length).to.equal(2);
    const prose = { href: "a", chapter: "1", heading: "Other", text: "stride ".repeat(9) };
    const titled = { href: "b", chapter: "1", heading: "Stride", text: "windows" };
    expect(findSections([prose, titled], "stride").map(({ entry }) => entry.href)).to.deep.equal(["b", "a"]);
  });

  it("finds nothing for what is not there, and for no word at all", () => {
    for (const query of ["quagga", "quince", "", "   "]) expect(find(query), query).to.deep.equal([]);
  });

  it("takes accents for their letters, and marks the word as it is written", () => {
    for (const query of ["geron", "GÉRON", "Ge\u0301ron"]) {
      expect(headings(query), query).to.deep.equal(["Half padding"]);
      expect(marked(query), query).to.deep.equal(["Géron"]);
    }
    expect(marked("naive")).to.deep.equal(["naïve"]);
  });

  it("takes markup and signs of patterns in the query for what they are", () => {
    expect(headings("<script>")).to.deep.equal(["Tags in a heading"]);
    expect(contextOf("<script>")).to.equal("Write <script> & a < b.");
    expect(marked("<script>")).to.deep.equal(["<script>"]);
    for (const query of ["<b>", ".*", "[a-z]+", "(", "\\", "$&", "__proto__"]) {
      expect(() => find(query), query).not.to.throw();
      expect(headings(query), query).to.deep.equal(query === "(" ? ["Half padding", "Half padding"] : []);
    }
  });

  it("shows some words around the first place, all of them where the text is short", () => {
    const text = `${"before ".repeat(60)}needle ${"after ".repeat(60)}`;
    const [found] = findSections([{ href: "x", chapter: "c", heading: "h", text }], "needle");
    const shown = found?.context.map(([part]) => part).join("") ?? "";
    expect(shown).to.match(/^… before .*needle after.* …$/);
    expect(shown.length).to.be.below(200);
    expect(contextOf("picture")).to.equal("A rim of zeros around the picture.");
  });
});
