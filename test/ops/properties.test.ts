import { expect } from "chai";
import * as c from "../../src/index.js";
import type { Conv2dOptions, Tensor } from "../../src/index.js";
import { Random } from "../../src/tensor/random.js";
import { eachBackend } from "../backend/each.js";

const random = new Random(2022);
const whole = (low: number, high: number): number => low + Math.floor(random.uniform() * (high - low + 1));
const normal = (...shape: number[]): Tensor => c.randn(shape, { seed: random.bits() });

/** Repeats a check on 20 random settings. */
function repeatedly(check: () => void): void {
  for (let time = 0; time < 20; time++) check();
}

function dot(a: Tensor, b: Tensor): number {
  return a.data.reduce((sum, value, index) => sum + value * b.data[index], 0);
}

/** Throws unless the two are the same within a part of the largest magnitude. */
function same(a: Tensor, b: Tensor, part = 1e-5): void {
  expect(a.shape).to.deep.equal(b.shape);
  const scale = Math.max(1e-30, ...b.data.map(Math.abs));
  const error = Math.max(0, ...a.data.map((value, index) => Math.abs(value - b.data[index])));
  expect(error / scale).to.be.at.most(part);
}

interface Setting {
  x: Tensor;
  weight: Tensor;
  options: Conv2dOptions;
}

function setting(): Setting {
  const groups = whole(1, 2);
  const [width, outputs] = [whole(1, 3), groups * whole(1, 3)];
  const weight = normal(outputs, width, whole(1, 4), whole(1, 4));
  const options: Conv2dOptions = {
    groups,
    stride: [whole(1, 3), whole(1, 3)],
    padding: [whole(0, 2), whole(0, 2), whole(0, 2), whole(0, 2)],
    dilation: [whole(1, 2), whole(1, 2)],
    algorithm: "direct",
  };
  return { x: normal(whole(1, 2), width * groups, whole(7, 10), whole(7, 10)), weight, options };
}

