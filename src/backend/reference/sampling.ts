import type { Cells, Numbers, SampleGeometry } from "../backend.js";

export function sample(
  input: Numbers,
  cells: Cells,
  weights: Numbers,
  output: Numbers,
  geometry: SampleGeometry,
): void {
  const sums = new Float64Array(output.length);
  eachRead(geometry, cells, (large, small, tap) => (sums[small] += weights[tap] * input[large]));
  output.set(sums);
}

export function sampleGradient(
  gradient: Numbers,
  cells: Cells,
  weights: Numbers,
  output: Numbers,
  geometry: SampleGeometry,
): void {
  const sums = new Float64Array(output.length);
  eachRead(geometry, cells, (large, small, tap) => (sums[large] += weights[tap] * gradient[small]));
  output.set(sums);
}

export function sampleWeightGradient(
  gradient: Numbers,
  input: Numbers,
  cells: Cells,
  output: Numbers,
  geometry: SampleGeometry,
): void {
  const sums = new Float64Array(output.length);
  eachRead(geometry, cells, (large, small, tap) => (sums[tap] += gradient[small] * input[large]));
  output.set(sums);
}

/** Visits every reading: where in the large planes, where in the small ones, and which tap. */
function eachRead(
  { batch, channels, taps, large, small }: SampleGeometry,
  cells: Cells,
  visit: (large: number, small: number, tap: number) => void,
): void {
  for (let n = 0; n < batch; n++) {
    for (let channel = 0; channel < channels; channel++) {
      const plane = n * channels + channel;
      for (let tap = n * taps * small; tap < (n + 1) * taps * small; tap++) {
        if (cells[tap] >= 0) visit(plane * large + cells[tap], plane * small + (tap % small), tap);
      }
    }
  }
}
