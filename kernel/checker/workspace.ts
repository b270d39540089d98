/**
 * The program that cells are checked in: TypeScript's libraries, Node's types, the modules that cells import, and one
 * cell at a time.
 *
 * A cell sees the names of the cells before it because its source file's `parent` is the previous cell's file, which
 * makes name resolution climb from one to the next (tslab's idea). No cell is part of the program: a file without
 * text stands in it for all of them, and a cell's own file is bound by itself and hung on the chain. So one program
 * and one type checker serve cell after cell until a module is new or edited, and checking costs the same for the
 * two-hundredth cell as for the second.
 */
import { isBuiltin } from "node:module";
import type ts from "typescript";
import { type Builtins, builtinsOfThisNode } from "./builtins";
import { moduleNames, standIn } from "./imports";
import type { Language } from "./language";
import { ModuleResolution, normalize } from "./module-resolution";
import { mentioned, NodeTypes } from "./node-types";
import { prefersLegacyDecorators, programOptions, standardOptions } from "./options";
import type { Places } from "./places";
import { parse, SourceFiles } from "./source-files";
import {
  type BoundSourceFile,
  cellFolder,
  cellSuffix,
  enclosing,
  internals,
  setEnclosing,
  typescript,
} from "./typescript";

/** One text as a cell: checked in `program`, its names bound in `file`. */
export interface OpenCell {
  program: ts.Program;
  file: BoundSourceFile;
  /** The local source modules that it imports, directly or through others. */
  modules: readonly BoundSourceFile[];
  host: ts.CompilerHost;
  /** Where the cell's relative imports start. */
  folder: string;
  /** Modules that can be imported from anywhere: Node's that are not yet in the program, and convlab. */
  otherModules: () => readonly string[];
}

/** Names every cell has besides Node's. */
const cellGlobals = `
/** Asks the reader for a line of text and waits for it; \`null\` where the front end cannot ask. */
declare function prompt(message?: string, options?: { password?: boolean }): string | null;
/** Asks the reader for a line of text. */
declare function input(message?: string, options?: { password?: boolean }): Promise<string>;
declare var require: NodeJS.Require;
`;

/** The file that stands in the program for all cells. */
const cellPath = `${cellFolder}/__cell__.ts`;

/** After so many cells, completions and hovers the checker is made anew, which frees what it knows of them. */
const checkerLife = 500;

export class Workspace {
  private readonly files: SourceFiles;
  private readonly modules: ModuleResolution;
  private readonly imports: Map<string, ts.StringLiteralLike>;
  private readonly host: ts.CompilerHost;
  private readonly globals: BoundSourceFile;
  private readonly nodeTypes: NodeTypes;
  /** The newest program with standard decorators (false) and, once it was needed, with those of old (true). */
  private readonly programs: Map<boolean, ts.Program>;
  /** Those of them that fit what is on the disk. */
  private readonly fitting = new Set<boolean>();
  private cell: BoundSourceFile;
  private version: number;
  private opened = 0;
  private builtins: Builtins | undefined;
  private legacyFirst: boolean | undefined;

  /** `warm` gives the files that an earlier workspace of the same packages has read: the start-up snapshot's. */
  constructor(
    readonly places: Places,
    warm?: Workspace,
  ) {
    const root = normalize(places.packageRoot);
    const nodeTypes = new NodeTypes(normalize(places.nodeTypes), warm?.nodeTypes);
    this.nodeTypes = nodeTypes;
    this.modules = new ModuleResolution(places, nodeTypes, warm?.modules);
    this.files = new SourceFiles(
      `${root}/dist/`,
      normalize(places.typescriptLib),
      () => places.builtins ?? (this.builtins ??= builtinsOfThisNode()),
      (text) => this.noteMentioned(text),
      warm?.files,
    );
    this.imports = new Map(warm?.imports);
    this.version = warm?.version ?? 0;
    this.programs = new Map(warm?.programs);
    if (warm) this.fitting.add(false);
    this.globals = warm?.globals ?? parse(`${root}/__globals__.d.ts`, cellGlobals, String(++this.version));
    this.cell = warm?.cell ?? parse(cellPath, "", "0");
    this.host = this.createHost();
  }

