import type { DrawCells } from "./cells.js";
import type { Drawing, State } from "./contract.js";
import type { Kit } from "./kit.js";

/** A way to upsample, and how uneven an even input comes out of it. */
export interface Remedy {
  readonly name: string;
  /** Largest minus smallest phase mean, over the mean size. */
  readonly amplitude: number;
  readonly note: string;
}

export interface CheckerboardScene {
  /** Input cells of the first layer. */
  readonly cells: number;
  readonly remedies: readonly Remedy[];
  /** The longest period that is drawn. */
  readonly longest: number;
}

/** What the picture is made of. */
export interface CheckerboardPieces {
  readonly drawCells: DrawCells;
}

/** How a transposed convolution's windows overlap, what pattern that makes, and how strong its frequencies are. */
export function drawCheckerboard(
  scene: CheckerboardScene,
  state: State,
  kit: Kit,
  { drawCells }: CheckerboardPieces,
): Drawing {
  const narrow = state.narrow === 1;
  const width = narrow ? 400 : 760;
  const margin = 14;
  const { kernel, stride, depth } = state;
  const weights = Array.from({ length: kernel }, (_, tap) => state["w" + String(tap + 1)] ?? 1);
  const parts: string[] = [];
  if (stride ** depth > scene.longest) {
    // The sliders reach further than a pattern can be seen.
    const words =
      "Stride " +
      String(stride) +
      " in " +
      kit.counted(depth, "layer") +
      " repeats every " +
      String(stride ** depth) +
      " cells: too many to be seen (at most " +
      String(scene.longest) +
      ").";
    const lines = kit.wrap(words, narrow ? 52 : 100);
    lines.forEach((written, index) =>
      parts.push(kit.text(margin, 20 + 20 * index, written, { "font-size": 14 })),
    );
    const height = 24 + 20 * lines.length;
    const ground = kit.rect(0, 0, width, height, { class: "f-surface", rx: 8 });
    return { width, height, body: ground + parts.join(""), status: words };
  }
  const heading = (x: number, y: number, content: string): void => {
    parts.push(kit.text(x, y, content, { "font-size": 13, "font-weight": 600 }));
  };
  const scatter = (line: readonly number[]): number[] => {
    const out = new Array<number>((line.length - 1) * stride + kernel).fill(0);
    line.forEach((value, at) => weights.forEach((weight, tap) => (out[at * stride + tap] += value * weight)));
    return out;
  };
  // One layer is drawn with its windows; the pattern is that of all layers.
  const first = new Array<number>(scene.cells).fill(1);
  const once = scatter(first);
  const period = stride ** depth;
  // Cells enough for sixteen that no border touches.
  const reach = ((kernel - 1) * (period - 1)) / Math.max(1, stride - 1) + kernel * depth;
  let line = new Array<number>(Math.ceil((24 + 2 * reach) / period) + 2).fill(1);
  for (let layer = 0; layer < depth; layer++) line = scatter(line);
  // The inside, where every window that can overlap does: a whole number of periods around the middle.
  const edge = line.length / 2;
  const count = Math.max(period, Math.floor(16 / period) * period || period);
  const start = Math.max(0, Math.round((edge - count / 2) / period) * period);
  const inside = line.slice(start, start + count);
  const low = Math.min(...inside);
  const high = Math.max(...inside);
  const mean = inside.reduce((sum, value) => sum + value, 0) / inside.length;
  const flat = high - low <= 1e-6 * Math.max(1e-9, Math.abs(high));
  parts.push(
    kit.text(
      margin,
      18,
      "Kernel " +
        String(kernel) +
        ", stride " +
        String(stride) +
        ", " +
        String(depth) +
        (depth === 1 ? " layer" : " layers"),
      { "font-size": 15, "font-weight": 600 },
    ),
  );

  // The overlap in one dimension.
  const graphWidth = narrow ? width - 2 * margin : 430;
  const pitch = graphWidth / once.length;
  const top = 56;
  const bottom = 168;
  heading(margin, 42, "One layer: each input cell lays down a window");
  const most = Math.max(...once, 1e-9);
  const inputX = (at: number): number => margin + (at * stride + kernel / 2) * pitch;
  const size = Math.min(18, pitch * stride * 0.8, 400 / scene.cells);
  first.forEach((_, at) => {
    weights.forEach((weight, tap) => {
      const x = margin + (at * stride + tap + 0.5) * pitch;
      parts.push(
        kit.line(inputX(at), top + size, x, bottom - 6, {
          class: "s-kernel-strong",
          "stroke-width": Math.max(0.3, Math.abs(weight) * 1.6),
          "stroke-opacity": 0.6,
        }),
      );
    });
    parts.push(kit.rect(inputX(at) - size / 2, top, size, size, { class: "f-input s-input-strong", rx: 3 }));
  });
  once.forEach((value, at) => {
    const x = margin + at * pitch;
    const tall = 34 * Math.max(0, value / most);
    parts.push(
      kit.rect(x + 0.75, bottom + 38 - tall, pitch - 1.5, tall, {
        class: "f-output-strong",
        "fill-opacity": 0.35 + (0.6 * Math.max(0, value)) / most,
        rx: 2,
        "data-tip": "overlap " + kit.number(value),
      }),
    );
    if (pitch >= 13)
      parts.push(
        kit.text(x + pitch / 2, bottom + 50, kit.number(value, 2), {
          "text-anchor": "middle",
          "font-size": Math.min(12, pitch * 0.6),
        }),
      );
  });

  // The pattern in two dimensions, and its spectrum.
  const side = narrow ? 172 : 190;
  const planeX = narrow ? margin : width - margin - side;
  const planeY = narrow ? 270 : 56;
  heading(planeX, planeY - 14, "Pattern");
  const cell = side / inside.length;
  // The ends of the products: negative weights may turn them round.
  const products = [low * low, low * high, high * high];
  const floor = flat ? 0 : Math.min(...products);
  const ceiling = Math.max(...products);
  const pattern = { cell, rows: inside.length, columns: inside.length };
  parts.push(
    drawCells(kit, { x: planeX, y: planeY, ...pattern }, (row, column) => {
      const value = inside[row] * inside[column];
      const { fill } = kit.shade("sequential", flat ? 0.5 : value, flat ? 0 : floor, flat ? 1 : ceiling);
      return { fill, tip: kit.number(value) };
    }),
  );
  const spectrumX = narrow ? margin + side + 24 : planeX;
  const spectrumY = narrow ? planeY : planeY + side + 34;
  heading(spectrumX, spectrumY - 14, "Its spectrum");
  const power = inside.map((_, frequency) => {
    let real = 0;
    let imaginary = 0;
    inside.forEach((value, at) => {
      const angle = (-2 * Math.PI * frequency * at) / inside.length;
      real += value * Math.cos(angle);
      imaginary += value * Math.sin(angle);
    });
    return Math.hypot(real, imaginary) / inside.length;
  });
  const half = Math.floor(inside.length / 2);
  const shifted = power.map((_, index) => power[(index + inside.length - half) % inside.length]);
  const ground = (power[0] || 1) ** 2;
  parts.push(
    drawCells(kit, { x: spectrumX, y: spectrumY, ...pattern }, (row, column) => {
      // The mean itself would outshine everything: it is left dark.
      const centre = row === half && column === half;
      const strength = Math.min(1, (shifted[row] * shifted[column]) / ground);
      // What rounding left is nothing.
      const value = centre || strength < 1e-9 ? 0 : strength;
      const { fill } = kit.shade("sequential", Math.sqrt(value), 0, 1);
      return {
        fill,
        tip: centre ? "the mean (left dark)" : "strength " + kit.number(value, 3) + " of the mean's",
      };
    }),
  );
  parts.push(
    kit.text(spectrumX, spectrumY + side + 12, "slow in the middle, fast at the edge", {
      "font-size": narrow ? 10.5 : 11.5,
      class: "f-muted",
    }),
  );
  const graphFoot = bottom + 62;
  const ratio = low > 1e-9 ? high / low : Infinity;
  const verdict = flat
    ? "Even inside: every output cell gets the same."
    : "Uneven: strongest to weakest " +
      kit.number(ratio, 3) +
      " : 1 on an axis, " +
      kit.number(ratio * ratio, 3) +
      " : 1 in two dimensions.";
  const amplitude = mean === 0 ? 0 : (ceiling - Math.min(...products)) / (mean * mean);
  let y = narrow ? planeY + side + 40 : graphFoot + 14;
  const wrap = (content: string, longest: number, attributes: Record<string, string | number>): void => {
    for (const written of kit.wrap(content, longest)) {
      parts.push(kit.text(margin, y, written, attributes));
      y += 19;
    }
  };
  const column = Math.floor(graphWidth / 6.9);
  wrap(verdict, column, { "font-size": 14, class: flat ? "f-ink" : "f-warning" });
  const divisible = kernel % stride === 0;
  wrap(
    divisible
      ? "The stride divides the kernel: equal weights overlap evenly, unequal ones still do not."
      : "The stride does not divide the kernel: some cells get more windows than others.",
    column,
    { "font-size": 13, class: "f-muted" },
  );
  wrap("A convolution of this kernel and stride gets this pattern back as its gradient.", column, {
    "font-size": 13,
    class: "f-muted",
  });
  if (scene.remedies.length > 0) {
    y += 12;
    heading(
      margin,
      y,
      narrow
        ? "Pattern from an even input, random weights"
        : "Amplitude of the pattern from an even input (random weights)",
    );
    y += 20;
    const tallest = Math.max(...scene.remedies.map((remedy) => remedy.amplitude), 1e-9);
    const room = narrow ? 130 : 150;
    for (const remedy of scene.remedies) {
      const wide = Math.max(1.5, (remedy.amplitude / tallest) * room);
      parts.push(kit.text(margin, y, remedy.name, { "font-size": 12.5 }));
      parts.push(
        kit.rect(margin + 190, y - 6, wide, 12, {
          class: remedy.amplitude > 1e-4 ? "f-output-strong" : "f-kernel-strong",
          rx: 2,
          "data-tip": remedy.note,
        }),
      );
      parts.push(
        kit.text(margin + 198 + wide, y, kit.number(remedy.amplitude, 2), {
          "font-size": 12,
          class: "f-muted",
        }),
      );
      y += 21;
    }
  }
  const height = Math.max(y + 6, spectrumY + side + 26);
  const back = kit.rect(0, 0, width, height, { class: "f-surface", rx: 8 });
  return {
    width,
    height,
    body: back + parts.join(""),
    status: verdict + " Amplitude " + kit.number(amplitude, 3) + ".",
  };
}
