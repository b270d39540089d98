import { displaySymbol, type MimeBundle } from "./figure.js";

/** Text in a language that a front-end can show. */
export interface Written {
  /** The text as it was given. */
  readonly source: string;
  [displaySymbol](): MimeBundle;
}

/**
 * Shows a text as HTML.
 *
 * @param source the markup; it is shown as it is, so do not put a stranger's text into it unescaped
 * @example
 * html("<b>bold</b>");
 */
export function html(source: string): Written {
  return written("text/html", source);
}

/**
 * Shows a text as an SVG picture.
 *
 * @param source the whole `<svg>` element
 * @example
 * svg('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><circle cx="4" cy="4" r="4"/></svg>');
 */
export function svg(source: string): Written {
  return written("image/svg+xml", source);
}

/**
 * Shows a text as Markdown, with formulas between dollar signs.
 *
 * @example
 * markdown("The output has **3 × 3** cells: $o = i - k + 1$.");
 */
export function markdown(source: string): Written {
  return written("text/markdown", source);
}

function written(mime: string, source: string): Written {
  return { source, [displaySymbol]: () => ({ [mime]: source, "text/plain": source }) };
}
