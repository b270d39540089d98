import type { ConvGeometry, CopyGeometry } from "../backend/backend.js";
import { detach, record } from "../autograd/tape.js";
import { complaint, knownOptions, refusal, wholePair } from "../tensor/errors.js";
import { stridesOf } from "../tensor/shape.js";
import { MOST_NUMBERS } from "../tensor/storage.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Pair, slideWindow } from "../tensor/window.js";
import { checkTensor, compute, view } from "./compute.js";
import { padConstant } from "./pad.js";
import { reshape } from "./shape.js";
import { lift } from "./spatial.js";

export interface UnfoldOptions {
  stride?: Pair;
  /** Cells of zero added on every side. */
  padding?: Pair;
  dilation?: Pair;
}

/**
 * im2col: the cells that each window reads, as a column. N×C×H×W becomes N×(C·h·w)×L, L the number of windows;
 * C×H×W and H×W likewise without N.
 *
 * Throws if the kernel does not fit, or the result would have more than 2³⁰ numbers. Source: PyTorch, Unfold.
 *
 * @example
 * unfold(tensor([[1, 2, 3], [4, 5, 6]]), 2).toArray();
 * // → [[1, 2], [2, 3], [4, 5], [5, 6]]
 */
export function unfold(input: Tensor, kernelSize: Pair, options: UnfoldOptions = {}): Tensor {
  knownOptions("unfold", options, ["stride", "padding", "dilation"]);
  const { image } = lift("unfold", input);
  const [batch, channels, height, width] = image.shape;
  const geometry = foldGeometry("unfold", [batch, channels], [height, width], kernelSize, options);
  checkColumns(geometry);
  const result = unfoldBatch(image, geometry);
  return input.rank === 4 ? result : reshape(result, result.shape.slice(1));
}

/**
 * col2im, the transpose of `unfold`: each column's numbers added to the cells they came from, in an image of
 * `outputSize`. N×(C·h·w)×L becomes N×C×H×W, and likewise without N.
 *
 * Throws if rows or columns do not match the kernel and the number of its windows. Source: PyTorch, Fold.
 *
 * @example
 * fold(tensor([[1, 2], [2, 3], [4, 5], [5, 6]]), [2, 3], 2).toArray();
 * // → [[[1, 4, 3], [4, 10, 6]]]
 */
export function fold(input: Tensor, outputSize: Pair, kernelSize: Pair, options: UnfoldOptions = {}): Tensor {
  knownOptions("fold", options, ["stride", "padding", "dilation"]);
  checkTensor("fold", "input", input, [2, 3]);
  const columns = input.rank === 3 ? input : reshape(input, [1, ...input.shape]);
  const [batch, rows, windows] = columns.shape;
  const [kernelHeight, kernelWidth] = wholePair("fold", "kernelSize", kernelSize, 1);
  const size = wholePair("fold", "outputSize", outputSize, 1);
  const cells = kernelHeight * kernelWidth;
  if (rows === 0 || rows % cells !== 0) {
    throw refusal("fold", "input", `rows in groups of ${kernelHeight}·${kernelWidth} = ${cells}`, input);
  }
  const geometry = foldGeometry("fold", [batch, rows / cells], size, kernelSize, options);
  const wanted = geometry.rows.output * geometry.columns.output;
  if (windows !== wanted) {
    const grid = `${geometry.rows.output}·${geometry.columns.output}`;
    throw refusal("fold", "input", `${grid} = ${wanted} columns, one for each window`, input);
  }
  const result = foldBatch(columns, geometry);
  return input.rank === 3 ? result : reshape(result, result.shape.slice(1));
}

function foldGeometry(
  operation: string,
  [batch, channels]: readonly [number, number],
  input: readonly [number, number],
  kernelSize: Pair,
  options: UnfoldOptions,
): ConvGeometry {
  const kernel = wholePair(operation, "kernelSize", kernelSize, 1);
  const padding = wholePair(operation, "padding", options.padding ?? 0, 0);
  const { stride, dilation } = options;
  const window = slideWindow(operation, { input, kernel, stride, padding, dilation });
  return { batch, inputChannels: channels, outputChannels: 1, groups: 1, ...window };
}

/** Refuses a result that no tensor holds before anything is computed of it. */
function checkColumns({ batch, inputChannels, rows, columns }: ConvGeometry): void {
  const kernel = rows.kernel * columns.kernel;
  const length = batch * inputChannels * kernel * rows.output * columns.output;
  if (length <= MOST_NUMBERS) return;
  const cells = `(${inputChannels} · ${rows.kernel} · ${columns.kernel})`;
  const windows = `(${rows.output} · ${columns.output})`;
  throw complaint(
    "unfold",
    "kernelSize",
    "a result of at most 2³⁰ numbers (4 GiB)",
    `N · (C · h · w) · L = ${batch} · ${cells} · ${windows} = ${length}`,
  );
}

/** A strided copy of the padded image. Windows overlap, so the transpose adds: `foldBatch`. */
export function unfoldBatch(image: Tensor, geometry: ConvGeometry): Tensor {
  const { batch, inputChannels, rows, columns } = geometry;
  const sides = [columns.before, columns.after, rows.before, rows.after] as const;
  const cells = [batch, inputChannels, rows.kernel, columns.kernel, rows.output, columns.output];
  const shape = [batch, inputChannels * rows.kernel * columns.kernel, rows.output * columns.output];
  const output = compute(shape, (kernels, numbers) => {
    const padded = sides.some((side) => side > 0) ? padConstant(detach(image), sides, 0) : image;
    const [first, plane, row] = stridesOf(padded.shape);
    const copy: CopyGeometry = {
      shape: cells,
      inputOffset: 0,
      inputStrides: [first, plane, row * rows.dilation, columns.dilation, row * rows.stride, columns.stride],
      outputOffset: 0,
      outputStrides: stridesOf(cells),
    };
    kernels.copy(view(padded), numbers, copy, 0);
  });
  return record(output, [[image, (g) => foldBatch(g, geometry)]]);
}

function foldBatch(columns: Tensor, geometry: ConvGeometry): Tensor {
  const shape = [geometry.batch, geometry.inputChannels, geometry.rows.input, geometry.columns.input];
  const output = compute(shape, (kernels, numbers) => {
    kernels.fold(view(columns), numbers, geometry);
  });
  return record(output, [[columns, (g) => unfoldBatch(g, geometry)]]);
}
