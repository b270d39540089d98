import { expect } from "chai";
import { readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { gradients, scope, tensor, type Tensor } from "../../src/index.js";
import { calls } from "../vectors/calls.js";
import { eachBackend } from "./each.js";

interface Numbers {
  shape: number[];
  values: (number | "nan" | "inf" | "-inf")[];
}

interface Case {
  op: string;
  options: Record<string, unknown>;
  inputs: Numbers[];
  upstream: Numbers;
  results: Numbers[];
  gradients: Numbers[];
}

const file = path.resolve(__dirname, "../../../test/vectors/range.json.gz");
const cases = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Case[];

const words: Record<string, number> = { nan: NaN, inf: Infinity, "-inf": -Infinity };
const valuesOf = ({ values }: Numbers): number[] =>
  values.map((value) => (typeof value === "string" ? words[value] : value));
const made = (numbers: Numbers): Tensor => tensor(Float32Array.from(valuesOf(numbers)), numbers.shape);

/** The places where two arrays differ by more than a 100,000th of the largest finite number expected. */
function faults(came: Tensor, expected: Numbers, size: number): string[] {
  const wanted = valuesOf(expected);
  const largest = Math.max(size, ...wanted.map(Math.abs).filter(Number.isFinite));
  const right = (found: number, value: number): boolean =>
    Object.is(found, value) || Math.abs(found - value) <= 1e-5 * largest + 2 ** -147;
  return wanted.flatMap((value, at) =>
    right(came.data[at], value) ? [] : [`${came.data[at]} instead of ${value}`],
  );
}

eachBackend("PyTorch's results of huge, tiny and non-finite numbers", () => {
  for (const op of new Set(cases.map((one) => one.op))) {
    const own = cases.filter((one) => one.op === op);
    it(`${op}: ${own.length} calls`, () => {
      const found = own.flatMap(({ options, inputs, upstream, results, gradients: slopes }) =>
        scope(() => {
          const given = inputs.map(made);
          given[0].requiresGrad = true;
          const [output] = [calls[op](given, options)].flat();
          const [slope] = gradients(output, [given[0]], { gradient: made(upstream) });
          // Probabilities are differences of numbers about 1.
          const size = /softmax|crossEntropy/i.test(op) ? 0.1 : 0;
          return [...faults(output, results[0], size), ...faults(slope, slopes[0], size)].map(
            (fault) => `${JSON.stringify(options)} of ${JSON.stringify(inputs[0].values)}: ${fault}`,
          );
        }),
      );
      expect(found.slice(0, 4), `${found.length} numbers differ`).to.deep.equal([]);
    });
  }
});
