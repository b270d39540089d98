import type { Drawing, State } from "./contract.js";
import type { Kit, ValueRange } from "./kit.js";

/** The window on one axis, as `tensor/window.ts` computes it. */
export interface AxisScene {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  readonly output: number;
}

export interface ConvolutionScene {
  readonly rows: AxisScene;
  readonly columns: AxisScene;
  readonly channels: number;
  /** Channel by channel, the padded input, row by row. */
  readonly padded: readonly (readonly number[])[];
  /** Filter by filter, channel by channel, the weights. */
  readonly kernels: readonly (readonly (readonly number[])[])[];
  readonly bias: readonly number[];
  /** Filter by filter, the output. */
  readonly outputs: readonly (readonly number[])[];
  readonly inputRange: ValueRange;
  readonly outputRange: ValueRange;
  /** Whether input and output are drawn as rasters: input channels first, then outputs. */
  readonly rastered: boolean;
  readonly caption: string;
}

/** Input ⊙ kernel = products, summed into the output's cell of this step. */
export function drawConvolution(scene: ConvolutionScene, state: State, kit: Kit): Drawing {
  const { rows, columns } = scene;
  const narrow = state.narrow === 1;
  const width = narrow ? 400 : 760;
  const margin = 14;
  const filter = state.filter ?? 0;
  const step = Math.min(state.step, rows.output * columns.output - 1);
  const row = Math.floor(step / columns.output);
  const column = step % columns.output;
  const high = rows.before + rows.input + rows.after;
  const wide = columns.before + columns.input + columns.after;
  const shown = Math.min(scene.channels, 4);
  const kernelCell = Math.min(
    scene.rastered ? 42 : 36,
    (narrow ? 120 : scene.rastered ? 130 : 112) / columns.kernel,
  );
  const productCell = Math.min(48, (narrow ? 150 : 146) / columns.kernel);
  const kernelWidth = kernelCell * columns.kernel;
  const productWidth = productCell * columns.kernel;
  const gap = 38;
  const free = narrow ? width - 2 * margin - gap : width - 2 * margin - 3 * gap - kernelWidth - productWidth;
  const cell = Math.min(narrow ? 44 : 48, free / (wide + columns.output));
  const parts: string[] = [];

  const box = kit.cell;
  const heading = (x: number, y: number, content: string, role: string): void => {
    parts.push(kit.text(x, y, content, { class: "f-" + role, "font-size": 13, "font-weight": 600 }));
  };
  const sign = (x: number, y: number, content: string): void => {
    parts.push(kit.text(x, y, content, { class: "f-muted", "text-anchor": "middle", "font-size": 22 }));
  };

  const weights = scene.kernels[filter];
  const kernelRange = kit.rangeOf(weights.flat());
  // What each channel's window multiplies, tap by tap.
  const read = scene.padded.map((values, channel) =>
    weights[channel].map((weight, tap) => {
      const y = row * rows.stride + Math.floor(tap / columns.kernel) * rows.dilation;
      const x = column * columns.stride + (tap % columns.kernel) * columns.dilation;
      const value = values[y * wide + x];
      return { value, weight, product: value * weight };
    }),
  );
  const partials = read.map((taps) => taps.reduce((sum, tap) => sum + tap.product, 0));
  const carried = weights.map((channel) => channel.map((weight) => "×" + kit.number(weight, 2)));
  const carries = carried.flat().every((content) => content.length < 6);
  const productRange = kit.rangeOf(read.flat().map((tap) => tap.product));

  const top = 40;
  const bandHeight = Math.max(high * cell, narrow ? 0 : rows.kernel * Math.max(kernelCell, productCell)) + 18;
  const inputX = margin;
  const outputX = narrow ? margin + wide * cell + gap : width - margin - columns.output * cell;
  const slack = narrow ? 0 : (outputX - inputX - wide * cell - kernelWidth - productWidth - 3 * gap) / 3;
  const kernelX = narrow ? margin : inputX + wide * cell + gap + slack;
  const productX = kernelX + kernelWidth + gap + slack;
  const kernelTop = narrow ? top + shown * bandHeight + 26 : top;
  const low = scene.channels > 1 ? 26 : 14;
  const kernelBand = narrow ? rows.kernel * Math.max(kernelCell, productCell) + low : bandHeight;
  const centre = (band: number): number => top + band * bandHeight + (bandHeight - 22) / 2;
  const kernelCentre = (band: number): number =>
    kernelTop + band * kernelBand + (kernelBand - (narrow ? low : 22)) / 2;

  heading(inputX, 18, "Input " + String(rows.input) + " × " + String(columns.input), "input-strong");
  const headY = (blockTop: number): number => (narrow ? blockTop - 12 : 18);
  heading(kernelX, headY(kernelTop), scene.rastered ? "Window × kernel" : "Kernel", "kernel-strong");
  heading(productX, headY(kernelTop), "Products", "muted");
  heading(outputX, 18, "Output " + String(rows.output) + " × " + String(columns.output), "output-strong");

  for (let channel = 0; channel < shown; channel++) {
    const inputY = centre(channel) - (high * cell) / 2;
    if (scene.rastered) {
      parts.push(
        kit.image(
          channel,
          inputX + columns.before * cell,
          inputY + rows.before * cell,
          columns.input * cell,
          rows.input * cell,
        ),
      );
      parts.push(
        kit.rect(inputX, inputY, wide * cell, high * cell, {
          fill: "none",
          class: "s-line",
          "stroke-dasharray": "3 3",
        }),
      );
    } else {
      scene.padded[channel].forEach((value, index) => {
        const y = Math.floor(index / wide);
        const x = index % wide;
        const inside =
          y >= rows.before &&
          y < rows.before + rows.input &&
          x >= columns.before &&
          x < columns.before + columns.input;
        const left = inputX + x * cell;
        const over = inputY + y * cell;
        if (inside) parts.push(box(left, over, cell, value, "input", scene.inputRange));
        else {
          parts.push(
            kit.rect(left + 1.5, over + 1.5, cell - 3, cell - 3, {
              fill: "none",
              class: "s-muted",
              "stroke-opacity": 0.6,
              "stroke-dasharray": "2.5 2.5",
              rx: 4,
            }),
          );
          if (cell >= 17)
            parts.push(
              kit.cellText(left, over, cell * 0.9, cell, value, scene.inputRange, { class: "f-muted" }),
            );
        }
      });
    }
    // The window moves as one: its outline and, where there is room, the weights it carries.
    const moving: string[] = [];
    weights[channel].forEach((_weight, tap) => {
      const x = (tap % columns.kernel) * columns.dilation * cell;
      const y = Math.floor(tap / columns.kernel) * rows.dilation * cell;
      const spread = rows.dilation > 1 || columns.dilation > 1;
      if (spread)
        moving.push(
          kit.rect(x + 1, y + 1, cell - 2, cell - 2, {
            fill: "none",
            class: "s-kernel-strong",
            "stroke-width": Math.min(2.5, cell / 4),
            rx: 4,
          }),
        );
      if (cell >= 30 && carries) {
        moving.push(
          kit.text(x + cell - 4, y + cell - 8, carried[channel][tap], {
            class: "f-kernel-strong",
            "text-anchor": "end",
            "font-size": Math.max(9, cell * 0.23),
            "font-weight": 600,
          }),
        );
      }
    });
    const spanX = ((columns.kernel - 1) * columns.dilation + 1) * cell;
    const spanY = ((rows.kernel - 1) * rows.dilation + 1) * cell;
    // A halo keeps the outline visible on any picture.
    if (scene.rastered)
      moving.push(
        kit.rect(0, 0, spanX, spanY, { fill: "none", class: "s-surface", "stroke-width": 6, rx: 5 }),
      );
    moving.push(
      kit.rect(0, 0, spanX, spanY, {
        fill: "none",
        class: "s-kernel-strong",
        "stroke-width": cell < 12 ? 2 : 3,
        rx: 5,
      }),
    );
    const at =
      "translate(" +
      String(inputX + column * columns.stride * cell) +
      "," +
      String(inputY + row * rows.stride * cell) +
      ")";
    parts.push(kit.element("g", { "data-move": "window" + String(channel), transform: at }, moving.join("")));

    const kernelY = kernelCentre(channel) - (rows.kernel * kernelCell) / 2;
    const productY = kernelCentre(channel) - (rows.kernel * productCell) / 2;
    if (scene.rastered) {
      // The window is small on a picture: what it reads is shown large, with the weights it carries.
      const corner = inputX + column * columns.stride * cell;
      const line = inputY + row * rows.stride * cell;
      for (const [from, to] of [
        [line, kernelY],
        [line + spanY, kernelY + rows.kernel * kernelCell],
      ]) {
        if (!narrow)
          parts.push(
            kit.line(corner + spanX, from, kernelX, to, { class: "s-kernel-strong", "stroke-opacity": 0.5 }),
          );
      }
    }
    read[channel].forEach((tap, index) => {
      const x = index % columns.kernel;
      const y = Math.floor(index / columns.kernel);
      if (scene.rastered) {
        const left = kernelX + x * kernelCell;
        const over = kernelY + y * kernelCell;
        parts.push(box(left, over, kernelCell, tap.value, "input", scene.inputRange));
        if (kernelCell >= 30 && carries)
          parts.push(
            kit.text(left + kernelCell - 3, over + kernelCell - 7, carried[channel][index], {
              class: "f-kernel-strong",
              "text-anchor": "end",
              "font-size": 10,
              "font-weight": 600,
            }),
          );
      } else
        parts.push(
          box(
            kernelX + x * kernelCell,
            kernelY + y * kernelCell,
            kernelCell,
            tap.weight,
            "kernel",
            kernelRange,
          ),
        );
      const left = productX + x * productCell;
      const over = productY + y * productCell;
      parts.push(box(left, over, productCell, tap.product, "kernel", productRange));
    });
    if (!narrow) sign((inputX + wide * cell + kernelX) / 2, centre(channel), "⊙");
    sign((kernelX + kernelWidth + productX) / 2, kernelCentre(channel), "=");
    if (scene.channels > 1) {
      const under = kernelCentre(channel) + (rows.kernel * productCell) / 2 + 10;
      parts.push(
        kit.text(productX + productWidth / 2, under, "sum " + kit.number(partials[channel], 4), {
          "text-anchor": "middle",
          "font-size": 12,
          class: "f-muted",
        }),
      );
    }
  }

  const outputY = top + (shown * bandHeight - 22) / 2 - (rows.output * cell) / 2;
  if (!narrow) sign((productX + productWidth + outputX) / 2, outputY + (rows.output * cell) / 2, "→");
  const output = scene.outputs[filter];
  if (scene.rastered) {
    parts.push(kit.image(shown + filter, outputX, outputY, columns.output * cell, rows.output * cell));
    if (state.live === 1) {
      // What is not computed yet is covered.
      const below = (rows.output - row - 1) * cell;
      const cover = { class: "f-raised" };
      parts.push(kit.rect(outputX, outputY + (row + 1) * cell, columns.output * cell, below, cover));
      parts.push(
        kit.rect(
          outputX + (column + 1) * cell,
          outputY + row * cell,
          (columns.output - column - 1) * cell,
          cell,
          cover,
        ),
      );
    }
    parts.push(
      kit.rect(outputX, outputY, columns.output * cell, rows.output * cell, {
        fill: "none",
        class: "s-line",
      }),
    );
  } else {
    output.forEach((value, index) => {
      const left = outputX + (index % columns.output) * cell;
      const over = outputY + Math.floor(index / columns.output) * cell;
      const click = "step=" + String(index);
      const later = index > step;
      let inside = later
        ? kit.rect(left + 1.5, over + 1.5, cell - 3, cell - 3, {
            class: "f-surface s-output-strong",
            "stroke-opacity": 0.35,
            rx: 4,
          })
        : box(left, over, cell, value, "output", scene.outputRange);
      if (later && state.live === 0 && cell >= 17) {
        inside += kit.cellText(left, over, cell, cell, value, scene.outputRange, {
          class: "f-muted",
          "fill-opacity": 0.75,
        });
      }
      parts.push(kit.element("g", { "data-click": click }, inside));
    });
  }
  const outline = kit.rect(0, 0, cell, cell, {
    fill: "none",
    class: "s-output-strong",
    "stroke-width": cell < 12 ? 2 : 3,
    rx: 5,
  });
  const here = "translate(" + String(outputX + column * cell) + "," + String(outputY + row * cell) + ")";
  parts.push(kit.element("g", { "data-move": "output", transform: here }, outline));

  // The sum in figures: every term where they fit, the channels' sums where they do not.
  const bias = scene.bias[filter] ?? 0;
  const signed = (value: number, first: boolean): string => {
    const digits = kit.number(Math.abs(value), 3);
    if (first) return (value < 0 ? "−" : "") + digits;
    return (value < 0 ? " − " : " + ") + digits;
  };
  const factor = (value: number): string =>
    value < 0 ? "(" + kit.number(value, 3) + ")" : kit.number(value, 3);
  let terms = "";
  if (read.flat().length <= 9) {
    terms = read
      .flat()
      .map((tap) => factor(tap.value) + "·" + factor(tap.weight))
      .join(" + ");
  } else if (scene.channels > 1 && scene.channels <= 8) {
    terms = partials.map((value, index) => signed(value, index === 0)).join("");
  } else terms = "sum of " + String(read.flat().length) + " products";
  if (bias !== 0) terms += signed(bias, false) + " (bias)";
  const result = kit.number(output[step], 4);
  const below =
    Math.max(
      top + shown * bandHeight,
      narrow ? kernelTop + shown * kernelBand : 0,
      outputY + rows.output * cell,
    ) + 16;
  const fits = Math.floor((width - 2 * margin) / 8.2);
  const lines: string[] = [];
  for (const word of (terms + " = ").split(/(?<= [+−=] )/)) {
    const last = lines.length - 1;
    if (last >= 0 && (lines[last] + word).length <= fits - 4) lines[last] += word;
    else lines.push(word);
  }
  lines.forEach((content, index) => {
    const last = index === lines.length - 1;
    const y = below + index * 22;
    const total = kit.element("tspan", { class: "f-output-strong", "font-weight": 700 }, result);
    parts.push(
      kit.element(
        "text",
        { x: margin, y: y + 5, class: "f-ink", "font-size": 16 },
        kit.escape(content) + (last ? total : ""),
      ),
    );
  });
  const foot = below + lines.length * 22 + 4;
  const hidden = scene.channels - shown;
  const place =
    "Step " +
    String(step + 1) +
    " of " +
    String(output.length) +
    ": output row " +
    String(row + 1) +
    ", column " +
    String(column + 1);
  const captions = narrow ? [place, scene.caption] : [place + "  ·  " + scene.caption];
  if (hidden > 0) captions.push(String(hidden) + " more channels are summed but not drawn.");
  captions.forEach((content, index) => {
    parts.push(kit.text(margin, foot + index * 18, content, { class: "f-muted", "font-size": 12.5 }));
  });
  const height = foot + captions.length * 18 + 4;
  const ground = kit.rect(0, 0, width, height, { class: "f-surface", rx: 8 });
  return { width, height, body: ground + parts.join(""), status: place + ": " + terms + " = " + result };
}
