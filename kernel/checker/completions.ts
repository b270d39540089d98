import type ts from "typescript";
import { namesModule } from "./imports";
import type { Completions } from "./messages";
import { type BoundSourceFile, internals, isOfEarlierCell, neverCancelled, typescript } from "./typescript";
import type { OpenCell } from "./workspace";

/**
 * What TypeScript would offer at `offset`, narrowed to what the reader has begun to type.
 * Keywords come last; names that start with two underscores are the engine's.
 */
export function completionsAt(cell: OpenCell, source: string, offset: number): Completions {
  const info = offered(cell, source.slice(wordStart(source, offset), offset), offset);
  const [first] = info?.entries ?? [];
  const start = first?.replacementSpan?.start ?? wordStart(source, offset);
  const end = offset + (/^[\w$]*/.exec(source.slice(offset))?.[0].length ?? 0);
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
  const items = entries.map(({ name, kind }) => ({ text: name, kind }));
  const untyped = untypedBefore(cell, offset);
  return { start, end, prefix, items, ...(untyped && { untyped }) };
}

function offered(cell: OpenCell, prefix: string, offset: number): ts.CompletionInfo | undefined {
  const { file } = cell;
  const program = narrowed(cell.program, prefix);
  const complete = (): ts.CompletionInfo | undefined =>
    internals.Completions.getCompletionsAtPosition(
      cell.host,
      program,
      () => undefined,
      file,
      offset,
      {},
      undefined,
      typescript.CompletionTriggerKind.Invoked,
      neverCancelled,
    );
  if (!isModuleName(file, offset)) return complete();
  // Paths are looked up from where the file is: for a moment that is the notebook's folder.
  const { path } = file;
  file.path = `${cell.folder}/__cell__.ts`;
  try {
    const info = complete();
    return info && { ...info, entries: [...info.entries, ...modulesBesides(cell, info, offset)] };
  } finally {
    file.path = path;
  }
}

/**
 * The program with a checker that knows only names that begin with `prefix`: TypeScript finds out of every name that it
 * offers what kind of thing it is, which for all the names in scope takes longer than everything else.
 */
function narrowed(program: ts.Program, prefix: string): ts.Program {
  if (prefix === "") return program;
  const start = prefix.toLowerCase();
  const fits = (symbol: ts.Symbol): boolean => symbol.name.toLowerCase().startsWith(start);
  const checker = program.getTypeChecker() as CompletionChecker;
  const view: CompletionChecker = {
    ...checker,
    getSymbolsInScope: (node, meaning) => checker.getSymbolsInScope(node, meaning).filter(fits),
    isValidPropertyAccessForCompletions: (node, type, property) =>
      fits(property) && checker.isValidPropertyAccessForCompletions(node, type, property),
  };
  return { ...program, getTypeChecker: () => view };
}

/** The checker with what completions ask it beside what is public. */
interface CompletionChecker extends ts.TypeChecker {
  isValidPropertyAccessForCompletions(node: ts.Node, type: ts.Type, property: ts.Symbol): boolean;
}

function isModuleName(file: BoundSourceFile, offset: number): boolean {
  const node = internals.getTouchingPropertyName(file, offset - 1);
  return namesModule(node);
}

/** Modules that every cell can import and TypeScript does not see from the notebook's folder. */
function modulesBesides(cell: OpenCell, info: ts.CompletionInfo, offset: number): ts.CompletionEntry[] {
  const node = internals.getTouchingPropertyName(cell.file, offset - 1);
  if (!typescript.isStringLiteralLike(node) || /^[./#]|\//.test(node.text)) return [];
  const known = new Set(info.entries.map(({ name }) => name));
  const start = node.getStart(cell.file) + 1;
  return cell
    .otherModules()
    .filter((name) => !known.has(name))
    .map((name) => ({
      name,
      kind: typescript.ScriptElementKind.externalModuleName,
      sortText: "11",
      replacementSpan: { start, length: node.text.length },
    }));
}

/**
 * Where the dot at `offset` follows something of which types say nothing: the names and properties that lead to it, as
 * far as an earlier cell has made it. Its members can be looked up where the cells run.
 */
function untypedBefore({ program, file }: OpenCell, offset: number): string[] | undefined {
  const token = internals.findPrecedingToken(offset, file);
  const access =
    token &&
    (token.kind === typescript.SyntaxKind.DotToken || typescript.isIdentifier(token)
      ? token.parent
      : undefined);
  if (!access || !typescript.isPropertyAccessExpression(access) || access.expression === token)
    return undefined;
  const checker = program.getTypeChecker();
  if (!(checker.getTypeAtLocation(access.expression).flags & typescript.TypeFlags.Any)) return undefined;
  const path: string[] = [];
  let node: ts.Expression = access.expression;
  while (typescript.isPropertyAccessExpression(node)) {
    path.unshift(node.name.text);
    node = node.expression;
  }
  if (!typescript.isIdentifier(node)) return undefined;
  const symbol = checker.getSymbolAtLocation(node);
  return symbol && isOfEarlierCell(symbol, file) ? [node.text, ...path] : undefined;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function wordStart(source: string, offset: number): number {
  const word = /[\p{ID_Continue}$]*$/u.exec(source.slice(0, offset));
  return offset - (word?.[0].length ?? 0);
}
