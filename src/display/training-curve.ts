import { knownOptions, refusal } from "../tensor/errors.js";
import type { Chart } from "./client/kit.js";
import { drawCurves, type CurvesScene } from "./client/curves.js";
import { type Figure, makeFigure, serverKit } from "./figure.js";
import { countNonFinite, rangeOf } from "./values.js";

/** What a training run recorded: each quantity's values, one an epoch (or step), in order. */
export type History = Readonly<Record<string, readonly number[] | Float32Array>>;

export interface TrainingCurveOptions {
  /** What one value stands for, in singular: it names the horizontal axis. Default `epoch`. */
  readonly xLabel?: string;
}

export interface TrainingCurveData {
  readonly series: Readonly<Record<string, readonly number[]>>;
}

// More places than these are not seen; of each stretch its lowest and highest value are drawn.
const mostPlaces = 1000;

/**
 * Draws a training run's curves: losses on one chart, shares such as accuracy on another. To follow a run, show
 * it once and update it in place; values that are not finite break the line and are counted. Of a run of more than
 * a thousand values the lowest and highest of every stretch are drawn.
 *
 * @param history such as `{ loss: […], validationLoss: […], accuracy: […] }`
 * @throws where a series is not a list of numbers
 * @example
 * trainingCurve({ loss: [2.3, 1.1, 0.6], accuracy: [0.1, 0.6, 0.8] }, { xLabel: "round" }).data.series.loss.length;
 * // → 3
 */
export function trainingCurve(
  history: History,
  options: TrainingCurveOptions = {},
): Figure<TrainingCurveData> {
  const name = "trainingCurve";
  knownOptions(name, options, ["xLabel"]);
  const { xLabel = "epoch" } = options;
  if (typeof xLabel !== "string" || xLabel === "") throw refusal(name, "xLabel", "a word or more", xLabel);
  const series = seriesOf(history);
  const length = Math.max(...series.map(({ ys }) => ys.length));
  const stretch = Math.ceil((2 * length) / mostPlaces);
  const thin = length > mostPlaces;
  const drawn = thin ? series.map((one) => ({ ...one, ys: extremesOf(one.ys, stretch) })) : series;
  const places = Math.max(...drawn.map(({ ys }) => ys.length));
  const xs = Array.from({ length: places }, (_, at) =>
    thin ? Math.min(length, 1 + Math.floor(at / 2) * stretch + (at % 2) * Math.floor(stretch / 2)) : at + 1,
  );
  const losses = drawn.filter((one) => !isShare(one.name));
  const shares = drawn.filter((one) => isShare(one.name));
  const charts: Chart[] = [
    { title: "Loss", xLabel, xs, series: losses, range: fromZero(losses, 0) },
    { title: "Score", xLabel, xs, series: shares, range: fromZero(shares, 1) },
  ].filter((chart) => chart.series.length > 0);
  const odd = series.reduce((sum, { ys }) => sum + countNonFinite(ys), 0);
  const scene: CurvesScene = {
    charts,
    warning:
      odd > 0
        ? `${serverKit.counted(odd, "value is not finite and", "values are not finite and")} left out.`
        : "",
    note: thin ? `Drawn: the lowest and the highest of every ${stretch} values.` : "",
  };
  const last = series.map((one) => `${one.name} ${lastOf(one.ys)}`).join(", ");
  const words = `${counted(length, xLabel)}; last: ${last}` + (odd > 0 ? `; ${odd} not finite` : "");
  return makeFigure({
    name,
    alt: `Curves of a training run over ${words}.`,
    text: `${name}: ${words}`,
    data: { series: Object.fromEntries(series.map((one) => [one.name, one.ys])) },
    scene,
    draw: drawCurves,
    plotly: plotlyOf(scene),
  });
}

interface Series {
  readonly name: string;
  readonly ys: readonly number[];
}

function seriesOf(history: History): Series[] {
  const expected = "an object of at least one series, each a list of numbers";
  if (typeof history !== "object" || history === null || Array.isArray(history)) {
    throw refusal("trainingCurve", "history", expected, history);
  }
  const series = Object.entries(history).map(([name, values]: [string, unknown]) => {
    const list =
      ArrayBuffer.isView(values) && !(values instanceof DataView) ? [...(values as Float32Array)] : values;
    if (!Array.isArray(list) || !list.every((value) => typeof value === "number")) {
      throw refusal("trainingCurve", `history.${name}`, "a list of numbers", values);
    }
    return { name, ys: list.slice() };
  });
  if (series.length === 0) throw refusal("trainingCurve", "history", expected, history);
  return series;
}

function isShare(name: string): boolean {
  return /acc|iou|share|precision|recall|f1/i.test(name);
}

/** From zero to the largest value, or to what a whole is; the values' own range where some are negative. */
function fromZero(series: readonly Series[], whole: number): Chart["range"] {
  const { low, high } = rangeOf(series.flatMap(({ ys }) => ys));
  return low < 0 ? undefined : { low: 0, high: Math.max(whole, high) };
}

/** Two values a stretch, the lowest and the highest, in the order in which they came. */
function extremesOf(ys: readonly number[], stretch: number): number[] {
  const drawn: number[] = [];
  for (let start = 0; start < ys.length; start += stretch) {
    const part = ys.slice(start, start + stretch);
    const finite = part.filter(Number.isFinite);
    const low = finite.length === 0 ? Number.NaN : Math.min(...finite);
    const high = finite.length === 0 ? Number.NaN : Math.max(...finite);
    drawn.push(...(part.indexOf(low) <= part.indexOf(high) ? [low, high] : [high, low]));
  }
  return drawn;
}

function lastOf(ys: readonly number[]): string {
  const last = ys.at(-1);
  return last === undefined ? "none yet" : serverKit.number(last);
}

/** `3 epochs`; of a label that is no word in singular: `3 values by "training steps"`. */
function counted(length: number, xLabel: string): string {
  return /^\p{L}*(?!s)\p{L}$/u.test(xLabel)
    ? serverKit.counted(length, xLabel)
    : `${serverKit.counted(length, "value")} by ${JSON.stringify(xLabel)}`;
}

/** The same as plotly.js takes it: one subplot a chart. */
function plotlyOf(scene: CurvesScene): unknown {
  const axis = (index: number): string => (index === 0 ? "" : String(index + 1));
  const data = scene.charts.flatMap(({ series, xs }, index) =>
    series.map(({ name, ys }) => ({
      type: "scatter",
      mode: ys.length > 40 ? "lines" : "lines+markers",
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
  const grid = { rows: 1, columns: scene.charts.length, pattern: "independent" };
  // plotly's own margins leave room for a title, which a cell's output has above it.
  return { data, layout: { grid, margin: { t: 24, r: 24, b: 56, l: 64 }, ...axes } };
}
