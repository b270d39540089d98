import { convolutionMatrix } from "../convolution-matrix.js";
import { pixelUse } from "../pixel-use.js";
import { slidingWindow } from "../sliding-window.js";
import type { Example } from "./example.js";

export const examples: readonly Example[] = [
  {
    name: "sliding-window",
    title: "Does stride 3 fit on 7 cells?",
    text: "7/3 = 2.33 positions do not exist: frameworks take 2 and leave 13 of 49 pixels unread.",
    make: () => slidingWindow({ input: 7, kernel: 3, stride: 3 }),
  },
  {
    name: "sliding-window-dilated",
    title: "A dilated window with padding",
    text: "Three taps, two cells apart, span five; padding keeps the size.",
    make: () => slidingWindow({ input: 9, kernel: 3, padding: 2, dilation: 2 }),
  },
  {
    name: "pixel-use",
    title: "Borders get little attention",
    text: "On a 10 × 10 image a 3 × 3 kernel uses the corners once and the inside nine times.",
    make: () => pixelUse({ input: 10, kernel: 3 }),
  },
  {
    name: "convolution-matrix",
    title: "A convolution is a sparse matrix",
    text: "4 × 4 input, 3 × 3 kernel: four rows of nine shared weights; its transpose goes the other way.",
    make: () => convolutionMatrix({ input: 4, kernel: 3 }),
  },
];
