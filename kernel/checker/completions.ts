import type ts from "typescript";
import type { Completions } from "./messages";
import { type BoundSourceFile, internals, neverCancelled, typescript } from "./typescript";

/**
 * What TypeScript would offer at `offset`, narrowed to what the reader has begun to type.
 * Keywords come last; names that start with two underscores are the engine's.
 */
export function completionsAt(
  program: ts.Program,
  file: BoundSourceFile,
  source: string,
  offset: number,
): Completions {
  const start = wordStart(source, offset);
  const end = offset + (/^[\w$]*/.exec(source.slice(offset))?.[0].length ?? 0);
  const info = internals.Completions.getCompletionsAtPosition(
    {},
    program,
    () => undefined,
    file,
    offset,
    {},
    undefined,
    1,
    neverCancelled,
  );
  const prefix = source.slice(start, offset);
  const entries = (info?.entries ?? [])
    .filter(
      ({ name }) =>
        name.toLowerCase().startsWith(prefix.toLowerCase()) &&
        !(name.startsWith("__") && !prefix.startsWith("_")),
    )
    .filter(({ kind }) => kind !== typescript.ScriptElementKind.warning);
  // Exact case first, then TypeScript's own order, keywords last.
  const rank = (entry: ts.CompletionEntry): string =>
    `${entry.kind === typescript.ScriptElementKind.keyword ? "1" : "0"}${entry.name.startsWith(prefix) ? "0" : "1"}${entry.sortText}`;
  entries.sort((a, b) => compare(rank(a), rank(b)) || compare(a.name, b.name));
  return { start, end, items: entries.map(({ name, kind }) => ({ text: name, kind })) };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function wordStart(source: string, offset: number): number {
  const word = /[\p{ID_Continue}$]*$/u.exec(source.slice(0, offset));
  return offset - (word?.[0].length ?? 0);
}
