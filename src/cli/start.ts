import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { Command } from "commander";
import { startKernel } from "../../kernel/client/index.js";
import { openBrowser } from "./browser.js";
import { parseCount, parsePort, parseSeconds } from "./options.js";
import { packageRoot } from "./package-root.js";
import { buildBook } from "./book.js";
import { Progress } from "./progress.js";
import { serve } from "./serve.js";
import type { Session } from "./session.js";

export interface StartOptions {
  port?: number;
  browser: boolean;
  jobs?: number;
  timeout?: number;
}

export function startCommand(session: Session): Command {
  return new Command("start")
    .summary("run a folder's notebooks and show their pages in the browser")
    .description(
      "Runs the notebooks of a folder (convlab's own by default), builds a page for each and an index of them all, " +
        "and serves them on this computer until it is interrupted. A notebook that fails is named in the index.",
    )
    .argument("[folder]", "the folder with the notebooks")
    .option("--port <number>", "the port to serve on (default: the first free one from 8888)", parsePort)
    .option("--no-browser", "do not open a browser")
    .option(
      "--jobs <number>",
      "how many notebooks run at a time (default: one a processor, at most 4)",
      parseCount,
    )
    .option("--timeout <seconds>", "how long one cell may take (default: no limit)", parseSeconds)
    .addHelpText("after", "\nExample:\n  convlab start notebooks --port 8890")
    .action((folder: string | undefined, options: StartOptions) => start(folder, options, session));
}

/** Serves the pages of a folder's notebooks until the session is interrupted. */
export async function start(
  folder: string | undefined,
  options: StartOptions,
  session: Session,
): Promise<void> {
  const out = mkdtempSync(path.join(tmpdir(), "convlab-pages-"));
  try {
    await build(folder, out, options, session);
    if (session.signal.aborted) return;
    const served = await serve(out, options.port);
    // Read by scripts too: one line, the address at its end.
    process.stdout.write(`convlab is ready: ${served.url}\n`);
    if (options.browser) openBrowser(served.url);
    await new Promise<void>((resolve) => {
      if (session.signal.aborted) resolve();
      session.signal.addEventListener("abort", () => resolve());
    });
    await served.close();
    session.endCleanly();
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

async function build(
  folder: string | undefined,
  out: string,
  options: StartOptions,
  session: Session,
): Promise<void> {
  const progress = new Progress();
  const failures = await buildBook({
    folder: folder ?? path.join(packageRoot(), "notebooks"),
    out,
    title:
      folder === undefined ? "A laboratory for convolutional networks" : path.basename(path.resolve(folder)),
    startKernel,
    jobs: options.jobs ?? Math.min(4, availableParallelism()),
    timeout: options.timeout,
    progress,
    signal: session.signal,
  });
  for (const failure of failures) progress.log(failure.message);
}
