// The library in one file: a hundred small ones take three times as long to load.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, posix } from "node:path";

const folder = join(import.meta.dirname, "../dist/src");

/**
 * dist/src/index.js and all that it requires → dist/src/library.js, each module's text as it is: figures hand the
 * source of their functions to the page, so no bundler may rename anything in it.
 */
export function joinLibrary() {
  const modules = new Map();
  const add = (name) => {
    if (modules.has(name)) return;
    const text = readFileSync(join(folder, name), "utf8").replace(/^\/\/# sourceMappingURL=.*$/m, "");
    modules.set(name, text);
    for (const [, specifier] of text.matchAll(/\brequire\("(\.[^"]+)"\)/g))
      add(posix.join(posix.dirname(name), specifier));
  };
  add("index.js");
  const table = [...modules].map(
    ([name, text]) => `${JSON.stringify(name)}(module, exports, require, __dirname) {\n${text}\n},`,
  );
  writeFileSync(
    join(folder, "library.js"),
    `"use strict";
const path = require("node:path");
const loaded = new Map();
function load(name) {
  let module = loaded.get(name);
  if (module) return module.exports;
  loaded.set(name, (module = { exports: {} }));
  const folder = path.posix.dirname(name);
  const near = (specifier) => specifier.startsWith(".") ? load(path.posix.join(folder, specifier)) : require(specifier);
  modules[name].call(module.exports, module, module.exports, near, path.join(__dirname, folder));
  return module.exports;
}
const modules = {
${table.join("\n")}
};
module.exports = load("index.js");
`,
  );
  const names = Object.keys(createRequire(import.meta.url)(join(folder, "library.js")));
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
