import { expect } from "chai";
import * as c from "../../src/index.js";
import { ones, tensor } from "../../src/index.js";
import * as activation from "../../src/ops/activation.js";
import * as cumulate from "../../src/ops/cumulate.js";
import * as dropout from "../../src/ops/dropout.js";
import * as elementwise from "../../src/ops/elementwise.js";
import * as operations from "../../src/ops/index.js";
import * as join from "../../src/ops/join.js";
import * as losses from "../../src/ops/losses.js";
import * as math from "../../src/ops/math.js";
import * as matmul from "../../src/ops/matmul.js";
import * as norm from "../../src/ops/norm.js";
import * as normalise from "../../src/ops/normalise.js";
import * as rearrange from "../../src/ops/rearrange.js";
import * as reduce from "../../src/ops/reduce.js";
import * as select from "../../src/ops/select.js";
import * as shape from "../../src/ops/shape.js";
import * as softmax from "../../src/ops/softmax.js";

/** An argument or an option: its name, a value that is right, and values that each must be refused. */
type Argument = readonly [name: string, right: unknown, wrong: readonly unknown[]];

interface Call {
  arguments: readonly Argument[];
  /** Where `undefined` is right, the option is left out of the other calls. */
  options?: readonly Argument[];
}

const [one, pair, plane] = [ones([2]), ones([2, 3]), ones([1, 4, 2, 2])];

// Kinds of value, each with what is not of that kind.
const notOperand = [undefined, null, "2", true, [], [1], {}, () => one];
const notTensor = [...notOperand, 2, NaN];
const notNumber = [null, "2", true, [], {}, one, NaN];
const notFinite = [...notNumber, Infinity];
const notWhole = [...notFinite, 1.5];
const notPositive = [undefined, ...notWhole, 0, -1];
const notFlag = [null, "false", 0, 1, [], {}, one];
const notPair = [undefined, null, "2", true, [], [1, 2, 3], ["1", "2"], [1, 1.5], {}, one, NaN, 1.5, -1];
const notShape = [undefined, null, 4, "ab", {}, one, [1.5], [-2], ["2"], [null], [NaN]];
const notAxis = [...notWhole, 9, -9, [0], [[0]]];
const notAxes = [...notWhole.filter((value) => !Array.isArray(value)), 9, -9, [0, 0], ["0"], [null], [0.5]];
const notReduction = [null, "average", "", 1, true, {}];
const channels = [...notTensor.slice(1), ones([9]), ones([4, 1])];

const input: Argument = ["input", pair, notTensor];
const target: Argument = ["target", pair, [...notTensor, ones([4])]];
const image: Argument = ["input", plane, [...notTensor, one]];
const dim: Argument = ["dim", undefined, notAxes];
const axis: Argument = ["dim", undefined, notAxis];
const keepdim: Argument = ["keepdim", undefined, notFlag];
const reduction: Argument = ["reduction", undefined, notReduction];
const eps: Argument = ["eps", undefined, [...notFinite, "1e-5", -5]];
const correction: Argument = ["correction", undefined, [...notWhole, -1]];
const factor: Argument = ["factor", 2, notPositive];
const kernelSize: Argument = ["kernelSize", 2, [...notPair, 0]];
const windows: Argument[] = [
  ["stride", undefined, [...notPair.slice(1), 0]],
  ["padding", undefined, notPair.slice(1)],
  ["dilation", undefined, [...notPair.slice(1), 0]],
];
const classes: Argument[] = [
  ["input", pair, [...notTensor, ones([])]],
  ["target", tensor([0, 2]), [...notTensor, ones([3]), tensor([0, 3]), tensor([0, -1]), tensor([0, 0.5])]],
];
const ofClasses: Argument[] = [
  reduction,
  ["weight", undefined, [...notTensor.slice(1), ones([2]), ones([3, 1])]],
  ["ignoreIndex", undefined, [...notWhole, "0"]],
];
const lists: readonly unknown[] = [
  undefined,
  null,
  5,
  "ab",
  {},
  one,
  [],
  [5],
  [one, "a"],
  [one, ones([1, 2])],
];
const mixed = [undefined, null, 5, "a", {}, [5], [[0, 1]], [{ begin: 1 }], [{ start: "0" }]];

const unary: Call = { arguments: [input] };
const binary: Call = {
  arguments: [
    ["a", pair, notOperand],
    ["b", pair, notOperand],
  ],
};
const statistic: Call = { arguments: [input], options: [dim, keepdim] };
const place: Call = { arguments: [input], options: [axis, keepdim] };
const line: Call = { arguments: [input], options: [axis] };
const difference: Call = { arguments: [input, target], options: [reduction] };

