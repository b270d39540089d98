/**
 * From a checked cell to JavaScript that shares its names with the other cells.
 *
 * Every name declared at a cell's top level lives as a property of one scope object, so that a later cell, or the
 * same cell run again, can read it, assign it and declare it anew. Imports become awaited calls, the last expression
 * becomes what the cell returns, and every `await` passes a check that lets an interrupt stop the loop around it.
 */
import type ts from "typescript";
import { call, checkedAwait, checkedLoop, constant } from "./awaits";
import { runtime } from "./runtime";
import {
  asExpression,
  firstName,
  hasModifier,
  isInsideOwnDeclaration,
  isTypeOnly,
  lastExpression,
  withoutExport,
} from "./syntax";
import { type BoundSourceFile, enclosing, internals, localOf, typescript } from "./typescript";

export interface TransformFacts {
  /** The cell awaits at its top level, or imports. */
  asynchronous: boolean;
  /** Names that the cell stores into the scope. */
  names: Set<string>;
}

export function cellTransformer(
  checker: ts.TypeChecker,
  cell: BoundSourceFile,
  facts: TransformFacts,
): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (file) =>
    file === cell ? new CellTransform(checker, cell, context, facts).run() : file;
}

class CellTransform {
  private readonly f: ts.NodeFactory;
  private functionDepth = 0;

  constructor(
    private readonly checker: ts.TypeChecker,
    private readonly cell: BoundSourceFile,
    private readonly context: ts.TransformationContext,
    private readonly facts: TransformFacts,
  ) {
    this.f = context.factory;
  }

  run(): ts.SourceFile {
    const hoisted: ts.Statement[] = [];
    const body: ts.Statement[] = [];
    const last = lastExpression(this.cell.statements);
    for (const statement of this.cell.statements) {
      if (statement === last) {
        const held = this.held(this.expression(last.expression));
        body.push(mapped(this.f.createReturnStatement(held), statement));
      } else if (typescript.isFunctionDeclaration(statement) && statement.name) {
        body.push(this.statement(statement));
        if (statement.body)
          hoisted.push(this.store(statement.name.text, this.f.createIdentifier(statement.name.text)));
      } else {
        body.push(...this.topLevel(statement));
      }
    }
    const imports = body.filter((s) => typescript.isBlock(s) && importBlocks.has(s));
    const others = body.filter((s) => !imports.includes(s));
    return this.f.updateSourceFile(this.cell, [...hoisted, ...imports, ...others]);
  }

  /**
   * In an object, because returning a promise from an async function would await it; without a prototype, because a
   * cell may have given all objects a `then`. A function stays without a name, which the comma sees to.
   */
  private held(value: ts.Expression): ts.Expression {
    const property = (name: string, to: ts.Expression): ts.PropertyAssignment =>
      this.f.createPropertyAssignment(name, to);
    return this.f.createObjectLiteralExpression([
      property("__proto__", this.f.createNull()),
      property("value", this.f.createComma(this.f.createNumericLiteral(0), value)),
    ]);
  }

  private topLevel(statement: ts.Statement): ts.Statement[] {
    if (typescript.isImportDeclaration(statement)) return this.importDeclaration(statement);
    if (typescript.isImportEqualsDeclaration(statement)) return this.importEquals(statement);
    if (typescript.isExportDeclaration(statement)) return [];
    if (typescript.isExportAssignment(statement)) {
      return [this.f.createExpressionStatement(this.expression(statement.expression))];
    }
    if (
      (typescript.isClassDeclaration(statement) || typescript.isFunctionDeclaration(statement)) &&
      !statement.name
    ) {
      const value = this.f.createParenthesizedExpression(asExpression(this.f, this.statement(statement)));
      return [mapped(this.f.createExpressionStatement(value), statement)];
    }
    if (
      (typescript.isClassDeclaration(statement) ||
        typescript.isEnumDeclaration(statement) ||
        typescript.isModuleDeclaration(statement)) &&
      statement.name &&
      typescript.isIdentifier(statement.name) &&
      this.isValue(statement.name)
    ) {
      const name = statement.name.text;
      return [this.statement(statement), this.store(name, this.f.createIdentifier(name))];
    }
    return [this.statement(statement)];
  }

  private statement(statement: ts.Statement): ts.Statement {
    return typescript.visitNode(statement, this.visit) as ts.Statement;
  }

  private expression(node: ts.Expression): ts.Expression {
    return typescript.visitNode(node, this.visit) as ts.Expression;
  }

