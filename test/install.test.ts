import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { runCommand } from "./cli/command.js";
import { describeWithPython } from "./support/python.js";

describe("convlab install", function () {
  this.timeout(60_000);
  let prefix = "";
  before(() => {
    prefix = mkdtempSync(path.join(tmpdir(), "convlab-install-"));
  });
  after(() => rmSync(prefix, { recursive: true }));

  it("writes a kernelspec that names programs that exist, and says where; twice is once", async () => {
    for (let time = 0; time < 2; time++) {
      const { code, out, err } = await runCommand("install", "--prefix", prefix);
      expect(code, err).to.equal(0);
      expect(out).to.contain(path.join(prefix, "share", "jupyter", "kernels", "convlab"));
    }
    const kernels = path.join(prefix, "share", "jupyter", "kernels");
    expect(readdirSync(kernels)).to.deep.equal(["convlab"]);
    const spec = JSON.parse(readFileSync(path.join(kernels, "convlab", "kernel.json"), "utf8")) as {
      argv: string[];
      language: string;
      interrupt_mode: string;
    };
    const [node, main, connection] = spec.argv;
    expect(existsSync(node) && existsSync(main)).to.equal(true);
    expect(connection).to.equal("{connection_file}");
    expect([spec.language, spec.interrupt_mode]).to.deep.equal(["typescript", "message"]);
  });

  describeWithPython("seen by Jupyter", ["jupyter_client"], (python) => {
    it("starts under the name convlab and computes", () => {
      const script = [
        "from jupyter_client.manager import start_new_kernel",
        "manager, client = start_new_kernel(kernel_name='convlab')",
        "shown = []",
        "client.execute_interactive('const x: number = 6; x * 7', output_hook=shown.append, timeout=60)",
        "print([m['content']['data']['text/plain'] for m in shown if m['msg_type'] == 'execute_result'])",
        "manager.shutdown_kernel()",
      ];
      const env = { ...process.env, JUPYTER_PATH: path.join(prefix, "share", "jupyter") };
      const { stdout, stderr } = spawnSync(python(), ["-c", script.join("\n")], { env, encoding: "utf8" });
      expect(stdout.trim(), stderr).to.equal("['42']");
    });
  });
});
