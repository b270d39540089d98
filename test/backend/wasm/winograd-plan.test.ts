import { expect } from "chai";
import { forwardCorrelation, transposedCorrelations } from "../../../src/backend/wasm/correlation.js";
import { inputFrame } from "../../../src/backend/wasm/weight-gradient.js";
import { planTiles } from "../../../src/backend/wasm/winograd-gradient.js";
import { planWinograd } from "../../../src/backend/wasm/winograd-plan.js";
import { convGeometry, type ConvShape } from "./support.js";

describe("the choice of Winograd's tiles", () => {
  const forward = (shape: ConvShape, columns: 8 | 16 = 8): string =>
    name(planWinograd([forwardCorrelation(convGeometry(shape))], columns));
  const gradient = (shape: ConvShape): string =>
    name(planWinograd(transposedCorrelations(convGeometry(shape)), 8));
  const name = (plan: ReturnType<typeof planWinograd>): string =>
    plan === undefined
      ? "direct"
      : `F(${plan.size.y}×${plan.size.x}, ${plan.taps}×${plan.taps})${plan.backwards ? " backwards" : ""}`;
  const square = (side: number): Pick<ConvShape, "channels" | "out" | "size" | "kernel" | "padding"> => ({
    ...{ channels: 64, out: 64, size: [side, side], kernel: [3, 3], padding: 1 },
  });

  it("is by the size of the map and the kernel", () => {
    expect(forward(square(56))).to.equal("F(4×4, 3×3)");
    expect(forward(square(14))).to.equal("F(4×4, 3×3)");
    expect(forward(square(7))).to.equal("F(4×2, 3×3)");
    expect(forward(square(7), 16)).to.equal("F(2×2, 3×3)");
    expect(forward({ ...square(4), batch: 2 })).to.equal("F(2×2, 3×3)");
    expect(forward({ ...square(7), batch: 8 })).to.equal("F(4×4, 3×3)");
    expect(forward({ ...square(28), kernel: [5, 5], padding: 2 })).to.equal("F(4×4, 5×5)");
    expect(forward({ ...square(56), kernel: [7, 7], stride: 2, padding: 3 })).to.equal("F(3×3, 4×4)");
    expect(forward({ ...square(28), kernel: [1, 1], padding: 0 })).to.equal("direct");
    expect(forward({ ...square(6), channels: 2, out: 2 })).to.equal("direct");
  });

  it("goes backwards where the output reaches further than its source", () => {
    const lenet: ConvShape = { channels: 6, out: 16, size: [14, 14], kernel: [5, 5], batch: 32 };
    expect(gradient(lenet)).to.equal("F(4×4, 5×5) backwards");
    expect(forward(lenet)).to.equal("F(4×4, 5×5)");
    // With padding, source and output have as many tiles.
    expect(gradient({ ...lenet, padding: 2 })).to.equal("F(4×4, 5×5)");
    // More tiles than a unit has room for.
    expect(gradient({ ...lenet, size: [64, 64] })).to.equal("F(4×4, 5×5)");
    expect(gradient({ ...lenet, stride: 2 })).to.not.contain("backwards");
    expect(gradient({ ...lenet, dilation: 2 })).to.not.contain("backwards");
  });

  it("of the weight gradient multiplies panels of whichever leaves less of them empty", () => {
    const panels = (channels: number, out: number, columns: 8 | 16 = 8): string | undefined => {
      const geometry = convGeometry({ channels, out, size: [32, 32], kernel: [5, 5], batch: 4 });
      return planTiles(geometry, inputFrame(geometry), columns)?.panels;
    };
    expect(panels(64, 64)).to.equal("input");
    expect(panels(16, 20)).to.equal("input");
    // Of eight lanes three or six would be used, of four three, of four and two all.
    expect(panels(3, 16)).to.equal("gradient");
    expect(panels(6, 16)).to.equal("gradient");
    // The revectoriser takes two panels at once, and no half row tile.
    expect(panels(6, 16, 16)).to.equal("gradient");
    expect(panels(16, 6, 16)).to.equal("input");
  });
});
