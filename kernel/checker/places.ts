/** Where the checker finds its parts on this machine. */
import { createRequire } from "node:module";
import path from "node:path";
import { packageRoot } from "../package-root";
import type { Builtins } from "./builtins";
import type { Language } from "./language";

export interface Places {
  /** The notebook's folder: modules resolve from here upward first. */
  folder: string;
  /** convlab's own root: what the folder does not have resolves from here. */
  packageRoot: string;
  /** The folder with TypeScript's lib.*.d.ts. */
  typescriptLib: string;
  /** The folder of @types/node. */
  nodeTypes: string;
  /** What a cell is written in that does not say so itself. */
  language: Language;
  /** What the Node that runs cells has, where the process that reads this has not. */
  builtins?: Builtins;
}

/** Where the checker finds what it needs for notebooks in `folder`. */
export function placesFor(folder: string): Places {
  const own = createRequire(path.join(packageRoot, "package.json"));
  return {
    folder,
    packageRoot,
    typescriptLib: path.dirname(own.resolve("typescript")),
    nodeTypes: path.dirname(own.resolve("@types/node/package.json")),
    language: process.env["CONVLAB_LANGUAGE"] === "javascript" ? "javascript" : "typescript",
  };
}
