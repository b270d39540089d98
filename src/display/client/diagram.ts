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

/** One row a layer: its block drawn to its size, what it is, and what it costs; arcs for branches. */
export function drawDiagram(scene: DiagramScene, state: State, kit: Kit): Drawing {
  const narrow = state.narrow === 1;
  const width = narrow ? 400 : 760;
  const margin = 14;
  const step = 34;
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
  const middle = (row: number): number => top + row * step + step / 2;
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
    const tall = 7 + (step - 12) * Math.sqrt(Math.max(high, wide) / tallest);
    const broad = 8 + (room - 20) * (Math.log2(channels + 1) / Math.log2(deepest + 1));
    const tip = row.name + ": " + row.shape.join(" × ") + (row.detail === "" ? "" : "\n" + row.detail);
    parts.push(
      kit.rect(blockX - broad / 2, y - tall / 2, broad, tall, {
        class: roles[row.kind],
        rx: 3,
        "stroke-width": 1.4,
        "data-tip": tip,
      }),
    );
    const x = columns[0].x;
    const nameRoom = Math.floor((columns[1].x - x) / (narrow ? 6.6 : 7));
    const two = row.detail !== "";
    parts.push(
      kit.text(x, y - (two ? 7 : 0), kit.clip(row.name, nameRoom), { "font-size": 13, "font-weight": 600 }),
    );
    if (two)
      parts.push(
        kit.text(x, y + 8, kit.clip(row.detail, nameRoom + 3), { "font-size": 11.5, class: "f-muted" }),
      );
    parts.push(kit.text(columns[1].x, y, row.shape.join(" × "), { "font-size": 12.5 }));
    if (narrow) return;
    parts.push(kit.text(columns[2].x, y, row.parameters, { "font-size": 12.5 }));
    parts.push(kit.text(columns[3].x, y, row.field, { "font-size": 12.5 }));
  });
  let y = top + shown.length * step + 18;
  for (const content of scene.foot) {
    const most = Math.floor((width - 2 * margin) / 7);
    let written = "";
    const flush = (): void => {
      parts.push(
        kit.text(margin, y, written, {
          "font-size": 13,
          class: content.startsWith("Misaligned") ? "f-warning" : "f-ink",
        }),
      );
      y += 19;
      written = "";
    };
    for (const word of content.split(/(?<= )/)) {
      if ((written + word).length > most) flush();
      written += word;
    }
    flush();
  }
  const height = y + 4;
  const ground = kit.rect(0, 0, width, height, { class: "f-surface", rx: 8 });
  return { width, height, body: ground + parts.join("") };
}
