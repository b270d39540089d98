import { expect } from "chai";
import * as lab from "../../src/index.js";

const { ones } = lab;

/** The functions as plain JavaScript has them: anything goes in. */
type Loose = (...values: unknown[]) => unknown;
const loose = (name: keyof typeof lab): Loose => lab[name] as unknown as Loose;

const [featureMaps, filters] = [loose("featureMaps"), loose("filters")];
const [poolingComparison, channelStack] = [loose("poolingComparison"), loose("channelStack")];
const [convolutionMatrix, convolutionSteps] = [loose("convolutionMatrix"), loose("convolutionSteps")];
const [trainingCurve, networkDiagram] = [loose("trainingCurve"), loose("networkDiagram")];
const [segmentation, interact] = [loose("segmentation"), loose("interact")];
const [slider, play, dropdown, checkbox] = [
  loose("slider"),
  loose("play"),
  loose("dropdown"),
  loose("checkbox"),
];

const two = ones([2, 2]);
const relu = [{ op: "relu" }];

/** A wrong call, and what its error says of what was expected and of what came. */
const calls: readonly (readonly [string, () => unknown, string])[] = [
  ["featureMaps of an array", () => featureMaps([[1, 2]]), "featureMaps: maps: expected a tensor of shape [H, W], [C, H, W] or [1, C, H, W], got [[1, 2]]"],
  ["featureMaps of nothing", () => featureMaps(), "got undefined"],
  ["featureMaps' scale", () => featureMaps(two, { scale: "sharde" }), 'featureMaps: scale: expected one of "shared", "own", got "sharde"'],
  ["featureMaps' colours", () => featureMaps(two, { colours: "red" }), 'featureMaps: colours: expected one of "auto", "grey", "rgb", got "red"'],
  ["featureMaps' columns", () => featureMaps(two, { columns: "2" }), 'featureMaps: columns: expected a whole number ≥ 1, got "2"'],
  ["featureMaps' labels, too few", () => featureMaps(ones([2, 2, 2]), { labels: ["a"] }), "featureMaps: labels: expected one string for each of 2 maps, or none at all, got 1 string"],
  ["featureMaps' labels, a string", () => featureMaps(two, { labels: "a" }), 'featureMaps: labels: expected a list of strings, got "a"'],
  ["featureMaps' labels, numbers", () => featureMaps(two, { labels: [1] }), "featureMaps: labels: expected a list of strings, got [1]"],
  ["featureMaps' title", () => featureMaps(two, { title: 5 }), "featureMaps: title: expected a string, got 5"],
  ["featureMaps' unknown option", () => featureMaps(two, { color: "grey" }), 'got "color"'],
  ["featureMaps' options", () => featureMaps(two, null), "got null"],
  ["filters of an array", () => filters([1]), "filters: weight: expected a tensor of shape [O, C, h, w], [C, h, w] or [h, w], got [1]"],
  ["filters' options", () => filters(two, 3), "filters: options: expected an object with"],
  ["filters' unknown option", () => filters(two, { scales: "own" }), 'got "scales"'],
  ["poolingComparison of an array", () => poolingComparison([[1]], { kernelSize: 1 }), "poolingComparison: image: expected a tensor"],
  ["poolingComparison without options", () => poolingComparison(two), "poolingComparison: options: expected an object with kernelSize, stride, kinds, got undefined"],
  ["poolingComparison's kinds", () => poolingComparison(two, { kernelSize: 1, kinds: ["mx"] }), 'poolingComparison: kinds: expected one of "max", "min", "average", "l2", got "mx"'],
  ["poolingComparison's kinds, a string", () => poolingComparison(two, { kernelSize: 1, kinds: "max" }), 'expected a list of different kinds, at least one, got "max"'],
  ["poolingComparison's kinds, twice", () => poolingComparison(two, { kernelSize: 1, kinds: ["max", "max"] }), 'got ["max", "max"]'],
  ["poolingComparison's kernelSize", () => poolingComparison(two, { kernelSize: "2" }), 'kernelSize: expected a number or [height, width], got "2"'],
  ["poolingComparison's negative kernelSize", () => poolingComparison(two, { kernelSize: -2 }), "kernelSize: expected a whole number ≥ 1, got -2"],
  ["poolingComparison's stride", () => poolingComparison(two, { kernelSize: 1, stride: 0 }), "stride: expected a whole number ≥ 1, got 0"],
  ["poolingComparison's large kernelSize", () => poolingComparison(two, { kernelSize: 5 }), "a kernel that fits"],
  ["channelStack of an array", () => channelStack([[1]], ones([1, 1, 1])), "channelStack: image: expected a tensor"],
  ["channelStack's weight, an array", () => channelStack(two, [[1]]), "channelStack: weight: expected a tensor of shape [O, C, h, w] or [C, h, w], got [[1]]"],
  ["channelStack's weight of rank 2", () => channelStack(two, two), "got a tensor of shape [2, 2]"],
  ["channelStack's channels", () => channelStack(ones([3, 4, 4]), ones([2, 2, 3, 3])), "[2, 2, 3, 3]"],
  ["channelStack's stride", () => channelStack(two, ones([1, 1, 1]), { stride: "2" }), 'stride: expected a number or [height, width], got "2"'],
  ["channelStack's groups", () => channelStack(two, ones([1, 1, 1]), { groups: 2 }), 'got "groups"'],
  ["channelStack's bias", () => channelStack(two, ones([1, 1, 1]), { bias: [1] }), "bias: expected a tensor, got [1]"],
  ["convolutionMatrix without options", () => convolutionMatrix(), "convolutionMatrix: options: expected an object with"],
  ["convolutionMatrix's input", () => convolutionMatrix({ input: "4", kernel: 3 }), 'convolutionMatrix: input: expected a number or [height, width], got "4"'],
  ["convolutionMatrix's kernel", () => convolutionMatrix({ input: 4, kernel: -3 }), "kernel: expected a whole number ≥ 1, got -3"],
  ["convolutionMatrix's kernel and weight", () => convolutionMatrix({ input: 4, kernel: 2, weight: two }), "either a kernel size or a weight"],
  ["convolutionMatrix's weight, an array", () => convolutionMatrix({ input: 4, weight: [[1]] }), "convolutionMatrix: weight: expected a tensor of shape [h, w], got [[1]]"],
  ["convolutionMatrix's padding", () => convolutionMatrix({ input: 4, kernel: 3, padding: "smae" }), 'got "smae"'],
  ["convolutionSteps of an array", () => convolutionSteps([[1]], two), "convolutionSteps: image: expected a tensor"],
  ["convolutionSteps' kernel, an array", () => convolutionSteps(two, [[1]]), "convolutionSteps: kernel: expected a tensor of shape [h, w], [C, h, w] or [O, C, h, w], got [[1]]"],
  ["convolutionSteps' unknown option", () => convolutionSteps(two, two, { strde: 1 }), 'got "strde"'],
  ["convolutionSteps' stride", () => convolutionSteps(two, two, { stride: "1" }), 'stride: expected a number or [height, width], got "1"'],
  ["convolutionSteps' transposed", () => convolutionSteps(two, two, { transposed: "yes" }), 'convolutionSteps: transposed: expected true or false, got "yes"'],
  ["convolutionSteps' bias", () => convolutionSteps(two, two, { bias: 1 }), "bias: expected a tensor, got 1"],
  ["convolutionSteps' paddingMode", () => convolutionSteps(two, two, { paddingMode: "reflct" }), 'got "reflct"'],
  ["convolutionSteps' paddingMode, transposed", () => convolutionSteps(two, two, { paddingMode: "reflect", transposed: true }), 'convolutionSteps: paddingMode: expected "zeros" when transposed, got "reflect"'],
  ["convolutionSteps' padding, transposed", () => convolutionSteps(two, two, { padding: "same", transposed: true }), 'convolutionSteps: padding: expected a number or [height, width], got "same"'],
  ["convolutionSteps' outputPadding", () => convolutionSteps(two, two, { outputPadding: 1 }), "convolutionSteps: outputPadding: expected none unless transposed, got 1"],
  ["convolutionSteps of a huge image", () => convolutionSteps(ones([3, 400, 400]), ones([1, 3, 3, 3])), "expected at most 300000 padded cells in all"],
  ["trainingCurve of nothing", () => trainingCurve(), "trainingCurve: history: expected an object of at least one series, each a list of numbers, got undefined"],
  ["trainingCurve of a list", () => trainingCurve([1, 2]), "got [1, 2]"],
  ["trainingCurve of no series", () => trainingCurve({}), "trainingCurve: history: expected"],
  ["trainingCurve of a string", () => trainingCurve({ loss: "abc" }), 'trainingCurve: history.loss: expected a list of numbers, got "abc"'],
  ["trainingCurve of strings", () => trainingCurve({ loss: ["1"] }), 'history.loss: expected a list of numbers, got ["1"]'],
  ["trainingCurve of a tensor", () => trainingCurve({ loss: ones([2]) }), "got a tensor of shape [2]"],
  ["trainingCurve's xLabel", () => trainingCurve({ loss: [1] }, { xLabel: 3 }), "trainingCurve: xLabel: expected a word or more, got 3"],
  ["trainingCurve's unknown option", () => trainingCurve({ loss: [1] }, { xlabel: "a" }), 'trainingCurve: options: expected only xLabel, got "xlabel"'],
  ["networkDiagram without options", () => networkDiagram(relu), "networkDiagram: options: expected an object with input, got undefined"],
  ["networkDiagram's input", () => networkDiagram(relu, { input: "3" }), 'networkDiagram: input: expected [channels, height, width] or [features], got "3"'],
  ["networkDiagram's input of strings", () => networkDiagram(relu, { input: ["3"] }), 'got ["3"]'],
  ["networkDiagram's negative input", () => networkDiagram(relu, { input: [-3, 2, 2] }), "got [-3, 2, 2]"],
  ["networkDiagram of no network", () => networkDiagram(undefined, { input: [3, 2, 2] }), "got undefined"],
  ["networkDiagram of no layers", () => networkDiagram([], { input: [3, 2, 2] }), "got []"],
  ["networkDiagram of an unknown layer", () => networkDiagram([{ op: "rleu" }], { input: [3, 2, 2] }), 'got "rleu"'],
  ["networkDiagram's unknown option", () => networkDiagram(relu, { input: [3, 2, 2], inputs: 1 }), 'got "inputs"'],
  ["segmentation of nothing", () => segmentation(), "segmentation: options: expected an object with"],
  ["segmentation without an image", () => segmentation({ predictions: two }), "segmentation: image: expected a tensor"],
  ["segmentation without predictions", () => segmentation({ image: two }), "segmentation: predictions: expected a tensor of class numbers, or an object of such tensors by name, got undefined"],
  ["segmentation of an array", () => segmentation({ image: two, predictions: [[0, 1], [1, 1]] }), "got [[0, 1], [1, 1]]"], // prettier-ignore
  ["segmentation of no prediction", () => segmentation({ image: two, predictions: {} }), "segmentation: predictions: expected"],
  ["segmentation's null", () => segmentation({ image: two, predictions: { a: null } }), "segmentation: predictions.a: expected class numbers [2, 2], got null"],
  ["segmentation's sizes", () => segmentation({ image: two, predictions: ones([3, 3]) }), "predictions.prediction: expected class numbers [2, 2], got a tensor of shape [3, 3]"],
  ["segmentation's classes", () => segmentation({ image: two, predictions: two, classes: "ab" }), 'segmentation: classes: expected a list of 1 to 255 names, got "ab"'],
  ["segmentation's many classes", () => segmentation({ image: two, predictions: two, classes: new Array(300).fill("a") }), "got 300 names"],
  ["segmentation's unknown option", () => segmentation({ image: two, predictions: two, prediction: two }), 'got "prediction"'],
  ["slider of strings", () => slider("1", "4"), 'slider: min: expected a number, got "1"'],
  ["slider without an end", () => slider(0, Infinity), "slider: max: expected a number above 0, got Infinity"],
  ["slider's unknown option", () => slider(1, 4, { stp: 1 }), 'slider: options: expected only step, value, got "stp"'],
  ["play's interval", () => play(1, 4, { interval: "5" }), 'play: interval: expected a positive number of milliseconds, got "5"'],
  ["play's unknown option", () => play(1, 4, { speed: 1 }), 'got "speed"'],
  ["dropdown of a string", () => dropdown("abc"), 'dropdown: options: expected a list of values, got "abc"'],
  ["dropdown's unknown option", () => dropdown(["a"], { val: "a" }), 'dropdown: options: expected only value, got "val"'],
  ["checkbox of a string", () => checkbox("yes"), 'checkbox: value: expected true or false, got "yes"'],
  ["interact of a number", () => interact(3, {}), "interact: fn: expected a function, got 3"],
  ["interact without controls", () => interact(() => 1), "interact: controls: expected an object"],
  ["interact's control", () => interact(() => 1, { a: 3 }), "interact: controls.a: expected a slider, dropdown, checkbox or play, got 3"],
]; // prettier-ignore

describe("figures refuse wrong calls from plain JavaScript", () => {
  for (const [title, call, message] of calls) {
    it(title, () => {
      expect(call).to.throw(Error, message).and.to.not.be.instanceOf(TypeError);
    });
  }
});
