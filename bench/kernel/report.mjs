// The goals, and the table in Markdown.

const atMost = (what, value, limit) =>
  value === undefined || limit === undefined || Number.isNaN(limit)
    ? { what, met: undefined }
    : { what, value, limit, met: value <= limit };

/** What the kernel is to reach, each against what was measured in the same run. */
export function goals(results) {
  const of = (measure, peer = "convlab") => results[measure]?.[peer];
  const first = "launch to first result, ms";
  const cell = "typed cell, ms";
  const [completion, hover] = ["completion, ms", "hover, ms"];
  const memory = "memory at rest, MB";
  const busy = ["completion", "hover", "open comms", "heartbeat"];
  const list = [
    atMost("first result at most a fifth of tslab's", of(first), of(first, "tslab") * 0.2),
    atMost("first result no slower than Deno's", of(first), of(first, "deno")),
    atMost("typed cell at most a quarter of tslab's", of(cell), of(cell, "tslab") / 4),
    atMost("typed cell at most 1.5 times ipykernel's", of(cell), of(cell, "ipykernel") * 1.5),
    atMost("typed cell at most 1.5 times Deno's unchecked one", of(cell), of(cell, "deno") * 1.5),
    atMost("cell 200 at most twice cell 10", of("last ten cells, ms"), of("cells 5 to 15, ms") * 2),
    atMost("completion within 50 ms", of(completion), 50),
    atMost("completion at most 1.5 times Deno's", of(completion), of(completion, "deno") * 1.5),
    atMost("hover within 50 ms", of(hover), 50),
    atMost("hover at most 1.5 times Deno's", of(hover), of(hover, "deno") * 1.5),
    ...busy.map((what) =>
      atMost(`${what} within 100 ms while a cell computes`, of(`${what} while a cell computes, ms`), 100),
    ),
    atMost(
      "20,000 lines no slower than ipykernel's",
      of("20,000 lines, ms"),
      of("20,000 lines, ms", "ipykernel"),
    ),
    atMost("20,000 lines in at most 400 messages", of("20,000 lines, messages"), 400),
    atMost("memory at most tslab's", of(memory), of(memory, "tslab")),
    atMost("memory at most 120 MB", of(memory), 120),
  ];
  for (const [measure, values] of Object.entries(results)) {
    if (!measure.startsWith("interrupt: ")) continue;
    const { median, stopped } = values.convlab ?? {};
    const what = `${measure.slice(0, -4)} stops every time, at the median within 200 ms`;
    list.push(stopped === undefined ? atMost(what, median, 200) : { what, value: stopped, met: false });
  }
  return list;
}

const number = (value) =>
  value === undefined
    ? "–"
    : value >= 100
      ? value.toFixed(0)
      : value >= 10
        ? value.toFixed(1)
        : value.toFixed(2);

function cellOf(value) {
  if (value === undefined || typeof value === "number") return number(value);
  if ("stopped" in value) return value.stopped === 0 ? "does not stop" : `only ${value.stopped} times`;
  return `${number(value.median)} (worst ${number(value.worst)})`;
}

export function markdown({ date, machine, node, rounds, versions, missing, results, goals: reached }) {
  const names = Object.keys(versions);
  const rows = Object.entries(results).map(([measure, values]) => [
    measure,
    ...names.map((name) => cellOf(values[name])),
  ]);
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [
    `Measured ${date.slice(0, 10)} on ${machine.processor}, ${machine.threads} threads, load ${machine.load.map((l) => l.toFixed(1)).join(" to ")}, Node ${node}; medians of ${rounds.starts} starts and ${rounds.cells} cells, ${rounds.interrupts} interrupts of each kind; NODE_EXTRA_CA_CERTS unset.`,
    ...(missing.length > 0 ? [`Not installed: ${missing.join(", ")}.`] : []),
    "",
    line(["", ...names.map((name) => `${name} ${versions[name]}`)]),
    line(["---", ...names.map(() => "---:")]),
    ...rows.map(line),
    "",
    line(["goal", "measured", "limit", ""]),
    line(["---", "---:", "---:", "---"]),
    ...reached.map(({ what, value, limit, met }) =>
      line([what, number(value), number(limit), met === undefined ? "not measured" : met ? "met" : "missed"]),
    ),
  ].join("\n");
}
