import type { Drawing, State } from "./contract.js";
import type { Chart, Kit } from "./kit.js";

export interface CurvesScene {
  readonly charts: readonly Chart[];
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
  if (scene.note !== "") {
    parts.push(kit.text(margin, height + 8, scene.note, { class: "f-warning", "font-size": 13 }));
    height += 26;
  }
  const ground = kit.rect(0, 0, width, height, { class: "f-surface", rx: 8 });
  return { width, height, body: ground + parts.join("") };
}
