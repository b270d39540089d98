import { expect } from "chai";
import * as c from "../../src/index.js";
import { checkGradients, type Tensor } from "../../src/index.js";
import * as operations from "../../src/ops/index.js";
import { eachBackend } from "../backend/each.js";
import { apart, normal, positive, restart, type Sweep } from "./inputs.js";

/** The same operation under each of several options. */
function over<T>(
  what: string,
  options: T[],
  fn: (o: T, ...inputs: Tensor[]) => Tensor,
  inputs: () => Tensor[],
): Sweep[] {
  return options.map((o) => [`${what} ${JSON.stringify(o)}`, (...given) => fn(o, ...given), inputs()]);
}

const images: c.Conv2dOptions[] = [
  {},
  { stride: 2 },
  { stride: [1, 3], padding: [2, 0] },
  { padding: "same", dilation: [1, 2] },
  { padding: "half" },
  { padding: "same", stride: [2, 3] },
  { padding: "same", stride: 2, paddingMode: "reflect" },
  { padding: [9, 0, 0, 8], paddingMode: "reflect", stride: 3 },
  { padding: "full", stride: 2 },
  { padding: [2, 0, 1, 3], dilation: 2 },
  { groups: 2, padding: 1 },
  { padding: 2, paddingMode: "reflect" },
  { padding: [1, 2], paddingMode: "replicate", stride: 2 },
  { padding: [2, 1, 0, 2], paddingMode: "circular", groups: 2 },
];
const transposed: c.ConvTranspose2dOptions[] = [
  {},
  { stride: 2, outputPadding: 1 },
  { stride: [3, 2], padding: 1, outputPadding: [2, 0] },
  { dilation: 2, padding: [1, 2] },
  { groups: 2, stride: 2 },
];
const pools: c.PoolOptions[] = [
  {},
  { stride: 1, padding: 1 },
  { stride: [2, 1], dilation: [1, 2] },
  { ceilMode: true, padding: [0, 1] },
];
const averages: c.AveragePoolOptions[] = [
  {},
  { stride: 1, padding: 1 },
  { stride: 2, padding: 1, countIncludePad: false },
  { ceilMode: true, padding: [0, 1] },
  { divisorOverride: 5 },
];
const sizes: c.InterpolateOptions[] = (
  [
    { mode: "nearest" },
    { mode: "nearest", coordinates: "half-pixel" },
    { mode: "bilinear" },
    { mode: "bilinear", alignCorners: true },
    { mode: "bilinear", coordinates: "asymmetric" },
    { mode: "bicubic" },
    { mode: "bicubic", alignCorners: true },
    { mode: "bicubic", coordinates: "asymmetric" },
    { mode: "bilinear", antialias: true },
    { mode: "bicubic", antialias: true },
    { mode: "bicubic", antialias: true, alignCorners: true },
    { mode: "area" },
  ] as const
).flatMap((mode) => [
  { ...mode, size: [7, 3] as const },
  { ...mode, scaleFactor: [0.6, 2] as const },
  // The rounded sizes are the input's own, and twice it.
  { ...mode, scaleFactor: [1.2, 2.1] as const },
]);
const samplings: c.GridSampleOptions[] = (["bilinear", "nearest", "bicubic"] as const).flatMap((mode) =>
  (["zeros", "border", "reflection"] as const).flatMap((paddingMode) => [
    { mode, paddingMode },
    { mode, paddingMode, alignCorners: true },
  ]),
);
/** Places off the kinks of interpolation, so that no step of the check crosses one; some lie outside. */
const places = (size: number): Tensor =>
  c.tensor(
    Array.from({ length: 12 }, (_, index) => ((index * 7) % 12) / 2 - 2.75).map(
      (cell) => (2 * cell + 1) / size - 1,
    ),
    [1, 2, 3, 2],
  );

