/**
 * The one door to tslab's TypeScript: its public API, and the few internals this kernel builds on, typed.
 *
 * tslab ships a TypeScript of its own (5.0.4). The checker takes that one, so that a cell means here what it means
 * in tslab. Nothing else in the project imports it.
 */
import { createRequire } from "node:module";
import type ts from "@tslab/typescript-for-tslab";

/** A source file as the binder and the program leave it: with the names it declares and the modules it imports. */
export interface BoundSourceFile extends ts.SourceFile {
  /** What the file imports; where preset, the program takes these instead of collecting them. */
  imports?: readonly ts.StringLiteralLike[];
  moduleAugmentations?: readonly ts.StringLiteral[];
  ambientModuleNames?: readonly string[];
  parseDiagnostics: readonly ts.DiagnosticWithLocation[];
  version?: string;
  /** What the program's checker knows the file by. */
  path?: string;
  /** Where the names it imports lead: found when the program is made. */
  resolvedModules?: {
    forEach(callback: (found: { resolvedModule?: object } | undefined, name: string) => void): void;
  };
}

/** Names declared at the top level, as the binder found them. */
export function localsOf(file: BoundSourceFile): Map<string, ts.Symbol> {
  const { locals } = file as unknown as { locals?: Map<string, ts.Symbol> };
  return locals ?? new Map<string, ts.Symbol>();
}

/** Makes `previous` the scope around `file`: the trick that tslab's checker is built on. */
export function setEnclosing(file: BoundSourceFile, previous: BoundSourceFile): void {
  (file as { parent: ts.Node | undefined }).parent = previous;
}

/** The cell before `file`, as `setEnclosing` said. */
export function enclosing(file: BoundSourceFile): BoundSourceFile | undefined {
  return (file as { parent: ts.Node | undefined }).parent as BoundSourceFile | undefined;
}

/** The internal functions that the language service itself calls, used here on a program of our own. */
export interface Internals {
  /** Finds the names that a file declares, and which scope each belongs to. */
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
  isExpressionNode(node: ts.Node): boolean;
  getQuickInfoAtPosition(
    file: ts.SourceFile,
    checker: ts.TypeChecker,
    cancellation: ts.CancellationToken,
    position: number,
  ): ts.QuickInfo | undefined;
  Completions: {
    getCompletionsAtPositionForTslab(
      host: object,
      program: ts.Program,
      log: (message: string) => void,
      file: ts.SourceFile,
      position: number,
      preferences: object,
      triggerCharacter: undefined,
      completionKind: number,
      cancellation: ts.CancellationToken,
    ): ts.CompletionInfo | undefined;
  };
}

export type TypeScript = typeof ts;

declare const TSLAB_TYPESCRIPT: unknown;

function load(): TypeScript {
  // The start-up snapshot has no module loader; its bundle brings TypeScript along under this name.
  if (typeof TSLAB_TYPESCRIPT !== "undefined") return TSLAB_TYPESCRIPT as TypeScript;
  return createRequire(require.resolve("tslab/package.json"))("@tslab/typescript-for-tslab") as TypeScript;
}

export const typescript: TypeScript = load();
export const internals = typescript as unknown as Internals;

export const neverCancelled: ts.CancellationToken = {
  isCancellationRequested: () => false,
  throwIfCancellationRequested: () => undefined,
};
