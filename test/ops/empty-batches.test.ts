import { expect } from "chai";
import * as c from "../../src/index.js";
import { gradients, ones, tensor, type Tensor, zeros } from "../../src/index.js";
import * as operations from "../../src/ops/index.js";
import { eachBackend } from "../backend/each.js";

/** Calls of an operation with a batch of so many. The result's first side is the batch. */
type Batched = (batch: number, made: (...shape: number[]) => Tensor) => Tensor;

const running = (): c.BatchNormOptions => ({ runningMean: zeros([4]), runningVar: ones([4]) });
const filters = ones([4, 4, 3, 3]);
const maps = (call: (x: Tensor) => Tensor): Batched[] => [(batch, made) => call(made(batch, 4, 4, 6))];
const pairs = (call: (a: Tensor, b: Tensor) => Tensor): Batched[] => [
  (batch, made) => call(made(batch, 4, 2, 2), made(batch, 4, 2, 2)),
  (batch, made) => call(made(batch, 4, 2, 2), ones([4, 1, 1])),
];
const losses = (call: (x: Tensor, t: Tensor, o: { reduction: "none" }) => Tensor): Batched[] => [
  (batch, made) => call(made(batch, 4), zeros([batch, 4]), { reduction: "none" }),
];
const each = <T>(list: readonly T[], make: (one: T) => Batched[]): Batched[] => list.flatMap(make);

