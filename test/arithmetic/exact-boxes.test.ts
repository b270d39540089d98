import { expect } from "chai";
import { effectiveReceptiveField, type LayerRecord, randn, receptiveBox, shapesOf } from "../../src/index.js";
import { Random } from "../../src/tensor/random.js";

type Rows = [top: number, bottom: number, left: number, right: number] | [];

/** The first and last row and column that the gradient of a unit reaches, for weights of no special sizes. */
function reached(
  network: readonly LayerRecord[],
  input: number[],
  position: [number, number],
  seed: number,
): Rows {
  const [, height, width] = input;
  const found = effectiveReceptiveField(network, randn(input, { seed }), {
    position,
    weights: "random",
    seed,
  });
  const cells = [...found.map.keys()].filter((at) => found.map[at] !== 0);
  expect(found.map).to.have.length(height * width);
  if (cells.length === 0) return [];
  const rows = cells.map((at) => Math.floor(at / width));
  const columns = cells.map((at) => at % width);
  return [Math.min(...rows), Math.max(...rows), Math.min(...columns), Math.max(...columns)];
}

function boxOf(network: readonly LayerRecord[], input: number[], position: [number, number]): Rows {
  const { visible, box } = receptiveBox(network, { input, position });
  if (visible.bottom < visible.top) return [];
  expect(box.top <= visible.top && box.bottom >= visible.bottom, "the box holds what is visible").to.equal(
    true,
  );
  expect(box.left <= visible.left && box.right >= visible.right, "the box holds what is visible").to.equal(
    true,
  );
  return [visible.top, visible.bottom, visible.left, visible.right];
}

/** Compares every unit of the last layer, or as many as there is time for. */
function check(network: readonly LayerRecord[], input: number[], most = 60): void {
  const shape = [...shapesOf(network, input).values()].at(-1) ?? [];
  const [height, width] = shape.length === 3 ? [shape[1], shape[2]] : [1, 1];
  const step = Math.max(1, Math.floor((height * width) / most));
  for (let unit = 0; unit < height * width; unit += step) {
    const position: [number, number] = [Math.floor(unit / width), unit % width];
    expect(
      boxOf(network, input, position),
      `${JSON.stringify(network)} on ${input.join("×")} at ${position.join()}`,
    ).to.deep.equal(reached(network, input, position, unit + 1));
  }
}

