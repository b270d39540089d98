import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { JsonObject, MimeBundle, Output } from "../../src/cli/notebook/format.js";
import { balanced } from "../../src/cli/page/balance.js";
import { notebookSummary, notebookTitle, renderPage } from "../../src/cli/page/page.js";
import { codeCell, markdownCell, notebookOf } from "./notebooks.js";

function main(html: string): string {
  return /<main[^>]*>([\s\S]*)<\/main>/.exec(html)?.[1] ?? "";
}

function markdown(source: string, file = "x.ipynb"): string {
  return main(renderPage(notebookOf([markdownCell(source)]), { file }));
}

function display(data: MimeBundle, metadata: JsonObject = {}): string {
  return outputs({ output_type: "display_data", data, metadata });
}

function outputs(...list: Output[]): string {
  const html = main(renderPage(notebookOf([codeCell("", list)]), { file: "x.ipynb" }));
  return /<div class="outputs">([\s\S]*)<\/div><\/div>/.exec(html)?.[1] ?? html;
}

describe("a notebook's page: Markdown", () => {
  it("typesets formulas and leaves money alone", () => {
    const html = markdown("Let $x_1 < 2$; it costs $5 and $6.\n\n$$\n\\frac{a}{b}\n$$");
    expect(html).to.contain('<annotation encoding="application/x-tex">x_1 &lt; 2</annotation>');
    expect(html).to.contain("it costs $5 and $6.");
    expect(html).to.match(/<div class="math-block"[^>]*><span class="katex-display">/);
  });

  it("typesets formulas whose characters mean something in Markdown", () => {
    const html = markdown("$a_i * b_j * c$ and $\\{x\\}$ and `$code$` and \\$3");
    expect(html.match(/class="katex"/g)).to.have.length(2);
    expect(html).to.not.contain("<em>");
    expect(html).to.contain("<code>$code$</code>");
    expect(html).to.contain("and $3");
  });

  it("typesets environments, in lists and quotes too, without numbers that Jupyter would not show", () => {
    const html = markdown("\\begin{align}\na &= b \\\\\n&= c\n\\end{align}\n\n- $$\n  x\n  $$\n\n> $$ y $$");
    expect(html.match(/class="math-block"/g)).to.have.length(3);
    expect(html).to.not.contain('class="tag"');
    expect(html).to.match(/<li>\s*<div class="math-block"[^>]*>/);
    expect(html).to.match(/<blockquote>\s*<div class="math-block"[^>]*>/);
  });

  it("keeps punctuation on a short formula's line, and a formula inside its link", () => {
    const html = markdown("on $(a, b)$. And [$x$](u) $y");
    expect(html).to.match(/<span class="together"><span class="katex">.*<\/span>\.<\/span> And/);
    expect(html).to.match(/<a href="u"><span class="katex">/);
    expect(html).to.contain("</a> $y");
  });

  it("shows a formula that it cannot read as it was written", () => {
    expect(markdown("$\\frac{1$")).to.match(/<code class="math-error" title="[^"]+">\\frac\{1<\/code>/);
  });

  it("inlines the fonts its formulas need and no others", () => {
    const fonts = (source: string): string[] => {
      const html = renderPage(notebookOf([markdownCell(source)]), { file: "x.ipynb" });
      return [...html.matchAll(/@font-face\{[^}]*font-family:(\w+);font-style:(\w+);font-weight:(\d+)/g)].map(
        (match) => match.slice(1).join(" "),
      );
    };
    expect(fonts("no formula")).to.deep.equal([]);
    expect(fonts("$x+1$")).to.deep.equal(["KaTeX_Main normal 400", "KaTeX_Math italic 400"]);
    expect(fonts("$\\mathbb{R}$"))
      .to.include("KaTeX_AMS normal 400")
      .and.not.include("KaTeX_Math italic 400");
    expect(fonts("$\\mathbf{y}$")).to.include("KaTeX_Main normal 700");
  });

  it("keeps HTML, and Markdown inside details", () => {
    const html = markdown("<details><summary>Hint</summary>\n\n*Look* at $x$.\n\n</details>");
    expect(html).to.contain("<details><summary>Hint</summary>");
    expect(html).to.contain("<em>Look</em>");
    expect(html).to.contain('class="katex"');
  });

  it("highlights fenced code and scrolls tables", () => {
    const html = markdown("```ts\nconst a = 1;\n```\n\n| a |\n|---|\n| 1 |");
    expect(html).to.contain('<span class="hljs-keyword">const</span>');
    expect(html).to.contain('<div class="scroll" role="region" aria-label="Table" tabindex="0"><table>');
  });

  it("puts attachments and pictures beside the notebook into the page, and names those it will not fetch", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "convlab-test-"));
    try {
      writeFileSync(path.join(folder, "my dot.svg"), "<svg/>");
      const cell = markdownCell(
        '![one](attachment:a%20b.png "T") ![two](my%20dot.svg) <img src="my dot.svg" alt="three"> ' +
          "![four](https://example.org/x.png) ![five](gone.png) ![six](//example.org/y.png)",
        { attachments: { "a b.png": { "image/png": "AAAA" } } },
      );
      const html = main(renderPage(notebookOf([cell]), { file: path.join(folder, "x.ipynb") }));
      expect(html).to.contain('<img src="data:image/png;base64,AAAA" alt="one" title="T">');
      expect(html).to.contain('<img src="data:image/svg+xml;base64,PHN2Zy8+" alt="two">');
      expect(html).to.contain('<img src="data:image/svg+xml;base64,PHN2Zy8+" alt="three">');
      expect(html).to.contain(
        '<a class="absent" href="https://example.org/x.png">four (picture on the web)</a>',
      );
      expect(html).to.contain("five (picture not found)");
      expect(html.match(/<img/g)).to.have.length(3);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("leads links between notebooks from page to page where there is one", () => {
    const html = renderPage(
      notebookOf([markdownCell("[a](02%20b.ipynb#deep) [c](other.ipynb) [w](https://x.org/y.ipynb)")]),
      {
        file: "x.ipynb",
        pageOf: (link) => (link === "02 b.ipynb" ? "02%20b.html" : undefined),
      },
    );
    expect(html).to.contain('href="02%20b.html#deep"').and.contain('href="other.ipynb"');
    expect(html).to.contain('href="https://x.org/y.ipynb"');
  });

  it("names its headings uniquely and lists them", () => {
    const source = "# Title\n\n## Same\n\n### Deep `code` $x$\n\n## Same\n\n## Größe & *mehr*";
    const html = renderPage(notebookOf([markdownCell(source)]), { file: "x.ipynb" });
    expect(html)
      .to.contain('<h2 id="same">')
      .and.contain('<h2 id="same-2">')
      .and.contain('<h2 id="große-mehr">');
    const contents = /<nav class="toc"[\s\S]*?<\/nav>/.exec(html)?.[0] ?? "";
    expect(
      [...contents.matchAll(/href="#([^"]*)"/g)].map(([, id]) => decodeURIComponent(id ?? "")),
    ).to.deep.equal(["same", "deep-code-x", "same-2", "große-mehr"]);
    expect(contents).to.contain("<code>code</code>");
    expect(contents.match(/<ol>/g)).to.have.length(2);
    expect(contents.match(/<li>/g)?.length).to.equal(contents.match(/<\/li>/g)?.length);
  });

  it("takes its title, summary and language from the notebook", () => {
    const notebook = notebookOf([markdownCell("# On *layers* & `code`\n\nFirst\nwords.\n\nMore.")], {
      lang: "fa",
    });
    expect(notebookTitle(notebook, "x.ipynb")).to.equal("On layers & code");
    expect(notebookSummary(notebook)).to.equal("First words.");
    const html = renderPage(notebook, { file: "x.ipynb" });
    expect(html).to.contain('<html lang="fa">').and.contain("<title>On layers &amp; code</title>");
    const bare = renderPage(notebookOf([codeCell("1")]), { file: "some/02-my_notes.ipynb" });
    expect(bare).to.contain('<html lang="en">').and.contain("<h1>02 my notes</h1>");
  });
});

