import type { Drawing, State } from "./contract.js";
import type { Kit } from "./kit.js";

export interface DiagramRow {
  readonly name: string;
  readonly detail: string;
  readonly kind: "input" | "convolution" | "pool" | "upsampling" | "join" | "dense" | "other";
  readonly shape: readonly number[];
  readonly parameters: string;
  readonly field: string;
  /** Rows that it reads. */
  readonly from: readonly number[];
}

export interface DiagramScene {
  readonly rows: readonly DiagramRow[];
  readonly foot: readonly string[];
}

/**
 * One row a layer: its block drawn to its size, what it is, and what it costs; arcs for branches. A row is as high
 * as its words need.
 */
export function drawDiagram(scene: DiagramScene, state: State, kit: Kit): Drawing {
  const narrow = state.narrow === 1;
  const width = narrow ? 400 : 760;
  const margin = 14;
  const line = 15;
  const top = 40;
  const parts: string[] = [];
  const shown = scene.rows;
  const tallest = Math.max(
    ...shown.map(({ shape }) => (shape.length === 3 ? Math.max(shape[1], shape[2]) : 1)),
  );
  const deepest = Math.max(...shown.map(({ shape }) => shape[0]));
  const arcs = shown.flatMap(({ from }, row) =>
    from.filter((source) => source !== row - 1).map((source) => ({ source, row })),
  );
  const lane = arcs.length === 0 ? 0 : 34;
  const room = narrow ? 84 : 120;
  const blockX = margin + lane + room / 2;
  const columns = narrow
    ? [
        { x: blockX + room / 2 + 10, name: "Layer" },
        { x: width - 118, name: "Shape" },
      ]
    : [
        { x: blockX + room / 2 + 14, name: "Layer" },
        { x: 330 + lane, name: "Output shape" },
        { x: 470 + lane, name: "Parameters" },
        { x: 578 + lane, name: "Receptive field" },
      ];
  columns.forEach(({ x, name }) => {
    parts.push(kit.text(x, 16, name, { class: "f-muted", "font-size": 12, "font-weight": 600 }));
  });
  const roles: Record<DiagramRow["kind"], string> = {
    input: "f-input s-input-strong",
    convolution: "f-kernel s-kernel-strong",
    pool: "f-raised s-muted",
    upsampling: "f-output s-output-strong",
    join: "f-surface s-accent",
    dense: "f-output s-output-strong",
    other: "f-surface s-line",
  };
  // Words that have no room in their line go on in the next; of a name that would take more than three lines the
  // rest is read in its title.
  const nameRoom = columns[1].x - columns[0].x - 10;
  const written = shown.map((row) => {
    const names = kit.wrap(row.name, Math.floor(nameRoom / 7.4));
    const details = row.detail === "" ? [] : kit.wrap(row.detail, Math.floor(nameRoom / 6));
    const cut = (lines: readonly string[], most: number): readonly string[] =>
      lines.length <= most ? lines : [...lines.slice(0, most - 1), lines[most - 1].slice(0, -1) + "…"];
    return {
      names: cut(names, 3),
      details: cut(details, 6),
      whole: names.length <= 3 && details.length <= 6,
    };
  });
  const tops: number[] = [];
  let below = top;
  const highs = written.map(({ names, details }) => Math.max(34, (names.length + details.length) * line + 6));
  for (const high of highs) {
    tops.push(below);
    below += high;
  }
  const middle = (row: number): number => tops[row] + highs[row] / 2;
  shown.forEach((row, index) => {
    if (row.from.includes(index - 1))
      parts.push(
        kit.line(blockX, middle(index - 1), blockX, middle(index), { class: "s-muted", "stroke-width": 1.5 }),
      );
  });
  // Branches and skips run beside the column, each further out the longer it is.
  arcs.forEach(({ source, row }) => {
    const reach = Math.min(lane + 18, 10 + (row - source) * 4);
    const from = blockX - room / 2 + 6;
    const path =
      "M" +
      String(blockX) +
      " " +
      String(middle(source)) +
      "C" +
      String(from - reach) +
      " " +
      String(middle(source) + 8) +
      " " +
      String(from - reach) +
      " " +
      String(middle(row) - 8) +
      " " +
      String(blockX) +
      " " +
      String(middle(row));
    parts.push(kit.element("path", { d: path, fill: "none", class: "s-accent", "stroke-width": 1.6 }));
  });
  shown.forEach((row, index) => {
    const y = middle(index);
    const [channels, high, wide] = row.shape.length === 3 ? row.shape : [row.shape[0], 1, 1];
    // Height tells the map's side, width the channels, both so that small ones stay visible.
    const tall = 7 + 22 * Math.sqrt(Math.max(high, wide) / tallest);
    const broad = 8 + (room - 20) * (Math.log2(channels + 1) / Math.log2(deepest + 1));
    // A narrow page has no columns for the last two.
    const tip = [
      row.name + ": " + row.shape.join(" × "),
      row.detail,
      row.parameters === "" || row.parameters === "–" ? "" : "parameters " + row.parameters,
      row.field === "" ? "" : "receptive field " + row.field,
    ]
      .filter((written) => written !== "")
      .join("\n");
    parts.push(
      kit.rect(blockX - broad / 2, y - tall / 2, broad, tall, {
        class: roles[row.kind],
        rx: 3,
        "stroke-width": 1.4,
        "data-tip": tip,
      }),
    );
    const x = columns[0].x;
    const { names, details, whole } = written[index];
    let words = "";
    let at = y - ((names.length + details.length - 1) * line) / 2;
    for (const content of names) {
      words += kit.text(x, at, content, { "font-size": 13, "font-weight": 600 });
      at += line;
    }
    for (const content of details) {
      words += kit.text(x, at, content, { "font-size": 11.5, class: "f-muted" });
      at += line;
    }
    const title = whole ? "" : kit.element("title", {}, kit.escape(row.name + " " + row.detail));
    parts.push(kit.element("g", { "data-tip": tip }, title + words));
    parts.push(kit.text(columns[1].x, y, row.shape.join(" × "), { "font-size": 12.5 }));
    if (narrow) return;
    parts.push(kit.text(columns[2].x, y, row.parameters, { "font-size": 12.5 }));
    parts.push(kit.text(columns[3].x, y, row.field, { "font-size": 12.5 }));
  });
  let y = below + 18;
  for (const content of scene.foot) {
    const style = { "font-size": 13, class: content.startsWith("Misaligned") ? "f-warning" : "f-ink" };
    for (const part of kit.wrap(content, Math.floor((width - 2 * margin) / 7))) {
      parts.push(kit.text(margin, y, part, style));
      y += 19;
    }
  }
  const height = y + 4;
  const ground = kit.rect(0, 0, width, height, { class: "f-surface", rx: 8 });
  return { width, height, body: ground + parts.join("") };
}
