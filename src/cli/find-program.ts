import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import path from "node:path";

/** The full path of a program on the PATH, if there is one of any of these names. */
export function findProgram(...names: string[]): string | undefined {
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
  const endings = process.platform === "win32" ? [".exe", ".cmd", ".bat"] : [""];
  for (const name of names) {
    for (const folder of folders) {
      for (const ending of endings) {
        const file = path.join(folder, name + ending);
        try {
          accessSync(file, constants.X_OK);
          return file;
        } catch {
          // Not in this folder.
        }
      }
    }
  }
  return undefined;
}

/** What a program prints when asked, trimmed; nothing where it cannot be run or fails. */
export function ask(program: string, ...parameters: string[]): string | undefined {
  const { status, stdout } = spawnSync(program, parameters, { encoding: "utf8", timeout: 20_000 });
  return status === 0 ? stdout.trim() : undefined;
}