const table: Record<string, Batched[]> = {
  conv2d: [
    ...each(["zeros", "reflect", "replicate", "circular"] as const, (paddingMode) =>
      maps((x) => c.conv2d(x, filters, { padding: 1, paddingMode })),
    ),
    ...maps((x) => c.conv2d(x, ones([4, 1, 3, 3]), { groups: 4, bias: ones([4]) })),
    ...maps((x) => c.conv2d(x, filters, { stride: 2, dilation: 1, algorithm: "direct" })),
  ],
  convTranspose2d: maps((x) => c.convTranspose2d(x, filters, { stride: 2, bias: ones([4]) })),
  maxPool2d: maps((x) => c.maxPool2d(x, 2)),
  minPool2d: maps((x) => c.minPool2d(x, 3, { stride: 1, padding: 1 })),
  maxPool2dWithIndices: maps((x) => c.maxPool2dWithIndices(x, 2).output),
  minPool2dWithIndices: maps((x) => c.minPool2dWithIndices(x, 2).output),
  avgPool2d: [
    ...maps((x) => c.avgPool2d(x, 2)),
    ...maps((x) => c.avgPool2d(x, 3, { padding: 1, ceilMode: true })),
  ],
  lpPool2d: [...maps((x) => c.lpPool2d(x, 2, 2)), ...maps((x) => c.lpPool2d(x, 3, 2, { ceilMode: true }))],
  adaptiveAvgPool2d: maps((x) => c.adaptiveAvgPool2d(x, 3)),
  adaptiveMaxPool2d: maps((x) => c.adaptiveMaxPool2d(x, 3)),
  adaptiveMaxPool2dWithIndices: maps((x) => c.adaptiveMaxPool2dWithIndices(x, 2).output),
  globalAvgPool2d: maps(c.globalAvgPool2d),
  globalMaxPool2d: maps(c.globalMaxPool2d),
  maxUnpool2d: maps((x) => c.maxUnpool2d(x, c.zeros(x.shape), 2)),
  interpolate: [
    ...each(["nearest", "bilinear", "bicubic", "area"] as const, (mode) => [
      ...maps((x) => c.interpolate(x, { scaleFactor: 2, mode })),
      ...maps((x) => c.interpolate(x, { size: [3, 5], mode })),
    ]),
  ],
  gridSample: each(["bilinear", "nearest", "bicubic"] as const, (mode) => [
    (batch, made) => c.gridSample(made(batch, 2, 3, 3), made(batch, 4, 5, 2), { mode }),
  ]),
  affineGrid: [(batch, made) => c.affineGrid(made(batch, 2, 3), [batch, 2, 4, 5])],
  bedOfNails: maps((x) => c.bedOfNails(x, { stride: 2 })),
  pixelShuffle: maps((x) => c.pixelShuffle(x, 2)),
  pixelUnshuffle: maps((x) => c.pixelUnshuffle(x, 2)),
  pad: [
    ...maps((x) => c.pad(x, 2, { value: 3 })),
    ...each(["reflect", "replicate", "circular"] as const, (mode) => maps((x) => c.pad(x, 1, { mode }))),
  ],
  unfold: maps((x) => c.unfold(x, 2, { padding: 1 })),
  fold: [(batch, made) => c.fold(made(batch, 8, 4), 3, 2)],
  linear: [(batch, made) => c.linear(made(batch, 3), ones([2, 3]), { bias: ones([2]) })],
  matmul: [
    (batch, made) => c.matmul(made(batch, 3), ones([3, 2])),
    (batch, made) => c.matmul(made(batch, 2, 3), made(batch, 3, 2)),
  ],
  batchNorm2d: [
    ...maps((x) => c.batchNorm2d(x, { ...running(), weight: ones([4]), bias: ones([4]) })),
    ...maps((x) => c.batchNorm2d(x, { ...running(), training: true })),
    ...maps((x) => c.batchNorm2d(x, { training: true, weight: ones([4]), eps: 0 })),
  ],
  groupNorm: each([1, 2, 4], (groups) => maps((x) => c.groupNorm(x, groups, { weight: ones([4]) }))),
  dropout: maps((x) => c.dropout(x, { p: 0.5, seed: 1 })),
  softmax: each([0, 1, -1], (dim) => maps((x) => c.softmax(x, { dim }))),
  logSoftmax: each([0, 1, -1], (dim) => maps((x) => c.logSoftmax(x, { dim }))),
  leakyRelu: maps((x) => c.leakyRelu(x)),
  clamp: maps((x) => c.clamp(x, { min: 0, max: 1 })),
  where: pairs((a, b) => c.where(a, a, b)),
  concat: [(batch, made) => c.concat([made(batch, 2), made(batch, 3)], { dim: 1 })],
  cumsum: maps((x) => c.cumsum(x, { dim: 1 })),
  max: maps((x) => c.max(x, { dim: 1 }).values),
  min: maps((x) => c.min(x, { dim: -1 }).values),
  topk: maps((x) => c.topk(x, 2).values),
  elu: maps((x) => c.elu(x)),
  stack: [(batch, made) => c.stack([made(batch, 2), made(batch, 2)], { dim: 1 })],
  reshape: maps((x) => c.reshape(x, [x.shape[0], 8, 12])),
  flatten: maps((x) => c.flatten(x, { startDim: 1 })),
  permute: maps((x) => c.permute(x, [0, 2, 3, 1])),
  transpose: maps((x) => c.transpose(x, 1, 2)),
  expand: [(batch, made) => c.expand(made(batch, 1, 3), [batch, 5, 3])],
  slice: maps((x) => c.slice(x, [{}, { end: 2 }])),
  squeeze: [(batch, made) => c.squeeze(made(batch, 1, 3), 1)],
  unsqueeze: maps((x) => c.unsqueeze(x, 1)),
  mseLoss: losses(c.mseLoss),
  l1Loss: losses(c.l1Loss),
  smoothL1Loss: losses(c.smoothL1Loss),
  binaryCrossEntropy: losses((x, t, o) => c.binaryCrossEntropy(c.sigmoid(x), t, o)),
  binaryCrossEntropyWithLogits: losses(c.binaryCrossEntropyWithLogits),
  crossEntropy: [
    (batch, made) => c.crossEntropy(made(batch, 4), zeros([batch]), { reduction: "none", weight: ones([4]) }),
    (batch, made) =>
      c.crossEntropy(made(batch, 4), zeros([batch, 4]), { reduction: "none", labelSmoothing: 0.1 }),
    (batch, made) => c.crossEntropy(made(batch, 4, 2, 2), zeros([batch, 2, 2]), { reduction: "none" }),
  ],
  nllLoss: [(batch, made) => c.nllLoss(made(batch, 4), zeros([batch]), { reduction: "none" })],
  ...Object.fromEntries(
    ["sum", "mean", "variance", "std", "norm", "prod", "amax", "amin", "argmax", "argmin"].map((name) => {
      const call = operations[name as "sum"];
      return [
        name,
        [...maps((x) => call(x, { dim: 1 })), ...maps((x) => call(x, { dim: -1, keepdim: true }))],
      ];
    }),
  ),
  ...Object.fromEntries(
    [
      "relu",
      "sigmoid",
      "tanh",
      "softplus",
      "gelu",
      "silu",
      "neg",
      "abs",
      "sign",
      "reciprocal",
      "square",
      "sqrt",
    ]
      .concat(["relu6", "hardSigmoid", "hardSwish", "mish"])
      .concat(["exp", "log", "sin", "cos", "erf", "floor", "ceil", "round"])
      .map((name) => [name, maps(operations[name as "relu"])]),
  ),
  ...Object.fromEntries(
    ["add", "sub", "mul", "div", "pow", "maximum", "minimum"]
      .concat(["equal", "less", "lessEqual", "greater", "greaterEqual"])
      .map((name) => [name, pairs(operations[name as "add"])]),
  ),
};

describe("the rule for empty batches", () => {
  it("is tried with every operation that is exported", () => {
    const functions = Object.entries(operations).filter(([, value]) => typeof value === "function");
    expect(functions.map(([name]) => name).sort()).to.deep.equal(Object.keys(table).sort());
  });
});

