import { expect } from "chai";
import * as c from "../../src/index.js";
import { ones, tensor, type Tensor } from "../../src/index.js";

const image = ones([1, 4, 6, 6]);
const weight = ones([2, 4, 3, 3]);
const wrong = (value: unknown): never => value as never;

// What is called, and the whole message that the caller reads.
const conv: [() => unknown, string][] = [
  [() => c.conv2d(wrong([[1]]), weight), "conv2d: input: expected a tensor of rank 2, 3 or 4, got [[1]]"],
  [
    () => c.conv2d(ones([4]), weight),
    "conv2d: input: expected a tensor of rank 2, 3 or 4, got a tensor of shape [4]",
  ],
  [
    () => c.conv2d(ones([1, 1, 1, 1, 1]), weight),
    "conv2d: input: expected a tensor of rank 2, 3 or 4, got a tensor of shape [1, 1, 1, 1, 1]",
  ],
  [
    () => c.conv2d(ones([1, 0, 5, 5]), weight),
    "conv2d: input: expected at least one channel, row and column (only a batch may be empty), got a tensor of shape [1, 0, 5, 5]",
  ],
  [() => c.conv2d(image, wrong(undefined)), "conv2d: weight: expected a tensor, got undefined"],
  [
    () => c.conv2d(image, ones([3, 3])),
    "conv2d: weight: expected filters O×(C/groups)×h×w for images N×C×H×W, got a tensor of shape [3, 3]",
  ],
  [
    () => c.conv2d(ones([4, 6, 6]), ones([3, 3])),
    "conv2d: weight: expected filters O×(C/groups)×h×w, or one filter C×h×w, for an image C×H×W, got a tensor of shape [3, 3]",
  ],
  [
    () => c.conv2d(ones([6, 6]), weight),
    "conv2d: weight: expected a kernel h×w for an image H×W, got a tensor of shape [2, 4, 3, 3]",
  ],
  [
    () => c.conv2d(image, ones([2, 3, 3, 3])),
    "conv2d: weight: expected 4 channels in each filter (4 input channels / 1 groups), got a tensor of shape [2, 3, 3, 3]",
  ],
  [
    () => c.conv2d(image, ones([2, 4, 3, 3]), { groups: 2 }),
    "conv2d: weight: expected 2 channels in each filter (4 input channels / 2 groups), got a tensor of shape [2, 4, 3, 3]",
  ],
  [
    () => c.conv2d(image, weight, { groups: 3 }),
    "conv2d: groups: expected a number that divides the 4 input and the 2 output channels, got 3",
  ],
  [() => c.conv2d(image, weight, { groups: 0 }), "conv2d: groups: expected a whole number ≥ 1, got 0"],
  [
    () => c.conv2d(image, weight, { bias: ones([3]) }),
    "conv2d: bias: expected shape [2], one number for each output channel, got a tensor of shape [3]",
  ],
  [() => c.conv2d(image, weight, { stride: 0 }), "conv2d: stride: expected a whole number ≥ 1, got 0"],
  [() => c.conv2d(image, weight, { stride: 1.5 }), "conv2d: stride: expected a whole number ≥ 1, got 1.5"],
  [
    () => c.conv2d(image, weight, { stride: [1, -1] }),
    "conv2d: stride[1]: expected a whole number ≥ 1, got -1",
  ],
  [
    () => c.conv2d(image, weight, { stride: wrong([1, 2, 3]) }),
    "conv2d: stride: expected a number or [height, width], got [1, 2, 3]",
  ],
  [() => c.conv2d(image, weight, { stride: NaN }), "conv2d: stride: expected a whole number ≥ 1, got NaN"],
  [
    () => c.conv2d(image, weight, { dilation: 2 ** 60 }),
    "conv2d: dilation: expected a whole number ≥ 1, below 2⁵³, got 1152921504606847000",
  ],
  [
    () => c.conv2d(image, weight, { padding: 2 ** 20 }),
    "tensor: shape: expected at most 2³⁰ numbers (4 GiB), got [1, 2, 2097156, 2097156] (1 · 2 · 2097156 · 2097156 = 8796126576672 numbers, 33554561 MiB). Free tensors",
  ],
  [() => c.conv2d(image, weight, { dilation: 0 }), "conv2d: dilation: expected a whole number ≥ 1, got 0"],
  [
    () => c.conv2d(image, weight, { padding: -1 }),
    "conv2d: padding (rows): expected a whole number ≥ 0, got -1",
  ],
  [
    () => c.conv2d(image, weight, { padding: [0, 0.5] }),
    "conv2d: padding[1]: expected a whole number ≥ 0, got 0.5",
  ],
  [
    () => c.conv2d(image, weight, { padding: wrong([1, 2, 3]) }),
    "conv2d: padding: expected a number, [h, w], [left, right, top, bottom] or a name, got [1, 2, 3]",
  ],
  [
    () => c.conv2d(image, weight, { padding: wrong("some") }),
    'conv2d: padding (rows): expected one of "valid", "same", "half", "full", got "some"',
  ],
  [
    () => c.conv2d(image, weight, { paddingMode: wrong("mirror") }),
    'conv2d: paddingMode: expected one of "zeros", "reflect", "replicate", "circular", got "mirror"',
  ],
  [
    () => c.conv2d(image, weight, { algorithm: wrong("fft") }),
    'conv2d: algorithm: expected one of "auto", "direct", got "fft"',
  ],
  [
    () => c.conv2d(image, weight, { dilation: 3, padding: [0, 1] }),
    "conv2d: kernel (rows): expected a kernel that fits on the padded input: ⌊(i + p − (d(k − 1) + 1))/s⌋ + 1 ≥ 1, " +
      "got ⌊(6 + 0 − (3·(3 − 1) + 1))/1⌋ + 1 = 0",
  ],
  [
    () => c.conv2d(image, weight, wrong({ strides: 2 })),
    'conv2d: options: expected only bias, stride, padding, dilation, groups, paddingMode, algorithm, got "strides"',
  ],
  [
    () => c.conv2d(image, weight, wrong(2)),
    "conv2d: options: expected an object with bias, stride, padding, dilation, groups, paddingMode, algorithm, got 2",
  ],
];