  private readonly visit = (node: ts.Node): ts.Node => {
    if (isTypeOnly(node)) return node;
    if (typescript.isFunctionLike(node)) {
      this.functionDepth++;
      const result = this.visitChildren(this.unexported(node));
      this.functionDepth--;
      return result;
    }
    if (typescript.isAwaitExpression(node)) {
      if (this.functionDepth === 0) this.facts.asynchronous = true;
      return checkedAwait(this.f, node, this.expression(node.expression));
    }
    if (typescript.isForOfStatement(node) && node.awaitModifier) return this.forAwait(node);
    if (
      typescript.isForStatement(node) ||
      typescript.isForInStatement(node) ||
      typescript.isForOfStatement(node)
    ) {
      return this.forLoop(node);
    }
    if (typescript.isVariableDeclarationList(node) && isUsing(node) === "await" && this.functionDepth === 0)
      this.facts.asynchronous = true;
    if (typescript.isVariableStatement(node)) return this.variableStatement(node);
    if (typescript.isShorthandPropertyAssignment(node)) {
      const symbol = this.checker.getShorthandAssignmentValueSymbol(node);
      if (!this.isShared(symbol, node.name)) return this.visitChildren(node);
      const value = this.property(node.name.text);
      const initializer = node.objectAssignmentInitializer
        ? this.f.createAssignment(value, this.expression(node.objectAssignmentInitializer))
        : value;
      return this.f.createPropertyAssignment(node.name, initializer);
    }
    if (typescript.isCallExpression(node)) return this.callExpression(node);
    if (typescript.isTaggedTemplateExpression(node) && this.isSharedIdentifier(node.tag)) {
      const template = typescript.visitNode(node.template, this.visit) as ts.TemplateLiteral;
      return this.f.updateTaggedTemplateExpression(node, this.unbound(node.tag), undefined, template);
    }
    if (typescript.isMetaProperty(node) && node.keywordToken === typescript.SyntaxKind.ImportKeyword) {
      return this.f.createIdentifier(runtime.meta);
    }
    if (typescript.isIdentifier(node)) {
      if (this.isSharedIdentifier(node)) return mapped(this.property(node.text), node);
      return this.isOfLaterCell(node) ? mapped(this.later(node), node) : node;
    }
    return this.visitChildren(this.unexported(node));
  };

  /** Top-level declarations lose their `export`; those of a namespace keep it. */
  private unexported<T extends ts.Node>(node: T): T {
    return node.parent === this.cell ? withoutExport(node, this.f) : node;
  }

  private visitChildren<T extends ts.Node>(node: T): T {
    return typescript.visitEachChild(node, this.visit, this.context);
  }

  /** A call of a shared function must not get the scope object as its `this`. */
  private callExpression(node: ts.CallExpression): ts.Node {
    const args = node.arguments.map((argument) => this.expression(argument));
    if (node.expression.kind === typescript.SyntaxKind.ImportKeyword)
      return mapped(call(this.f, runtime.import, args), node);
    if (!this.isSharedIdentifier(node.expression)) return this.visitChildren(node);
    const callee = this.unbound(node.expression);
    return node.questionDotToken
      ? this.f.updateCallChain(node as ts.CallChain, callee, node.questionDotToken, undefined, args)
      : this.f.updateCallExpression(node, callee, undefined, args);
  }

  private unbound(name: ts.Identifier): ts.Expression {
    return mapped(
      this.f.createParenthesizedExpression(
        this.f.createComma(this.f.createNumericLiteral(0), this.property(name.text)),
      ),
      name,
    );
  }

  private variableStatement(node: ts.VariableStatement): ts.Statement {
    if (hasModifier(node, typescript.SyntaxKind.DeclareKeyword)) return node;
    if (isUsing(node.declarationList) === "await" && this.functionDepth === 0) this.facts.asynchronous = true;
    if (!this.declaresShared(node.declarationList)) return this.visitChildren(this.unexported(node));
    if (isUsing(node.declarationList)) return this.usingStatement(node);
    const joined = this.joined(this.assignments(node.declarationList, true));
    return mapped(joined ? this.f.createExpressionStatement(joined) : this.f.createEmptyStatement(), node);
  }

  /** `using x = …`: a later cell sees what x was, and what it holds is let go at the end of this cell, as of a block. */
  private usingStatement(node: ts.VariableStatement): ts.Statement {
    const { declarationList: list } = node;
    const declarations = list.declarations.map((declaration) => {
      const value = declaration.initializer
        ? this.expression(declaration.initializer)
        : this.f.createVoidZero();
      const assigned = this.f.createAssignment(this.target(declaration.name), value);
      const name = this.f.createUniqueName("resource");
      return mapped(this.f.createVariableDeclaration(name, undefined, undefined, assigned), declaration);
    });
    const made = this.f.createVariableDeclarationList(
      declarations,
      list.flags & typescript.NodeFlags.BlockScoped,
    );
    return mapped(this.f.createVariableStatement(undefined, made), node);
  }

