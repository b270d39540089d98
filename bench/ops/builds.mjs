// Two builds of this library in turns: `node bench/ops/builds.mjs FOLDER_OF_THE_OTHER_BUILD [PART_OF_A_NAME] [--ms N]`.
// Prints, for each workload, what one takes over what the other takes: of the medians, and of the quickest tenth of
// all runs, which a busy machine disturbs least.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { load } from "./peers/convlab.mjs";
import { numbers, workloads } from "./workloads.mjs";

const { values: options, positionals } = parseArgs({
  options: {
    ms: { type: "string", default: "20" },
    rounds: { type: "string", default: "60" },
    threads: { type: "string", default: "1" },
  },
  allowPositionals: true,
});
const [other, part = ""] = positionals;
if (!other) {
  console.error(
    "usage: node bench/ops/builds.mjs FOLDER [PART OF A NAME] [--ms 20] [--rounds 60] [--threads 1]",
  );
  process.exit(2);
}
const threads = Number(options.threads);
const builds = [
  await load({ threads, dist: join(import.meta.dirname, "../../dist") }),
  await load({ threads, dist: join(other, "dist") }),
];
const at = (list, share) => [...list].sort((a, b) => a - b)[Math.floor(list.length * share)];

console.log("| workload | this / other, medians | quickest tenth |\n| --- | ---: | ---: |");
for (const workload of workloads.filter(({ name }) => name.includes(part))) {
  const data = numbers(workload);
  const programs = [];
  for (const build of builds) programs.push(await build.prepare(workload, data));
  const times = programs.map(() => []);
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const i of round % 2 ? [1, 0] : [0, 1]) {
      const until = performance.now() + Number(options.ms);
      do {
        const began = performance.now();
        await programs[i].run();
        // The first rounds warm up.
        if (round > 4) times[i].push(performance.now() - began);
      } while (performance.now() < until);
    }
  }
  const ratio = (share) => (at(times[0], share) / at(times[1], share)).toFixed(3);
  console.log(`| ${workload.name} | ${ratio(0.5)} | ${ratio(0.1)} |`);
}
process.exit();
