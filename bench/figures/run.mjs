// Time and bytes of each figure at small, typical and large input: node bench/figures/run.mjs
// The bytes are those of its HTML, and of the whole bundle that a notebook keeps of it.
import { createRequire } from "node:module";

const lab = createRequire(import.meta.url)("../../dist/src/index.js");
const { conv2d, ones, rand, randn } = lab;

const square = (size, channels) =>
  rand(channels === undefined ? [size, size] : [channels, size, size], { seed: 1 });
const weights = (...shape) => randn(shape, { seed: 2 });
const layers = (count) => [
  ...Array.from({ length: count }, (_, index) => ({
    op: "conv2d",
    name: `c${index}`,
    kernel: 3,
    padding: 1,
    channels: 4,
  })),
];
const classes = (size) =>
  lab.tensor(
    Float32Array.from({ length: size * size }, (_, index) => (index >> 3) % 3),
    [size, size],
  );

/** Each figure with what makes it small, typical and large. */
const workloads = [
  ["convolutionSteps", [5, 14, 224], (size) => lab.convolutionSteps(square(size), ones([3, 3]))],
  [
    "convolutionSteps, transposed",
    [3, 6, 16],
    (size) => lab.convolutionSteps(square(size), ones([3, 3]), { transposed: true, stride: 2 }),
  ],
  [
    "convolutionSteps, channels",
    [1, 3, 8],
    (count) => lab.convolutionSteps(square(8, count), weights(2, count, 3, 3)),
  ],
  ["slidingWindow", [7, 16, 64], (input) => lab.slidingWindow({ input, kernel: 3, stride: 2 })],
  ["pixelUse", [7, 16, 128], (input) => lab.pixelUse({ input, kernel: 3 })],
  ["convolutionMatrix", [4, 6, 8], (input) => lab.convolutionMatrix({ input, kernel: 3 })],
  ["channelStack", [6, 12, 32], (size) => lab.channelStack(square(size, 3), weights(2, 3, 3, 3))],
  ["featureMaps, 1, 32, 512 maps of 56", [1, 32, 512], (count) => lab.featureMaps(square(56, count))],
  ["featureMaps, rgb", [32, 128, 512], (size) => lab.featureMaps(square(size, 3), { colours: "rgb" })],
  ["filters", [6, 32, 128], (count) => lab.filters(weights(count, 3, 5, 5))],
  ["poolingComparison", [16, 64, 256], (size) => lab.poolingComparison(square(size), { kernelSize: 2 })],
  ["upsamplingComparison", [16, 64, 256], (size) => lab.upsamplingComparison(square(size))],
  [
    "upsamplingComparison, colour, two methods",
    [16, 64, 512],
    (size) => lab.upsamplingComparison(square(size, 3), { methods: ["nearest", "bilinear"] }),
  ],
  [
    "dilationGrid, 1, 3, 5 layers",
    [1, 3, 5],
    (count) => lab.dilationGrid({ rates: [1, 2, 4, 2, 1].slice(0, count) }),
  ],
  ["checkerboard, kernel", [2, 3, 6], (kernel) => lab.checkerboard({ kernel, stride: 2 })],
  ["checkerboard, layers", [1, 2, 3], (depth) => lab.checkerboard({ kernel: 3, stride: 2, depth })],
  ["checkerboard, output", [16, 64, 256], (size) => lab.checkerboard({ output: square(size, 1) })],
  [
    "receptiveFieldMap",
    [16, 48, 128],
    (size) => lab.receptiveFieldMap(layers(4), square(size), { weights: "random", seed: 1 }),
  ],
  [
    "receptiveFieldMap, colour",
    [32, 128, 512],
    (size) => lab.receptiveFieldMap(layers(4), square(size, 3), { weights: "random", seed: 1 }),
  ],
  [
    "networkDiagram, layers",
    [3, 12, 40],
    (count) => lab.networkDiagram(layers(count), { input: [3, 32, 32] }),
  ],
  [
    "trainingCurve, epochs",
    [5, 30, 1000],
    (count) => lab.trainingCurve({ loss: Array.from({ length: count }, (_, at) => 1 / (at + 1)) }),
  ],
  [
    "segmentation",
    [24, 96, 256],
    (size) => lab.segmentation({ image: square(size), predictions: classes(size), truth: classes(size) }),
  ],
];

const cell = async (make) => {
  const times = [];
  let size = 0;
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    size = make().toHTML().length;
    times.push(performance.now() - start);
  }
  const bundle = JSON.stringify(await make()[Symbol.for("Jupyter.display")]()).length;
  const [, median] = times.sort((a, b) => a - b);
  return `${median.toFixed(0)} ms, ${Math.round(size / 1000)} / ${Math.round(bundle / 1000)} KB`;
};

conv2d(square(8), ones([3, 3]));
console.log("| figure | inputs | small | typical | large |\n| --- | --- | ---: | ---: | ---: |");
for (const [name, sizes, make] of workloads) {
  const cells = [];
  for (const size of sizes) {
    cells.push(await cell(() => make(size)).catch((error) => `refused: ${error.message.slice(0, 60)}`));
  }
  console.log(`| ${name} | ${sizes.join(", ")} | ${cells.join(" | ")} |`);
}
