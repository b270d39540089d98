/**
 * Every `await` of a cell, and of the local modules that it imports, passes two checks: `hold` before it waits, and
 * `resume` after, which takes up the cell that began to wait. Both let an interrupt stop the loop around it (see
 * executor/context.ts).
 */
import type ts from "typescript";
import { runtime } from "./runtime";
import { typescript } from "./typescript";

/** `await x` as `resume(here(), await hold(x))`. */
export function checkedAwait(
  f: ts.NodeFactory,
  node: ts.AwaitExpression,
  awaited: ts.Expression,
): ts.Expression {
  const checked = call(f, runtime.resume, [
    call(f, runtime.here, []),
    f.updateAwaitExpression(node, call(f, runtime.hold, [awaited])),
  ]);
  typescript.setTextRange(checked, node);
  typescript.setSourceMapRange(checked, node);
  return checked;
}

/** `loop` is what has become of `node`, a `for await`: each of its turns has waited, and takes up its cell again. */
export function checkedLoop(
  f: ts.NodeFactory,
  node: ts.ForOfStatement,
  loop: ts.ForOfStatement,
): ts.Statement {
  const isLabelled = typescript.isLabeledStatement(node.parent);
  const run = f.createUniqueName("run");
  const here = call(f, runtime.here, []);
  const check = f.createExpressionStatement(call(f, runtime.resume, [isLabelled ? here : run]));
  const body = f.createBlock([check, loop.statement]);
  const held = call(f, runtime.hold, [loop.expression]);
  const checked = f.updateForOfStatement(loop, loop.awaitModifier, loop.initializer, held, body);
  // A label must stand right before its loop: there the loop's cell is the one that is current in the turn.
  return isLabelled ? checked : f.createBlock([constant(f, run, here), checked]);
}

export function call(f: ts.NodeFactory, name: string, args: readonly ts.Expression[]): ts.CallExpression {
  return f.createCallExpression(f.createIdentifier(name), undefined, args);
}

export function constant(f: ts.NodeFactory, name: ts.Identifier, value: ts.Expression): ts.Statement {
  const declaration = f.createVariableDeclaration(name, undefined, undefined, value);
  const list = f.createVariableDeclarationList([declaration], typescript.NodeFlags.Const);
  return f.createVariableStatement(undefined, list);
}

/**
 * After the compiler's own transforms: the waits that it has written where a block with `await using` ends pass the
 * same checks. All others have been through `checkedAwait`.
 */
const checkedDisposal: ts.TransformerFactory<ts.SourceFile> = (context) => (file) => {
  const { factory: f } = context;
  const visit = (node: ts.Node): ts.Node => {
    const inner = typescript.visitEachChild(node, visit, context);
    return typescript.isAwaitExpression(inner) && !isChecked(inner.expression)
      ? checkedAwait(f, inner, inner.expression)
      : inner;
  };
  return typescript.visitEachChild(file, visit, context);
};

function isChecked(awaited: ts.Expression): boolean {
  return (
    typescript.isCallExpression(awaited) &&
    typescript.isIdentifier(awaited.expression) &&
    awaited.expression.text === runtime.hold
  );
}

/** The transforms for a text, `before` the compiler's own and after. */
export function transformers(
  text: string,
  before: ts.TransformerFactory<ts.SourceFile>,
): ts.CustomTransformers {
  return { before: [before], ...(/\busing\b/.test(text) && { after: [checkedDisposal] }) };
}
