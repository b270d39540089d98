/** Which modules a cell names, and how. */
import type ts from "typescript";
import { internals, typescript } from "./typescript";

/** Every module that the file names as text: in `import`, `export … from`, `import()`, `require()` and types. */
export function moduleNames(file: ts.SourceFile): ts.StringLiteralLike[] {
  const names: ts.StringLiteralLike[] = [];
  const add = (node: ts.Node | undefined): void => {
    if (node && typescript.isStringLiteralLike(node) && node.text !== "") names.push(node);
  };
  const visit = (node: ts.Node): void => {
    if (typescript.isImportDeclaration(node) || typescript.isExportDeclaration(node))
      add(node.moduleSpecifier);
    else if (typescript.isExternalModuleReference(node)) add(node.expression);
    else if (typescript.isImportTypeNode(node) && typescript.isLiteralTypeNode(node.argument))
      add(node.argument.literal);
    else if (isImportCall(node) || internals.isRequireCall(node, true)) add(node.arguments[0]);
    typescript.forEachChild(node, visit);
  };
  visit(file);
  return names;
}

/** A call `import(…)` or `require(…)`, or a declaration: whatever names a module by this string. */
export function namesModule(literal: ts.Node): literal is ts.StringLiteralLike {
  const { parent } = literal;
  return (
    typescript.isStringLiteralLike(literal) &&
    (typescript.isImportDeclaration(parent) ||
      typescript.isExportDeclaration(parent) ||
      typescript.isExternalModuleReference(parent) ||
      (typescript.isLiteralTypeNode(parent) && typescript.isImportTypeNode(parent.parent)) ||
      isImportCall(parent) ||
      internals.isRequireCall(parent, true))
  );
}

function isImportCall(node: ts.Node): node is ts.CallExpression {
  return typescript.isCallExpression(node) && node.expression.kind === typescript.SyntaxKind.ImportKeyword;
}

/** A module name that stands by itself, asked for in the way of `mode`: packages may answer `require` otherwise. */
export function standIn(module: string, mode: ts.ResolutionMode): ts.StringLiteralLike {
  const name = JSON.stringify(module);
  const asRequire = mode === typescript.ModuleKind.CommonJS;
  const text = asRequire ? `import module = require(${name});` : `import ${name};`;
  return moduleNames(typescript.createSourceFile("import.ts", text, typescript.ScriptTarget.ES2022, true))[0];
}
