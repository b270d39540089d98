import { expect } from "chai";
import * as c from "../../src/index.js";
import { tensor, type Tensor } from "../../src/index.js";
import { eachBackend } from "../backend/each.js";

/** Throws unless shape and numbers are these. */
function close(came: Tensor, wanted: c.NestedArray): void {
  const expected = tensor(wanted);
  expect(came.shape).to.deep.equal(expected.shape);
  expected.data.forEach((value, index) => {
    if (Number.isFinite(value))
      expect(came.data[index]).to.be.closeTo(value, 2e-6 * Math.max(1, Math.abs(value)));
    else expect(came.data[index]).to.deep.equal(value);
  });
}

const x = tensor([
  [1, 2, 4],
  [3, 3, 3],
]);

// The numbers are PyTorch 1.13's.
eachBackend("reductions", () => {
  it("an empty list of dimensions stands for all of them", () => {
    for (const reduce of [c.sum, c.mean, c.amax, c.amin, c.variance, c.std, c.prod, c.norm]) {
      expect(reduce(x, { dim: [] }).toArray(), reduce.name).to.equal(reduce(x).item());
      expect(reduce(x, { dim: [], keepdim: true }).shape, reduce.name).to.deep.equal([1, 1]);
    }
  });

  it("a single number has dimension 0 or −1", () => {
    const single = tensor(-3);
    for (const dim of [0, -1, [0]]) {
      expect(c.sum(single, { dim }).toArray()).to.equal(-3);
      expect(c.prod(single, { dim, keepdim: true }).toArray()).to.equal(-3);
      expect(c.norm(single, { dim }).toArray()).to.equal(3);
    }
    expect(c.argmax(single, { dim: -1 }).toArray()).to.equal(0);
    for (const dim of [undefined, 0, -1]) {
      expect(c.softmax(single, { dim }).toArray()).to.equal(1);
      expect(c.logSoftmax(single, { dim }).toArray()).to.equal(0);
      expect(
        c
          .grad((s: Tensor) => c.softmax(s, { dim }))(single)
          .toArray(),
      ).to.equal(0);
      expect(
        c
          .grad((s: Tensor) => c.logSoftmax(s, { dim }))(single)
          .toArray(),
      ).to.equal(0);
    }
    for (const call of [() => c.sum(single, { dim: 1 }), () => c.softmax(single, { dim: 7 })]) {
      expect(call).to.throw("dim: expected a dimension from -1 to 0, got");
    }
    expect(() => c.squeeze(single, 0)).to.throw(
      "squeeze: dim: expected none, as rank 0 has no dimension, got 0",
    );
  });

  it("a caller's list of dimensions may change afterwards", () => {
    const dim = [1];
    const input = tensor([
      [1, 5],
      [7, 3],
    ]);
    input.requiresGrad = true;
    const largest = c.sum(c.amax(input, { dim }));
    dim[0] = 0;
    largest.backward();
    expect(input.grad?.toArray()).to.deep.equal([
      [0, 1],
      [1, 0],
    ]);
  });

  it("std", () => {
    close(c.std(x, { dim: 1 }), [1.5275252, 0]);
    close(c.std(x, { dim: [0, 1], correction: 0 }), 0.942809);
    close(c.std(x, { dim: 0, keepdim: true }), [[1.4142135, 0.7071068, 0.7071068]]);
    expect(c.std(tensor([1])).item()).to.deep.equal(NaN);
    expect(c.std(tensor([1]), { correction: 0 }).item()).to.equal(0);
    const slope = c.grad((input: Tensor) => c.sum(c.std(input, { dim: 1 })));
    close(slope(x), [
      [-0.4364358, -0.1091089, 0.5455447],
      [0, 0, 0],
    ]);
    const second = c.grad((input: Tensor) => c.sum(c.square(slope(input))))(x);
    expect(second.data.every(Number.isFinite)).to.equal(true);
  });

  it("prod, with its gradients at zeros", () => {
    const rows = tensor([
      [1, -2, 3],
      [0, 5, 6],
    ]);
    close(c.prod(rows, { dim: 1 }), [-6, 0]);
    close(c.prod(rows, { dim: 0, keepdim: true }), [[0, -10, 18]]);
    close(c.prod(c.reshape(c.arange(1, 9), [2, 2, 2]), { dim: [0, -1] }), [60, 672]);
    close(c.grad((input: Tensor) => c.sum(c.prod(input, { dim: 1 })))(rows), [
      [-6, 3, -2],
      [30, 0, 0],
    ]);
    const slope = c.grad((input: Tensor) => c.prod(input));
    const bend = c.grad((input: Tensor) => c.sum(slope(input)));
    for (const [given, first, second] of [
      [
        [2, 3, 4],
        [12, 8, 6],
        [7, 6, 5],
      ],
      [
        [0, 3, 4],
        [12, 0, 0],
        [7, 4, 3],
      ],
      [
        [0, 0, 4],
        [0, 0, 0],
        [4, 4, 0],
      ],
    ]) {
      close(slope(tensor(given)), first);
      close(bend(tensor(given)), second);
    }
  });

  it("the product of no numbers is 1", () => {
    expect(c.prod(c.zeros([0])).toArray()).to.equal(1);
    expect(c.prod(c.zeros([2, 0]), { dim: 1 }).toArray()).to.deep.equal([1, 1]);
    expect(c.prod(c.zeros([2, 0]), { dim: 0, keepdim: true }).shape).to.deep.equal([1, 0]);
    expect(c.grad((input: Tensor) => c.prod(input))(c.zeros([0])).shape).to.deep.equal([0]);
  });

  const matrix = tensor([
    [3, -4, 0],
    [1, -2, 2],
  ]);
  // By p: of all, by columns, by rows.
  const norms: [number, number, number[], number[]][] = [
    [0, 5, [2, 2, 1], [2, 3]],
    [0.5, 57.160831, [7.4641023, 11.6568546, 2], [13.9282037, 14.6568546]],
    [1, 12, [4, 6, 2], [7, 5]],
    [1.5, 7.3319168, [3.3735054, 4.8945217, 2], [5.5842505, 3.5387187]],
    [2, 5.8309517, [3.1622777, 4.472136, 2], [5, 3]],
    [3, 4.7622032, [3.0365891, 4.1601677, 2], [4.4979415, 2.5712817]],
    [Infinity, 4, [3, 4, 2], [4, 2]],
    [-Infinity, 0, [1, 2, 0], [0, 1]],
    [-1, 0, [0.75, 1.3333334, 0], [0, 0.5]],
  ];
  for (const [p, all, columns, rows] of norms) {
    it(`norm, p ${p}`, () => {
      close(c.norm(matrix, { p }), all);
      close(c.norm(matrix, { p, dim: 0 }), columns);
      close(
        c.norm(matrix, { p, dim: -1, keepdim: true }),
        rows.map((value) => [value]),
      );
    });
  }

  // By p: at [3, −4, 0] and [1, −2, 2]; at zeros every gradient is 0.
  const slopes: [number, number[], number[]][] = [
    [0, [0, 0, 0], [0, 0, 0]],
    [0.5, [2.1547005, -1.8660254, 0], [3.8284271, -2.7071068, 2.7071068]],
    [1, [1, -1, 0], [1, -1, 1]],
    [1.5, [0.7329565, -0.8463452, 0], [0.5315902, -0.7517821, 0.7517821]],
    [2, [0.6, -0.8, 0], [0.3333333, -0.6666667, 0.6666667]],
    [3, [0.4448514, -0.7908468, 0], [0.1512519, -0.6050074, 0.6050074]],
    [Infinity, [0, -1, 0], [0, -0.5, 0.5]],
    [-Infinity, [0, 0, 0], [1, 0, 0]],
    [-1, [0, 0, 0], [0.25, -0.0625, 0.0625]],
  ];
  for (const [p, first, second] of slopes) {
    it(`norm's gradient, p ${p}`, () => {
      const slope = c.grad((input: Tensor) => c.norm(input, { p }));
      close(slope(tensor([3, -4, 0])), first);
      close(slope(tensor([1, -2, 2])), second);
      close(slope(tensor([0, 0, 0])), [0, 0, 0]);
      // Counting has no slope to have a slope.
      if (p === 0) return;
      const bend = c.grad((input: Tensor) => c.sum(slope(input)));
      for (const given of [
        [3, -4, 0],
        [0, 0, 0],
      ]) {
        expect(bend(tensor(given)).data.every(Number.isFinite)).to.equal(true);
      }
    });
  }

  it("norm's second gradient", () => {
    const weights = tensor([1, 2, 3]);
    for (const [p, expected] of [
      [2, [0.32, 0.24, 0.6]],
      [3, [0.5214374, 0.3910781, 0]],
    ] as const) {
      const slope = c.grad((input: Tensor) => c.norm(input, { p }));
      close(c.grad((input: Tensor) => c.sum(c.mul(slope(input), weights)))(tensor([3, -4, 0])), [
        ...expected,
      ]);
    }
  });

  it("norm of no numbers", () => {
    for (const p of [0, 1, 2]) expect(c.norm(c.zeros([0]), { p }).item()).to.equal(0);
    for (const p of [Infinity, -Infinity, -1]) {
      expect(() => c.norm(c.zeros([2, 0]), { p, dim: 1 })).to.throw(
        "norm: input: expected at least one number",
      );
      expect(c.norm(c.zeros([0, 2]), { p, dim: 1 }).shape).to.deep.equal([0]);
    }
  });
});
