import { expect } from "chai";
import * as c from "../../src/index.js";
import type { GridSampleOptions, Tensor } from "../../src/index.js";
import { eachBackend } from "../backend/each.js";

const row = c.tensor([[1, 2, 3, 4, 5]]);

eachBackend("gridSample", () => {
  /** What a row of five cells shows at one place. */
  const at = (across: number, options: GridSampleOptions = {}): number =>
    Number(
      c
        .gridSample(row, c.tensor([[[across, 0]]]), options)
        .item()
        .toFixed(4),
    );

  it("leaves the image as it is where the grid is the identity", () => {
    const image = c.randn([2, 3, 4, 5], { seed: 1 });
    const theta = c.expand(c.tensor([[1, 0, 0], [0, 1, 0]]), [2, 2, 3]); // prettier-ignore
    for (const alignCorners of [false, true]) {
      const grid = c.affineGrid(theta, [2, 3, 4, 5], { alignCorners });
      for (const mode of ["bilinear", "nearest", "bicubic"] as const) {
        const same = c.gridSample(image, grid, { mode, alignCorners });
        const error = Math.max(...c.sub(same, image).data.map(Math.abs));
        expect(error, `${mode} ${alignCorners}`).to.be.lessThan(1e-5);
      }
    }
  });

  it("reads beyond the image as it is told", () => {
    expect(at(1.1)).to.equal(1.25);
    expect(at(1.1, { paddingMode: "border" })).to.equal(5);
    expect(at(1.1, { paddingMode: "reflection" })).to.equal(5);
    expect(at(1.5, { paddingMode: "reflection", alignCorners: true })).to.equal(4);
    expect(at(9, { paddingMode: "reflection", alignCorners: true })).to.equal(5);
    expect(at(-9, { paddingMode: "border", mode: "bicubic" })).to.equal(1);
    expect(at(3)).to.equal(0);
  });

  it("rounds halves to the even cell, as PyTorch", () => {
    const options = { mode: "nearest", alignCorners: true } as const;
    expect([-0.75, -0.25, 0.25, 0.75].map((place) => at(place, options))).to.deep.equal([1, 3, 3, 5]);
  });

  it("takes a coordinate that is not a number for −1, and huge ones for places outside", () => {
    for (const alignCorners of [false, true]) {
      for (const mode of ["bilinear", "nearest", "bicubic"] as const) {
        for (const paddingMode of ["zeros", "border", "reflection"] as const) {
          const options = { mode, paddingMode, alignCorners };
          expect(at(NaN, options), JSON.stringify(options)).to.equal(at(-1, options));
          for (const far of [1e10, 3e38, Infinity]) {
            const [right, left] = { zeros: [0, 0], border: [5, 1], reflection: [1, 1] }[paddingMode];
            expect(at(far, options), `${far} ${JSON.stringify(options)}`).to.equal(right);
            expect(at(-far, options), `${-far} ${JSON.stringify(options)}`).to.equal(left);
          }
        }
      }
    }
  });

  it("reads an image of one cell", () => {
    const one = c.tensor([[7]]);
    for (const alignCorners of [false, true]) {
      for (const mode of ["bilinear", "nearest", "bicubic"] as const) {
        for (const place of [0, 5, -1e20, Infinity]) {
          const grid = c.tensor([[[place, 0]]]);
          const seen = c.gridSample(one, grid, { mode, paddingMode: "reflection", alignCorners }).item();
          expect(seen, `${place} ${mode} ${alignCorners}`).to.be.closeTo(7, 1e-5);
        }
      }
    }
  });

  it("keeps ranks, takes empty batches, and has no gradient to the grid of the nearest", () => {
    const grid = c.randn([2, 3, 2], { seed: 4 });
    expect(c.gridSample(c.ones([4, 5]), grid).shape).to.deep.equal([2, 3]);
    expect(c.gridSample(c.ones([6, 4, 5]), grid).shape).to.deep.equal([6, 2, 3]);
    expect(c.gridSample(c.ones([0, 6, 4, 5]), c.ones([0, 2, 3, 2])).shape).to.deep.equal([0, 6, 2, 3]);
    const slope = (mode: "nearest" | "bilinear"): Tensor =>
      c.grad((places: Tensor) => c.sum(c.gridSample(row, places, { mode })))(c.tensor([[[0.1, 0]]]));
    expect(slope("nearest").toArray()).to.deep.equal([[[0, 0]]]);
    expect(slope("bilinear").item(0, 0, 0)).to.be.closeTo(2.5, 1e-6);
  });

  it("moves nothing beyond a border, and backwards in a mirror", () => {
    const slope = (place: number, options: GridSampleOptions): number =>
      c.grad((places: Tensor) => c.sum(c.gridSample(row, places, options)))(c.tensor([[[place, 0]]])).data[0];
    expect(slope(1.4, { paddingMode: "border" })).to.equal(0);
    expect(slope(1.4, { paddingMode: "reflection", alignCorners: true })).to.equal(-2);
    expect(slope(-1.4, { paddingMode: "reflection", alignCorners: true })).to.equal(-2);
  });

  it("keeps what its gradients need when a scope ends", () => {
    const [image, grid] = [c.randn([2, 3, 4, 4], { seed: 1 }), c.randn([2, 3, 3, 2], { seed: 2 })];
    image.requiresGrad = grid.requiresGrad = true;
    const free = c.gradients(c.sum(c.gridSample(image, grid, { mode: "bicubic" })), [image, grid]);
    const scoped = c.scope(() => c.gridSample(image, grid, { mode: "bicubic" }));
    // What the scope freed is used again.
    for (let time = 0; time < 20; time++) c.scope(() => c.add(c.randn([2, 1, 3, 3]), 1));
    const held = c.gradients(c.sum(scoped), [image, grid]);
    expect(held.map(({ data }) => [...data])).to.deep.equal(free.map(({ data }) => [...data]));
  });

  it("lets NaN and infinity through where they are read", () => {
    const odd = c.tensor([[NaN, 1, Infinity]]);
    const grid = c.tensor([[[-0.9, 0], [0, 0], [0.9, 0]]]); // prettier-ignore
    expect(c.gridSample(odd, grid, { mode: "nearest" }).toArray()).to.deep.equal([[NaN, 1, Infinity]]);
  });
});

