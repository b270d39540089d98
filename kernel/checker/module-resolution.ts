/**
 * Where the program finds what files import: as executor/resolution.ts finds it when they run, but with types. What was
 * found is kept until it is gone; what was not is looked for again.
 */
import { isBuiltin } from "node:module";
import path from "node:path";
import type ts from "typescript";
import type { NodeTypes } from "./node-types";
import { standardOptions } from "./options";
import type { Places } from "./places";
import { cellFolder, typescript } from "./typescript";

export class ModuleResolution {
  private readonly resolved: Map<string, ts.ResolvedModuleFull>;
  /** What was looked for in vain. */
  private readonly missing = new Set<string>();
  private readonly folder: string;
  private readonly root: string;

  constructor(
    places: Places,
    private readonly nodeTypes: NodeTypes,
    warm?: ModuleResolution,
  ) {
    this.resolved = new Map(warm?.resolved);
    this.folder = normalize(places.folder);
    this.root = normalize(places.packageRoot);
  }

  /** From the importing file upward, then from convlab's own packages; `convlab` itself is always found. */
  find(name: string, importer: string, mode: ts.ResolutionMode): ts.ResolvedModuleFull | undefined {
    if (isBuiltin(name)) {
      const file = this.nodeTypes.want(name, importer);
      // What it declares is found by the module's name; this brings the file into the program.
      return file === undefined ? undefined : declarations(file);
    }
    const key = this.key(name, importer, mode);
    const known = this.resolved.get(key);
    if (known) return known;
    const found =
      // An installed tslab belongs to another kernel: cells get this kernel's module of that name.
      name === "tslab"
        ? declarations(`${this.root}/dist/kernel/tslab.d.ts`)
        : (look(name, this.standing(importer), mode) ??
          this.inNodePath(name, mode) ??
          this.ofConvlab(name, mode));
    if (found) this.resolved.set(key, found);
    else this.missing.add(key);
    return found;
  }

  /** Whether `find` has found nothing, the last time that `forgetMissing` was not called since. */
  isMissing(name: string, importer: string, mode: ts.ResolutionMode): boolean {
    return this.missing.has(this.key(name, importer, mode));
  }

  forgetMissing(): void {
    this.missing.clear();
  }

  /** What was found and is gone will be looked for again. True if anything is. */
  forgetDeleted(): boolean {
    const before = this.resolved.size;
    for (const [key, { resolvedFileName }] of this.resolved) {
      const isOwn = resolvedFileName.startsWith(`${this.root}/`);
      if (!isOwn && !typescript.sys.fileExists(resolvedFileName)) this.resolved.delete(key);
    }
    return this.resolved.size < before;
  }

  private ofConvlab(name: string, mode: ts.ResolutionMode): ts.ResolvedModuleFull | undefined {
    if (/^[./#]/.test(name)) return undefined;
    if (name !== "convlab") return look(name, `${this.root}/__root__.ts`, mode);
    return declarations(`${this.root}/dist/src/index.d.ts`);
  }

  /** `NODE_PATH` holds folders that hold packages, as `require` knows them. */
  private inNodePath(name: string, mode: ts.ResolutionMode): ts.ResolvedModuleFull | undefined {
    const folders = (process.env["NODE_PATH"] ?? "").split(path.delimiter).filter((folder) => folder !== "");
    if (folders.length === 0 || /^[./#]/.test(name)) return undefined;
    const paths = { "*": folders.map((folder) => `${normalize(folder)}/*`) };
    return look(name, `${cellFolder}/__cell__.ts`, mode, { ...standardOptions, paths });
  }

  /** All cells stand in one folder, and import as if they stood in the notebook's. */
  private standing(importer: string): string {
    return importer.startsWith(`${cellFolder}/`) ? `${this.folder}/__cell__.ts` : importer;
  }

  private key(name: string, importer: string, mode: ts.ResolutionMode): string {
    return `${path.posix.dirname(this.standing(importer))}\n${name}\n${String(mode)}`;
  }
}

function declarations(resolvedFileName: string): ts.ResolvedModuleFull {
  return { resolvedFileName, extension: typescript.Extension.Dts, isExternalLibraryImport: true };
}

function look(
  name: string,
  importer: string,
  mode: ts.ResolutionMode,
  options: ts.CompilerOptions = standardOptions,
): ts.ResolvedModuleFull | undefined {
  return typescript.resolveModuleName(name, importer, options, typescript.sys, undefined, undefined, mode)
    .resolvedModule;
}

export function normalize(name: string): string {
  return name.replace(/\\/g, "/");
}