const transposed: [() => unknown, string][] = [
  [
    () => c.convTranspose2d(image, weight),
    "convTranspose2d: weight: expected 4 filters, one for each input channel, got a tensor of shape [2, 4, 3, 3]",
  ],
  [
    () => c.convTranspose2d(image, ones([4, 1, 3, 3]), { groups: 3 }),
    "convTranspose2d: groups: expected a number that divides the 4 input channels, got 3",
  ],
  [
    () => c.convTranspose2d(image, ones([4, 2, 3, 3]), { bias: ones([4]) }),
    "convTranspose2d: bias: expected shape [2], one number for each output channel, got a tensor of shape [4]",
  ],
  [
    () => c.convTranspose2d(image, ones([4, 2, 3, 3]), { outputPadding: 1 }),
    "convTranspose2d: outputPadding (rows): expected less than the stride (1) or the dilation (1), got 1",
  ],
  [
    () => c.convTranspose2d(image, ones([4, 2, 3, 3]), { padding: 4 }),
    "convTranspose2d: padding (rows): expected at least one output cell from (i − 1)·s − 2p + d(k − 1) + outputPadding + 1, " +
      "got (6 − 1)·1 − 2·4 + 1·(3 − 1) + 0 + 1 = 0",
  ],
  [
    () => c.convTranspose2d(image, ones([4, 3, 3])),
    "convTranspose2d: weight: expected filters C×(O/groups)×h×w for images N×C×H×W, got a tensor of shape [4, 3, 3]",
  ],
  [
    () => c.convTranspose2d(ones([4, 6, 6]), ones([3, 3])),
    "convTranspose2d: weight: expected filters C×(O/groups)×h×w, or C×h×w for C×1×h×w, for an image C×H×W, got a tensor of shape [3, 3]",
  ],
  [
    () => c.convTranspose2d(ones([2, 2]), ones([1, 1, 2, 2])),
    "convTranspose2d: weight: expected a kernel h×w for an image H×W, got a tensor of shape [1, 1, 2, 2]",
  ],
  [
    () => c.convTranspose2d(image, ones([4, 2, 3, 3]), { padding: wrong("same") }),
    'convTranspose2d: padding: expected a number or [height, width], got "same"',
  ],
];