function sweeps(): Sweep[] {
  restart();
  const smooth: [string, (x: Tensor) => Tensor][] = [
    ["neg", c.neg],
    ["square", c.square],
    ["exp", c.exp],
    ["sin", c.sin],
    ["cos", c.cos],
    ["tanh", c.tanh],
    ["sigmoid", c.sigmoid],
    ["erf", c.erf],
    ["softplus", c.softplus],
    ["gelu", c.gelu],
    ["silu", c.silu],
    ["mish", c.mish],
  ];
  const cornered: [string, (x: Tensor) => Tensor][] = [
    ["abs", c.abs],
    ["relu", c.relu],
    ["leakyRelu", (x) => c.leakyRelu(x, { negativeSlope: 0.3 })],
    ["elu", (x) => c.elu(x, { alpha: 0.7 })],
    ["floor", (x) => c.add(c.floor(c.add(x, 0.3)), x)],
    ["relu6", (x) => c.relu6(c.mul(x, 50 / 3))],
    ["hardSigmoid", (x) => c.hardSigmoid(c.mul(x, 10))],
    ["hardSwish", (x) => c.hardSwish(c.mul(x, 10))],
    ["clamp", (x) => c.clamp(x, { min: -0.24, max: 0.3 })],
    ["sign", (x) => c.mul(c.sign(x), x)],
  ];
  const ofPositive: [string, (x: Tensor) => Tensor][] = [
    ["sqrt", c.sqrt],
    ["log", c.log],
    ["reciprocal", c.reciprocal],
    ["pow -1.5", (x) => c.pow(x, -1.5)],
    ["pow 3", (x) => c.pow(x, 3)],
  ];
  const binary: [string, (a: Tensor, b: Tensor) => Tensor][] = [
    ["add", c.add],
    ["sub", c.sub],
    ["mul", c.mul],
    ["div", c.div],
    ["pow", c.pow],
    ["maximum", c.maximum],
    ["minimum", c.minimum],
  ];
  const dims: c.ReduceOptions[] = [{}, { dim: 1 }, { dim: [0, 2], keepdim: true }, { dim: -1 }];
  const classes = c.tensor([0, 2, 1]);
  return [
    ...over(
      "conv2d",
      images,
      (o, x, w, b) => c.conv2d(x, w, { ...o, bias: b }),
      () => [normal(2, 4, 6, 5), normal(4, 4, 3, 2), normal(4)],
    ).map(([what, fn, [x, w, b]]): Sweep => [
      what,
      fn,
      [x, what.includes("groups") ? normal(4, 2, 3, 2) : w, b],
    ]),
    ["conv2d depthwise", (x, w) => c.conv2d(x, w, { groups: 3 }), [normal(1, 3, 5, 5), normal(6, 1, 2, 3)]],
    ["conv2d rank 2", (x, w) => c.conv2d(x, w, { padding: 1 }), [normal(5, 4), normal(2, 3)]],
    ["conv2d rank 3, one filter", (x, w) => c.conv2d(x, w), [normal(2, 5, 4), normal(2, 2, 3)]],
    ...over(
      "convTranspose2d",
      transposed,
      (o, x, w, b) => c.convTranspose2d(x, w, { ...o, bias: b }),
      () => [normal(2, 4, 3, 4), normal(4, 2, 3, 3), normal(2)],
    ).map(([what, fn, [x, w, b]]): Sweep => [what, fn, [x, w, what.includes("groups") ? normal(4) : b]]),
    ...over(
      "maxPool2d",
      pools,
      (o, x) => c.maxPool2d(x, [2, 3], o),
      () => [apart(2, 6, 7)],
    ),
    ...over(
      "minPool2d",
      pools,
      (o, x) => c.minPool2d(x, [3, 2], o),
      () => [apart(1, 2, 7, 6)],
    ),
    ...over(
      "avgPool2d",
      averages,
      (o, x) => c.avgPool2d(x, [2, 3], o),
      () => [normal(1, 2, 6, 7)],
    ),
    ...over(
      "lpPool2d",
      [1, 2, 3.5],
      (p, x) => c.lpPool2d(x, p, 2, { stride: 1, ceilMode: true }),
      () => [positive(1, 2, 4, 5)],
    ),
    ["adaptiveAvgPool2d", (x) => c.adaptiveAvgPool2d(x, [3, 2]), [normal(2, 5, 7)]],
    ["adaptiveMaxPool2d", (x) => c.adaptiveMaxPool2d(x, [3, undefined]), [apart(2, 5, 4)]],
    ["globalAvgPool2d", c.globalAvgPool2d, [normal(2, 3, 3)]],
    ["globalMaxPool2d", c.globalMaxPool2d, [apart(2, 3, 3)]],
    [
      "maxUnpool2d",
      (x) =>
        c.maxUnpool2d(
          x,
          c.tensor([
            [
              [0, 5],
              [20, 24],
            ],
          ]),
          2,
          { outputSize: [5, 5] },
        ),
      [normal(1, 2, 2)],
    ],
    ...over(
      "interpolate",
      sizes,
      (o, x) => c.interpolate(x, o),
      () => [normal(2, 4, 5)],
    ),
    ...over(
      "gridSample",
      samplings,
      (o, x, grid) => c.gridSample(x, grid, o),
      () => [normal(1, 2, 4, 4), places(4)],
    ).map(([what, fn, [x, grid]]): Sweep => [
      what,
      fn,
      // Aligned corners lie a cell apart less in all.
      [x, what.includes("alignCorners") ? c.sub(c.div(c.mul(c.add(places(4), 1), 4), 3), 4 / 3) : grid],
    ]),
    ["gridSample rank 2", (x) => c.gridSample(x, c.reshape(places(4), [2, 3, 2])), [normal(4, 4)]],
    ["affineGrid", (theta) => c.affineGrid(theta, [2, 1, 3, 4]), [normal(2, 2, 3)]],
    ["affineGrid aligned", (theta) => c.affineGrid(theta, [1, 3], { alignCorners: true }), [normal(2, 3)]],
    ["bedOfNails", (x) => c.bedOfNails(x, { stride: [2, 3] }), [normal(2, 3, 2)]],
    ["pixelShuffle", (x) => c.pixelShuffle(x, 2), [normal(8, 2, 3)]],
    ["pixelUnshuffle", (x) => c.pixelUnshuffle(x, 2), [normal(2, 4, 6)]],
    ...over(
      "pad",
      [{}, { value: 2 }, { mode: "reflect" }, { mode: "replicate" }, { mode: "circular" }] as c.PadOptions[],
      (o, x) => c.pad(x, [1, 2, 0, 2], o),
      () => [normal(2, 3, 4)],
    ),
    ["pad, beyond", (x) => c.pad(x, [7, 3, 5, 0], { mode: "reflect" }), [normal(2, 3, 4)]],
    ["pad, around", (x) => c.pad(x, [0, 9, 4, 5], { mode: "circular" }), [normal(2, 3, 4)]],
    ["pad, negative", (x) => c.pad(x, [-1, 2, 1, -2]), [normal(2, 4, 4)]],
    ["unfold", (x) => c.unfold(x, [2, 3], { stride: 2, padding: 1, dilation: [2, 1] }), [normal(2, 2, 5, 6)]],
    ["fold", (x) => c.fold(x, [4, 5], 2, { stride: [1, 2], padding: [0, 1] }), [normal(8, 9)]],
    ["linear", (x, w, b) => c.linear(x, w, { bias: b }), [normal(2, 3, 4), normal(5, 4), normal(5)]],
    ["matmul", c.matmul, [normal(3, 4), normal(4, 2)]],
    ["matmul, broadcast", c.matmul, [normal(2, 1, 3, 4), normal(3, 4, 2)]],
    ["matmul, vectors", c.matmul, [normal(4), normal(2, 4, 3)]],
    ["matmul, one repeated", c.matmul, [normal(3, 2, 4), normal(4, 2)]],
    ...smooth.map(([what, fn]): Sweep => [what, fn, [normal(2, 3)]]),
    ...cornered.map(([what, fn]): Sweep => [what, fn, [apart(4, 4)]]),
    ...ofPositive.map(([what, fn]): Sweep => [what, fn, [positive(2, 3)]]),
    ...binary.map(([what, fn]): Sweep => [what, fn, [positive(2, 1, 3), c.add(positive(4, 1), 0.7)]]),
    ["where", (a, b) => c.where(c.tensor([[1], [0]]), a, b), [normal(2, 3), normal(3)]],
    ...over(
      "sum",
      dims,
      (o, x) => c.sum(x, o),
      () => [normal(2, 3, 4)],
    ),
    ...over(
      "mean",
      dims,
      (o, x) => c.mean(x, o),
      () => [normal(2, 3, 4)],
    ),
    ...over(
      "amax",
      dims,
      (o, x) => c.amax(x, o),
      () => [apart(2, 3, 4)],
    ),
    ...over(
      "amin",
      dims,
      (o, x) => c.amin(x, o),
      () => [apart(2, 3, 4)],
    ),
    ["max", (x) => c.max(x), [apart(2, 3, 4)]],
    ["min", (x) => c.min(x), [apart(2, 3, 4)]],
    ...over(
      "max",
      [{ dim: 1 }, { dim: -1, keepdim: true }],
      (o, x) => c.max(x, o).values,
      () => [apart(2, 3, 4)],
    ),
    ["min along", (x) => c.min(x, { dim: 0 }).values, [apart(2, 3, 4)]],
    ...over(
      "topk",
      [{}, { dim: 1 }, { dim: 0, largest: false }, { dim: 1, sorted: false }] as c.TopkOptions[],
      (o, x) => c.topk(x, 2, o).values,
      () => [apart(2, 3, 4)],
    ),
    ...over(
      "cumsum",
      [{}, { dim: 0 }, { dim: 1 }],
      (o, x) => c.cumsum(x, o),
      () => [normal(2, 3, 4)],
    ),
    ...over(
      "variance",
      [...dims, { correction: 0 }],
      (o, x) => c.variance(x, o),
      () => [normal(2, 3, 4)],
    ),
    ...over(
      "std",
      [...dims, { correction: 0 }],
      (o, x) => c.std(x, o),
      () => [normal(2, 3, 4)],
    ),
    ...over(
      "prod",
      dims,
      (o, x) => c.prod(x, o),
      () => [normal(2, 3, 4)],
    ),
    ["prod of zeros", (x) => c.prod(c.relu(x), { dim: 0 }), [apart(3, 4)]],
    ...over(
      "norm",
      [...dims, ...[0.5, 1, 1.5, 3, -1, Infinity, -Infinity].map((p) => ({ p, dim: 1 }))],
      (o, x) => c.norm(x, o),
      () => [c.mul(apart(2, 3, 4), 2)],
    ),
    ["norm 0", (x) => c.mul(c.norm(x, { p: 0 }), x), [apart(2, 3)]],
    ...over(
      "softmax",
      [{}, { dim: 0 }, { dim: 1 }],
      (o, x) => c.softmax(x, o),
      () => [normal(2, 3, 4)],
    ),
    ...over(
      "logSoftmax",
      [{}, { dim: 0 }, { dim: 1 }],
      (o, x) => c.logSoftmax(x, o),
      () => [normal(2, 3, 4)],
    ),
    [
      "batchNorm2d, training",
      (x, weight, bias) => c.batchNorm2d(x, { weight, bias, training: true, eps: 0.1 }),
      [normal(2, 2, 3, 3), normal(2), normal(2)],
    ],
    [
      "batchNorm2d",
      (x, weight, bias, mean, spread) =>
        c.batchNorm2d(x, { weight, bias, runningMean: mean, runningVar: spread }),
      [normal(2, 2, 2, 3), normal(2), normal(2), normal(2), positive(2)],
    ],
    [
      "groupNorm",
      (x, weight, bias) => c.groupNorm(x, 2, { weight, bias, eps: 0.1 }),
      [normal(2, 4, 3, 2), normal(4), normal(4)],
    ],
    ["dropout", (x) => c.dropout(x, { p: 0.4, seed: 5 }), [normal(3, 4)]],
    ...over(
      "crossEntropy",
      [
        {},
        { reduction: "sum", ignoreIndex: 2 },
        { reduction: "none", labelSmoothing: 0.2 },
      ] as c.CrossEntropyOptions[],
      (o, x) => c.crossEntropy(x, classes, o),
      () => [normal(3, 4)],
    ),
    [
      "crossEntropy, weighted",
      (x) => c.crossEntropy(x, classes, { weight: c.tensor([1, 2, 3, 4]) }),
      [normal(3, 4)],
    ],
    [
      "crossEntropy, probabilities",
      (x, t) => c.crossEntropy(x, t, { labelSmoothing: 0.1, weight: c.tensor([1, 2, 3, 4]) }),
      [normal(3, 4), positive(3, 4)],
    ],
    ["nllLoss", (x) => c.nllLoss(x, classes), [normal(3, 4)]],
    ["mseLoss", (x, t) => c.mseLoss(x, t), [normal(3, 4), normal(3, 4)]],
    ["l1Loss", (x, t) => c.l1Loss(x, t), [apart(3, 4), c.add(apart(3, 4), 2)]],
    [
      "smoothL1Loss",
      (x, t) => c.smoothL1Loss(x, t, { beta: 0.7, reduction: "none" }),
      [normal(3, 4), normal(3, 4)],
    ],
    ["binaryCrossEntropy", (x) => c.binaryCrossEntropy(c.sigmoid(x), c.tensor([1, 0, 0.4])), [normal(3)]],
    [
      "binaryCrossEntropyWithLogits",
      (x) => c.binaryCrossEntropyWithLogits(x, c.tensor([1, 0, 0.4]), { posWeight: 3, reduction: "sum" }),
      [normal(3)],
    ],
    ["reshape", (x, y) => c.mul(c.reshape(x, [3, -1]), y), [normal(2, 6), normal(3, 4)]],
    ["flatten", (x) => c.square(c.flatten(x, { startDim: 1 })), [normal(2, 3, 2)]],
    ["permute", (x) => c.permute(x, [2, 0, 1]), [normal(2, 3, 4)]],
    ["transpose", (x) => c.transpose(x, 0, 2), [normal(2, 3, 4)]],
    ["slice", (x) => c.slice(x, [{ start: 1 }, undefined, { end: -1, step: 2 }]), [normal(3, 2, 5)]],
    ["concat", (a, b) => c.concat([a, b, a], { dim: 1 }), [normal(2, 3, 2), normal(2, 1, 2)]],
    ["stack", (a, b) => c.stack([a, b], { dim: -1 }), [normal(2, 3), normal(2, 3)]],
    ["squeeze and unsqueeze", (x) => c.squeeze(c.unsqueeze(x, 1)), [normal(2, 3)]],
    ["expand", (x) => c.expand(x, [2, 3, 4]), [normal(3, 1)]],
    [
      "convTranspose2d rank 3, one filter",
      (x, w) => c.convTranspose2d(x, w),
      [normal(2, 3, 4), normal(2, 2, 3)],
    ],
    ["adaptiveMaxPool2dWithIndices", (x) => c.adaptiveMaxPool2dWithIndices(x, 2).output, [apart(2, 4, 6)]],
    ["maxPool2dWithIndices", (x) => c.maxPool2dWithIndices(x, 2, { stride: 1 }).output, [apart(2, 4, 5)]],
    ["minPool2dWithIndices", (x) => c.minPool2dWithIndices(x, 2, { padding: 1 }).output, [apart(2, 4, 5)]],
  ];
}

eachBackend("gradients agree with measured slopes", () => {
  for (const [index, [what]] of sweeps().entries()) {
    it(what, () => {
      const [, fn, inputs] = sweeps()[index];
      checkGradients(fn, inputs);
    });
  }
});

describe("the sweep of gradients", () => {
  it("has every operation that is exported", () => {
    // What has no gradient, or none that a slope could measure.
    const others = [
      "argmax",
      "argmin",
      "ceil",
      "equal",
      "greater",
      "greaterEqual",
      "less",
      "lessEqual",
      "round",
    ];
    const names = new Set(sweeps().flatMap(([what]) => what.split(/[ ,]+/)));
    const missing = Object.keys(operations).filter((name) => !names.has(name) && !others.includes(name));
    expect(missing).to.deep.equal([]);
  });
});
