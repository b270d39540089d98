import { expect } from "chai";
import {
  effectiveReceptiveField,
  type LayerRecord,
  ones,
  receptiveBox,
  receptiveField,
  randn,
  shapesOf,
} from "../../src/index.js";
import { contextModule, dilatedFrontEnd, fcn32, vgg16 } from "./networks.js";

describe("receptive fields", () => {
  it("of VGG-16's pool5: 212, stride 32, padding 90 (Araujo et al. 2019)", () => {
    expect(receptiveField(vgg16).layer("pool5")).to.include({ size: 212, stride: 32, padding: 90 });
  });

  it("of FCN's fc7: 404, stride 32", () => {
    expect(receptiveField(fcn32).layer("fc7")).to.include({ size: 404, stride: 32 });
  });

  it("of Yu and Koltun's front end: 380, stride 8, 900 to 66", () => {
    expect(receptiveField(dilatedFrontEnd).layer("final")).to.include({ size: 380, stride: 8 });
    expect(shapesOf(dilatedFrontEnd, [3, 900, 900]).get("final")).to.deep.equal([21, 66, 66]);
  });

  it("of their context module: 3, 5, 9, 17, 33, 65, 67, and 908 behind the front end", () => {
    expect(receptiveField(contextModule).layers.map(({ size }) => size)).to.deep.equal([
      3, 5, 9, 17, 33, 65, 67,
    ]);
    expect(receptiveField([...dilatedFrontEnd, ...contextModule]).layers.at(-1)?.size).to.equal(908);
  });

  for (const n of [5, 10, 20, 40]) {
    it(`of ${n} uniform 3×3 layers: ${2 * n + 1} cells, standard deviation √(2n/3) (Luo et al. 2016)`, () => {
      const layers = Array.from({ length: n }, (): LayerRecord => ({
        op: "conv2d",
        kernel: 3,
        padding: 1,
        channels: 1,
      }));
      const side = 2 * n + 5;
      const { deviation, box } = effectiveReceptiveField(layers, ones([side, side]));
      expect(box.right - box.left + 1).to.equal(2 * n + 1);
      expect(deviation[0]).to.be.closeTo(Math.sqrt((2 * n) / 3), 1e-3);
      expect(deviation[1]).to.be.closeTo(Math.sqrt((2 * n) / 3), 1e-3);
    });
  }

  const shapes: Record<string, readonly LayerRecord[]> = {
    strided: [
      { op: "conv2d", kernel: [3, 5], stride: [2, 1], padding: [1, 2], channels: 2 },
      { op: "avgPool2d", kernel: 2 },
      { op: "conv2d", kernel: 3, padding: [2, 1], dilation: 2, channels: 1 },
    ],
    transposed: [
      { op: "conv2d", kernel: 3, stride: 2, padding: 1, channels: 2 },
      { op: "convTranspose2d", kernel: 4, stride: 2, padding: 1, channels: 2 },
      { op: "convTranspose2d", kernel: 3, stride: 2, padding: 1, outputPadding: 1, channels: 1 },
    ],
    resized: [
      { op: "avgPool2d", kernel: 2 },
      { op: "interpolate", scale: 2, mode: "bilinear" },
      { op: "conv2d", kernel: 3, padding: 1, channels: 4 },
      { op: "pixelShuffle", scale: 2 },
      { op: "interpolate", scale: 2 },
    ],
    branching: [
      { op: "conv2d", name: "a", kernel: 3, padding: 1, channels: 2 },
      { op: "conv2d", name: "b", kernel: 5, padding: 2, channels: 2 },
      { op: "conv2d", name: "c", kernel: 1, from: "a", channels: 2 },
      { op: "add", name: "join", from: ["b", "c"] },
      { op: "concat", name: "all", from: ["join", "a"] },
      { op: "pad", padding: [1, 0, 2, 1] },
    ],
  };
  for (const [name, network] of Object.entries(shapes)) {
    it(`agree with the gradient's support, unit by unit: ${name}`, () => {
      const image = randn([1, 16, 16], { seed: 1 });
      const last = receptiveField(network).layers.at(-1);
      for (const position of [
        [5, 6],
        [6, 5],
        [7, 7],
        [8, 8],
      ] as const) {
        // prettier-ignore
        const size = shapesOf(network, [1, 16, 16]);
        const [, height, width] = [...size.values()].at(-1) ?? [];
        if (position[0] >= (height ?? 0) || position[1] >= (width ?? 0)) continue;
        const { map, visible, box } = effectiveReceptiveField(network, image, { position });
        const rows = new Set<number>();
        const columns = new Set<number>();
        map.forEach((value, index) => {
          if (value === 0) return;
          rows.add(Math.floor(index / 16));
          columns.add(index % 16);
        });
        expect([Math.min(...rows), Math.max(...rows), Math.min(...columns), Math.max(...columns)]).to.deep.equal([
          visible.top, visible.bottom, visible.left, visible.right,
        ]); // prettier-ignore
        expect(box.bottom - box.top + 1).to.be.at.most(last?.rows.size ?? 0);
        expect(box.right - box.left + 1).to.be.at.most(last?.columns.size ?? 0);
      }
    });
  }

  it("say where branches are misaligned, and only there", () => {
    const aligned = receptiveField(shapes.branching);
    expect(aligned.misaligned).to.deep.equal([]);
    const network: readonly LayerRecord[] = [
      { op: "conv2d", name: "valid", kernel: 3, channels: 1 },
      { op: "conv2d", name: "strided", kernel: 3, stride: 2, padding: 1, channels: 1, from: "input" },
      { op: "conv2d", name: "even", kernel: 2, channels: 1, from: "input" },
      { op: "add", name: "centres", from: ["valid", "even"] },
      { op: "add", name: "strides", from: ["valid", "strided"] },
    ];
    const { misaligned } = receptiveField(network);
    expect(misaligned.map(({ layer, axis }) => `${layer} ${axis}`)).to.deep.equal([
      "centres rows", "centres columns", "strides rows", "strides columns",
    ]); // prettier-ignore
    expect(misaligned[0].message).to.equal(
      "centres joins branches whose centres differ on the rows: valid at 1, even at 0.5",
    );
    expect(misaligned[2].message).to.contain("valid every 1, strided every 2");
  });

  it("of layers that see everything are infinite, and the box is the input", () => {
    const network: readonly LayerRecord[] = [{ op: "conv2d", kernel: 3, channels: 2 }, { op: "globalAvgPool2d" }, { op: "flatten" }, { op: "linear", channels: 3 }]; // prettier-ignore
    expect(receptiveField(network).layers[3].size).to.equal(Infinity);
    expect(receptiveBox(network, { input: [1, 6, 7] }).box).to.deep.equal({
      top: 0,
      bottom: 5,
      left: 0,
      right: 6,
    });
    expect(receptiveField(network).toString()).to.contain("all");
  });

  it("refuse what is not there, by name", () => {
    expect(() => receptiveField(vgg16).layer("pool6")).to.throw(/pool5/);
    expect(() => receptiveField([{ op: "conv2d", kernel: 3, from: "x" }])).to.throw(/earlier layer/);
    expect(() => receptiveField([{ op: "conv2d" }])).to.throw(/conv2d1: kernel/);
    expect(() => receptiveBox(vgg16, { input: [3, 224, 224], position: [7, 0] })).to.throw(/7 × 7/);
  });
});
