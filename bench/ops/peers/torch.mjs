// PyTorch in a process of its own, where a Python has it.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { shapes } from "../workloads.mjs";

const candidates = [process.env.BENCH_PYTHON, "python3", "/usr/bin/python3"].filter(Boolean);

export async function load({ threads }) {
  const python = candidates.find((path) => spawnSync(path, ["-c", "import torch, numpy"]).status === 0);
  if (!python) return undefined;
  const script = join(import.meta.dirname, "torch-server.py");
  const child = spawn(python, [script, String(threads)], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error("torch ended");
    return JSON.parse(value);
  };
  const ask = (request) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return answer();
  };
  const { version } = await answer();
  const folder = mkdtempSync(join(tmpdir(), "bench-torch-"));
  return {
    name: "torch",
    version,
    native: true,
    async prepare(workload, data) {
      const all = shapes(workload);
      const put = (name, values) => {
        if (!values) return null;
        writeFileSync(join(folder, name), Buffer.from(values.buffer, values.byteOffset, values.byteLength));
        return join(folder, name);
      };
      await ask({
        command: "prepare",
        layers: workload.layers,
        gradient: workload.gradient,
        training: workload.training,
        labels: data.labels && [...data.labels],
        input: put("input", data.input),
        inputShape: workload.input,
        gradientData: put("gradient", data.gradient),
        outputShape: all[0].output,
        weights: data.weights.map((values, i) => put(`w${i}`, values)),
        weightShapes: all.map(({ weight }) => weight),
        biases: data.biases.map((values, i) => put(`b${i}`, values)),
        biasShapes: all.map(({ bias }) => bias),
        output: join(folder, "output"),
      });
      const bytes = readFileSync(join(folder, "output"));
      const output = new Float32Array(
        bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
      );
      return {
        // Timed by the process itself: the pipe between us is not its fault.
        times: async (ms, cpu) => (await ask({ command: "time", ms, cpu })).times,
        result: async () => output,
      };
    },
    close() {
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