const pools: [() => unknown, string][] = [
  [() => c.maxPool2d(image, 0), "maxPool2d: kernelSize: expected a whole number ≥ 1, got 0"],
  [
    () => c.maxPool2d(image, 2, { padding: 2 }),
    "maxPool2d: padding: expected at most half of the kernel (1), got 2",
  ],
  [() => c.minPool2d(image, 2, { stride: 0 }), "minPool2d: stride: expected a whole number ≥ 1, got 0"],
  [() => c.maxPool2d(image, 2, { ceilMode: wrong(1) }), "maxPool2d: ceilMode: expected true or false, got 1"],
  [
    () => c.maxPool2d(image, 7),
    "maxPool2d: kernel (rows): expected a kernel that fits on the padded input: ⌊(i + p − (d(k − 1) + 1))/s⌋ + 1 ≥ 1, " +
      "got ⌊(6 + 0 − (1·(7 − 1) + 1))/7⌋ + 1 = 0",
  ],
  [
    () => c.avgPool2d(image, 2, wrong({ dilation: 2 })),
    'avgPool2d: options: expected only stride, padding, ceilMode, countIncludePad, divisorOverride, got "dilation"',
  ],
  [
    () => c.avgPool2d(image, 2, { divisorOverride: 0 }),
    "avgPool2d: divisorOverride: expected a number other than 0, got 0",
  ],
  [() => c.lpPool2d(image, 0, 2), "lpPool2d: normType: expected a positive number, got 0"],
  [
    () => c.adaptiveAvgPool2d(image, [2, 0]),
    "adaptiveAvgPool2d: outputSize[1]: expected a whole number ≥ 1, got 0",
  ],
  [
    () => c.maxUnpool2d(ones([2, 2]), ones([2, 3]), 2),
    "maxUnpool2d: indices: expected shape [2, 2], as the input, got a tensor of shape [2, 3]",
  ],
  [
    () => c.maxUnpool2d(ones([1, 1]), tensor([[4]]), 2),
    "maxUnpool2d: indices: expected cells of an output plane 2×2: 0 … 3, got 4",
  ],
  [
    () => c.maxUnpool2d(ones([1, 1]), tensor([[0.5]]), 2),
    "maxUnpool2d: indices: expected cells of an output plane 2×2: 0 … 3, got 0.5",
  ],
  [
    () => c.maxUnpool2d(ones([2, 2]), c.zeros([2, 2]), 2, { outputSize: [4, 6] }),
    "maxUnpool2d: outputSize[1]: expected less than a stride (2) from 4, got 6",
  ],
];

