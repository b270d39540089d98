import type { Completeness } from "./messages";
import { type BoundSourceFile, typescript } from "./typescript";

/** "Unterminated template literal" and its like: the end of the text came too early. */
const unterminated = new Set([1010, 1160, 1161]);

/** Whether a console should run the text, ask for another line, or say that no further line can save it. */
export function completeness(source: string): Completeness {
  const file = typescript.createSourceFile(
    "cell.ts",
    source,
    typescript.ScriptTarget.ES2022,
    true,
  ) as BoundSourceFile;
  const end = source.trimEnd().length;
  const [first] = file.parseDiagnostics;
  if (!first) return { status: "complete", indent: "" };
  const atEnd = first.start >= end || unterminated.has(first.code);
  return atEnd ? { status: "incomplete", indent: nextIndent(source) } : { status: "invalid", indent: "" };
}

/** The last line's indentation, and two spaces more where it opens something. */
function nextIndent(source: string): string {
  const line = source.trimEnd().split("\n").at(-1) ?? "";
  const indent = /^\s*/.exec(line)?.[0] ?? "";
  return /[{([]$/.test(line) ? `${indent}  ` : indent;
}
