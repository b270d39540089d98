/**
 * Where a cell's imports come from: compiled local modules first, then the notebook's folder and its parents, then
 * convlab's own packages. CommonJS is required, anything else imported.
 */
import Module, { builtinModules, createRequire } from "node:module";
import { statSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import type { CompiledModule } from "../checker/messages";
import { currentRun, resume } from "./context";

/** How Node's loader sees a module object; `_compile` and `_nodeModulePaths` are what its own loader uses. */
interface LoaderModule extends NodeJS.Module {
  _compile(code: string, filename: string): unknown;
}

interface Loaded {
  module: LoaderModule;
  /** Local modules it has loaded in turn: when one of those changes, this one runs again. */
  uses: Set<string>;
}

export class Modules {
  readonly require: NodeJS.Require;
  private readonly ownRequire: NodeJS.Require;
  private readonly compiled = new Map<string, string>();
  private readonly loaded = new Map<string, Loaded>();
  private readonly importHere: (specifier: string) => Promise<unknown>;
  private readonly times = new Map<string, number>();

  constructor(folder: string, packageRoot: string) {
    this.ownRequire = createRequire(path.join(packageRoot, "package.json"));
    this.require = this.requireFrom(
      createRequire(path.join(folder, "cell.js")),
      folder,
      packageRoot,
      new Set(),
    );
    const importer = new vm.Script("(specifier) => import(specifier)", {
      filename: path.join(folder, "cell.js"),
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    this.importHere = importer.runInThisContext() as (specifier: string) => Promise<unknown>;
  }

  /** Takes new versions of local modules; whatever has loaded an older one loads again. */
  update(modules: readonly CompiledModule[]): void {
    this.forgetUnfinished();
    const stale = new Set<string>(this.changedOnDisk());
    for (const { path: name, javascript } of modules) {
      this.compiled.set(name, javascript);
      stale.add(name);
    }
    for (let grew = stale.size > 0; grew;) {
      grew = false;
      for (const [name, { uses }] of this.loaded) {
        if (stale.has(name) || ![...uses].some((used) => stale.has(used))) continue;
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

  /** An interrupt that struck while a module was loading leaves half of it behind: it is loaded again. */
  private forgetUnfinished(): void {
    for (const [name, { module }] of this.loaded) if (!module.loaded) this.loaded.delete(name);
    for (const [name, module] of Object.entries(this.require.cache)) {
      if (module?.loaded === false && module !== require.main)
        Reflect.deleteProperty(this.require.cache, name);
    }
  }

  /** What `import … from specifier` and `import(specifier)` give: the module's namespace. */
  async load(specifier: string): Promise<object> {
    const run = currentRun();
    let exports: unknown;
    try {
      exports = this.require(specifier);
    } catch (error) {
      if (!needsImport(error)) throw error;
      const namespace = (await this.importModule(specifier, error)) as object;
      return resume(run, namespace);
    }
    return namespaceOf(exports);
  }

  private async importModule(specifier: string, cause: unknown): Promise<unknown> {
    const asUrl = path.isAbsolute(specifier) ? pathToFileURL(specifier).href : specifier;
    try {
      return await this.importHere(asUrl);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND" || specifier.startsWith("."))
        throw error;
      const { code } = cause as NodeJS.ErrnoException;
      if (code === "MODULE_NOT_FOUND") throw cause;
      return await import(pathToFileURL(this.ownRequire.resolve(specifier)).href);
    }
  }

  private requireFrom(
    base: NodeJS.Require,
    folder: string,
    packageRoot: string,
    uses: Set<string>,
  ): NodeJS.Require {
    const load = (specifier: string): unknown => {
      const local = this.localPath(specifier, folder);
      if (local !== undefined) {
        uses.add(local);
        return this.loadLocal(local, packageRoot);
      }
      try {
        const file = base.resolve(specifier);
        if (isLocal(file)) {
          uses.add(file);
          this.times.set(file, modified(file));
        }
        return base(specifier) as unknown;
      } catch (error) {
        if (!isMissing(error, specifier) || specifier.startsWith(".") || path.isAbsolute(specifier))
          throw error;
        return specifier === "convlab"
          ? this.ownRequire(packageRoot)
          : (this.ownRequire(specifier) as unknown);
      }
    };
    return Object.assign(load, {
      resolve: base.resolve,
      cache: base.cache,
      main: base.main,
    }) as NodeJS.Require;
  }

  /** The compiled module that a relative specifier names, as TypeScript resolves it. */
  private localPath(specifier: string, folder: string): string | undefined {
    if (!/^(\.{1,2}\/|\/)/.test(specifier)) return undefined;
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

  private loadLocal(name: string, packageRoot: string): unknown {
    const known = this.loaded.get(name);
    if (known) return known.module.exports;
    const module = new Module(name) as LoaderModule;
    const folder = path.dirname(name);
    const uses = new Set<string>();
    module.filename = name;
    module.paths = (Module as unknown as { _nodeModulePaths(folder: string): string[] })._nodeModulePaths(
      folder,
    );
    module.require = this.requireFrom(createRequire(name), folder, packageRoot, uses);
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
  return (
    path.isAbsolute(file) &&
    !file.includes(`${path.sep}node_modules${path.sep}`) &&
    !builtinModules.includes(file)
  );
}

function modified(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function isMissing(error: unknown, specifier: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === "MODULE_NOT_FOUND" && message.includes(`'${specifier}'`);
}

/** What `require` cannot load but `import` may: packages that only export for `import`, and modules that await. */
function needsImport(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return (
    code === "ERR_REQUIRE_ESM" ||
    code === "ERR_REQUIRE_ASYNC_MODULE" ||
    code === "ERR_PACKAGE_PATH_NOT_EXPORTED" ||
    code === "MODULE_NOT_FOUND"
  );
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
