import { adaptiveWindows, type Axis, taps } from "../../tensor/window.js";
import type { AverageOptions, Cells, Numbers, PickGeometry, PoolGeometry, PoolKind } from "../backend.js";

/** The first extreme number of each window. Cells of the padding do not exist, so they never win. */
export function pool2d(
  kind: PoolKind,
  input: Numbers,
  output: Numbers,
  indices: Cells | Numbers | undefined,
  geometry: PoolGeometry,
): void {
  extremes(kind, input, output, indices, geometry, insideTaps(geometry.rows), insideTaps(geometry.columns));
}

export function adaptivePool2d(
  kind: PoolKind,
  input: Numbers,
  output: Numbers,
  indices: Cells | Numbers | undefined,
  geometry: PoolGeometry,
): void {
  extremes(
    kind,
    input,
    output,
    indices,
    geometry,
    adaptiveCells(geometry.rows),
    adaptiveCells(geometry.columns),
  );
}

function extremes(
  kind: PoolKind,
  input: Numbers,
  output: Numbers,
  indices: Cells | Numbers | undefined,
  geometry: PoolGeometry,
  rowCells: number[][],
  columnCells: number[][],
): void {
  const { planes, rows, columns } = geometry;
  let at = 0;
  for (let plane = 0; plane < planes; plane++) {
    const start = plane * rows.input * columns.input;
    for (const ys of rowCells) {
      for (const xs of columnCells) {
        let best = kind === "max" ? -Infinity : Infinity;
        // As PyTorch: where nothing beats infinity, the first cell is named.
        let winner = ys.length === 0 || xs.length === 0 ? -1 : ys[0] * columns.input + xs[0];
        for (const y of ys) {
          for (const x of xs) {
            const cell = y * columns.input + x;
            const value = input[start + cell];
            if ((kind === "max" ? value > best : value < best) || Number.isNaN(value)) {
              best = value;
              winner = cell;
            }
          }
        }
        if (indices !== undefined) indices[at] = winner;
        output[at++] = best;
      }
    }
  }
}

/** The mean of each window. */
export function averagePool2d(
  input: Numbers,
  output: Numbers,
  geometry: PoolGeometry,
  options: AverageOptions,
): void {
  eachAverage(geometry, options, (at, start, ys, xs, divisor) => {
    let sum = 0;
    for (const y of ys) {
      for (const x of xs) sum += input[start + y * geometry.columns.input + x];
    }
    output[at] = sum / divisor;
  });
}

/** Each window gives its gradient in equal parts to the cells it read. */
export function averagePool2dGradient(
  gradient: Numbers,
  output: Numbers,
  geometry: PoolGeometry,
  options: AverageOptions,
): void {
  const sums = new Float64Array(output.length);
  eachAverage(geometry, options, (at, start, ys, xs, divisor) => {
    for (const y of ys) {
      for (const x of xs) sums[start + y * geometry.columns.input + x] += gradient[at] / divisor;
    }
  });
  output.set(sums);
}

/** Visits every window, with where its plane starts, the rows and columns it reads, and what it divides by. */
function eachAverage(
  { planes, rows, columns }: PoolGeometry,
  { countIncludePad, divisor }: AverageOptions,
  visit: (at: number, start: number, ys: number[], xs: number[], divisor: number) => void,
): void {
  const rowTaps = insideTaps(rows);
  const columnTaps = insideTaps(columns);
  const rowCounts = countIncludePad ? paddedCounts(rows) : rowTaps.map((cells) => cells.length);
  const columnCounts = countIncludePad ? paddedCounts(columns) : columnTaps.map((cells) => cells.length);
  let at = 0;
  for (let plane = 0; plane < planes; plane++) {
    const start = plane * rows.input * columns.input;
    rowTaps.forEach((ys, row) => {
      columnTaps.forEach((xs, column) => {
        visit(at++, start, ys, xs, divisor ?? rowCounts[row] * columnCounts[column]);
      });
    });
  }
}

export function scatterAdd(values: Numbers, indices: Cells, output: Numbers, geometry: PickGeometry): void {
  const sums = new Float64Array(output.length);
  eachPick(geometry, indices, (small, large) => (sums[large] += values[small]));
  output.set(sums);
}

export function scatter(values: Numbers, indices: Cells, output: Numbers, geometry: PickGeometry): void {
  output.fill(0);
  eachPick(geometry, indices, (small, large) => (output[large] = values[small]));
}

export function gather(input: Numbers, indices: Cells, output: Numbers, geometry: PickGeometry): void {
  output.fill(0);
  eachPick(geometry, indices, (small, large) => (output[small] = input[large]));
}

function eachPick(
  { planes, large, small }: PickGeometry,
  indices: Cells,
  visit: (small: number, large: number) => void,
): void {
  for (let plane = 0; plane < planes; plane++) {
    for (let at = plane * small; at < (plane + 1) * small; at++) {
      if (indices[at] >= 0) visit(at, plane * large + indices[at]);
    }
  }
}

/** For each window, the cells of the input that it reads. */
function insideTaps(axis: Axis): number[][] {
  return Array.from({ length: axis.output }, (_, index) =>
    taps(axis, index).filter((cell) => cell >= 0 && cell < axis.input),
  );
}

/** For each window, its cells on the padded input: ceil mode's overhang does not count. */
function paddedCounts(axis: Axis): number[] {
  return Array.from(
    { length: axis.output },
    (_, index) => taps(axis, index).filter((cell) => cell < axis.input + axis.after).length,
  );
}

/** For each adaptive window, the cells that it reads. */
function adaptiveCells(axis: Axis): number[][] {
  return adaptiveWindows(axis).map(([start, end]) =>
    Array.from({ length: end - start }, (_, step) => start + step),
  );
}
