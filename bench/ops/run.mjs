// Measures convlab's operations against its peers: see ../README.md.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { load as convlab } from "./peers/convlab.mjs";
import { load as convnetjs } from "./peers/convnetjs.mjs";
import * as onnxruntime from "./peers/onnxruntime.mjs";
import { load as tfjs } from "./peers/tfjs.mjs";
import { load as torch } from "./peers/torch.mjs";
import { goalOf, machine, markdown } from "./report.mjs";
import { flops, numbers, workloads } from "./workloads.mjs";

const { values: options } = parseArgs({
  options: {
    threads: { type: "string", default: "1" },
    seconds: { type: "string", default: "12" },
    ms: { type: "string", default: "20" },
    only: { type: "string", default: "" },
    peers: { type: "string", default: "torch,onnxruntime-node,onnxruntime-web,tfjs,convnetjs" },
    dist: { type: "string", default: join(import.meta.dirname, "../../dist") },
    out: { type: "string", default: join(import.meta.dirname, "../out") },
    clock: { type: "string", default: "wall" },
    revectorize: { type: "boolean", default: false },
  },
});
const threads = Number(options.threads);
if (options.revectorize) process.env.CONVLAB_WASM = "wide";

const loaders = {
  torch,
  "onnxruntime-node": onnxruntime.node,
  "onnxruntime-web": onnxruntime.web,
  tfjs,
  convnetjs,
};
const wanted = options.peers.split(",").filter(Boolean);
const peers = [await convlab({ threads, dist: options.dist })];
for (const name of wanted) {
  try {
    const peer = await loaders[name]({ threads });
    if (peer) peers.push(peer);
    else console.error(`${name}: left out, not found`);
  } catch (error) {
    console.error(`${name}: left out: ${error.message}`);
  }
}

const MIN_ROUNDS = 7;

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

const cpu = options.clock === "cpu";

/**
 * Times one peer for about `ms` milliseconds; milliseconds of each call. On a busy machine the processor's clock
 * leaves out what others ran meanwhile; it cannot tell calls apart, so it gives one mean.
 */
async function sample(program, ms) {
  if (program.times) return program.times(ms, cpu);
  const times = [];
  const end = performance.now() + ms;
  const used = process.cpuUsage();
  while (performance.now() < end || times.length < 1) {
    const start = performance.now();
    const pending = program.run();
    if (pending instanceof Promise) await pending;
    times.push(performance.now() - start);
  }
  if (!cpu) return times;
  const { user, system } = process.cpuUsage(used);
  return [(user + system) / 1000 / times.length];
}

/** The largest difference as a part of the largest number. */
function difference(a, b) {
  if (a.length !== b.length) return Infinity;
  let most = 0;
  let error = 0;
  for (let i = 0; i < a.length; i++) {
    most = Math.max(most, Math.abs(b[i]));
    error = Math.max(error, Math.abs(a[i] - b[i]));
    if (Number.isNaN(a[i])) return Infinity;
  }
  return error / most;
}

const rows = [];
for (const workload of workloads) {
  if (options.only && !new RegExp(options.only).test(workload.name)) continue;
  const data = numbers(workload);
  const programs = [];
  let expected;
  for (const peer of peers) {
    try {
      const program = await peer.prepare(workload, data);
      if (!program) continue;
      // Agreement comes before speed: what computes something else is not timed.
      let apart = 0;
      if (program.result) {
        const result = await program.result();
        expected ??= result;
        apart = difference(expected, result);
        if (!(apart < 2e-4)) {
          console.error(`${workload.name}: ${peer.name} differs by ${apart.toExponential(1)}: not timed`);
          continue;
        }
      }
      programs.push({ peer, program, apart, medians: [], best: Infinity });
    } catch (error) {
      console.error(`${workload.name}: ${peer.name}: ${error.message}`);
    }
  }
  // Training is many steps one after the other, and a step of the slowest peer takes as long as nine turns of 20 ms: in
  // such short turns the others would be timed while they fetch what it threw out of the caches.
  const turn = Number(options.ms) * (workload.training ? 10 : 1);
  // Engines compile hot code in the background: let all of them get there first.
  for (const { program } of programs) await sample(program, 600);
  const end = performance.now() + 1000 * Number(options.seconds);
  for (let round = 0; round < MIN_ROUNDS || performance.now() < end; round++) {
    // Interleaved in short turns, every other round backwards: a slow spell of the machine hits all alike.
    for (const entry of round % 2 ? [...programs].reverse() : programs) {
      const times = await sample(entry.program, turn);
      entry.medians.push(median(times));
      entry.best = Math.min(entry.best, ...times);
    }
  }
  const results = programs.map(({ peer, apart, medians, best }) => ({
    peer: peer.name,
    native: peer.native,
    ms: median(medians),
    best,
    apart,
  }));
  for (const { program } of programs) await program.close?.();
  const ours = results.find(({ peer }) => peer === "convlab");
  const native = results.filter((result) => result.native);
  const least = (key) => Math.min(...native.map((result) => result[key]));
  const row = {
    name: workload.name,
    gflops: ours && flops(workload) / ours.ms / 1e6,
    results,
    ratio: ours && native.length > 0 ? ours.ms / least("ms") : undefined,
    bestRatio: ours && native.length > 0 ? ours.best / least("best") : undefined,
    goal: goalOf(workload, options),
  };
  rows.push(row);
  console.error(
    `${row.name}: ${results.map(({ peer, ms }) => `${peer} ${ms.toPrecision(3)}`).join(", ")}` +
      (row.ratio === undefined ? "" : `; ratio ${row.ratio.toFixed(2)}, goal ${row.goal ?? "none"}`),
  );
}
for (const peer of peers) peer.close?.();

const version = (name) => {
  const path = join(import.meta.dirname, "../node_modules", name, "package.json");
  return JSON.parse(readFileSync(path, "utf8")).version;
};
const versions = Object.fromEntries(
  ["onnxruntime-node", "onnxruntime-web", "@tensorflow/tfjs-backend-wasm", "convnetjs"].map((name) => [
    name,
    version(name),
  ]),
);
versions.torch = peers.find(({ name }) => name === "torch")?.version;
const lab = createRequire(import.meta.url)(`${options.dist}/src/index.js`);
const report = {
  date: new Date().toISOString(),
  machine: machine(),
  node: process.versions.node,
  variant: lab.backend().variant ?? "",
  threads,
  clock: options.clock,
  revectorize: options.revectorize,
  environment: Object.fromEntries(
    ["CONVLAB_WASM", "ONEDNN_MAX_CPU_ISA"]
      .map((name) => [name, process.env[name]])
      .filter(([, value]) => value),
  ),
  versions,
  rows,
};
mkdirSync(options.out, { recursive: true });
writeFileSync(join(options.out, "ops.json"), `${JSON.stringify(report, undefined, 1)}\n`);
writeFileSync(join(options.out, "ops.md"), markdown(report));
console.log(markdown(report));
process.exit(0);
