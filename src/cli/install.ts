import path from "node:path";
import { Command } from "commander";
import { userDataFolder, writeKernelspec } from "../../kernel/kernelspec.js";
import { exitCodes, Failure, systemReason } from "./failure.js";
import { ask, findProgram } from "./find-program.js";
import { makeFolder } from "./make-folder.js";
import type { Session } from "./session.js";

interface InstallOptions {
  user?: true;
  sysPrefix?: true;
  prefix?: string;
}

export function installCommand(session: Session): Command {
  return new Command("install")
    .summary("make the kernel known to Jupyter")
    .description(
      "Writes the kernelspec that lets JupyterLab, Notebook and nbclient start convlab's kernel. " +
        "It needs no Python. At most one of the three options says where; the default is --user.",
    )
    .option("--user", "for this user, in Jupyter's data folder")
    .option("--sys-prefix", "for the active Python environment (virtualenv, conda), else python3's own")
    .option("--prefix <folder>", "in <folder>/share/jupyter/kernels")
    .addHelpText("after", "\nExample:\n  convlab install --user")
    .action(async (options: InstallOptions) => {
      const folder = await install(options);
      process.stdout.write(`The kernel "convlab" is installed: ${folder}\n`);
      session.fail(0);
    });
}

async function install(options: InstallOptions): Promise<string> {
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
  try {
    makeFolder(path.join(data, "kernels"));
    return await writeKernelspec(data);
  } catch (error) {
    throw new Failure(
      `The kernelspec cannot be written below ${data}: ${systemReason(error)}.`,
      exitCodes.output,
    );
  }
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
