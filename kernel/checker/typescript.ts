/**
 * The one door to TypeScript: its public API, and the few internals that this kernel builds on, typed. They are the
 * ones that the language service itself is made of; a new version of TypeScript is tried against test/kernel/.
 */
import ts from "typescript";

/** A source file as the binder and the program leave it: with the names it declares and the modules it imports. */
export interface BoundSourceFile extends ts.SourceFile {
  /** What the file imports; where preset, the program takes these instead of collecting them. */
  imports?: readonly ts.StringLiteralLike[];
  moduleAugmentations?: readonly ts.StringLiteral[];
  ambientModuleNames?: readonly string[];
  parseDiagnostics: readonly ts.DiagnosticWithLocation[];
  version?: string;
  /** Which comments above declarations were parsed. */
  jsDocParsingMode?: ts.JSDocParsingMode;
  /** The program finds by it where the file's imports lead. */
  path?: string;
}

/**
 * Every notebook's cells stand here, so that the program of the start-up snapshot fits wherever the notebook is:
 * with another path TypeScript would build the program anew, which takes half a second. Their imports are looked up
 * from the notebook's folder all the same.
 */
export const cellFolder = "/__convlab__";

export function isCell(file: ts.SourceFile): boolean {
  return file.fileName.startsWith(`${cellFolder}/`);
}

/** Makes the cell a module, so that its names are its own and `await` may stand at the top. */
export const cellSuffix = "\nexport {};";

/** Names declared at the top level, as the binder found them. */
export function localsOf(file: BoundSourceFile): Map<string, ts.Symbol> {
  const { locals } = file as unknown as { locals?: Map<string, ts.Symbol> };
  return locals ?? new Map<string, ts.Symbol>();
}

/** The symbol that `name` has at the top level of `file`: the binder keeps `__x` under another key. */
export function localOf(file: BoundSourceFile, name: string): ts.Symbol | undefined {
  return localsOf(file).get(keyOf(name));
}

/** What a file's names are kept under. */
export function keyOf(name: string): string {
  return ts.escapeLeadingUnderscores(name) as string;
}

/** Makes `previous` the scope around `file`: looking for a name climbs from parent to parent (tslab's idea). */
export function setEnclosing(file: BoundSourceFile, previous: BoundSourceFile): void {
  (file as { parent: ts.Node | undefined }).parent = previous;
}

/** The cell before `file`, as `setEnclosing` said. */
export function enclosing(file: BoundSourceFile): BoundSourceFile | undefined {
  return (file as { parent: ts.Node | undefined }).parent as BoundSourceFile | undefined;
}

/** Whether the cell before `file`, or one before that, declares `symbol`. */
export function isOfEarlierCell(symbol: ts.Symbol, file: BoundSourceFile): boolean {
  for (let cell = enclosing(file); cell; cell = enclosing(cell)) {
    const local = localOf(cell, symbol.name);
    if (local) return local === symbol && !localOf(file, symbol.name);
  }
  return false;
}

/** The internal functions that the language service itself calls, used here on a program of our own. */
export interface Internals {
  /** Finds the names that a file declares, and which scope each belongs to. */
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
  /** What makes a file a module, by the options' `moduleDetection`. */
  getSetExternalModuleIndicator(options: ts.CompilerOptions): (file: ts.SourceFile) => void;
  isExpressionNode(node: ts.Node): boolean;
  isInJSFile(node: ts.Node): boolean;
  isAssignmentTarget(node: ts.Node): boolean;
  isRequireCall(node: ts.Node, literalArgument: true): node is ts.CallExpression;
  getTouchingPropertyName(file: ts.SourceFile, position: number): ts.Node;
  getJSDocCommentRanges(node: ts.Node, text: string): ts.CommentRange[] | undefined;
  parseIsolatedJSDocComment(text: string, start: number, length: number): { jsDoc: ts.JSDoc } | undefined;
  setParentRecursive(node: ts.Node, incremental: boolean): void;
  findPrecedingToken(position: number, file: ts.SourceFile): ts.Node | undefined;
  getContainerNode(node: ts.Node): ts.Node | undefined;
  /** The property of an object literal that `node` names. */
  getContainingObjectLiteralElement(node: ts.Node): ts.ObjectLiteralElement | undefined;
  getPropertySymbolsFromContextualType(
    property: ts.ObjectLiteralElement,
    checker: ts.TypeChecker,
    type: ts.Type,
    unionSymbolOk: boolean,
  ): readonly ts.Symbol[];
  isLabelName(node: ts.Node): boolean;
  isTagName(node: ts.Node): boolean;
  isConstTypeReference(node: ts.Node): boolean;
  isInComment(file: ts.SourceFile, position: number): unknown;
  typeToDisplayParts(checker: ts.TypeChecker, type: ts.Type, enclosing?: ts.Node): ts.SymbolDisplayPart[];
  SymbolDisplay: {
    getSymbolDisplayPartsDocumentationAndSymbolKind(
      checker: ts.TypeChecker,
      symbol: ts.Symbol,
      file: ts.SourceFile,
      enclosing: ts.Node | undefined,
      location: ts.Node,
    ): {
      displayParts: ts.SymbolDisplayPart[];
      documentation: ts.SymbolDisplayPart[];
      tags: ts.JSDocTagInfo[] | undefined;
    };
  };
  Completions: {
    getCompletionsAtPosition(
      host: object,
      program: ts.Program,
      log: (message: string) => void,
      file: ts.SourceFile,
      position: number,
      preferences: ts.UserPreferences,
      triggerCharacter: undefined,
      completionKind: ts.CompletionTriggerKind,
      cancellation: ts.CancellationToken,
    ): ts.CompletionInfo | undefined;
  };
}

export const typescript: typeof ts = ts;
export const internals = ts as unknown as Internals;

export const neverCancelled: ts.CancellationToken = {
  isCancellationRequested: () => false,
  throwIfCancellationRequested: () => undefined,
};
