import { conv2d } from "../ops/index.js";
import { knownOptions, refusal, wholePair } from "../tensor/errors.js";
import { arange, tensor, type Tensor } from "../tensor/index.js";
import { type Padding, type Pair, slideWindow, taps } from "../tensor/window.js";
import { drawMatrix, type MatrixScene } from "./client/matrix.js";
import { type Figure, makeFigure, serverKit } from "./figure.js";
import { tensorOf } from "./values.js";

export interface ConvolutionMatrixOptions {
  /** Height and width of the input. */
  readonly input: Pair;
  /** Size of a kernel whose weights are 1, 2, 3, …, so that they can be told apart. */
  readonly kernel?: Pair;
  /** The weights themselves, [h, w]; instead of `kernel`. */
  readonly weight?: Tensor;
  readonly stride?: Pair;
  readonly padding?: Padding;
  readonly dilation?: Pair;
}

export interface ConvolutionMatrixData {
  /** [output cells, input cells]: times the flattened input it is the flattened output. */
  readonly matrix: readonly (readonly number[])[];
  readonly outputShape: readonly [number, number];
}

const most = 2600;

/**
 * Shows a convolution as the sparse matrix that it is: hover or step through the rows to see each one's window;
 * toggle the transpose to see what a transposed convolution multiplies by.
 *
 * @example
 * convolutionMatrix({ input: 4, kernel: 3 }).data.matrix.length;
 * // → 4
 */
export function convolutionMatrix(options: ConvolutionMatrixOptions): Figure<ConvolutionMatrixData> {
  const name = "convolutionMatrix";
  knownOptions(name, options, ["input", "kernel", "weight", "stride", "padding", "dilation"]);
  const input = wholePair(name, "input", options.input, 1);
  const weight = weightOf(options);
  const [kernelHeight, kernelWidth] = weight.shape;
  const { stride = 1, padding = 0, dilation = 1 } = options;
  const { rows, columns } = slideWindow(name, {
    input,
    kernel: [kernelHeight, kernelWidth],
    stride,
    padding,
    dilation,
  });
  const inputs = rows.input * columns.input;
  const outputs = rows.output * columns.output;
  if (inputs * outputs > most) {
    throw refusal(name, "input", `a matrix of at most ${most} entries, to be seen`, `${outputs} × ${inputs}`);
  }
  // Column i of the matrix is the convolution of an image that is one at cell i.
  const basis = new Float32Array(inputs * inputs);
  for (let cell = 0; cell < inputs; cell++) basis[cell * inputs + cell] = 1;
  const responses = conv2d(
    tensor(basis, [inputs, 1, ...input]),
    tensor(weight.data, [1, 1, kernelHeight, kernelWidth]),
    {
      stride,
      padding,
      dilation,
    },
  ).data.slice();
  const matrix = Array.from({ length: outputs }, (_, output) =>
    Array.from({ length: inputs }, (_, cell) => responses[cell * outputs + output]),
  );
  const scene: MatrixScene = { rows, columns, kernel: [...weight.data], entries: entriesOf(rows, columns) };
  const words =
    `a ${kernelHeight} × ${kernelWidth} convolution of a ${input[0]} × ${input[1]} input as a ` +
    `${outputs} × ${inputs} matrix, of which ` +
    serverKit.counted(scene.entries.length / 3, "entry is a weight", "entries are weights");
  return makeFigure({
    name,
    alt: `The matrix of ${words}; each row holds the kernel where its window reads.`,
    text: `${name}: ${words}`,
    data: { matrix, outputShape: [rows.output, columns.output] },
    scene,
    draw: drawMatrix,
    initial: { row: Math.floor(outputs / 2), transposed: 0 },
    controls: [
      {
        kind: "steps",
        name: "row",
        label: "Row",
        count: outputs,
        by: "transposed",
        counts: [outputs, inputs],
      },
      { kind: "toggle", name: "transposed", label: "Transpose" },
    ],
  });
}

function weightOf({ kernel, weight }: ConvolutionMatrixOptions): Tensor {
  if ((kernel === undefined) === (weight === undefined)) {
    throw refusal("convolutionMatrix", "kernel", "either a kernel size or a weight", { kernel, weight });
  }
  if (weight !== undefined) {
    if (tensorOf("convolutionMatrix", "weight", weight, "a tensor of shape [h, w]").rank === 2) return weight;
    throw refusal("convolutionMatrix", "weight", "a tensor of shape [h, w]", weight);
  }
  const [height, width] = wholePair("convolutionMatrix", "kernel", kernel, 1);
  return tensor(arange(1, height * width + 1).data, [height, width]);
}

function entriesOf(rows: MatrixScene["rows"], columns: MatrixScene["columns"]): number[] {
  const entries: number[] = [];
  for (let y = 0; y < rows.output; y++) {
    const down = taps(rows, y);
    for (let x = 0; x < columns.output; x++) {
      const across = taps(columns, x);
      down.forEach((row, v) => {
        across.forEach((column, u) => {
          if (row < 0 || row >= rows.input || column < 0 || column >= columns.input) return;
          entries.push(y * columns.output + x, row * columns.input + column, v * columns.kernel + u);
        });
      });
    }
  }
  return entries;
}
