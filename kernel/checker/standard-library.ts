/**
 * TypeScript's declarations of JavaScript's own library, as far as the Node that runs has it: what a newer edition of
 * the language declares and this Node lacks is cut out, so that a cell that passes its check does not fail for it.
 */
import type ts from "typescript";
import type { Builtins } from "./builtins";
import { typescript } from "./typescript";

/** The newest library without the browser's; it names the older ones. */
export const newestLibrary = "lib.esnext.d.ts";

/** Every Node that convlab runs on has all of the editions before. */
const recent = /\/lib\.(?:es202[3-9]|es20[3-9]\d|esnext)\b[^/]*\.d\.ts$/;

/** The text of a library file without what is not among `builtins`. */
export function asNodeHasIt(fileName: string, text: string, builtins: Builtins): string {
  if (!recent.test(fileName)) return text;
  const file = typescript.createSourceFile(fileName, text, typescript.ScriptTarget.ESNext, true);
  const cut = missing(file.statements, builtins, "");
  return cut.reduceRight((rest, node) => rest.slice(0, node.getFullStart()) + rest.slice(node.end), text);
}

/** The declarations of what is not there, in the order of the text; `path` leads to what holds it. */
function missing(statements: readonly ts.Statement[], builtins: Builtins, path: string): ts.Node[] {
  return statements.flatMap((statement) => {
    if (typescript.isInterfaceDeclaration(statement)) {
      const names = builtins[behind(statement.name.text, builtins, path)];
      return names ? statement.members.filter(({ name }) => name && !names.includes(nameOf(name))) : [];
    }
    if (typescript.isVariableStatement(statement) && path === "") {
      const { declarations } = statement.declarationList;
      return declarations.some(({ name }) => !builtins["globalThis"].includes(name.getText()))
        ? [statement]
        : [];
    }
    if (typescript.isModuleDeclaration(statement) && statement.body) {
      if (!typescript.isModuleBlock(statement.body)) return [];
      // `declare global` is about what is here already.
      const inner =
        statement.flags & typescript.NodeFlags.GlobalAugmentation ? path : `${statement.name.text}.`;
      return missing(statement.body.statements, builtins, inner);
    }
    return [];
  });
}

/** The path to what TypeScript has an interface for; to nothing where that is about values of any origin. */
function behind(name: string, builtins: Builtins, path: string): string {
  const iterator = /^(?:Async)?Iterator(?=Object$)/.exec(name)?.[0];
  if (iterator !== undefined) return `${iterator}.prototype`;
  const statics = /^(\w+)Constructor$/.exec(name)?.[1];
  if (statics !== undefined) return path + statics;
  const object = path + name.replace(/^Readonly(?=Array$|Map$|Set$)/, "");
  return `${object}.prototype` in builtins ? `${object}.prototype` : object;
}

function nameOf(name: ts.PropertyName): string {
  if (!typescript.isComputedPropertyName(name)) return name.getText().replace(/["']/g, "");
  const { expression } = name;
  return typescript.isPropertyAccessExpression(expression) ? `@@${expression.name.text}` : "";
}
