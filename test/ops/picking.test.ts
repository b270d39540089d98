import { expect } from "chai";
import * as c from "../../src/index.js";
import type { Tensor } from "../../src/index.js";
import { eachBackend } from "../backend/each.js";

// prettier-ignore
const image = c.tensor([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3], [5, 8, 9, 7, 9], [3, 2, 3, 8, 4]]);

/** The gradient of the sum of what `pool` gives. */
const slope = (pool: (x: Tensor) => Tensor, x: Tensor): Tensor =>
  c.grad((input: Tensor) => c.sum(pool(input)))(x);

eachBackend("pools that pick", (chosen) => {
  it("say where adaptive maxima and minima came from, as PyTorch 1.13", () => {
    const adaptive = (size: c.OutputSize2d): unknown[] => {
      const { output, indices } = c.adaptiveMaxPool2dWithIndices(image, size);
      expect(c.adaptiveMaxPool2d(image, size).toArray()).to.deep.equal(output.toArray());
      return [output.toArray(), indices.toArray()];
    };
    // prettier-ignore
    expect(adaptive([3, 2])).to.deep.equal([[[9, 6], [9, 9], [9, 9]], [[5, 7], [5, 12], [12, 12]]]);
    expect(adaptive(1)).to.deep.equal([[[9]], [[5]]]);
    // prettier-ignore
    expect(adaptive([2, 4])).to.deep.equal([[[9, 6, 6, 5], [8, 9, 9, 9]], [[5, 7, 7, 4], [11, 12, 12, 14]]]);
    // prettier-ignore
    expect(adaptive([undefined, 3])).to.deep.equal([
      [[3, 4, 5], [9, 6, 5], [8, 9, 9], [3, 8, 8]],
      [[0, 2, 4], [5, 7, 8], [11, 12, 14], [15, 18, 18]],
    ]);
    const minima = c.minPool2dWithIndices(image, [2, 3], { stride: [2, 1], padding: [1, 0] });
    // prettier-ignore
    expect(minima.output.toArray()).to.deep.equal([[1, 1, 1], [2, 2, 3], [2, 2, 3]]);
    // prettier-ignore
    expect(minima.indices.toArray()).to.deep.equal([[1, 1, 3], [6, 6, 9], [16, 16, 17]]);
  });

  it("give switches that maxUnpool2d takes", () => {
    for (const [{ output, indices }, options] of [
      [c.adaptiveMaxPool2dWithIndices(c.slice(image, [{}, { end: 4 }]), 2), {}],
      [c.minPool2dWithIndices(image, 2), { outputSize: [4, 5] }],
    ] as const) {
      const back = c.maxUnpool2d(output, indices, 2, options);
      expect(back.data.filter((value) => value !== 0)).to.have.members([...output.data]);
      indices.data.forEach((cell, at) => {
        expect(back.data[cell]).to.equal(output.data[at]);
      });
    }
  });

  it("give −∞ for padding alone, no gradient, and no cell", () => {
    const x = c.reshape(c.arange(12), [3, 4]);
    const options = { stride: 1, padding: 1, dilation: 4 };
    // A kernel of 2 with dilation 4 steps over all three rows.
    const pool = (input: Tensor): Tensor => c.maxPool2d(input, 2, options);
    expect(pool(x).toArray()).to.deep.equal([[-Infinity, -Infinity]]);
    expect(c.minPool2d(x, 2, options).toArray()).to.deep.equal([[Infinity, Infinity]]);
    expect([...slope(pool, x).data]).to.deep.equal(new Array(12).fill(0));
    const tall = c.reshape(c.arange(8), [8, 1]);
    const wide = { stride: 4, padding: 2, ceilMode: true, dilation: [2, 3] } as const;
    expect([...c.maxPool2d(tall, 3, wide).data]).to.deep.equal([-Infinity, -Infinity, -Infinity]);
    expect([...slope((input) => c.maxPool2d(input, 3, wide), tall).data]).to.deep.equal(new Array(8).fill(0));
    expect(() => c.maxPool2dWithIndices(tall, 3, wide)).to.throw(
      "maxPool2dWithIndices: padding (columns): expected a cell of the input in every window, " +
        "got one that reads cells -2, 1, 4 of 0 … 0",
    );
    expect(() => c.minPool2dWithIndices(x, 2, options)).to.throw("minPool2dWithIndices: padding (rows)");
    // Many windows side by side, of which a row reads nothing.
    const long = c.ones([3, 40]);
    expect(
      c
        .grad((input: Tensor) => c.sum(pool(input)))(long)
        .data.some((value) => value !== 0),
    ).to.equal(false);
  });

  it("take a stride or dilation that moves nothing, however large", () => {
    const [stride, dilation] = [2 ** 31, 2 ** 31];
    expect(c.maxPool2d(image, 4, { stride }).item()).to.equal(9);
    expect(c.avgPool2d(c.ones([2, 2]), 2, { stride }).item()).to.equal(1);
    expect(c.maxPool2d(image, 1, { dilation }).toArray()).to.deep.equal(image.toArray());
  });

  it("find the right cell of planes of more than 2²⁴ cells", function () {
    this.timeout(60_000);
    c.scope(() => {
      const side = 4097;
      // float32 has no odd numbers here.
      const cell = 4096 * side + 7;
      const numbers = new Float32Array(side * side);
      numbers[cell] = 1;
      const large = c.tensor(numbers, [side, side]);
      const found = (pool: (x: Tensor) => Tensor): number[] =>
        c.scope(() => {
          const { data } = slope(pool, large);
          return [data[cell], data.reduce((sum, value) => sum + value, 0)];
        });
      expect(c.globalMaxPool2d(large).item()).to.equal(1);
      expect(found(c.globalMaxPool2d)).to.deep.equal([1, 1]);
      // The reference's plain loops would take seconds over the rest, which tests the other backends' own kernels.
      if (chosen.name === "reference") return;
      expect(c.adaptiveMaxPool2d(large, 3).data[6]).to.equal(1);
      expect(found((x) => c.slice(c.adaptiveMaxPool2d(x, 3), [{ start: 2 }, { end: 1 }]))).to.deep.equal([
        1, 1,
      ]);
      expect(found((x) => c.slice(c.maxPool2d(x, 241), [{ start: 16 }, { end: 1 }]))).to.deep.equal([1, 1]);
      for (const [name, call] of Object.entries({
        maxPool2dWithIndices: () => c.maxPool2dWithIndices(large, 241),
        minPool2dWithIndices: () => c.minPool2dWithIndices(large, 241),
        adaptiveMaxPool2dWithIndices: () => c.adaptiveMaxPool2dWithIndices(large, 3),
      })) {
        expect(call).to.throw(
          `${name}: input: expected planes of at most 2²⁴ cells, as float32 indices number them, got`,
        );
      }
    });
  });

  it("leave the root of a negative sum undefined, but for p = 1, as PyTorch 1.13", () => {
    // prettier-ignore
    const x = c.tensor([[-1, -1], [-1, 0]]);
    expect(c.lpPool2d(x, 1, 2).item()).to.equal(-3);
    expect(c.lpPool2d(x, 2, 2).item()).to.be.closeTo(Math.sqrt(3), 1e-6);
    expect(c.lpPool2d(x, 3, 2).item()).to.be.NaN;
    expect(c.lpPool2d(x, 1.5, 2).item()).to.be.NaN;
  });
});

