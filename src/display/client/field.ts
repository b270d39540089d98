import type { Drawing, Region, State } from "./contract.js";
import type { Kit } from "./kit.js";

/** One layer on the way from the input to the unit. */
export interface FieldLayer {
  readonly name: string;
  /** Rows and columns of the input that the unit sees, padding included: top, bottom, left, right. */
  readonly box: readonly [number, number, number, number];
  /** What the whole unit above sees of this layer: rows × columns. */
  readonly cells: string;
  readonly size: string;
  readonly stride: string;
}

export interface FieldScene {
  readonly height: number;
  readonly width: number;
  /** Which layer was asked for. */
  readonly target: number;
  readonly layers: readonly FieldLayer[];
  readonly colour: boolean;
  readonly imageLow: number;
  readonly imageHigh: number;
  readonly effectiveHigh: number;
  /** Pixels of the rasters. */
  readonly columns: number;
  readonly rows: number;
  readonly shrink: number;
  readonly note: string;
}

/** The unit's box over the image (raster 0) and over its effective field (raster 1), and the cone of layers. */
export function drawField(scene: FieldScene, state: State, kit: Kit): Drawing {
  const narrow = state.narrow === 1;
  const width = narrow ? 400 : 760;
  const margin = 14;
  const chosen = Math.min(state.layer, scene.layers.length - 1);
  const layer = scene.layers[chosen];
  const [top0, bottom0, left0, right0] = layer.box;
  const parts: string[] = [];
  const regions: Region[] = [];
  parts.push(
    kit.text(margin, 18, "What one unit of " + kit.clip(layer.name, 24) + " sees", {
      "font-size": 15,
      "font-weight": 600,
    }),
  );
  const all = scene.layers[scene.target].box;
  // Room for what lies in the padding, but never more than half as much as the image.
  const out = (past: number, size: number): number => Math.min(Math.max(0, past), size / 4);
  const above = out(-all[0], scene.height);
  const before = out(-all[2], scene.width);
  const below = out(all[1] - scene.height + 1, scene.height);
  const after = out(all[3] - scene.width + 1, scene.width);
  const side = narrow ? 178 : 226;
  const unit = Math.min(side / (before + scene.width + after), side / (above + scene.height + below));
  const panel = (x: number, y: number, raster: number, title: string): void => {
    parts.push(kit.text(x, y - 10, title, { "font-size": 12.5, "font-weight": 600 }));
    const left = x + before * unit;
    const top = y + above * unit;
    parts.push(
      kit.rect(x, y, (before + scene.width + after) * unit, (above + scene.height + below) * unit, {
        class: "f-raised",
      }),
    );
    parts.push(kit.image(raster, left, top, scene.width * unit, scene.height * unit));
    const clipX = (cell: number): number =>
      Math.max(x, Math.min(x + (before + scene.width + after) * unit, left + cell * unit));
    const clipY = (cell: number): number =>
      Math.max(y, Math.min(y + (above + scene.height + below) * unit, top + cell * unit));
    const box = (
      where: readonly [number, number, number, number],
      role: string,
      wide: number,
      dash?: string,
    ): void => {
      if (where[1] < where[0]) return;
      const [x1, x2, y1, y2] = [clipX(where[2]), clipX(where[3] + 1), clipY(where[0]), clipY(where[1] + 1)];
      parts.push(
        kit.rect(x1, y1, x2 - x1, y2 - y1, {
          fill: "none",
          class: "s-surface",
          "stroke-width": wide + 2,
          "stroke-opacity": 0.8,
        }),
      );
      parts.push(
        kit.rect(x1, y1, x2 - x1, y2 - y1, {
          fill: "none",
          class: "s-" + role,
          "stroke-width": wide,
          "stroke-dasharray": dash,
        }),
      );
    };
    if (chosen !== scene.target) box(all, "muted", 1.5, "4 3");
    box(layer.box, "output-strong", 2.5);
    regions.push({
      x: left,
      y: top,
      width: scene.width * unit,
      height: scene.height * unit,
      raster,
      left: 0,
      top: 0,
      columns: scene.columns,
      rows: scene.rows,
      scale: raster === 1 ? "sequential" : scene.colour ? "colour" : "gray",
      low: raster === 1 ? 0 : scene.imageLow,
      high: raster === 1 ? scene.effectiveHigh : scene.imageHigh,
      shrink: scene.shrink,
      label: title,
    });
  };
  const panelTop = 56;
  const tall = (above + scene.height + below) * unit;
  panel(margin, panelTop, 0, "Theoretical, over the input");
  panel(narrow ? margin + side + 16 : margin + side + 20, panelTop, 1, "Effective: |gradient|");
  // The cone: each layer's field as a bar, the deepest on top; click one to see its box.
  const coneX = narrow ? margin : margin + 2 * side + 48;
  let y = narrow ? panelTop + tall + 34 : panelTop;
  const coneWidth = width - margin - coneX;
  parts.push(kit.text(coneX, y - 10, "Layer by layer", { "font-size": 12.5, "font-weight": 600 }));
  const line = Math.max(9, Math.min(24, (narrow ? 420 : Math.max(230, tall)) / scene.layers.length));
  const widest = Math.max(...scene.layers.map(({ box }) => Math.max(1, box[3] - box[2] + 1)));
  for (let index = scene.layers.length - 1; index >= 0; index--) {
    const { name, box, size } = scene.layers[index];
    const span = (Math.max(0, box[3] - box[2] + 1) / widest) * (coneWidth - 112);
    const middle = coneX + 66 + (coneWidth - 112) / 2;
    const here = index === chosen;
    const marks = {
      "data-click": "layer=" + String(index),
      "data-tip":
        name +
        ": " +
        size +
        " cells, stride " +
        scene.layers[index].stride +
        "\nthe unit reads " +
        scene.layers[index].cells +
        " of this layer",
    };
    parts.push(kit.rect(coneX, y, coneWidth, line, { fill: "transparent", ...marks }));
    parts.push(
      kit.rect(middle - span / 2, y + 1, Math.max(2, span), line - 2, {
        class: here ? "f-output-strong" : "f-kernel-strong",
        "fill-opacity": here ? 0.95 : index > scene.target ? 0.25 : 0.6,
        rx: 2,
        ...marks,
      }),
    );
    if (line >= 11 || here) {
      const style = {
        "font-size": Math.min(12, Math.max(9.5, line * 0.7)),
        "pointer-events": "none",
        class: here ? "f-output-strong" : "f-ink",
        "font-weight": here ? 700 : 400,
      };
      parts.push(kit.text(coneX, y + line / 2, kit.clip(name, 10), style));
      parts.push(kit.text(coneX + coneWidth, y + line / 2, size, { ...style, "text-anchor": "end" }));
    }
    y += line;
  }
  let foot = Math.max(narrow ? 0 : panelTop + tall, y) + 22;
  const inside =
    "rows " +
    kit.number(top0) +
    " to " +
    kit.number(bottom0) +
    ", columns " +
    kit.number(left0) +
    " to " +
    kit.number(right0);
  const facts = [
    layer.name +
      ": receptive field " +
      layer.size +
      ", stride " +
      layer.stride +
      "; " +
      (bottom0 < top0 ? "this unit sees nothing" : inside) +
      ".",
    scene.note,
  ];
  for (const fact of facts) {
    for (const written of kit.wrap(fact, Math.floor((width - 2 * margin) / 7))) {
      const role = fact === scene.note ? "f-muted" : "f-ink";
      parts.push(kit.text(margin, foot, written, { "font-size": 13.5, class: role }));
      foot += 20;
    }
  }
  const height = foot + 2;
  const ground = kit.rect(0, 0, width, height, { class: "f-surface", rx: 8 });
  return { width, height, body: ground + parts.join(""), status: facts[0], regions };
}
