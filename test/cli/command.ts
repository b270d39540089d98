/** The command as a user runs it: a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";

export interface CommandResult {
  code: number | null;
  out: string;
  err: string;
}

export interface RunningCommand {
  process: ChildProcess;
  /** Everything printed so far. */
  out: () => string;
  err: () => string;
  ended: Promise<CommandResult>;
  /** Resolves when the output (of either stream) matches; rejects if the command ends before. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
}

const main = path.join(__dirname, "..", "..", "src", "cli", "main.js");

export function startCommand(
  words: string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): RunningCommand {
  const child = spawn(process.execPath, [main, ...words], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  let changed: () => void = () => undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    changed();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
    changed();
  });
  const ended = new Promise<CommandResult>((resolve) => {
    child.on("close", (code) => {
      resolve({ code, out, err });
    });
  });
  return {
    process: child,
    out: () => out,
    err: () => err,
    ended,
    prints: (pattern) =>
      new Promise((resolve, reject) => {
        changed = () => {
          const match = pattern.exec(out) ?? pattern.exec(err);
          if (match) resolve(match);
        };
        changed();
        void ended.then(() => reject(new Error(`ended without ${String(pattern)}: ${out}${err}`)));
      }),
  };
}

export function runCommand(...words: string[]): Promise<CommandResult> {
  return startCommand(words).ended;
}

/** What a command said beside its progress, which depends on how fast the machine is. */
export function complaints({ err }: CommandResult): string[] {
  return err
    .split("\n")
    .filter((line) => line !== "" && !/ …$|: (starting|cell \d+ of \d+), \d+:\d\d$/.test(line));
}
