import { randn, tensor } from "../../tensor/index.js";
import { channelStack } from "../channel-stack.js";
import { poolingComparison } from "../pooling-comparison.js";
import { upsamplingComparison } from "../upsampling-comparison.js";
import type { Example } from "./example.js";
import { blobs, testCard } from "./pictures.js";

export const examples: readonly Example[] = [
  {
    name: "channel-stack",
    title: "432 and 864 multiplications",
    text: "A 6 × 6 × 3 input and two 3 × 3 × 3 filters: each filter sums three channels into one 4 × 4 map.",
    make: () => channelStack(blobs(6), randn([2, 3, 3, 3], { seed: 4 }), { bias: tensor([0.5, -0.5]) }),
  },
  {
    name: "pooling-comparison",
    title: "Max, min and average pooling",
    text: "Max pooling keeps the bright line and loses the dark one; min pooling does the opposite.",
    make: () => poolingComparison(testCard(64), { kernelSize: 4, kinds: ["max", "min", "average"] }),
  },
  {
    name: "upsampling-comparison",
    title: "Nine ways up",
    text: "What is lost when an image is made small and large again, method by method.",
    make: () => upsamplingComparison(testCard(64)),
  },
];
