// Kernels side by side, through one client, interleaved: `npm run kernel [-- --quick] [-- --out FILE.json]`.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { findPeers } from "./peers.mjs";
import { goals, markdown } from "./report.mjs";

const { values: options } = parseArgs({
  options: { quick: { type: "boolean", default: false }, out: { type: "string" } },
});
const rounds = options.quick
  ? { starts: 3, cells: 20, last: 60, edits: 10, interrupts: 10, outputs: 30, lines: 3 }
  : { starts: 9, cells: 60, last: 200, edits: 30, interrupts: 100, outputs: 300, lines: 7 };

const root = path.resolve(import.meta.dirname, "../..");
const { startKernel } = createRequire(import.meta.url)(
  path.join(process.env.CONVLAB_DIST ?? path.join(root, "dist"), "kernel/client/index.js"),
);
// Where it is set, every Node process reads some hundred certificates as it starts (40 to 80 ms), which says
// nothing of kernels.
delete process.env.NODE_EXTRA_CA_CERTS;
const { peers, missing } = findPeers();
const folder = mkdtempSync(path.join(tmpdir(), "convlab-bench-cwd-"));
process.env.CONVLAB_HISTORY = path.join(folder, "history.jsonl");

const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const timed = async (action) => {
  const start = performance.now();
  await action();
  return performance.now() - start;
};
const start = (peer) => startKernel({ kernelName: peer.name, cwd: folder });
/** A cell; one whose idle never comes is told, and counts as ten seconds. */
const execute = async (peer, kernel, code) => {
  const result = await Promise.race([kernel.execute(code), delay(10_000)]);
  if (!result) say(`${peer.name}: no end of ${code}`);
  return result ?? { outputs: [] };
};
/** An answer that does not come counts as five seconds. */
const ask = (kernel, type, content) =>
  Promise.race([kernel.request(type, content).catch(() => undefined), delay(5000)]);
const say = (text) => process.stderr.write(`${text}\n`);

/** results[measure][peer] */
const results = {};
const note = (measure, peer, value) => ((results[measure] ??= {})[peer.name] = value);

/** Memory of a process and all that it started, shared pages counted in parts. */
function memoryOf(pid) {
  const table = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent) =>
    table.filter(([, p]) => p === parent).flatMap(([child]) => [child, ...below(child)]);
  let kilobytes = 0;
  for (const one of [pid, ...below(pid)]) {
    const rollup = readFileSync(`/proc/${one}/smaps_rollup`, "utf8");
    kilobytes += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
  }
  return kilobytes / 1024;
}

async function measureStarts() {
  const times = new Map(peers.map((peer) => [peer, []]));
  for (let round = 0; round < rounds.starts; round++) {
    for (const peer of peers) {
      const began = performance.now();
      const kernel = await start(peer);
      await kernel.execute(peer.cells.trivial);
      times.get(peer).push(performance.now() - began);
      await kernel.shutdown();
    }
    say(`start ${round + 1} of ${rounds.starts}`);
  }
  for (const [peer, list] of times) note("launch to first result, ms", peer, median(list));
}

async function measureCells(kernels) {
  const times = new Map(peers.map((peer) => [peer, []]));
  for (let i = 1; i <= rounds.last; i++) {
    for (const peer of peers) {
      const elapsed = await timed(() => execute(peer, kernels.get(peer), peer.cells.typed(i)));
      times.get(peer).push(elapsed);
    }
  }
  for (const [peer, list] of times) {
    note("typed cell, ms", peer, median(list.slice(20, 20 + rounds.cells)));
    note("cells 5 to 15, ms", peer, median(list.slice(4, 15)));
    note("last ten cells, ms", peer, median(list.slice(-10)));
  }
}

async function measureEditor(kernels) {
  const kinds = { completion: "complete_request", hover: "inspect_request" };
  for (const [kind, type] of Object.entries(kinds)) {
    const times = new Map(peers.map((peer) => [peer, []]));
    for (let round = 0; round < rounds.edits; round++) {
      for (const peer of peers) {
        const code = peer.cells[kind];
        const content = { code, cursor_pos: code.length, detail_level: 0 };
        times.get(peer).push(await timed(() => ask(kernels.get(peer), type, content)));
      }
    }
    for (const [peer, list] of times) note(`${kind}, ms`, peer, median(list));
  }
}

