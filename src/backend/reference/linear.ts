import type { MatmulGeometry, Numbers, ResampleGeometry } from "../backend.js";

/** output[y, x] = Σ_i Σ_j rowWeight[y, i] · columnWeight[x, j] · input[rowIndex[y, i], columnIndex[x, j]]. */
export function resample(input: Numbers, output: Numbers, geometry: ResampleGeometry): void {
  const sums = new Float64Array(output.length);
  eachTap(geometry, (to, from, weight) => {
    sums[to] += weight * input[from];
  });
  output.set(sums);
}

/** The transpose: each output cell gives its gradient, times the weight, to the cells it read. */
export function resampleGradient(gradient: Numbers, output: Numbers, geometry: ResampleGeometry): void {
  const sums = new Float64Array(output.length);
  eachTap(geometry, (from, to, weight) => {
    sums[to] += weight * gradient[from];
  });
  output.set(sums);
}

/** Visits every output cell with each input cell it reads and the product of the two tables' weights. */
function eachTap(
  { planes, rows, columns }: ResampleGeometry,
  visit: (output: number, input: number, weight: number) => void,
): void {
  let at = 0;
  for (let plane = 0; plane < planes; plane++) {
    for (let y = 0; y < rows.output; y++) {
      for (let x = 0; x < columns.output; x++, at++) {
        for (let i = y * rows.taps; i < (y + 1) * rows.taps; i++) {
          const row = (plane * rows.input + rows.index[i]) * columns.input;
          for (let j = x * columns.taps; j < (x + 1) * columns.taps; j++) {
            const weight = rows.weight[i] * columns.weight[j];
            // A tap of weight 0 reads nothing: otherwise 0 · Infinity would give NaN.
            if (weight !== 0) visit(at, row + columns.index[j], weight);
          }
        }
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