eachBackend("properties", () => {
  it("convolution is linear in the image and in the kernel", () => {
    repeatedly(() => {
      const { x, weight, options } = setting();
      const [y, other] = [normal(...x.shape), normal(...weight.shape)];
      const sum = c.add(c.mul(x, 2), c.mul(y, -3));
      const parts = c.add(c.mul(c.conv2d(x, weight, options), 2), c.mul(c.conv2d(y, weight, options), -3));
      same(c.conv2d(sum, weight, options), parts);
      const both = c.add(c.conv2d(x, weight, options), c.conv2d(x, other, options));
      same(c.conv2d(x, c.add(weight, other), options), both);
    });
  });

  it("its gradients are adjoint: ⟨Cx, y⟩ = ⟨x, Cᵀy⟩, in the image and in the kernel", () => {
    repeatedly(() => {
      const { x, weight, options } = setting();
      x.requiresGrad = weight.requiresGrad = true;
      const output = c.conv2d(x, weight, options);
      const y = normal(...output.shape);
      const [toX, toWeight] = c.gradients(output, [x, weight], { gradient: y });
      const product = dot(output, y);
      const tolerance = 1e-5 * Math.sqrt(dot(output, output) * dot(y, y));
      expect(dot(x, toX)).to.be.closeTo(product, tolerance);
      expect(dot(weight, toWeight)).to.be.closeTo(product, tolerance);
    });
  });

  it("convTranspose2d is the transpose of conv2d", () => {
    repeatedly(() => {
      const [stride, dilation, padding] = [whole(1, 3), whole(1, 2), whole(0, 1)];
      const weight = normal(whole(1, 3), whole(1, 3), whole(2, 4), whole(2, 4));
      const y = normal(1, weight.shape[0], whole(3, 5), whole(3, 5));
      const options = { stride, dilation, padding, algorithm: "direct" as const };
      const transposed = c.convTranspose2d(y, weight, options);
      const x = normal(...transposed.shape);
      const product = dot(c.conv2d(x, weight, options), y);
      const tolerance = 1e-5 * Math.sqrt(dot(transposed, transposed) * dot(x, x));
      expect(dot(x, transposed)).to.be.closeTo(product, tolerance);
    });
  });

  it("convolution commutes with shifts by the stride; pooling too", () => {
    const x = normal(2, 12, 12);
    const shifted = c.pad(x, [2, -2, 4, -4]);
    const weight = normal(3, 2, 3, 3);
    const inside = (y: Tensor, rows: number, columns: number): Tensor =>
      c.slice(y, [undefined, { start: rows }, { start: columns }]);
    const first = (y: Tensor, rows: number, columns: number): Tensor =>
      c.slice(y, [undefined, { end: y.shape[1] - rows }, { end: y.shape[2] - columns }]);
    const plain = (image: Tensor): Tensor => c.conv2d(image, weight, { algorithm: "direct" });
    same(inside(plain(shifted), 4, 2), first(plain(x), 4, 2));
    const strided = (image: Tensor): Tensor => c.conv2d(image, weight, { stride: 2, algorithm: "direct" });
    same(inside(strided(shifted), 2, 1), first(strided(x), 2, 1));
    same(inside(c.maxPool2d(shifted, 2), 2, 1), first(c.maxPool2d(x, 2), 2, 1));
  });

  it("a convolution is its unfolded windows times its kernel, and fold undoes unfold but for the overlaps", () => {
    repeatedly(() => {
      const weight = normal(2, 3, whole(1, 3), whole(1, 3));
      const kernel = [weight.shape[2], weight.shape[3]] as const;
      const options = { stride: whole(1, 2), padding: whole(0, 1), dilation: whole(1, 2) };
      const x = normal(2, 3, 7, 6);
      const windows = c.unfold(x, kernel, options);
      const output = c.conv2d(x, weight, { ...options, algorithm: "direct" });
      same(c.matmul(c.reshape(weight, [2, -1]), windows), c.reshape(output, [2, 2, -1]));
      const counts = c.fold(c.unfold(c.ones(x.shape), kernel, options), [7, 6], kernel, options);
      same(c.fold(windows, [7, 6], kernel, options), c.mul(x, counts));
    });
  });

  it("groups are convolutions side by side; depthwise is one for each channel", () => {
    const [x, weight] = [normal(1, 4, 6, 6), normal(4, 2, 3, 3)];
    const half = (image: Tensor, axis: number, index: number): Tensor =>
      c.slice(image, [...new Array<undefined>(axis), { start: 2 * index, end: 2 * index + 2 }]);
    const parts = [0, 1].map((index) => c.conv2d(half(x, 1, index), half(weight, 0, index)));
    same(c.conv2d(x, weight, { groups: 2, algorithm: "direct" }), c.concat(parts, { dim: 1 }), 1e-4);
  });

  it("a filter C×h×w transposes as C×1×h×w does", () => {
    const [x, w] = [c.reshape(c.arange(1, 9), [2, 2, 2]), c.reshape(c.arange(1, 9), [2, 2, 2])];
    // PyTorch 1.13, conv_transpose2d with the weight unsqueezed.
    const whole = c.convTranspose2d(x, w, { algorithm: "direct" }).toArray();
    // prettier-ignore
    expect(whole).to.deep.equal([[[26, 64, 40], [76, 184, 112], [58, 136, 80]]]);
    const apart = c.convTranspose2d(x, w, { groups: 2, algorithm: "direct" }).toArray();
    // prettier-ignore
    expect(apart).to.deep.equal([
      [[1, 4, 4], [6, 20, 16], [9, 24, 16]],
      [[25, 60, 36], [70, 164, 96], [49, 112, 64]],
    ]);
  });

  it("ranks 2, 3 and 4 agree", () => {
    const [image, kernel] = [normal(6, 5), normal(3, 2)];
    const options = { padding: 1, stride: 2, algorithm: "direct" as const };
    const flat = c.conv2d(image, kernel, options);
    const [image3, kernel3] = [c.reshape(image, [1, 6, 5]), c.reshape(kernel, [1, 3, 2])];
    same(c.conv2d(image3, kernel3, options), c.reshape(flat, [1, ...flat.shape]));
    const [image4, kernel4] = [c.reshape(image, [1, 1, 6, 5]), c.reshape(kernel, [1, 1, 3, 2])];
    same(c.conv2d(image4, kernel4, options), c.reshape(flat, [1, 1, ...flat.shape]));
    same(c.conv2d(image3, kernel4, options), c.reshape(flat, [1, ...flat.shape]));
  });

  it("min(x) = −max(−x), and averages are convolutions", () => {
    const x = normal(2, 3, 9, 8);
    const options = { stride: 2, padding: 1, ceilMode: true };
    same(c.minPool2d(x, 3, options), c.neg(c.maxPool2d(c.neg(x), 3, options)));
    const kernel = c.full([3, 1, 3, 3], 1 / 9);
    same(
      c.avgPool2d(x, 3, { stride: 2, padding: 1 }),
      c.conv2d(x, kernel, { groups: 3, stride: 2, padding: 1 }),
    );
  });

  it("pooling what was unpooled gives it back", () => {
    const x = c.add(c.rand([2, 3, 8, 8], { seed: 1 }), 0.1);
    const { output, indices } = c.maxPool2dWithIndices(x, 2);
    const raised = c.maxUnpool2d(output, indices, 2);
    expect(raised.shape).to.deep.equal(x.shape);
    same(c.maxPool2d(raised, 2), output, 0);
    expect(c.sum(c.equal(raised, x)).item()).to.equal(output.size);
  });

  it("pixelShuffle and its inverse undo each other, and bed of nails spreads", () => {
    const x = normal(2, 8, 3, 4);
    same(c.pixelUnshuffle(c.pixelShuffle(x, 2), 2), x, 0);
    same(c.slice(c.bedOfNails(x, { stride: 3 }), [undefined, undefined, { step: 3 }, { step: 3 }]), x, 0);
    expect(c.sum(c.bedOfNails(x, { stride: 3 })).item()).to.be.closeTo(c.sum(x).item(), 1e-4);
  });

  it("resizing keeps constants, and the same size keeps everything", () => {
    for (const mode of ["nearest", "bilinear", "bicubic"] as const) {
      same(c.interpolate(c.full([2, 5, 4], 3), { size: [7, 9], mode }), c.full([2, 7, 9], 3), 1e-6);
      const x = normal(2, 5, 4);
      same(c.interpolate(x, { size: [5, 4], mode }), x, 1e-6);
    }
  });

  it("circular convolution of the whole image keeps its sum", () => {
    const [x, kernel] = [
      normal(6, 7),
      c.tensor([
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ]),
    ];
    const output = c.conv2d(x, kernel, { padding: 1, paddingMode: "circular" });
    expect(c.sum(output).item()).to.be.closeTo(45 * c.sum(x).item(), 1e-3);
  });

  it("softmax sums to one and ignores a constant", () => {
    const x = normal(3, 5);
    same(c.sum(c.softmax(x), { dim: 1 }), c.ones([3]), 1e-6);
    same(c.softmax(c.add(x, 100)), c.softmax(x), 1e-5);
  });

  it("empty batches give empty results and zero gradients", () => {
    const [x, weight] = [c.zeros([0, 2, 5, 5]), normal(3, 2, 3, 3)];
    weight.requiresGrad = true;
    const output = c.maxPool2d(c.relu(c.conv2d(x, weight)), 3);
    expect(output.shape).to.deep.equal([0, 3, 1, 1]);
    c.sum(output).backward();
    expect([...new Set(weight.grad?.data)]).to.deep.equal([0]);
    for (const result of [
      c.avgPool2d(x, 2),
      c.interpolate(x, { scaleFactor: 2 }),
      c.pad(x, 1),
      c.convTranspose2d(x, normal(2, 1, 2, 2)),
      c.adaptiveAvgPool2d(x, 1),
    ]) {
      expect(result.shape[0]).to.equal(0);
    }
    expect(c.linear(c.zeros([0, 4]), normal(3, 4)).shape).to.deep.equal([0, 3]);
  });

  it("tensors of more than 2²⁴ numbers are read to their end", () => {
    const side = 4100;
    const x = c.zeros([1, 1, side, side]);
    x.data[x.size - 1] = 5;
    x.data[2 ** 24 + 1] = 3;
    expect(c.sum(x).item()).to.equal(8);
    const pooled = c.maxPool2d(x, side);
    expect(pooled.item()).to.equal(5);
    const corner = c.slice(c.relu(x), [undefined, undefined, { start: -1 }, { start: -1 }]);
    expect(corner.item()).to.equal(5);
    const output = c.conv2d(x, c.ones([1, 1, 2, 2]), { stride: 2 });
    expect(output.item(0, 0, side / 2 - 1, side / 2 - 1)).to.equal(5);
    expect(() => c.maxPool2dWithIndices(x, 2)).to.throw(
      "maxPool2dWithIndices: input: expected planes of at most 2²⁴ cells",
    );
  });
});

