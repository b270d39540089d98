/** Puts this kernel's `tslab` in the place of the package of that name. */
import Module from "node:module";
import path from "node:path";
import { programs } from "../package-root";
import * as tslab from "../tslab";

/** What of Node's loader of CommonJS modules is used here. */
interface Loader {
  _resolveFilename: (request: string, ...rest: unknown[]) => string;
  _cache: Record<string, NodeJS.Module>;
}

const file = path.join(programs, "tslab.js");
const installed = /[\\/]node_modules[\\/]tslab[\\/]dist[\\/]public\.js$/;

/** What a cell's code finds of tslab without importing it. */
interface Globals {
  /** The variables of all cells by their names. */
  exports: object;
  require: NodeJS.Require;
}

/**
 * From here on `tslab` names this kernel's module: in cells, in local modules and in packages, installed or not. An
 * installed tslab must not win: it shows things through the kernel that it is a part of, and here that does not run.
 */
export function provideTslab(globals: Globals): void {
  Object.defineProperty(globalThis, "__tslab__", { value: globals, configurable: true });
  const exports = { ...tslab };
  // `import tslab from "tslab"` fits its declarations as well.
  Object.defineProperties(exports, { __esModule: { value: true }, default: { value: exports } });
  const module = Object.assign(new Module(file), { filename: file, loaded: true, exports });
  const loader = Module as unknown as Loader;
  const resolve = loader._resolveFilename;
  loader._resolveFilename = (request, ...rest) => {
    if (request !== "tslab") {
      const found = resolve(request, ...rest);
      // An ES module's `import` has found it by itself, and comes with its path.
      if (!installed.test(found)) return found;
    }
    // A cell may have emptied the cache.
    loader._cache[file] = module;
    return file;
  };
}
