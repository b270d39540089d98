import * as c from "../../src/index.js";
import { checkGradients, type Tensor } from "../../src/index.js";
import { eachBackend } from "../backend/each.js";
import { apart, normal, positive, type Sweep } from "./inputs.js";

eachBackend("gradients of gradients agree with measured slopes", () => {
  const second: Sweep[] = [
    ...[c.square, c.exp, c.sin, c.cos, c.tanh, c.sigmoid, c.erf, c.softplus, c.gelu, c.silu].map(
      (fn): Sweep => [fn.name, fn, [normal(4)]],
    ),
    ...[c.sqrt, c.log, c.reciprocal, (x: Tensor) => c.pow(x, 3)].map((fn): Sweep => [
      fn.name || "pow",
      fn,
      [positive(4)],
    ]),
    ...[c.mul, c.div, c.pow].map((fn): Sweep => [fn.name, fn, [positive(2, 3), positive(3)]]),
    ...[{ padding: 1 }, { stride: 2, groups: 2 }, { dilation: 2, padding: "same" }].map((o): Sweep => {
      const weight = normal(4, "groups" in o ? 1 : 2, 3, 3);
      return [
        `conv2d ${JSON.stringify(o)}`,
        (x, w, bias) => c.conv2d(x, w, { ...(o as c.Conv2dOptions), bias }),
        [normal(1, 2, 6, 5), weight, normal(4)],
      ];
    }),
    [
      "convTranspose2d",
      (x, w) => c.convTranspose2d(x, w, { stride: 2, padding: 1 }),
      [normal(1, 2, 3, 3), normal(2, 2, 3, 3)],
    ],
    ["avgPool2d", (x) => c.avgPool2d(x, 2, { padding: 1 }), [normal(1, 4, 4)]],
    ["maxPool2d", (x) => c.maxPool2d(x, 2), [apart(1, 4, 4)]],
    ["interpolate", (x) => c.interpolate(x, { scaleFactor: 2, mode: "bilinear" }), [normal(1, 3, 3)]],
    ["matmul", c.matmul, [normal(2, 3), normal(3, 2)]],
    [
      "gridSample",
      (x, grid) => c.gridSample(x, grid, { mode: "bicubic", paddingMode: "border" }),
      [
        normal(1, 1, 3, 3),
        c.tensor([
          [
            [
              [0.1, -0.2],
              [0.4, 0.3],
            ],
          ],
        ]),
      ],
    ],
    ["gridSample by lines", (x, grid) => c.gridSample(x, grid), [normal(3, 3), c.tensor([[[0.1, -0.2]]])]],
    ["elu", (x) => c.elu(x), [apart(6)]],
    ["mish", c.mish, [normal(4)]],
    ["cumsum", (x) => c.square(c.cumsum(x)), [normal(4)]],
    ["topk", (x) => c.square(c.topk(x, 2).values), [apart(5)]],
    ["std", (x) => c.std(x, { dim: 1 }), [normal(2, 3)]],
    ["prod", (x) => c.prod(x, { dim: 0 }), [normal(3, 2)]],
    ...[2, 1.5, 3].map((p): Sweep => [`norm ${p}`, (x) => c.norm(x, { p, dim: 1 }), [positive(2, 3)]]),
    [
      "binaryCrossEntropy",
      (x, t) => c.binaryCrossEntropy(c.sigmoid(x), c.sigmoid(t), { reduction: "none" }),
      [normal(3), normal(3)],
    ],
    ["softmax", (x) => c.softmax(x), [normal(2, 3)]],
  ];
  for (const [what, fn, inputs] of second) {
    it(what, () => {
      inputs.forEach((_, argument) => {
        // Squared, so that the first derivative is not constant.
        const slope = c.grad((...given: Tensor[]) => c.sum(c.square(fn(...given))), { argument });
        checkGradients(slope, inputs, { tolerance: 4e-3 });
      });
    });
  }
});