describe("a receptive box is what the gradient reaches", () => {
  it("bicubic, ×3, unit 1 reads rows 0 and 1, not 2", () => {
    const { visible } = receptiveBox([{ op: "interpolate", scale: 3, mode: "bicubic" }], {
      input: [1, 7, 7],
      position: [1, 1],
    });
    expect(visible).to.deep.equal({ top: 0, bottom: 1, left: 0, right: 1 });
  });

  it("bilinear and bicubic at a third of the size read one cell, with its box", () => {
    for (const mode of ["bilinear", "bicubic"] as const) {
      const { box } = receptiveBox([{ op: "interpolate", scale: 1 / 3, mode }], {
        input: [1, 9, 9],
        position: [1, 1],
      });
      expect(box).to.deep.equal({ top: 4, bottom: 4, left: 4, right: 4 });
    }
  });

  for (const [mode, antialias] of [
    ["nearest", false],
    ["bilinear", false],
    ["bicubic", false],
    ["area", false],
    ["bilinear", true],
    ["bicubic", true],
  ] as const) {
    for (const scale of [1, 2, 3, 4, 1.2, 1.5, 2.1, 0.5, 1 / 3, 0.4, 0.75]) {
      it(`interpolate, ${mode}${antialias ? " antialiased" : ""}, ×${scale.toFixed(2)}`, () => {
        for (const input of [
          [1, 7, 8],
          [1, 4, 9],
          [1, 3, 3],
        ]) {
          check([{ op: "interpolate", scale, mode, ...(antialias ? { antialias } : {}) }], input);
        }
      });
    }
  }

  const single: Record<string, LayerRecord[]> = {
    conv2d: [
      { op: "conv2d", kernel: 3, channels: 2 },
      { op: "conv2d", kernel: [2, 3], stride: [2, 1], padding: [1, 2, 0, 1], channels: 1 },
      { op: "conv2d", kernel: 3, dilation: 3, padding: 3, channels: 2 },
      { op: "conv2d", kernel: 3, padding: "same", channels: 2 },
      { op: "conv2d", kernel: 4, stride: 3, padding: "same", channels: 2 },
      { op: "conv2d", kernel: 4, padding: "half", channels: 2 },
      { op: "conv2d", kernel: 2, padding: "full", dilation: 2, channels: 2 },
      { op: "conv2d", kernel: 2, stride: 3, dilation: 4, padding: 2, groups: 2, channels: 2 },
    ],
    avgPool2d: [
      { op: "avgPool2d", kernel: 2 },
      { op: "avgPool2d", kernel: 3, stride: 2, padding: 1 },
      { op: "avgPool2d", kernel: [4, 2], stride: 3, padding: [2, 1], ceilMode: true },
      { op: "avgPool2d", kernel: 2, stride: 3 },
    ],
    convTranspose2d: [
      { op: "convTranspose2d", kernel: 3, stride: 2, channels: 2 },
      { op: "convTranspose2d", kernel: 2, stride: 3, channels: 2 },
      { op: "convTranspose2d", kernel: 3, stride: 2, padding: 1, outputPadding: 1, channels: 1 },
      { op: "convTranspose2d", kernel: [3, 2], stride: [3, 2], dilation: [2, 3], padding: 1, channels: 2 },
      { op: "convTranspose2d", kernel: 1, stride: 4, outputPadding: 2, groups: 2, channels: 2 },
    ],
    "rearrangements and pads": [
      { op: "pixelShuffle", scale: 2 },
      { op: "bedOfNails", scale: 3 },
      { op: "pad", padding: 2 },
      { op: "pad", padding: [1, 0, 0, 2] },
      { op: "globalAvgPool2d" },
      { op: "identity" },
    ],
  };
  for (const [name, layers] of Object.entries(single)) {
    it(name, () => {
      for (const layer of layers) for (const size of [6, 9]) check([layer], [4, size, size + 1]);
    });
  }

  it("taps that step over what a layer before leaves empty", () => {
    check(
      [
        { op: "bedOfNails", scale: 3 },
        { op: "conv2d", kernel: 2, dilation: 2, channels: 1 },
      ],
      [1, 4, 4],
    );
    check(
      [
        { op: "convTranspose2d", kernel: 1, stride: 4, channels: 1 },
        { op: "conv2d", kernel: 2, dilation: 3, channels: 1 },
      ],
      [1, 4, 4],
    );
    // A tap in the padding between two layers reads nothing that the first one would have read there.
    check(
      [
        { op: "conv2d", kernel: 3, padding: 1, channels: 1 },
        { op: "conv2d", kernel: 2, dilation: 6, padding: 1, channels: 1 },
      ],
      [1, 9, 9],
    );
  });

  it("max and min pools as average pools, which their gradients reach together", () => {
    const options = { kernel: 3, stride: 2, padding: 1, ceilMode: true } as const;
    const boxes = (["maxPool2d", "minPool2d", "avgPool2d"] as const).map((op) =>
      receptiveBox(
        [
          { op, ...options },
          { op: "conv2d", kernel: 2, channels: 1 },
        ],
        { input: [1, 9, 9] },
      ),
    );
    for (const { box, visible } of boxes) {
      expect(box).to.deep.equal(boxes[2].box);
      expect(visible).to.deep.equal(boxes[2].visible);
    }
  });

  it("unpooling, whose outputs come of the window that covers them", () => {
    const network: LayerRecord[] = [{ op: "maxUnpool2d", kernel: 3, stride: 2 }];
    const rows = (at: number): number[] => {
      const { visible } = receptiveBox(network, { input: [1, 4, 4], position: [at, 0] });
      return [visible.top, visible.bottom];
    };
    expect([0, 1, 2, 3, 4, 8].map(rows)).to.deep.equal([
      [0, 0],
      [0, 0],
      [0, 1],
      [1, 1],
      [1, 2],
      [3, 3],
    ]);
  });

  it("networks put together at random", () => {
    const random = new Random(7);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random.uniform() * list.length)];
    const layerOf = (): LayerRecord => {
      const [kernel, stride, dilation] = [pick([1, 2, 3]), pick([1, 2]), pick([1, 2])];
      switch (
        pick(["conv", "conv", "pool", "transposed", "interpolate", "nails", "shuffle", "pad"] as const)
      ) {
        case "conv":
          return { op: "conv2d", kernel, stride, dilation, padding: pick([0, 1, 2]), channels: 4 };
        case "pool":
          return {
            op: "avgPool2d",
            kernel,
            stride,
            padding: Math.floor(kernel / 2),
            ceilMode: pick([true, false]),
          };
        case "transposed":
          return { op: "convTranspose2d", kernel, stride, dilation, channels: 4 };
        case "interpolate":
          return {
            op: "interpolate",
            scale: pick([2, 1.5, 0.5, 3]),
            mode: pick(["nearest", "bilinear", "bicubic"]),
          };
        case "nails":
          return { op: "bedOfNails", scale: 2 };
        case "shuffle":
          return { op: "pixelShuffle", scale: 2 };
        default:
          return { op: "pad", padding: pick([1, [0, 2, 1, 0]]) };
      }
    };
    let checked = 0;
    while (checked < 60) {
      const network = Array.from({ length: 1 + Math.floor(random.uniform() * 4) }, layerOf);
      if (network.length > 2 && random.uniform() < 0.3) {
        const side = network.length;
        network.push(
          { op: "identity", name: "side", from: "input" },
          { op: "conv2d", kernel: 3, padding: 1, channels: 4 },
        );
        network.push({ op: "add", from: [`conv2d${side + 2}`, "side"] });
      }
      let sizes: (readonly number[])[];
      try {
        sizes = [...shapesOf(network, [4, 7, 6]).values()];
      } catch {
        // Does not fit.
        continue;
      }
      if (Math.max(...sizes.map((shape) => shape.reduce((all, side) => all * side, 1))) > 20_000) continue;
      check(network, [4, 7, 6], 6);
      checked++;
    }
  });
});
