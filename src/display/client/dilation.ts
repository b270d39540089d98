import type { DrawCells } from "./cells.js";
import type { Drawing, State } from "./contract.js";
import type { Kit } from "./kit.js";

export interface DilationScene {
  readonly layers: number;
  /** The longest reach that is drawn. */
  readonly longest: number;
}

/** What the picture is made of. */
export interface DilationPieces {
  readonly drawCells: DrawCells;
}

/** How often each input cell is read through stacked dilated layers: the paths of one axis, and both together. */
export function drawDilation(
  scene: DilationScene,
  state: State,
  kit: Kit,
  { drawCells }: DilationPieces,
): Drawing {
  const narrow = state.narrow === 1;
  const width = narrow ? 400 : 760;
  const margin = 14;
  const { kernel } = state;
  const rates = Array.from({ length: scene.layers }, (_, layer) => state["rate" + String(layer + 1)]);
  const reach = rates.reduce((sum, rate) => sum + rate * (kernel - 1), 0) + 1;
  const parts: string[] = [];
  const name = "Rates " + rates.join(", ") + ", kernel " + String(kernel);
  parts.push(kit.text(margin, 18, name, { "font-size": 15, "font-weight": 600 }));
  if (reach > scene.longest) {
    // The sliders reach further than cells can be seen.
    const words =
      "They reach " + String(reach) + " cells: too many to be seen (at most " + String(scene.longest) + ").";
    parts.push(kit.text(margin, 44, words, { "font-size": narrow ? 12 : 14 }));
    const ground = kit.rect(0, 0, width, 64, { class: "f-surface", rx: 8 });
    return { width, height: 64, body: ground + parts.join(""), status: name + ". " + words };
  }
  // From one output cell down: the number of paths that arrive at each cell of each layer.
  const levels: number[][] = [new Array<number>(reach).fill(0)];
  // Positions are counted so that the first tap stays where it is.
  levels[0][0] = 1;
  for (const rate of rates.toReversed()) {
    const above = levels[levels.length - 1];
    const below = new Array<number>(reach).fill(0);
    above.forEach((paths, at) => {
      for (let tap = 0; paths > 0 && tap < kernel; tap++) below[at + tap * rate] += paths;
    });
    levels.push(below);
  }
  const taps = levels[levels.length - 1];
  const most = Math.max(...taps);
  const holes = taps.filter((count) => count === 0).length;
  const planeSide = narrow ? 372 : 250;
  // The layers' names stand beside the graph.
  const gutter = 48;
  const graphLeft = margin + gutter;
  const graphWidth = (narrow ? width - 2 * margin : width - 3 * margin - planeSide) - gutter;
  const pitch = graphWidth / reach;
  const rise = Math.min(58, 210 / rates.length);
  const top = 52;
  const radius = Math.min(11, pitch * 0.38);
  // Every layer is centred over the next, as its windows are.
  const spans = levels.map(
    (_, level) =>
      rates
        .toReversed()
        .slice(0, level)
        .reduce((sum, rate) => sum + rate * (kernel - 1), 0) + 1,
  );
  const placeX = (level: number, at: number): number =>
    graphLeft + (at + (reach - spans[level]) / 2 + 0.5) * pitch;
  const placeY = (level: number): number => top + level * rise;
  // Lines of one width are one path: many layers have thousands.
  const paths = new Map<number, string>();
  const point = (level: number, at: number): string =>
    String(Math.round(placeX(level, at) * 10) / 10) + " " + String(Math.round(placeY(level) * 10) / 10);
  rates.toReversed().forEach((rate, level) => {
    levels[level].forEach((counted, at) => {
      if (counted === 0) return;
      const wide = 0.8 + Math.ceil(8 * Math.min(1, counted / most)) / 5;
      for (let tap = 0; tap < kernel; tap++) {
        const line = "M" + point(level, at) + "L" + point(level + 1, at + tap * rate);
        paths.set(wide, (paths.get(wide) ?? "") + line);
      }
    });
  });
  for (const [wide, path] of paths)
    parts.push(
      kit.element("path", {
        d: path,
        fill: "none",
        class: "s-kernel-strong",
        "stroke-opacity": 0.55,
        "stroke-width": wide,
      }),
    );
  levels.forEach((counts, level) => {
    const last = level === levels.length - 1;
    for (let at = 0; at < spans[level]; at++) {
      const paths = counts[at];
      const x = placeX(level, at);
      const y = placeY(level);
      const hole = paths === 0;
      if (last && hole) {
        parts.push(
          kit.element("circle", {
            cx: x,
            cy: y,
            r: radius,
            class: "f-surface s-warning",
            "stroke-width": 1.5,
            "stroke-dasharray": "3 2",
          }),
        );
        continue;
      }
      if (hole) {
        parts.push(kit.element("circle", { cx: x, cy: y, r: Math.max(1.5, radius * 0.3), class: "f-line" }));
        continue;
      }
      parts.push(
        kit.element("circle", {
          cx: x,
          cy: y,
          r: radius,
          class: last
            ? "f-input s-input-strong"
            : level === 0
              ? "f-output s-output-strong"
              : "f-raised s-muted",
          "stroke-width": 1.5,
          "data-tip": String(paths) + (paths === 1 ? " path" : " paths"),
        }),
      );
      if (radius >= 6.5)
        parts.push(
          kit.text(x, y, String(paths), {
            "text-anchor": "middle",
            "font-size": Math.min(12, radius * 1.15),
          }),
        );
    }
    const label = level === 0 ? "output" : last ? "input" : "layer " + String(rates.length - level);
    parts.push(kit.text(margin, placeY(level), label, { "font-size": 11.5, class: "f-muted" }));
  });
  // In two dimensions the counts multiply.
  const graphBottom = placeY(levels.length - 1) + radius + 14;
  const planeX = narrow ? margin : width - margin - planeSide;
  const planeY = narrow ? graphBottom + 34 : 52;
  const cell = planeSide / reach;
  parts.push(
    kit.text(planeX, planeY - (narrow ? 16 : 34), "Reads of each pixel, both axes", {
      "font-size": 13,
      "font-weight": 600,
    }),
  );
  parts.push(kit.rect(planeX, planeY, planeSide, planeSide, { class: "f-surface s-line" }));
  parts.push(
    drawCells(
      kit,
      { x: planeX, y: planeY, cell, rows: reach, columns: reach, apart: cell > 9 },
      (row, column) => {
        const count = taps[row] * taps[column];
        if (count === 0) return undefined;
        const { fill } = kit.shade("sequential", count, 0, most * most);
        return { fill, tip: kit.counted(count, "read") };
      },
    ),
  );
  const lost = reach * reach - (reach - holes) ** 2;
  const facts = [
    "Reach " +
      kit.counted(reach, "cell") +
      " with " +
      kit.counted(rates.length * kernel, "weight") +
      " an axis; counts " +
      (taps.length <= 33 ? taps.join(" ") : "up to " + String(most)) +
      ".",
    holes === 0
      ? "Every cell is read."
      : "Gridding: " +
        kit.counted(holes, "cell") +
        " of the axis, " +
        String(lost) +
        " of " +
        String(reach * reach) +
        " pixels, are never read.",
  ];
  let y = Math.max(graphBottom, planeY + planeSide) + 20;
  facts.forEach((fact, index) => {
    for (const written of kit.wrap(fact, Math.floor((width - 2 * margin) / 7.2))) {
      const role = index === 1 && holes > 0 ? "f-warning" : "f-ink";
      parts.push(kit.text(margin, y, written, { "font-size": 14, class: role }));
      y += 20;
    }
  });
  const height = y + 2;
  const ground = kit.rect(0, 0, width, height, { class: "f-surface", rx: 8 });
  return { width, height, body: ground + parts.join(""), status: name + ". " + facts.join(" ") };
}
