import type { Drawing, State } from "./contract.js";
import type { drawInput, drawOutput, drawProducts, writeSum } from "./convolution-parts.js";
import type { Kit, ValueRange } from "./kit.js";
import type { Packed, unpack } from "./packed.js";

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
  /** The first channels of the padded input, at least those drawn, row by row; none where they are rasters. */
  readonly padded: readonly (readonly number[])[];
  /** The channels after those. */
  readonly packed: readonly Packed[];
  /** Filter by filter, channel by channel, the weights. */
  readonly kernels: readonly (readonly (readonly number[])[])[];
  readonly bias: readonly number[];
  /** Filter by filter, the output; not given where it is a raster. */
  readonly outputs: readonly (readonly number[])[];
  readonly inputRange: ValueRange;
  readonly outputRange: ValueRange;
  /** Whether input and output are drawn as rasters: input channels first, then outputs. */
  readonly rastered: boolean;
  readonly caption: string;
}

/** One product of a window. */
export interface Tap {
  readonly value: number;
  readonly weight: number;
  readonly product: number;
}

/** Where everything stands in a step. */
export interface Layout {
  readonly narrow: boolean;
  readonly step: number;
  readonly row: number;
  readonly column: number;
  /** The padded input's cells, and the side of one. */
  readonly high: number;
  readonly wide: number;
  readonly cell: number;
  readonly kernelCell: number;
  readonly productCell: number;
  /** Channels drawn. */
  readonly shown: number;
  readonly inputX: number;
  readonly kernelX: number;
  readonly productX: number;
  readonly outputX: number;
  readonly outputY: number;
  /** The middle of a channel's input, and of its kernel. */
  readonly centre: (channel: number) => number;
  readonly kernelCentre: (channel: number) => number;
}

/** The functions that `drawConvolution` is made of, which go to the page with it. */
export interface ConvolutionPieces {
  readonly unpack: typeof unpack;
  readonly drawInput: typeof drawInput;
  readonly drawProducts: typeof drawProducts;
  readonly drawOutput: typeof drawOutput;
  readonly writeSum: typeof writeSum;
}

/** Input ⊙ kernel = products, summed into the output's cell of this step. */
export function drawConvolution(
  scene: ConvolutionScene,
  state: State,
  kit: Kit,
  pieces: ConvolutionPieces,
): Drawing {
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
  // What each channel's window multiplies, tap by tap.
  const read = weights.map((channelWeights, channel) =>
    channelWeights.map((weight, tap) => {
      const y = row * rows.stride + Math.floor(tap / columns.kernel) * rows.dilation;
      const x = column * columns.stride + (tap % columns.kernel) * columns.dilation;
      const at = y * wide + x;
      const written = scene.padded.length;
      const value =
        channel < written ? scene.padded[channel][at] : pieces.unpack(scene.packed[channel - written], at);
      return { value, weight, product: value * weight };
    }),
  );
  const partials = read.map((taps) => taps.reduce((sum, tap) => sum + tap.product, 0));
  // The weights that the window carries along, where there is room.
  const written = weights.map((channel) => channel.map((weight) => "×" + kit.number(weight, 2)));
  const carried = written.flat().every((content) => content.length < 6) ? written : written.map(() => []);
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

  const outputY = top + (shown * bandHeight - 22) / 2 - (rows.output * cell) / 2;
  const layout: Layout = {
    narrow,
    step,
    row,
    column,
    high,
    wide,
    cell,
    kernelCell,
    productCell,
    shown,
    inputX,
    kernelX,
    productX,
    outputX,
    outputY,
    centre,
    kernelCentre,
  };

  heading(inputX, 18, "Input " + String(rows.input) + " × " + String(columns.input), "input-strong");
  const headY = (blockTop: number): number => (narrow ? blockTop - 12 : 18);
  heading(kernelX, headY(kernelTop), scene.rastered ? "Window × kernel" : "Kernel", "kernel-strong");
  heading(productX, headY(kernelTop), "Products", "muted");
  heading(outputX, 18, "Output " + String(rows.output) + " × " + String(columns.output), "output-strong");

  for (let channel = 0; channel < shown; channel++) {
    parts.push(pieces.drawInput(scene, layout, channel, carried[channel], kit));
    const ranges = { kernel: kernelRange, products: productRange };
    parts.push(pieces.drawProducts(scene, layout, channel, read[channel], carried[channel], ranges, kit));
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

  if (!narrow) sign((productX + productWidth + outputX) / 2, outputY + (rows.output * cell) / 2, "→");
  parts.push(pieces.drawOutput(scene, layout, state, kit));
  const bias = scene.bias[filter] ?? 0;
  const terms = pieces.writeSum(read, bias, kit);
  // A picture's values are rounded to be sent, and its output is added up here.
  const exact = scene.packed.every((one) => one.exact);
  const sum = partials.reduce((all, one) => all + one, bias);
  const result = kit.number(scene.rastered ? sum : scene.outputs[filter][step], exact ? 4 : 3);
  const equals = exact ? " = " : " ≈ ";
  const below =
    Math.max(
      top + shown * bandHeight,
      narrow ? kernelTop + shown * kernelBand : 0,
      outputY + rows.output * cell,
    ) + 16;
  const fits = Math.floor((width - 2 * margin) / 8.2);
  const lines: string[] = [];
  for (const word of (terms + equals).split(/(?<= [+−=≈] )/)) {
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
    String(rows.output * columns.output) +
    ": output row " +
    String(row + 1) +
    ", column " +
    String(column + 1);
  const captions = narrow ? [place, scene.caption] : [place + "  ·  " + scene.caption];
  if (hidden > 0)
    captions.push(kit.counted(hidden, "more channel is", "more channels are") + " summed but not drawn.");
  const captionLines = captions.flatMap((content) => kit.wrap(content, narrow ? 60 : 116));
  captionLines.forEach((content, index) => {
    parts.push(kit.text(margin, foot + index * 18, content, { class: "f-muted", "font-size": 12.5 }));
  });
  const height = foot + captionLines.length * 18 + 4;
  const ground = kit.rect(0, 0, width, height, { class: "f-surface", rx: 8 });
  return { width, height, body: ground + parts.join(""), status: place + ": " + terms + equals + result };
}
