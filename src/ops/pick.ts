import type { PickGeometry } from "../backend/backend.js";
import { record } from "../autograd/tape.js";
import { refusal } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { compute, view } from "./compute.js";

/** Refuses planes whose cells float32 cannot number. */
export function checkPlane(operation: string, image: Tensor): void {
  const [, , height, width] = image.shape;
  if (height * width > 2 ** 24) {
    throw refusal(operation, "input", "planes of at most 2²⁴ cells, as float32 indices number them", image);
  }
}

/** Each number added to the cell of its plane that its index names; `shape` is the result's, of rank 4. */
export function scatterAdd(values: Tensor, indices: Tensor, shape: readonly number[]): Tensor {
  const output = compute(shape, (kernels, numbers) => {
    kernels.scatterAdd(view(values), view(indices), numbers, pickGeometry(shape, values.shape));
  });
  return record(output, [[values, (g) => gather(g, indices)]], [indices]);
}

/** The cells of each plane that the indices name. */
export function gather(input: Tensor, indices: Tensor): Tensor {
  const output = compute(indices.shape, (kernels, numbers) => {
    kernels.gather(view(input), view(indices), numbers, pickGeometry(input.shape, indices.shape));
  });
  return record(output, [[input, (g) => scatterAdd(g, indices, input.shape)]], [indices]);
}

export function pickGeometry(large: readonly number[], small: readonly number[]): PickGeometry {
  return { planes: large[0] * large[1], large: large[2] * large[3], small: small[2] * small[3] };
}
