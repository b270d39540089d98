import { mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { systemCode } from "./failure.js";

/**
 * Makes a folder and those above it that are missing. One level at a time, because Node's own recursive mkdir
 * never returns where a file system answers that the folder above is missing although it is there (/proc does).
 */
export function makeFolder(folder: string): void {
  const missing: string[] = [];
  let at = path.resolve(folder);
  while (statSync(at, { throwIfNoEntry: false }) === undefined && at !== path.dirname(at)) {
    missing.push(at);
    at = path.dirname(at);
  }
  for (const level of missing.reverse()) {
    try {
      mkdirSync(level);
    } catch (error) {
      // Another process may have been faster.
      if (systemCode(error) !== "EEXIST" || !statSync(level).isDirectory()) throw error;
    }
  }
  // Something that is no folder is in the way: let the system say so.
  if (missing.length === 0 && !statSync(at).isDirectory()) mkdirSync(at);
}