describe("a notebook's page: cells and outputs", () => {
  it("highlights code and hides what its tags and metadata hide", () => {
    const html = main(
      renderPage(
        notebookOf([
          codeCell("const a: number = 1;", [], { execution_count: 3 }),
          codeCell("folded()", [], { metadata: { jupyter: { source_hidden: true } } }),
          codeCell("gone()", [], { metadata: { tags: ["remove-cell"] } }),
          codeCell(""),
        ]),
        { file: "x.ipynb" },
      ),
    );
    expect(html).to.contain('<span class="hljs-keyword">const</span>').and.contain('aria-label="Code 3"');
    expect(html).to.match(/<details class="folded"><summary>Show the code<\/summary>[\s\S]*folded/);
    expect(html).to.not.contain("gone");
    expect(html.match(/class="cell"/g)).to.have.length(2);
  });

  const order: [mime: string, value: string, mark: string][] = [
    ["text/html", "<i>h</i>", "<i>h</i>"],
    ["image/svg+xml", "<svg></svg>", "<svg></svg>"],
    ["image/png", "QUJD", 'src="data:image/png;base64,QUJD"'],
    ["image/jpeg", "QUJD", 'src="data:image/jpeg;base64,QUJD"'],
    ["text/latex", "$$x$$", 'class="katex-display"'],
    ["text/markdown", "**b**", "<strong>b</strong>"],
  ];
  it("shows the richest form of an output", () => {
    const data: MimeBundle = { "text/plain": "plain", "application/json": { a: 1 } };
    for (const [mime, value, mark] of order.toReversed()) {
      data[mime] = value;
      expect(display(data), mime).to.contain(mark);
    }
    expect(display({ "text/plain": "<p>", "application/json": { a: 1 } })).to.contain(
      '<details class="json" open>',
    );
    expect(display({ "text/plain": "<p>" })).to.contain("&lt;p&gt;</pre>");
    expect(display({ "application/x-unknown": "?" })).to.not.contain("?");
  });

  it("gives pictures their alternative text and size", () => {
    const html = display(
      { "image/png": "QU\nJD", "text/plain": 'Two "cats"' },
      { "image/png": { width: 20, height: 10 } },
    );
    expect(html).to.contain(
      '<img src="data:image/png;base64,QUJD" alt="Two &quot;cats&quot;" width="20" height="10">',
    );
    const svg = display({
      "image/svg+xml": '<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg></svg>',
      "text/plain": "A map",
    });
    expect(svg).to.contain('<div class="svg paper" role="img" aria-label="A map"><svg></svg></div>');
    const themed = display({ "image/svg+xml": '<svg aria-label="mine" fill="currentColor"></svg>' });
    expect(themed).to.contain('<div class="svg"><svg aria-label="mine"');
  });

  it("frames errors and shows their message once", () => {
    const error: Output = {
      output_type: "error",
      ename: "RangeError",
      evalue: "<5>",
      traceback: ["\x1b[31mRangeError\x1b[0m: <5>"],
    };
    expect(outputs(error)).to.equal(
      '<div class="error" role="group" aria-label="Error"><p><strong>RangeError</strong>: &lt;5&gt;</p></div>',
    );
    expect(outputs({ ...error, traceback: ["> 1 | a", "    | ^"] })).to.contain("&gt; 1 | a\n    | ^</pre>");
  });

  it("carries plotly.js once, only where a chart needs it, with the static picture for browsers without scripts", () => {
    const chart: Output = {
      output_type: "display_data",
      metadata: {},
      data: {
        "application/vnd.plotly.v1+json": { data: [{ y: [1, 2], name: "</script><b>" }], layout: {} },
        "image/svg+xml": "<svg></svg>",
        "text/plain": "a curve",
      },
    };
    const html = renderPage(notebookOf([codeCell("", [chart, chart])]), { file: "x.ipynb" });
    expect(html.match(/plotly\.js v\d/g)?.length ?? 0).to.be.at.least(1);
    expect(html.match(/<script>/g)).to.have.length(3);
    expect(html.match(/<script type="application\/json">/g)).to.have.length(2);
    expect(html).to.contain(
      '<div class="plotly-static"><div class="svg paper" role="img" aria-label="a curve"><svg>',
    );
    expect(html).to.not.contain("</script><b>");
    const without = renderPage(notebookOf([codeCell("1")]), { file: "x.ipynb" });
    expect(without.length).to.be.below(40_000);
    const shared = renderPage(notebookOf([codeCell("", [chart])]), { file: "x.ipynb", plotly: "plotly.js" });
    expect(shared).to.contain('<script src="plotly.js"></script>');
    expect(shared.length).to.be.below(40_000);
  });
});

