/**
 * From a local module to the code that the executor loads at once, as `require` does. Its awaits pass the same checks
 * as a cell's, its imports are still told apart from its calls of `require`, and its `import.meta` is there.
 */
import type ts from "typescript";
import { call, checkedAwait, checkedLoop } from "./awaits";
import { importMark, runtime } from "./runtime";
import { typescript } from "./typescript";

export const moduleTransformer: ts.TransformerFactory<ts.SourceFile> = (context) => (file) => {
  const { factory: f } = context;
  const visit = (node: ts.Node): ts.Node => {
    const inner = typescript.visitEachChild(node, visit, context);
    if (typescript.isAwaitExpression(node))
      return checkedAwait(f, node, (inner as ts.AwaitExpression).expression);
    if (typescript.isForOfStatement(node) && node.awaitModifier)
      return checkedLoop(f, node, inner as ts.ForOfStatement);
    if (typescript.isMetaProperty(node) && node.keywordToken === typescript.SyntaxKind.ImportKeyword)
      return call(f, runtime.meta, []);
    if (typescript.isCallExpression(node) && node.expression.kind === typescript.SyntaxKind.ImportKeyword)
      return call(f, runtime.import, (inner as ts.CallExpression).arguments);
    if (typescript.isImportDeclaration(inner)) {
      const { modifiers, importClause, moduleSpecifier, attributes } = inner;
      return f.updateImportDeclaration(
        inner,
        modifiers,
        importClause,
        marked(f, moduleSpecifier),
        attributes,
      );
    }
    if (typescript.isExportDeclaration(inner) && inner.moduleSpecifier) {
      const { modifiers, isTypeOnly, exportClause, moduleSpecifier, attributes } = inner;
      const from = marked(f, moduleSpecifier);
      return f.updateExportDeclaration(inner, modifiers, isTypeOnly, exportClause, from, attributes);
    }
    return inner;
  };
  return typescript.visitEachChild(file, visit, context);
};

/** A package may answer `import` otherwise than `require`. */
function marked(f: ts.NodeFactory, specifier: ts.Expression): ts.Expression {
  if (!typescript.isStringLiteral(specifier) || /^[./]/.test(specifier.text)) return specifier;
  return f.createStringLiteral(importMark + specifier.text);
}

/** Stands behind a module's code, where it shifts no line: function declarations hold from the start. */
export const moduleEnd: string = [
  [runtime.here, "", ""],
  [runtime.hold, "value", "value"],
  [runtime.resume, "run, value", "run, value"],
  [runtime.meta, "", "__filename"],
  [runtime.import, "specifier", "specifier, __filename"],
]
  .map(
    ([name, parameters, values]) =>
      `\nfunction ${name}(${parameters}) { return globalThis[Symbol.for("convlab.kernel")].${name}(${values}); }`,
  )
  .join("");
