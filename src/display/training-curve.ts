import { refusal } from "../tensor/errors.js";
import { drawCurves, type CurvesScene } from "./client/curves.js";
import { type Figure, makeFigure, serverKit } from "./figure.js";
import { rangeOf } from "./values.js";

/** What a training run recorded: each quantity's values, one an epoch (or step), in order. */
export type History = Readonly<Record<string, readonly number[]>>;

export interface TrainingCurveData {
  readonly series: History;
}

/**
 * Draws a training run's curves: losses on one chart, shares such as accuracy on another. To follow a run, show
 * it once and update it in place; values that are not finite break the line and are counted.
 *
 * @param history such as `{ loss: […], validationLoss: […], accuracy: […] }`
 * @example
 * trainingCurve({ loss: [2.3, 1.1, 0.6], accuracy: [0.1, 0.6, 0.8] }).data.series.loss.length;
 * // → 3
 */
export function trainingCurve(history: History): Figure<TrainingCurveData> {
  const series = Object.entries(history).map(([name, values]) => ({ name, ys: Array.from(values, Number) }));
  if (series.length === 0) throw refusal("trainingCurve", "history", "at least one series", history);
  const isShare = (name: string): boolean => /acc|iou|share|precision|recall|f1/i.test(name);
  const length = Math.max(...series.map(({ ys }) => ys.length));
  const xs = Array.from({ length }, (_, index) => index + 1);
  const losses = series.filter(({ name }) => !isShare(name));
  const { low: floor, high: ceiling } = rangeOf(losses.flatMap(({ ys }) => ys));
  const groups = [
    { title: "Loss", series: losses, ...(floor >= 0 ? { range: { low: 0, high: ceiling } } : {}) },
    { title: "Score", series: series.filter(({ name }) => isShare(name)), range: { low: 0, high: 1 } },
  ].filter((group) => group.series.length > 0);
  const odd = series.reduce((sum, { ys }) => sum + ys.filter((value) => !Number.isFinite(value)).length, 0);
  const scene: CurvesScene = {
    charts: groups.map((group) => ({ ...group, xLabel: "epoch", xs })),
    note: odd > 0 ? `${odd} value${odd === 1 ? " is" : "s are"} not finite and left out.` : "",
  };
  const last = series
    .map(({ name, ys }) => `${name} ${serverKit.number(ys.at(-1) ?? Number.NaN)}`)
    .join(", ");
  const words = `${length} epoch${length === 1 ? "" : "s"}; last: ${last}${odd > 0 ? `; ${odd} not finite` : ""}`;
  return makeFigure({
    name: "trainingCurve",
    alt: `Curves of a training run over ${words}.`,
    text: `trainingCurve: ${words}`,
    data: { series: Object.fromEntries(series.map(({ name, ys }) => [name, ys])) },
    scene,
    draw: drawCurves,
    plotly: plotlyOf(scene),
  });
}

/** The same as plotly.js takes it: one subplot a chart. */
function plotlyOf(scene: CurvesScene): unknown {
  const axis = (index: number): string => (index === 0 ? "" : String(index + 1));
  const data = scene.charts.flatMap(({ series, xs }, index) =>
    series.map(({ name, ys }) => ({
      type: "scatter",
      mode: "lines+markers",
      name,
      x: xs.slice(0, ys.length),
      y: ys.map((value) => (Number.isFinite(value) ? value : null)),
      xaxis: `x${axis(index)}`,
      yaxis: `y${axis(index)}`,
    })),
  );
  const axes = Object.fromEntries(
    scene.charts.flatMap(({ title, xLabel }, index) => [
      [`xaxis${axis(index)}`, { title: { text: xLabel }, side: "bottom" }],
      [`yaxis${axis(index)}`, { title: { text: title }, side: "left" }],
    ]),
  );
  return {
    data,
    layout: { grid: { rows: 1, columns: scene.charts.length, pattern: "independent" }, ...axes },
  };
}
