/**
 * Where a cell's imports come from: compiled local modules first, then the notebook's folder and its parents, then
 * convlab's own packages. CommonJS is required, anything else imported.
 */
import Module, { createRequire, isBuiltin } from "node:module";
import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import type { CompiledModule } from "../checker/messages";
import { importMark } from "../checker/runtime";
import { currentRun, resume } from "./context";
import { type Asked, resolveModule, statsOf } from "./resolution";
import { tslabFile } from "./tslab-module";
import { world } from "./world";

/** How Node's loader sees a module object; `_compile` and `_nodeModulePaths` are what its own loader uses. */
interface LoaderModule extends NodeJS.Module {
  _compile(code: string, filename: string): unknown;
}

interface Loaded {
  module: LoaderModule;
  uses: Uses;
}

/**
 * Local modules that a module has loaded in turn, by the names it has for them: when one of those changes, or a name
 * comes to mean another file, this one runs again.
 */
type Uses = Map<string, string>;

/** What `import.meta` is in a cell and in a local module. */
export interface Meta {
  url: string;
  filename: string;
  dirname: string;
  /** The URL of the file that an import of `specifier` would load. */
  resolve(specifier: string): string;
}

export class Modules {
  readonly require: NodeJS.Require;
  /** What a cell finds as `module`; it is the main one, as a script's is. */
  readonly module: NodeJS.Module;
  /** Of the cells: they stand in the notebook's folder. */
  readonly meta: Meta;
  private readonly compiled = new Map<string, string>();
  private readonly loaded = new Map<string, Loaded>();
  private readonly metas = new Map<string, Meta>();
  private readonly importHere: (specifier: string) => Promise<unknown>;
  /** When local files that Node has loaded were last edited: as they were loaded last, and first. */
  private readonly times = new Map<string, number>();
  private readonly firstTimes = new Map<string, number>();
  private readonly usesOfCells: Uses = new Map();

