/** The kernel's process: `node main.js CONNECTION_FILE`, as the kernelspec says. */
import { readFileSync } from "node:fs";
import { Kernel } from "./kernel";
import type { ConnectionInfo } from "./wire";

async function main(): Promise<void> {
  const [, , file] = process.argv;
  if (!file) {
    console.error("usage: main.js CONNECTION_FILE (Jupyter starts this; `convlab install` tells it how)");
    process.exit(2);
  }
  const kernel = new Kernel(JSON.parse(readFileSync(file, "utf8")) as ConnectionInfo);
  process.on("SIGINT", () => void kernel.interrupt());
  process.on("SIGTERM", () => void kernel.stop().then(() => process.exit(0)));
  await kernel.start();
}

void main();
