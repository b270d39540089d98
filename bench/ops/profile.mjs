// Where the time of each row goes, and how fast the machine's arithmetic is just now: see ../README.md.
import { Session } from "node:inspector/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ceilings } from "./ceilings.mjs";
import { load } from "./peers/convlab.mjs";
import { numbers, workloads } from "./workloads.mjs";

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    seconds: { type: "string", default: "2" },
    top: { type: "string", default: "5" },
    dist: { type: "string", default: join(import.meta.dirname, "../../dist") },
  },
});

const peer = await load({ threads: 1, dist: options.dist });
const arithmetic = await ceilings();
console.log(`Node ${process.version}, module ${arithmetic.variant}`);
console.log("\n| workload | best | median | tile, GFLOP/s | where the time goes |");
console.log("| --- | ---: | ---: | ---: | --- |");
for (const workload of workloads) {
  if (!new RegExp(options.only).test(workload.name)) continue;
  const { run } = peer.prepare(workload, numbers(workload));
  for (const end = performance.now() + 500; performance.now() < end;) run();
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: 200 });
  await session.post("Profiler.start");
  const times = [];
  const tiles = [];
  for (const end = performance.now() + 1000 * Number(options.seconds); performance.now() < end;) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
    if (times.length % 8 === 0) tiles.push(arithmetic.tile());
  }
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  times.sort((a, b) => a - b);
  tiles.sort((a, b) => a - b);
  const shares = Object.entries(selfTimes(profile)).sort(([, a], [, b]) => b - a);
  const total = shares.reduce((sum, [, time]) => sum + time, 0);
  const most = shares.slice(0, Number(options.top)).map(([name, time]) => `${name} ${percent(time / total)}`);
  const rate = tiles.length > 0 ? tiles[tiles.length >> 1].toFixed(0) : "–";
  const [best, median] = [times[0], times[times.length >> 1]].map((ms) => `${ms.toPrecision(3)} ms`);
  console.log(`| ${workload.name} | ${best} | ${median} | ${rate} | ${most.join(", ")} |`);
}
process.exit(0);

/** Microseconds of each kernel, and of all else together. */
function selfTimes({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  // The module that measures the machine is no part of the row, nor is what calls it.
  const isCeiling = ({ callFrame }) => /\bceilings\b/.test(`${callFrame.functionName} ${callFrame.url}`);
  const ceilings = new Set(nodes.filter(isCeiling).map(({ callFrame }) => callFrame.url));
  const times = {};
  samples.forEach((id, index) => {
    const { functionName, url } = byId.get(id).callFrame;
    if (ceilings.has(url)) return;
    const kernel = /assembly\/(.+)$/.exec(functionName)?.[1];
    const name = kernel?.split("/").at(-1) ?? "JavaScript and the engine";
    times[name] = (times[name] ?? 0) + timeDeltas[index];
  });
  return times;
}

function percent(part) {
  return `${(100 * part).toFixed(0)} %`;
}
