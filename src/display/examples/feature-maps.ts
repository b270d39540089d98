import { conv2d, relu } from "../../ops/index.js";
import { rand, randn, tensor } from "../../tensor/index.js";
import { featureMaps, filters } from "../feature-maps.js";
import type { Example } from "./example.js";
import { disc } from "./pictures.js";

// prettier-ignore
const edges = tensor([
  [[[1, 0, -1], [2, 0, -2], [1, 0, -1]]],
  [[[1, 2, 1], [0, 0, 0], [-1, -2, -1]]],
  [[[2, 1, 0], [1, 0, -1], [0, -1, -2]]],
  [[[0, 1, 2], [-1, 0, 1], [-2, -1, 0]]],
  [[[0, 1, 0], [1, -4, 1], [0, 1, 0]]],
  [[[-1, -1, -1], [-1, -1, -1], [-1, -1, -1]]],
]);

export const examples: readonly Example[] = [
  {
    name: "feature-maps",
    title: "What six filters see",
    text: "Four edge directions, a Laplacian and a filter that never fires: after relu its map is dead.",
    make: () => {
      const image = disc(32);
      const maps = relu(
        conv2d(tensor(image.data, [1, 32, 32]), edges, { padding: 1, paddingMode: "replicate" }),
      );
      return featureMaps(maps, {
        labels: ["vertical", "horizontal", "diagonal", "other diagonal", "Laplacian", "−mean"],
      });
    },
  },
  {
    name: "feature-maps-odd",
    title: "Values that are not finite",
    text: "NaN and the infinities have colours of their own and are counted.",
    make: () => {
      const values = rand([3, 8, 8], { seed: 3 }).data.slice();
      values.set([Number.NaN, Infinity, -Infinity], 75);
      return featureMaps(tensor(values, [3, 8, 8]), { scale: "own" });
    },
  },
  {
    name: "filters",
    title: "A layer's weights",
    text: "Six filters of three channels, on one scale around zero.",
    make: () => filters(randn([6, 3, 5, 5], { seed: 3 })),
  },
];
