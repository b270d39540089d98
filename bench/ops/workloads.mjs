// What is measured: networks of one or more layers on one input, and the two gradients of a convolution.
// Goals are times over the best native peer at equal threads, on an engine without relaxed SIMD (Node 20),
// with it (Node 22 and later), and with V8's revectoriser.

const conv = (out, kernel, options = {}) => ({
  op: "conv",
  out,
  kernel,
  stride: 1,
  padding: (kernel - 1) >> 1,
  dilation: 1,
  groups: 1,
  ...options,
});
const relu = { op: "relu" };
const maxPool = { op: "maxPool", kernel: 2, stride: 2, padding: 0 };
const one = (name, input, layer, goal) => ({ name, input, layers: [layer], goal });
const vgg = [64, 64, 0, 128, 128, 0, 256, 256, 0, 512, 512, 0].flatMap((channels) =>
  channels === 0 ? [maxPool] : [conv(channels, 3), relu],
);

const dense = [1.0, 0.8, 0.5];

export const workloads = [
  one("conv 3×3 64→64 @56", [1, 64, 56, 56], conv(64, 3), dense),
  one("conv 3×3 64→64 @56, batch 8", [8, 64, 56, 56], conv(64, 3), dense),
  one("conv 3×3 256→256 @14", [1, 256, 14, 14], conv(256, 3), dense),
  one("conv 3×3 512→512 @7", [1, 512, 7, 7], conv(512, 3), undefined),
  one("conv 3×3 3→64 @224", [1, 3, 224, 224], conv(64, 3), [1.0, 0.8, 0.6]),
  one("conv 7×7 stride 2 3→64 @224", [1, 3, 224, 224], conv(64, 7, { stride: 2 }), [2.5, 1.9, 1.2]),
  one("conv 1×1 256→256 @28", [1, 256, 28, 28], conv(256, 1), [2.5, 1.9, 1.2]),
  one(
    "conv 3×3 dilation 2 64→64 @56",
    [1, 64, 56, 56],
    conv(64, 3, { dilation: 2, padding: 2 }),
    [1.2, 1.0, 0.7],
  ),
  one(
    "transposed 4×4 stride 2 64→32 @28",
    [1, 64, 28, 28],
    {
      op: "transposed",
      out: 32,
      kernel: 4,
      stride: 2,
      padding: 1,
    },
    [1.5, 1.3, 1.0],
  ),
  one("depthwise 3×3 96 @112", [1, 96, 112, 112], conv(96, 3, { groups: 96 }), [0.9, 0.9, 0.9]),
  one("depthwise 3×3 96 @112, batch 8", [8, 96, 112, 112], conv(96, 3, { groups: 96 }), [0.3, 0.3, 0.3]),
  one("max pool 2×2 64 @112", [1, 64, 112, 112], maxPool, [0.3, 0.3, 0.3]),
  one("max pool 2×2 with indices 64 @112", [1, 64, 112, 112], { ...maxPool, indices: true }, [0.1, 0.1, 0.1]),
  one(
    "average pool 3×3 stride 1 64 @56",
    [1, 64, 56, 56],
    {
      op: "averagePool",
      kernel: 3,
      stride: 1,
      padding: 1,
    },
    [0.6, 0.6, 0.6],
  ),
  one(
    "bilinear ×2 64 @56",
    [1, 64, 56, 56],
    { op: "resize", mode: "bilinear", factor: 2 },
    [0.25, 0.25, 0.25],
  ),
  one("nearest ×2 64 @56", [1, 64, 56, 56], { op: "resize", mode: "nearest", factor: 2 }, [0.2, 0.2, 0.2]),
  {
    name: "input gradient, conv 3×3 64→64 @56",
    input: [1, 64, 56, 56],
    layers: [conv(64, 3)],
    gradient: "input",
    goal: dense,
  },
  {
    name: "weight gradient, conv 3×3 64→64 @56",
    input: [1, 64, 56, 56],
    layers: [conv(64, 3)],
    gradient: "weight",
    goal: [1.2, 1.0, 0.7],
  },
  { name: "VGG, 8 layers, forward @64", input: [1, 3, 64, 64], layers: vgg, goal: [1.0, 0.95, 0.75] },
  {
    name: "VGG, 8 layers, forward @64, batch 8",
    input: [8, 3, 64, 64],
    layers: vgg,
    goal: [0.95, 0.8, 0.55],
  },
  {
    name: "LeNet training step, batch 32 @28",
    input: [32, 1, 28, 28],
    layers: [
      conv(6, 5, { padding: 2 }),
      relu,
      maxPool,
      conv(16, 5, { padding: 0 }),
      relu,
      maxPool,
      { op: "flatten" },
      { op: "linear", out: 120 },
      relu,
      { op: "linear", out: 84 },
      relu,
      { op: "linear", out: 10 },
    ],
    training: true,
    goal: [1.0, 1.0, 0.8],
  },
  {
    // The network for CIFAR-10 that convnetjs shows on its own pages.
    name: "CIFAR network of convnetjs, training step, batch 32 @32",
    input: [32, 3, 32, 32],
    layers: [
      ...[16, 20, 20].flatMap((channels) => [conv(channels, 5), relu, maxPool]),
      { op: "flatten" },
      { op: "linear", out: 10 },
    ],
    training: true,
    goal: undefined,
  },
];

