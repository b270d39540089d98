/** What stands at a place in a cell: what TypeScript's language service would say of it, of a file of our own. */
import type ts from "typescript";
import { document } from "./documentation";
import type { Inspection } from "./messages";
import { type BoundSourceFile, internals, typescript } from "./typescript";

/** Type and documentation of the name at `offset`, or of the one that just ended there. */
export function inspectionAt(program: ts.Program, file: BoundSourceFile, offset: number): Inspection | null {
  const checker = program.getTypeChecker();
  for (const position of [offset, offset - 1]) {
    if (position < 0) continue;
    const found = describe(checker, file, position);
    if (found) return found;
  }
  return null;
}

function describe(checker: ts.TypeChecker, file: BoundSourceFile, position: number): Inspection | undefined {
  const touching = internals.getTouchingPropertyName(file, position);
  if (touching === file) return undefined;
  const node = widened(touching);
  const symbol = symbolAt(checker, node);
  if (!symbol || isUnknown(checker, symbol)) {
    if (!hasType(file, node, position)) return undefined;
    const type = checker.getTypeAtLocation(node);
    if (type.symbol) document(type.symbol, checker);
    const signature = typescript.displayPartsToString(
      internals.typeToDisplayParts(checker, type, internals.getContainerNode(node)),
    );
    // A name that nothing declares is "any".
    if (signature === "any") return undefined;
    const documentation = type.symbol?.getDocumentationComment(checker) ?? [];
    return inspection(signature, documentation, type.symbol?.getJsDocTags(checker) ?? []);
  }
  document(symbol, checker);
  const { displayParts, documentation, tags } =
    internals.SymbolDisplay.getSymbolDisplayPartsDocumentationAndSymbolKind(
      checker,
      symbol,
      file,
      internals.getContainerNode(node),
      node,
    );
  const signature = typescript.displayPartsToString(displayParts);
  return signature === "" ? undefined : inspection(signature, documentation, tags ?? []);
}

function inspection(
  signature: string,
  documentation: ts.SymbolDisplayPart[],
  tags: readonly ts.JSDocTagInfo[],
): Inspection {
  return {
    signature,
    documentation: typescript.displayPartsToString(documentation),
    tags: tags.map(({ name, text }) => ({ name, text: typescript.displayPartsToString(text) })),
  };
}

/** The node to describe: `new` is about the class behind it, `import.meta` one thing. */
function widened(node: ts.Node): ts.Node {
  const { parent } = node;
  if (typescript.isNewExpression(parent) && node.pos === parent.pos) return parent.expression;
  if (typescript.isNamedTupleMember(parent) && node.pos === parent.pos) return parent;
  if (typescript.isMetaProperty(parent) && parent.name === node) return parent;
  return node;
}

/** A property in an object literal is what the expected type says of it: its documentation stands there. */
function symbolAt(checker: ts.TypeChecker, node: ts.Node): ts.Symbol | undefined {
  const property = internals.getContainingObjectLiteralElement(node);
  if (property && typescript.isObjectLiteralExpression(property.parent)) {
    const expected = checker.getContextualType(property.parent);
    const symbols =
      expected && internals.getPropertySymbolsFromContextualType(property, checker, expected, false);
    if (symbols?.length === 1) return symbols[0];
  }
  return checker.getSymbolAtLocation(node);
}

function isUnknown(checker: ts.TypeChecker, symbol: ts.Symbol): boolean {
  return (checker as ts.TypeChecker & { isUnknownSymbol(symbol: ts.Symbol): boolean }).isUnknownSymbol(
    symbol,
  );
}

/** Whether a place that names nothing has a type to show all the same. */
function hasType(file: ts.SourceFile, node: ts.Node, position: number): boolean {
  const { SyntaxKind } = typescript;
  switch (node.kind) {
    case SyntaxKind.Identifier:
      return (
        !internals.isLabelName(node) &&
        !internals.isTagName(node) &&
        !internals.isConstTypeReference(node.parent)
      );
    case SyntaxKind.PropertyAccessExpression:
    case SyntaxKind.QualifiedName:
      return internals.isInComment(file, position) === undefined;
    default:
      return (
        node.kind === SyntaxKind.ThisKeyword ||
        node.kind === SyntaxKind.ThisType ||
        node.kind === SyntaxKind.SuperKeyword ||
        node.kind === SyntaxKind.NamedTupleMember ||
        node.kind === SyntaxKind.MetaProperty
      );
  }
}
