/**
 * The page's style sheet. System fonts only; every text colour has a contrast of at least 4.5 : 1 on its ground
 * in both themes (a test measures it in the browser).
 */
const dark = `
--paper: #15181b; --ink: #e3e4e1; --soft: #a2a8ad; --line: #31373c; --tint: #1d2125;
  --accent: #86bff0; --accent-tint: #1b2a38; --focus: #86bff0;
  --mark: #5a4a12; --control: #737b82; --bad: #ff9d94; --bad-tint: #2c1c1b; --warn: #e5b567;
  --keyword: #dd9fdc; --string: #9bd1a5; --number: #f0b07c; --comment: #9aa1a7; --title: #86bff0; --type: #7fd0de;
  --ansi-0: #c9ccc8; --ansi-1: #ff9d94; --ansi-2: #9bd1a5; --ansi-3: #e5b567; --ansi-4: #86bff0; --ansi-5: #dd9fdc;
  --ansi-6: #7fd0de; --ansi-7: #d5d7d3; --ansi-8: #a2a8ad; --ansi-9: #ffb0a8; --ansi-10: #b1dfb9; --ansi-11: #f0c987;
  --ansi-12: #a3cff5; --ansi-13: #e8b8e7; --ansi-14: #9adfea; --ansi-15: #f2f3f0;`;

const themes = `
:root {
  color-scheme: light dark;
  --serif: Charter, "Bitstream Charter", "Iowan Old Style", "Sitka Text", Cambria, "Noto Serif", "Liberation Serif", Georgia, serif;
  --sans: -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
  --paper: #fffefb; --ink: #1d2023; --soft: #5b6167; --line: #e2e1dc; --tint: #f5f4ef;
  --accent: #0a5a9c; --accent-tint: #e8f1f9; --focus: #0a5a9c;
  --mark: #ffe9a8; --control: #85898c; --bad: #a8201a; --bad-tint: #fdf0ee; --warn: #8a5a00;
  --keyword: #8b2a8a; --string: #1f6b3a; --number: #9a4a00; --comment: #626970; --title: #0a5a9c; --type: #0b6374;
  --ansi-0: #1d2023; --ansi-1: #a8201a; --ansi-2: #1f6b3a; --ansi-3: #7d5600; --ansi-4: #0a5a9c; --ansi-5: #8b2a8a;
  --ansi-6: #0b6374; --ansi-7: #6a6f75; --ansi-8: #5b6167; --ansi-9: #b3261e; --ansi-10: #1e6d2f; --ansi-11: #805800;
  --ansi-12: #1a5fb4; --ansi-13: #8f3d8f; --ansi-14: #0f6678; --ansi-15: #45494d;
}
${inDark((chosen) => `:root${chosen} { color-scheme: dark; ${dark} }`)}
:root[data-theme="light"] { color-scheme: light; }`;

/** A rule for the dark theme: where the system asks for it, and where the reader has. Paper is always light. */
function inDark(rule: (chosen: string) => string): string {
  return `@media screen and (prefers-color-scheme: dark) { ${rule(':not([data-theme="light"])')} }
@media screen { ${rule('[data-theme="dark"]')} }`;
}

const layout = `
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1.5rem; }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.125rem/1.62 var(--serif); overflow-wrap: break-word; }
@media (max-width: 40rem) { body { font-size: 1.0625rem; } .page { padding-top: 1.5rem; } }
.skip { position: absolute; left: 1rem; top: -4rem; z-index: 2; padding: .5rem 1rem; background: var(--paper); color: var(--accent);
  border: 2px solid var(--focus); border-radius: .4rem; font-family: var(--sans); }
.skip:focus { top: 1rem; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: .2rem; }
main:focus { outline: none; }
.page { max-width: 59rem; margin: 0 auto; padding: 2.5rem 1.25rem 3rem; }
main { min-width: 0; }
.toc { font: .9rem/1.45 var(--sans); }
.toc summary { font-weight: 600; cursor: pointer; padding: .2rem 0; }
.toc ol { list-style: none; margin: .3rem 0 0; padding: 0; }
.toc li li { padding-left: .9rem; }
.toc a { display: block; padding: .22rem .6rem; color: var(--soft); text-decoration: none; border-left: 2px solid var(--line); }
.toc a:hover { color: var(--accent); }
.toc a[aria-current] { color: var(--accent); border-left-color: var(--accent); }
@media (max-width: 74.99rem) {
  .toc { margin: 0 0 2rem; padding: .5rem 0; border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); }
}
@media (min-width: 75rem) {
  .page.with-toc { display: grid; grid-template-columns: 16rem minmax(0, 56.25rem); column-gap: 3.25rem; justify-content: center; max-width: none; }
  .with-toc .toc { position: sticky; top: 2rem; align-self: start; max-height: calc(100vh - 4rem); overflow-y: auto; padding: .3rem .2rem; }
  .site ~ .with-toc .toc { top: 4.6rem; max-height: calc(100vh - 6rem); }
}
.cell { margin: 1.35rem 0; }
.cell:first-child { margin-top: 0; }
.prose, .outputs .prose > :not(.math-block, .scroll) { max-width: 42rem; } .outputs .prose { max-width: none; }
.turn { display: flex; justify-content: space-between; gap: 1rem; margin-top: 3.5rem; padding-top: 1.2rem; border-top: 1px solid var(--line); font: .95rem/1.4 var(--sans); }
.turn a { text-decoration: none; max-width: 48%; }
.turn a:hover { text-decoration: underline; }
.turn .next { margin-left: auto; text-align: right; }
.turn small { display: block; color: var(--soft); font-size: .8rem; }
.colophon { margin-top: 3rem; color: var(--soft); font: .8rem/1.5 var(--sans); grid-column: -2; }`;

