/** Where the checker finds its parts on this machine. */
import { createRequire } from "node:module";
import path from "node:path";
import { packageRoot } from "../package-root";
import type { Places } from "./workspace";

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
