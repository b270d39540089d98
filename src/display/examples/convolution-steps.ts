import { randn, tensor } from "../../tensor/index.js";
import { convolutionSteps } from "../convolution-steps.js";
import type { Example } from "./example.js";
import { digits } from "./pictures.js";

const verticalEdges = tensor([
  [1, 0, -1],
  [1, 0, -1],
  [1, 0, -1],
]);

export const examples: readonly Example[] = [
  {
    name: "convolution-steps",
    title: "A convolution, cell by cell",
    text: "The window multiplies what it covers by the kernel and sums: 4 3 4 / 2 4 3 / 2 3 4.",
    make: () => convolutionSteps(digits("11100/01110/00111/00110/01100"), digits("101/010/101")),
  },
  {
    name: "convolution-steps-padding",
    title: "Zero padding and an edge kernel",
    text: "Padding cells are dashed; with one ring of them a 3 × 3 kernel keeps the size.",
    make: () =>
      convolutionSteps(digits("334470/976582/655692/713278/037183/404322"), verticalEdges, { padding: 1 }),
  },
  {
    name: "convolution-steps-dilation",
    title: "Stride, padding and dilation together",
    text: "A dilated kernel reads nine cells of a wider window.",
    make: () =>
      convolutionSteps(randn([7, 7], { seed: 1 }), verticalEdges, { stride: 2, padding: 2, dilation: 2 }),
  },
  {
    name: "convolution-steps-channels",
    title: "Three channels, two filters",
    text: "Each channel has its own kernel; the sums of the channels and the bias add up to one number.",
    make: () =>
      convolutionSteps(randn([3, 6, 6], { seed: 1 }), randn([2, 3, 3, 3], { seed: 2 }), {
        bias: tensor([0.5, -1]),
      }),
  },
  {
    name: "convolution-steps-transposed",
    title: "A transposed convolution scatters",
    text: "Each input cell lays a scaled kernel onto the output; overlaps add; padding crops.",
    make: () =>
      convolutionSteps(digits("123/456/789"), digits("121/242/121"), {
        transposed: true,
        stride: 2,
        padding: 1,
      }),
  },
];
