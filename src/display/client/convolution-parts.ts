import type { State } from "./contract.js";
import type { ConvolutionScene, Layout, Tap } from "./convolution.js";
import type { Kit, ValueRange } from "./kit.js";

/** One channel of the padded input, with the window on it. */
export function drawInput(
  scene: ConvolutionScene,
  layout: Layout,
  channel: number,
  weights: readonly string[],
  kit: Kit,
): string {
  const { rows, columns } = scene;
  const { cell, wide, high, inputX, row, column } = layout;
  const parts: string[] = [];
  const inputY = layout.centre(channel) - (high * cell) / 2;
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
      if (inside) parts.push(kit.cell(left, over, cell, value, "input", scene.inputRange));
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
  scene.kernels[0][channel].forEach((_weight, tap) => {
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
    if (cell >= 30 && weights.length > 0) {
      moving.push(
        kit.text(x + cell - 4, y + cell - 8, weights[tap], {
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
    moving.push(kit.rect(0, 0, spanX, spanY, { fill: "none", class: "s-surface", "stroke-width": 6, rx: 5 }));
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

  return parts.join("");
}

/** What the window reads times the kernel: the weights (or, on a picture, what is read) and the products. */
export function drawProducts(
  scene: ConvolutionScene,
  layout: Layout,
  channel: number,
  taps: readonly Tap[],
  weights: readonly string[],
  ranges: { readonly kernel: ValueRange; readonly products: ValueRange },
  kit: Kit,
): string {
  const { rows, columns } = scene;
  const { cell, high, row, column, inputX, kernelX, kernelCell, productX, productCell } = layout;
  const parts: string[] = [];
  const kernelY = layout.kernelCentre(channel) - (rows.kernel * kernelCell) / 2;
  const productY = layout.kernelCentre(channel) - (rows.kernel * productCell) / 2;
  if (scene.rastered) {
    // The window is small on a picture: what it reads is shown large, with the weights it carries.
    const inputY = layout.centre(channel) - (high * cell) / 2;
    const spanX = ((columns.kernel - 1) * columns.dilation + 1) * cell;
    const spanY = ((rows.kernel - 1) * rows.dilation + 1) * cell;
    const corner = inputX + column * columns.stride * cell;
    const line = inputY + row * rows.stride * cell;
    for (const [from, to] of [
      [line, kernelY],
      [line + spanY, kernelY + rows.kernel * kernelCell],
    ]) {
      if (!layout.narrow)
        parts.push(
          kit.line(corner + spanX, from, kernelX, to, { class: "s-kernel-strong", "stroke-opacity": 0.5 }),
        );
    }
  }
  taps.forEach((tap, index) => {
    const x = index % columns.kernel;
    const y = Math.floor(index / columns.kernel);
    if (scene.rastered) {
      const left = kernelX + x * kernelCell;
      const over = kernelY + y * kernelCell;
      parts.push(kit.cell(left, over, kernelCell, tap.value, "input", scene.inputRange));
      if (kernelCell >= 30 && weights.length > 0)
        parts.push(
          kit.text(left + kernelCell - 3, over + kernelCell - 7, weights[index], {
            class: "f-kernel-strong",
            "text-anchor": "end",
            "font-size": 10,
            "font-weight": 600,
          }),
        );
    } else
      parts.push(
        kit.cell(
          kernelX + x * kernelCell,
          kernelY + y * kernelCell,
          kernelCell,
          tap.weight,
          "kernel",
          ranges.kernel,
        ),
      );
    const left = productX + x * productCell;
    const over = productY + y * productCell;
    parts.push(kit.cell(left, over, productCell, tap.product, "kernel", ranges.products));
  });
  return parts.join("");
}

/** The output up to this step; what comes later is pale until the figure is touched, and then hidden. */
export function drawOutput(scene: ConvolutionScene, layout: Layout, state: State, kit: Kit): string {
  const { rows, columns } = scene;
  const { cell, step, row, column, outputX, outputY, shown } = layout;
  const filter = state.filter ?? 0;
  const parts: string[] = [];
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
    scene.outputs[filter].forEach((value, index) => {
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
        : kit.cell(left, over, cell, value, "output", scene.outputRange);
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

  return parts.join("");
}

/** The sum in figures: every term where they fit, the channels' sums where they do not. */
export function writeSum(read: readonly (readonly Tap[])[], bias: number, kit: Kit): string {
  const signed = (value: number, first: boolean): string => {
    const digits = kit.number(Math.abs(value), 3);
    if (first) return (value < 0 ? "−" : "") + digits;
    return (value < 0 ? " − " : " + ") + digits;
  };
  const factor = (value: number): string =>
    value < 0 ? "(" + kit.number(value, 3) + ")" : kit.number(value, 3);
  const partials = read.map((taps) => taps.reduce((sum, tap) => sum + tap.product, 0));
  let terms = "";
  if (read.flat().length <= 9) {
    terms = read
      .flat()
      .map((tap) => factor(tap.value) + "·" + factor(tap.weight))
      .join(" + ");
  } else if (read.length > 1 && read.length <= 8) {
    terms = partials.map((value, index) => signed(value, index === 0)).join("");
  } else terms = "sum of " + String(read.flat().length) + " products";
  if (bias !== 0) terms += signed(bias, false) + " (bias)";
  return terms;
}
