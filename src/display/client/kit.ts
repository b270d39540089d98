/**
 * The drawing kit: what a figure's draw function may use, on the server and in the page alike.
 *
 * `makeKit` is sent to the page as its own source text, so it refers to nothing outside itself. The escape
 * function comes from outside: the `entities` library on the server, the page's own DOM in the browser. So does
 * the drawing of charts, which is sent likewise.
 */
import type { Chart, DrawChart } from "./chart.js";

export type { Chart } from "./chart.js";

/** Attributes of an SVG element; `undefined` leaves one out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** How a value becomes a colour: `light` and `dark` say which ink reads on it. */
export interface Shade {
  readonly fill: string;
  readonly ink: string;
}

/** Which way values run: both ways from zero, or one way. */
export type Scale = "diverging" | "sequential" | "gray";

/** A range of finite values, and how many decimals tell them apart. */
export interface ValueRange {
  readonly low: number;
  readonly high: number;
  /** Decimals that the numbers of one grid share; chosen by the value when left out. */
  readonly decimals?: number;
}

export interface Kit {
  /** Escapes text for SVG and HTML. */
  readonly escape: (text: string) => string;
  /** A number as a reader wants it: up to `digits` significant digits, a true minus sign, ∞ and NaN by name. */
  readonly number: (value: number, digits?: number) => string;
  readonly element: (name: string, attributes: Attributes, children?: string) => string;
  readonly rect: (x: number, y: number, width: number, height: number, attributes?: Attributes) => string;
  readonly line: (x1: number, y1: number, x2: number, y2: number, attributes?: Attributes) => string;
  /** Text whose `y` is its middle; give `anchor` as `text-anchor`. */
  readonly text: (x: number, y: number, content: string, attributes?: Attributes) => string;
  /** The raster of that number, drawn without smoothing. */
  readonly image: (raster: number, x: number, y: number, width: number, height: number) => string;
  /** The red, green and blue of a colour scale at t in [0, 1]. */
  readonly colour: (scale: Scale, t: number) => readonly [number, number, number];
  /** The red, green and blue of a class: Okabe and Ito's eight colours first, then darker ones of them. */
  readonly classColour: (index: number) => readonly [number, number, number];
  /** Fill and readable ink for a value; values that are not finite get colours of their own. */
  readonly shade: (scale: Scale, value: number, low: number, high: number) => Shade;
  /** A number in the middle of a box, as large as fits into `size`. */
  readonly cellText: (
    x: number,
    y: number,
    size: number,
    box: number,
    value: number,
    range: ValueRange,
    attributes?: Attributes,
  ) => string;
  /** The range of the finite values, with zero in it, and the decimals that they need together. */
  readonly rangeOf: (values: Iterable<number>) => ValueRange;
  /** A number in its box: tinted by its size where it can be read, coloured by its value where it cannot. */
  readonly cell: (
    x: number,
    y: number,
    size: number,
    value: number,
    role: "input" | "kernel" | "output",
    range: ValueRange,
  ) => string;
  /** The scale and the ends that suit a range: symmetric where values have two signs. */
  readonly scaleOf: (range: ValueRange, plain: Scale) => { scale: Scale; low: number; high: number };
  /** Curves over a box: one line a series, told apart by colour and dash, with axes and a legend. */
  readonly chart: (x: number, y: number, width: number, height: number, chart: Chart) => string;
  /** Cuts text to `most` characters, with an ellipsis. */
  readonly clip: (text: string, most: number) => string;
  /** Breaks text into lines of at most `most` characters, between words where it can. */
  readonly wrap: (text: string, most: number) => readonly string[];
  /** A number and its noun in singular or plural: `1 map`, `2 maps`; `several` is the plural that takes no s. */
  readonly counted: (count: number, noun: string, several?: string) => string;
}

