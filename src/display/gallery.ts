import { writeFileSync } from "node:fs";
import { escapeUTF8 } from "entities";
import { examples } from "./examples/index.js";
import { styleSheet } from "./theme.js";

/** One thing that a published figure does, and how ours answers it. */
interface Point {
  readonly theirs: string;
  readonly ours: string;
}

/** Odena, Dumoulin and Olah, "Deconvolution and checkerboard artifacts", Distill 2016. */
const checkerboardPoints: readonly Point[] = [
  {
    theirs: "Overlap on one axis, with sliders for size and stride",
    ours: "The same, with each cell's overlap written out and the ratio of strongest to weakest in words",
  },
  {
    theirs: "The overlap in two dimensions",
    ours: "The pattern away from the borders, each value on pointing at it, and its spectrum, where a checkerboard is a peak",
  },
  {
    theirs: "Stacked layers, each with a size and a stride of its own, as a tree of windows",
    ours: "Up to three layers with the ratios 2, 3, 5 read off as they change; but all of one size and stride, and no tree: less here",
  },
  {
    theirs: "Weights that could cancel the overlap, in words",
    ours: "A slider for each weight: a divisible kernel turns uneven as one moves them, and the amplitude is measured",
  },
  {
    theirs: "Deconvolution and resize-convolution side by side as matrices",
    ours: "convolutionMatrix: a convolution of any size and its transpose, row by row; resize-convolution has no matrix here",
  },
  {
    theirs: "Resize-convolution as the remedy, on images from trained networks and from untrained ones",
    ours: "Divisible kernel, sub-pixel with and without ICNR, and resize-convolution, measured side by side on random weights; no trained generator comes along",
  },
  {
    theirs: "Artifacts in the gradients of strided convolutions, on a discriminator",
    ours: "data.gradient: what a strided convolution sends back, equal to one layer's overlap cell by cell",
  },
  {
    theirs: "Shown on the authors' own networks",
    ours: "checkerboard({ output }): pattern, phases and spectrum of any output of the reader's own model",
  },
];

/** Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill 2019. */
const receptiveFieldPoints: readonly Point[] = [
  {
    theirs: "Closed forms for size, stride, padding and start on a single path",
    ours: "receptiveField gives the numbers of every layer, checked against their VGG-16 (212, 32, 90); explainReceptiveField puts them into the formula",
  },
  {
    theirs: "Several paths: the largest field and the alignment of centres, in words, formulas and diagrams",
    ours: "The same for any graph, back to the input with the numbers put in; a report names the layer, the axis and each branch's stride or centre",
  },
  {
    theirs: "Dilation as a larger kernel, in words; their library does not read it (its issue 7)",
    ours: "Dilation, pooling, padding layers, upsampling and transposed layers, exact for each phase",
  },
  {
    theirs: "Diagrams of small one-dimensional networks, layer by layer",
    ours: "receptiveFieldMap: the cone of the reader's network, and each layer's box over the reader's image",
  },
  {
    theirs: "A table of well-known networks, and their accuracy on ImageNet against the size of their fields",
    ours: "The table of any network that lists its layers (networkDiagram, receptiveField); no accuracies: nothing here is measured on ImageNet",
  },
  {
    theirs: "The effective field, in words (Luo et al. 2016)",
    ours: "The effective field by gradients, drawn and measured: √(2n/3) for n uniform layers",
  },
];

/** A page of every figure, each as a notebook would show it. Needs no network. */
export function galleryPage(): string {
  const entries = examples.map(
    ({ name, title, text, make }) =>
      `<section id="${name}"><h2>${escapeUTF8(title)}</h2><p>${escapeUTF8(text)}</p>${make().toHTML()}</section>`,
  );
  const links = examples.map(({ name, title }) => `<li><a href="#${name}">${escapeUTF8(title)}</a></li>`);
  const style = [
    styleSheet("auto"),
    // The page is coloured as a figure is, but is none: it keeps its own width.
    "body.convlab{margin:0;max-width:none;background:var(--cl-surface);color:var(--cl-ink);font:16px/1.5 system-ui,sans-serif}",
    "main{max-width:860px;margin:0 auto;padding:24px 16px}section{margin:48px 0}",
    "a{color:var(--cl-input-strong)}ul{columns:2}table{border-collapse:collapse;width:100%}",
    "th,td{text-align:left;vertical-align:top;padding:6px 8px;border-top:1px solid var(--cl-line);width:50%}",
    "@media(max-width:600px){ul{columns:1}}",
  ].join("");
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>convlab: figures</title>`,
    `<meta name="viewport" content="width=device-width"><style>${style}</style></head><body class="convlab"><main>`,
    `<h1>Figures</h1><ul>${links.join("")}</ul>`,
    ...entries,
    `<section id="points"><h2>Point by point with the two Distill articles</h2>`,
    tableOf("Deconvolution and checkerboard artifacts (Odena, Dumoulin and Olah 2016)", checkerboardPoints),
    tableOf("Computing receptive fields (Araujo, Norris and Sim 2019)", receptiveFieldPoints),
    `</section></main></body></html>`,
  ].join("\n");
}

function tableOf(title: string, points: readonly Point[]): string {
  const rows = points.map(
    ({ theirs, ours }) => `<tr><td>${escapeUTF8(theirs)}</td><td>${escapeUTF8(ours)}</td></tr>`,
  );
  return `<h3>${escapeUTF8(title)}</h3><table><tr><th>The article's figures</th><th>These figures</th></tr>${rows.join("")}</table>`;
}

/** What every example costs: milliseconds to make, bytes of its HTML and of its SVG. */
export function galleryCosts(): string {
  const lines = examples.map(({ name, make }) => {
    const start = performance.now();
    const figure = make();
    const html = figure.toHTML().length;
    const took = performance.now() - start;
    return `${name.padEnd(32)}${took.toFixed(0).padStart(6)} ms${String(html).padStart(10)}${String(figure.toSVG().length).padStart(10)}`;
  });
  return [
    `${"figure".padEnd(32)}${"time".padStart(9)}${"HTML".padStart(10)}${"SVG".padStart(10)}`,
    ...lines,
  ].join("\n");
}

// `node dist/src/display/gallery.js FILE.html` writes the page and tells what each figure costs.
if (require.main === module) {
  const file = process.argv[2] ?? "gallery.html";
  writeFileSync(file, galleryPage());
  process.stdout.write(`${galleryCosts()}\n\nWrote ${file}\n`);
}