  /** `for (var i = 0; …)` at the top level declares a shared name in the loop's head. */
  private forLoop(node: ts.ForStatement | ts.ForInStatement | ts.ForOfStatement): ts.Statement {
    const { initializer } = node;
    if (
      !initializer ||
      !typescript.isVariableDeclarationList(initializer) ||
      !this.declaresShared(initializer)
    ) {
      return this.visitChildren(node);
    }
    const body = this.statement(node.statement);
    if (typescript.isForStatement(node)) {
      const head = this.joined(this.assignments(initializer, false));
      const condition = node.condition && this.expression(node.condition);
      const step = node.incrementor && this.expression(node.incrementor);
      return this.f.updateForStatement(node, head, condition, step, body);
    }
    const target = this.target(initializer.declarations[0].name);
    const source = this.expression(node.expression);
    return typescript.isForInStatement(node)
      ? this.f.updateForInStatement(node, target, source, body)
      : this.f.updateForOfStatement(node, node.awaitModifier, target, source, body);
  }

  private forAwait(node: ts.ForOfStatement): ts.Statement {
    if (this.functionDepth === 0) this.facts.asynchronous = true;
    return checkedLoop(this.f, node, this.forLoop(node) as ts.ForOfStatement);
  }

  /** One expression of them all: a declaration may stand where only one statement fits. */
  private joined(expressions: readonly ts.Expression[]): ts.Expression | undefined {
    const [first, ...rest] = expressions;
    return first && rest.reduce((left, right) => this.f.createComma(left, right), first);
  }

  private declaresShared(list: ts.VariableDeclarationList): boolean {
    const first = firstName(list.declarations[0]?.name);
    return first !== undefined && this.isShared(this.checker.getSymbolAtLocation(first), first);
  }

  private assignments(list: ts.VariableDeclarationList, initialise: boolean): ts.Expression[] {
    const isVar = !(list.flags & typescript.NodeFlags.BlockScoped);
    return list.declarations.flatMap((declaration) => {
      const { name, initializer } = declaration;
      // `var x;` keeps the value that x has; `let x;` starts afresh.
      if (!initializer && (isVar || !initialise)) return [];
      const value = initializer ? this.named(name, initializer) : this.f.createVoidZero();
      const assignment = this.f.createAssignment(this.target(name), value);
      return [
        mapped(
          typescript.isObjectBindingPattern(name)
            ? this.f.createParenthesizedExpression(assignment)
            : assignment,
          declaration,
        ),
      ];
    });
  }

  /** `const f = () => 1` names its function f; an assignment to a property would not. */
  private named(name: ts.BindingName, initializer: ts.Expression): ts.Expression {
    const value = this.expression(initializer);
    const anonymous =
      typescript.isArrowFunction(initializer) ||
      ((typescript.isFunctionExpression(initializer) || typescript.isClassExpression(initializer)) &&
        !initializer.name);
    if (!anonymous || !typescript.isIdentifier(name)) return value;
    const holder = this.f.createObjectLiteralExpression([this.f.createPropertyAssignment(name.text, value)]);
    return this.f.createPropertyAccessExpression(this.f.createParenthesizedExpression(holder), name.text);
  }

  /** A binding pattern as the assignment pattern that stores into the scope object. */
  private target(name: ts.BindingName): ts.Expression {
    if (typescript.isIdentifier(name)) {
      this.facts.names.add(name.text);
      return mapped(this.property(name.text), name);
    }
    if (typescript.isArrayBindingPattern(name)) {
      return this.f.createArrayLiteralExpression(
        name.elements.map((element) => {
          if (typescript.isOmittedExpression(element)) return element;
          const inner = this.withDefault(element);
          return element.dotDotDotToken ? this.f.createSpreadElement(inner) : inner;
        }),
      );
    }
    return this.f.createObjectLiteralExpression(
      name.elements.map((element) => {
        if (element.dotDotDotToken) return this.f.createSpreadAssignment(this.target(element.name));
        const key = element.propertyName ?? (element.name as ts.Identifier);
        const property = typescript.isComputedPropertyName(key)
          ? this.f.updateComputedPropertyName(key, this.expression(key.expression))
          : key;
        return this.f.createPropertyAssignment(property, this.withDefault(element));
      }),
    );
  }

  private withDefault(element: ts.BindingElement): ts.Expression {
    const target = this.target(element.name);
    return element.initializer
      ? this.f.createAssignment(target, this.named(element.name, element.initializer))
      : target;
  }