eachBackend("the lecture's numbers", () => {
  it("row 3: the worked example, with any algorithm", () => {
    const image = c.tensor(
      ["11100", "01110", "00111", "00110", "01100"].map((row) => Array.from(row, Number)),
    );
    const kernel = c.tensor([
      [1, 0, 1],
      [0, 1, 0],
      [1, 0, 1],
    ]);
    const wanted = [
      [4, 3, 4],
      [2, 4, 3],
      [2, 3, 4],
    ];
    expect(c.conv2d(image, kernel, { algorithm: "direct" }).toArray()).to.deep.equal(wanted);
    same(c.conv2d(image, kernel), c.tensor(wanted));
  });

  it("row 7: the padded edge", () => {
    const image = c.tensor(
      ["334470", "976582", "655692", "713278", "037183", "404322"].map((row) => Array.from(row, Number)),
    );
    const kernel = c.tensor([
      [1, 0, -1],
      [1, 0, -1],
      [1, 0, -1],
    ]);
    const rows =
      "-10 2 1 -5 7 15/-15 3 0 -9 11 24/-13 8 0 -10 1 24/-9 -2 0 -9 -4 24/-4 -3 -2 -3 -7 17/-3 -7 -1 1 -1 10";
    const wanted = rows.split("/").map((row) => row.split(" ").map(Number));
    expect(c.conv2d(image, kernel, { padding: 1, algorithm: "direct" }).toArray()).to.deep.equal(wanted);
  });

  it("rows 18 to 22: upsampling", () => {
    const x = c.tensor([
      [1, 2],
      [3, 4],
    ]);
    const nearest = [
      [1, 1, 2, 2],
      [1, 1, 2, 2],
      [3, 3, 4, 4],
      [3, 3, 4, 4],
    ];
    expect(c.interpolate(x, { scaleFactor: 2 }).toArray()).to.deep.equal(nearest);
    const row = (options: { coordinates?: c.Coordinates; alignCorners?: boolean }): c.NestedArray =>
      c.slice(c.interpolate(x, { scaleFactor: 2, mode: "bilinear", ...options }), [{ end: 1 }]).toArray();
    expect(row({})).to.deep.equal([[1, 1.25, 1.75, 2]]);
    expect(row({ coordinates: "asymmetric" })).to.deep.equal([[1, 1.5, 2, 2]]);
    same(c.tensor(row({ alignCorners: true })), c.tensor([[1, 4 / 3, 5 / 3, 2]]), 1e-6);
    const k = c.tensor([
      [0, 1],
      [2, 3],
    ]);
    const options = { algorithm: "direct" as const };
    expect(c.convTranspose2d(k, k, options).toArray()).to.deep.equal([
      [0, 0, 1],
      [0, 4, 6],
      [4, 12, 9],
    ]);
    const strided = [
      [0, 0, 0, 1],
      [0, 0, 2, 3],
      [0, 2, 0, 3],
      [4, 6, 6, 9],
    ];
    expect(c.convTranspose2d(k, k, { ...options, stride: 2 }).toArray()).to.deep.equal(strided);
    expect(c.convTranspose2d(k, k, { ...options, padding: 1 }).toArray()).to.deep.equal([[4]]);
  });
});
