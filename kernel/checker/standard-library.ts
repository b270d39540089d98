/**
 * TypeScript's declarations of JavaScript's own library, as far as the Node that runs has it: what a newer edition of
 * the language declares and this Node lacks is cut out, so that a cell that passes its check does not fail for it.
 */
import type ts from "typescript";
import { typescript } from "./typescript";

/** The newest library without the browser's; it names the older ones. */
export const newestLibrary = "lib.esnext.d.ts";

/** Every Node that convlab runs on has all of the editions before. */
const recent = /\/lib\.(?:es202[3-9]|es20[3-9]\d|esnext)\b[^/]*\.d\.ts$/;

/** The text of a library file without what this Node has not. */
export function asThisNodeHasIt(fileName: string, text: string): string {
  if (!recent.test(fileName)) return text;
  const file = typescript.createSourceFile(fileName, text, typescript.ScriptTarget.ESNext, true);
  const cut = missing(file.statements, globalThis);
  return cut.reduceRight((rest, node) => rest.slice(0, node.getFullStart()) + rest.slice(node.end), text);
}

/** The declarations of what `holder` should have and has not, in the order of the text. */
function missing(statements: readonly ts.Statement[], holder: object): ts.Node[] {
  return statements.flatMap((statement) => {
    if (typescript.isInterfaceDeclaration(statement)) {
      const object = objectBehind(statement.name.text, holder);
      return object ? statement.members.filter(({ name }) => name && !has(object, name)) : [];
    }
    if (typescript.isVariableStatement(statement))
      return statement.declarationList.declarations.some(({ name }) => !(name.getText() in holder))
        ? [statement]
        : [];
    if (typescript.isModuleDeclaration(statement) && statement.body) {
      if (!typescript.isModuleBlock(statement.body)) return [];
      const inner = Reflect.get(holder, statement.name.text) as unknown;
      // `declare global` is about what is here already.
      return missing(statement.body.statements, isObject(inner) ? inner : holder);
    }
    return [];
  });
}

/** What exists at run time where TypeScript has an interface; nothing where that is about values of any origin. */
function objectBehind(name: string, holder: object): object | undefined {
  if (name === "IteratorObject") return prototypeAbove([].values());
  if (name === "AsyncIteratorObject") return prototypeAbove((async function* () {})());
  const statics = /^(\w+)Constructor$/.exec(name)?.[1];
  if (statics !== undefined && statics in holder) return Reflect.get(holder, statics) as object;
  const found = Reflect.get(holder, name.replace(/^Readonly(?=Array$|Map$|Set$)/, "")) as unknown;
  if (typeof found === "function") return found.prototype as object | undefined;
  return isObject(found) ? found : undefined;
}

/** The prototype that all iterators share. */
function prototypeAbove(iterator: object): object {
  let above = Object.getPrototypeOf(iterator) as object;
  for (let next = above; next !== Object.prototype; next = Object.getPrototypeOf(next) as object)
    above = next;
  return above;
}

function has(object: object, name: ts.PropertyName): boolean {
  if (typescript.isComputedPropertyName(name)) {
    const { expression } = name;
    if (!typescript.isPropertyAccessExpression(expression)) return true;
    const symbol = Reflect.get(Symbol, expression.name.text) as unknown;
    return typeof symbol === "symbol" && symbol in object;
  }
  return name.getText().replace(/["']/g, "") in object;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
