/**
 * The checker's start-up snapshot: starting from it takes a sixth of the time that loading TypeScript does. One is
 * made per Node version and build and kept in the user's cache; where there is none, the checker starts without.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { packageRoot, programs } from "../package-root";
import { builtinsOfThisNode } from "./builtins";
import { type Places, placesFor } from "./places";

const bundle = path.join(programs, "checker", "snapshot-bundle.js");

/**
 * A snapshot fits the flags that it was made with, so the checker has these and no others: `NODE_OPTIONS` is not for
 * it. Nobody attacks the hashes of a checker: they need not be new. And with little room for what is young, after a
 * hundred cells seventeen megabytes less are left to be collected.
 */
const flags = ["--no-rehash-snapshot", "--max-semi-space-size=2", ...deepStack()];

/**
 * TypeScript descends into long expressions and into types that cells have built on each other, a frame a level. Half
 * of the stack that Linux and macOS give a process is four times what Node takes of it.
 */
function deepStack(): string[] {
  return process.platform === "win32" ? [] : ["--stack-size=3900"];
}

/**
 * For glibc: huge pages for the snapshot's copies (half the page faults, an eighth of the start's time), and what is
 * freed goes back to the system at once: twelve megabytes that the start needs for a moment.
 */
const allocator = ["hugetlb=1", "mmap_threshold=131072", "trim_threshold=131072"]
  .map((setting) => `glibc.malloc.${setting}`)
  .join(":");

/** How to start a checker. */
export interface Start {
  args: readonly string[];
  /** The snapshot that it starts from. */
  blob?: string;
}

/** What a checker sees of the environment: it compiles, and neither loads a reader's modules nor talks to anybody. */
export function checkerEnvironment(): NodeJS.ProcessEnv {
  return {
    GLIBC_TUNABLES: allocator,
    ...process.env,
    NODE_OPTIONS: undefined,
    // Where it is set, Node reads some hundred certificates before it starts.
    NODE_EXTRA_CA_CERTS: undefined,
    NODE_V8_COVERAGE: undefined,
  };
}

/** The folders to keep snapshots in, the best first: the user's cache, or where that is not to be had, a temporary one. */
function cacheFolders(): string[] {
  const { XDG_CACHE_HOME } = process.env;
  const own = XDG_CACHE_HOME !== undefined && path.isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : homeCache();
  const user = process.getuid?.() ?? "user";
  return [
    ...(own === undefined ? [] : [path.join(own, "convlab")]),
    path.join(tmpdir(), `convlab-cache-${String(user)}`),
  ];
}

function homeCache(): string | undefined {
  try {
    return path.join(homedir(), ".cache");
  } catch {
    return undefined; // A user without a home.
  }
}

/** A snapshot is code: it is taken from no folder that somebody else may have made or may write to. */
function isOurs(folder: string): boolean {
  const user = process.getuid?.();
  try {
    const { uid, mode } = statSync(folder);
    return user === undefined || (uid === user && (mode & 0o002) === 0);
  } catch {
    return false; // It is not there.
  }
}

function writableFolder(): string | undefined {
  return cacheFolders().find((folder) => {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      accessSync(folder, constants.W_OK);
      return isOurs(folder);
    } catch {
      return false;
    }
  });
}

/**
 * Names what the snapshot holds: this Node on this machine, and this build of the checker and of the declarations,
 * whose digest the build writes into the bundle.
 */
function snapshotName(): string {
  const { mtimeMs, size } = statSync(bundle);
  const parts = [process.version, process.arch, process.platform, bundle, mtimeMs, size, ...flags];
  const key = createHash("sha256").update(parts.join("\n")).digest("hex");
  return `checker-${key.slice(0, 16)}.blob`;
}

function existing(name: string): string | undefined {
  return cacheFolders()
    .filter(isOurs)
    .map((folder) => path.join(folder, name))
    .find((file) => existsSync(file));
}

/** How to start a checker: from the snapshot where there is one and `snapshot` allows it. */
export function checkerArguments(snapshot = true): Start {
  const plain = { args: [...deepStack(), path.join(programs, "checker", "main.js")] };
  if (!snapshot || !existsSync(bundle) || process.env["CONVLAB_SNAPSHOT"] === "off") return plain;
  const name = snapshotName();
  const blob = existing(name);
  if (blob !== undefined) return { args: [...flags, "--snapshot-blob", blob], blob };
  // For the next start; this one does not wait. Where several kernels start at once, one of them makes it.
  const folder = writableFolder();
  const file = folder === undefined ? undefined : path.join(folder, name);
  if (file !== undefined && claim(`${file}.claim`)) void buildSnapshot(file).catch(() => undefined);
  return plain;
}

/** A snapshot that did not start is of no use to the next checker either. */
export function forgetSnapshot(blob: string): void {
  try {
    rmSync(blob, { force: true });
  } catch {
    // It lies where it cannot be taken away: each start will try it, and go on without.
  }
}

/** Whether this process is the first to claim `file`; a claim older than a minute has been left by a process that died. */
function claim(file: string): boolean {
  try {
    const { mtimeMs = 0 } = statSync(file, { throwIfNoEntry: false }) ?? {};
    if (Date.now() - mtimeMs > 60_000) rmSync(file, { force: true });
    writeFileSync(file, "", { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}

/** Makes the snapshot if it is not there; resolves with its file, or with nothing where none can be kept. */
export async function ensureSnapshot(): Promise<string | undefined> {
  const name = snapshotName();
  const known = existing(name);
  if (known !== undefined) return known;
  const folder = writableFolder();
  if (folder === undefined) return undefined;
  await buildSnapshot(path.join(folder, name));
  return path.join(folder, name);
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
  const fresh = `${file}.${String(process.pid)}`;
  const places: Places = { ...placesFor(packageRoot), builtins: builtinsOfThisNode() };
  const env = { ...checkerEnvironment(), CONVLAB_PLACES: JSON.stringify(places) };
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
    forgetOld(path.dirname(file));
  } finally {
    rmSync(fresh, { force: true });
    rmSync(`${file}.claim`, { force: true });
  }
}
