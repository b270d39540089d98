import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { Failure, exitCodes, systemReason } from "../failure.js";
import { writeAtomically } from "../notebook/write.js";

/** Each file that a build has written, with the digest of its contents. */
type Written = Record<string, string>;

const listName = ".convlab-book.json";

/**
 * Writes a book's files, and removes those of the last build that are not among them: the pages of notebooks that
 * were renamed or are gone. What somebody else wrote stays, and so does a page that was changed since.
 */
export function writeBook(out: string, files: ReadonlyMap<string, string>): void {
  const before = lastBuild(out);
  const written: Written = {};
  for (const [name, contents] of files) {
    writeAtomically(path.join(out, name), contents);
    written[name] = digest(contents);
  }
  for (const [name, hash] of Object.entries(before)) {
    if (!files.has(name)) removeIfOurs(path.join(out, name), hash);
  }
  writeAtomically(path.join(out, listName), `${JSON.stringify(written, null, 1)}\n`);
}

function lastBuild(out: string): Written {
  try {
    const list = JSON.parse(readFileSync(path.join(out, listName), "utf8")) as unknown;
    if (typeof list !== "object" || list === null) return {};
    // A name with a folder in it is none of ours, whoever put it there.
    const ours = Object.entries(list).flatMap(([name, hash]: [string, unknown]) =>
      name === path.basename(name) && typeof hash === "string" ? [[name, hash] as const] : [],
    );
    return Object.fromEntries(ours);
  } catch {
    return {};
  }
}

function removeIfOurs(file: string, hash: string): void {
  let contents: Buffer;
  try {
    contents = readFileSync(file);
  } catch {
    return;
  }
  if (digest(contents) !== hash) return;
  try {
    rmSync(file);
  } catch (error) {
    throw new Failure(`${file} cannot be removed: ${systemReason(error)}.`, exitCodes.output);
  }
}

function digest(contents: string | Buffer): string {
  return createHash("sha256").update(contents).digest("hex");
}
