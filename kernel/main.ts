/** The kernel's process: `node main.js CONNECTION_FILE`, as the kernelspec says. */
// Before everything else.
import { session } from "./start";
import { readFileSync } from "node:fs";
import { Kernel } from "./kernel";
import type { ConnectionInfo } from "./wire";

// A warning that nobody can read any more, because who started the kernel has gone, ends nothing.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

async function main(): Promise<void> {
  const [, , file] = process.argv;
  if (!file) {
    console.error("usage: main.js CONNECTION_FILE (Jupyter starts this; `convlab install` tells it how)");
    process.exit(2);
  }
  const kernel = new Kernel(JSON.parse(readFileSync(file, "utf8")) as ConnectionInfo, session);
  process.on("SIGINT", () => void kernel.interrupt());
  process.on("SIGTERM", () => void kernel.stop().then(() => process.exit(0)));
  endWithParent(kernel);
  await kernel.start();
}

/** Jupyter tells a kernel who started it; when that process is gone without a word, the kernel has no more use. */
function endWithParent(kernel: Kernel): void {
  const parent = Number(process.env["JPY_PARENT_PID"] ?? 0);
  if (!(parent > 1)) return;
  const timer = setInterval(() => {
    try {
      process.kill(parent, 0);
    } catch (error) {
      // EPERM is a living process of somebody else's.
      if ((error as NodeJS.ErrnoException).code === "ESRCH") void kernel.stop().then(() => process.exit(0));
    }
  }, 1000);
  timer.unref();
}

void main();
