import type { Axis } from "../../tensor/window.js";
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
  const [rowTaps, columnTaps] = [insideTaps(rows), insideTaps(columns)];
  eachFilter(geometry, (n, o, firstChannel, width) => {
    let at = (n * geometry.outputChannels + o) * rows.output * columns.output;
    for (let y = 0; y < rows.output; y++) {
      for (let x = 0; x < columns.output; x++) {
        let sum = bias === undefined ? 0 : bias[o];
        for (let c = 0; c < width; c++) {
          const plane = (n * geometry.inputChannels + firstChannel + c) * rows.input;
          for (let i = rowTaps.first[y]; i < rowTaps.end[y]; i++) {
            const filter = ((o * width + c) * rows.kernel + i) * columns.kernel;
            const row = (plane + cell(rows, y, i)) * columns.input;
            for (let j = columnTaps.first[x]; j < columnTaps.end[x]; j++) {
              sum += weight[filter + j] * input[row + cell(columns, x, j)];
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
  const { rows, columns, inputChannels } = geometry;
  const [rowTaps, columnTaps] = [insideTaps(rows), insideTaps(columns)];
  const cells = rows.input * columns.input;
  const sums = new Float64Array(output.length);
  if (bias !== undefined) {
    for (let at = 0; at < sums.length; at++) sums[at] = bias[Math.floor(at / cells) % inputChannels];
  }
  eachFilter(geometry, (n, o, firstChannel, width) => {
    let at = (n * geometry.outputChannels + o) * rows.output * columns.output;
    for (let y = 0; y < rows.output; y++) {
      for (let x = 0; x < columns.output; x++) {
        const received = gradient[at++];
        for (let c = 0; c < width; c++) {
          const plane = (n * inputChannels + firstChannel + c) * rows.input;
          for (let i = rowTaps.first[y]; i < rowTaps.end[y]; i++) {
            const filter = ((o * width + c) * rows.kernel + i) * columns.kernel;
            const row = (plane + cell(rows, y, i)) * columns.input;
            for (let j = columnTaps.first[x]; j < columnTaps.end[x]; j++) {
              sums[row + cell(columns, x, j)] += weight[filter + j] * received;
            }
          }
        }
      }
    }
  });
  output.set(sums);
}

/** Each weight's gradient: what it multiplied, times the gradient of where the product went. */
export function conv2dWeightGradient(
  input: Numbers,
  gradient: Numbers,
  output: Numbers,
  geometry: ConvGeometry,
): void {
  const { rows, columns } = geometry;
  const [rowTaps, columnTaps] = [insideTaps(rows), insideTaps(columns)];
  const sums = new Float64Array(output.length);
  eachFilter(geometry, (n, o, firstChannel, width) => {
    let at = (n * geometry.outputChannels + o) * rows.output * columns.output;
    for (let y = 0; y < rows.output; y++) {
      for (let x = 0; x < columns.output; x++) {
        const received = gradient[at++];
        for (let c = 0; c < width; c++) {
          const plane = (n * geometry.inputChannels + firstChannel + c) * rows.input;
          for (let i = rowTaps.first[y]; i < rowTaps.end[y]; i++) {
            const filter = ((o * width + c) * rows.kernel + i) * columns.kernel;
            const row = (plane + cell(rows, y, i)) * columns.input;
            for (let j = columnTaps.first[x]; j < columnTaps.end[x]; j++) {
              sums[filter + j] += input[row + cell(columns, x, j)] * received;
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

/** col2im: the numbers of each window's column added to the cells that it read. */
export function fold(
  input: Numbers,
  output: Numbers,
  { batch, inputChannels, rows, columns }: ConvGeometry,
): void {
  const sums = new Float64Array(output.length);
  let column = 0;
  for (let plane = 0; plane < batch * inputChannels; plane++) {
    for (let i = 0; i < rows.kernel; i++) {
      for (let j = 0; j < columns.kernel; j++) {
        for (let y = 0; y < rows.output; y++) {
          const row = cell(rows, y, i);
          for (let x = 0; x < columns.output; x++) {
            const to = cell(columns, x, j);
            const inside = row >= 0 && row < rows.input && to >= 0 && to < columns.input;
            if (inside) sums[(plane * rows.input + row) * columns.input + to] += input[column];
            column++;
          }
        }
      }
    }
  }
  output.set(sums);
}

/** The input cell that tap `tap` of window `index` reads. */
function cell(axis: Axis, index: number, tap: number): number {
  return index * axis.stride - axis.before + tap * axis.dilation;
}

/** For each window, the taps from `first` up to, not including, `end` read the input, the others padding. */
function insideTaps(axis: Axis): { first: number[]; end: number[] } {
  const windows = Array.from({ length: axis.output }, (_, index) => cell(axis, index, 0));
  const reach = (start: number, limit: number): number =>
    Math.min(axis.kernel, Math.max(0, Math.ceil((limit - start) / axis.dilation)));
  return {
    first: windows.map((start) => reach(start, 0)),
    end: windows.map((start) => reach(start, axis.input)),
  };
}

/** Visits every image n and filter o, with the first of the channels that the filter's group reads and their number. */
function eachFilter(
  { batch, inputChannels, outputChannels, groups }: ConvGeometry,
  visit: (n: number, o: number, firstChannel: number, width: number) => void,
): void {
  const width = inputChannels / groups;
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputChannels; o++) {
      visit(n, o, Math.floor((o * groups) / outputChannels) * width, width);
    }
  }
}