describe("what the types refuse", () => {
  it("throws as well, where types are not checked", () => {
    // @ts-expect-error neither size nor scaleFactor
    expect(() => c.interpolate(image, {})).to.throw("either size or scaleFactor");
    // @ts-expect-error both size and scaleFactor
    expect(() => c.interpolate(image, { size: 2, scaleFactor: 2 })).to.throw("either size or scaleFactor");
    // @ts-expect-error nearest has no corners to align
    expect(() => c.interpolate(image, { size: 2, alignCorners: true })).to.throw("alignCorners");
    // @ts-expect-error the same by its other name
    expect(() => c.interpolate(image, { size: 2, coordinates: "align-corners" })).to.throw("coordinates");
    // @ts-expect-error an area has no corners to align
    expect(() => c.interpolate(image, { size: 2, mode: "area", alignCorners: true })).to.throw(
      "alignCorners",
    );
    // @ts-expect-error nearest has nothing to smooth
    expect(() => c.interpolate(image, { size: 2, antialias: true })).to.throw("antialias");
    // @ts-expect-error maximum compares two tensors
    expect(() => c.max(image, image)).to.throw(
      "max: options: expected { dim } to search along (maximum compares",
    );
    // @ts-expect-error a mirrored image needs no value
    expect(() => c.pad(image, 1, { mode: "reflect", value: 1 })).to.throw("value");
  });

  it("is not more than that", () => {
    const sampling: c.InterpolateSampling[] = [
      {},
      { mode: "nearest", coordinates: "half-pixel" },
      { mode: "bilinear", alignCorners: true },
      { mode: "bicubic", coordinates: "align-corners" },
      { mode: "bilinear", antialias: true },
      { mode: "area" },
    ];
    for (const how of sampling) expect(c.interpolate(image, { ...how, size: 3 }).shape).to.deep.equal([3, 3]);
    const mode: c.InterpolationMode = sampling[2].mode ?? "nearest";
    expect(c.interpolate(image, { mode, scaleFactor: [1, 2] }).shape).to.deep.equal([4, 10]);
    for (const around of ["constant", "reflect", "replicate", "circular"] as const) {
      expect(c.pad(image, 1, { mode: around }).shape).to.deep.equal([6, 7]);
    }
    expect(c.pad(c.ones([1, 1]), [1, 0, 0, 0], { value: -Infinity }).toArray()).to.deep.equal([
      [-Infinity, 1],
    ]);
  });
});
