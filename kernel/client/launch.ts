/** Finds a kernel by name, starts its process and says where it listens. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { dataFolders, isKernelName, kernelName, type Kernelspec, kernelspec } from "../kernelspec";
import type { ConnectionInfo } from "../wire";

export interface Launched {
  process: ChildProcess;
  connection: ConnectionInfo;
  /** The end of what the process has written to its own standard error. */
  readonly complaint: () => string;
  /** Removes what was written to start it. */
  readonly cleanUp: () => Promise<void>;
}

/** A name that no kernelspec has. */
export class UnknownKernel extends Error {
  override name = "UnknownKernel";
}

/** @throws an UnknownKernel that names the kernel asked for and those there are. */
export function findKernelspec(name: string): Kernelspec {
  if (name === kernelName) return kernelspec;
  // Anything else might lead out of the folder of kernels.
  for (const folder of isKernelName(name) ? dataFolders() : []) {
    const file = path.join(folder, "kernels", name, "kernel.json");
    if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Kernelspec;
  }
  throw new UnknownKernel(`There is no kernel called "${name}"; there are: ${kernelNames().join(", ")}.`);
}

export function kernelNames(): string[] {
  const names = new Set<string>([kernelName]);
  for (const folder of dataFolders()) {
    const kernels = path.join(folder, "kernels");
    if (!existsSync(kernels)) continue;
    for (const name of readdirSync(kernels))
      if (existsSync(path.join(kernels, name, "kernel.json"))) names.add(name);
  }
  return [...names].sort();
}

export async function launch(name: string, cwd: string, env: Record<string, string>): Promise<Launched> {
  const spec = findKernelspec(name);
  const [shell, iopub, stdin, control, hb] = await freePorts(5);
  const connection: ConnectionInfo = {
    transport: "tcp",
    ip: "127.0.0.1",
    key: randomUUID(),
    signature_scheme: "hmac-sha256",
    shell_port: shell,
    iopub_port: iopub,
    stdin_port: stdin,
    control_port: control,
    hb_port: hb,
    kernel_name: name,
  };
  const folder = await mkdtemp(path.join(tmpdir(), "convlab-kernel-"));
  const file = path.join(folder, "connection.json");
  // The key signs what the kernel runs: nobody else may read it.
  await writeFile(file, JSON.stringify(connection), { mode: 0o600 });
  const [command, ...args] = spec.argv.map((argument) => argument.replace("{connection_file}", file));
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, JPY_PARENT_PID: String(process.pid), ...spec.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
    // A group of its own, so that Ctrl-C in a terminal is for the one who started the kernel to handle.
    detached: true,
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-4000);
  });
  return {
    process: child,
    connection,
    complaint: () => complaint.trim(),
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Ports that are free now; all are held until the last is known, so that none is given twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}
