import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

// Photographs in the public domain, as the stdlib project packs them: data/image.jpg in each package.
const scope = "@stdlib";
const prefix = "datasets-img-";

/** Where installed photographs lie, by name: seen from this package and from where the process runs. */
export function photographs(): Map<string, string> {
  const found = new Map<string, string>();
  const bases = [__filename, path.join(process.cwd(), "notebook.js")];
  const folders = bases.flatMap((base) => createRequire(base).resolve.paths(scope) ?? []);
  for (const folder of folders.map((modules) => path.join(modules, scope))) {
    if (!existsSync(folder)) continue;
    for (const entry of readdirSync(folder)) {
      const file = path.join(folder, entry, "data", "image.jpg");
      const name = entry.slice(prefix.length);
      if (entry.startsWith(prefix) && !found.has(name) && existsSync(file)) found.set(name, file);
    }
  }
  return found;
}
