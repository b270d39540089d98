/** Tells Jupyter about this kernel: a folder with a kernel.json, written without Jupyter's own tools. */
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { programs } from "./package-root";
import { userFolder } from "./user-folders";

// For the command, which sees no more of the kernel than this and its client.
export { userFolder };

export const kernelName = "convlab";

export interface Kernelspec {
  argv: string[];
  display_name: string;
  language: string;
  interrupt_mode: "message" | "signal";
  metadata: Record<string, unknown>;
  env?: Record<string, string>;
}

export const kernelspec: Kernelspec = {
  argv: [process.execPath, path.join(programs, "main.js"), "{connection_file}"],
  display_name: "TypeScript (convlab)",
  language: "typescript",
  interrupt_mode: "message",
  metadata: { debugger: false },
};

/**
 * The user's Jupyter data folder; undefined for a user without a home.
 * Source: Jupyter's "Common directories and file locations".
 */
export function userDataFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { JUPYTER_DATA_DIR, XDG_DATA_HOME, APPDATA } = env;
  if (JUPYTER_DATA_DIR) return JUPYTER_DATA_DIR;
  if (process.platform === "darwin") return userFolder(undefined, "Library", "Jupyter");
  const data =
    process.platform === "win32" ? userFolder(APPDATA) : userFolder(XDG_DATA_HOME, ".local", "share");
  return data === undefined ? undefined : path.join(data, "jupyter");
}

/** Every Jupyter data folder in the order of search; kernelspecs are in its `kernels/`. */
export function dataFolders(env: NodeJS.ProcessEnv = process.env): string[] {
  const given = (env["JUPYTER_PATH"] ?? "").split(path.delimiter).filter((folder) => folder !== "");
  const prefixes = [env["VIRTUAL_ENV"], env["CONDA_PREFIX"]].filter((prefix) => prefix !== undefined);
  const system = ["/usr/local/share/jupyter", "/usr/share/jupyter"];
  const own = userDataFolder(env);
  return [
    ...given,
    ...(own === undefined ? [] : [own]),
    ...prefixes.map((prefix) => path.join(prefix, "share", "jupyter")),
    ...system,
  ];
}

/**
 * Writes the kernelspec below a data folder (`PREFIX/share/jupyter` for a prefix) and gives the folder it is in.
 * What stands there is replaced as a whole: a reader never sees half a kernelspec.
 */
export async function writeKernelspec(dataFolder: string): Promise<string> {
  const folder = path.join(dataFolder, "kernels", kernelName);
  const fresh = `${folder}.${String(process.pid)}.tmp`;
  await mkdir(fresh, { recursive: true });
  try {
    await writeFile(path.join(fresh, "kernel.json"), `${JSON.stringify(kernelspec, null, 1)}\n`);
    if (existsSync(folder)) await rm(folder, { recursive: true });
    await rename(fresh, folder);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return folder;
}
