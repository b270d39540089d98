import { availableParallelism } from "node:os";
import path from "node:path";
import { Command } from "commander";
import { startKernel } from "../../kernel/client/index.js";
import { buildBook } from "./book/build.js";
import { parseCount, parseSeconds } from "./options.js";
import { packageRoot } from "./package-root.js";
import { Progress } from "./progress.js";
import type { Session } from "./session.js";

export interface BuildOptions {
  run?: true;
  jobs?: number;
  timeout?: number;
}

interface BookCommandOptions extends BuildOptions {
  out: string;
}

export function bookCommand(session: Session): Command {
  const command = new Command("book")
    .summary("make a book of a folder's notebooks")
    .description(
      "Makes a page of each notebook of a folder (convlab's own by default) and an index of them all: linked, " +
        "searchable, with figures that answer, and complete without a server or a network. A notebook that was saved " +
        "with its outputs is shown as it was saved; the others are run. A notebook that fails is named in the index.",
    )
    .argument("[folder]", "the folder with the notebooks")
    .option("--out <folder>", "where the pages go", path.join("out", "book"));
  return withBuildOptions(command)
    .addHelpText("after", "\nExample:\n  convlab book notebooks --out out/book --run --jobs 2")
    .action(async (folder: string | undefined, { out, ...options }: BookCommandOptions) => {
      await build(folder, out, options, session);
      if (!session.signal.aborted) process.stdout.write(`${path.join(out, "index.html")}\n`);
    });
}

/** The options of every command that builds pages. */
export function withBuildOptions(command: Command): Command {
  return command
    .option("--run", "run also the notebooks that were saved with their outputs")
    .option(
      "--jobs <number>",
      "how many notebooks run at a time (default: one a processor, at most 4)",
      parseCount,
    )
    .option("--timeout <seconds>", "how long one cell may take (default: no limit)", parseSeconds);
}

/** Builds a folder's book; failures are said and count for the exit code. */
export async function build(
  folder: string | undefined,
  out: string,
  options: BuildOptions,
  session: Session,
): Promise<void> {
  const progress = new Progress();
  const failures = await buildBook({
    folder: folder ?? path.join(packageRoot(), "notebooks"),
    out,
    rerun: options.run ?? false,
    startKernel,
    jobs: options.jobs ?? Math.min(4, availableParallelism()),
    timeout: options.timeout,
    progress,
    signal: session.signal,
  });
  for (const failure of failures) {
    progress.log(failure.message);
    session.fail(failure.exitCode);
  }
}