const calls: Record<string, Call> = {
  ...of(unary, ["neg", "abs", "sign", "reciprocal", "square", "sqrt", "exp", "log", "sin", "cos", "erf"]),
  ...of(unary, ["floor", "ceil", "round", "relu", "sigmoid", "tanh", "softplus", "gelu", "silu"]),
  ...of(unary, ["mish", "relu6", "hardSigmoid", "hardSwish"]),
  ...of(binary, ["add", "sub", "mul", "div", "pow", "maximum", "minimum"]),
  ...of(binary, ["equal", "less", "lessEqual", "greater", "greaterEqual"]),
  ...of(statistic, ["sum", "mean", "amax", "amin", "prod"]),
  ...of({ arguments: [input], options: [dim, keepdim, correction] }, ["variance", "std"]),
  ...of(place, ["argmax", "argmin"]),
  ...of(line, ["softmax", "logSoftmax", "cumsum"]),
  ...of({ arguments: [input], options: [["dim", 1, notAxis], keepdim] }, ["max", "min"]),
  topk: {
    arguments: [input, ["k", 2, [undefined, ...notWhole, -1, 4]]],
    options: [axis, ["largest", undefined, notFlag], ["sorted", undefined, notFlag]],
  },
  elu: { arguments: [input], options: [["alpha", undefined, [...notFinite, "abc"]]] },
  ...of(difference, ["mseLoss", "l1Loss", "binaryCrossEntropy"]),
  ...of({ arguments: [["input", plane, [...notTensor, pair]], factor] }, ["pixelShuffle", "pixelUnshuffle"]),
  ...of({ arguments: [["tensors", [one, one], lists]], options: [["dim", undefined, notAxis]] }, [
    "concat",
    "stack",
  ]),
  norm: { arguments: [input], options: [dim, keepdim, ["p", undefined, notNumber]] },
  clamp: {
    arguments: [input],
    options: [
      ["min", 0, notNumber],
      ["max", 1, notNumber],
    ],
  },
  leakyRelu: { arguments: [input], options: [["negativeSlope", undefined, [...notFinite, "abc"]]] },
  where: {
    arguments: [
      ["condition", pair, notTensor],
      ["a", pair, notOperand],
      ["b", 0, notOperand],
    ],
  },
  crossEntropy: {
    arguments: classes,
    options: [...ofClasses, ["labelSmoothing", undefined, [...notFinite, "0.1", -0.1, 1.1]]],
  },
  nllLoss: { arguments: classes, options: ofClasses },
  smoothL1Loss: {
    arguments: [input, target],
    options: [reduction, ["beta", undefined, [...notFinite, 0, -1]]],
  },
  binaryCrossEntropyWithLogits: {
    arguments: [input, target],
    options: [
      reduction,
      ["posWeight", undefined, [...notOperand.slice(1), NaN, Infinity, ones([4]), ones([1, 2, 3])]],
    ],
  },
  dropout: {
    arguments: [input],
    options: [
      ["p", undefined, [...notFinite, "0.5", -0.1, 1.1]],
      ["training", undefined, notFlag],
      ["seed", undefined, [...notWhole, -1]],
    ],
  },
  batchNorm2d: {
    arguments: [image],
    options: [
      ["weight", undefined, channels],
      ["bias", undefined, channels],
      ["runningMean", ones([4]), [undefined, ...channels]],
      ["runningVar", ones([4]), [undefined, ...channels]],
      ["training", undefined, notFlag],
      ["momentum", undefined, [...notFinite, 7, -0.1]],
      eps,
    ],
  },
  groupNorm: {
    arguments: [image, ["groups", 2, [...notPositive, 3]]],
    options: [["weight", undefined, channels], ["bias", undefined, channels], eps],
  },
  matmul: {
    arguments: [
      ["a", ones([2, 3]), [...notTensor, ones([])]],
      ["b", ones([3, 2]), [...notTensor, ones([]), ones([2, 2])]],
    ],
  },
  linear: {
    arguments: [
      ["input", pair, [...notTensor, ones([]), ones([2, 2])]],
      ["weight", ones([2, 3]), [...notTensor, ones([3])]],
    ],
    options: [["bias", undefined, [...notTensor.slice(1), ones([3]), ones([1, 2])]]],
  },
  reshape: { arguments: [input, ["shape", [3, 2], [...notShape, [4], [-1, -1], [4, -1]]]] },
  flatten: {
    arguments: [input],
    options: [
      ["startDim", undefined, notAxis],
      ["endDim", undefined, notAxis],
    ],
  },
  permute: { arguments: [input, ["order", [1, 0], [...notShape, [], [0], [0, 0], [0, 1, 0]]]] },
  transpose: {
    arguments: [input, ["first", 0, notAxis], ["second", 1, notAxis]],
  },
  slice: {
    arguments: [
      input,
      ["ranges", [{ end: 1 }], [...mixed, [{ start: null }], [{ end: 9 }], [{ step: 0 }], [{}, {}, {}]]],
    ],
  },
  unsqueeze: { arguments: [input, ["dim", 0, [undefined, ...notAxis]]] },
  squeeze: {
    arguments: [
      ["input", ones([1, 2]), notTensor],
      ["dim", 0, [...notAxis, 1]],
    ],
  },
  expand: { arguments: [input, ["shape", [4, 2, 3], notShape]] },
  bedOfNails: { arguments: [image], options: [["stride", 2, [...notPair, 0]]] },
  unfold: { arguments: [image, kernelSize], options: windows },
  fold: {
    arguments: [
      ["input", ones([4, 4]), [...notTensor, one, ones([5, 4]), ones([4, 5])]],
      ["outputSize", [3, 3], [...notPair, 0]],
      kernelSize,
    ],
    options: windows,
  },
};