  constructor(
    private readonly folder: string,
    private readonly packageRoot: string,
    exports: object = {},
  ) {
    const cell = path.join(folder, "cell.js");
    this.require = this.requireFrom(createRequire(cell), folder, new Map());
    this.module = Object.assign(new Module(cell), { filename: cell, exports, require: this.require });
    this.require.main = this.module;
    this.meta = this.metaOf(path.join(folder, "cell.ts"));
    const importer = new vm.Script("(specifier) => import(specifier)", {
      filename: cell,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    this.importHere = importer.runInThisContext() as (specifier: string) => Promise<unknown>;
  }

  /** `import.meta` of the module in `file`: one object, however often it is asked for. */
  metaOf(file: string): Meta {
    const known = this.metas.get(file);
    if (known) return known;
    const dirname = path.dirname(file);
    const resolve = (specifier: string): string => {
      const found = this.resolve(specifier, dirname, "import");
      if (path.isAbsolute(found)) return pathToFileURL(found).href;
      return found.startsWith("node:") ? found : `node:${found}`;
    };
    const meta = { url: pathToFileURL(file).href, filename: file, dirname, resolve };
    this.metas.set(file, meta);
    return meta;
  }

  /** Takes new versions of local modules; whatever has loaded an older one loads again. */
  update(modules: readonly CompiledModule[]): void {
    this.forgetUnfinished();
    const stale = new Set<string>([...this.changedOnDisk(), ...this.forgetDeleted()]);
    for (const { path: name, javascript } of modules) {
      this.compiled.set(name, javascript);
      stale.add(name);
    }
    const isOutdated = (name: string, uses: Uses): boolean =>
      [...uses].some(
        ([specifier, used]) =>
          stale.has(used) || (this.compiledPath(specifier, path.dirname(name)) ?? used) !== used,
      );
    for (let grew = stale.size > 0; grew;) {
      grew = false;
      for (const [name, { uses }] of this.loaded) {
        if (stale.has(name) || !isOutdated(name, uses)) continue;
        stale.add(name);
        grew = true;
      }
    }
    for (const name of stale) {
      this.loaded.delete(name);
      // A plain JavaScript module is in Node's own cache.
      Reflect.deleteProperty(this.require.cache, name);
    }
  }

  private forgetDeleted(): string[] {
    const deleted = [...this.compiled.keys()].filter((name) => !existsSync(name));
    for (const name of deleted) this.compiled.delete(name);
    return deleted;
  }

  /** An interrupt that struck while a module was loading leaves half of it behind: it is loaded again. */
  private forgetUnfinished(): void {
    for (const [name, { module }] of this.loaded) if (!module.loaded) this.loaded.delete(name);
    for (const [name, module] of Object.entries(this.require.cache)) {
      if (module?.loaded === false && module !== require.main)
        Reflect.deleteProperty(this.require.cache, name);
    }
  }

  /** What `import … from specifier` and `import(specifier)` give in a cell, or in the module `file`. */
  async load(specifier: string, file?: string): Promise<object> {
    const run = currentRun();
    // Of other kinds of URL Node knows more.
    if (/^(?!node:|file:)[a-z][a-z+.-]+:/i.test(specifier))
      return resume(run, (await this.importHere(specifier)) as object);
    const found = this.resolve(specifier, file === undefined ? this.folder : path.dirname(file), "import");
    try {
      const uses = (file === undefined ? undefined : this.loaded.get(file)?.uses) ?? this.usesOfCells;
      return namespaceOf(this.loadResolved(specifier, found, this.require, uses));
    } catch (error) {
      if (this.compiled.has(found) || !needsImport(error)) throw error;
      return resume(run, (await this.importHere(this.urlOf(found))) as object);
    }
  }

  /** Node keeps an ECMAScript module for good. One of the notebook's own that was edited gets another address. */
  private urlOf(file: string): string {
    const { href } = pathToFileURL(file);
    const time = modified(file);
    const first = this.firstTimes.get(file) ?? time;
    this.firstTimes.set(file, first);
    return isLocal(file) && time !== first ? `${href}?changed=${String(time)}` : href;
  }

  private requireFrom(base: NodeJS.Require, folder: string, uses: Uses): NodeJS.Require {
    const as = (asked: Asked, specifier: string): unknown =>
      this.loadResolved(specifier, this.resolve(specifier, folder, asked), base, uses);
    const load = (specifier: string): unknown => {
      if (!specifier.startsWith(importMark)) return as("require", specifier);
      const name = specifier.slice(importMark.length);
      try {
        return as("import", name);
      } catch (error) {
        // What waits while it loads cannot be had at once; the package may offer something that can.
        if (!needsImport(error)) throw error;
        return as("require", name);
      }
    };
    const resolve = (specifier: string, options?: { paths?: string[] }): string =>
      options?.paths ? base.resolve(specifier, options) : this.resolve(specifier, folder, "require");
    return Object.assign(load, {
      resolve: Object.assign(resolve, { paths: (request: string) => base.resolve.paths(request) }),
      cache: base.cache,
      main: base.main,
    }) as NodeJS.Require;
  }

  private loadResolved(specifier: string, file: string, base: NodeJS.Require, uses: Uses): unknown {
    if (isBuiltin(file)) return base(file) as unknown;
    if (this.compiled.has(file)) {
      uses.set(specifier, file);
      return this.loadLocal(file);
    }
    if (isLocal(file)) {
      uses.set(specifier, file);
      this.times.set(file, modified(file));
    }
    return base(file) as unknown;
  }

  /** As the checker resolves it: from the importing file upward, then from convlab's own packages. */
  private resolve(specifier: string, folder: string, asked: Asked): string {
    const local = specifier === "tslab" ? tslabFile : this.compiledPath(specifier, folder);
    if (local !== undefined) return local;
    const found = resolveModule(specifier, folder, asked);
    if (found !== undefined) return found;
    const own =
      specifier === "convlab"
        ? resolveModule(this.packageRoot, this.packageRoot, asked)
        : /^[.#]|:/.test(specifier) || path.isAbsolute(specifier)
          ? undefined
          : resolveModule(specifier, this.packageRoot, asked);
    if (own !== undefined) return own;
    const code = asked === "import" ? "ERR_MODULE_NOT_FOUND" : "MODULE_NOT_FOUND";
    throw Object.assign(new world.Error(`Cannot find module '${specifier}' from ${folder}`), { code });
  }

  /** The compiled module that a path names, as TypeScript resolves it. */
  private compiledPath(specifier: string, folder: string): string | undefined {
    if (!/^(?:\.{1,2}(?:\/|$)|\/)/.test(specifier)) return undefined;
    const base = path.resolve(folder, specifier);
    const stem = base.replace(/\.([mc]?)js(x?)$/, "");
    const endings = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"];
    const candidates = [
      base,
      ...endings.map((ending) => stem + ending),
      ...endings.map((ending) => path.join(base, `index${ending}`)),
    ];
    return candidates.find((name) => this.compiled.has(name));
  }

  private loadLocal(name: string): unknown {
    const known = this.loaded.get(name);
    if (known) return known.module.exports;
    const module = new Module(name) as LoaderModule;
    const folder = path.dirname(name);
    const uses: Uses = new Map();
    module.filename = name;
    module.paths = (Module as unknown as { _nodeModulePaths(folder: string): string[] })._nodeModulePaths(
      folder,
    );
    module.require = this.requireFrom(createRequire(name), folder, uses);
    this.loaded.set(name, { module, uses });
    try {
      module._compile(this.compiled.get(name) ?? "", name);
      module.loaded = true;
    } catch (error) {
      this.loaded.delete(name);
      throw error;
    }
    return module.exports;
  }

  private changedOnDisk(): string[] {
    const changed = [...this.times].filter(([name, time]) => modified(name) !== time).map(([name]) => name);
    for (const name of changed) this.times.delete(name);
    return changed;
  }
}

function isLocal(file: string): boolean {
  return path.isAbsolute(file) && !file.includes(`${path.sep}node_modules${path.sep}`);
}

function modified(file: string): number {
  return statsOf(file)?.mtimeMs ?? 0;
}

/** What `require` cannot load but `import` may: ECMAScript modules of older Nodes, and those that await. */
function needsImport(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ERR_REQUIRE_ESM" || code === "ERR_REQUIRE_ASYNC_MODULE";
}

/** A CommonJS module as an `import` sees it: `default` is what it exports, unless it says that it is a module. */
function namespaceOf(exports: unknown): object {
  if (exports !== null && typeof exports === "object" && ("__esModule" in exports || isNamespace(exports)))
    return exports;
  return { ...(exports as object), default: exports };
}

function isNamespace(exports: object): boolean {
  return (exports as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === "Module";
}
