import type { Drawing, Region, State } from "./contract.js";
import type { Kit, Scale } from "./kit.js";

/** How a map is coloured: by a scale, or as a picture of three channels. */
export type MapLook = Scale | "colour";

export interface MapsScene {
  readonly title: string;
  /** How the shape and the scale read: one line. */
  readonly caption: string;
  readonly count: number;
  readonly columns: number;
  readonly labels: readonly string[];
  /** One map as drawn, in its own pixels, and how many of the tensor's each stands for. */
  readonly mapWidth: number;
  readonly mapHeight: number;
  readonly shrink: number;
  /** Pixels of the atlas between maps, across and down. */
  readonly gapX: number;
  readonly gapY: number;
  /** Picture units a map pixel. */
  readonly size: number;
  /** What one is called: map, filter, picture. */
  readonly noun: string;
  /** The scales in use: raster i is the atlas of scale i, and after the atlases come the scales' strips. */
  readonly scales: readonly Scale[];
  readonly looks: readonly MapLook[];
  /** What stands at the ends of the colour bar, where all maps share it. */
  readonly ends: readonly string[];
  /** Low and high of every map's colours, in turn; one pair where all share. */
  readonly ranges: readonly number[];
  /** 1 for maps that are zero everywhere, 2 for maps that hold values that are not finite. */
  readonly flags: readonly number[];
  /** NaN, +∞, −∞: how many there are. */
  readonly odd: readonly number[];
}