  private importDeclaration(node: ts.ImportDeclaration): ts.Statement[] {
    const clause = node.importClause;
    if (clause?.phaseModifier === typescript.SyntaxKind.TypeKeyword) return [];
    const stores: [name: string, property: string | undefined][] = [];
    if (clause?.name && this.isValue(clause.name)) stores.push([clause.name.text, "default"]);
    const bindings = clause?.namedBindings;
    if (bindings && typescript.isNamespaceImport(bindings)) stores.push([bindings.name.text, undefined]);
    if (bindings && typescript.isNamedImports(bindings)) {
      for (const element of bindings.elements) {
        if (!element.isTypeOnly && this.isValue(element.name)) {
          stores.push([element.name.text, (element.propertyName ?? element.name).text]);
        }
      }
    }
    if (clause && stores.length === 0) return [];
    this.facts.asynchronous = true;
    const module = this.f.createUniqueName("module");
    const loaded = this.f.createAwaitExpression(call(this.f, runtime.import, [node.moduleSpecifier]));
    const block = this.f.createBlock([
      constant(this.f, module, loaded),
      ...stores.map(([name, property]) =>
        this.store(
          name,
          property === undefined
            ? module
            : this.f.createElementAccessExpression(module, this.f.createStringLiteral(property)),
        ),
      ),
    ]);
    importBlocks.add(block);
    return [mapped(block, node)];
  }

  private importEquals(node: ts.ImportEqualsDeclaration): ts.Statement[] {
    const reference = node.moduleReference;
    if (node.isTypeOnly || !typescript.isExternalModuleReference(reference)) return [];
    const loaded = this.f.createCallExpression(this.f.createIdentifier("require"), undefined, [
      reference.expression,
    ]);
    return [mapped(this.store(node.name.text, loaded), node)];
  }

  private isValue(name: ts.Identifier): boolean {
    let symbol = this.checker.getSymbolAtLocation(name);
    if (symbol && symbol.flags & typescript.SymbolFlags.Alias) symbol = this.checker.getAliasedSymbol(symbol);
    return symbol !== undefined && (symbol.flags & typescript.SymbolFlags.Value) !== 0;
  }

  private isSharedIdentifier(node: ts.Node): node is ts.Identifier {
    if (!typescript.isIdentifier(node) || !internals.isExpressionNode(node)) return false;
    return this.isShared(this.checker.getSymbolAtLocation(node), node);
  }

  /** Is `symbol` declared at the top level of this cell or of an earlier one? */
  private isShared(symbol: ts.Symbol | undefined, at: ts.Identifier): boolean {
    if (!symbol) return false;
    for (let file: BoundSourceFile | undefined = this.cell; file; file = enclosing(file)) {
      const local = localOf(file, at.text);
      if (!local) continue;
      if (local !== symbol && this.checker.getExportSymbolOfSymbol(local) !== symbol) return false;
      return !isInsideOwnDeclaration(symbol, at);
    }
    return false;
  }

  /** In JavaScript nobody checks names: a function may use one that a later cell declares. */
  private isOfLaterCell(node: ts.Identifier): boolean {
    const { parent } = node;
    if (!internals.isInJSFile(this.cell) || !internals.isExpressionNode(node)) return false;
    if (typescript.isTypeOfExpression(parent) || internals.isAssignmentTarget(node)) return false;
    return node.text !== "arguments" && this.checker.getSymbolAtLocation(node) === undefined;
  }

  private later(node: ts.Identifier): ts.Expression {
    const isThere = this.f.createBinaryExpression(
      this.f.createStringLiteral(node.text),
      typescript.SyntaxKind.InKeyword,
      this.f.createIdentifier(runtime.scope),
    );
    const value = this.f.createConditionalExpression(
      isThere,
      undefined,
      this.property(node.text),
      undefined,
      this.f.createIdentifier(node.text),
    );
    return this.f.createParenthesizedExpression(value);
  }

  private property(name: string): ts.PropertyAccessExpression {
    return this.f.createPropertyAccessExpression(this.f.createIdentifier(runtime.scope), name);
  }

  private store(name: string, value: ts.Expression): ts.Statement {
    this.facts.names.add(name);
    return this.f.createExpressionStatement(this.f.createAssignment(this.property(name), value));
  }
}

/** Whether a list declares resources, and whether letting go of them is waited for. */
function isUsing(list: ts.VariableDeclarationList): "await" | "at once" | undefined {
  const kind: ts.NodeFlags = list.flags & typescript.NodeFlags.BlockScoped;
  if (kind === typescript.NodeFlags.AwaitUsing) return "await";
  return kind === typescript.NodeFlags.Using ? "at once" : undefined;
}

/** Blocks made from imports: they run before everything else, as imports do. */
const importBlocks = new WeakSet<ts.Node>();

/** Keeps the source position, so that an error points at the cell's own line and column. */
function mapped<T extends ts.Node>(made: T, from: ts.Node): T {
  typescript.setTextRange(made, from);
  typescript.setSourceMapRange(made, from);
  return made;
}
