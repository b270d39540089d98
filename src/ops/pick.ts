import type { Cells, Kernels, PickGeometry } from "../backend/backend.js";
import { isRecorded, record } from "../autograd/tape.js";
import { refusal } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { compute, view } from "./compute.js";

/** A pool's output, and for each of its numbers the cell of the input's plane that it came from. */
export interface Pooled {
  output: Tensor;
  /** row · width + column, as float32 numbers. */
  indices: Tensor;
}

/** A pool that picks one number of each window. */
export interface Picking {
  /** In rank 4, as `shape`. */
  image: Tensor;
  shape: readonly number[];
  /** Fills in the output, and the cells that its numbers came from. */
  run: (kernels: Kernels, output: Float32Array, cells: Cells | Float32Array | undefined) => void;
}

/** The numbers picked. */
export function pick(picking: Picking): Tensor {
  const { image, shape, run } = picking;
  if (isRecorded(image)) return pickInto(cellsOf, picking).output;
  return compute(shape, (kernels, numbers) => {
    run(kernels, numbers, undefined);
  });
}

/** The numbers picked, and the float32 indices of their cells; refuses planes whose cells float32 cannot number. */
export function pickWithIndices(operation: string, picking: Picking): Pooled {
  const [, , height, width] = picking.image.shape;
  if (height * width > 2 ** 24) {
    throw refusal(
      operation,
      "input",
      "planes of at most 2²⁴ cells, as float32 indices number them",
      picking.image,
    );
  }
  if (!isRecorded(picking.image)) {
    const { output, places } = pickInto((numbers) => numbers, picking);
    return { output, indices: places };
  }
  const { output, places } = pickInto(cellsOf, picking);
  const indices = compute(places.shape, (_, numbers) => {
    numbers.set(cellsOf(view(places)));
  });
  return { output, indices };
}

/** The numbers picked, and their places, which the same kernel call writes: `as` says how it sees their memory. */
function pickInto(
  as: (numbers: Float32Array) => Cells | Float32Array,
  { image, shape, run }: Picking,
): { output: Tensor; places: Tensor } {
  const places = compute(shape, () => undefined);
  const output = compute(shape, (kernels, numbers) => {
    run(kernels, numbers, as(view(places)));
  });
  record(output, [[image, (g) => scatterAdd(g, places, image.shape)]], [places]);
  return { output, places };
}

// Switches are tensors that stay inside: their storage holds whole numbers, exact on planes of any size.

/** The numbers of switches. */
export function cellsOf({ buffer, byteOffset, length }: Float32Array): Cells {
  return new Int32Array(buffer, byteOffset, length);
}

/** The switches that float32 indices stand for. */
export function switchesOf(indices: Tensor): Tensor {
  return compute(indices.shape, (_, numbers) => {
    cellsOf(numbers).set(view(indices));
  });
}

/** Each number added to the cell of its plane that its switch names; `shape` is the result's, of rank 4. */
export function scatterAdd(values: Tensor, switches: Tensor, shape: readonly number[]): Tensor {
  const output = compute(shape, (kernels, numbers) => {
    kernels.scatterAdd(view(values), cellsOf(view(switches)), numbers, pickGeometry(shape, values.shape));
  });
  return record(output, [[values, (g) => gather(g, switches)]], [switches]);
}

/** The cells of each plane that the switches name. */
export function gather(input: Tensor, switches: Tensor): Tensor {
  const output = compute(switches.shape, (kernels, numbers) => {
    kernels.gather(view(input), cellsOf(view(switches)), numbers, pickGeometry(input.shape, switches.shape));
  });
  return record(output, [[input, (g) => scatterAdd(g, switches, input.shape)]], [switches]);
}

export function pickGeometry(large: readonly number[], small: readonly number[]): PickGeometry {
  return { planes: large[0] * large[1], large: large[2] * large[3], small: small[2] * small[3] };
}
