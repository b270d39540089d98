import { record } from "../autograd/tape.js";
import { knownOptions, refusal, wholePair } from "../tensor/errors.js";
import { sameShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Pair, slideTransposed } from "../tensor/window.js";
import { checkTensor, compute, view } from "./compute.js";
import { cellsOf, gather, pickGeometry, switchesOf } from "./pick.js";
import { lift } from "./spatial.js";

export interface UnpoolOptions {
  /** The pool's stride; the kernel's size unless said. */
  stride?: Pair;
  /** The pool's padding. */
  padding?: Pair;
  /** The height and width that the pool saw, where several sizes pool to the same. */
  outputSize?: Pair;
}

/**
 * Puts each number back where `maxPool2dWithIndices` found it, zeros elsewhere. If several indices name one cell,
 * the last wins. Each side becomes (i − 1)s − 2p + k, unless `outputSize` says otherwise.
 *
 * Throws if indices and input differ in shape, an index leaves the plane, or `outputSize` is further than a
 * stride from the size above. Source: PyTorch, MaxUnpool2d; Zeiler and Fergus (2014).
 *
 * @example
 * maxUnpool2d(tensor([[1, 2], [3, 4]]), tensor([[5, 2], [12, 15]]), 2).toArray();
 * // → [[0, 0, 2, 0], [0, 1, 0, 0], [0, 0, 0, 0], [3, 0, 0, 4]]
 */
export function maxUnpool2d(
  input: Tensor,
  indices: Tensor,
  kernelSize: Pair,
  options: UnpoolOptions = {},
): Tensor {
  const name = "maxUnpool2d";
  knownOptions(name, options, ["stride", "padding", "outputSize"]);
  checkTensor(name, "indices", indices);
  const { image, lower } = lift(name, input);
  if (!sameShape(input.shape, indices.shape)) {
    throw refusal(name, "indices", `shape [${input.shape.join(", ")}], as the input`, indices);
  }
  const kernel = wholePair(name, "kernelSize", kernelSize, 1);
  const stride = wholePair(name, "stride", options.stride ?? kernel, 1);
  const padding = wholePair(name, "padding", options.padding ?? 0, 0);
  const { outputSize } = options;
  const wanted = outputSize === undefined ? undefined : wholePair(name, "outputSize", outputSize, 1);
  const side = (index: 0 | 1, suffix: string): number => {
    const axis = {
      input: image.shape[2 + index],
      kernel: kernel[index],
      stride: stride[index],
      padding: padding[index],
    };
    const usual = slideTransposed(name, axis, suffix).input;
    const found = wanted?.[index] ?? usual;
    if (Math.abs(found - usual) >= stride[index]) {
      throw refusal(
        name,
        `outputSize[${index}]`,
        `less than a stride (${stride[index]}) from ${usual}`,
        found,
      );
    }
    return found;
  };
  const shape = [image.shape[0], image.shape[1], side(0, " (rows)"), side(1, " (columns)")];
  const places = lift(name, indices, "indices").image;
  checkIndices(name, places, shape);
  return lower(unpool(image, switchesOf(places), shape));
}

function checkIndices(operation: string, indices: Tensor, shape: readonly number[]): void {
  const cells = shape[2] * shape[3];
  const wrong = view(indices).find((cell) => !Number.isInteger(cell) || cell < 0 || cell >= cells);
  if (wrong === undefined) return;
  throw refusal(
    operation,
    "indices",
    `cells of an output plane ${shape[2]}×${shape[3]}: 0 … ${cells - 1}`,
    wrong,
  );
}

function unpool(values: Tensor, switches: Tensor, shape: readonly number[]): Tensor {
  const output = compute(shape, (kernels, numbers) => {
    kernels.scatter(view(values), cellsOf(view(switches)), numbers, pickGeometry(shape, values.shape));
  });
  return record(output, [[values, (g) => gather(g, switches)]], [switches]);
}
