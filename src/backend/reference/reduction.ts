import type {
  Cells,
  LineGeometry,
  Numbers,
  PoolKind,
  ReduceGeometry,
  ReduceKind,
  TopGeometry,
} from "../backend.js";

export function reduce(kind: ReduceKind, input: Numbers, output: Numbers, geometry: ReduceGeometry): void {
  const { shape, reduced } = geometry;
  const start = kind === "max" ? -Infinity : kind === "min" ? Infinity : 0;
  const results = new Float64Array(output.length).fill(start);
  const strides = outputStrides(shape, reduced);
  const cell = new Array<number>(shape.length).fill(0);
  let to = 0;
  for (const value of input) {
    if (kind === "max") results[to] = Math.max(results[to], value);
    else if (kind === "min") results[to] = Math.min(results[to], value);
    else results[to] += value;
    for (let dimension = shape.length - 1; dimension >= 0; dimension--) {
      to += strides[dimension];
      cell[dimension] += 1;
      if (cell[dimension] < shape[dimension]) break;
      to -= strides[dimension] * shape[dimension];
      cell[dimension] = 0;
    }
  }
  const count = shape.reduce(
    (product, side, dimension) => (reduced[dimension] ? product * side : product),
    1,
  );
  for (let at = 0; at < output.length; at++) output[at] = kind === "mean" ? results[at] / count : results[at];
}

/** Where each dimension leads in the result: nowhere if it is reduced. */
function outputStrides(shape: readonly number[], reduced: readonly boolean[]): number[] {
  const strides = new Array<number>(shape.length).fill(0);
  let step = 1;
  for (let dimension = shape.length - 1; dimension >= 0; dimension--) {
    if (reduced[dimension]) continue;
    strides[dimension] = step;
    step *= shape[dimension];
  }
  return strides;
}

export function argReduce(kind: PoolKind, input: Numbers, output: Numbers, geometry: LineGeometry): void {
  eachLine(geometry, (line, to) => {
    let best = 0;
    line.forEach((at, index) => {
      const value = input[at];
      const leader = input[line[best]];
      // NaN counts as the extreme, as in PyTorch.
      if (Number.isNaN(leader)) return;
      if ((kind === "max" ? value > leader : value < leader) || Number.isNaN(value)) best = index;
    });
    output[to] = best;
  });
}

export function topPositions(
  kind: PoolKind,
  input: Numbers,
  positions: Cells,
  { count, ...lines }: TopGeometry,
): void {
  eachLine(lines, (line, to) => {
    const order = Array.from(line, (_, index) => index);
    // The sort is stable: equals keep their order.
    order.sort((a, b) => compare(input[line[b]], input[line[a]]) * (kind === "max" ? 1 : -1));
    const start = Math.floor(to / lines.inner) * count * lines.inner + (to % lines.inner);
    for (let rank = 0; rank < count; rank++) positions[start + rank * lines.inner] = order[rank];
  });
}

/** Less than 0, 0 or more: as a is below b, beside it or above it. NaN is above everything, as in PyTorch. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

export function cumulate(input: Numbers, output: Numbers, lines: LineGeometry, backwards: boolean): void {
  eachLine(lines, (line) => {
    let sum = 0;
    for (const at of backwards ? line.reverse() : line) {
      sum += input[at];
      output[at] = sum;
    }
  });
}

/** eˣ / Σ eˣ along each line, with the largest x taken off first so that nothing overflows. */
export function softmax(input: Numbers, output: Numbers, geometry: LineGeometry): void {
  eachLine(geometry, (line) => {
    const [largest, sum] = normaliser(input, line);
    for (const at of line) output[at] = Math.exp(input[at] - largest) / sum;
  });
}

export function logSoftmax(input: Numbers, output: Numbers, geometry: LineGeometry): void {
  eachLine(geometry, (line) => {
    const [largest, sum] = normaliser(input, line);
    for (const at of line) output[at] = input[at] - largest - Math.log(sum);
  });
}

/** The largest x of a line, and Σ e^(x − largest). */
function normaliser(input: Numbers, line: number[]): [number, number] {
  const largest = line.reduce((best, at) => Math.max(best, input[at]), -Infinity);
  return [largest, line.reduce((total, at) => total + Math.exp(input[at] - largest), 0)];
}

/** Visits every line: the places of its numbers, and its place in the result. */
function eachLine({ outer, length, inner }: LineGeometry, visit: (line: number[], to: number) => void): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      visit(
        Array.from({ length }, (_, index) => (o * length + index) * inner + i),
        o * inner + i,
      );
    }
  }
}
