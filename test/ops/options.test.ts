import { expect } from "chai";
import * as c from "../../src/index.js";
import type { Tensor } from "../../src/index.js";
import { normal } from "./inputs.js";

const image = normal(1, 4, 7, 6);
const weight = normal(4, 4, 3, 3);
const grouped = normal(4, 2, 3, 3);
const [scores, classes] = [normal(3, 4), c.tensor([0, 2, 1])];
const scattered = normal(1, 5, 5, 2);
const ramp = c.tensor([1, 2, 3, 4]);
const [columns, blocks, dense] = [normal(4, 9), normal(4, 4), normal(2, 4)];
const shared = { weight: ramp, bias: ramp, runningMean: ramp, runningVar: ramp };

type Options = Record<string, unknown>;
type Entry = readonly [
  name: string,
  call: (options: Options) => Tensor,
  base: Options,
  changed: readonly Options[],
];

// For each operation: options to start from, and for each option a change that must be seen in the result.
const entries: Entry[] = [
  [
    "conv2d",
    (o) => c.conv2d(image, "groups" in o ? grouped : weight, o),
    { padding: 1 },
    [
      { bias: ramp },
      { stride: 2 },
      { padding: 2 },
      { padding: [1, 0] },
      { padding: [1, 0, 0, 1] },
      { padding: "valid" },
      { padding: "full" },
      { padding: "same", stride: 2 },
      { dilation: 2 },
      { groups: 2 },
      { paddingMode: "reflect" },
      { paddingMode: "replicate" },
      { paddingMode: "circular" },
    ],
  ],
  [
    "convTranspose2d",
    (o) => c.convTranspose2d(image, "groups" in o ? grouped : weight, o),
    { stride: 2 },
    [{ bias: ramp }, { stride: 3 }, { padding: 1 }, { outputPadding: 1 }, { dilation: 2 }, { groups: 2 }],
  ],
  ...(["maxPool2d", "minPool2d"] as const).flatMap((name): Entry[] => {
    const changed = [{ stride: 1 }, { padding: 1 }, { dilation: 2 }, { ceilMode: true }];
    const withIndices = `${name}WithIndices` as const;
    return [
      [name, (o) => c[name](image, 3, o), { stride: 2 }, changed],
      [withIndices, (o) => c[withIndices](image, 3, o).indices, { stride: 2 }, changed],
    ];
  }),
  [
    "avgPool2d",
    (o) => c.avgPool2d(image, 3, o),
    { padding: 1, stride: 2 },
    [{ stride: 1 }, { padding: 0 }, { ceilMode: true }, { countIncludePad: false }, { divisorOverride: 2 }],
  ],
  ["lpPool2d", (o) => c.lpPool2d(c.square(image), 2, 2, o), {}, [{ stride: 1 }, { ceilMode: true }]],
  [
    "maxUnpool2d",
    (o) => c.maxUnpool2d(c.tensor([[1, 2]]), c.tensor([[0, 3]]), 2, o),
    {},
    [{ outputSize: [3, 4] }, { stride: 1 }, { stride: 3, padding: 0 }],
  ],
  [
    "maxUnpool2d padding",
    (o) => c.maxUnpool2d(c.tensor([[1, 2]]), c.tensor([[0, 1]]), 3, o),
    {},
    [{ padding: 1 }],
  ],
  [
    "interpolate",
    (o) => c.interpolate(image, o as c.InterpolateOptions),
    { size: [5, 11], mode: "bilinear" },
    [
      { size: [11, 5] },
      { size: undefined, scaleFactor: 2 },
      { mode: "nearest" },
      { mode: "bicubic" },
      { alignCorners: true },
      { coordinates: "asymmetric" },
      { coordinates: "align-corners" },
      { antialias: true },
      { mode: "area" },
    ],
  ],
  [
    "gridSample",
    (o) => c.gridSample(image, scattered, o),
    {},
    [
      { mode: "nearest" },
      { mode: "bicubic" },
      { paddingMode: "border" },
      { paddingMode: "reflection" },
      { alignCorners: true },
    ],
  ],
  ["affineGrid", (o) => c.affineGrid(c.tensor([[1, 2, 3], [4, 5, 6]]), [2, 3], o), {}, [{ alignCorners: true }]], // prettier-ignore
  [
    "interpolate nearest",
    (o) => c.interpolate(image, o as c.InterpolateOptions),
    { size: [5, 4] },
    [{ coordinates: "half-pixel" }],
  ],
  [
    "pad",
    (o) => c.pad(image, 2, o),
    {},
    [{ mode: "reflect" }, { mode: "replicate" }, { mode: "circular" }, { value: 1 }],
  ],
  ["unfold", (o) => c.unfold(image, 2, o), {}, [{ stride: 2 }, { padding: 1 }, { dilation: 2 }]],
  ["fold stride", (o) => c.fold(columns, [4, 4], 2, o), {}, [{ stride: 2, padding: 1 }]],
  ["fold dilation", (o) => c.fold(blocks, [4, 4], 2, o), { stride: 2 }, [{ stride: 1, dilation: 2 }]],
  ["linear", (o) => c.linear(scores, dense, o), {}, [{ bias: c.tensor([5, 6]) }]],
  ["leakyRelu", (o) => c.leakyRelu(scores, o), {}, [{ negativeSlope: 0.5 }]],
  ["elu", (o) => c.elu(scores, o), {}, [{ alpha: 0.5 }]],
  ["cumsum", (o) => c.cumsum(scores, o), {}, [{ dim: 0 }]],
  [
    "max",
    (o) => c.max(scores, o as unknown as c.SelectOptions).values,
    { dim: 0 },
    [{ dim: 1 }, { keepdim: true }],
  ],
  [
    "min",
    (o) => c.min(scores, o as unknown as c.SelectOptions).indices,
    { dim: 0 },
    [{ dim: 1 }, { keepdim: true }],
  ],
  ["topk", (o) => c.topk(c.tensor([3, 7, 9]), 2, o).values, {}, [{ largest: false }, { sorted: false }]],
  ["topk dim", (o) => c.topk(scores, 2, o).indices, {}, [{ dim: 0 }]],
  ["clamp", (o) => c.clamp(scores, o as { min: number }), { min: -1, max: 1 }, [{ min: 0 }, { max: 0.1 }]],
  ...(["sum", "mean", "amax", "amin", "prod"] as const).map((name): Entry => [
    name,
    (o) => c[name](scores, o),
    {},
    [{ dim: 0 }, { dim: [0, 1], keepdim: true }],
  ]),
  ...(["variance", "std"] as const).map((name): Entry => [
    name,
    (o) => c[name](scores, o),
    {},
    [{ dim: 0 }, { keepdim: true }, { correction: 0 }],
  ]),
  ["norm", (o) => c.norm(scores, o), {}, [{ dim: 0 }, { keepdim: true }, { p: 1 }]],
  ...(["argmax", "argmin"] as const).map((name): Entry => [
    name,
    (o) => c[name](scores, o),
    {},
    [{ dim: 0 }, { keepdim: true }],
  ]),
  ["softmax", (o) => c.softmax(scores, o), {}, [{ dim: 0 }]],
  ["logSoftmax", (o) => c.logSoftmax(scores, o), {}, [{ dim: 0 }]],
  [
    "batchNorm2d",
    (o) => c.batchNorm2d(image, { ...shared, ...o }),
    {},
    [
      { weight: undefined },
      { bias: undefined },
      { runningMean: c.zeros([4]) },
      { runningVar: c.ones([4]) },
      { training: true, runningMean: undefined, runningVar: undefined },
      { eps: 1 },
    ],
  ],
  ["batchNorm2d momentum", momentum, { momentum: 0.1 }, [{ momentum: 0.3 }]],
  ["groupNorm", (o) => c.groupNorm(image, 2, o), {}, [{ weight: ramp }, { bias: ramp }, { eps: 1 }]],
  ["dropout", (o) => c.dropout(image, o), { seed: 1 }, [{ seed: 2 }, { p: 0.1 }, { training: false }]],
  [
    "crossEntropy",
    (o) => c.crossEntropy(scores, classes, o),
    {},
    [
      { reduction: "sum" },
      { reduction: "none" },
      { weight: ramp },
      { ignoreIndex: 2 },
      { labelSmoothing: 0.1 },
    ],
  ],
  [
    "nllLoss",
    (o) => c.nllLoss(scores, classes, o),
    {},
    [{ reduction: "sum" }, { reduction: "none" }, { weight: ramp }, { ignoreIndex: 2 }],
  ],
  ...(["mseLoss", "l1Loss", "smoothL1Loss"] as const).map((name): Entry => [
    name,
    (o) => c[name](scores, c.mul(scores, 3), o),
    {},
    [{ reduction: "sum" }, { reduction: "none" }, ...(name === "smoothL1Loss" ? [{ beta: 0.1 }] : [])],
  ]),
  [
    "binaryCrossEntropy",
    (o) => c.binaryCrossEntropy(c.sigmoid(scores), c.sigmoid(scores), o),
    {},
    [{ reduction: "sum" }, { reduction: "none" }],
  ],
  [
    "binaryCrossEntropyWithLogits",
    (o) => c.binaryCrossEntropyWithLogits(scores, c.sigmoid(scores), o),
    {},
    [{ reduction: "sum" }, { reduction: "none" }, { posWeight: 2 }],
  ],
  ["concat", (o) => c.concat([scores, scores], o), {}, [{ dim: 1 }]],
  ["stack", (o) => c.stack([scores, scores], o), {}, [{ dim: 1 }]],
  ["flatten", (o) => c.flatten(image, o), {}, [{ startDim: 1 }, { endDim: 1 }]],
  ["bedOfNails", (o) => c.bedOfNails(image, o as { stride: number }), { stride: 2 }, [{ stride: 3 }]],
  ["randLike", (o) => c.randLike(ramp, o), { seed: 1 }, [{ seed: 2 }]],
  ["randnLike", (o) => c.randnLike(ramp, o), { seed: 1 }, [{ seed: 2 }]],
  ["rand", (o) => c.rand([3], o), { seed: 1 }, [{ seed: 2 }]],
  ["randn", (o) => c.randn([3], o), { seed: 1 }, [{ seed: 2 }]],
];

