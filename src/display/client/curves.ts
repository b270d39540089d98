import type { Drawing, State } from "./contract.js";
import type { Chart, Kit } from "./kit.js";

export interface CurvesScene {
  readonly charts: readonly Chart[];
  /** What is missing, and how what is there is drawn; each may be empty. */
  readonly warning: string;
  readonly note: string;
}

/** Charts side by side, or below each other on a narrow page. */
export function drawCurves(scene: CurvesScene, state: State, kit: Kit): Drawing {
  const narrow = state.narrow === 1;
  const width = narrow ? 400 : 760;
  const margin = 14;
  const beside = narrow ? 1 : scene.charts.length;
  const each = Math.min(560, (width - 2 * margin - 20 * (beside - 1)) / beside);
  const high = 260;
  const parts = scene.charts.map((chart, index) =>
    kit.chart(
      margin + (index % beside) * (each + 20),
      12 + Math.floor(index / beside) * high,
      each,
      high,
      chart,
    ),
  );
  let height = 12 + Math.ceil(scene.charts.length / beside) * high;
  const said = [
    { content: scene.warning, class: "f-warning" },
    { content: scene.note, class: "f-muted" },
  ];
  for (const { content, ...style } of said) {
    if (content === "") continue;
    for (const written of kit.wrap(content, Math.floor((width - 2 * margin) / 7))) {
      parts.push(kit.text(margin, height + 8, written, { ...style, "font-size": 13 }));
      height += 19;
    }
  }
  height += 7;
  const ground = kit.rect(0, 0, width, height, { class: "f-surface", rx: 8 });
  return { width, height, body: ground + parts.join("") };
}
