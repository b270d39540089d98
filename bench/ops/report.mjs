// The report: the machine, the goals, and a Markdown table.
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";

export function machine() {
  const [{ model }] = cpus();
  let flags = "";
  try {
    flags = /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "";
  } catch {
    // Not Linux: the model has to do.
  }
  const widths = ["avx2", "fma", "avx512f"].filter((name) => flags.split(" ").includes(name));
  return {
    processor: model.trim(),
    vectors: widths.join(", "),
    threads: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    load: loadavg()[0],
  };
}

export function goalOf({ goal }, { revectorize }) {
  if (!goal) return undefined;
  if (revectorize) return goal[2];
  return Number(process.versions.node.split(".")[0]) >= 22 ? goal[1] : goal[0];
}

const number = (value) =>
  value === undefined ? "–" : value >= 100 ? value.toFixed(0) : value.toPrecision(3);

export function markdown({
  date,
  machine: on,
  node,
  variant,
  threads,
  clock,
  revectorize,
  environment,
  versions,
  rows,
}) {
  const names = [...new Set(rows.flatMap(({ results }) => results.map(({ peer }) => peer)))];
  const header = ["workload", ...names, "GFLOP/s", "ratio", "of best times", "goal", ""];
  const lines = rows.map(({ name, results, gflops, ratio, bestRatio, goal }) => {
    const cells = names.map((peer) => number(results.find((result) => result.peer === peer)?.ms));
    const met = goal === undefined || ratio === undefined ? "" : ratio <= goal ? "met" : "above";
    return [
      name,
      ...cells,
      gflops ? gflops.toFixed(0) : "–",
      number(ratio),
      number(bestRatio),
      goal ?? "–",
      met,
    ];
  });
  const extras = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return [
    `${on.processor} (${on.vectors}), ${on.threads} hardware threads, ${on.memory}, load ${on.load.toFixed(1)} at the end; ` +
      `Node ${node}, module ${variant}${revectorize ? ", revectoriser" : ""}; ${threads} thread${threads > 1 ? "s" : ""}; ` +
      `${[...extras, date.slice(0, 10)].join(", ")}.`,
    `Peers: ${Object.entries(versions)
      .map(([name, value]) => `${name} ${value ?? "not found"}`)
      .join(", ")}.`,
    "",
    `Milliseconds${clock === "cpu" ? " of processor time (the machine was busy)" : ""}, medians of rounds' medians. The ratio is convlab's time over the best native peer's.`,
    "",
    `| ${header.join(" | ")} |`,
    `|${header.map((_, i) => (i === 0 ? " --- " : " ---: ")).join("|")}|`,
    ...lines.map((cells) => `| ${cells.join(" | ")} |`),
    "",
  ].join("\n");
}
