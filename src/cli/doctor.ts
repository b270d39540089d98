import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Command } from "commander";
import { startKernel } from "../../kernel/client/index.js";
import { installed } from "../../kernel/kernelspec.js";
import { exitCodes, messageOf } from "./failure.js";
import { ask, findProgram } from "./find-program.js";
import { findJupyterLab } from "./jupyterlab.js";
import type { Session } from "./session.js";

interface Finding {
  good: boolean;
  text: string;
  /** What to do about it. */
  advice?: string;
  /** Nothing works without it. */
  needed?: true;
}

export function doctorCommand(session: Session): Command {
  return new Command("doctor")
    .summary("report what convlab finds on this computer")
    .description(
      "Checks what convlab needs and what it can use, one line each, with what to do where something is missing. " +
        "The exit code is 4 where something is missing that nothing works without.",
    )
    .addHelpText("after", "\nExample:\n  convlab doctor")
    .action(async () => {
      const checks = [
        checkNode,
        checkKernel,
        checkKernelspec,
        checkTslab,
        checkJupyterLab,
        checkNbclient,
        ...programChecks,
      ];
      for (const check of checks) {
        const finding = await check();
        const advice = finding.advice === undefined ? "" : `: ${finding.advice}`;
        process.stdout.write(`${finding.good ? "✓" : finding.needed ? "✗" : "–"} ${finding.text}${advice}\n`);
        if (!finding.good && finding.needed) session.fail(exitCodes.kernel);
      }
    });
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const good = major > 20 || (major === 20 && minor >= 19);
  return {
    good,
    needed: true,
    text: `Node.js ${process.versions.node}`,
    ...(good ? {} : { advice: "convlab needs 20.19 or newer" }),
  };
}

async function checkKernel(): Promise<Finding> {
  const begin = Date.now();
  try {
    const kernel = await startKernel({ cwd: tmpdir(), timeout: 60_000 });
    try {
      const { status } = await kernel.execute("6 * 7", { timeout: 60_000 });
      if (status !== "ok") throw new Error(`its first cell came back as ${status}`);
    } finally {
      await kernel.shutdown();
    }
    return { good: true, text: `the kernel answers (${((Date.now() - begin) / 1000).toFixed(1)} s)` };
  } catch (error) {
    return {
      good: false,
      needed: true,
      text: `the kernel does not answer (${messageOf(error)})`,
      advice: "install convlab again, in a fresh folder",
    };
  }
}

function checkKernelspec(): Finding {
  const found = installed("convlab");
  const text = "Jupyter knows no kernel convlab";
  if (found === undefined) return { good: false, text, advice: "`convlab install` makes it known" };
  return checkProgram("convlab", found.folder, "`convlab install` writes it anew");
}

/** Notebooks of tslab's name its kernel. */
function checkTslab(): Finding {
  const found = installed("tslab");
  const advice = "`convlab install --also tslab` lets convlab's kernel answer to it";
  if (found?.own) return checkProgram("tslab, which is convlab's", found.folder, advice);
  if (found)
    return { good: true, text: `Jupyter knows the kernel tslab, which is not convlab's (${found.folder})` };
  return {
    good: false,
    text: "Jupyter knows no kernel tslab",
    advice: `if you have notebooks of tslab's, ${advice}`,
  };
}

function checkProgram(name: string, folder: string, advice: string): Finding {
  const file = path.join(folder, "kernel.json");
  const missing = missingProgram(file);
  if (missing === undefined) return { good: true, text: `Jupyter knows the kernel ${name} (${folder})` };
  return { good: false, text: `the kernelspec ${file} ${missing}`, advice };
}

/** What is wrong with a kernelspec's command line: the folder it leads to may have been moved since. */
function missingProgram(file: string): string | undefined {
  try {
    const { argv } = JSON.parse(readFileSync(file, "utf8")) as { argv: string[] };
    const lost = argv.find((word) => path.isAbsolute(word) && !existsSync(word));
    return lost === undefined ? undefined : `starts ${lost}, which is not there`;
  } catch {
    return "cannot be read";
  }
}

function checkJupyterLab(): Finding {
  const words = findJupyterLab();
  if (words !== undefined) return { good: true, text: `JupyterLab (${words.join(" ")})` };
  return {
    good: false,
    text: "no JupyterLab",
    advice: "`convlab lab --jupyterlab` installs one, if you want it",
  };
}

function checkNbclient(): Finding {
  const python = findProgram("python3", "python");
  const version =
    python === undefined ? undefined : ask(python, "-c", "import nbclient; print(nbclient.__version__)");
  if (version !== undefined) return { good: true, text: `nbclient ${version}` };
  return { good: false, text: "no nbclient", advice: "used by tests only; `pip install nbclient ipykernel`" };
}

function programCheck(what: string, names: string[], advice: string): () => Finding {
  return () => {
    const file = findProgram(...names);
    return file === undefined
      ? { good: false, text: `no ${what}`, advice }
      : { good: true, text: `${what} (${file})` };
  };
}

const programChecks = [
  programCheck(
    "Chromium",
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    "used by browser tests only; on Debian `apt install chromium`",
  ),
  programCheck(
    "bubblewrap",
    ["bwrap"],
    "`convlab grade` needs it to run submissions safely; on Debian `apt install bubblewrap`",
  ),
  programCheck(
    "Redis",
    ["redis-server"],
    "used to spread grading over machines; on Debian `apt install redis-server`",
  ),
];
