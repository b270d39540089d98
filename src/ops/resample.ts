import type { ResampleGeometry } from "../backend/backend.js";
import { record } from "../autograd/tape.js";
import type { Tensor } from "../tensor/tensor.js";
import { compute, view } from "./compute.js";

/** A linear map of each plane by a table for each axis: resizing, padding, adaptive averages. */
export function resample(input: Tensor, geometry: ResampleGeometry): Tensor {
  const [batch, channels] = input.shape;
  const shape = [batch, channels, geometry.rows.output, geometry.columns.output];
  const output = compute(shape, (kernels, numbers) => {
    kernels.resample(view(input), numbers, geometry);
  });
  return record(output, [[input, (gradient) => resampleTransposed(gradient, geometry)]]);
}

function resampleTransposed(gradient: Tensor, geometry: ResampleGeometry): Tensor {
  const [batch, channels] = gradient.shape;
  const shape = [batch, channels, geometry.rows.input, geometry.columns.input];
  const output = compute(shape, (kernels, numbers) => {
    kernels.resampleGradient(view(gradient), numbers, geometry);
  });
  return record(output, [[gradient, (g) => resample(g, geometry)]]);
}
