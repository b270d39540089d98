/** What the kernel asks of its checker and what comes back: plain data, one JSON line each way. */

/** A message about a place in a cell or in a local module. Lines and columns count from 1, offsets from 0 in UTF-16. */
export interface Diagnostic {
  message: string;
  code: number;
  line: number;
  column: number;
  length: number;
  /** Set where the place is in a local module and not in the cell. */
  file?: string;
  /** The module's text, to quote from. */
  text?: string;
}

/** A local module that a cell imports, compiled for the executor. */
export interface CompiledModule {
  path: string;
  /** Its text, to quote from in a traceback. */
  source: string;
  javascript: string;
  map: string;
}

export interface CompiledCell {
  javascript: string;
  map: string;
  /** The code awaits at its top level. */
  asynchronous: boolean;
  /** Names that a run of the cell assigns. */
  names: string[];
  modules: CompiledModule[];
}

export type CompileResult = { diagnostics: readonly Diagnostic[] } | { compiled: CompiledCell };

export interface CompletionItem {
  text: string;
  /** TypeScript's kind of thing: method, property, class, keyword … */
  kind: string;
}

export interface Completions {
  start: number;
  end: number;
  /** What stands from `start` to the cursor: all items begin with it, whatever the case. */
  prefix: string;
  items: CompletionItem[];
  /** A name and properties of it: types say nothing of this value, but where the cells run it has members. */
  untyped?: string[];
}

export interface Inspection {
  /** The signature, as TypeScript prints it. */
  signature: string;
  documentation: string;
  tags: { name: string; text: string }[];
}

export interface Completeness {
  status: "complete" | "incomplete" | "invalid";
  indent: string;
}

/** What the checker can be asked, as parameter and result of each question. */
export interface Questions {
  compile: [{ source: string }, CompileResult];
  /** The cell compiled last has run; `assigned` are the names it got to assign (all of them where it succeeded). */
  commit: [{ assigned: string[] | "all" }, null];
  /** Forget every cell. */
  reset: [Record<string, never>, null];
  complete: [{ source: string; offset: number }, Completions];
  inspect: [{ source: string; offset: number }, Inspection | null];
  isComplete: [{ source: string }, Completeness];
}

export type Question = keyof Questions;

/** The checker's pipes, by file descriptor. */
export const pipes = { questions: 3, answers: 4 } as const;
