// Brings a fresh clone to a built project with nothing but Node and npm; does nothing where all is up to date.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import path from "node:path";

const root = path.dirname(import.meta.dirname);
const npm = process.env.npm_execpath;

function run(command, args, what) {
  console.log(`${what} …`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) {
    console.error(`${what} failed.`);
    process.exit(status ?? 1);
  }
}

function runNpm(args, what) {
  if (npm) run(process.execPath, [npm, ...args], what);
  else run("npm", args, what);
}

const lock = path.join(root, "package-lock.json");
const installed = path.join(root, "node_modules", ".package-lock.json");
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  runNpm(["ci", "--no-audit", "--no-fund"], "Installing dependencies");
}
runNpm(["run", "--silent", "build"], "Building");