  /**
   * `source` as the current cell, chained behind `previous`.
   * What comes back is bound: its names are in `file.locals`. It is `before` where that would be the same: of it,
   * TypeScript knows much already.
   */
  open(
    source: string,
    previous: BoundSourceFile | undefined,
    language: Language = "typescript",
    legacyDecorators = false,
    before?: OpenCell,
  ): OpenCell {
    const ending = language === "javascript" ? ".js" : ".ts";
    const known = before && isSame(before.file, source, previous, ending) ? before : undefined;
    const name = known?.file.fileName ?? `${cellFolder}/__cell${String(++this.version)}__${ending}`;
    const file = known?.file ?? parse(name, source + cellSuffix, "0");
    const names = moduleNames(file);
    // Each of them says whether the program still fits.
    const isNew = [
      this.files.forgetChanged(),
      this.modules.forgetDeleted(),
      this.noteImports(file, names),
      this.appeared(file, names),
    ];
    if (isNew.includes(true)) {
      this.fitting.clear();
      this.modules.forgetMissing();
    }
    if (++this.opened % checkerLife === 0) this.fitting.clear();
    const program = this.program(legacyDecorators);
    if (known?.program === program) return known;
    // Bound for a program that has been replaced.
    if (known) return this.open(source, previous, language, legacyDecorators);
    asCell(file, [...this.imports.values()]);
    file.path = name;
    // The chain is hung up before anything is resolved.
    program.getTypeChecker();
    internals.bindSourceFile(file, program.getCompilerOptions());
    if (previous) setEnclosing(file, previous);
    return {
      program,
      file,
      modules: this.reached(program, file, names),
      host: this.host,
      folder: normalize(this.places.folder),
      otherModules: () => ["convlab", ...this.nodeTypes.left],
    };
  }

  /** The program as it is, with decorators of the kind that is asked for. */
  program(legacyDecorators: boolean): ts.Program {
    const program = this.programs.get(legacyDecorators);
    return program && this.fitting.has(legacyDecorators) ? program : this.renew(legacyDecorators);
  }

  /** A new program with a checker that knows nothing yet. */
  renew(legacyDecorators = false): ts.Program {
    for (;;) {
      const imports = [...this.imports.values()];
      this.cell = asCell(parse(cellPath, cellSuffix, String(++this.version)), imports);
      const oldProgram = this.programs.get(legacyDecorators) ?? this.programs.get(!legacyDecorators);
      const program = typescript.createProgram({
        rootNames: [this.globals.fileName, ...this.nodeTypes.files, cellPath],
        options: programOptions(legacyDecorators),
        host: this.host,
        ...(oldProgram && { oldProgram }),
      });
      shareImports(program);
      this.programs.set(legacyDecorators, program);
      this.fitting.add(legacyDecorators);
      // A local module that was read for it may have mentioned one more of Node's.
      if (this.imports.size === imports.length) return program;
    }
  }

  /** Forgets the programs: the next cell gets one that knows nothing yet. */
  forget(): void {
    this.fitting.clear();
  }

  /** The kinds of decorators, the one to try first in front: what the notebook's tsconfig.json says, or the standard. */
  get decoratorKinds(): readonly [boolean, boolean] {
    this.legacyFirst ??= prefersLegacyDecorators(normalize(this.places.folder));
    return this.legacyFirst ? [true, false] : [false, true];
  }

  /** The local source modules that `names` lead to, from `file` on: what a cell is compiled with, and answers for. */
  private reached(
    program: ts.Program,
    file: BoundSourceFile,
    names: readonly ts.StringLiteralLike[],
  ): BoundSourceFile[] {
    const found = new Set<BoundSourceFile>();
    const follow = (from: BoundSourceFile, literals: readonly ts.StringLiteralLike[]): void => {
      for (const literal of literals) {
        const target = this.modules.find(
          literal.text,
          from.fileName,
          modeOf(from, literal),
        )?.resolvedFileName;
        const next = target === undefined ? undefined : this.files.local(target);
        // What only a later edit brought in is not in this program.
        if (!next || found.has(next) || program.getSourceFile(next.fileName) !== next) continue;
        found.add(next);
        follow(next, next.imports ?? []);
      }
    };
    follow(file, names);
    return [...found].filter((next) => !next.isDeclarationFile);
  }

  /**
   * Every module that any cell has named is an import of every later cell. The list only grows, so the program's
   * structure changes when a module is new and at no other time. True if one is. What is not there is not noted: a
   * name half typed, or a package that a failed cell asked for, costs later cells nothing.
   */
  private noteImports(file: ts.SourceFile, names: readonly ts.StringLiteralLike[]): boolean {
    const before = this.imports.size;
    this.noteMentioned(file.text);
    for (const literal of names) {
      const mode = modeOf(file, literal);
      const key = `${String(mode)} ${literal.text}`;
      if (this.imports.has(key) || !this.modules.find(literal.text, file.fileName, mode)) continue;
      this.imports.set(key, standIn(literal.text, mode));
    }
    return this.imports.size > before;
  }

