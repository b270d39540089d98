// What a second thread brings, beside what the machine has to give: two processes with one thread each, side by side.
// See ../README.md.
import { fork } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

const ROUNDS = 25;
const MS = 60;

const works = [
  ["conv 3×3 64→64 @56, batch 8", (lab) => convolution(lab, [8, 64, 56, 56], [64, 64, 3, 3])],
  ["conv 3×3 256→256 @14", (lab) => convolution(lab, [1, 256, 14, 14], [256, 256, 3, 3])],
  ["conv 3×3 3→64 @224", (lab) => convolution(lab, [1, 3, 224, 224], [64, 3, 3, 3])],
  ["conv 1×1 256→256 @28", (lab) => convolution(lab, [1, 256, 28, 28], [256, 256, 1, 1])],
  ["depthwise 3×3 96 @112, batch 8", (lab) => convolution(lab, [8, 96, 112, 112], [96, 1, 3, 3], 96)],
];

function convolution(lab, input, kernel, groups = 1) {
  const [x, w] = [lab.randn(input), lab.randn(kernel)];
  const padding = (kernel[2] - 1) / 2;
  return () => lab.scope(() => void lab.conv2d(x, w, { padding, groups }));
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

if (process.send) {
  const lab = createRequire(import.meta.url)(join(import.meta.dirname, "../../dist/src/convlab.js"));
  let run;
  process.on("message", ({ prepare, ms }) => {
    if (prepare !== undefined) run = works[prepare][1](lab);
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
  for (const [index, [name]] of works.entries()) {
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
