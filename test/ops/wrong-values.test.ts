import { expect } from "chai";
import { inspect } from "node:util";
import * as c from "../../src/index.js";
import { ones } from "../../src/index.js";

// Values that no argument of a kind may have. Options may be left out, so `undefined` is for the others alone.
const anything = [null, "x", "2", NaN, true, {}, (): number => 1, Symbol("x"), new Float32Array(2)];
const noTensor = [...anything, 3, [[1]], undefined];
const noImage = [...noTensor, ones([]), ones([3]), ones([1, 1, 1, 2, 2]), ones([0, 3]), ones([1, 0, 2, 2])];
const noNumber = [...anything, [1], ones([1]), Infinity, -Infinity];
const noWhole = [...noNumber, -1, 1.5, 2 ** 60];
const noPair = [...noWhole, [], [1, 2, 3], [1, "2"], [1, -1], [1.5, 1]];
const noCount = [...noWhole, 0];
const noCounts = [...noPair, 0, [1, 0]];
const noFlag = [...anything.filter((value) => value !== true), 0, 1, "false", [true]];
const noName = [...anything, 1, ["reflect"], ""];

type Wrong = readonly unknown[];
interface Entry {
  call: (...given: never[]) => unknown;
  /** A call that is right, and what each of its arguments must not be. */
  given: readonly (readonly [name: string, right: unknown, wrong: Wrong])[];
  /** What each option must not be, and what it needs beside it. */
  options?: Record<string, Wrong>;
  beside?: object;
}

const image = ones([1, 2, 6, 6]);
const input = ["input", image, noImage] as const;
const kernel = ["kernelSize", 2, [...noCounts, undefined]] as const;
const size = ["outputSize", 2, [...noCounts, undefined]] as const;
const filters = [
  ...noTensor,
  ones([]),
  ones([5]),
  ones([1, 1, 1, 2, 2]),
  ones([7, 2, 0, 2]),
  ones([7, 7, 2, 2]),
];
const extremes = { stride: noCounts, padding: [...noPair, 2], dilation: noCounts, ceilMode: noFlag };
const folds = { stride: noCounts, padding: noPair, dilation: noCounts };
const axis = {
  stride: noCount,
  padding: [-1, 1.5, "x", NaN, true, {}, [1]],
  dilation: noCount,
};

