import type { Drawing, State } from "./contract.js";
import type { Kit } from "./kit.js";

export interface DilationScene {
  readonly layers: number;
}

/** How often each input cell is read through stacked dilated layers: the paths of one axis, and both together. */
export function drawDilation(scene: DilationScene, state: State, kit: Kit): Drawing {
  const narrow = state.narrow === 1;
  const width = narrow ? 400 : 760;
  const margin = 14;
  const { kernel } = state;
  const rates = Array.from({ length: scene.layers }, (_, layer) => state["rate" + String(layer + 1)]);
  const reach = rates.reduce((sum, rate) => sum + rate * (kernel - 1), 0) + 1;
  const parts: string[] = [];
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
  const name = "Rates " + rates.join(", ") + ", kernel " + String(kernel);
  parts.push(kit.text(margin, 18, name, { "font-size": 15, "font-weight": 600 }));
  const planeSide = narrow ? 372 : 250;
  const graphWidth = narrow ? width - 2 * margin : width - 3 * margin - planeSide;
  const pitch = graphWidth / reach;
  const rise = Math.min(58, 210 / rates.length);
  const top = 60;
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
    margin + (at + (reach - spans[level]) / 2 + 0.5) * pitch;
  const placeY = (level: number): number => top + level * rise;
  levels.forEach((counts, level) => {
    const rate = rates.toReversed()[level];
    counts.forEach((paths, at) => {
      if (paths === 0 || level === levels.length - 1) return;
      for (let tap = 0; tap < kernel; tap++) {
        const wide = 0.8 + 1.6 * Math.min(1, paths / most);
        parts.push(
          kit.line(placeX(level, at), placeY(level), placeX(level + 1, at + tap * rate), placeY(level + 1), {
            class: "s-kernel-strong",
            "stroke-opacity": 0.55,
            "stroke-width": wide,
          }),
        );
      }
    });
  });
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
    const label =
      level === 0
        ? "output"
        : last
          ? "input: " + String(reach) + " cells"
          : "layer " + String(rates.length - level);
    parts.push(
      kit.text(margin, placeY(level) - radius - 9, label, {
        "font-size": 11.5,
        class: "f-muted s-surface",
        "stroke-width": 4,
        "paint-order": "stroke",
      }),
    );
  });
  // In two dimensions the counts multiply.
  const graphBottom = placeY(levels.length - 1) + radius + 14;
  const planeX = narrow ? margin : width - margin - planeSide;
  const planeY = narrow ? graphBottom + 34 : 52;
  const cell = planeSide / reach;
  parts.push(
    kit.text(planeX, planeY - (narrow ? 16 : 34), "Reads of each pixel, in two dimensions", {
      "font-size": 13,
      "font-weight": 600,
    }),
  );
  parts.push(kit.rect(planeX, planeY, planeSide, planeSide, { class: "f-surface s-line" }));
  // Neighbours of one colour are one rectangle: wide grids stay small pictures.
  taps.forEach((down, row) => {
    for (let column = 0; column < reach;) {
      let end = column + 1;
      while (end < reach && taps[end] === taps[column]) end++;
      const count = down * taps[column];
      if (count > 0) {
        const { fill } = kit.shade("sequential", count, 0, most * most);
        const inset = cell > 9 ? 0.75 : 0;
        const step = cell > 9 ? 1 : end - column;
        for (let at = column; at < end; at += step) {
          parts.push(
            kit.rect(planeX + at * cell, planeY + row * cell, step * cell - inset, cell - inset, {
              fill,
              rx: inset * 2,
              "data-tip": String(count) + " reads",
            }),
          );
        }
      }
      column = end;
    }
  });
  const lost = reach * reach - (reach - holes) ** 2;
  const facts = [
    "Reach " +
      String(reach) +
      " cells with " +
      String(rates.length * kernel) +
      " weights; counts " +
      (taps.length <= 33 ? taps.join(" ") : "up to " + String(most)) +
      ".",
    holes === 0
      ? "Every cell is read."
      : "Gridding: " +
        String(holes) +
        " cells of the axis, " +
        String(lost) +
        " of " +
        String(reach * reach) +
        " pixels, are never read.",
  ];
  let y = Math.max(graphBottom, planeY + planeSide) + 20;
  facts.forEach((fact, index) => {
    const lines = Math.floor((width - 2 * margin) / 7.4);
    let written = "";
    const flush = (): void => {
      parts.push(
        kit.text(margin, y, written, {
          "font-size": 14,
          class: index === 1 && holes > 0 ? "f-warning" : "f-ink",
        }),
      );
      y += 20;
      written = "";
    };
    for (const word of fact.split(/(?<= )/)) {
      if ((written + word).length > lines) flush();
      written += word;
    }
    flush();
  });
  const height = y + 2;
  const ground = kit.rect(0, 0, width, height, { class: "f-surface", rx: 8 });
  return { width, height, body: ground + parts.join(""), status: name + ". " + facts.join(" ") };
}
