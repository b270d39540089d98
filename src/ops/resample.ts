import type { ResampleGeometry } from "../backend/backend.js";
import { record } from "../autograd/tape.js";
import { countOf } from "../tensor/storage.js";
import type { Tensor } from "../tensor/tensor.js";
import { compute, view } from "./compute.js";

/** A linear map of each plane to `[rows, columns]` by a table for each axis: resizing, padding, adaptive averages. */
export function resample(
  input: Tensor,
  [rows, columns]: readonly [number, number],
  tables: () => Omit<ResampleGeometry, "planes">,
): Tensor {
  const [batch, channels] = input.shape;
  // Tables are as long as the result's sides: what no tensor can hold is refused before they are made.
  countOf([batch, channels, rows, columns]);
  return map(input, { planes: batch * channels, ...tables() });
}

function map(input: Tensor, geometry: ResampleGeometry): Tensor {
  const [batch, channels] = input.shape;
  const shape = [batch, channels, geometry.rows.output, geometry.columns.output];
  const output = compute(shape, (kernels, numbers) => {
    kernels.resample(view(input), numbers, geometry);
  });
  return record(output, [[input, (gradient) => mapTransposed(gradient, geometry)]]);
}

function mapTransposed(gradient: Tensor, geometry: ResampleGeometry): Tensor {
  const [batch, channels] = gradient.shape;
  const shape = [batch, channels, geometry.rows.input, geometry.columns.input];
  const output = compute(shape, (kernels, numbers) => {
    kernels.resampleGradient(view(gradient), numbers, geometry);
  });
  return record(output, [[gradient, (g) => map(g, geometry)]]);
}