const others: [() => unknown, string][] = [
  [
    () => c.interpolate(image, wrong({})),
    "interpolate: options: expected either size or scaleFactor, got an object with keys []",
  ],
  [
    () => c.interpolate(image, wrong({ size: 2, scaleFactor: 2 })),
    "interpolate: options: expected either size or scaleFactor",
  ],
  // Before tables as long as the sides are made.
  ...[
    (): Tensor => c.interpolate(ones([1, 1]), { size: [2 ** 31, 1] }),
    (): Tensor => c.pad(ones([1, 1]), [0, 0, 2 ** 31 - 1, 0], { mode: "replicate" }),
    (): Tensor => c.adaptiveAvgPool2d(ones([1, 1]), [2 ** 31, 1]),
    (): Tensor => c.adaptiveMaxPool2d(ones([1, 1]), [2 ** 31, 1]),
  ].map((call): [() => unknown, string] => [
    call,
    "tensor: shape: expected at most 2³⁰ numbers (4 GiB), got [1, 1, 2147483648, 1] (1 · 1 · 2147483648 · 1 = 2147483648 numbers, 8192 MiB). Free tensors",
  ]),
  [
    () => c.interpolate(image, { scaleFactor: 0.1 }),
    "interpolate: scaleFactor: expected positive numbers that leave at least one cell, got 0.1",
  ],
  [() => c.interpolate(image, { size: 2.5 }), "interpolate: size: expected a whole number ≥ 1, got 2.5"],
  [
    () => c.interpolate(image, wrong({ size: 2, alignCorners: true })),
    'interpolate: alignCorners: expected only with mode "bilinear" or "bicubic", got "nearest"',
  ],
  [
    () => c.interpolate(image, { size: 2, mode: "bilinear", alignCorners: true, coordinates: "half-pixel" }),
    'interpolate: coordinates: expected "align-corners", as alignCorners says, got "half-pixel"',
  ],
  [
    () => c.interpolate(image, { size: 2, mode: wrong("linear") }),
    'interpolate: mode: expected one of "nearest", "bilinear", "bicubic", "area", got "linear"',
  ],
  [
    () => c.pad(image, [1, 2, 3] as never),
    "pad: padding: expected a whole number, [h, w] or [left, right, top, bottom], got [1, 2, 3]",
  ],
  [() => c.pad(image, -3), "pad: padding: expected at least one row and column left, got 0×0"],
  [
    () => c.pad(image, -1, { mode: "circular" }),
    'pad: padding: expected whole numbers ≥ 0 in mode "circular", got -1',
  ],
  [
    () => c.pad(image, 1, wrong({ mode: "reflect", value: 1 })),
    'pad: value: expected none in mode "reflect", got 1',
  ],
  [
    () => c.pixelShuffle(ones([3, 2, 2]), 2),
    "pixelShuffle: input: expected channels in groups of 2² = 4, got a tensor of shape [3, 2, 2]",
  ],
  [
    () => c.pixelUnshuffle(ones([1, 3, 2]), 2),
    "pixelUnshuffle: input: expected a height and width that 2 divides, got a tensor of shape [1, 3, 2]",
  ],
  [
    () => c.bedOfNails(image, wrong({})),
    "bedOfNails: stride: expected a number or [height, width], got undefined",
  ],
  [
    () => c.fold(ones([5, 4]), 3, 2),
    "fold: input: expected rows in groups of 2·2 = 4, got a tensor of shape [5, 4]",
  ],
  [
    () => c.fold(ones([4, 5]), 3, 2),
    "fold: input: expected 2·2 = 4 columns, one for each window, got a tensor of shape [4, 5]",
  ],
  [
    () => c.linear(ones([2, 3]), ones([2, 4])),
    "linear: input: expected 4 features in the last dimension, as weight has columns, got a tensor of shape [2, 3]",
  ],
  [
    () => c.matmul(ones([2, 3]), ones([4, 2])),
    "matmul: b: expected 3 rows, as a has columns, got a tensor of shape [4, 2]",
  ],
  [
    () => c.matmul(ones([]), ones([1])),
    "matmul: a: expected at least one dimension, got a tensor of shape []",
  ],
  [
    () => c.add(ones([2, 3]), ones([2])),
    "add: shapes: expected sides that agree or are 1, from the last on (dimension 1: 3 and 2), got [2, 3] and [2]",
  ],
  [() => c.mul(ones([2]), wrong("2")), 'mul: b: expected a tensor or a number, got "2"'],
  [() => c.relu(wrong(3)), "relu: input: expected a tensor, got 3"],
  [() => c.sum(ones([2]), { dim: 1 }), "sum: dim: expected a dimension from -1 to 0, got 1"],
  [() => c.sum(ones([2, 2]), { dim: [0, -2] }), "sum: dim: expected each dimension once, got [0, -2]"],
  [() => c.amax(ones([0])), "amax: input: expected at least one number, got a tensor of shape [0]"],
  [() => c.argmax(ones([0])), "argmax: input: expected at least one number, got a tensor of shape [0]"],
  [() => c.reshape(ones([6]), [4, -1]), "reshape: shape: expected 6 numbers in all, got [4, -1]"],
  [() => c.permute(ones([2, 3]), [0, 0]), "permute: order: expected each of 2 dimensions once, got [0, 0]"],
  [
    () => c.slice(ones([3]), [{ start: 4 }]),
    "slice: ranges[0].start: expected a position from -3 to 3, got 4",
  ],
  [
    () => c.concat([ones([2, 2]), ones([3, 3])]),
    "concat: tensors[1]: expected shape [2, 2] but for dim 0, got a tensor of shape [3, 3]",
  ],
  [() => c.concat([]), "concat: tensors[0]: expected a tensor, got undefined"],
  [
    () => c.expand(ones([3]), [2]),
    "expand: input: expected a tensor that repeats to [2], got a tensor of shape [3]",
  ],
  [
    () => c.batchNorm2d(image),
    "batchNorm2d: options: expected runningMean and runningVar where training is not true, got an object with keys []",
  ],
  [
    () => c.batchNorm2d(ones([1, 2, 1, 1]), { training: true }),
    "batchNorm2d: input: expected more than one number for each channel in training, got a tensor of shape [1, 2, 1, 1]",
  ],
  [() => c.groupNorm(image, 3), "groupNorm: groups: expected a number that divides the 4 channels, got 3"],
  [() => c.dropout(image, { p: 2 }), "dropout: p: expected a finite number ≥ 0 and ≤ 1, got 2"],
  [
    () => c.crossEntropy(ones([2, 3]), tensor([0, 3])),
    "crossEntropy: target[1]: expected a class from 0 to 2, got 3",
  ],
  [
    () => c.crossEntropy(ones([2, 3]), tensor([0])),
    "crossEntropy: target: expected shape [2], got a tensor of shape [1]",
  ],
  [
    () => c.crossEntropy(ones([2, 3]), ones([2, 3]), { ignoreIndex: 1 }),
    "crossEntropy: ignoreIndex: expected none where targets are probabilities, got 1",
  ],
  [
    () => c.mseLoss(ones([2]), ones([3])),
    "mseLoss: target: expected shape [2], as the input, got a tensor of shape [3]",
  ],
  [
    () => c.mseLoss(ones([2]), ones([2]), { reduction: wrong("average") }),
    'mseLoss: reduction: expected one of "mean", "sum", "none", got "average"',
  ],
  [
    () => c.binaryCrossEntropy(tensor([2]), tensor([1])),
    "binaryCrossEntropy: input: expected probabilities from 0 to 1, got 2",
  ],
  [() => c.useBackend("cuda"), "useBackend: name: expected one of"],
];

describe("a wrong call says what came and what was expected", () => {
  for (const [title, list] of Object.entries({ conv, transposed, pools, others })) {
    for (const [call, message] of list) {
      it(`${title}: ${message.slice(0, 90)}`, () => {
        expect(call).to.throw(message);
      });
    }
  }

  it("and leaves arguments as they were", () => {
    const input: Tensor = ones([2, 2]);
    expect(() => c.conv2d(input, ones([3, 3]))).to.throw("kernel (rows)");
    expect(input.toArray()).to.deep.equal([
      [1, 1],
      [1, 1],
    ]);
  });
});
