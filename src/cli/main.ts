#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { bookCommand } from "./book.js";
import { doctorCommand } from "./doctor.js";
import { exitCodeHelp, exitCodes, Failure, messageOf } from "./failure.js";
import { installCommand } from "./install.js";
import { labCommand } from "./lab.js";
import { packageVersion } from "./package-root.js";
import { runCommand } from "./run.js";
import { Session } from "./session.js";
import { startCommand } from "./start.js";

async function main(): Promise<number> {
  const session = new Session();
  const program = new Command("convlab")
    .description("A laboratory for convolutional networks in Jupyter, in TypeScript.")
    .version(packageVersion(), "-V, --version", "print the version")
    .addHelpText(
      "after",
      `${exitCodeHelp}\n\nExample:\n  convlab run notebooks/01-from-dense-to-convolution.ipynb --out out --html`,
    );
  for (const make of [startCommand, labCommand, runCommand, bookCommand, installCommand, doctorCommand]) {
    program.addCommand(make(session));
  }
  for (const command of [program, ...program.commands]) {
    command.exitOverride().helpOption("-h, --help", "print this help");
    command.configureOutput({
      // Commander puts its suggestion on a second line.
      outputError: (text, write) =>
        write(
          `convlab: ${text
            .replace(/^error: /, "")
            .replace(/\s*\n\s*/g, " ")
            .trim()}\n`,
        ),
    });
  }
  session.listen();
  try {
    await program.parseAsync();
    if (session.signal.aborted && session.exitCode !== 0) process.stderr.write("convlab: interrupted\n");
    return session.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    if (session.signal.aborted) {
      process.stderr.write("convlab: interrupted\n");
      return session.exitCode;
    }
    process.stderr.write(`convlab: ${error instanceof Failure ? error.message : describeDefect(error)}\n`);
    return error instanceof Failure ? error.exitCode : 1;
  }
}

/** An error nobody foresaw is ours to fix, so it keeps its stack. */
function describeDefect(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
}

// Nothing that is left open, such as a socket to a kernel that will not answer, may keep a finished command alive.
void main().then((code) => process.exit(code));
