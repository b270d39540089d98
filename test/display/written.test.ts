import { expect } from "chai";
import { displaySymbol } from "../../src/display/figure.js";
import { html, markdown, svg } from "../../src/index.js";

describe("texts in another language", () => {
  it("show as what they are, with the source as text", () => {
    const shown = [html("<b>x</b>"), svg("<svg/>"), markdown("**x**")].map((value) => value[displaySymbol]());
    expect(shown).to.deep.equal([
      { "text/html": "<b>x</b>", "text/plain": "<b>x</b>" },
      { "image/svg+xml": "<svg/>", "text/plain": "<svg/>" },
      { "text/markdown": "**x**", "text/plain": "**x**" },
    ]);
  });
});