eachBackend("affineGrid", () => {
  it("says where each cell of the result looks", () => {
    const identity = c.tensor([[1, 0, 0], [0, 1, 0]]); // prettier-ignore
    expect(c.affineGrid(identity, [1, 2]).toArray()).to.deep.equal([[[-0.5, 0], [0.5, 0]]]); // prettier-ignore
    expect(c.affineGrid(identity, [3, 1, 1], { alignCorners: true }).toArray()).to.deep.equal([[[0, 0]]]);
    const moved = c.affineGrid(c.tensor([[0, -1, 0.5], [1, 0, 0]]), [2, 2], { alignCorners: true }); // prettier-ignore
    // prettier-ignore
    expect(moved.toArray()).to.deep.equal([[[1.5, -1], [1.5, 1]], [[-0.5, -1], [-0.5, 1]]]);
    expect(c.affineGrid(c.ones([0, 2, 3]), [0, 1, 2, 3]).shape).to.deep.equal([0, 2, 3, 2]);
  });

  it("refuses what no tensor can hold, at once", () => {
    expect(() => c.affineGrid(c.ones([2, 3]), [2 ** 20, 2 ** 31])).to.throw(
      "tensor: shape: expected at most 2³⁰ numbers",
    );
  });

  it("is said wrongly in the house's form", () => {
    expect(() => c.affineGrid(c.ones([2, 2, 3]), [1, 1, 4, 4])).to.throw(
      "affineGrid: size: expected 2 images, one for each map, got [1, 1, 4, 4]",
    );
    expect(() => c.gridSample(c.ones([1, 1, 4, 4]), c.ones([2, 3, 3, 2]))).to.throw(
      "gridSample: grid: expected places N×H'×W'×2 for 1 images N×C×H×W, got a tensor of shape [2, 3, 3, 2]",
    );
    expect(() => c.gridSample(c.ones([1, 1, 2, 4, 4]), c.ones([1, 2, 3, 3, 3]))).to.throw(
      "gridSample: input",
    );
  });
});
