// How long a fresh process takes to import convlab and to compute a first convolution: see ../README.md.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const RUNS = 21;
const library = join(import.meta.dirname, "../../dist/src/convlab.js");
const program = `
  const start = performance.now();
  const { conv2d, randn } = require(${JSON.stringify(library)});
  const imported = performance.now();
  conv2d(randn([1, 3, 32, 32]), randn([8, 3, 3, 3])).data.at(0);
  console.log(imported - start, performance.now() - start);
`;
const env = { ...process.env };
// Reading further certificates is Node's work, and happens before.
delete env.NODE_EXTRA_CA_CERTS;

const runs = Array.from({ length: RUNS }, () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["-e", program], { env, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim().split(" ").map(Number);
});
const line = (name, values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const [best, median, worst] = [sorted[0], sorted[RUNS >> 1], sorted[RUNS - 1]].map((ms) => ms.toFixed(0));
  console.log(`${name}: ${median} ms at the median of ${RUNS} fresh processes (${best} to ${worst})`);
};
line("import", runs.map(([imported]) => imported)); // prettier-ignore
line("import and first convolution", runs.map(([, total]) => total)); // prettier-ignore
