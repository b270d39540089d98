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
import path from "node:path";
import type ts from "@tslab/typescript-for-tslab";
import { NodeTypes } from "./node-types";
import { type BoundSourceFile, internals, setEnclosing, typescript } from "./typescript";

/** Where things are on this machine. */
export interface Places {
  /** The notebook's folder: modules resolve from here upward first. */
  folder: string;
  /** convlab's own root: what the folder does not have resolves from here. */
  packageRoot: string;
  /** The folder with TypeScript's lib.*.d.ts. */
  typescriptLib: string;
  /** The folder of @types/node. */
  nodeTypes: string;
}

const compilerOptions: ts.CompilerOptions = {
  target: typescript.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts"],
  module: typescript.ModuleKind.ESNext,
  // Honours `exports`, needs no file extensions: what notebook authors write.
  moduleResolution: typescript.ModuleResolutionKind.Bundler,
  esModuleInterop: true,
  resolveJsonModule: true,
  experimentalDecorators: true,
  jsx: typescript.JsxEmit.React,
  allowJs: true,
  preserveConstEnums: true,
  sourceMap: true,
  skipLibCheck: true,
  types: [],
};

/** Names every cell has besides Node's. */
const cellGlobals = `
/** Asks the reader for a line of text and waits for it; \`null\` where the front end cannot ask. */
declare function prompt(message?: string, options?: { password?: boolean }): string | null;
/** Asks the reader for a line of text. */
declare function input(message?: string, options?: { password?: boolean }): Promise<string>;
declare var require: NodeJS.Require;
`;

interface LocalFile {
  file: BoundSourceFile;
  changed: number;
}

/**
 * Every notebook's cells stand here, so that the program of the start-up snapshot fits wherever the notebook is:
 * with another path TypeScript would build the program anew, which takes half a second. Their imports are looked up
 * from the notebook's folder all the same.
 */
const cellFolder = "/__convlab__";
/** The file that stands in the program for all cells. */
const cellPath = `${cellFolder}/__cell__.ts`;

export function isCell(file: ts.SourceFile): boolean {
  return file.fileName.startsWith(`${cellFolder}/`);
}

/** After so many cells, completions and hovers the checker is made anew, which frees what it knows of them. */
const checkerLife = 500;

/** Makes the cell a module, so that its names are its own and `await` may stand at the top. */
export const cellSuffix = "\nexport {};";

export class Workspace {
  private readonly packageFiles: Map<string, BoundSourceFile>;
  private readonly localFiles = new Map<string, LocalFile>();
  private readonly resolved: Map<string, ts.ResolvedModuleFull>;
  private readonly imports: Map<string, ts.StringLiteralLike>;
  private readonly host: ts.CompilerHost;
  private readonly globals: BoundSourceFile;
  private readonly nodeTypes: NodeTypes;
  private program: ts.Program | undefined;
  private cell: BoundSourceFile;
  private version: number;
  private opened = 0;

  /** `warm` gives the files that an earlier workspace of the same packages has read: the start-up snapshot's. */
  constructor(
    private readonly places: Places,
    warm?: Workspace,
  ) {
    this.packageFiles = warm?.packageFiles ?? new Map<string, BoundSourceFile>();
    this.resolved = new Map(warm?.resolved);
    this.imports = new Map(warm?.imports);
    this.version = warm?.version ?? 0;
    this.program = warm?.program;
    this.globals =
      warm?.globals ??
      parse(`${normalize(places.packageRoot)}/__globals__.d.ts`, cellGlobals, String(++this.version));
    this.nodeTypes = new NodeTypes(normalize(places.nodeTypes), warm?.nodeTypes);
    this.cell = warm?.cell ?? parse(cellPath, "", "0");
    this.host = this.createHost();
  }

  /**
   * The program with `source` as the current cell, chained behind `previous`.
   * What comes back is bound: its names are in `file.locals`.
   */
  open(
    source: string,
    previous: BoundSourceFile | undefined,
  ): { program: ts.Program; file: BoundSourceFile } {
    // Each of them says whether the program still fits.
    const isNew = [this.forgetChangedFiles(), this.noteImports(source), this.hasUnresolved()].includes(true);
    this.opened++;
    const program = isNew || !this.program || this.opened % checkerLife === 0 ? this.renew() : this.program;
    const name = `${cellFolder}/__cell${String(++this.version)}__.ts`;
    const file = asCell(parse(name, source + cellSuffix, "0"), [...this.imports.values()]);
    file.path = name;
    file.resolvedModules = this.cell.resolvedModules;
    // The chain is hung up before anything is resolved.
    program.getTypeChecker();
    internals.bindSourceFile(file, compilerOptions);
    if (previous) setEnclosing(file, previous);
    return { program, file };
  }

  /** A new program with a checker that knows nothing yet. */
  renew(): ts.Program {
    this.cell = asCell(parse(cellPath, cellSuffix, String(++this.version)), [...this.imports.values()]);
    for (;;) {
      const nodeTypes = this.nodeTypes.files;
      const program = typescript.createProgram({
        rootNames: [this.globals.fileName, ...nodeTypes, cellPath],
        options: compilerOptions,
        host: this.host,
        ...(this.program && { oldProgram: this.program }),
      });
      this.program = program;
      // Resolving imports may have asked for more of Node's modules.
      if (this.nodeTypes.files.length === nodeTypes.length) return program;
    }
  }