const entries: Record<string, Entry> = {
  conv2d: {
    call: c.conv2d,
    given: [input, ["weight", ones([4, 2, 3, 3]), filters]],
    options: {
      ...folds,
      bias: [...noTensor.slice(0, -1), ones([]), ones([3]), ones([4, 1])],
      groups: [...noCount, 3],
      padding: [...noPair, [1, 1, 1, "1"], "half-pixel"],
      paddingMode: [...noName, "constant"],
      algorithm: noName,
    },
  },
  convTranspose2d: {
    call: c.convTranspose2d,
    given: [input, ["weight", ones([2, 4, 3, 3]), filters]],
    options: {
      ...folds,
      bias: [...noTensor.slice(0, -1), ones([]), ones([3]), ones([4, 1])],
      outputPadding: [...noPair, 1, [0, 1]],
      groups: [...noCount, 3],
      algorithm: noName,
    },
  },
  maxPool2d: { call: c.maxPool2d, given: [input, kernel], options: extremes },
  minPool2d: { call: c.minPool2d, given: [input, kernel], options: extremes },
  maxPool2dWithIndices: { call: c.maxPool2dWithIndices, given: [input, kernel], options: extremes },
  minPool2dWithIndices: { call: c.minPool2dWithIndices, given: [input, kernel], options: extremes },
  avgPool2d: {
    call: c.avgPool2d,
    given: [input, kernel],
    options: {
      stride: noCounts,
      padding: [...noPair, 2],
      ceilMode: noFlag,
      countIncludePad: noFlag,
      divisorOverride: [...noNumber, 0],
    },
  },
  lpPool2d: {
    call: c.lpPool2d,
    given: [input, ["normType", 2, [...noNumber, 0, -2, undefined]], kernel],
    options: { stride: noCounts, ceilMode: noFlag },
  },
  adaptiveAvgPool2d: { call: c.adaptiveAvgPool2d, given: [input, size] },
  adaptiveMaxPool2d: { call: c.adaptiveMaxPool2d, given: [input, size] },
  adaptiveMaxPool2dWithIndices: { call: c.adaptiveMaxPool2dWithIndices, given: [input, size] },
  globalAvgPool2d: { call: c.globalAvgPool2d, given: [input] },
  globalMaxPool2d: { call: c.globalMaxPool2d, given: [input] },
  maxUnpool2d: {
    call: c.maxUnpool2d,
    given: [["input", ones([2, 2]), noImage], ["indices", ones([2, 2]), noImage], kernel],
    options: { stride: noCounts, padding: noPair, outputSize: [...noCounts, 2, 6] },
  },
  interpolate: {
    call: c.interpolate,
    given: [input],
    options: {
      size: noCounts,
      mode: [...noName, "linear"],
      alignCorners: noFlag,
      coordinates: noName,
      antialias: noFlag,
    },
    beside: { size: 3, mode: "bilinear" },
  },
  "interpolate, area": {
    call: c.interpolate,
    given: [input],
    options: {
      alignCorners: [...noFlag, true, false],
      coordinates: [...noName, "half-pixel", "asymmetric", "align-corners"],
      antialias: [...noFlag, true],
    },
    beside: { size: 3, mode: "area" },
  },
  "interpolate, antialiased": {
    call: c.interpolate,
    given: [input],
    options: { antialias: noFlag, coordinates: ["asymmetric"] },
    beside: { size: 3, mode: "bicubic", antialias: true },
  },
  gridSample: {
    call: c.gridSample,
    given: [
      input,
      [
        "grid",
        ones([1, 3, 4, 2]),
        [...noTensor, ones([3, 4, 2]), ones([2, 3, 4, 2]), ones([1, 3, 4, 3]), ones([1, 0, 4, 2]), ones([2])],
      ],
    ],
    options: {
      mode: [...noName, "linear", "area"],
      paddingMode: [...noName, "reflect", "replicate"],
      alignCorners: noFlag,
    },
  },
  "gridSample, rank 3": {
    call: c.gridSample,
    given: [
      ["input", ones([2, 4, 5]), noImage],
      [
        "grid",
        ones([3, 4, 2]),
        [...noTensor, ones([1, 3, 4, 2]), ones([3, 4]), ones([3, 4, 1]), ones([3, 0, 2])],
      ],
    ],
  },
  affineGrid: {
    call: c.affineGrid,
    given: [
      ["theta", ones([1, 2, 3]), [...noTensor, ones([6]), ones([1, 3, 2]), ones([1, 1, 2, 3]), ones([2, 2])]],
      [
        "size",
        [1, 2, 3, 4],
        [
          ...noWhole,
          undefined,
          [],
          [3, 4],
          [2, 3, 4],
          [2, 1, 3, 4],
          [1, 1, 0, 4],
          [1, 1, 3, 1.5],
          [1, 1, 3, "4"],
        ],
      ],
    ],
    options: { alignCorners: noFlag },
  },
  "interpolate, nearest": {
    call: c.interpolate,
    given: [input],
    options: {
      scaleFactor: [...noNumber, -1, 0, 0.1, [], [1, 2, 3], [1, "2"], [1, NaN]],
      alignCorners: [...noFlag, true, false],
      coordinates: ["align-corners"],
      antialias: [...noFlag, true],
    },
    beside: { scaleFactor: 2 },
  },
  pad: {
    call: c.pad,
    given: [
      input,
      ["padding", 1, [...noWhole.filter((value) => value !== -1), [], [1], [1, 2, 3], [1, "2"], undefined]],
    ],
    options: { mode: [...noName, "zeros"], value: [...anything, [1], ones([1])] },
  },
  bedOfNails: {
    call: c.bedOfNails,
    given: [input],
    options: { stride: [...noCounts, undefined] },
    beside: { stride: 2 },
  },
  pixelShuffle: {
    call: c.pixelShuffle,
    given: [
      ["input", ones([4, 2, 2]), [...noImage, ones([2, 2]), ones([3, 2, 2])]],
      ["factor", 2, [...noCount, undefined]],
    ],
  },
  pixelUnshuffle: {
    call: c.pixelUnshuffle,
    given: [
      ["input", ones([1, 2, 2]), [...noImage, ones([2, 2]), ones([1, 3, 2])]],
      ["factor", 2, [...noCount, undefined]],
    ],
  },
  unfold: { call: c.unfold, given: [input, kernel], options: folds },
  fold: {
    call: c.fold,
    given: [
      [
        "input",
        ones([4, 4]),
        [...noTensor, ones([]), ones([4]), ones([1, 4, 2, 2]), ones([0, 4]), ones([3, 4])],
      ],
      ["outputSize", 3, [...noCounts, undefined]],
      kernel,
    ],
    options: folds,
  },
  outputSize: {
    call: c.outputSize,
    given: [],
    beside: { input: 5, kernel: 3 },
    options: {
      input: [...noWhole, undefined],
      kernel: [...noCount, undefined],
      ...axis,
      padding: [...axis.padding, [1, 2, 3], [1, -1]],
      ceilMode: noFlag,
    },
  },
  transposedOutputSize: {
    call: c.transposedOutputSize,
    given: [],
    beside: { input: 5, kernel: 3 },
    options: {
      input: [...noCount, undefined],
      kernel: [...noCount, undefined],
      ...axis,
      outputPadding: [...noWhole, 1],
    },
  },
};