const prose = `
h1, h2, h3, h4, h5, h6 { font-family: var(--sans); line-height: 1.25; text-wrap: balance; margin: 2.2em 0 .6em; font-weight: 650; letter-spacing: -.011em; }
h1 { font-size: clamp(1.75rem, 1.3rem + 2vw, 2.4rem); margin-top: 0; letter-spacing: -.02em; }
h2 { font-size: 1.45rem; } h3 { font-size: 1.18rem; } h4, h5, h6 { font-size: 1rem; }
.cell > .prose > :is(h2, h3, h4):first-child { margin-top: 1.3em; }
.cell:first-child > .prose > :first-child { margin-top: 0; }
.prose > :first-child { margin-top: 0; } .prose > :last-child { margin-bottom: 0; }
p, ul, ol, dl, blockquote { margin: 0 0 1em; }
ul, ol { padding-left: 1.5em; } li + li { margin-top: .25em; }
a { color: var(--accent); text-underline-offset: .15em; text-decoration-thickness: .06em; }
a.absent { color: var(--soft); }
blockquote { margin-left: 0; padding: .1rem 0 .1rem 1.1rem; border-left: 3px solid var(--line); color: var(--soft); }
blockquote > :last-child { margin-bottom: 0; }
hr { border: 0; border-top: 1px solid var(--line); margin: 2.5rem 0; }
img, svg, video, canvas { max-width: 100%; } img { height: auto; vertical-align: middle; }
code, kbd, samp, pre { font-family: var(--mono); font-size: .82em; } pre code { font-size: inherit; }
:not(pre) > code { background: var(--tint); padding: .12em .3em; border-radius: .25em; }
.prose pre, .source { background: var(--tint); border: 1px solid var(--line); border-radius: .5rem; }
.prose pre { padding: .8rem 1rem; overflow-x: auto; line-height: 1.5; }
table { border-collapse: collapse; font: .93rem/1.45 var(--sans); font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .8rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
td[style*="right"], th[style*="right"] { white-space: nowrap; }
thead th { border-bottom: 2px solid var(--line); }
.scroll { overflow-x: auto; margin: 0 0 1em; }
.prose .scroll { max-width: 100%; }
.prose details { margin: 0 0 1em; padding: .55rem 1rem; background: var(--accent-tint); border-radius: .5rem; }
.prose details[open] > summary { margin-bottom: .5rem; }
.prose details > :last-child { margin-bottom: .2rem; }
summary { cursor: pointer; } .prose summary { font-family: var(--sans); font-size: .97rem; font-weight: 600; }
.math-block { overflow-x: auto; overflow-y: hidden; margin: 0 0 1em; padding: .15rem 0; }
td .katex { white-space: nowrap; }
.math-block > .katex-display { margin: .4em 0; }
.katex { font-size: 1.09em; }
.together { white-space: nowrap; } .math-error { color: var(--bad); }`;

