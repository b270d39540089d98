/** One notebook with every kind of content that a page has to show. */
import type { Notebook, Output } from "../../src/cli/notebook/format.js";
import { codeCell, markdownCell, notebookOf } from "./notebooks.js";

const pixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const drawing = (colour: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="60" viewBox="0 0 320 60"><rect x="2" y="2" width="316" height="56" fill="none" stroke="${colour}"/></svg>`;

const show = (data: Record<string, string>): Output => ({ output_type: "display_data", data, metadata: {} });

const text = `# From dense layers to convolution

A layer that looks at all pixels at once knows nothing of neighbourhoods. Let $x \\in \\mathbb{R}^{32\\times 32\\times 3}$:

$$
\\underbrace{\\mathbf{W}}_{\\text{weights}} \\mathbf{x} + \\mathbf{b} = \\left\\lfloor \\frac{i + 2p - k}{s} \\right\\rfloor,
\\quad \\mathcal{L} = -\\sum_i \\boldsymbol{\\beta}_i \\log \\mathsf{p}_i + \\texttt{code} + \\textbf{bold \\textit{both}} + \\mathfrak{g} + \\Bigg( \\sqrt{\\int} \\Bigg)
$$

<details><summary>Hint</summary>

Look at the *diagonal*: $a_{11}$.

</details>`;

const table = `## Counting weights

| layer | input | weights | multiplications | needed for the same output by a dense layer |
|---|---|---:|---:|---:|
| 5×5 convolution, 6 filters | 32×32×3 | 450 | 352 800 | 14 450 688 |

> *The same weights everywhere*, see [elsewhere](https://example.org) and \`conv2d\`.

![A dot](attachment:dot.png) ![A cat](https://example.org/cat.png)

### Deeper

\`\`\`ts
const long: string = "wide enough to scroll in a narrow window, and certainly on a telephone of any make";
\`\`\``;

const source = `import { conv2d, tensor } from "convlab";

/** The worked example. */
const image = tensor([[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]);
class Shape<T> { static readonly size: number = 5; }
await conv2d(image, /x+/, { stride: 1, padding: \`\${"same"}\` }); // done`;

const terminal = Array.from({ length: 16 }, (_, i) => {
  const base = i < 8 ? 30 + i : 82 + i;
  return `\x1b[${base}mcolour ${i}\x1b[0m \x1b[${base + 10}mground ${i}\x1b[0m \x1b[37;${base + 10}mboth\x1b[0m`;
}).join("\n");

export function sampleNotebook(): Notebook {
  const chart: Output = {
    output_type: "display_data",
    metadata: {},
    data: {
      "application/vnd.plotly.v1+json": {
        data: [{ y: [3, 2, 1], name: "</script>" }],
        layout: { title: { text: "Loss" } },
      },
      "image/svg+xml": drawing("currentColor"),
      "text/plain": "a falling curve",
    },
  };
  return notebookOf([
    markdownCell(text),
    markdownCell(table, { attachments: { "dot.png": { "image/png": pixel } } }),
    codeCell(source, [{ output_type: "stream", name: "stdout", text: "shape 3,3\n" }], {
      execution_count: 1,
    }),
    codeCell("figures", [
      show({ "image/svg+xml": drawing("currentColor"), "text/plain": "a drawing" }),
      show({ "image/svg+xml": drawing("#000"), "text/plain": "a drawing for paper" }),
      show({ "image/png": pixel, "text/plain": "a dot" }),
      show({ "text/html": `<table><tr>${"<td>12.345</td>".repeat(30)}</tr></table>`, "text/plain": "table" }),
      show({ "text/latex": "$$\\frac{1}{2}$$", "text/plain": "1/2" }),
      show({ "text/markdown": "**bold**", "text/plain": "bold" }),
      {
        output_type: "display_data",
        data: { "application/json": { a: [1, "two", null, true] } },
        metadata: {},
      },
      {
        output_type: "execute_result",
        data: { "text/plain": "Tensor [3]" },
        metadata: {},
        execution_count: 2,
      },
    ]),
    markdownCell("## Messages\n\nWhat a program says."),
    codeCell("colours", [
      {
        output_type: "stream",
        name: "stderr",
        text: `${terminal}\n\x1b[38;5;226mpale\x1b[0m \x1b[38;2;20;20;20mdark\x1b[0m \x1b[48;5;21mblue\x1b[0m \x1b[2mfaint\x1b[0m \x1b[7minverse\x1b[0m`,
      },
      {
        output_type: "error",
        ename: "TypeError",
        evalue: "no <b>way</b>",
        traceback: ["> 1 | colours", "    | ^"],
      },
    ]),
    codeCell("hidden()", [chart], { metadata: { jupyter: { source_hidden: true } } }),
  ]);
}
