/** Where data comes from: what a path or URL names, and its bytes. */
import { readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { complaint, refusal } from "../tensor/errors.js";

const longest = 200;

/** A path or URL as an error quotes it: a data URL may be as long as the file that it holds. */
export function quoted(source: string | URL): string {
  const text = String(source);
  return text.length <= longest
    ? JSON.stringify(text)
    : `${JSON.stringify(text.slice(0, longest))}… (${text.length} characters)`;
}

/**
 * The path that a string or a `file:` URL names. Nothing is ever fetched: other URLs are refused, and data URLs too
 * unless the caller has taken them out before.
 */
export function pathOf(operation: string, source: string | URL, expected: string): string {
  if (typeof source !== "string" && !(source instanceof URL))
    throw refusal(operation, "path", expected, source);
  const scheme =
    source instanceof URL ? source.protocol : /^(file:|[a-z][a-z0-9+.-]*:(?=\/\/))/i.exec(source)?.[0];
  if (scheme === undefined) return source as string;
  if (scheme.toLowerCase() !== "file:") {
    const advice = /^https?:$/i.test(scheme) ? "; nothing is fetched: save it to a file first" : "";
    throw complaint(operation, "path", `${expected}${advice}`, quoted(source));
  }
  try {
    return fileURLToPath(source);
  } catch (error) {
    throw complaint(operation, "path", expected, `${quoted(source)}: ${reasonOf(error)}`);
  }
}

/** Throws unless `path` is a file that holds something: a folder cannot be read, and a device may never end. */
export async function checkFile(operation: string, argument: string, path: string): Promise<void> {
  const found = await attempt(operation, argument, path, () => stat(path));
  const kind = found.isDirectory() ? "a folder" : !found.isFile() ? "a device, pipe or socket" : undefined;
  if (kind !== undefined) throw complaint(operation, argument, "a file", `${quoted(path)}, which is ${kind}`);
  if (found.size === 0)
    throw complaint(operation, argument, "a file with content", `${quoted(path)}, which is empty`);
}

/** All bytes of a file. */
export async function readBytes(operation: string, argument: string, path: string): Promise<Buffer> {
  await checkFile(operation, argument, path);
  return await attempt(operation, argument, path, () => readFile(path));
}

/** What `read` gives; where the system refuses, the house's error with the system's reason. */
export async function attempt<T>(
  operation: string,
  argument: string,
  path: string,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const got = `${quoted(path)}: ${reasonOf(error)}`;
    throw complaint(operation, argument, "a file that can be read", got);
  }
}

/** An error's message in one line, each of its sentences once: libvips repeats them. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const lines = message.split("\n").map((line) => line.trim());
  return [...new Set(lines)].filter((line) => line !== "").join("; ");
}