describe("a cell's HTML on a page", () => {
  const cases: [given: string, shown: string][] = [
    ["<p>a<p>b<ul><li>c<li>d</ul>", "<p>a<p>b<ul><li>c<li>d</ul>"],
    ["<div><b>open", "<div><b>open</b></div>"],
    ["</div></section><i>stray</i></p>", "<i>stray</i></p>"],
    ["<div><span>crossed</div></span>", "<div><span>crossed</div>"],
    ["<table><tr><td>1", "<table><tr><td>1</table>"],
    ['<a href="x" title="a > b">c</a><br><img alt=">" src=y>', '<a href="x" title="a > b">c</a><br><img alt=">" src=y>'],
    ["<!-- never ends <b>", "<!-- never ends <b>-->"],
    ["<script>if (a < b) '</div>'", "<script>if (a < b) '</div>'</script>"],
    ["<style>a > b {}</style><textarea><div>", "<style>a > b {}</style><textarea><div></textarea>"],
    ['1 < 2 <div class="cut', '1 < 2 &lt;div class="cut'],
    ["<svg><path d='M0'/><g><circle/></svg><div/>", "<svg><path d='M0'/><g><circle/></svg><div/></div>"],
    ["<html><body class=x><p>whole page</body></html>", "<p>whole page"],
  ]; // prettier-ignore
  for (const [given, shown] of cases) {
    it(`${given} ends where it ends`, () => {
      expect(balanced(given)).to.equal(shown);
    });
  }

  it("takes no time to speak of, whatever is open", () => {
    const begin = Date.now();
    balanced(`<a ${'x="1" '.repeat(20_000)}`);
    balanced("<b>".repeat(20_000));
    balanced(`<a ${"=".repeat(20_000)}`);
    expect(Date.now() - begin).to.be.below(2000);
  });
});
