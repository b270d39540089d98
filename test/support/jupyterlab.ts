import { type ChildProcess, spawn } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import path from "node:path";
import { writeKernelspec } from "../../kernel/kernelspec";
import { python } from "../kernel/python";
import { eventually, type Folder } from "../kernel/support";

export interface JupyterLab {
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts JupyterLab on `lab` within a folder, with convlab's kernel and with settings of its own beside `lab`. */
export async function startJupyterLab(folder: Folder, lab: string): Promise<JupyterLab> {
  await writeKernelspec(path.join(folder.path, "share"));
  const port = await freePort();
  const root = path.join(folder.path, lab);
  const server: ChildProcess = spawn(
    python,
    ["-m", "jupyterlab", "--no-browser", "--allow-root", `--port=${String(port)}`, "--IdentityProvider.token=", `--ServerApp.root_dir=${root}`], // prettier-ignore
    {
      env: {
        ...process.env,
        JUPYTER_PATH: path.join(folder.path, "share"),
        JUPYTER_CONFIG_DIR: path.join(folder.path, "config"),
        JUPYTER_RUNTIME_DIR: path.join(folder.path, "runtime"),
        JUPYTERLAB_SETTINGS_DIR: path.join(folder.path, "settings"),
        JUPYTERLAB_WORKSPACES_DIR: path.join(folder.path, "workspaces"),
        CONVLAB_HISTORY: path.join(folder.path, "history.jsonl"),
      },
      stdio: "ignore",
    },
  );
  const stop = async (): Promise<void> => {
    server.kill("SIGTERM");
    if (server.exitCode === null) await new Promise((resolve) => server.once("exit", resolve));
  };
  const address = `http://127.0.0.1:${String(port)}`;
  try {
    await eventually(
      () => fetch(`${address}/api`).then((response) => response.ok, () => false), // prettier-ignore
      "JupyterLab's server",
      120_000,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, stop };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
