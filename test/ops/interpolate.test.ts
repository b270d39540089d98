import { expect } from "chai";
import * as c from "../../src/index.js";
import type { InterpolateOptions, Tensor } from "../../src/index.js";
import { eachBackend } from "../backend/each.js";

const row = c.tensor([[0, 1, 2, 3]]);
const rounded = (result: Tensor): number[] => [...result.data].map((value) => Number(value.toFixed(4)));

/** The gradient of each cell's own multiple, which tells the cells apart. */
function slopes(input: Tensor, options: InterpolateOptions): number[] {
  return rounded(
    c.grad((x: Tensor) => {
      const output = c.interpolate(x, options);
      return c.sum(c.mul(output, c.reshape(c.arange(1, output.size + 1), output.shape)));
    })(input),
  );
}

eachBackend("resizing", () => {
  it("copies a side whose rounded size is its own, and doubles one whose is twice it, as PyTorch 1.13", () => {
    const of = (factor: number, mode: "nearest" | "bilinear"): number[] =>
      rounded(c.interpolate(row, { scaleFactor: [1, factor], mode }));
    expect(of(1.2, "nearest")).to.deep.equal([0, 1, 2, 3]);
    expect(of(2.1, "nearest")).to.deep.equal([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(of(1.2, "bilinear")).to.deep.equal([0, 1, 2, 3]);
    expect(slopes(row, { scaleFactor: [1, 1.2] })).to.deep.equal([1, 2, 3, 4]);
    expect(slopes(row, { scaleFactor: [1, 2.1] })).to.deep.equal([3, 7, 11, 15]);
    expect(slopes(row, { scaleFactor: [1, 1.2], mode: "bilinear" })).to.deep.equal([1, 2, 3, 4]);
    // Bilinear has no such rule for a doubled side, and bicubic and nearest-exact none at all.
    expect(of(2.1, "bilinear")[1]).to.equal(0.2143);
    const exact = { scaleFactor: [1, 1.2], coordinates: "half-pixel" } as const;
    expect(rounded(c.interpolate(row, exact))).to.deep.equal([0, 1, 2, 2]);
    expect(rounded(c.interpolate(row, { scaleFactor: [1, 1.2], mode: "bicubic" }))[0]).to.equal(-0.0525);
    // Each side for itself.
    const square = c.tensor([[0, 1], [2, 3]]); // prettier-ignore
    expect(rounded(c.interpolate(square, { scaleFactor: [1.4, 2.4] }))).to.deep.equal([
      0, 0, 1, 1, 2, 2, 3, 3,
    ]);
    expect(c.interpolate(c.tensor([[5]]), { scaleFactor: 1.9 }).toArray()).to.deep.equal([[5]]);
  });

  it("smooths what it makes smaller, with antialias", () => {
    const steps = c.tensor([[0, 8, 0, 8, 0, 8, 0, 8]]);
    // Without it every other cell is lost; with it each cell reads as many as it covers.
    const half = (options: object): number[] =>
      rounded(c.interpolate(steps, { size: [1, 4], mode: "bilinear", ...options }));
    expect(half({})).to.deep.equal([4, 4, 4, 4]);
    expect(rounded(c.interpolate(steps, { size: [1, 2], mode: "bilinear" }))).to.deep.equal([4, 4]);
    // PyTorch 1.13.
    expect(half({ antialias: true })).to.deep.equal([3.4286, 4, 4, 4.5714]);
    const third = c.interpolate(row, { size: [1, 3], mode: "bicubic", antialias: true });
    expect(rounded(third)).to.deep.equal([0.1899, 1.5, 2.8101]);
    // A size that stays is copied, and lines that enlarge have nothing to smooth.
    expect(rounded(c.interpolate(row, { size: [1, 4], mode: "bicubic", antialias: true }))).to.deep.equal([
      0, 1, 2, 3,
    ]);
    const large = { size: [1, 9], mode: "bilinear" } as const;
    expect(rounded(c.interpolate(row, { ...large, antialias: true }))).to.deep.equal(
      rounded(c.interpolate(row, large)),
    );
    expect(
      c.interpolate(c.ones([1, 1000]), { size: 1, mode: "bilinear", antialias: true }).item(),
    ).to.be.closeTo(1, 1e-6);
  });

  it("takes means of areas, which are those of adaptiveAvgPool2d", () => {
    const image = c.randn([2, 3, 7, 5], { seed: 3 });
    for (const size of [[3, 2], [7, 5], [1, 9], [14, 10]] as const) {
      expect([...c.interpolate(image, { size, mode: "area" }).data]).to.deep.equal([
        ...c.adaptiveAvgPool2d(image, size).data,
      ]);
    } // prettier-ignore
    expect(c.interpolate(row, { scaleFactor: [1, 0.5], mode: "area" }).toArray()).to.deep.equal([[0.5, 2.5]]);
    expect(slopes(row, { scaleFactor: [1, 0.5], mode: "area" })).to.deep.equal([0.5, 0.5, 1, 1]);
  });

  it("lets infinities and NaN reach the cells that read them alone", () => {
    const odd = c.tensor([[Infinity, 1, 2, NaN]]);
    expect(c.interpolate(odd, { scaleFactor: [1, 1.2], mode: "bilinear" }).toArray()).to.deep.equal([
      [Infinity, 1, 2, NaN],
    ]);
    expect(c.interpolate(odd, { size: [1, 2], mode: "area" }).toArray()).to.deep.equal([[Infinity, NaN]]);
    const antialiased = c.interpolate(odd, { size: [1, 4], mode: "bilinear", antialias: true });
    expect(antialiased.toArray()).to.deep.equal([[Infinity, 1, 2, NaN]]);
  });

  it("pads beyond the image: mirrored and repeated for as long as it takes, as NumPy", () => {
    const image = c.tensor([[1, 2, 3]]);
    const of = (mode: "reflect" | "circular"): number[] => [...c.pad(image, [5, 4, 0, 0], { mode }).data];
    // numpy.pad, "reflect" and "wrap".
    expect(of("reflect")).to.deep.equal([2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3]);
    expect(of("circular")).to.deep.equal([2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1]);
    // PyTorch's results. What a mirror shows is the whole image, also where an amount cuts cells away.
    const cut = (sides: [number, number, number, number], mode: "reflect" | "replicate"): unknown =>
      c.pad(c.tensor([[1, 2, 3, 4]]), sides, { mode }).toArray();
    expect(cut([-1, 2, 0, 0], "reflect")).to.deep.equal([[2, 3, 4, 3, 2]]);
    expect(cut([3, -1, 0, 0], "reflect")).to.deep.equal([[4, 3, 2, 1, 2, 3]]);
    expect(cut([-1, 2, 1, 0], "replicate")).to.deep.equal([
      [2, 3, 4, 4, 4],
      [2, 3, 4, 4, 4],
    ]);
    expect(cut([-2, -1, 0, 0], "replicate")).to.deep.equal([[3]]);
    expect(() => cut([-2, -2, 0, 0], "reflect")).to.throw(
      "pad: padding: expected at least one row and column left, got 1×0",
    );
    expect([...c.pad(c.tensor([[7]]), [0, 2, 0, 0], { mode: "reflect" }).data]).to.deep.equal([7, 7, 7]);
    const wide = c.conv2d(image, c.ones([1, 3]), { padding: [3, 3, 0, 0], paddingMode: "reflect" });
    expect([...wide.data]).to.deep.equal([7, 8, 7, 6, 7, 8, 7].map((_, index) =>
      c.pad(image, [3, 3, 0, 0], { mode: "reflect" }).data.slice(index, index + 3).reduce((a, b) => a + b, 0),
    )); // prettier-ignore
  });

  it("pads a strided convolution to the same size, as TensorFlow", () => {
    const image = c.reshape(c.arange(1, 7), [1, 6]);
    const of = (kernel: number, stride: number): number[] => [
      ...c.conv2d(image, c.ones([1, kernel]), { padding: "same", stride, algorithm: "direct" }).data,
    ];
    // The odd cell is on the right: windows start at 0, 2 and 4.
    expect(of(3, 2)).to.deep.equal([6, 12, 11]);
    expect(of(2, 2)).to.deep.equal([3, 7, 11]);
    expect(of(4, 3)).to.deep.equal([10, 15]);
    expect(of(1, 4)).to.deep.equal([1, 5]);
    const whole = c.randn([1, 3, 9, 8], { seed: 1 });
    const weight = c.randn([4, 3, 3, 3], { seed: 2 });
    const same = c.conv2d(whole, weight, { padding: "same", stride: [2, 3] });
    expect(same.shape).to.deep.equal([1, 4, 5, 3]);
    // On 9 rows one cell on both sides; on 8 columns at stride 3 the windows end with the image and one cell.
    const said = c.conv2d(whole, weight, { padding: [0, 1, 1, 1], stride: [2, 3] });
    expect([...same.data]).to.deep.equal([...said.data]);
  });
});
