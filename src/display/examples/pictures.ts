import { tensor, type Tensor } from "../../tensor/index.js";

/** Rows of one-digit numbers, as the slides print them. */
export function digits(rows: string): Tensor {
  return tensor(rows.split("/").map((row) => Array.from(row, Number)));
}

/** A disc and a slanted ground, the same everywhere. */
export function disc(size: number): Tensor {
  const values = new Float32Array(size * size);
  for (let index = 0; index < values.length; index++) {
    const y = Math.floor(index / size) - size / 2 + 0.5;
    const x = (index % size) - size / 2 + 0.5;
    const inside = Math.hypot(x, y) < size * 0.32 ? 0.9 : 0.15;
    values[index] = inside + (x + y > size * 0.35 ? 0.3 : 0);
  }
  return tensor(values, [size, size]);
}

/** Grey ground, a bright and a dark disc, thin bright and dark lines, and stripes that narrow: values in [0, 1]. */
export function testCard(size: number): Tensor {
  const values = new Float32Array(size * size);
  for (let index = 0; index < values.length; index++) {
    const y = (Math.floor(index / size) + 0.5) / size;
    const x = ((index % size) + 0.5) / size;
    let value = 0.35 + 0.3 * x;
    if (Math.hypot(x - 0.28, y - 0.3) < 0.17) value = 0.95;
    if (Math.hypot(x - 0.72, y - 0.3) < 0.17) value = 0.08;
    if (Math.abs(x + y - 0.95) < 0.6 / size) value = 1;
    if (Math.abs(x - y + 0.12) < 0.6 / size) value = 0;
    if (y > 0.68) value = Math.sin(x * x * 60) > 0 ? 0.85 : 0.2;
    values[index] = value;
  }
  return tensor(values, [size, size]);
}

/** A picture in three channels: a red, a green and a blue blob that overlap. */
export function blobs(size: number): Tensor {
  const values = new Float32Array(3 * size * size);
  const centres = [[0.35, 0.35], [0.35, 0.65], [0.65, 0.5]]; // prettier-ignore
  centres.forEach(([down, across], channel) => {
    for (let index = 0; index < size * size; index++) {
      const y = (Math.floor(index / size) + 0.5) / size - down;
      const x = ((index % size) + 0.5) / size - across;
      values[channel * size * size + index] = Math.hypot(x, y) < 0.3 ? 0.95 : 0.12;
    }
  });
  return tensor(values, [3, size, size]);
}
