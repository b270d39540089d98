/**
 * The process that runs cells. Cells get the process's own realm; the program that serves them runs in another one, so
 * that whatever a cell makes of `Array.prototype` or `Promise`, the program's are as the engine made them (world.ts).
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import vm from "node:vm";
import { programs } from "../package-root";

/** What a realm does not have of itself. */
const nodes = [
  ...["process", "Buffer", "TextEncoder", "TextDecoder", "URL", "structuredClone", "queueMicrotask"],
  ...["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate"],
] as const;

const realm = vm.createContext({}, { name: "convlab" });
const globals = vm.runInContext("globalThis", realm) as Record<string, unknown>;
for (const name of nodes) globals[name] = globalThis[name];
globals["world"] = globalThis;

// A context looks up its global names by way of an object outside of it, which is slow: the program has them as constants.
const names = Object.getOwnPropertyNames(globals).filter(
  (name) => !/^(globalThis|undefined|NaN|Infinity|eval)$/.test(name),
);
const file = path.join(programs, "executor", "program.js");
const source = readFileSync(file, "utf8");
const program = new vm.Script(
  `{ const { ${names.join(", ")} } = globalThis; (function (require, __dirname) { ${source}\n}) }`,
  { filename: file, importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER },
).runInContext(realm) as (require: NodeJS.Require, folder: string) => void;
program(createRequire(file), path.dirname(file));
