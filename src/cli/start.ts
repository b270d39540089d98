import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Command } from "commander";
import { build, type BuildOptions, withBuildOptions } from "./book.js";
import { openBrowser } from "./browser.js";
import { parsePort } from "./options.js";
import { serve } from "./serve.js";
import type { Session } from "./session.js";

export interface StartOptions extends BuildOptions {
  port?: number;
  browser: boolean;
}

export function startCommand(session: Session): Command {
  const command = new Command("start")
    .summary("show a folder's notebooks as a book in the browser")
    .description(
      "Makes a book of a folder's notebooks (convlab's own by default), as `convlab book` does, and serves it on this " +
        "computer until it is interrupted. A notebook that fails is named in the index.",
    )
    .argument("[folder]", "the folder with the notebooks")
    .option("--port <number>", "the port to serve on (default: the first free one from 8888)", parsePort)
    .option("--no-browser", "do not open a browser");
  return withBuildOptions(command)
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
