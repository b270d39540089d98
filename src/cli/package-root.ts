import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** The folder of the convlab package itself, wherever it was built or installed. */
export function packageRoot(): string {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, "package.json"))) return folder;
    if (folder === path.dirname(folder)) throw new Error("the package's own package.json is missing");
  }
}

export function packageVersion(): string {
  const contents = JSON.parse(readFileSync(path.join(packageRoot(), "package.json"), "utf8")) as {
    version: string;
  };
  return contents.version;
}
