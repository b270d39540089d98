// What a second thread brings, beside what the machine has to give: two processes with one thread each, side by side.
// See ../README.md.
import { fork } from "node:child_process";
import { join } from "node:path";
import { load } from "./peers/convlab.mjs";
import { numbers, workloads } from "./workloads.mjs";

const ROUNDS = 25;
const MS = 60;

const works = workloads.filter(
  ({ name }) =>
    /64→64 @56, batch 8|256→256 @14|3→64 @224|1×1|depthwise.*batch 8/.test(name) && !/7×7/.test(name),
);

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

if (process.send) {
  const threads = Number(process.env.CONVLAB_THREADS);
  const peer = await load({ threads, dist: join(import.meta.dirname, "../../dist") });
  let run;
  process.on("message", ({ prepare, ms }) => {
    if (prepare !== undefined) ({ run } = peer.prepare(works[prepare], numbers(works[prepare])));
    const times = [];
    for (const end = performance.now() + ms; performance.now() < end;) {
      const start = performance.now();
      run();
      times.push(performance.now() - start);
    }
    process.send(median(times));
  });
} else {
  const child = (threads) => {
    const process_ = fork(import.meta.filename, {
      env: { ...process.env, CONVLAB_THREADS: String(threads) },
    });
    const ask = (message) =>
      new Promise((resolve) => {
        process_.once("message", resolve);
        process_.send(message);
      });
    return { ask, end: () => process_.kill() };
  };
  const [one, other, two] = [child(1), child(1), child(2)];
  console.log(`| workload | one thread | two threads | speed-up | two processes' | of it |`);
  console.log("| --- | ---: | ---: | ---: | ---: | ---: |");
  for (const [index, { name }] of works.entries()) {
    // Long enough for the engine's compiler, and for the workers to start.
    for (const process_ of [one, other, two]) await process_.ask({ prepare: index, ms: 1000 });
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) {
      const alone = await one.ask({ ms: MS });
      const together = await two.ask({ ms: MS });
      const beside = await Promise.all([one.ask({ ms: MS }), other.ask({ ms: MS })]);
      rounds.push({ alone, together, beside: (beside[0] + beside[1]) / 2 });
    }
    const milliseconds = ["alone", "together"].map((key) => median(rounds.map((round) => round[key])));
    const speedUp = median(rounds.map(({ alone, together }) => alone / together));
    const ceiling = median(rounds.map(({ alone, beside }) => (2 * alone) / beside));
    const cells = [
      ...milliseconds.map((ms) => `${ms.toFixed(2)} ms`),
      speedUp.toFixed(2),
      ceiling.toFixed(2),
    ];
    console.log(`| ${name} | ${cells.join(" | ")} | ${((100 * speedUp) / ceiling).toFixed(0)} % |`);
  }
  for (const process_ of [one, other, two]) process_.end();
}
