import { expect } from "chai";
import { arange, slice, type Tensor } from "../../src/index.js";

describe("slice, called from plain JavaScript", () => {
  const line = arange(10);
  const call = (ranges: unknown): Tensor => slice(line, ranges as []);

  it("takes nothing, null and an empty range for all of a dimension", () => {
    for (const all of [[], [undefined], [null], [{}]])
      expect(call(all).toArray()).to.deep.equal(line.toArray());
  });

  it("refuses what is no range, and names what came", () => {
    const refused: [unknown, string][] = [
      [
        [[1, 3]],
        "slice: ranges[0]: expected { start, end, step }, each of which may be left out, got [1, 3]",
      ],
      [[3], "slice: ranges[0]: expected { start, end, step }, each of which may be left out, got 3"],
      [[{ from: 1, to: 3 }], 'got an object with keys ["from", "to"]'],
      [
        { start: 1 },
        'slice: ranges: expected a list of { start, end, step }, got an object with keys ["start"]',
      ],
      [undefined, "slice: ranges: expected a list of { start, end, step }, got undefined"],
      [[{ start: 1.5 }], "slice: ranges[0].start: expected a position from -10 to 10, got 1.5"],
      [[{ end: "3" }], 'slice: ranges[0].end: expected a position from -10 to 10, got "3"'],
      [[{ step: 0 }], "slice: ranges[0].step: expected a whole number ≥ 1, got 0"],
    ];
    for (const [ranges, message] of refused) expect(() => call(ranges)).to.throw(message);
  });
});
