/** Puts this kernel's `tslab` in the place of the package of that name. */
import { readFileSync } from "node:fs";
import Module from "node:module";
import path from "node:path";
import { programs } from "../package-root";
import { placesFor } from "../checker/places";
import * as tslab from "../tslab";
import { world } from "./world";

/** What of Node's loader of CommonJS modules is used here. */
interface Loader {
  _resolveFilename: (request: string, parent: unknown, isMain: unknown, options: unknown) => string;
  _cache: Record<string, NodeJS.Module>;
}

/** Under this name the module stands in Node's cache. */
export const tslabFile: string = path.join(programs, "tslab.js");
/** How the path of an installed tslab ends. */
const installed = path.join(path.sep, "node_modules", "tslab", "dist", "public.js");

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
  Object.defineProperty(world, "__tslab__", { value: globals, configurable: true });
  let module: NodeJS.Module | undefined;
  const loader = Module as unknown as Loader;
  const resolve = loader._resolveFilename;
  loader._resolveFilename = (request, parent, isMain, options) => {
    if (request !== "tslab") {
      const found = resolve(request, parent, isMain, options);
      // An ES module's `import` has found it by itself, and comes with its path.
      if (found !== tslabFile && !found.endsWith(installed)) return found;
    }
    // A cell may have emptied the cache.
    loader._cache[tslabFile] = module ??= createModule();
    return tslabFile;
  };
}

function createModule(): NodeJS.Module {
  const { typescriptLib } = placesFor(programs);
  const typescript = readFileSync(path.join(typescriptLib, "..", "package.json"), "utf8");
  tslab.versions.typescript = (JSON.parse(typescript) as { version: string }).version;
  const exports = { ...tslab };
  // `import tslab from "tslab"` fits its declarations as well.
  Object.defineProperties(exports, { __esModule: { value: true }, default: { value: exports } });
  return Object.assign(new Module(tslabFile), { filename: tslabFile, loaded: true, exports });
}