function momentum(options: Options): Tensor {
  const runningMean = c.zeros([4]);
  c.batchNorm2d(image, { training: true, runningMean, ...options });
  return runningMean;
}

const seen = (result: Tensor): string => JSON.stringify([result.shape, [...result.data]]);

describe("every option changes a result", () => {
  for (const [name, call, base, changed] of entries) {
    it(name, () => {
      const plain = seen(call(base));
      expect(seen(call(base)), "the same call again").to.equal(plain);
      for (const change of changed) {
        expect(seen(call({ ...base, ...change })), JSON.stringify(change)).to.not.equal(plain);
      }
    });
  }

  it("what is not said is PyTorch's default", () => {
    const square = c.slice(image, [{ end: 1 }, { end: 1 }]);
    const same: Record<string, [Tensor, Tensor]> = {
      conv2d: [
        c.conv2d(image, weight),
        c.conv2d(image, weight, { stride: 1, padding: 0, dilation: 1, groups: 1, paddingMode: "zeros" }),
      ],
      convTranspose2d: [
        c.convTranspose2d(image, weight),
        c.convTranspose2d(image, weight, { stride: 1, padding: 0, outputPadding: 0, dilation: 1, groups: 1 }),
      ],
      maxPool2d: [
        c.maxPool2d(image, [2, 3]),
        c.maxPool2d(image, [2, 3], { stride: [2, 3], padding: 0, dilation: 1, ceilMode: false }),
      ],
      avgPool2d: [
        c.avgPool2d(image, 3, { padding: 1 }),
        c.avgPool2d(image, 3, { padding: 1, stride: 3, ceilMode: false, countIncludePad: true }),
      ],
      lpPool2d: [c.lpPool2d(image, 2, 2), c.lpPool2d(image, 2, 2, { stride: 2, ceilMode: false })],
      maxUnpool2d: [
        c.maxUnpool2d(c.tensor([[1, 2]]), c.tensor([[0, 3]]), 2),
        c.maxUnpool2d(c.tensor([[1, 2]]), c.tensor([[0, 3]]), 2, { stride: 2, padding: 0 }),
      ],
      interpolate: [
        c.interpolate(image, { size: 5 }),
        c.interpolate(image, { size: 5, mode: "nearest", coordinates: "asymmetric" }),
      ],
      bilinear: [
        c.interpolate(image, { size: 5, mode: "bilinear" }),
        c.interpolate(image, { size: 5, mode: "bilinear", alignCorners: false, coordinates: "half-pixel" }),
      ],
      gridSample: [
        c.gridSample(square, c.reshape(c.tensor([0.3, -1.2]), [1, 1, 1, 2])),
        c.gridSample(square, c.reshape(c.tensor([0.3, -1.2]), [1, 1, 1, 2]), {
          mode: "bilinear",
          paddingMode: "zeros",
          alignCorners: false,
        }),
      ],
      affineGrid: [
        c.affineGrid(c.ones([2, 3]), [2, 3]),
        c.affineGrid(c.ones([2, 3]), [2, 3], { alignCorners: false }),
      ],
      topk: [c.topk(scores, 2).values, c.topk(scores, 2, { dim: -1, largest: true, sorted: true }).values],
      cumsum: [c.cumsum(scores), c.cumsum(scores, { dim: -1 })],
      elu: [c.elu(image), c.elu(image, { alpha: 1 })],
      antialias: [
        c.interpolate(image, { size: 3, mode: "bilinear" }),
        c.interpolate(image, { size: 3, mode: "bilinear", antialias: false }),
      ],
      pad: [c.pad(image, 1), c.pad(image, 1, { mode: "constant", value: 0 })],
      unfold: [c.unfold(image, 2), c.unfold(image, 2, { stride: 1, padding: 0, dilation: 1 })],
      leakyRelu: [c.leakyRelu(image), c.leakyRelu(image, { negativeSlope: 0.01 })],
      std: [c.std(image), c.std(image, { correction: 1, keepdim: false })],
      norm: [c.norm(image), c.norm(image, { p: 2, keepdim: false })],
      variance: [c.variance(image), c.variance(image, { correction: 1, keepdim: false })],
      softmax: [c.softmax(scores), c.softmax(scores, { dim: 1 })],
      batchNorm2d: [
        c.batchNorm2d(image, shared),
        c.batchNorm2d(image, { ...shared, training: false, momentum: 0.1, eps: 1e-5 }),
      ],
      momentum: [momentum({}), momentum({ momentum: 0.1 })],
      groupNorm: [c.groupNorm(image, 2), c.groupNorm(image, 2, { eps: 1e-5 })],
      dropout: [c.dropout(image, { seed: 1 }), c.dropout(image, { seed: 1, p: 0.5, training: true })],
      crossEntropy: [
        c.crossEntropy(scores, classes),
        c.crossEntropy(scores, classes, { reduction: "mean", labelSmoothing: 0 }),
      ],
      ignoreIndex: [
        c.crossEntropy(scores, c.tensor([0, -100, 1])),
        c.crossEntropy(scores, c.tensor([0, 9, 1]), { ignoreIndex: 9 }),
      ],
      smoothL1Loss: [
        c.smoothL1Loss(scores, scores),
        c.smoothL1Loss(scores, scores, { beta: 1, reduction: "mean" }),
      ],
      concat: [c.concat([scores, scores]), c.concat([scores, scores], { dim: 0 })],
      flatten: [c.flatten(square), c.flatten(square, { startDim: 0, endDim: -1 })],
    };
    for (const [name, [short, long]] of Object.entries(same)) expect(seen(short), name).to.equal(seen(long));
  });

  it("and none is accepted and ignored", () => {
    const asked = entries.filter(([name]) => !name.includes(" "));
    expect(asked.length).to.be.greaterThan(25);
    for (const [name, call, base] of asked) {
      expect(() => call({ ...base, stridez: 2 }), name).to.throw(`${name}: options: expected only`);
    }
  });
});
