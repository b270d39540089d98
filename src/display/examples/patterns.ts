import { convTranspose2d } from "../../ops/index.js";
import { randn, tensor } from "../../tensor/index.js";
import { checkerboard } from "../checkerboard.js";
import { dilationGrid } from "../dilation-grid.js";
import type { Example } from "./example.js";
import { disc } from "./pictures.js";

export const examples: readonly Example[] = [
  {
    name: "dilation-grid",
    title: "Dilations 1, 2, 4",
    text: "Doubling rates read every cell of a reach of 15 with nine weights an axis.",
    make: () => dilationGrid({ rates: [1, 2, 4] }),
  },
  {
    name: "dilation-grid-holes",
    title: "Dilations 2, 2, 2 leave holes",
    text: "Rates with a common factor never read every other cell: gridding.",
    make: () => dilationGrid({ rates: [2, 2, 2] }),
  },
  {
    name: "checkerboard",
    title: "Kernel 3, stride 2",
    text: "Windows overlap on every other cell: 1, 2, 1, 2 on an axis, four to one in two dimensions.",
    make: () => checkerboard({ kernel: 3, stride: 2 }),
  },
  {
    name: "checkerboard-output",
    title: "The checkerboard in a real output",
    text: "Measured on what a transposed convolution made of a picture.",
    make: () => {
      const image = tensor(disc(24).data, [1, 24, 24]);
      return checkerboard({
        output: convTranspose2d(image, randn([1, 1, 3, 3], { seed: 5 }), { stride: 2 }),
      });
    },
  },
];
