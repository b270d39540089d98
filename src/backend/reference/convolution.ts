import { type Axis, taps } from "../../tensor/window.js";
import type { BiasGeometry, ConvGeometry, Numbers } from "../backend.js";

/**
 * output[n, o, y, x] = bias[o] + Σ_c Σ_i Σ_j weight[o, c, i, j] · input[n, c, s·y + d·i − p, s·x + d·j − p]:
 * the lecture's convolution, which is a cross-correlation. Numbers outside the input are zero and are left out.
 * Sums are taken in double precision and rounded once.
 */
export function conv2d(
  input: Numbers,
  weight: Numbers,
  bias: Numbers | undefined,
  output: Numbers,
  geometry: ConvGeometry,
): void {
  const { rows, columns } = geometry;
  eachPair(geometry, (n, o, channels, weightOf) => {
    let at = (n * geometry.outputChannels + o) * rows.output * columns.output;
    for (const ys of reads(rows)) {
      for (const xs of reads(columns)) {
        let sum = bias === undefined ? 0 : bias[o];
        for (const c of channels) {
          const plane = (n * geometry.inputChannels + c) * rows.input;
          const filter = weightOf(c);
          for (const [i, y] of ys) {
            for (const [j, x] of xs) {
              sum += weight[filter + i * columns.kernel + j] * input[(plane + y) * columns.input + x];
            }
          }
        }
        output[at++] = sum;
      }
    }
  });
}

/** The transpose: every output cell gives its gradient, times the weight, back to each cell it read. */
export function conv2dInputGradient(
  gradient: Numbers,
  weight: Numbers,
  bias: Numbers | undefined,
  output: Numbers,
  geometry: ConvGeometry,
): void {
  const { rows, columns } = geometry;
  const cells = rows.input * columns.input;
  const sums = new Float64Array(output.length);
  eachPair(geometry, (n, o, channels, weightOf) => {
    let at = (n * geometry.outputChannels + o) * rows.output * columns.output;
    for (const ys of reads(rows)) {
      for (const xs of reads(columns)) {
        const received = gradient[at++];
        for (const c of channels) {
          const plane = (n * geometry.inputChannels + c) * rows.input;
          const filter = weightOf(c);
          for (const [i, y] of ys) {
            for (const [j, x] of xs) {
              sums[(plane + y) * columns.input + x] += weight[filter + i * columns.kernel + j] * received;
            }
          }
        }
      }
    }
  });
  for (let at = 0; at < output.length; at++) {
    const channel = Math.floor(at / cells) % geometry.inputChannels;
    output[at] = sums[at] + (bias === undefined ? 0 : bias[channel]);
  }
}

/** Each weight's gradient: what it multiplied, times the gradient of where the product went. */
export function conv2dWeightGradient(
  input: Numbers,
  gradient: Numbers,
  output: Numbers,
  geometry: ConvGeometry,
): void {
  const { rows, columns } = geometry;
  const sums = new Float64Array(output.length);
  eachPair(geometry, (n, o, channels, weightOf) => {
    let at = (n * geometry.outputChannels + o) * rows.output * columns.output;
    for (const ys of reads(rows)) {
      for (const xs of reads(columns)) {
        const received = gradient[at++];
        for (const c of channels) {
          const plane = (n * geometry.inputChannels + c) * rows.input;
          const filter = weightOf(c);
          for (const [i, y] of ys) {
            for (const [j, x] of xs) {
              sums[filter + i * columns.kernel + j] += input[(plane + y) * columns.input + x] * received;
            }
          }
        }
      }
    }
  });
  output.set(sums);
}

export function conv2dBiasGradient(gradient: Numbers, output: Numbers, geometry: BiasGeometry): void {
  const { batch, channels, cells } = geometry;
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (let n = 0; n < batch; n++) {
      const start = (n * channels + channel) * cells;
      for (let at = start; at < start + cells; at++) sum += gradient[at];
    }
    output[channel] = sum;
  }
}

/** im2col: one column for each window, one row for each channel and tap. */
export function unfold(input: Numbers, output: Numbers, geometry: ConvGeometry): void {
  eachTap(geometry, (column, cell) => {
    output[column] = cell === undefined ? 0 : input[cell];
  });
}

/** col2im: the transpose of `unfold`. */
export function fold(input: Numbers, output: Numbers, geometry: ConvGeometry): void {
  const sums = new Float64Array(output.length);
  eachTap(geometry, (column, cell) => {
    if (cell !== undefined) sums[cell] += input[column];
  });
  output.set(sums);
}

function eachTap(geometry: ConvGeometry, visit: (column: number, cell: number | undefined) => void): void {
  const { batch, inputChannels, rows, columns } = geometry;
  let column = 0;
  for (let plane = 0; plane < batch * inputChannels; plane++) {
    for (let i = 0; i < rows.kernel; i++) {
      for (let j = 0; j < columns.kernel; j++) {
        for (let row = 0; row < rows.output; row++) {
          const y = row * rows.stride - rows.before + i * rows.dilation;
          for (let window = 0; window < columns.output; window++) {
            const x = window * columns.stride - columns.before + j * columns.dilation;
            const inside = y >= 0 && y < rows.input && x >= 0 && x < columns.input;
            visit(column++, inside ? (plane * rows.input + y) * columns.input + x : undefined);
          }
        }
      }
    }
  }
}

/** For each window of an axis, the taps that read the input: [tap, cell]. Taps in the padding read zero. */
function reads(axis: Axis): (readonly [number, number])[][] {
  return Array.from({ length: axis.output }, (_, index) =>
    taps(axis, index)
      .map((cell, tap) => [tap, cell] as const)
      .filter(([, cell]) => cell >= 0 && cell < axis.input),
  );
}

/**
 * Visits every image n and output channel o, with the input channels that o's group reads and, for each of
 * them, where its filter starts in the weights.
 */
function eachPair(
  geometry: ConvGeometry,
  visit: (n: number, o: number, channels: number[], weightOf: (c: number) => number) => void,
): void {
  const { batch, inputChannels, outputChannels, groups, rows, columns } = geometry;
  const width = inputChannels / groups;
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputChannels; o++) {
      const first = Math.floor(o / (outputChannels / groups)) * width;
      const channels = Array.from({ length: width }, (_, index) => first + index);
      visit(n, o, channels, (c) => (o * width + c - first) * rows.kernel * columns.kernel);
    }
  }
}
