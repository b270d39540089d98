import { expect } from "chai";
import { mean, mnist } from "../../src/index.js";
import { messageOf } from "./message.js";

describe("mnist", () => {
  it("is the data set in its own order", async () => {
    const { images, labels } = await mnist({ limit: 10 });
    expect(images.shape).to.deep.equal([10, 1, 28, 28]);
    expect(labels.toArray()).to.deep.equal([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect(Math.min(...images.data)).to.equal(0);
    expect(Math.max(...images.data)).to.equal(1);
  });

  it("has the published size and mean (0.1307)", async () => {
    const { images, labels } = await mnist();
    expect(labels.size).to.equal(60_000);
    expect(mean(images).item()).to.be.closeTo(0.1307, 0.0001);
    expect((await mnist({ split: "test" })).labels.size).to.equal(10_000);
  });

  it("reads from an offset on", async () => {
    const whole = await mnist({ split: "test", limit: 7 });
    const part = await mnist({ split: "test", offset: 4, limit: 3 });
    expect(part.labels.toArray()).to.deep.equal((whole.labels.toArray() as number[]).slice(4));
    expect([...part.images.data]).to.deep.equal([...whole.images.data.subarray(4 * 784)]);
    expect((await mnist({ limit: 0 })).images.shape).to.deep.equal([0, 1, 28, 28]);
  });

  it("refuses more than there is, and options it does not know", async () => {
    expect(await messageOf(mnist({ split: "test", limit: 10_001 }))).to.equal(
      "mnist: limit: expected at most 10000 items, offset included, got 0 + 10001",
    );
    expect(await messageOf(mnist({ limit: -1 }))).to.match(
      /^mnist: limit: expected a whole number ≥ 0, got -1$/,
    );
    expect(await messageOf(mnist({ split: "valid" as "test" }))).to.match(
      /^mnist: split: expected .*got "valid"$/,
    );
    expect(await messageOf(mnist({ size: 3 } as object))).to.match(/^mnist: .*size/);
  });
});
