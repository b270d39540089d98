/** Checks and compiles cells, and answers what an editor asks about them. One notebook, one checker. */
import type ts from "@tslab/typescript-for-tslab";
import { moduleEnd, moduleTransformer } from "./awaits";
import { completeness } from "./completeness";
import { completionsAt } from "./completions";
import { inspectionAt } from "./inspection";
import type {
  CompiledModule,
  CompileResult,
  Completeness,
  Completions,
  Diagnostic,
  Inspection,
} from "./messages";
import { cellTransformer, type TransformFacts } from "./transform";
import { topLevelAwait } from "./syntax";
import { type BoundSourceFile, localsOf, typescript } from "./typescript";
import { cellSuffix, isCell, type Places, Workspace } from "./workspace";

/** "Import assignment cannot be used when targeting ECMAScript modules": in a cell it becomes a `require`. */
const importAssignment = 1202;

export class Checker {
  private readonly workspace: Workspace;
  /** The newest cell that ran: the end of the chain of scopes. */
  private last: BoundSourceFile | undefined;
  private pending: { file: BoundSourceFile; names: ReadonlySet<string> } | undefined;
  private readonly sent = new Map<string, ts.SourceFile>();

  constructor(places: Places, warm?: Checker) {
    this.workspace = new Workspace(places, warm?.workspace);
  }

  compile(source: string): CompileResult {
    const { program, file } = this.open(source);
    const diagnostics = [
      ...this.errors(program, file),
      ...this.workspace
        .localSources()
        .flatMap((module) => (this.sent.get(module.fileName) === module ? [] : this.errors(program, module))),
    ];
    if (diagnostics.length > 0) {
      this.pending = undefined;
      return { diagnostics };
    }
    const facts: TransformFacts = { asynchronous: false, names: new Set() };
    let javascript = "";
    let map = "";
    program.emit(
      file,
      (name, text) => {
        if (name.endsWith(".map")) map = text;
        else if (name.endsWith(".js")) javascript = text;
      },
      undefined,
      false,
      { before: [cellTransformer(program.getTypeChecker(), file, facts)] },
    );
    this.pending = { file, names: facts.names };
    const body = javascript.replace(/^export \{\};$/m, "").replace(/\/\/# sourceMappingURL=.*\s*$/, "");
    return {
      compiled: {
        javascript: body,
        map,
        asynchronous: facts.asynchronous,
        names: [...facts.names],
        modules: this.newModules(),
      },
    };
  }

  /** The compiled cell has run and becomes the scope of the next one. */
  commit(assigned: string[] | "all"): void {
    const { pending } = this;
    this.pending = undefined;
    if (!pending) return;
    const locals = localsOf(pending.file);
    if (assigned !== "all") {
      // What the cell did not get to assign is not there for later cells; what it did, is.
      const kept = new Set(assigned);
      for (const name of pending.names) if (!kept.has(name)) locals.delete(name);
    }
    if (locals.size > 0) this.last = pending.file;
  }

  reset(): void {
    this.last = undefined;
    this.pending = undefined;
    this.sent.clear();
  }

  /** Forgets everything that a new notebook need not know. */
  rest(): void {
    this.reset();
    this.workspace.renew();
  }

  /** After an error of its own a check may have left things half done. */
  recover(): void {
    this.workspace.renew();
  }

  complete(source: string, offset: number): Completions {
    const { program, file } = this.open(source);
    return completionsAt(program, file, source, offset);
  }

  inspect(source: string, offset: number): Inspection | null {
    const { program, file } = this.open(source);
    return inspectionAt(program, file, offset);
  }

  isComplete(source: string): Completeness {
    return completeness(withoutMark(source));
  }

  private open(source: string): ReturnType<Workspace["open"]> {
    return this.workspace.open(withoutMark(source), this.last);
  }

  /** Local modules that are new or edited since they were last handed out. */
  private newModules(): CompiledModule[] {
    const modules: CompiledModule[] = [];
    for (const file of this.workspace.localSources()) {
      if (!/\.[mc]?[jt]sx?$/.test(file.fileName) || this.sent.get(file.fileName) === file) continue;
      this.sent.set(file.fileName, file);
      const { outputText, sourceMapText } = typescript.transpileModule(file.text, {
        fileName: file.fileName,
        transformers: { before: [moduleTransformer] },
        compilerOptions: {
          module: typescript.ModuleKind.CommonJS,
          target: typescript.ScriptTarget.ES2022,
          esModuleInterop: true,
          experimentalDecorators: true,
          sourceMap: true,
          jsx: typescript.JsxEmit.React,
        },
      });
      const javascript = outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, "") + moduleEnd;
      modules.push({ path: file.fileName, source: file.text, javascript, map: sourceMapText ?? "" });
    }
    return modules;
  }

  private errors(program: ts.Program, file: ts.SourceFile): Diagnostic[] {
    const found = [...program.getSyntacticDiagnostics(file)];
    // After a syntax error the types say little that is true.
    if (found.length === 0)
      found.push(...(program.getSemanticDiagnostics(file) as ts.DiagnosticWithLocation[]));
    const ofCell = isCell(file);
    const waits = ofCell || file.isDeclarationFile ? undefined : topLevelAwait(file);
    if (waits) found.push(moduleWaits(file, waits));
    return found
      .filter((d) => d.category === typescript.DiagnosticCategory.Error && d.code !== importAssignment)
      .map((d) => {
        // The suffix that makes a cell a module is not the reader's text.
        const start = ofCell ? Math.min(d.start, file.text.length - cellSuffix.length) : d.start;
        const { line, character } = typescript.getLineAndCharacterOfPosition(file, start);
        return {
          message: typescript.flattenDiagnosticMessageText(d.messageText, "\n"),
          code: d.code,
          line: line + 1,
          column: character + 1,
          length: d.length,
          ...(ofCell ? {} : { file: file.fileName, text: file.text }),
        };
      });
  }
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

/** nbgrader writes `# This cell (id:…)` above a cell, whatever its language: here it counts as a comment. */
function withoutMark(source: string): string {
  return source.replace(/^# (?=This cell \(id:)/, "//");
}
