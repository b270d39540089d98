import type { Kit, ValueRange } from "./kit.js";

/** Curves that share their horizontal places. */
export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly xs: readonly number[];
  readonly series: readonly { readonly name: string; readonly ys: readonly number[] }[];
  /** The vertical axis's ends; the values' own when left out. */
  readonly range?: ValueRange;
}

/** Where a chart stands: left, top, width, height. */
export type ChartBox = readonly [number, number, number, number];

export type DrawChart = (kit: Kit, box: ChartBox, chart: Chart) => string;

/**
 * Curves over a box: one line a series, told apart by colour and dash, with axes and a legend. Sent to the page as
 * its own source text, so it refers to nothing outside itself.
 */
export function drawChart(kit: Kit, [x, y, width, height]: ChartBox, chart: Chart): string {
  const { title, xLabel, xs, series, range } = chart;
  const roles = ["input-strong", "output-strong", "kernel-strong", "accent", "ink", "muted"];
  const dashes = [undefined, "7 4", "2 3", "9 3 2 3", "1 4", "12 5"];
  const muted = { "font-size": 11, class: "f-muted" };
  let [least, greatest] = [Infinity, -Infinity];
  for (const { ys } of series) {
    for (const value of ys) {
      if (!Number.isFinite(value)) continue;
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
    }
  }
  const parts = [kit.text(x, y + 8, title, { "font-size": 13, "font-weight": 600 })];
  if (least > greatest) {
    const none = xs.length === 0 ? "no values yet" : "no finite values";
    return parts.join("") + kit.text(x + 48, y + 64, none, { class: "f-muted" });
  }
  const low = range?.low ?? least;
  const high = range?.high ?? greatest;
  const from = xs[0] ?? 0;
  const to = xs.at(-1) ?? 1;
  // The legend first: it may need lines of its own.
  const left = x + 48;
  const across = width - 60;
  let [legendX, legendY] = [left, y + 27];
  const style = (index: number): Record<string, string | number | undefined> => ({
    class: "s-" + roles[index % 6],
    fill: "none",
    "stroke-width": 2.2,
    "stroke-dasharray": dashes[index % 6],
  });
  series.forEach(({ name }, index) => {
    const label = kit.clip(name, Math.floor((across - 30) / 6.8));
    const room = 44 + label.length * 6.8;
    if (legendX > left && legendX + room - 17 > left + across) [legendX, legendY] = [left, legendY + 17];
    parts.push(kit.line(legendX, legendY, legendX + 22, legendY, style(index)));
    parts.push(kit.text(legendX + 27, legendY, label, { "font-size": 12 }));
    legendX += room;
  });
  const top = legendY + 17;
  const down = y + height - 40 - top;
  const placeX = (at: number): number => left + (to > from ? (at - from) / (to - from) : 0.5) * across;
  const placeY = (at: number): number => top + down - (high > low ? (at - low) / (high - low) : 0.5) * down;
  /** Round numbers from `first` to `last`, at most `most` of them and at the same distance. */
  const ticksOf = (first: number, last: number, most: number, smallest: number): number[] => {
    if (!(last > first)) return [first];
    const rough = Math.max(smallest, (last - first) / Math.max(1, most - 1));
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
    const ticks: number[] = [];
    for (let at = Math.ceil(first / step - 1e-9); at * step <= last + step * 1e-9; at++) {
      ticks.push(Number((at * step).toPrecision(12)));
    }
    return ticks;
  };
  for (const value of ticksOf(low, high, 6, 0)) {
    parts.push(kit.line(left, placeY(value), left + across, placeY(value), { "stroke-opacity": 0.6 }));
    parts.push(kit.text(left - 6, placeY(value), kit.number(value, 4), { ...muted, "text-anchor": "end" }));
  }
  const whole = xs.every(Number.isInteger) ? 1 : 0;
  const marks = ticksOf(from, to, Math.floor(across / (kit.number(to, 6).length * 6.5 + 14)), whole);
  // A run is read from its first step on, though it be no round number.
  const withFirst =
    marks.length > 1 && marks[0] - from > 0.6 * (marks[1] - marks[0]) ? [from, ...marks] : marks;
  for (const at of withFirst) {
    parts.push(kit.line(placeX(at), top + down, placeX(at), top + down + 4, { class: "s-muted" }));
    parts.push(
      kit.text(placeX(at), top + down + 13, kit.number(at, 6), { ...muted, "text-anchor": "middle" }),
    );
  }
  const titleX = left + across / 2;
  const label = kit.clip(xLabel, Math.floor(across / 6));
  parts.push(
    kit.text(titleX, top + down + 30, label, { ...muted, "text-anchor": "middle", "font-size": 11.5 }),
  );
  series.forEach(({ name, ys }, index) => {
    // A value that is not finite breaks the line.
    let path = "";
    ys.forEach((value, at) => {
      if (!Number.isFinite(value)) return;
      const start = at === 0 || !Number.isFinite(ys[at - 1]);
      path += (start ? "M" : "L") + placeX(xs[at]).toFixed(1) + " " + placeY(value).toFixed(1);
    });
    parts.push(kit.element("path", { d: path, "stroke-linejoin": "round", ...style(index) }));
    if (ys.length > 40) return;
    ys.forEach((value, at) => {
      if (!Number.isFinite(value)) return;
      const place = { cx: placeX(xs[at]), cy: placeY(value), r: 3.5, class: "f-" + roles[index % 6] };
      const tip = name + ": " + kit.number(value, 4) + " at " + kit.number(xs[at]);
      parts.push(kit.element("circle", { ...place, "data-tip": tip }));
    });
  });
  return parts.join("");
}
