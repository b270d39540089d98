import type { Drawing, State } from "./contract.js";
import type { Kit } from "./kit.js";

export interface SlidingScene {
  readonly input: number;
  /** The number of positions for each `kernel,stride,padding,dilation`; left out where the kernel does not fit. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** Every position of a window on an axis, what no window reads, and whether the last one fits. */
export function drawSliding(scene: SlidingScene, state: State, kit: Kit): Drawing {
  const narrow = state.narrow === 1;
  const width = narrow ? 400 : 760;
  const margin = 14;
  const { input } = scene;
  const { kernel, stride, padding, dilation } = state;
  const size = scene.sizes[[kernel, stride, padding, dilation].join(",")];
  const padded = input + 2 * padding;
  const span = dilation * (kernel - 1) + 1;
  // The window that does not fit is drawn past the end.
  const past =
    size === undefined ? span : padded - ((size - 1) * stride + span) > 0 ? size * stride + span : padded;
  const reach = Math.max(padded, past);
  const parts: string[] = [];
  const plane = narrow ? 0 : 196;
  const cell = Math.min(44, (width - 2 * margin - plane - 96) / reach);
  const left = margin;
  const words =
    "N = " +
    String(input) +
    ", F = " +
    String(kernel) +
    ", S = " +
    String(stride) +
    ", P = " +
    String(padding) +
    (dilation > 1 ? ", D = " + String(dilation) : "");
  parts.push(
    kit.text(margin, 18, "Input of " + String(input) + " cells", {
      class: "f-input-strong",
      "font-size": 13,
      "font-weight": 600,
    }),
  );
  parts.push(
    kit.text(left + reach * cell + 12, 18, "Output", {
      class: "f-output-strong",
      "font-size": 13,
      "font-weight": 600,
    }),
  );
  const top = 34;
  const read = new Array<boolean>(padded).fill(false);
  for (let o = 0; o < (size ?? 0); o++)
    for (let t = 0; t < kernel; t++) read[o * stride + t * dilation] = true;
  for (let index = 0; index < padded; index++) {
    const x = left + index * cell;
    const inside = index >= padding && index < padding + input;
    const name = String(index - padding);
    if (inside) {
      parts.push(
        kit.rect(x + 1, top + 1, cell - 2, cell - 2, {
          class: read[index] ? "f-input" : "f-surface s-warning",
          "stroke-width": 2,
          rx: 4,
        }),
      );
      if (cell > 14)
        parts.push(
          kit.text(x + cell / 2, top + cell / 2, read[index] ? name : "✕", {
            "text-anchor": "middle",
            "font-size": Math.min(15, cell * 0.45),
            class: read[index] ? "f-ink" : "f-warning",
          }),
        );
    } else {
      parts.push(
        kit.rect(x + 1.5, top + 1.5, cell - 3, cell - 3, {
          fill: "none",
          class: "s-muted",
          "stroke-opacity": 0.6,
          "stroke-dasharray": "2.5 2.5",
          rx: 4,
        }),
      );
      if (cell > 14)
        parts.push(
          kit.text(x + cell / 2, top + cell / 2, "0", {
            "text-anchor": "middle",
            "font-size": Math.min(13, cell * 0.4),
            class: "f-muted",
          }),
        );
    }
  }
  // One line a window; the last one is the window that would run past the end.
  const exactSize = (padded - span) / stride + 1;
  const fits = size !== undefined && Number.isInteger(exactSize);
  const lines = size ?? 0;
  const step = Math.max(5, Math.min(26, 330 / (lines + 1)));
  const bar = step * 0.62;
  const start = top + cell + 14;
  const window = (o: number, y: number, beyond: boolean): void => {
    const inside = (t: number): boolean => {
      const at = o * stride + t * dilation;
      return at >= padding && at < padding + input;
    };
    for (let t = 0; t < kernel;) {
      // Where cells are too narrow to be told apart, neighbouring taps of one kind are one bar.
      let end = t + 1;
      while (cell < 8 && dilation === 1 && end < kernel && inside(end) === inside(t)) end++;
      const style = beyond
        ? { fill: "none", class: "s-warning", "stroke-dasharray": "3 2", "stroke-width": 1.5 }
        : { class: "f-kernel-strong", "fill-opacity": inside(t) ? 0.85 : 0.35 };
      const inset = Math.min(2, cell / 5);
      const x = left + (o * stride + t * dilation) * cell + inset;
      parts.push(kit.rect(x, y, (end - t) * cell - 2 * inset, bar, { rx: cell < 8 ? 0 : 3, ...style }));
      t = end;
    }
    if (dilation > 1) {
      const from = left + o * stride * cell + cell / 2;
      parts.push(
        kit.line(from, y + bar / 2, from + (span - 1) * cell, y + bar / 2, {
          class: beyond ? "s-warning" : "s-kernel-strong",
          "stroke-opacity": 0.5,
        }),
      );
    }
  };
  for (let o = 0; o < lines; o++) {
    const y = start + o * step;
    window(o, y, false);
    const side = Math.min(cell, Math.max(bar, 16), step - 1);
    const x = left + reach * cell + 14;
    parts.push(kit.rect(x, y + bar / 2 - side / 2, 34, side, { class: "f-output", rx: 3 }));
    if (step >= 12)
      parts.push(
        kit.text(x + 17, y + bar / 2, String(o), {
          "text-anchor": "middle",
          "font-size": Math.min(12, step * 0.6),
        }),
      );
  }
  let y = start + lines * step;
  if (!fits && size !== undefined) {
    window(lines, y, true);
    parts.push(
      kit.text(left + reach * cell + 14, y + bar / 2, "no fit", {
        class: "f-warning",
        "font-size": 12,
      }),
    );
    y += step;
  }
  const axisEnd = y;
  // The same on both axes: which of the N × N pixels are read.
  const unreadAxis = read.slice(padding, padding + input).filter((one) => !one).length;
  const readAxis = input - unreadAxis;
  const side = Math.min(150, plane - 30);
  if (!narrow) {
    const x = width - margin - side;
    const dot = side / input;
    parts.push(
      kit.text(x, 18, "In two dimensions", { class: "f-muted", "font-size": 13, "font-weight": 600 }),
    );
    // Neighbours that are read alike are one rectangle, so that large inputs stay small pictures.
    const runs: { from: number; length: number; read: boolean }[] = [];
    for (let index = 0; index < input; index++) {
      const last = runs.at(-1);
      const now = read[padding + index];
      if (input > 16 && last?.read === now) last.length++;
      else runs.push({ from: index, length: 1, read: now });
    }
    for (const down of runs) {
      for (const across of runs) {
        const both = down.read && across.read;
        parts.push(
          kit.rect(
            x + across.from * dot,
            top + down.from * dot,
            across.length * dot - Math.min(1, dot / 4),
            down.length * dot - Math.min(1, dot / 4),
            { class: both ? "f-input-strong" : "f-warning", "fill-opacity": both ? 0.55 : 0.85 },
          ),
        );
      }
    }
    const lost = input * input - readAxis * readAxis;
    parts.push(
      kit.text(x, top + side + 16, String(lost) + " of " + String(input * input) + " unread", {
        class: lost > 0 ? "f-warning" : "f-muted",
        "font-size": 13,
      }),
    );
    y = Math.max(y, top + side + 26);
  }
  y = Math.max(y, axisEnd) + 18;
  const above =
    "(" +
    String(input) +
    " + 2·" +
    String(padding) +
    " − " +
    String(span) +
    ")/" +
    String(stride) +
    " + 1 = ";
  const plain = kit.number(exactSize, 4);
  let verdict = "";
  if (size === undefined)
    verdict = "The kernel spans " + String(span) + " cells and does not fit on " + String(padded) + ".";
  else if (fits) verdict = "Output " + above + plain + ": it fits.";
  else
    verdict =
      "Output " +
      above +
      plain +
      " is not whole: it does not fit. Frameworks round down to " +
      String(size) +
      ".";
  const trailing = size === undefined ? 0 : padded - ((size - 1) * stride + span);
  const rest =
    trailing > 0
      ? "The last " +
        (trailing === 1 ? "cell" : String(trailing) + " cells") +
        " of the padded axis stay" +
        (trailing === 1 ? "s" : "") +
        " unread."
      : "";
  const sentences = [verdict, rest].filter((one) => one !== "");
  for (const sentence of sentences) {
    for (const written of kit.wrap(sentence, Math.floor((width - 2 * margin) / 7.6))) {
      parts.push(kit.text(margin, y, written, { "font-size": 15, class: fits ? "f-ink" : "f-warning" }));
      y += 21;
    }
  }
  parts.push(kit.text(margin, y, words, { class: "f-muted", "font-size": 12.5 }));
  const height = y + 18;
  const ground = kit.rect(0, 0, width, height, { class: "f-surface", rx: 8 });
  return { width, height, body: ground + parts.join(""), status: words + ". " + sentences.join(" ") };
}
