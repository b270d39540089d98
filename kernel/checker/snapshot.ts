/**
 * The checker's start-up snapshot: starting from it takes a sixth of the time that loading TypeScript does. One is
 * made per Node version and build and kept in the user's cache; where there is none, the checker starts without.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { packageRoot, programs } from "../package-root";
import { placesFor } from "./places";

const bundle = path.join(programs, "checker", "snapshot-bundle.js");

/** A snapshot fits the flags that it was made with. Nobody attacks the hashes of a checker: they need not be new. */
const flags = ["--no-rehash-snapshot"];

function cacheFolder(): string {
  return path.join(process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache"), "convlab");
}

/**
 * Names what the snapshot holds: this Node on this machine, and this build of the checker and of the declarations,
 * whose digest the build writes into the bundle.
 */
function snapshotFile(): string {
  const { mtimeMs, size } = statSync(bundle);
  const parts = [process.version, process.arch, process.platform, bundle, mtimeMs, size, ...flags];
  const key = createHash("sha256").update(parts.join("\n")).digest("hex");
  return path.join(cacheFolder(), `checker-${key.slice(0, 16)}.blob`);
}

/** The arguments that start a checker: from the snapshot where there is one. */
export function checkerArguments(): string[] {
  const plain = [path.join(programs, "checker", "main.js")];
  if (!existsSync(bundle) || process.env["CONVLAB_SNAPSHOT"] === "off") return plain;
  const file = snapshotFile();
  if (existsSync(file)) return [...flags, "--snapshot-blob", file];
  // For the next start; this one does not wait. Where several kernels start at once, one of them makes it.
  if (claim(`${file}.claim`)) void buildSnapshot(file).catch(() => undefined);
  return plain;
}

/** Whether this process is the first to claim `file`; a claim older than a minute has been left by a process that died. */
function claim(file: string): boolean {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    const { mtimeMs = 0 } = statSync(file, { throwIfNoEntry: false }) ?? {};
    if (Date.now() - mtimeMs > 60_000) rmSync(file, { force: true });
    writeFileSync(file, "", { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}

/** Makes the snapshot if it is not there; resolves with its file. */
export async function ensureSnapshot(): Promise<string> {
  const file = snapshotFile();
  if (!existsSync(file)) await buildSnapshot(file);
  return file;
}

/** Other builds and Node versions may be in use side by side; of more, and of builds broken off, nobody knows. */
const kept = 4;

function forgetOld(folder: string): void {
  const changed = new Map<string, number>();
  for (const name of readdirSync(folder).filter((name) => name.startsWith("checker-"))) {
    const { mtimeMs } = statSync(path.join(folder, name), { throwIfNoEntry: false }) ?? {};
    if (mtimeMs !== undefined) changed.set(path.join(folder, name), mtimeMs);
  }
  const newest = [...changed.keys()].sort((a, b) => (changed.get(b) ?? 0) - (changed.get(a) ?? 0));
  const whole = newest.filter((name) => name.endsWith(".blob"));
  const hourAgo = Date.now() - 3_600_000;
  const partial = newest.filter((name) => !name.endsWith(".blob") && (changed.get(name) ?? 0) < hourAgo);
  for (const name of [...whole.slice(kept), ...partial]) rmSync(name, { force: true });
}

async function buildSnapshot(file: string): Promise<void> {
  const folder = path.dirname(file);
  mkdirSync(folder, { recursive: true });
  const fresh = `${file}.${String(process.pid)}`;
  const env = { ...process.env, CONVLAB_PLACES: JSON.stringify(placesFor(packageRoot)) };
  const child = spawn(process.execPath, [...flags, "--snapshot-blob", fresh, "--build-snapshot", bundle], {
    env,
    stdio: "ignore",
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  try {
    if (code !== 0) throw new Error(`node --build-snapshot ended with exit code ${String(code)}.`);
    renameSync(fresh, file);
    forgetOld(folder);
  } finally {
    rmSync(fresh, { force: true });
    rmSync(`${file}.claim`, { force: true });
  }
}
