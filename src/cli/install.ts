import path from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import {
  dataFolders,
  installed,
  isKernelName,
  kernelName,
  userDataFolder,
  writeKernelspec,
} from "../../kernel/kernelspec.js";
import { exitCodes, Failure, systemReason } from "./failure.js";
import { ask, findProgram } from "./find-program.js";
import { makeFolder } from "./make-folder.js";
import type { Session } from "./session.js";

interface InstallOptions {
  user?: true;
  sysPrefix?: true;
  prefix?: string;
  also: string[];
  force?: true;
}

export function installCommand(session: Session): Command {
  return new Command("install")
    .summary("make the kernel known to Jupyter")
    .description(
      "Writes the kernelspec that lets JupyterLab, Notebook and nbclient start convlab's kernel. " +
        "It needs no Python. At most one of --user, --sys-prefix and --prefix says where; the default is --user. " +
        "Notebooks of another kernel name that kernel: with --also, convlab's answers to its name, too.",
    )
    .option("--user", "for this user, in Jupyter's data folder")
    .option("--sys-prefix", "for the active Python environment (virtualenv, conda), else python3's own")
    .option("--prefix <folder>", "in <folder>/share/jupyter/kernels")
    .addOption(
      new Option("--also <name>", "answer to this name, too, such as tslab or jslab; may be repeated")
        .argParser((name: string, names: string[]) => [...names, parseKernelName(name)])
        .default([], "none"),
    )
    .option("--force", "take such a name also where another kernel has it")
    .addHelpText("after", "\nExample:\n  convlab install --user\n  convlab install --also tslab --also jslab")
    .action(async (options: InstallOptions) => {
      for (const [name, folder] of await install(options))
        process.stdout.write(`The kernel "${name}" is installed: ${folder}\n`);
      session.fail(0);
    });
}

function parseKernelName(name: string): string {
  if (isKernelName(name)) return name;
  throw new InvalidArgumentError("A kernel's name has letters, digits, '.', '_' and '-'.");
}

/** Gives the names and the folders that they were written to. */
async function install(options: InstallOptions): Promise<Map<string, string>> {
  const chosen = [options.user, options.sysPrefix, options.prefix].filter((option) => option !== undefined);
  if (chosen.length > 1) {
    throw new Failure(
      "--user, --sys-prefix and --prefix exclude each other; give one of them.",
      exitCodes.usage,
    );
  }
  const data =
    options.prefix !== undefined
      ? path.join(path.resolve(options.prefix), "share", "jupyter")
      : options.sysPrefix
        ? path.join(systemPrefix(), "share", "jupyter")
        : userDataFolder();
  if (data === undefined) {
    throw new Failure(
      "There is no home folder to install the kernel in; use --prefix, or name a folder in JUPYTER_DATA_DIR.",
      exitCodes.output,
    );
  }
  const names = new Set([kernelName, ...options.also]);
  if (!options.force) for (const name of options.also) refuseTaken(name, data);
  try {
    makeFolder(path.join(data, "kernels"));
    const written = new Map<string, string>();
    for (const name of names) written.set(name, await writeKernelspec(data, name));
    return written;
  } catch (error) {
    throw new Failure(
      `The kernelspec cannot be written below ${data}: ${systemReason(error)}.`,
      exitCodes.output,
    );
  }
}

/** Also where the other kernel is in a folder that Jupyter searches later: it would be found no more. */
function refuseTaken(name: string, data: string): void {
  const taken = [data, ...dataFolders()].map((folder) => installed(name, [folder]));
  const other = taken.find((found) => found?.own === false);
  if (other === undefined || name === kernelName) return;
  throw new Failure(
    `There is another kernel called "${name}" in ${other.folder}; with --force, convlab's takes its name.`,
    exitCodes.usage,
  );
}

/** Python's sys.prefix, without Python where an environment is active. */
function systemPrefix(): string {
  const active = process.env.VIRTUAL_ENV ?? process.env.CONDA_PREFIX;
  if (active) return active;
  const python = findProgram("python3", "python");
  const prefix = python === undefined ? undefined : ask(python, "-c", "import sys; print(sys.prefix)");
  if (prefix === undefined) {
    throw new Failure(
      "No Python environment is active and no python3 was found; use --user or --prefix.",
      exitCodes.usage,
    );
  }
  return prefix;
}
