import { expect } from "chai";
import { ansiToHtml, stripAnsi } from "../../src/cli/page/ansi.js";

describe("terminal output as HTML", () => {
  const cases: [title: string, text: string, html: string][] = [
    ["escapes HTML", '<b> & "x"', '&lt;b&gt; &amp; "x"'],
    ["colours", "\x1b[31mred\x1b[0m plain", '<span class="ansi-fg-1">red</span> plain'],
    ["bright colours and grounds", "\x1b[92;101mx\x1b[m", '<span class="ansi-bg-9 ansi-fg-10">x</span>'],
    [
      "weights that end singly",
      "\x1b[1;3ma\x1b[22mb\x1b[23mc",
      '<span class="ansi-bold ansi-italic">a</span><span class="ansi-italic">b</span>c',
    ],
    [
      "the palette of 256",
      "\x1b[38;5;9ma\x1b[38;5;244mb",
      '<span class="ansi-fg-9">a</span><span style="color:color-mix(in oklab,rgb(128 128 128) 40%,var(--ink))">b</span>',
    ],
    [
      "true colour grounds with readable text",
      "\x1b[48;2;255;255;0mx\x1b[49m",
      '<span style="background:rgb(255 255 0);color:#000">x</span>',
    ],
    [
      "nothing but the last state of a progress line",
      "10%\r50%\r\x1b[32m100%\x1b[0m\nend",
      '<span class="ansi-fg-2">100%</span>\nend',
    ],
    ["a carriage return before a line end", "a\r\nb", "a\nb"],
    ["backspaces", "abc\b\bX", "aX"],
    ["no other control sequence", "\x1b]8;;http://x\x07link\x1b]8;;\x07\x1b[2K\x1b[?25l\x07", "link"],
    ["a sequence that is cut off", "a\x1b[3", "a[3"],
  ];
  for (const [title, text, html] of cases) {
    it(`shows ${title}`, () => expect(ansiToHtml(text)).to.equal(html));
  }

  it("is plain text without its sequences", () => {
    expect(stripAnsi("\x1b[1mTypeError\x1b[0m: x\r\n")).to.equal("TypeError: x\n");
  });
});
