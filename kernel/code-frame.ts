/** A place in a text, quoted with its neighbours: how errors of types and errors of running both point at a cell. */

export interface Place {
  /** Both count from 1. */
  line: number;
  column: number;
  /** How many characters to underline; 1 where only a point is known. */
  length?: number;
}

const context = 2;

/** The lines around `place`, numbered, the one in question marked and underlined. */
export function codeFrame(text: string, place: Place): string[] {
  const lines = text.split("\n");
  const from = Math.max(1, place.line - context);
  const to = Math.min(lines.length, place.line + context);
  const width = String(to).length;
  const frame: string[] = [];
  for (let number = from; number <= to; number++) {
    const marked = number === place.line;
    const line = lines[number - 1];
    frame.push(`${marked ? ">" : " "} ${String(number).padStart(width)} | ${line}`.trimEnd());
    if (!marked) continue;
    const before = line.slice(0, place.column - 1).replace(/[^\t]/g, " ");
    const marks = "^".repeat(Math.max(1, Math.min(place.length ?? 1, line.length - place.column + 1)));
    frame.push(`  ${" ".repeat(width)} | ${before}${marks}`);
  }
  return frame;
}