const code = `
.source { position: relative; }
.source pre { margin: 0; padding: .85rem 1.1rem; overflow-x: auto; line-height: 1.55; tab-size: 2; }
.source pre:focus-visible { outline-offset: -2px; }
.count { position: absolute; right: calc(100% + .6rem); top: .95rem; color: var(--soft); font: .72rem/1.7 var(--mono); display: none; }
@media (min-width: 82rem) { .with-toc .count { display: block; } }
.copy { position: absolute; top: .4rem; right: .4rem; padding: .2rem .6rem; font: .75rem/1.5 var(--sans); color: var(--soft);
  background: var(--paper); border: 1px solid var(--line); border-radius: .35rem; cursor: pointer; opacity: 0; transition: opacity .15s; }
.source:hover .copy, .copy:focus-visible { opacity: 1; } .copy:hover { color: var(--accent); }
.folded > summary { color: var(--soft); font: .88rem/1.6 var(--sans); } .folded[open] > summary { margin-bottom: .4rem; }
.hljs-keyword, .hljs-literal, .hljs-meta, .hljs-selector-tag { color: var(--keyword); }
.hljs-string, .hljs-regexp, .hljs-quote, .hljs-subst .hljs-string { color: var(--string); }
.hljs-number, .hljs-symbol { color: var(--number); }
.hljs-comment, .hljs-doctag { color: var(--comment); font-style: italic; }
.hljs-title, .hljs-section, .hljs-name { color: var(--title); }
.hljs-built_in, .hljs-type, .hljs-attr, .hljs-attribute { color: var(--type); }
.hljs-subst, .hljs-params, .hljs-property { color: inherit; }`;

function palette(rule: (index: number) => string): string {
  return Array.from({ length: 16 }, (_, index) => rule(index)).join("");
}

// A palette colour as ground takes the page's own as its text: the pair is readable, whatever was asked for.
const outputs = `
.outputs { margin-top: .8rem; display: grid; grid-template-columns: minmax(0, 1fr); gap: .8rem; justify-items: start; } .outputs > :not(img) { width: 100%; }
.outputs pre { margin: 0; line-height: 1.5; white-space: pre; overflow: auto; max-height: 32rem; }
.stream, .plain { padding: .15rem .2rem .15rem 1.1rem; border-left: 3px solid var(--line); }
.stream.stderr { border-left-color: var(--warn); }
.html { overflow-x: auto; font-family: var(--sans); font-size: 1rem; line-height: 1.5; }
.svg { overflow-x: auto; } .svg > svg { display: block; height: auto; }
.error { padding: .8rem 1.1rem; background: var(--bad-tint); border: 1px solid var(--bad); border-left-width: 4px; border-radius: .4rem; }
.error p { margin: 0; white-space: pre-wrap; font: .95rem/1.5 var(--sans); } .error strong { color: var(--bad); }
.error pre { margin-top: .6rem; padding-top: .6rem; border-top: 1px solid color-mix(in srgb, var(--bad) 30%, transparent); }
.controls { margin: 0; font: .95rem/1.5 var(--sans); } .controls small { color: var(--soft); }
.plotly-chart { min-height: 26rem; }
.json pre { padding: .6rem 1.1rem; border-left: 3px solid var(--line); }
.json > summary { color: var(--soft); font: .88rem/1.6 var(--sans); }
${inDark(
  (
    chosen,
  ) => `:root${chosen} :is(.outputs > img, .plotly-static > img, .paper) { background: #fff; border-radius: .3rem; }
  :root${chosen} .paper { padding: .6rem; width: fit-content; max-width: 100%; color: #1d2023; color-scheme: light; }`,
)}
${palette((i) => `.ansi-fg-${i}{color:var(--ansi-${i})}`)}
${palette((i) => `.ansi-bg-${i}{background:var(--ansi-${i});color:var(--paper)}`)}
.ansi-bold { font-weight: 700; } .ansi-faint { color: var(--soft); } .ansi-italic { font-style: italic; }
.ansi-underline { text-decoration: underline; } .ansi-strike { text-decoration: line-through; }
.ansi-inverse { background: var(--ink); color: var(--paper); }`;

const book = `
html:has(.site) { scroll-padding-top: 4.5rem; }
.site { display: flex; align-items: center; gap: .5rem 1.1rem; padding: .55rem 1.25rem; font: .95rem/1.5 var(--sans);
  background: var(--paper); border-bottom: 1px solid var(--line); position: sticky; top: 0; z-index: 3; }