/** Shapes of every layer's weight, bias and output. */
export function shapes({ input, layers }) {
  let [n, c, h, w] = input;
  return layers.map((layer) => {
    const { op, out, kernel, stride = 1, padding = 0, dilation = 1, groups = 1, factor } = layer;
    const slide = (size) => Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
    let weight;
    if (op === "conv") weight = [out, c / groups, kernel, kernel];
    if (op === "transposed") weight = [c, out, kernel, kernel];
    if (op === "linear") weight = [out, c];
    if (op === "conv") [c, h, w] = [out, slide(h), slide(w)];
    if (op === "transposed")
      [c, h, w] = [out, (h - 1) * stride - 2 * padding + kernel, (w - 1) * stride - 2 * padding + kernel];
    if (op === "maxPool" || op === "averagePool") [h, w] = [slide(h), slide(w)];
    if (op === "resize") [h, w] = [h * factor, w * factor];
    if (op === "flatten") [c, h, w] = [c * h * w, undefined, undefined];
    if (op === "linear") c = out;
    const output = h === undefined ? [n, c] : [n, c, h, w];
    return { weight, bias: weight && [out], output };
  });
}

export const count = (shape) => shape.reduce((product, side) => product * side, 1);

/** The same numbers for every peer: unit scale for inputs, scaled by the fan-in for weights. */
export function numbers(workload) {
  let seed = 12345;
  const next = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    return (seed >>> 0) / 2 ** 31 - 1;
  };
  const fill = (shape, scale) => Float32Array.from({ length: count(shape) }, () => next() * scale);
  const all = shapes(workload);
  const weights = all.map(({ weight }) => weight && fill(weight, Math.sqrt(3 / count(weight.slice(1)))));
  const biases = all.map(({ bias }) => bias && fill(bias, 0.1));
  const labels = workload.training && Int32Array.from({ length: workload.input[0] }, (_, i) => i % 10);
  const gradient = workload.gradient && fill(all[0].output, 1);
  return { input: fill(workload.input, 1), weights, biases, labels, gradient };
}

/** Multiplications and additions of a forward pass, for rates. */
export function flops(workload) {
  const all = shapes(workload);
  return all.reduce((total, { weight, output }, index) => {
    if (!weight) return total;
    const { op } = workload.layers[index];
    if (op === "transposed") {
      const input = index === 0 ? workload.input : all[index - 1].output;
      return total + 2 * count(input) * count(weight.slice(1));
    }
    return total + 2 * count(output) * count(weight.slice(1));
  }, 0);
}
