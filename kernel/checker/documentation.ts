/**
 * The comments above the declarations of the language's and Node's own libraries are a sixth of all that is read of
 * them, and most are never looked at. They are parsed when somebody asks about what stands below.
 */
import type ts from "typescript";
import { type BoundSourceFile, internals, typescript } from "./typescript";

type Documented = ts.Node & { jsDoc?: ts.Node[] };

/** How a library's file is to be parsed. */
export const withoutComments: ts.CreateSourceFileOptions["jsDocParsingMode"] =
  typescript.JSDocParsingMode.ParseNone;

/** Parses the comments about `symbol` that have been left out. */
export function document(symbol: ts.Symbol, checker: ts.TypeChecker): void {
  symbol.declarations?.forEach(documentDeclaration);
  if (symbol.flags & typescript.SymbolFlags.Alias)
    checker.getAliasedSymbol(symbol).declarations?.forEach(documentDeclaration);
}

/** The comment on a variable stands above the statement around it, so all nodes around are looked at. */
function documentDeclaration(declaration: ts.Node): void {
  const file = declaration.getSourceFile() as BoundSourceFile | undefined;
  if (file === undefined || file.jsDocParsingMode !== withoutComments) return;
  for (let node: Documented = declaration; !typescript.isSourceFile(node); node = node.parent) {
    if (node.jsDoc) continue;
    const found = (internals.getJSDocCommentRanges(node, file.text) ?? []).flatMap(({ pos, end }) => {
      const comment = internals.parseIsolatedJSDocComment(file.text, pos, end - pos)?.jsDoc;
      return comment ? [comment] : [];
    });
    for (const comment of found) {
      internals.setParentRecursive(comment, false);
      (comment as { parent: ts.Node }).parent = node;
    }
    if (found.length > 0) node.jsDoc = found;
  }
}
