import type { Drawing, State } from "./contract.js";
import type { Kit } from "./kit.js";

export interface UseScene {
  readonly input: number;
  /** How many windows read each cell of one axis, by `kernel,stride,padding,dilation`, as lengths and counts. */
  readonly counts: Readonly<Record<string, readonly number[]>>;
}

/** How often each pixel is used: the product of the two axes' counts. */
export function drawUse(scene: UseScene, state: State, kit: Kit): Drawing {
  const narrow = state.narrow === 1;
  const width = narrow ? 400 : 760;
  const margin = 14;
  const { input } = scene;
  const { kernel, stride, padding, dilation } = state;
  const runs = scene.counts[[kernel, stride, padding, dilation].join(",")];
  const parts: string[] = [];
  const words =
    String(input) +
    " × " +
    String(input) +
    " input, kernel " +
    String(kernel) +
    ", stride " +
    String(stride) +
    ", padding " +
    String(padding) +
    (dilation > 1 ? ", dilation " + String(dilation) : "");
  parts.push(kit.text(margin, 18, "How often each pixel is used", { "font-size": 15, "font-weight": 600 }));
  parts.push(kit.text(margin, 38, words, { class: "f-muted", "font-size": 12.5 }));
  const side = narrow ? 340 : 380;
  const cell = side / input;
  const left = margin;
  const top = 56;
  if (runs === undefined) {
    parts.push(
      kit.text(margin, top + 20, "The kernel does not fit on the padded input.", { class: "f-warning" }),
    );
    const height = top + 50;
    return {
      width,
      height,
      body: kit.rect(0, 0, width, height, { class: "f-surface", rx: 8 }) + parts.join(""),
    };
  }
  const blocks: { from: number; length: number; count: number }[] = [];
  let from = 0;
  for (let index = 0; index < runs.length; index += 2) {
    // Large inputs are drawn run by run; small ones cell by cell, with their numbers.
    const [length, count] = [runs[index], runs[index + 1]];
    if (input <= 20) for (let at = 0; at < length; at++) blocks.push({ from: from + at, length: 1, count });
    else blocks.push({ from, length, count });
    from += length;
  }
  const most = Math.max(...blocks.map(({ count }) => count)) ** 2;
  const histogram = new Map<number, number>();
  for (const down of blocks) {
    for (const across of blocks) {
      const count = down.count * across.count;
      histogram.set(count, (histogram.get(count) ?? 0) + down.length * across.length);
      const { fill, ink } = kit.shade("sequential", count, 0, most);
      const x = left + across.from * cell;
      const y = top + down.from * cell;
      const wide = across.length * cell;
      const high = down.length * cell;
      const inset = input <= 20 ? 1 : 0;
      parts.push(
        kit.rect(x, y, wide - inset, high - inset, {
          fill: count === 0 ? "none" : fill,
          class: count === 0 ? "s-warning" : undefined,
          rx: inset * 3,
        }),
      );
      if (Math.min(wide, high) >= 15)
        parts.push(
          kit.text(x + wide / 2, y + high / 2, count === 0 ? "✕" : String(count), {
            "text-anchor": "middle",
            "font-size": Math.min(14, Math.min(wide, high) * 0.45),
            class: count === 0 ? "f-warning" : "",
            fill: count === 0 ? undefined : ink,
          }),
        );
    }
  }
  // How many pixels have each count: the attention that corners and borders get.
  const counts = [...histogram].sort((a, b) => a[0] - b[0]);
  const chartX = narrow ? margin : left + side + 50;
  let y = narrow ? top + side + 26 : top;
  parts.push(kit.text(chartX, y, "Pixels by number of uses", { "font-size": 13, "font-weight": 600 }));
  y += 20;
  const room = (narrow ? 340 : width - chartX - margin) - 120;
  const tallest = Math.max(...counts.map(([, pixels]) => pixels));
  const line = Math.min(26, 300 / counts.length);
  for (const [count, pixels] of counts) {
    const { fill } = kit.shade("sequential", count, 0, most);
    parts.push(
      kit.text(chartX + 40, y + line / 2, String(count) + "×", {
        "text-anchor": "end",
        "font-size": Math.min(13, line),
        class: count === 0 ? "f-warning" : "f-ink",
      }),
    );
    parts.push(
      kit.rect(chartX + 48, y + 2, Math.max(2, (pixels / tallest) * room), line - 4, {
        fill: count === 0 ? "none" : fill,
        class: count === 0 ? "s-warning" : "s-line",
        rx: 2,
      }),
    );
    parts.push(
      kit.text(chartX + 56 + (pixels / tallest) * room, y + line / 2, String(pixels), {
        class: "f-muted",
        "font-size": Math.min(12, line),
      }),
    );
    y += line;
  }
  const sum = counts.reduce((all, [count, pixels]) => all + count * pixels, 0);
  const even = counts.length === 1;
  const lowest = counts[0];
  y += 16;
  const notes = [
    "All uses: " + String(sum),
    even
      ? "Every pixel is used equally often."
      : "Least used: " +
        String(lowest[0]) +
        "× (" +
        String(lowest[1]) +
        " pixels); most: " +
        String(most) +
        "×.",
  ];
  for (const note of notes) {
    parts.push(kit.text(chartX, y, note, { "font-size": 13, class: "f-ink" }));
    y += 20;
  }
  const height = Math.max(y, top + side) + 12;
  const ground = kit.rect(0, 0, width, height, { class: "f-surface", rx: 8 });
  return { width, height, body: ground + parts.join(""), status: words + ". " + notes.join(". ") };
}
