import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { userFolder, writeKernelspec } from "../../kernel/kernelspec.js";
import { exitCodes, Failure, systemReason } from "./failure.js";
import { ask, findProgram } from "./find-program.js";
import type { Session } from "./session.js";

export interface JupyterLabOptions {
  port?: number;
  browser: boolean;
}

/** The words that start an installed JupyterLab, if there is one. */
export function findJupyterLab(): string[] | undefined {
  const lab = findProgram("jupyter-lab");
  if (lab !== undefined) return [lab];
  const jupyter = findProgram("jupyter");
  if (jupyter !== undefined && ask(jupyter, "lab", "--version") !== undefined) return [jupyter, "lab"];
  const python = findProgram("python3", "python");
  if (python !== undefined && ask(python, "-m", "jupyterlab", "--version") !== undefined) {
    return [python, "-m", "jupyterlab"];
  }
  const own = ownJupyterLab();
  return own !== undefined && existsSync(own.finished) ? [own.program] : undefined;
}

/** Runs JupyterLab with convlab's kernel until it ends or the session is interrupted. */
export async function runJupyterLab(
  folder: string,
  options: JupyterLabOptions,
  session: Session,
): Promise<void> {
  const [program = "", ...words] = findJupyterLab() ?? [installJupyterLab()];
  // The kernel is shown to this JupyterLab alone; nothing is installed for the user or the machine.
  const prefix = mkdtempSync(path.join(tmpdir(), "convlab-jupyter-"));
  try {
    await writeKernelspec(path.join(prefix, "share", "jupyter"));
    const known = process.env.JUPYTER_PATH;
    const data = path.join(prefix, "share", "jupyter");
    const parameters = [
      ...words,
      path.resolve(folder),
      ...(options.port === undefined ? [] : [`--ServerApp.port=${options.port}`]),
      ...(options.browser ? [] : ["--no-browser"]),
      // In a container one is often root, and JupyterLab would refuse.
      ...(process.getuid?.() === 0 ? ["--allow-root"] : []),
    ];
    const child = spawn(program, parameters, {
      // Without a terminal to ask on, JupyterLab ends at the first Ctrl-C, which reaches it as it reaches us.
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, JUPYTER_PATH: known ? `${data}${path.delimiter}${known}` : data },
    });
    const terminate = (): void => void child.kill("SIGTERM");
    session.signal.addEventListener("abort", terminate);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", (error) => {
        reject(
          new Failure(`JupyterLab (${program}) cannot be started: ${systemReason(error)}.`, exitCodes.kernel),
        );
      });
      child.on("close", resolve);
    });
    if (session.signal.aborted) session.endCleanly();
    else if (code !== 0) throw new Failure(`JupyterLab ended with code ${code ?? "?"}.`, exitCodes.kernel);
  } finally {
    rmSync(prefix, { recursive: true, force: true });
  }
}

/** Where the JupyterLab lives that convlab installs for itself; undefined for a user without a home. */
function ownJupyterLab(): { folder: string; program: string; python: string; finished: string } | undefined {
  const cache = cacheFolder();
  if (cache === undefined) return undefined;
  const folder = path.join(cache, "convlab", "jupyterlab");
  const programs = path.join(folder, process.platform === "win32" ? "Scripts" : "bin");
  return {
    folder,
    program: path.join(programs, "jupyter-lab"),
    python: path.join(programs, "python"),
    finished: path.join(folder, "convlab-finished"),
  };
}

function cacheFolder(): string | undefined {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (process.platform === "win32") return userFolder(LOCALAPPDATA, "AppData", "Local");
  if (process.platform === "darwin") return userFolder(undefined, "Library", "Caches");
  return userFolder(XDG_CACHE_HOME, ".cache");
}

/** Puts JupyterLab into a virtual environment of convlab's own and returns its program. */
function installJupyterLab(): string {
  const python = findProgram("python3", "python");
  const advice = "Install it with `pip install jupyterlab`, or use `convlab start`, which needs no Python.";
  if (python === undefined) {
    throw new Failure(
      `JupyterLab was not found, and there is no Python to install it with. ${advice}`,
      exitCodes.kernel,
    );
  }
  if (ask(python, "-c", "import venv, ensurepip") === undefined) {
    const reason = "this Python cannot make virtual environments (on Debian: apt install python3-venv)";
    throw new Failure(`JupyterLab was not found, and ${reason}. ${advice}`, exitCodes.kernel);
  }
  const own = ownJupyterLab();
  if (own === undefined) {
    throw new Failure(
      `JupyterLab was not found, and there is no home folder to install it in. ${advice}`,
      exitCodes.output,
    );
  }
  process.stderr.write(`JupyterLab was not found; installing it for convlab alone in ${own.folder}\n`);
  try {
    // What an interrupted installation left behind cannot be trusted.
    rmSync(own.folder, { recursive: true, force: true });
    mkdirSync(path.dirname(own.folder), { recursive: true });
  } catch (error) {
    throw new Failure(`${own.folder} cannot be written: ${systemReason(error)}.`, exitCodes.output);
  }
  step("making a virtual environment", python, "-m", "venv", own.folder);
  step(
    "installing JupyterLab",
    own.python,
    "-m",
    "pip",
    "install",
    "--disable-pip-version-check",
    "jupyterlab",
  );
  writeFileSync(own.finished, "");
  return own.program;
}

function step(what: string, program: string, ...parameters: string[]): void {
  process.stderr.write(`${what} …\n`);
  const { status } = spawnSync(program, parameters, { stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Failure(`${what} failed; what it printed above says why.`, exitCodes.kernel);
}
