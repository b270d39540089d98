/**
 * Magnitudes of the 2-D discrete Fourier transform of a map without its mean, divided by the number of cells;
 * the zero frequency stands in the middle. What is not finite counts as the mean. Rows first, then columns: fine for the small maps that figures show.
 */
export function spectrumOf(values: Float32Array, width: number, height: number): number[][] {
  const finite = values.filter((value) => Number.isFinite(value));
  const mean = finite.reduce((sum, value) => sum + value, 0) / Math.max(1, finite.length);
  const real = Float64Array.from(values, (value) => (Number.isFinite(value) ? value - mean : 0));
  const imaginary = new Float64Array(values.length);
  for (let row = 0; row < height; row++) transform(real, imaginary, row * width, 1, width);
  for (let column = 0; column < width; column++) transform(real, imaginary, column, width, height);
  const at = (row: number, column: number): number => {
    const index = ((row + height) % height) * width + ((column + width) % width);
    return Math.hypot(real[index], imaginary[index]) / values.length;
  };
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (_, column) =>
      at(row - Math.floor(height / 2), column - Math.floor(width / 2)),
    ),
  );
}

function transform(
  real: Float64Array,
  imaginary: Float64Array,
  start: number,
  step: number,
  count: number,
): void {
  const from = Array.from({ length: count }, (_, index) => [
    real[start + index * step],
    imaginary[start + index * step],
  ]);
  for (let frequency = 0; frequency < count; frequency++) {
    let sumReal = 0;
    let sumImaginary = 0;
    from.forEach(([a, b], index) => {
      const angle = (-2 * Math.PI * frequency * index) / count;
      sumReal += a * Math.cos(angle) - b * Math.sin(angle);
      sumImaginary += a * Math.sin(angle) + b * Math.cos(angle);
    });
    real[start + frequency * step] = sumReal;
    imaginary[start + frequency * step] = sumImaginary;
  }
}
