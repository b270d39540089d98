import { accessSync, constants, existsSync, realpathSync } from "node:fs";
import path from "node:path";
import { Command, Option } from "commander";
import { startKernel } from "../../kernel/client/index.js";
import { exitCodes, Failure, systemReason } from "./failure.js";
import { executeNotebook } from "./notebook/execute.js";
import { makeFolder } from "./make-folder.js";
import { readNotebook } from "./notebook/read.js";
import { withoutWidgets, writeAtomically, writeNotebook } from "./notebook/write.js";
import { parseCount, parseSeconds } from "./options.js";
import { renderPage } from "./page/page.js";
import { inParallel, Progress } from "./progress.js";
import type { Session } from "./session.js";

interface RunOptions {
  out: string;
  inPlace?: true;
  html?: true;
  timeout?: number;
  allowErrors?: true;
  kernel?: string;
  jobs: number;
}

export function runCommand(session: Session): Command {
  return new Command("run")
    .summary("run notebooks through the real kernel")
    .description(
      "Runs each notebook from its first cell to its last in a kernel of its own and writes the executed notebook. " +
        "A cell that fails ends its notebook, unless it is tagged raises-exception; what was run until then is " +
        "written, with the error as that cell's output. The notebooks given are changed by --in-place only, and then " +
        "only those that run to their end.",
    )
    .argument("<notebook...>", "the notebooks to run")
    .option("--out <folder>", "where the executed notebooks go", "out")
    .addOption(
      new Option("--in-place", "write the outputs into the notebooks given").conflicts(["out", "html"]),
    )
    .option("--html", "also write one self-contained page per notebook")
    .option("--kernel <name>", "the kernel to run them in (default: the one that each notebook names)")
    .option("--timeout <seconds>", "how long one cell may take (default: no limit)", parseSeconds)
    .option("--allow-errors", "go on after a cell that failed; the exit code is then 0")
    .option("--jobs <number>", "how many notebooks run at a time", parseCount, 1)
    .addHelpText(
      "after",
      "\nExample:\n  convlab run notebooks/*.ipynb --out out --html --jobs 2" +
        "\n  convlab run of-tslab.ipynb --kernel convlab",
    )
    .action(async (notebooks: string[], options: RunOptions) => {
      session.fail(await run([...new Set(notebooks)], options, session));
    });
}

/** Returns the exit code. */
async function run(files: string[], options: RunOptions, session: Session): Promise<number> {
  const inPlace = options.inPlace ?? false;
  const targets = inPlace ? new Map(files.map((file) => [file, file])) : planTargets(files, options.out);
  if (!inPlace) prepareFolder(options.out);
  const progress = new Progress();
  const codes = await inParallel(files, options.jobs, async (file) => {
    const target = targets.get(file);
    if (session.signal.aborted || target === undefined) return 0;
    const task = progress.start(path.basename(file));
    try {
      const { notebook, failure } = await executeNotebook(readNotebook(file), {
        startKernel,
        file,
        kernelName: options.kernel,
        timeout: options.timeout,
        allowErrors: options.allowErrors ?? false,
        onCell: (cell, cells) => task.at(`cell ${cell} of ${cells}`),
        signal: session.signal,
      });
      if (failure && inPlace) {
        task.end();
        progress.log(`${failure.message} (The notebook is as it was.)`);
        return failure.exitCode;
      }
      writeNotebook(target, withoutWidgets(notebook));
      const written = [target];
      if (options.html) {
        const page = target.replace(/\.ipynb$/, ".html");
        writeAtomically(page, renderPage(notebook, { file, pageOf: pageAmong(file, targets) }));
        written.push(page);
      }
      task.end();
      if (failure) {
        progress.log(`${failure.message} (Run up to this cell: ${written.join(", ")})`);
        return failure.exitCode;
      }
      progress.log(`${file} → ${written.join(", ")}`, process.stdout);
      return 0;
    } catch (error) {
      task.end();
      if (session.signal.aborted) return 0;
      if (!(error instanceof Failure)) throw error;
      progress.log(error.message);
      return error.exitCode;
    }
  });
  return Math.max(0, ...codes);
}

/** Where each notebook's result goes; two results never share a file, and none is a source. */
function planTargets(files: string[], out: string): Map<string, string> {
  const targets = new Map<string, string>();
  const takenBy = new Map<string, string>();
  const sources = new Set(files.map(realPath));
  for (const file of files) {
    const target = path.join(out, `${path.basename(file, ".ipynb")}.ipynb`);
    // File systems that ignore case would let A.ipynb overwrite a.ipynb.
    const key = target.toLowerCase();
    const other = takenBy.get(key);
    if (other !== undefined && realPath(other) !== realPath(file)) {
      const reason = `${other} and ${file} would both be written to ${target}; run them with different --out folders.`;
      throw new Failure(reason, exitCodes.usage);
    }
    if (existsSync(target) && sources.has(realPath(target))) {
      const reason = `${target} is a notebook to be run and would be overwritten; choose another folder with --out.`;
      throw new Failure(reason, exitCodes.usage);
    }
    takenBy.set(key, file);
    targets.set(file, target);
  }
  return targets;
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return path.resolve(file);
  }
}

/** Says now, and not after minutes of running, that nothing can be written. */
function prepareFolder(folder: string): void {
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Failure(`${folder} cannot be written to: ${systemReason(error)}.`, exitCodes.output);
  }
}

/** Links between notebooks that are run together lead from page to page. */
function pageAmong(file: string, targets: Map<string, string>): (link: string) => string | undefined {
  const pages = new Map([...targets].map(([source, target]) => [path.resolve(source), target]));
  return (link) => {
    const target = pages.get(path.resolve(path.dirname(file), link));
    return target === undefined ? undefined : encodeURIComponent(`${path.basename(target, ".ipynb")}.html`);
  };
}
