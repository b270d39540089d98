import type { AxisScene } from "./convolution.js";
import type { Drawing, State } from "./contract.js";
import type { Kit, ValueRange } from "./kit.js";

/** A transposed convolution: its axes are those of the convolution it is the transpose of. */
export interface ScatterScene {
  readonly rows: AxisScene;
  readonly columns: AxisScene;
  readonly channels: number;
  /** Channel by channel, the input, row by row. */
  readonly inputs: readonly (readonly number[])[];
  /** Filter by filter, channel by channel, the weights. */
  readonly kernels: readonly (readonly (readonly number[])[])[];
  readonly bias: readonly number[];
  /** Filter by filter, the output. */
  readonly outputs: readonly (readonly number[])[];
  readonly inputRange: ValueRange;
  readonly outputRange: ValueRange;
  readonly caption: string;
}

/** One input cell times the kernel, laid onto the output where they add up. */
export function drawScatter(scene: ScatterScene, state: State, kit: Kit): Drawing {
  const { rows, columns } = scene;
  const narrow = state.narrow === 1;
  const width = narrow ? 400 : 760;
  const margin = 14;
  const gap = 38;
  const filter = state.filter ?? 0;
  const steps = rows.output * columns.output;
  const step = Math.min(state.step, steps - 1);
  const row = Math.floor(step / columns.output);
  const column = step % columns.output;
  // The canvas holds what is cropped by the padding, too.
  const high = rows.before + rows.input + Math.max(0, rows.after);
  const wide = columns.before + columns.input + Math.max(0, columns.after);
  const shown = Math.min(scene.channels, 4);
  const kernelCell = Math.min(36, (narrow ? 120 : 112) / columns.kernel);
  const productCell = Math.min(44, (narrow ? 150 : 138) / columns.kernel);
  const kernelWidth = kernelCell * columns.kernel;
  const productWidth = productCell * columns.kernel;
  const free = narrow ? width - 2 * margin - gap : width - 2 * margin - 3 * gap - kernelWidth - productWidth;
  const cell = Math.min(46, free / (wide + columns.output));
  const parts: string[] = [];
  const heading = (x: number, y: number, content: string, role: string): void => {
    // The heading of a narrow picture at the right is wider than the picture.
    const left = Math.min(x, width - margin - content.length * 7.5);
    parts.push(kit.text(left, y, content, { class: "f-" + role, "font-size": 13, "font-weight": 600 }));
  };
  const sign = (x: number, y: number, content: string): void => {
    parts.push(kit.text(x, y, content, { class: "f-muted", "text-anchor": "middle", "font-size": 22 }));
  };
  const weights = scene.kernels[filter];
  const kernelRange = kit.rangeOf(weights.flat());

  // What has been laid down before this step, and what this step adds.
  const before = new Array<number>(high * wide).fill(0);
  const added = new Array<number>(high * wide).fill(0);
  const touched = new Set<number>();
  const reached = new Set<number>();
  for (let done = 0; done <= step; done++) {
    scene.inputs.forEach((values, channel) => {
      weights[channel].forEach((weight, tap) => {
        const y =
          Math.floor(done / columns.output) * rows.stride + Math.floor(tap / columns.kernel) * rows.dilation;
        const x = (done % columns.output) * columns.stride + (tap % columns.kernel) * columns.dilation;
        // With more output padding than padding the canvas has cells past every window, never the reverse.
        if (y >= high || x >= wide) return;
        (done === step ? added : before)[y * wide + x] += values[done] * weight;
        reached.add(y * wide + x);
        if (done === step) touched.add(y * wide + x);
      });
    });
  }

  const top = 40;
  const bandHeight =
    Math.max(rows.output * cell, narrow ? 0 : rows.kernel * Math.max(kernelCell, productCell)) + 18;
  const block = Math.max(high * cell, shown * bandHeight - 18);
  const inputTop = top + (block - (shown * bandHeight - 18)) / 2;
  const inputX = margin;
  const outputX = narrow ? margin + columns.output * cell + gap : width - margin - wide * cell;
  const slack = narrow
    ? 0
    : (outputX - inputX - columns.output * cell - kernelWidth - productWidth - 3 * gap) / 3;
  const kernelX = narrow ? margin : inputX + columns.output * cell + gap + slack;
  const productX = kernelX + kernelWidth + gap + slack;
  const kernelTop = narrow ? top + block + 44 : inputTop;
  const kernelBand = narrow ? rows.kernel * Math.max(kernelCell, productCell) + 14 : bandHeight;
  const centre = (band: number): number => inputTop + band * bandHeight + (bandHeight - 18) / 2;
  const kernelCentre = (band: number): number =>
    kernelTop + band * kernelBand + (kernelBand - (narrow ? 14 : 18)) / 2;
  heading(inputX, 18, "Input " + String(rows.output) + " × " + String(columns.output), "input-strong");
  const headY = narrow ? kernelTop - 14 : 18;
  heading(kernelX, headY, "Kernel", "kernel-strong");
  heading(productX, headY, "Input × kernel", "muted");
  heading(outputX, 18, "Output " + String(rows.input) + " × " + String(columns.input), "output-strong");

  for (let channel = 0; channel < shown; channel++) {
    const inputY = centre(channel) - (rows.output * cell) / 2;
    scene.inputs[channel].forEach((value, index) => {
      const x = inputX + (index % columns.output) * cell;
      const y = inputY + Math.floor(index / columns.output) * cell;
      parts.push(
        kit.element(
          "g",
          { "data-click": "step=" + String(index) },
          kit.cell(x, y, cell, value, "input", scene.inputRange),
        ),
      );
    });
    const at = "translate(" + String(inputX + column * cell) + "," + String(inputY + row * cell) + ")";
    const outline = kit.rect(0, 0, cell, cell, {
      fill: "none",
      class: "s-input-strong",
      "stroke-width": 3,
      rx: 5,
    });
    parts.push(kit.element("g", { "data-move": "input" + String(channel), transform: at }, outline));
    const kernelY = kernelCentre(channel) - (rows.kernel * kernelCell) / 2;
    const productY = kernelCentre(channel) - (rows.kernel * productCell) / 2;
    const value = scene.inputs[channel][step];
    const products = weights[channel].map((weight) => weight * value);
    const productRange = kit.rangeOf(products);
    weights[channel].forEach((weight, index) => {
      const x = index % columns.kernel;
      const y = Math.floor(index / columns.kernel);
      parts.push(
        kit.cell(
          kernelX + x * kernelCell,
          kernelY + y * kernelCell,
          kernelCell,
          weight,
          "kernel",
          kernelRange,
        ),
      );
      parts.push(
        kit.cell(
          productX + x * productCell,
          productY + y * productCell,
          productCell,
          products[index],
          "kernel",
          productRange,
        ),
      );
    });
    if (!narrow) sign((inputX + columns.output * cell + kernelX) / 2, centre(channel), "×");
    sign((kernelX + kernelWidth + productX) / 2, kernelCentre(channel), "=");
  }
  if (!narrow) sign((productX + productWidth + outputX) / 2, top + block / 2, "→");

  const bias = scene.bias[filter] ?? 0;
  const outputY = top + (block - high * cell) / 2;
  const final = step === steps - 1;
  const sums: string[] = [];
  for (let index = 0; index < high * wide; index++) {
    const y = Math.floor(index / wide) - rows.before;
    const x = (index % wide) - columns.before;
    const left = outputX + (index % wide) * cell;
    const over = outputY + Math.floor(index / wide) * cell;
    const inside = y >= 0 && y < rows.input && x >= 0 && x < columns.input;
    const now = before[index] + added[index] + bias;
    // The last step shows what the operation itself returned.
    const value = inside && final ? scene.outputs[filter][y * columns.input + x] : now;
    if (inside && reached.has(index))
      parts.push(kit.cell(left, over, cell, value, "output", scene.outputRange));
    else {
      const stroke = inside
        ? { class: "f-surface s-output-strong", "stroke-opacity": 0.35 }
        : { fill: "none", class: "s-muted", "stroke-opacity": 0.6, "stroke-dasharray": "2.5 2.5" };
      parts.push(kit.rect(left + 1.5, over + 1.5, cell - 3, cell - 3, { ...stroke, rx: 4 }));
      const settled = inside ? scene.outputs[filter][y * columns.input + x] : now;
      if (cell >= 17 && (reached.has(index) || (inside && state.live === 0))) {
        parts.push(
          kit.cellText(left, over, cell, cell, settled, scene.outputRange, {
            class: "f-muted",
            "fill-opacity": 0.75,
          }),
        );
      }
    }
    if (!touched.has(index) || !inside) continue;
    if (cell >= 32) {
      const content = (added[index] < 0 ? "−" : "+") + kit.number(Math.abs(added[index]), 2);
      parts.push(
        kit.text(left + cell - 4, over + cell - 8, content, {
          class: "f-output-strong",
          "text-anchor": "end",
          "font-size": cell * 0.23,
          "font-weight": 600,
        }),
      );
    }
    if (before[index] !== 0)
      sums.push(
        kit.number(before[index], 3) +
          " + " +
          kit.number(added[index], 3) +
          " = " +
          kit.number(before[index] + added[index], 3),
      );
  }
  const spread = rows.dilation > 1 || columns.dilation > 1;
  const moving: string[] = [];
  if (spread) {
    weights[0].forEach((_weight, tap) => {
      const x = (tap % columns.kernel) * columns.dilation * cell;
      const y = Math.floor(tap / columns.kernel) * rows.dilation * cell;
      moving.push(
        kit.rect(x + 1, y + 1, cell - 2, cell - 2, {
          fill: "none",
          class: "s-kernel-strong",
          "stroke-width": 2,
          rx: 4,
        }),
      );
    });
  }
  const spanX = ((columns.kernel - 1) * columns.dilation + 1) * cell;
  const spanY = ((rows.kernel - 1) * rows.dilation + 1) * cell;
  moving.push(
    kit.rect(0, 0, spanX, spanY, { fill: "none", class: "s-kernel-strong", "stroke-width": 3, rx: 5 }),
  );
  const there =
    "translate(" +
    String(outputX + column * columns.stride * cell) +
    "," +
    String(outputY + row * rows.stride * cell) +
    ")";
  parts.push(kit.element("g", { "data-move": "output", transform: there }, moving.join("")));

  const place =
    "Step " +
    String(step + 1) +
    " of " +
    String(steps) +
    ": input row " +
    String(row + 1) +
    ", column " +
    String(column + 1);
  const explained =
    sums.length === 0
      ? "The scaled kernel lands on empty cells."
      : sums.length <= 3
        ? "Where windows overlap, they add: " + sums.join(",  ")
        : "Where windows overlap, they add, in " + String(sums.length) + " cells here.";
  let y =
    Math.max(top + block, narrow ? kernelTop + shown * kernelBand : 0, inputTop + shown * bandHeight) + 14;
  const wrap = (content: string, attributes: Record<string, string | number>): void => {
    const most = Math.floor((width - 2 * margin) / (Number(attributes["font-size"]) * 0.55));
    for (const written of kit.wrap(content, most)) {
      parts.push(kit.text(margin, y, written, attributes));
      y += 20;
    }
  };
  wrap(explained, { "font-size": 15 });
  wrap(place + "  ·  " + scene.caption, { class: "f-muted", "font-size": 12.5 });
  const hidden = scene.channels - shown;
  if (hidden > 0) {
    const more = kit.counted(hidden, "more channel is", "more channels are");
    wrap(more + " summed but not drawn.", { class: "f-muted", "font-size": 12.5 });
  }
  const height = y + 4;
  const ground = kit.rect(0, 0, width, height, { class: "f-surface", rx: 8 });
  return { width, height, body: ground + parts.join(""), status: place + ". " + explained };
}