  /** The local source modules that the program reaches: those are compiled with the cell that imports them. */
  localSources(): ts.SourceFile[] {
    const files: ts.SourceFile[] = [];
    for (const { file } of this.localFiles.values()) {
      const live = this.program?.getSourceFile(file.fileName);
      if (live && !live.isDeclarationFile) files.push(live);
    }
    return files;
  }

  /**
   * Every module that any cell has named is an import of every later cell. The list only grows, so the program's
   * structure changes when a module is new and at no other time. True if one is.
   */
  private noteImports(source: string): boolean {
    const before = this.imports.size;
    for (const { fileName } of typescript.preProcessFile(source, true, true).importedFiles) {
      if (this.imports.has(fileName)) continue;
      const holder = parse("import.ts", `import ${JSON.stringify(fileName)};`, "0");
      const [statement] = holder.statements;
      if (statement && typescript.isImportDeclaration(statement)) {
        this.imports.set(fileName, statement.moduleSpecifier as ts.StringLiteral);
      }
    }
    return this.imports.size > before;
  }

  /** A module that was not there may be there now. */
  private hasUnresolved(): boolean {
    let found = false;
    this.cell.resolvedModules?.forEach((module, name) => {
      if (!module?.resolvedModule && !isBuiltin(name)) found = true;
    });
    return found;
  }

  /** An edited local module is read again. True if one was. */
  private forgetChangedFiles(): boolean {
    const before = this.localFiles.size + this.resolved.size;
    for (const [name, { changed }] of this.localFiles) {
      if (modificationTime(name) !== changed) this.localFiles.delete(name);
    }
    for (const [key, module] of this.resolved) {
      const isOwn = module.resolvedFileName.startsWith(`${normalize(this.places.packageRoot)}/`);
      if (!isOwn && !typescript.sys.fileExists(module.resolvedFileName)) this.resolved.delete(key);
    }
    return this.localFiles.size + this.resolved.size < before;
  }

  private sourceFile(name: string): BoundSourceFile | undefined {
    if (name === cellPath) return this.cell;
    if (name === this.globals.fileName) return this.globals;
    const known = this.packageFiles.get(name) ?? this.localFiles.get(name)?.file;
    if (known) return known;
    const text = typescript.sys.readFile(name);
    if (text === undefined) return undefined;
    const changed = modificationTime(name);
    const file = parse(name, text, String(changed));
    if (name.includes("/node_modules/") || name.startsWith(`${normalize(this.places.packageRoot)}/dist/`)) {
      this.packageFiles.set(name, file);
    } else {
      this.localFiles.set(name, { file, changed });
    }
    return file;
  }

  private createHost(): ts.CompilerHost {
    const { sys } = typescript;
    const libraries = normalize(this.places.typescriptLib);
    return {
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
      writeFile: () => undefined,
      resolveModuleNameLiterals: (names, containing) =>
        names.map(({ text }) => ({ resolvedModule: this.resolve(text, containing) })),
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
      return typescript.resolveTypeReferenceDirective(name, containing, compilerOptions, this.host);
    const resolvedTypeReferenceDirective = { primary: true, resolvedFileName: this.globals.fileName };
    return { resolvedTypeReferenceDirective };
  }

  /** From the importing file upward, then from convlab's own packages; `convlab` itself is always found. */
  private resolve(name: string, containing: string): ts.ResolvedModuleFull | undefined {
    if (isBuiltin(name)) {
      this.nodeTypes.want(name, containing);
      return undefined;
    }
    const from = containing === cellPath ? `${normalize(this.places.folder)}/__cell__.ts` : containing;
    const key = `${path.posix.dirname(from)}\n${name}`;
    const known = this.resolved.get(key);
    if (known) return known;
    const root = normalize(this.places.packageRoot);
    const look = (base: string): ts.ResolvedModuleFull | undefined =>
      typescript.resolveModuleName(name, base, compilerOptions, this.host).resolvedModule;
    // An installed tslab belongs to another kernel: cells get this kernel's module of that name.
    let found = name === "tslab" ? declarations(`${root}/dist/kernel/tslab.d.ts`) : look(from);
    if (!found && !name.startsWith(".")) {
      found = name === "convlab" ? declarations(`${root}/dist/src/index.d.ts`) : look(`${root}/__root__.ts`);
    }
    if (found) this.resolved.set(key, found);
    return found;
  }
}

function declarations(resolvedFileName: string): ts.ResolvedModuleFull {
  return { resolvedFileName, extension: typescript.Extension.Dts, isExternalLibraryImport: true };
}

function parse(name: string, text: string, version: string): BoundSourceFile {
  const file = typescript.createSourceFile(
    name,
    text,
    typescript.ScriptTarget.ES2022,
    true,
  ) as BoundSourceFile;
  file.version = version;
  return file;
}

/** Cells import what the program has resolved for all of them, and add nothing to the world's names. */
function asCell(file: BoundSourceFile, imports: readonly ts.StringLiteralLike[]): BoundSourceFile {
  return Object.assign(file, { imports, moduleAugmentations: [], ambientModuleNames: [] });
}

function modificationTime(name: string): number {
  return typescript.sys.getModifiedTime?.(name)?.getTime() ?? 0;
}

function normalize(name: string): string {
  return name.replace(/\\/g, "/");
}