  private noteMentioned(text: string): void {
    for (const name of mentioned(text)) {
      const key = `${String(typescript.ModuleKind.ESNext)} ${name}`;
      if (!this.imports.has(key)) this.imports.set(key, standIn(name, typescript.ModuleKind.ESNext));
    }
  }

  /** A module that was not there when the program was made may be there now, for the cell or for what it imports. */
  private appeared(file: BoundSourceFile, names: readonly ts.StringLiteralLike[]): boolean {
    const seen = new Set<BoundSourceFile>();
    const look = (from: BoundSourceFile, literals: readonly ts.StringLiteralLike[]): boolean =>
      literals.some((literal) => {
        if (isBuiltin(literal.text)) return false;
        const mode = modeOf(from, literal);
        const wasMissing = this.modules.isMissing(literal.text, from.fileName, mode);
        const found = this.modules.find(literal.text, from.fileName, mode);
        if (wasMissing && found) return true;
        const next = found && this.files.local(found.resolvedFileName);
        if (!next || seen.has(next)) return false;
        seen.add(next);
        return look(next, next.imports ?? []);
      });
    return look(file, names);
  }

  private sourceFile(name: string): BoundSourceFile | undefined {
    if (name === cellPath) return this.cell;
    return name === this.globals.fileName ? this.globals : this.files.read(name);
  }

  private createHost(): ts.CompilerHost & { getCompilationSettings(): ts.CompilerOptions } {
    const { sys } = typescript;
    const libraries = normalize(this.places.typescriptLib);
    return {
      getCompilationSettings: () => standardOptions,
      getSourceFile: (name) => this.sourceFile(name),
      getDefaultLibFileName: (options) => `${libraries}/${typescript.getDefaultLibFileName(options)}`,
      getDefaultLibLocation: () => libraries,
      getCurrentDirectory: () => normalize(this.places.folder),
      getCanonicalFileName: (name) => name,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => "\n",
      fileExists: (name) => name === cellPath || name === this.globals.fileName || sys.fileExists(name),
      readFile: (name) => sys.readFile(name),
      directoryExists: (name) => sys.directoryExists(name),
      getDirectories: (name) => sys.getDirectories(name),
      realpath: (name) => sys.realpath?.(name) ?? name,
      readDirectory: (name, ...rest) => sys.readDirectory(name, ...rest),
      writeFile: () => undefined,
      // What a local module could not find it may find now, and what it found may be gone.
      hasInvalidatedResolutions: (name) => this.files.local(name) !== undefined,
      resolveModuleNameLiterals: (literals, containing, _redirected, options, file) =>
        literals.map((literal) => {
          const mode = typescript.getModeForUsageLocation(file, literal, options);
          return { resolvedModule: this.modules.find(literal.text, containing, mode) };
        }),
      resolveTypeReferenceDirectiveReferences: (references, containing) =>
        references.map((reference) =>
          this.resolveTypes(typeof reference === "string" ? reference : reference.fileName, containing),
        ),
    };
  }

  /** `/// <reference types="node" />` adds nothing: Node's types are here, or come with their modules. */
  private resolveTypes(
    name: string,
    containing: string,
  ): ts.ResolvedTypeReferenceDirectiveWithFailedLookupLocations {
    if (name !== "node")
      return typescript.resolveTypeReferenceDirective(name, containing, standardOptions, this.host);
    const resolvedTypeReferenceDirective = { primary: true, resolvedFileName: this.globals.fileName };
    return { resolvedTypeReferenceDirective };
  }
}

/** Whether `file` is `source` as a cell behind `previous`. */
function isSame(
  file: BoundSourceFile,
  source: string,
  previous: BoundSourceFile | undefined,
  ending: string,
): boolean {
  return file.text === source + cellSuffix && enclosing(file) === previous && file.fileName.endsWith(ending);
}

function modeOf(file: ts.SourceFile, literal: ts.StringLiteralLike): ts.ResolutionMode {
  return typescript.getModeForUsageLocation(file, literal, standardOptions);
}

/** Every cell, also an earlier one that a name leads back to, finds its modules where the program found the stand-in's. */
function shareImports(program: ts.Program): void {
  const { resolvedModules: found } = program as ts.Program & { resolvedModules?: Map<string, unknown> };
  if (found)
    found.get = (name) => Map.prototype.get.call(found, name.startsWith(cellFolder) ? cellPath : name);
}

/** Cells import what the program has resolved for all of them, and add nothing to the world's names. */
function asCell(file: BoundSourceFile, imports: readonly ts.StringLiteralLike[]): BoundSourceFile {
  return Object.assign(file, { imports, moduleAugmentations: [], ambientModuleNames: [] });
}
