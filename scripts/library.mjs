// The library in two files: a hundred small ones take three times as long to load.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, posix } from "node:path";

const folder = join(import.meta.dirname, "../dist/src");

/** Parts that are read when the first of their names is used: they are most of the text, and a tensor needs none of it. */
const LATER = ["arithmetic", "display", "data"].map((part) => `${part}/index.js`);

/**
 * dist/src/index.js and all that it requires → dist/src/library.js and later.js, each module's text as it is: figures
 * hand the source of their functions to the page, so no bundler may rename anything in it.
 */
export function joinLibrary() {
  const modules = new Map();
  const gather = (name, into) => {
    if (modules.has(name)) return;
    const text = readFileSync(join(folder, name), "utf8").replace(/^\/\/# sourceMappingURL=.*$/m, "");
    modules.set(name, text);
    into.push(`${JSON.stringify(name)}(module, exports, require, __dirname) {\n${text}\n},`);
    for (const [, specifier] of text.matchAll(/\brequire\("(\.[^"]+)"\)/g))
      gather(posix.join(posix.dirname(name), specifier), into);
  };
  const [now, later] = [[], []];
  const parts = [
    ...readFileSync(join(folder, "index.js"), "utf8").matchAll(/\brequire\("\.\/([^"]+)"\)/g),
  ].map(([, part]) => part);
  for (const part of parts) if (!LATER.includes(part)) gather(part, now);
  for (const part of LATER) gather(part, later);
  const namesOf = (file) => Object.keys(createRequire(import.meta.url)(join(folder, file)));
  const partNames = Object.fromEntries(parts.map((part) => [part, namesOf(part)]));
  const names = namesOf("index.js");
  const found = new Set(Object.values(partNames).flat());
  const missing = names.filter((name) => !found.has(name));
  if (missing.length > 0) throw new Error(`names that no part of the library has: ${missing.join(", ")}`);
  writeFileSync(join(folder, "later.js"), `"use strict";\nmodule.exports = {\n${later.join("\n")}\n};\n`);
  writeFileSync(
    join(folder, "library.js"),
    `"use strict";
const path = require("node:path");
const loaded = new Map();
function load(name) {
  let module = loaded.get(name);
  if (module) return module.exports;
  if (!modules[name]) Object.assign(modules, require("./later.js"));
  loaded.set(name, (module = { exports: {} }));
  const folder = path.posix.dirname(name);
  const near = (specifier) => specifier.startsWith(".") ? load(path.posix.join(folder, specifier)) : require(specifier);
  modules[name].call(module.exports, module, module.exports, near, path.join(__dirname, folder));
  return module.exports;
}
const modules = {
${now.join("\n")}
};
Object.defineProperty(exports, "__esModule", { value: true });
for (const [part, names] of Object.entries(${JSON.stringify(partNames)})) {
  if (modules[part]) load(part);
  for (const name of names)
    Object.defineProperty(exports, name, { enumerable: true, get: () => load(part)[name] });
}
`,
  );
  writeFileSync(
    join(folder, "convlab.js"),
    `"use strict";
const library = require("./library.js");
module.exports = library;
// An ES module that imports this file finds its names by reading them here.
0 && (module.exports = { ${names.join(", ")} });
`,
  );
}
