/**
 * What the command says when it cannot go on: one line for a reader, and the exit code that goes with it.
 */

/** The command's exit codes; `convlab --help` prints the same table. */
export const exitCodes = {
  cell: 1,
  usage: 2,
  notebook: 3,
  kernel: 4,
  output: 5,
} as const;

export const exitCodeHelp = `
Exit codes:
  0    all done
  1    a cell failed, or took longer than --timeout allows
  2    the command was called wrongly
  3    a notebook is missing or is not a valid notebook
  4    a kernel is unknown, did not start or died
  5    a result could not be written
  130  interrupted (143: terminated)
Where several notebooks fail, the highest code counts.`;

export class Failure extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
    this.name = "Failure";
  }
}

/** An error's message on one line, without the word "Error" and without a stack. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*\n\s*/g, " ").trim();
}

const systemErrors: Record<string, string> = {
  ENOENT: "there is no such file or folder",
  EACCES: "permission denied",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is a file, not a folder",
  EEXIST: "a file of that name is in the way",
  ENAMETOOLONG: "the name is too long",
  EMFILE: "too many files are open",
};

/** The code of an operating-system error such as ENOENT, if this is one. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Why the operating system refused, in words. */
export function systemReason(error: unknown): string {
  const code = systemCode(error);
  return (code !== undefined ? systemErrors[code] : undefined) ?? messageOf(error);
}
