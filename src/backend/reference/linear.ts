import type { MatmulGeometry, Numbers, ResampleGeometry } from "../backend.js";

/** output[y, x] = Σ_i Σ_j rowWeight[y, i] · columnWeight[x, j] · input[rowIndex[y, i], columnIndex[x, j]]. */
export function resample(input: Numbers, output: Numbers, geometry: ResampleGeometry): void {
  eachSample(geometry, (at, first, last, read) => {
    let sum = 0;
    for (let tap = first; tap < last; tap++) read(tap, (cell, weight) => (sum += weight * input[cell]));
    output[at] = sum;
  });
}

/** The transpose: each output cell gives its gradient, times the weight, to the cells it read. */
export function resampleGradient(gradient: Numbers, output: Numbers, geometry: ResampleGeometry): void {
  const sums = new Float64Array(output.length);
  eachSample(geometry, (at, first, last, read) => {
    for (let tap = first; tap < last; tap++) {
      read(tap, (cell, weight) => (sums[cell] += weight * gradient[at]));
    }
  });
  output.set(sums);
}

type Read = (tap: number, visit: (cell: number, weight: number) => void) => void;

/** Visits every output cell with the taps of its row, each of which reads the taps of its column. */
function eachSample(
  { planes, rows, columns }: ResampleGeometry,
  visit: (at: number, first: number, last: number, read: Read) => void,
): void {
  let at = 0;
  for (let plane = 0; plane < planes; plane++) {
    for (let row = 0; row < rows.output; row++) {
      for (let column = 0; column < columns.output; column++) {
        visit(at++, row * rows.taps, (row + 1) * rows.taps, (tap, take) => {
          if (rows.weight[tap] === 0) return;
          const start = (plane * rows.input + rows.index[tap]) * columns.input;
          for (let other = column * columns.taps; other < (column + 1) * columns.taps; other++) {
            // A tap of weight 0 reads nothing: otherwise 0 · Infinity would give NaN.
            const weight = columns.weight[other];
            if (weight !== 0) take(start + columns.index[other], rows.weight[tap] * weight);
          }
        });
      }
    }
  }
}

/** output[n, r, c] = Σ_k a[n, r, k] · b[n, k, c]. */
export function matmul(a: Numbers, b: Numbers, output: Numbers, geometry: MatmulGeometry): void {
  const { batch, rows, inner, columns, transposeA, transposeB, aStep, bStep } = geometry;
  const [aRow, aInner] = transposeA ? [1, rows] : [inner, 1];
  const [bInner, bColumn] = transposeB ? [1, inner] : [columns, 1];
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let k = 0; k < inner; k++) {
          sum += a[n * aStep + row * aRow + k * aInner] * b[n * bStep + k * bInner + column * bColumn];
        }
        output[at++] = sum;
      }
    }
  }
}
