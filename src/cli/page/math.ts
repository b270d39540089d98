import { readFileSync } from "node:fs";
import path from "node:path";
import { escapeText } from "entities";
import katex from "katex";
import type MarkdownIt from "markdown-it";

/** LaTeX as HTML with MathML inside for screen readers; what KaTeX cannot read is shown as written. */
export function renderMath(latex: string, display: boolean): string {
  try {
    return katex.renderToString(unnumbered(latex), {
      displayMode: display,
      throwOnError: true,
      strict: "ignore",
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `<code class="math-error" title="${escapeText(reason).replaceAll('"', "&quot;")}">${escapeText(latex)}</code>`;
  }
}

/** Jupyter does not number equations; KaTeX would. */
function unnumbered(latex: string): string {
  return latex.replace(/\\(begin|end)\{(equation|align|gather|alignat)\}/g, "\\$1{$2*}");
}

/** `text/latex` output: `$$…$$`, `$…$`, `\[…\]` or bare LaTeX. */
export function renderLatexOutput(latex: string): string {
  const text = latex.trim();
  const inner = /^\$\$([\s\S]*)\$\$$|^\\\[([\s\S]*)\\\]$|^\$([\s\S]*)\$$/.exec(text);
  return renderMath(inner?.[1] ?? inner?.[2] ?? inner?.[3] ?? text, true);
}

/** Teaches markdown-it Jupyter's mathematics: `$…$`, `$$…$$` and `\begin{align}…\end{align}`. */
export function mathPlugin(markdown: MarkdownIt.MarkdownIt): void {
  // Before "escape", so that \( and \\ inside a formula stay LaTeX's.
  markdown.inline.ruler.before("escape", "math_inline", (state, silent) => {
    // Inside a link's text the formula has to end there too.
    const source = state.src.slice(0, state.posMax);
    const found = matchInline(source, state.pos);
    if (!found) return false;
    // A line may end between a formula and a word, but not between it and its punctuation. A long formula must be
    // free to break, so it takes none along.
    const short = !found.display && found.latex.length <= 30;
    const after = (short ? /^[.,;:!?)’”%]+/.exec(source.slice(found.end))?.[0] : undefined) ?? "";
    if (!silent) {
      const token = state.push(found.display ? "math_display" : "math_inline", "math", 0);
      token.content = found.latex;
      token.info = after;
    }
    state.pos = found.end + after.length;
    return true;
  });
  markdown.block.ruler.before(
    "fence",
    "math_block",
    (state, startLine, endLine, silent) => {
      const start = (state.bMarks[startLine] ?? 0) + (state.tShift[startLine] ?? 0);
      if ((state.sCount[startLine] ?? 0) - state.blkIndent >= 4) return false;
      const block = matchBlock(state.src.slice(start, state.eMarks[endLine - 1]));
      if (!block) return false;
      if (silent) return true;
      const lines = block.length.split("\n").length;
      const token = state.push("math_block", "math", 0);
      token.block = true;
      // Inside a quote or a list each line still carries its mark.
      const contents = state.getLines(startLine, startLine + lines, state.blkIndent, false).trim();
      token.content = matchBlock(contents)?.latex ?? block.latex;
      token.map = [startLine, startLine + lines];
      state.line = startLine + lines;
      return true;
    },
    { alt: ["paragraph", "reference", "blockquote", "list"] },
  );
  markdown.renderer.rules.math_inline = (tokens, index) => {
    const token = tokens[index];
    const info = token?.info ?? "";
    const html = renderMath(token?.content ?? "", false);
    return info === "" ? html : `<span class="together">${html}${escapeText(info)}</span>`;
  };
  markdown.renderer.rules.math_display = (tokens, index) => renderMath(tokens[index]?.content ?? "", true);
  markdown.renderer.rules.math_block = (tokens, index) =>
    `<div class="math-block" role="region" aria-label="Formula" tabindex="0">${renderMath(tokens[index]?.content ?? "", true)}</div>\n`;
}

interface InlineMath {
  latex: string;
  display: boolean;
  end: number;
}

/** Pandoc's rule: no space inside the dollars and no digit after, so that "$5 and $6" stays money. */
function matchInline(source: string, start: number): InlineMath | undefined {
  if (source[start] === "\\" && source.startsWith("\\begin{", start)) {
    const environment = /^\\begin\{([a-z]+\*?)\}[\s\S]*?\\end\{\1\}/.exec(source.slice(start));
    return environment
      ? { latex: environment[0], display: true, end: start + environment[0].length }
      : undefined;
  }
  if (source[start] !== "$") return undefined;
  const rest = source.slice(start);
  const display = /^\$\$((?:[^$\\]|\\[\s\S])+?)\$\$/.exec(rest);
  if (display) return { latex: display[1] ?? "", display: true, end: start + display[0].length };
  const inline = /^\$(?![\s$])((?:[^$\\]|\\[\s\S])*?[^\s$\\]|(?:[^$\\]|\\[\s\S])*?\\\S)\$(?!\d)/.exec(rest);
  return inline ? { latex: inline[1] ?? "", display: false, end: start + inline[0].length } : undefined;
}

/** A paragraph that is one formula: `$$` at its start, `$$` at a line's end. */
function matchBlock(source: string): { latex: string; length: string } | undefined {
  const dollars = /^\$\$((?:[^$\\]|\\[\s\S])+?)\$\$[ \t]*(?=\n|$)/.exec(source);
  if (dollars && !/\n\s*\n/.test(dollars[0])) return { latex: dollars[1] ?? "", length: dollars[0] };
  const environment = /^\\begin\{([a-z]+\*?)\}[\s\S]*?\\end\{\1\}[ \t]*(?=\n|$)/.exec(source);
  return environment ? { latex: environment[0], length: environment[0] } : undefined;
}

const katexFolder = path.dirname(require.resolve("katex"));

/**
 * KaTeX's style sheet with the fonts that this HTML uses inlined, and no others; empty where there is no formula.
 * A font is used when a class that KaTeX's own sheet gives that family occurs in the HTML.
 */
export function mathStyle(html: string): string {
  if (!html.includes('class="katex')) return "";
  const sheet = readFileSync(path.join(katexFolder, "katex.min.css"), "utf8");
  const classes = new Set<string>();
  for (const attribute of html.matchAll(/class="([^"]*)"/g)) {
    for (const name of (attribute[1] ?? "").split(/\s+/)) classes.add(name);
  }
  const rules = sheet.replace(/@font-face\{[^}]*\}/g, "");
  const faces = new Set(["KaTeX_Main normal 400"]);
  const families = new Set(["KaTeX_Main"]);
  // \textbf and \textit change whatever family they stand in.
  const loose = { bold: false, italic: false };
  for (const [, selectors = "", body = ""] of rules.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
    const applies = selectors.split(",").some((selector) => {
      const names = [...selector.matchAll(/\.([\w-]+)/g)].map((match) => match[1] ?? "");
      return names.length > 0 && names.every((name) => classes.has(name));
    });
    if (!applies) continue;
    const family = /font(?:-family)?:[^;}]*\b(KaTeX_\w+)/.exec(body)?.[1];
    const bold = /font-weight:(?:700|bold)/.test(body);
    const italic = /font-style:italic/.test(body);
    if (family === undefined) {
      loose.bold ||= bold;
      loose.italic ||= italic;
    } else {
      families.add(family);
      faces.add(`${family} ${italic ? "italic" : "normal"} ${bold ? 700 : 400}`);
    }
  }
  const styles = [...sheet.matchAll(/@font-face\{([^}]*)\}/g)].flatMap(([, body = ""]) => {
    const [family = "", style = "", weight = ""] = ["family", "style", "weight"].map(
      (name) => new RegExp(`font-${name}:"?([^;"]+)`).exec(body)?.[1],
    );
    const wanted =
      faces.has(`${family} ${style} ${weight}`) ||
      (families.has(family) && (weight === "400" || loose.bold) && (style === "normal" || loose.italic));
    const file = /url\(fonts\/([^)]+\.woff2)\)/.exec(body)?.[1];
    if (!wanted || file === undefined) return [];
    const data = readFileSync(path.join(katexFolder, "fonts", file)).toString("base64");
    return [
      `@font-face{${body.replace(/src:.*$/, `src:url(data:font/woff2;base64,${data}) format("woff2")`)}}`,
    ];
  });
  return styles.join("") + rules;
}
