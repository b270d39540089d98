import { expect } from "chai";
import { gradients, noGrad, scope, type Tensor } from "../../src/index.js";
import { calls } from "../vectors/calls.js";
import { type Numbers, readVectors, type Vector } from "../vectors/read.js";
import { eachBackend } from "./each.js";

const vectors = readVectors();
const byOperation = new Map<string, Vector[]>();
for (const vector of vectors) byOperation.set(vector.op, [...(byOperation.get(vector.op) ?? []), vector]);
const convolutions = new Set(["conv2d", "convTranspose2d", "conv2dSecond"]);

/** How far apart two arrays are, as a part of the largest number expected. */
function distance(came: Tensor, expected: Numbers): number {
  if (came.shape.join() !== expected.shape.join()) return Infinity;
  let largest = 0;
  let error = 0;
  expected.values.forEach((value, index) => {
    largest = Math.max(largest, Math.abs(value));
    // NaN counts as an error wherever it is not expected.
    const difference = Math.abs(came.data[index] - value);
    error = Math.max(error, Number.isNaN(difference) ? Infinity : difference);
  });
  return largest === 0 ? error : error / largest;
}

/** The worst distance over results and gradients of one vector. */
function check(vector: Vector, extra: Record<string, unknown>): number {
  const call = calls[vector.op];
  return scope(() => {
    const inputs = vector.inputs();
    const options = { ...vector.options, ...extra };
    // What a forward without gradients computes (it may take other kernels) must agree too.
    const plain = noGrad(() => [call(inputs, options)].flat());
    for (const { input } of vector.gradients) inputs[input].requiresGrad = true;
    const results = [call(inputs, options)].flat();
    const leaves = vector.gradients.map(({ input }) => inputs[input]);
    const found = leaves.length > 0 ? gradients(results[0], leaves, { gradient: vector.upstream() }) : [];
    return Math.max(
      ...vector.results.flatMap((expected, index) => [
        distance(plain[index], expected),
        distance(results[index], expected),
      ]),
      ...vector.gradients.map(({ numbers }, index) => distance(found[index], numbers)),
    );
  });
}

function worst(op: string, extra: Record<string, unknown>, bound: number): void {
  const failures = (byOperation.get(op) ?? []).flatMap((vector) => {
    const error = check(vector, extra);
    const shapes = vector.inputs().map(({ shape }) => `[${shape.join(", ")}]`);
    return error <= bound ? [] : [`${JSON.stringify(vector.options)} ${shapes.join(" ")}: ${error}`];
  });
  expect(failures.slice(0, 5), `${failures.length} vectors differ`).to.deep.equal([]);
}

describe("the vectors", () => {
  it("are 3,000 calls of every operation that they name", () => {
    expect(vectors.length).to.be.at.least(3000);
    expect([...byOperation.keys()].filter((op) => !(op in calls))).to.deep.equal([]);
    expect(Object.keys(calls).filter((op) => !byOperation.has(op))).to.deep.equal([]);
  });
});

eachBackend("PyTorch's results and gradients", () => {
  for (const [op, list] of byOperation) {
    const direct = convolutions.has(op) ? { algorithm: "direct" } : {};
    it(`${op}: ${list.length} calls within 1e-5 of the largest number`, () => {
      worst(op, direct, 1e-5);
    });
    if (!convolutions.has(op)) continue;
    it(`${op}: the same with any algorithm, within 1e-4`, () => {
      worst(op, { algorithm: "auto" }, 1e-4);
    });
  }
});
