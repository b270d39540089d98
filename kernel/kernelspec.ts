/** Tells Jupyter about this kernel: a folder with a kernel.json, written without Jupyter's own tools. */
import { existsSync, readFileSync } from "node:fs";
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
  // The mark by which a kernelspec is known as ours, whatever name it has.
  metadata: { debugger: false, convlab: true },
};

/** Kernels of others whose notebooks are in JavaScript; every other name is taken for one of TypeScript. */
const javascriptNames = new Set(["jslab", "javascript", "ijavascript", "nodejs"]);

/** A name that Jupyter takes for a kernel: a folder's, without anything that a shell or a URL would mind. */
export function isKernelName(name: string): boolean {
  return /^[a-z0-9._-]+$/i.test(name) && !/^\.+$/.test(name);
}

/** The kernelspec with which convlab's kernel answers to a name: its own, or that of another kernel. */
export function kernelspecFor(name: string): Kernelspec {
  if (name === kernelName) return kernelspec;
  const isJavaScript = javascriptNames.has(name.toLowerCase());
  return {
    ...kernelspec,
    display_name: `${isJavaScript ? "JavaScript" : "TypeScript"} (convlab as ${name})`,
    ...(isJavaScript && { language: "javascript", env: languageOf("javascript") }),
  };
}

/** What a kernel's environment says about the language that a notebook is written in. */
export function languageOf(language: string): Record<string, string> {
  return language === "javascript" ? { CONVLAB_LANGUAGE: language } : {};
}

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

/** The folder of the kernelspec of that name in the first data folder that has one, and whether convlab wrote it. */
export function installed(
  name: string,
  folders: readonly string[] = dataFolders(),
): { folder: string; own: boolean } | undefined {
  for (const data of folders) {
    const folder = path.join(data, "kernels", name);
    const file = path.join(folder, "kernel.json");
    if (existsSync(file)) return { folder, own: isOwn(file) };
  }
  return undefined;
}

/** Whether convlab has written a kernel.json; one that cannot be read is somebody else's. */
function isOwn(file: string): boolean {
  try {
    const { metadata } = JSON.parse(readFileSync(file, "utf8")) as Partial<Kernelspec>;
    return metadata?.["convlab"] === true;
  } catch {
    return false;
  }
}

/**
 * Writes the kernelspec of a name below a data folder (`PREFIX/share/jupyter` for a prefix) and gives the folder it is in.
 * What stands there is replaced as a whole: a reader never sees half a kernelspec.
 */
export async function writeKernelspec(dataFolder: string, name: string = kernelName): Promise<string> {
  const folder = path.join(dataFolder, "kernels", name);
  const fresh = `${folder}.${String(process.pid)}.tmp`;
  await mkdir(fresh, { recursive: true });
  try {
    await writeFile(path.join(fresh, "kernel.json"), `${JSON.stringify(kernelspecFor(name), null, 1)}\n`);
    if (existsSync(folder)) await rm(folder, { recursive: true });
    await rename(fresh, folder);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return folder;
}
