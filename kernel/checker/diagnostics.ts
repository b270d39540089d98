/** What is wrong with a cell or a local module, in the words of TypeScript and with a reader's lines and columns. */
import type ts from "typescript";
import type { Diagnostic } from "./messages";
import { topLevelAwait } from "./syntax";
import { cellSuffix, isCell, typescript } from "./typescript";

/** "Import assignment cannot be used when targeting ECMAScript modules": in a cell it becomes a `require`. */
const importAssignment = 1202;

/** "Export assignment cannot be used when targeting ECMAScript modules": local modules are loaded as CommonJS. */
const exportAssignment = 1203;

/** "Cannot find module": one that its own URL holds is found by Node, and has no types. */
const noModule = 2307;

export function errorsIn(program: ts.Program, file: ts.SourceFile): Diagnostic[] {
  const found = [...program.getSyntacticDiagnostics(file)];
  // After a syntax error the types say little that is true.
  if (found.length === 0)
    found.push(...(program.getSemanticDiagnostics(file) as ts.DiagnosticWithLocation[]));
  const waits = isCell(file) || isLeftToNode(file) ? undefined : topLevelAwait(file);
  if (waits) found.push(moduleWaits(file, waits));
  return found
    .filter(
      (d) =>
        d.category === typescript.DiagnosticCategory.Error &&
        d.code !== importAssignment &&
        !(d.code === exportAssignment && !isCell(file)) &&
        !(d.code === noModule && /^.data:/.test(file.text.slice(d.start, d.start + 6))),
    )
    .map((d) => describe(file, d));
}

/** An ECMAScript module in JavaScript that waits at its top level: `import()` loads it as it is. */
export function isLeftToNode(file: ts.SourceFile): boolean {
  return file.fileName.endsWith(".mjs") && topLevelAwait(file) !== undefined;
}

function describe(file: ts.SourceFile, d: ts.DiagnosticWithLocation): Diagnostic {
  const ofCell = isCell(file);
  // The suffix that makes a cell a module is not the reader's text.
  const start = ofCell ? Math.min(d.start, file.text.length - cellSuffix.length) : d.start;
  const { line, character } = typescript.getLineAndCharacterOfPosition(file, start);
  return {
    message: inNotebook(typescript.flattenDiagnosticMessageText(d.messageText, "\n")),
    code: d.code,
    line: line + 1,
    column: character + 1,
    length: d.length,
    ...(ofCell ? {} : { file: file.fileName, text: file.text }),
  };
}

/** Advice about options of a compiler is no help here: what is declared is what this Node has. */
function inNotebook(message: string): string {
  return message.replace(
    / Do you need to change your target library\?[^\n]*/,
    ` Node ${process.version} does not have it.`,
  );
}

/** A cell may wait at its top level; a local module is loaded at once, as `require` does. */
function moduleWaits(file: ts.SourceFile, at: ts.Node): ts.DiagnosticWithLocation {
  const start = at.getStart(file);
  return {
    category: typescript.DiagnosticCategory.Error,
    code: 1309,
    file,
    start,
    length: "await".length,
    messageText:
      "A local module cannot wait at its top level. Export an async function, and await that in a cell.",
  };
}