function of(call: Call, names: readonly string[]): Record<string, Call> {
  return Object.fromEntries(names.map((name) => [name, call]));
}

function call(name: string, given: readonly unknown[], options?: unknown): unknown {
  const operation: unknown = Object.entries(operations).find(([key]) => key === name)?.[1];
  if (typeof operation !== "function") throw new Error(`no operation ${name}`);
  return Reflect.apply(operation, undefined, options === undefined ? given : [...given, options]);
}

/** Throws unless the call is refused in the form of every complaint, by its own name and that argument's. */
function refused(run: () => unknown, name: string, argument: string, came: string): void {
  let message = "nothing: it was accepted";
  try {
    run();
  } catch (error) {
    message = String(error);
  }
  const form = new RegExp(
    `^Error: ${name}: ${argument}(\\[\\d+\\])?(\\.\\w+)?( \\(rows\\))?: expected .+, got .+`,
  );
  expect(message, `${name}, ${argument}: ${came}`).to.match(form);
}

const shown = (value: unknown): string =>
  value instanceof c.Tensor
    ? `a tensor of shape [${value.shape.join()}]`
    : (JSON.stringify(value) ?? "undefined");

describe("a wrong value is refused by the operation and the argument that it came to", () => {
  for (const [name, { arguments: given, options = [] }] of Object.entries(calls)) {
    const right = given.map(([, value]) => value);
    const base = Object.fromEntries(
      options.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    );
    const said = options.length === 0 ? undefined : base;

    it(name, () => {
      const result = call(name, right, said);
      const found =
        typeof result === "object" && result !== null && "values" in result ? result.values : result;
      expect(found).to.be.instanceOf(c.Tensor);
      for (const [index, [argument, , wrong]] of given.entries()) {
        for (const value of wrong) {
          refused(() => call(name, right.with(index, value), said), name, argument, shown(value));
        }
      }
      for (const [key, , wrong] of options) {
        for (const value of wrong) {
          // What is required and left out is asked for as the options are.
          const argument = value === undefined ? `(options|${key})` : key;
          refused(() => call(name, right, { ...base, [key]: value }), name, argument, shown(value));
        }
      }
      for (const value of options.length === 0 ? [] : [null, "a", 5, true, [], { misspelt: 1 }]) {
        refused(() => call(name, right, value), name, "options", shown(value));
      }
    });
  }

  it("of every function of these families", () => {
    const families = [
      ...[activation, dropout, elementwise, join, losses, math, matmul, norm, normalise],
      ...[rearrange, reduce, shape, softmax, select, cumulate],
    ];
    const names = families.flatMap((family) => Object.keys(family)).filter((name) => name in operations);
    expect([...new Set(names)].sort()).to.deep.equal(Object.keys(calls).sort());
  });

  it("full takes a number", () => {
    for (const value of [undefined, null, "2", true, [], one]) {
      refused(() => c.full([2], value as never), "full", "value", shown(value));
    }
    expect(c.full([2], Infinity).toArray()).to.deep.equal([Infinity, Infinity]);
  });

  it("running numbers with history are refused before either changes", () => {
    const [runningMean, weight] = [c.zeros([4]), ones([4])];
    weight.requiresGrad = true;
    expect(() =>
      c.batchNorm2d(plane, { training: true, runningMean, runningVar: c.mul(weight, 2) }),
    ).to.throw(
      "batchNorm2d: runningVar: expected a tensor without history in training, got one that was computed on a tape",
    );
    expect(runningMean.toArray()).to.deep.equal([0, 0, 0, 0]);
  });
});