/** Questions of an editor, every 100 ms while a cell computes for three seconds. */
async function measureBusy(kernels) {
  for (const peer of peers) {
    const kernel = kernels.get(peer);
    const at = (code) => ({ code, cursor_pos: code.length, detail_level: 0 });
    const questions = {
      completion: () => ask(kernel, "complete_request", at(peer.cells.completion)),
      hover: () => ask(kernel, "inspect_request", at(peer.cells.hover)),
      "open comms": () => ask(kernel, "comm_info_request", {}),
      heartbeat: () => Promise.race([kernel.heartbeat(), delay(5000)]),
    };
    for (const [name, question] of Object.entries(questions)) {
      const running = kernel.execute(peer.cells.busy(3));
      await delay(200);
      const times = [];
      let over = false;
      void running.then(() => (over = true));
      while (!over && times.length < 30) {
        times.push(await timed(question));
        await delay(100);
      }
      await running;
      note(`${name} while a cell computes, ms`, peer, median(times));
    }
    say(`busy ${peer.name}`);
  }
}

/** Of so many results, how many came before the cell's idle? */
async function measureOutputs(kernels) {
  for (const peer of peers) {
    let count = 0;
    for (let i = 0; i < rounds.outputs; i++) {
      const { outputs } = await execute(peer, kernels.get(peer), peer.cells.trivial);
      count += outputs.length > 0 ? 1 : 0;
    }
    note("results before idle, %", peer, (100 * count) / rounds.outputs);
  }
}

/** 20,000 lines: until the cell's end, and in how many messages. */
async function measureLines(kernels) {
  const [times, counts] = [new Map(), new Map()];
  for (let round = 0; round < rounds.lines; round++) {
    for (const peer of peers) {
      const kernel = kernels.get(peer);
      let count = 0;
      let counting = true;
      kernel.onIopub(({ header }) => (count += counting && header.msg_type === "stream" ? 1 : 0));
      const elapsed = await timed(() => execute(peer, kernel, peer.cells.lines));
      counting = false;
      times.set(peer, [...(times.get(peer) ?? []), elapsed]);
      counts.set(peer, [...(counts.get(peer) ?? []), count]);
    }
  }
  for (const [peer, list] of times) note("20,000 lines, ms", peer, median(list));
  for (const [peer, list] of counts) note("20,000 lines, messages", peer, Math.max(...list));
}

async function measureInterrupts() {
  for (const peer of peers) {
    for (const [kind, code] of Object.entries(peer.cells.interrupts)) {
      const kernel = await start(peer);
      await kernel.execute(peer.cells.keep);
      const times = [];
      let stopped = 0;
      // A kernel that does not stop is not asked a hundred times.
      for (let round = 0; round < rounds.interrupts && stopped === round; round++) {
        const running = kernel.execute(code).catch(() => undefined);
        await delay(round === 0 ? 1000 : 60);
        const began = performance.now();
        if (peer.name === "convlab") void kernel.interrupt();
        else process.kill(kernel.pid, "SIGINT");
        const ended = await Promise.race([running, delay(3000).then(() => "late")]);
        if (ended === "late" || ended === undefined) break;
        times.push(performance.now() - began);
        const { outputs } = await kernel
          .execute(peer.cells.kept, { timeout: 5000 })
          .catch(() => ({ outputs: [] }));
        if (!JSON.stringify(outputs).includes("42")) break;
        stopped++;
      }
      const value =
        stopped === rounds.interrupts ? { median: median(times), worst: Math.max(...times) } : { stopped };
      note(`interrupt: ${kind}, ms`, peer, value);
      await kernel.shutdown();
      say(`interrupt ${kind} ${peer.name} ${JSON.stringify(value)}`);
    }
  }
}

const load = loadavg()[0];
await measureStarts();
const kernels = new Map();
for (const peer of peers) kernels.set(peer, await start(peer));
await measureCells(kernels);
say("cells");
await measureEditor(kernels);
say("completion and hover");
await measureOutputs(kernels);
await measureLines(kernels);
say("lines");
await measureBusy(kernels);
for (const kernel of kernels.values()) await kernel.shutdown();
for (const peer of peers) {
  const kernel = await start(peer);
  for (let i = 0; i < 10; i++) await execute(peer, kernel, peer.cells.typed(i));
  await delay(3000);
  if (process.platform === "linux") note("memory at rest, MB", peer, memoryOf(kernel.pid));
  await kernel.shutdown();
}
say("memory");
await measureInterrupts();
rmSync(folder, { recursive: true, force: true });

const report = {
  date: new Date().toISOString(),
  machine: { processor: cpus()[0].model.trim(), threads: availableParallelism(), load: [load, loadavg()[0]] },
  node: process.version,
  rounds,
  versions: Object.fromEntries(peers.map(({ name, version }) => [name, version ?? "this"])),
  missing,
  results,
};
report.goals = goals(results);
if (options.out) writeFileSync(options.out, `${JSON.stringify(report, null, 1)}\n`);
console.log(markdown(report));
process.exit();
