// Whether many steps with new weights leave anything behind: see ../README.md.
import { createRequire } from "node:module";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const c = createRequire(import.meta.url)("../../dist/src/convlab.js");

/** What a step does with weights of its own; each is one kind of use that a cache sees. */
const kinds = {
  conv2d: (step) => conv(step, [1, 4, 8, 8], [4, 4, 3, 3]),
  depthwise: (step) => conv(step, [1, 16, 8, 8], [16, 1, 3, 3], { groups: 16 }),
  transposed: (step) => {
    const [x, w] = [input([1, 4, 8, 8]), weights(step, [4, 4, 3, 3])];
    c.sum(c.convTranspose2d(x, w, { stride: 2 })).backward();
  },
  linear: (step) => c.sum(c.linear(input([8, 32]), weights(step, [16, 32]))).backward(),
  sizes: (step) => {
    const [side, channels] = [4 + (step % 37), 1 + (step % 11)];
    conv(step, [1, channels, side, side], [4, channels, 3, 3], { padding: 1 });
  },
};

const STEPS = wholeNumber(process.argv[2] ?? "200000");
const kind = process.argv[3] ?? "conv2d";
if (STEPS === undefined || !(kind in kinds)) {
  console.error(`usage: node bench/ops/soak.mjs [STEPS, at least 1000] [${Object.keys(kinds).join(" | ")}]`);
  process.exit(2);
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
const inputs = new Map();

function input(shape) {
  const key = shape.join();
  if (!inputs.has(key)) inputs.set(key, c.keep(c.randn(shape, { seed: 1 })));
  return inputs.get(key);
}

function weights(step, shape) {
  const made = c.randn(shape, { seed: step });
  made.requiresGrad = true;
  return made;
}

function conv(step, shape, filters, options) {
  c.sum(c.conv2d(input(shape), weights(step, filters), options)).backward();
}

/** A step's processor time in µs: unlike the clock's, it does not count what else the machine does. */
function measure(from, to) {
  const before = process.cpuUsage();
  for (let step = from; step < to; step++) c.scope(() => void kinds[kind](step));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (to - from);
}

/** Bytes of JavaScript objects that are in use, and of the WebAssembly memory that tensors are in. */
async function memory() {
  // What the collector finds of tensors is given back in a later turn of the event loop.
  for (let round = 0; round < 12; round++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return { heap: process.memoryUsage().heapUsed, wasm: c.ones([1]).data.buffer.byteLength };
}

console.log(`${STEPS} steps of ${kind}, backend ${c.backend().name}, Node ${process.version}`);
console.log("| steps | step | heap | WebAssembly memory |\n| ---: | ---: | ---: | ---: |");
const rows = [];
// The first steps are compiled while they run.
measure(0, 500);
for (let decile = 0; decile < 10; decile++) {
  const [from, to] = [decile, decile + 1].map((part) => Math.floor((part * STEPS) / 10));
  const row = { time: measure(from, to), ...(await memory()) };
  rows.push(row);
  const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(2)} MiB`;
  console.log(`| ${to} | ${row.time.toFixed(1)} µs | ${mebibytes(row.heap)} | ${mebibytes(row.wasm)} |`);
}

const [first, last] = [rows[0], rows[9]];
const slower = last.time / first.time;
const faults = [
  // The engine's own code and statistics move by some hundred kilobytes.
  last.heap > first.heap + 2 ** 20 && `the heap grew by ${last.heap - first.heap} bytes`,
  last.wasm > first.wasm && `the WebAssembly memory grew by ${last.wasm - first.wasm} bytes`,
  slower > 1.5 && `the last steps take ${slower.toFixed(2)} times as long as the first`,
].filter(Boolean);
console.log(faults.length > 0 ? `FAILED: ${faults.join("; ")}` : `flat; step time ${slower.toFixed(2)} times the first's`); // prettier-ignore
process.exitCode = faults.length > 0 ? 1 : 0;

function wholeNumber(text) {
  return /^\d+$/.test(text) && Number(text) >= 1000 ? Number(text) : undefined;
}
