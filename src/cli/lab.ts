import { statSync } from "node:fs";
import path from "node:path";
import { Command } from "commander";
import { exitCodes, Failure } from "./failure.js";
import { runJupyterLab } from "./jupyterlab.js";
import { parsePort } from "./options.js";
import { packageRoot } from "./package-root.js";
import type { Session } from "./session.js";
import { start, type StartOptions } from "./start.js";

interface LabOptions extends StartOptions {
  jupyterlab?: true;
}

export function labCommand(session: Session): Command {
  return new Command("lab")
    .summary("open notebooks for editing")
    .description(
      "Opens a folder's notebooks (convlab's own by default) for editing, with convlab's kernel. " +
        "With --jupyterlab in an installed JupyterLab, or in one that convlab installs into a virtual environment of " +
        "its own in the user's cache folder; the kernel is shown to that JupyterLab alone.",
    )
    .argument("[folder]", "the folder with the notebooks")
    .option("--jupyterlab", "use JupyterLab")
    .option("--port <number>", "the port to serve on (default: the first free one from 8888)", parsePort)
    .option("--no-browser", "do not open a browser")
    .addHelpText("after", "\nExample:\n  convlab lab notebooks --jupyterlab")
    .action((folder: string | undefined, options: LabOptions) => lab(folder, options, session));
}

async function lab(folder: string | undefined, options: LabOptions, session: Session): Promise<void> {
  const chosen = folder ?? path.join(packageRoot(), "notebooks");
  if (!statSync(chosen, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Failure(`${chosen} is not a folder.`, exitCodes.notebook);
  }
  if (options.jupyterlab) {
    await runJupyterLab(chosen, options, session);
    return;
  }
  process.stderr.write(
    "The editor of its own is not built yet: showing the notebooks' pages (--jupyterlab edits).\n",
  );
  await start(folder, options, session);
}
