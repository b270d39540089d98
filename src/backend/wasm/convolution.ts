/** The convolution kernels. */
import type { Algorithm, ConvGeometry, Kernels, Numbers } from "../backend.js";
import { forwardCorrelation, transposedCorrelations } from "./correlation.js";
import { correlateDepthwise } from "./depthwise.js";
import { correlateDirect, type Operands } from "./direct.js";
import type { Call, Runtime } from "./runtime.js";
import { type Decide, decider, type Decision, type Way } from "./ways.js";
import type { WeightCache } from "./weights.js";
import { correlateWinograd } from "./winograd.js";
import type { Images } from "./winograd-range.js";

export type ConvolutionKernels = Pick<Kernels, "conv2d" | "conv2dInputGradient">;

export function convolutionKernels(runtime: Runtime, cache: WeightCache): ConvolutionKernels {
  function go(way: Way, call: Call, operands: Operands): void {
    const { depthwise = [], winograd, direct, parts } = way;
    for (const plan of depthwise) correlateDepthwise(runtime, call, plan, operands);
    if (winograd) {
      for (const images of correlateWinograd(runtime, cache, call, winograd, operands))
        goDirectly(way, call, operands, images);
      return;
    }
    if (direct) correlateDirect(runtime, cache, call, direct, operands);
    for (const part of parts) go(part, call, operands);
  }

  function goDirectly({ direct, parts }: Way, call: Call, operands: Operands, images: Images): void {
    if (direct) correlateDirect(runtime, cache, call, direct, operands, images);
    for (const part of parts) goDirectly(part, call, operands, images);
  }

  function run(
    decide: Decide<Decision>,
    source: Numbers,
    weight: Numbers,
    bias: Numbers | undefined,
    output: Numbers,
    geometry: ConvGeometry,
    algorithm: Algorithm,
  ): void {
    if (output.length === 0) return;
    runtime.call((call) => {
      const operands = {
        source: call.input(source),
        weight: call.input(weight),
        weightBytes: weight.length * 4,
        bias: bias ? call.input(bias) : 0,
        out: call.output(output),
      };
      const { way, incomplete, cells } = decide(geometry, algorithm);
      const empty = way === undefined || source.length === 0;
      if (incomplete || empty) fill(runtime.memory.view(operands.out, output.length), bias, cells);
      if (!empty) go(way, call, operands);
    });
  }

  const forward = decider((geometry) => [forwardCorrelation(geometry)], runtime.wide);
  const transposed = decider(transposedCorrelations, runtime.wide);
  return {
    conv2d: (input, weight, bias, output, geometry, algorithm) => {
      run(forward, input, weight, bias, output, geometry, algorithm);
    },
    conv2dInputGradient: (gradient, weight, bias, output, geometry, algorithm) => {
      run(transposed, gradient, weight, bias, output, geometry, algorithm);
    },
  };
}

/** Every plane of `cells` numbers gets its channel's bias, or zero. */
function fill(output: Numbers, bias: Numbers | undefined, cells: number): void {
  if (bias === undefined) {
    output.fill(0);
    return;
  }
  for (let plane = 0; plane * cells < output.length; plane++) {
    output.fill(bias[plane % bias.length], plane * cells, (plane + 1) * cells);
  }
}
