/** A formula with its numbers put in; in a notebook it displays as LaTeX. */
export interface Explanation {
  readonly text: string;
  /** Without dollar signs. */
  readonly latex: string;
  /** Displays the formula: `text/plain` and `text/latex`. */
  toBundle(): ExplanationBundle;
}

export interface ExplanationBundle {
  readonly "text/plain": string;
  readonly "text/latex": string;
}

// Arithmetic stands before display: it follows Jupyter's convention without importing the figures.
const displaySymbol = Symbol.for("Jupyter.display");

/** Makes an explanation that displays itself. */
export function explanation(text: string, latex: string): Explanation {
  const toBundle = (): ExplanationBundle => ({ "text/plain": text, "text/latex": `$$${latex}$$` });
  return { text, latex, toBundle, [displaySymbol]: toBundle } as Explanation;
}