/** A grid of maps from an atlas for each scale, with the scales' colour bars. */
export function drawMaps(scene: MapsScene, state: State, kit: Kit): Drawing {
  const narrow = state.narrow === 1;
  const width = narrow ? 400 : 760;
  const margin = 14;
  const bars = scene.scales.length;
  const shared = scene.ranges.length === 2;
  const rows = Math.ceil(scene.count / scene.columns);
  // Narrow pages shrink the maps, not the words.
  const full = scene.columns * (scene.mapWidth + scene.gapX) - scene.gapX;
  const size = Math.min(scene.size, (width - 2 * margin) / full);
  const stepX = (scene.mapWidth + scene.gapX) * size;
  const stepY = (scene.mapHeight + scene.gapY) * size;
  const labelled = scene.labels.length > 0;
  const odd = ["NaN", "+∞", "−∞"].flatMap((name, index) =>
    (scene.odd[index] ?? 0) > 0
      ? [{ name: name + " × " + String(scene.odd[index]), value: [NaN, Infinity, -Infinity][index] }]
      : [],
  );
  // A scale of one value needs no bar: the caption tells the value.
  const barred = bars > 0 && (scene.ends.length === 0 || scene.ends[0] !== scene.ends[1]);
  const long = bars > 1 ? 124 : 170;
  const barX = width - margin - (barred ? bars * long + (bars - 1) * 16 : -16);
  // Beside the bars and the counts, or on a narrow page above them.
  const room = narrow ? width - 2 * margin : barX - (odd.length > 0 ? 100 : 0) - margin - 16;
  const parts: string[] = [];
  let y = 16;
  for (const written of kit.wrap(scene.title, Math.floor(room / 8))) {
    parts.push(kit.text(margin, y, written, { "font-size": 15, "font-weight": 600 }));
    y += 20;
  }
  for (const written of scene.caption === "" ? [] : kit.wrap(scene.caption, Math.floor(room / 6.3))) {
    parts.push(kit.text(margin, y, written, { class: "f-muted", "font-size": 12.5 }));
    y += 17;
  }
  const barY = narrow ? y - 5 : 8;
  if (narrow) y += Math.max(barred ? 33 : 0, 14 * odd.length);
  const top = Math.max(y, 40, narrow ? 0 : 14 * odd.length + 8) + (labelled ? 13 : 0);
  // The colour bars, with their numbers or, where every map has its own, with words.
  scene.scales.forEach((scale, index) => {
    if (!barred) return;
    const x = barX + index * (long + 16);
    parts.push(kit.image(bars + index, x, barY, long, 12));
    parts.push(kit.rect(x, barY, long, 12, { fill: "none", class: "s-line" }));
    const own = scale === "diverging" ? ["−max", "own max"] : ["own min", "own max"];
    const [from, to] = scene.ends.length > 0 ? scene.ends : own;
    parts.push(kit.text(x, barY + 21, from, { "font-size": 12 }));
    parts.push(kit.text(x + long, barY + 21, to, { "font-size": 12, "text-anchor": "end" }));
    if (scale === "diverging") {
      parts.push(kit.text(x + long / 2, barY + 21, "0", { "font-size": 12, "text-anchor": "middle" }));
    }
  });
  odd.forEach(({ name, value }, index) => {
    const x = barX - 100;
    const y = barY - 5 + index * 14;
    parts.push(kit.rect(x, y, 11, 11, { fill: kit.shade("sequential", value, 0, 1).fill, class: "s-line" }));
    parts.push(kit.text(x + 16, y + 5.5, name, { "font-size": 11.5 }));
  });
  const atlasWidth = scene.columns * stepX - scene.gapX * size;
  const atlasHeight = rows * stepY - scene.gapY * size;
  const spanX = scene.mapWidth * size;
  const spanY = scene.mapHeight * size;
  const atlases = scene.count === 0 ? 0 : Math.max(1, bars);
  for (let index = 0; index < atlases; index++) {
    parts.push(kit.image(index, margin, top, atlasWidth, atlasHeight));
  }
  // Room for labels: between two rows that of the atlas, above a single one as much as they need.
  const between = rows > 1 ? stepY - spanY : 13;
  const regions: Region[] = [];
  for (let index = 0; index < scene.count; index++) {
    const x = margin + (index % scene.columns) * stepX;
    const y = top + Math.floor(index / scene.columns) * stepY;
    const [from, to] = shared ? scene.ranges : scene.ranges.slice(2 * index, 2 * index + 2);
    const look = scene.looks[index];
    const name = scene.labels[index] ?? "";
    regions.push({
      x,
      y,
      width: spanX,
      height: spanY,
      raster: look === "colour" ? 0 : scene.scales.indexOf(look),
      left: (index % scene.columns) * (scene.mapWidth + scene.gapX),
      top: Math.floor(index / scene.columns) * (scene.mapHeight + scene.gapY),
      columns: scene.mapWidth,
      rows: scene.mapHeight,
      scale: look,
      low: from,
      high: to,
      shrink: scene.shrink,
      odd: scene.flags[index] === 2,
      label:
        (scene.count === 1 ? scene.noun : scene.noun + " " + String(index)) +
        (name === "" || name === String(index) ? "" : " · " + name),
      note: ["", "dead: zero everywhere", "holds values that are not finite"][scene.flags[index]],
    });
    if (labelled && stepX > 17 && between > 9) {
      const small = between < 11;
      const most = Math.max(2, Math.floor(stepX / (small ? 5.2 : 6.4)));
      const style = { class: "f-muted", "font-size": small ? 9 : 11 };
      parts.push(kit.text(x, y - (small ? 5 : 7), kit.clip(scene.labels[index] ?? "", most), style));
    }
    if (scene.flags[index] === 1) {
      // A dead map is struck through, so that it is not mistaken for a dark one.
      const stroke = { class: "s-warning", "stroke-width": 1.5 };
      parts.push(kit.line(x, y + spanY, x + spanX, y, stroke));
      parts.push(kit.rect(x, y, spanX, spanY, { fill: "none", ...stroke }));
    } else if (scene.flags[index] === 2) {
      parts.push(
        kit.rect(x - 1, y - 1, spanX + 2, spanY + 2, {
          fill: "none",
          class: "s-warning",
          "stroke-width": 1.5,
          "stroke-dasharray": "3 2",
        }),
      );
    }
  }
  if (scene.count === 0)
    parts.push(kit.text(margin, top + 12, "The tensor is empty: there is nothing to draw."));
  const height = top + Math.max(atlasHeight, 24) + 12;
  return {
    width,
    height,
    body: kit.rect(0, 0, width, height, { class: "f-surface", rx: 8 }) + parts.join(""),
    regions,
  };
}