const geometry = { input: 5, kernel: 3, stride: 2, dilation: 1, before: 1, after: 1, output: 3 };
const noAxis = [
  ...[undefined, null, 3, "x", {}, [1, 2]],
  ...["input", "kernel", "stride", "dilation", "before", "output"].flatMap((name) =>
    [...noWhole, undefined].map((value) => ({ ...geometry, [name]: value })),
  ),
];
for (const [name, call] of Object.entries({ positions: c.positions, useCounts: c.useCounts })) {
  entries[name] = { call, given: [["axis", geometry, noAxis]] };
}
entries["taps"] = {
  call: c.taps,
  given: [
    ["axis", geometry, noAxis],
    ["index", 0, [...noWhole, undefined]],
  ],
};

describe("a wrong value is refused by the operation that was called", () => {
  for (const [title, { call, given, options = {}, beside = {} }] of Object.entries(entries)) {
    const [name] = title.split(",");
    const right = [...given.map(([, value]) => value), beside];
    const attempts = [
      ...given.flatMap(([argument, , wrong], index) =>
        wrong.map((value) => ({ argument, value, call: right.with(index, value) })),
      ),
      ...Object.entries(options).flatMap(([argument, wrong]) =>
        wrong.map((value) => ({ argument, value, call: right.with(-1, { ...beside, [argument]: value }) })),
      ),
    ];
    const run = call as (...given: unknown[]) => unknown;
    it(`${title}: ${attempts.length} values`, () => {
      expect(() => run(...right), "the right call").to.not.throw();
      for (const { argument, value, call: wrong } of attempts) {
        // The geometry says on which axis, and calls the size of a kernel its kernel.
        const named = argument === "kernelSize" ? "kernel(Size)?" : argument;
        expect(() => run(...wrong), `${argument} = ${inspect(value)}`).to.throw(
          Error,
          new RegExp(`^${name}: ${named}\\b[^:]*: expected .*, got`, "s"),
        );
      }
    });
  }
});