eachBackend("every operation takes a batch of no images", (chosen) => {
  for (const [name, list] of Object.entries(table)) {
    it(name, () => {
      for (const call of list) {
        const [, ...rest] = call(2, (...shape) => ones(shape)).shape;
        const leaves: Tensor[] = [];
        const output = call(0, (...shape) => {
          const leaf = ones(shape);
          leaf.requiresGrad = true;
          leaves.push(leaf);
          return leaf;
        });
        expect(output.shape).to.deep.equal([0, ...rest]);
        expect(output.toArray()).to.deep.equal([]);
        if (!output.requiresGrad) continue;
        gradients(output, leaves, { gradient: zeros(output.shape) }).forEach((gradient, at) => {
          expect(gradient.shape).to.deep.equal(leaves[at].shape);
        });
      }
    });
  }

  const empty = (): Tensor => zeros([0, 2, 3, 3]);

  it("sums of nothing are 0, products 1, means and variances NaN", () => {
    const numbers = [c.sum, c.prod, c.norm, c.mean, c.variance, c.std].map((call) => call(empty()).item());
    expect(numbers).to.deep.equal([0, 1, 0, NaN, NaN, NaN]);
    expect([...c.sum(zeros([0, 2]), { dim: 0 }).data]).to.deep.equal([0, 0]);
    expect([...c.mean(zeros([0, 2]), { dim: 0 }).data]).to.deep.equal([NaN, NaN]);
    expect([...c.std(zeros([0, 2]), { dim: 0 }).data]).to.deep.equal([NaN, NaN]);
    expect(c.norm(empty(), { p: 3 }).item()).to.equal(0);
    expect([...c.matmul(zeros([2, 0]), zeros([0, 2])).data]).to.deep.equal([0, 0, 0, 0]);
  });

  it("mean losses of nothing are NaN, sums 0", () => {
    const [scores, classes] = [zeros([0, 3]), zeros([0])];
    for (const [reduction, wanted] of [
      ["mean", NaN],
      ["sum", 0],
    ] as const) {
      const found = [
        ...[c.mseLoss, c.l1Loss, c.smoothL1Loss, c.binaryCrossEntropy, c.binaryCrossEntropyWithLogits].map(
          (loss) => loss(scores, zeros([0, 3]), { reduction }),
        ),
        c.crossEntropy(scores, classes, { reduction }),
        c.crossEntropy(scores, zeros([0, 3]), { reduction }),
        c.nllLoss(scores, classes, { reduction }),
      ];
      for (const loss of found) expect(Object.is(loss.item(), wanted), String(loss.item())).to.equal(true);
    }
  });

  it("the largest of no numbers is refused, along a side that is not empty it is not", () => {
    for (const call of [c.amax, c.amin, c.argmax, c.argmin, c.max, c.min]) {
      expect(() => call(empty())).to.throw(`${call.name}: input: expected at least one number`);
      expect(() => call(empty(), { dim: 0 })).to.throw(`${call.name}: input: expected at least one number`);
    }
    expect(() => c.norm(empty(), { p: Infinity })).to.throw("norm: input: expected at least one number");
  });

  it("parameters get gradients of 0", () => {
    const parameters = [[3, 2, 3, 3], [3], [3, 4, 2, 2], [4], [4], [4], [5, 4]].map((shape) => {
      const made = ones(shape);
      made.requiresGrad = true;
      return made;
    });
    const [filters, bias, transposed, other, weight, shift, dense] = parameters;
    const found = c.convTranspose2d(c.conv2d(empty(), filters, { bias }), transposed, { bias: other });
    const normal = c.batchNorm2d(found, { training: true, weight, bias: shift });
    const output = c.linear(c.flatten(c.globalAvgPool2d(normal), { startDim: 1 }), dense);
    for (const gradient of gradients(c.sum(output), parameters)) {
      expect([...gradient.data].every((value) => value === 0)).to.equal(true);
    }
  });

  it("batchNorm2d in training leaves its running numbers as they are, and still refuses one number a channel", () => {
    const [runningMean, runningVar] = [tensor([1, 2]), tensor([3, 4])];
    c.batchNorm2d(empty(), { training: true, runningMean, runningVar });
    expect([...runningMean.data, ...runningVar.data]).to.deep.equal([1, 2, 3, 4]);
    expect(() => c.batchNorm2d(ones([1, 2, 1, 1]), { training: true })).to.throw(
      "batchNorm2d: input: expected more than one number for each channel in training",
    );
  });

  it("unfold refuses what no tensor holds before it computes, with the formula", () => {
    const allocate = chosen.allocate.bind(chosen);
    const image = ones([1, 64, 64, 64]);
    let asked = 0;
    chosen.allocate = (length, owned) => {
      asked += length;
      return allocate(length, owned);
    };
    try {
      expect(() => c.unfold(image, 31, { padding: 200 })).to.throw(
        "unfold: kernelSize: expected a result of at most 2³⁰ numbers (4 GiB), " +
          "got N · (C · h · w) · L = 1 · (64 · 31 · 31) · (434 · 434) = 11584647424",
      );
      expect(() =>
        c.conv2d(image, ones([300_000, 64, 1, 1]), { padding: 1, paddingMode: "reflect" }),
      ).to.throw(
        "tensor: shape: expected at most 2³⁰ numbers (4 GiB), got [1, 300000, 66, 66] (1 · 300000 · 66 · 66 = 1306800000 numbers, 4986 MiB)",
      );
    } finally {
      chosen.allocate = allocate;
    }
    // Nothing but the filters.
    expect(asked).to.equal(300_000 * 64);
  });
});
