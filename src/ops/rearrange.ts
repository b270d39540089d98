import { knownOptions, refusal, wholeNumber, wholePair } from "../tensor/errors.js";
import { stridesOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Pair } from "../tensor/window.js";
import { checkTensor } from "./compute.js";
import { move, permute, reshape } from "./shape.js";
import { lift } from "./spatial.js";

/**
 * Each number at the top left of a block of zeros, `stride` cells high and wide.
 *
 * Source: the upsampling of Dosovitskiy et al., "Learning to Generate Chairs" (2015).
 *
 * @example
 * bedOfNails(tensor([[1, 2], [3, 4]]), { stride: 2 }).toArray();
 * // → [[1, 0, 2, 0], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]]
 */
export function bedOfNails(input: Tensor, options: { stride: Pair }): Tensor {
  knownOptions("bedOfNails", options, ["stride"]);
  const { image, lower } = lift("bedOfNails", input);
  const [rows, columns] = wholePair("bedOfNails", "stride", options.stride, 1);
  const [batch, channels, height, width] = image.shape;
  const shape = [batch, channels, height * rows, width * columns];
  const [image0, plane, row] = stridesOf(shape);
  return lower(
    move(image, shape, {
      shape: image.shape,
      inputOffset: 0,
      inputStrides: stridesOf(image.shape),
      outputOffset: 0,
      outputStrides: [image0, plane, row * rows, columns],
    }),
  );
}

/**
 * Groups of factor² channels laid out as blocks of factor × factor cells: (C·r²)×H×W becomes C×(H·r)×(W·r).
 *
 * Throws if the channels do not divide. Source: Shi et al., "Real-Time Single Image and Video Super-Resolution
 * Using an Efficient Sub-Pixel Convolutional Neural Network" (2016); PyTorch, PixelShuffle.
 *
 * @example
 * pixelShuffle(tensor([[[1]], [[2]], [[3]], [[4]]]), 2).toArray();
 * // → [[[1, 2], [3, 4]]]
 */
export function pixelShuffle(input: Tensor, factor: number): Tensor {
  const r = wholeNumber("pixelShuffle", "factor", factor, 1);
  checkTensor("pixelShuffle", "input", input, [3, 4]);
  const { image, lower } = lift("pixelShuffle", input);
  const [batch, channels, height, width] = image.shape;
  if (channels % (r * r) !== 0) {
    throw refusal("pixelShuffle", "input", `channels in groups of ${r}² = ${r * r}`, input);
  }
  const blocks = reshape(image, [batch, channels / (r * r), r, r, height, width]);
  const spread = permute(blocks, [0, 1, 4, 2, 5, 3]);
  return lower(reshape(spread, [batch, channels / (r * r), height * r, width * r]));
}

/**
 * The inverse of `pixelShuffle`: C×(H·r)×(W·r) becomes (C·r²)×H×W.
 *
 * Throws if height or width do not divide. Source: PyTorch, PixelUnshuffle.
 *
 * @example
 * pixelUnshuffle(tensor([[[1, 2], [3, 4]]]), 2).toArray();
 * // → [[[1]], [[2]], [[3]], [[4]]]
 */
export function pixelUnshuffle(input: Tensor, factor: number): Tensor {
  const r = wholeNumber("pixelUnshuffle", "factor", factor, 1);
  checkTensor("pixelUnshuffle", "input", input, [3, 4]);
  const { image, lower } = lift("pixelUnshuffle", input);
  const [batch, channels, height, width] = image.shape;
  if (height % r !== 0 || width % r !== 0) {
    throw refusal("pixelUnshuffle", "input", `a height and width that ${r} divides`, input);
  }
  const blocks = reshape(image, [batch, channels, height / r, r, width / r, r]);
  const gathered = permute(blocks, [0, 1, 3, 5, 2, 4]);
  return lower(reshape(gathered, [batch, channels * r * r, height / r, width / r]));
}