/** Makes the kit around an escape function and a chart's drawing. */
export function makeKit(escape: (text: string) => string, drawChart: DrawChart): Kit {
  // ColorBrewer's RdBu (reversed) and matplotlib's viridis, both safe for colour-blind readers.
  const anchors: Record<Scale, string> = {
    diverging: "2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b",
    sequential: "440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725",
    gray: "000000 ffffff",
  };
  const number = (value: number, digits = 4): string => {
    if (Number.isNaN(value)) return "NaN";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const short = Number(value.toPrecision(digits));
    const size = Math.abs(short);
    let written = String(short);
    if (size !== 0 && (size >= 10 ** Math.max(digits, 6) || size < 1e-3)) {
      written = short.toExponential(Math.max(0, digits - 2)).replace(/\.?0*e\+?/, "e");
    }
    return written.replace("-", "−").replace("e-", "e−");
  };
  const element = (name: string, attributes: Attributes, children = ""): string => {
    let written = "<" + name;
    for (const [key, value] of Object.entries(attributes)) {
      if (value === undefined) continue;
      const plain = typeof value === "number" ? String(Math.round(value * 100) / 100) : escape(value);
      written += " " + key + '="' + plain + '"';
    }
    return children === "" ? written + "/>" : written + ">" + children + "</" + name + ">";
  };
  const rect: Kit["rect"] = (x, y, width, height, attributes = {}) =>
    element("rect", { x, y, width, height, ...attributes });
  const line: Kit["line"] = (x1, y1, x2, y2, attributes = {}) =>
    element("line", { x1, y1, x2, y2, class: "s-line", ...attributes });
  const text: Kit["text"] = (x, y, content, attributes = {}) => {
    // A third of the size below the middle puts the figures' middle there; librsvg lacks some baselines.
    const size = typeof attributes["font-size"] === "number" ? attributes["font-size"] : 13;
    return element("text", { x, y: y + size * 0.35, class: "f-ink", ...attributes }, escape(content));
  };
  const image: Kit["image"] = (raster, x, y, width, height) =>
    element("image", {
      "data-raster": raster,
      x,
      y,
      width,
      height,
      preserveAspectRatio: "none",
      style: "image-rendering:pixelated",
    });
  const colour: Kit["colour"] = (scale, t) => {
    const stops = anchors[scale].split(" ");
    const at = Math.min(Math.max(t, 0), 1) * (stops.length - 1);
    const index = Math.min(Math.floor(at), stops.length - 2);
    const low = parseInt(stops[index], 16);
    const high = parseInt(stops[index + 1], 16);
    const mix = (shift: number): number => {
      const from = (low >> shift) & 255;
      return Math.round(from + (((high >> shift) & 255) - from) * (at - index));
    };
    return [mix(16), mix(8), mix(0)];
  };
  const classColour: Kit["classColour"] = (index) => {
    const colours = "20252d e69f00 56b4e9 009e73 f0e442 0072b2 d55e00 cc79a7".split(" ");
    const value = parseInt(colours[index % 8], 16);
    const fade = 1 / (1 + 0.35 * Math.floor(index / 8));
    return [
      Math.round((value >> 16) * fade),
      Math.round(((value >> 8) & 255) * fade),
      Math.round((value & 255) * fade),
    ];
  };
  const shade: Kit["shade"] = (scale, value, low, high) => {
    if (Number.isNaN(value)) return { fill: "#ff00c8", ink: "#000" };
    if (value === Infinity) return { fill: "#00e000", ink: "#000" };
    if (value === -Infinity) return { fill: "#00e0e0", ink: "#000" };
    const span = high - low;
    const [red, green, blue] = colour(scale, span > 0 ? (value - low) / span : 0.5);
    const dark = 0.299 * red + 0.587 * green + 0.114 * blue < 140;
    const hex = ((1 << 24) | (red << 16) | (green << 8) | blue).toString(16).slice(1);
    return { fill: "#" + hex, ink: dark ? "#fff" : "#111" };
  };
  const scaleOf: Kit["scaleOf"] = (range, plain) => {
    if (range.low >= 0) return { scale: plain, ...range };
    const most = Math.max(-range.low, Math.abs(range.high));
    return { scale: "diverging", low: -most, high: most };
  };
  const rangeOf: Kit["rangeOf"] = (values) => {
    let low = 0;
    let high = 0;
    let whole = true;
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
      whole &&= Number.isInteger(value);
    }
    const most = Math.max(-low, high);
    // Three digits of the largest: enough to follow a sum, few enough for a small box.
    const decimals = whole || most === 0 ? 0 : Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(most))));
    return { low, high, decimals: most < 1 && !whole ? Math.min(decimals, 6) - 1 : decimals };
  };
  const cellText: Kit["cellText"] = (x, y, size, box, value, range, attributes = {}) => {
    const { decimals } = range;
    const rounded =
      decimals === undefined || !Number.isFinite(value) ? value : Number(value.toFixed(decimals));
    const content = number(rounded, decimals === undefined ? 3 : 6);
    // Grids of decimals keep one size of type; whole numbers shrink only when they must.
    const long = decimals === 0 ? content.length : Math.max(content.length, 5);
    const font = Math.min(size * 0.42, 19, (size * 1.5) / long);
    return text(x + box / 2, y + box / 2, content, {
      "text-anchor": "middle",
      "font-size": font,
      ...attributes,
    });
  };
  const cell: Kit["cell"] = (x, y, size, value, role, range) => {
    if (size < 17 || !Number.isFinite(value)) {
      const { scale, low, high } = scaleOf(range, role === "input" ? "gray" : "sequential");
      const { fill, ink } = shade(scale, value, low, high);
      const back = rect(x, y, size, size, { fill, class: "s-surface", "stroke-width": size < 8 ? 0 : 0.5 });
      return size < 17 ? back : back + cellText(x, y, size, size, value, range, { class: "", fill: ink });
    }
    const most = Math.max(Math.abs(range.low), Math.abs(range.high));
    const tint = most > 0 ? 0.34 * (Math.abs(value) / most) : 0;
    const inner = size - 2;
    return (
      rect(x + 1, y + 1, inner, inner, { class: "f-" + role, rx: 4 }) +
      rect(x + 1, y + 1, inner, inner, { class: "f-" + role + "-strong", "fill-opacity": tint, rx: 4 }) +
      cellText(x, y, size, size, value, range)
    );
  };
  const counted: Kit["counted"] = (count, noun, several = noun + "s") =>
    String(count) + " " + (count === 1 ? noun : several);
  const clip = (content: string, most: number): string =>
    content.length > most ? content.slice(0, most - 1) + "…" : content;
  const wrap: Kit["wrap"] = (content, most) => {
    const lines: string[] = [];
    let written = "";
    for (const word of content.split(/(?<= )/)) {
      if (written !== "" && (written + word).trimEnd().length > most) {
        lines.push(written.trimEnd());
        written = "";
      }
      written += word;
      // What has no place to break is broken where it must.
      for (; written.trimEnd().length > most; written = written.slice(most))
        lines.push(written.slice(0, most));
    }
    return [...lines, written.trimEnd()];
  };
  const kit: Kit = {
    escape,
    number,
    element,
    rect,
    line,
    text,
    image,
    colour,
    classColour,
    shade,
    scaleOf,
    rangeOf,
    cellText,
    cell,
    chart: (x, y, width, height, chart) => drawChart(kit, [x, y, width, height], chart),
    clip,
    wrap,
    counted,
  };
  return kit;
}
