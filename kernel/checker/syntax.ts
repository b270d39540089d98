/** Questions about a cell's syntax, and declarations without their `export`. */
import type ts from "typescript";
import { typescript } from "./typescript";

/** The last statement that does something, where it is an expression: what the cell returns. */
export function lastExpression(statements: readonly ts.Statement[]): ts.ExpressionStatement | undefined {
  for (let i = statements.length - 1; i >= 0; i--) {
    const statement = statements[i];
    if (typescript.isExpressionStatement(statement)) return statement;
    const silent =
      typescript.isEmptyStatement(statement) ||
      typescript.isExportDeclaration(statement) ||
      typescript.isInterfaceDeclaration(statement) ||
      typescript.isTypeAliasDeclaration(statement);
    if (!silent) return undefined;
  }
  return undefined;
}

/** Inside a class, an enum or a namespace its own name is the local one, which exists before the shared one. */
export function isInsideOwnDeclaration(symbol: ts.Symbol, at: ts.Node): boolean {
  return (symbol.declarations ?? []).some((declaration) => {
    const nests =
      typescript.isClassDeclaration(declaration) ||
      typescript.isEnumDeclaration(declaration) ||
      typescript.isModuleDeclaration(declaration);
    if (!nests) return false;
    for (let node: ts.Node | undefined = at; node && !typescript.isSourceFile(node); node = node.parent) {
      if (node === declaration) return true;
    }
    return false;
  });
}

export function isTypeOnly(node: ts.Node): boolean {
  if (typescript.isExpressionWithTypeArguments(node)) return false;
  return (
    typescript.isTypeNode(node) ||
    typescript.isInterfaceDeclaration(node) ||
    typescript.isTypeAliasDeclaration(node)
  );
}

export function firstName(name: ts.BindingName | undefined): ts.Identifier | undefined {
  if (!name || typescript.isIdentifier(name)) return name;
  for (const element of name.elements) {
    const found = typescript.isOmittedExpression(element) ? undefined : firstName(element.name);
    if (found) return found;
  }
  return undefined;
}

export function hasModifier(node: ts.HasModifiers, kind: ts.SyntaxKind): boolean {
  return typescript.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false;
}

/** A cell exports nothing: `export const x` is `const x`. */
export function withoutExport<T extends ts.Node>(node: T, f: ts.NodeFactory): T {
  if (!typescript.canHaveModifiers(node)) return node;
  const isExport = (m: ts.ModifierLike): boolean =>
    m.kind === typescript.SyntaxKind.ExportKeyword || m.kind === typescript.SyntaxKind.DefaultKeyword;
  const { modifiers } = node;
  if (!modifiers?.some(isExport)) return node;
  const kept = modifiers.filter((m) => !isExport(m));
  if (typescript.isVariableStatement(node))
    return f.updateVariableStatement(node, kept, node.declarationList) as ts.Node as T;
  if (typescript.isFunctionDeclaration(node)) {
    return f.updateFunctionDeclaration(
      node,
      kept,
      node.asteriskToken,
      node.name,
      node.typeParameters,
      node.parameters,
      node.type,
      node.body,
    ) as ts.Node as T;
  }
  if (typescript.isClassDeclaration(node)) {
    return f.updateClassDeclaration(
      node,
      kept,
      node.name,
      node.typeParameters,
      node.heritageClauses,
      node.members,
    ) as ts.Node as T;
  }
  if (typescript.isEnumDeclaration(node))
    return f.updateEnumDeclaration(node, kept, node.name, node.members) as ts.Node as T;
  if (typescript.isModuleDeclaration(node))
    return f.updateModuleDeclaration(node, kept, node.name, node.body) as ts.Node as T;
  return node;
}

/** `export default class {}` and `export default function () {}`, which have no name to be declared by. */
export function asExpression(f: ts.NodeFactory, node: ts.Statement): ts.Expression {
  if (typescript.isClassDeclaration(node))
    return f.createClassExpression(
      node.modifiers,
      node.name,
      node.typeParameters,
      node.heritageClauses,
      node.members,
    );
  if (typescript.isFunctionDeclaration(node) && node.body) {
    const modifiers = typescript.getModifiers(node);
    return f.createFunctionExpression(
      modifiers,
      node.asteriskToken,
      node.name,
      node.typeParameters,
      node.parameters,
      node.type,
      node.body,
    );
  }
  return f.createVoidZero();
}

/** The first `await` or `for await` outside of every function. */
export function topLevelAwait(file: ts.SourceFile): ts.Node | undefined {
  const find = (node: ts.Node): ts.Node | undefined => {
    if (typescript.isFunctionLike(node)) return undefined;
    if (typescript.isAwaitExpression(node)) return node;
    if (typescript.isForOfStatement(node) && node.awaitModifier) return node.awaitModifier;
    return typescript.forEachChild(node, find);
  };
  return find(file);
}

export function usesDecorators(file: ts.SourceFile): boolean {
  const find = (node: ts.Node): true | undefined =>
    typescript.isDecorator(node) ? true : typescript.forEachChild(node, find);
  return find(file) === true;
}