.site [hidden] { display: none; }
.site a { text-decoration: none; } .site a:hover { text-decoration: underline; }
.brand { font-weight: 650; color: var(--ink); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0; margin-right: auto; }
.near { display: flex; gap: .3rem; }
.near a, .theme { display: grid; place-items: center; width: 2.25rem; height: 2.25rem; border: 0; border-radius: .4rem; background: none; color: var(--soft); font-size: 1.1rem; cursor: pointer; }
.near a:hover, .theme:hover { background: var(--tint); color: var(--accent); text-decoration: none; }
.search { position: relative; flex: 0 1 22rem; }
.search input { width: 100%; padding: .4rem 2.2rem .4rem .8rem; font: inherit; color: var(--ink); background: var(--tint); border: 1px solid var(--control); border-radius: .4rem; }
.search input::placeholder { color: var(--soft); opacity: 1; }
.search input::-webkit-search-cancel-button { display: none; }
.search kbd { position: absolute; right: .5rem; top: .5rem; padding: 0 .4rem; color: var(--soft); font-size: .75rem; line-height: 1.35rem; border: 1px solid var(--line); border-radius: .25rem; pointer-events: none; }
.found { position: absolute; right: 0; top: calc(100% + .4rem); width: min(40rem, calc(100vw - 2.5rem)); max-height: min(36rem, 80vh); overflow-y: auto;
  background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; box-shadow: 0 .6rem 2rem rgb(0 0 0 / .18); }
.found p { margin: 0; padding: .6rem 1rem; color: var(--soft); font-size: .85rem; }
.found ol { list-style: none; margin: 0; padding: 0; } .found li { margin: 0; border-top: 1px solid var(--line); }
.found a { display: block; padding: .6rem 1rem; color: var(--ink); } .found a:hover, .found a:focus { background: var(--accent-tint); text-decoration: none; }
.found a:focus-visible { outline-offset: -2px; }
.found b { display: block; color: var(--accent); font-weight: 650; } .found small { color: var(--soft); } .found span { font-size: .88rem; overflow-wrap: anywhere; }
mark { background: var(--mark); color: inherit; border-radius: .15rem; }
.toc .book > li { margin: 0; } .toc .chapter { display: flex; gap: .5rem; border-left: 0; padding: .3rem .5rem; border-radius: .35rem; }
.toc .chapter .number { flex: none; min-width: 1.25em; text-align: right; font-variant-numeric: tabular-nums; }
.toc .chapter[aria-current] { color: var(--accent); font-weight: 650; background: var(--accent-tint); }
.toc .book > li > ol { margin: .3rem 0 .6rem 1.35rem; }
@media (max-width: 48rem) {
  .site { position: static; flex-wrap: wrap; padding: .5rem 1.25rem .7rem; } .brand { flex: 1 1 12rem; }
  .search { order: 1; flex: 1 1 100%; } .search kbd { display: none; } .search input { padding-right: .8rem; }
  .found { left: 0; right: auto; width: 100%; } html:has(.site) { scroll-padding-top: 1rem; }
}
.above { margin: 0 0 .3rem; color: var(--soft); font: .9rem/1.4 var(--sans); } .above + .cell { margin-top: 0; } .above + .cell > .prose > :first-child { margin-top: 0; }
.index main { max-width: 46rem; margin: 0 auto; }
.intro { font-size: 1.2rem; color: var(--soft); margin-bottom: 2.5rem; } .intro > :last-child { margin-bottom: 0; }
.chapters { list-style: none; margin: 0; padding: 0; }
.chapters li { position: relative; margin: 0; padding: 1.3rem 0; border-top: 1px solid var(--line); }
.chapters .number { position: absolute; right: calc(100% + 1rem); top: 1.25rem; color: var(--soft); font: 1.25rem/1.25 var(--sans); font-variant-numeric: tabular-nums; }
@media (max-width: 58rem) { .chapters li:has(.number) { padding-left: 2.4rem; } .chapters .number { right: auto; left: 0; } }
.chapters h2 { margin: 0 0 .35rem; font-size: 1.25rem; } .chapters h2 a { text-decoration: none; } .chapters h2 a:hover { text-decoration: underline; }
.chapters p { margin: 0; }
.chapters .failed { margin-top: .6rem; padding: .5rem .9rem; background: var(--bad-tint); border-left: 4px solid var(--bad); border-radius: .3rem; font: .92rem/1.5 var(--sans); }
.failed strong { color: var(--bad); }`;

const print = `
@media print {
  body { font-size: 10.5pt; } .page { padding-left: 0; padding-right: 0; max-width: none; }
  .skip, .site, .toc, .turn, .copy { display: none; }
  h1, h2, h3, h4 { break-after: avoid; } .source, .error, .svg, img, tr { break-inside: avoid; }
  .source pre, .outputs pre, .prose pre { white-space: pre-wrap; max-height: none; } .html, .scroll, .math-block { overflow: visible; }
  .prose a[href^="http"]::after { content: " (" attr(href) ")"; font-size: .85em; color: var(--soft); overflow-wrap: anywhere; }
}`;

export const pageStyle: string = [themes, layout, prose, code, outputs, book, print].join("\n");
