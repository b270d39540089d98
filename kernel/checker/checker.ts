/** Checks and compiles cells, and answers what an editor asks about them. One notebook, one checker. */
import { transformers } from "./awaits";
import { completeness } from "./completeness";
import { completionsAt } from "./completions";
import { errorsIn } from "./diagnostics";
import { inspectionAt } from "./inspection";
import { type Language, languageOf } from "./language";
import { LocalModules } from "./local-modules";
import type { CompileResult, Completeness, Completions, Diagnostic, Inspection } from "./messages";
import { usesDecorators } from "./syntax";
import type { Places } from "./places";
import { cellTransformer, type TransformFacts } from "./transform";
import { type BoundSourceFile, keyOf, localsOf } from "./typescript";
import { type OpenCell, Workspace } from "./workspace";

interface Pending {
  file: BoundSourceFile;
  names: ReadonlySet<string>;
  /** The language of the cells from here on, where the cell says so. */
  language: Language | undefined;
}

export class Checker {
  private readonly workspace: Workspace;
  private readonly modules: LocalModules;
  /** The newest cell that ran: the end of the chain of scopes. */
  private last: BoundSourceFile | undefined;
  private pending: Pending | undefined;
  private looked: OpenCell | undefined;
  private language: Language;

  constructor(places: Places, warm?: Checker) {
    this.workspace = new Workspace(places, warm?.workspace);
    this.modules = new LocalModules(this.workspace);
    this.language = places.language;
  }

  compile(source: string): CompileResult {
    this.pending = undefined;
    const { program, file, modules, diagnostics } = this.check(source);
    if (diagnostics.length > 0) return { diagnostics };
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
      transformers(source, cellTransformer(program.getTypeChecker(), file, facts)),
    );
    const said = languageOf(withoutMark(source));
    this.pending = { file, names: facts.names, language: said?.forAll ? said.language : undefined };
    return {
      compiled: {
        javascript: javascript.replace(/^export \{\};$/m, "").replace(/\/\/# sourceMappingURL=.*\s*$/, ""),
        map,
        asynchronous: facts.asynchronous,
        names: [...facts.names],
        modules: this.modules.compile(modules),
      },
    };
  }

  /** The compiled cell has run and becomes the scope of the next one. */
  commit(assigned: string[] | "all"): void {
    const { pending } = this;
    this.pending = undefined;
    if (!pending) return;
    this.language = pending.language ?? this.language;
    const locals = localsOf(pending.file);
    if (assigned !== "all") {
      // What the cell did not get to assign is not there for later cells; what it did, is.
      const kept = new Set(assigned);
      for (const name of pending.names) if (!kept.has(name)) locals.delete(keyOf(name));
    }
    if (locals.size > 0) this.last = pending.file;
  }

  reset(): void {
    this.last = undefined;
    this.pending = undefined;
    this.looked = undefined;
    this.modules.reset();
  }

  /** Forgets everything that a new notebook need not know. */
  rest(): void {
    this.reset();
    this.workspace.renew();
  }

  /** After an error of its own a check may have left things half done. */
  recover(): void {
    this.looked = undefined;
    this.workspace.forget();
  }

  complete(source: string, offset: number): Completions {
    return completionsAt(this.look(source), source, offset);
  }

  inspect(source: string, offset: number): Inspection | null {
    const { program, file } = this.look(source);
    return inspectionAt(program, file, offset);
  }

  isComplete(source: string): Completeness {
    return completeness(withoutMark(source));
  }

  /**
   * The cell with its errors and those of the modules that it imports. Decorators are the standard's or TypeScript's
   * own of old: whichever of the two the cell was written for.
   */
  private check(source: string): OpenCell & { diagnostics: readonly Diagnostic[] } {
    const [first, other] = this.workspace.decoratorKinds;
    let cell = this.open(source, first);
    let diagnostics = errorsIn(cell.program, cell.file);
    if (diagnostics.length > 0 && usesDecorators(cell.file)) {
      const otherwise = this.open(source, other);
      if (errorsIn(otherwise.program, otherwise.file).length === 0) [cell, diagnostics] = [otherwise, []];
    }
    return {
      ...cell,
      diagnostics: [...diagnostics, ...cell.modules.flatMap((module) => this.modules.errors(module))],
    };
  }

  /** The cell that an editor asks about, which is often the one that it asked about before. */
  private look(source: string): OpenCell {
    return (this.looked = this.open(source, false, this.looked));
  }

  private open(source: string, legacyDecorators = false, before?: OpenCell): OpenCell {
    const text = withoutMark(source);
    const language = languageOf(text)?.language ?? this.language;
    return this.workspace.open(text, this.last, language, legacyDecorators, before);
  }
}

/**
 * nbgrader writes `# This cell (id:…)` above a cell, whatever its language, and a script begins with `#!`: here both
 * count as comments.
 */
function withoutMark(source: string): string {
  return source.replace(/^\uFEFF?#(?:!| (?=This cell \(id:))/, (mark) => "//".padStart(mark.length));
}
