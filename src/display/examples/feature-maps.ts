import { concat, conv2d, relu } from "../../ops/index.js";
import { rand, randn, tensor } from "../../tensor/index.js";
import { featureMaps, filters } from "../feature-maps.js";
import type { Example } from "./example.js";
import { blobs, disc, testCard } from "./pictures.js";

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
    name: "feature-maps-own",
    title: "Each map on its own scale",
    text: "Maps of one sign and of two have colours of their own: the image, and its differences across and down.",
    make: () => {
      const image = tensor(testCard(96).data, [1, 96, 96]);
      const across = tensor([[[[-1, 1]]]]);
      const down = tensor([[[[-1], [1]]]]);
      return featureMaps(
        concat(
          [
            image,
            conv2d(image, across, { padding: [0, 1, 0, 0] }),
            conv2d(image, down, { padding: [0, 0, 0, 1] }),
          ],
          { dim: 0 },
        ),
        { scale: "own", labels: ["image", "across", "down"] },
      );
    },
  },
  {
    name: "feature-maps-grey",
    title: "A photograph in grey",
    text: "One map fills the width.",
    make: () => featureMaps(testCard(150), { colours: "grey", labels: [] }),
  },
  {
    name: "feature-maps-rgb",
    title: "Three maps as one picture",
    text: "The channels are red, green and blue.",
    make: () => featureMaps(blobs(64), { colours: "rgb" }),
  },
  {
    name: "filters-rgb",
    title: "Filters of three channels, in colour",
    text: "The same six filters: grey is zero, and colours show which channels a filter tells apart.",
    make: () => filters(randn([6, 3, 5, 5], { seed: 3 }), { colours: "rgb" }),
  },
  {
    name: "filters",
    title: "A layer's weights",
    text: "Six filters of three channels, on one scale around zero.",
    make: () => filters(randn([6, 3, 5, 5], { seed: 3 })),
  },
];
