/**
 * Which file a module's name means, by Node's rules (nodejs.org/api/modules.html and esm.html). Node's own search
 * remembers that a package is not there, and one that is installed while the notebook is open would stay lost; and
 * it tells `import` and `require` apart only where it also loads.
 */
import { existsSync, readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import Module, { isBuiltin } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { exports as exported, imports as imported } from "resolve.exports";
import { world } from "./world";

/** How a module is asked for: a package may answer either otherwise. */
export type Asked = "import" | "require";

interface Package {
  folder: string;
  name?: string;
  main?: unknown;
  exports?: unknown;
  imports?: unknown;
}

const features = process.features as { require_module?: boolean };
const common = ["node", "node-addons", ...(features.require_module === true ? ["module-sync"] : [])];

const endings = [".js", ".json", ".node"];

/**
 * The file that `specifier` means in a file of `folder`, or the name of a module of Node's; `undefined` where there is
 * none. Throws where a package is there but does not offer what is asked for.
 */
export function resolveModule(specifier: string, folder: string, asked: Asked): string | undefined {
  if (isBuiltin(specifier)) return specifier;
  if (specifier.startsWith("file:")) return real(asFile(fileURLToPath(specifier)));
  if (/^(?:\.{1,2}(?:\/|$)|\/)/.test(specifier) || path.isAbsolute(specifier))
    return real(asPath(path.resolve(folder, specifier), specifier.endsWith("/")));
  if (specifier.startsWith("#")) return real(byImports(specifier, folder, asked));
  return real(inPackages(specifier, folder, asked));
}

function byImports(specifier: string, folder: string, asked: Asked): string | undefined {
  const scope = packageAbove(folder);
  if (!scope || typeof scope.imports !== "object") return undefined;
  const [target] = offered(scope, specifier, asked, imported);
  if (target === undefined) return undefined;
  return target.startsWith(".")
    ? path.resolve(scope.folder, target)
    : resolveModule(target, scope.folder, asked);
}

function inPackages(specifier: string, folder: string, asked: Asked): string | undefined {
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0];
  if (name === undefined) return undefined;
  const rest = specifier.slice(name.length + 1);
  // A package may import from itself what it offers to others.
  const own = packageAbove(folder);
  if (own?.name === name && own.exports !== undefined) return byExports(own, rest, asked);
  for (const modules of packageFolders(folder)) {
    const found = path.join(modules, name);
    const manifest = readPackage(found);
    if (manifest?.exports !== undefined && manifest.exports !== null) return byExports(manifest, rest, asked);
    const file = asPath(path.join(found, rest), specifier.endsWith("/"));
    if (file !== undefined) return file;
  }
  return undefined;
}

function byExports(found: Package, rest: string, asked: Asked): string {
  const [target] = offered(found, rest === "" ? "." : `./${rest}`, asked, exported);
  return path.resolve(found.folder, target);
}

/** The targets that a package's `exports` or `imports` name; an error as Node's where they name none. */
function offered(
  found: Package,
  entry: string,
  asked: Asked,
  look: typeof exported | typeof imported,
): string[] {
  try {
    const targets = look(found, entry, { unsafe: true, conditions: [...common, asked] });
    if (targets && targets.length > 0) return targets;
  } catch {
    // Said below.
  }
  const field = look === exported ? "exports" : "imports";
  const error = new world.Error(
    `Package ${found.name ?? found.folder} has nothing for ${asked} under '${entry}' in its "${field}" (${path.join(found.folder, "package.json")})`,
  );
  throw Object.assign(error, {
    code: field === "exports" ? "ERR_PACKAGE_PATH_NOT_EXPORTED" : "ERR_PACKAGE_IMPORT_NOT_DEFINED",
  });
}

/** A file, a file without its ending, or a folder with an entry. */
function asPath(name: string, mustBeFolder = false): string | undefined {
  if (!mustBeFolder) {
    const file = asFile(name) ?? endings.map((ending) => asFile(name + ending)).find(Boolean);
    if (file !== undefined) return file;
  }
  const main = readPackage(name)?.main;
  const entry = typeof main === "string" && main !== "" ? path.resolve(name, main) : undefined;
  const candidates = [
    ...(entry === undefined ? [] : [entry, ...endings.map((ending) => entry + ending)]),
    ...(entry === undefined ? [] : endings.map((ending) => path.join(entry, `index${ending}`))),
    ...endings.map((ending) => path.join(name, `index${ending}`)),
  ];
  return candidates.find((candidate) => asFile(candidate));
}

function asFile(name: string): string | undefined {
  return statsOf(name)?.isFile() === true ? name : undefined;
}

/** Nothing for what is not there: a file where a folder should be is no error either. */
export function statsOf(name: string): Stats | undefined {
  try {
    return statSync(name);
  } catch {
    return undefined;
  }
}

/** Where packages are looked for: above the importing file, then where `NODE_PATH` says. */
function packageFolders(folder: string): string[] {
  const above = folder
    .split(path.sep)
    .map((part, i, parts) =>
      part === "node_modules" ? "" : `${parts.slice(0, i + 1).join(path.sep)}${path.sep}node_modules`,
    ) // prettier-ignore
    .filter((modules) => modules !== "")
    .reverse();
  const { globalPaths } = Module as unknown as { globalPaths: readonly string[] };
  return [...above, ...globalPaths].filter((modules) => existsSync(modules));
}

/** The package that a file of `folder` belongs to. */
function packageAbove(folder: string): Package | undefined {
  for (let at = folder; path.basename(at) !== "node_modules"; at = path.dirname(at)) {
    const found = readPackage(at);
    if (found) return found;
    if (path.dirname(at) === at) return undefined;
  }
  return undefined;
}

function readPackage(folder: string): Package | undefined {
  const file = path.join(folder, "package.json");
  if (!existsSync(file)) return undefined;
  try {
    return { ...(JSON.parse(readFileSync(file, "utf8")) as object), folder };
  } catch (error) {
    throw new world.Error(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error }); // prettier-ignore
  }
}

/** Two ways to one file are one module. */
function real(file: string | undefined): string | undefined {
  if (file === undefined || !path.isAbsolute(file)) return file;
  return existsSync(file) ? realpathSync(file) : undefined;
}
