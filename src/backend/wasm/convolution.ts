/** The convolution kernels: chooses a way for each geometry. */
import type { Algorithm, ConvGeometry, Kernels, Numbers } from "../backend.js";
import { type Correlation, forwardCorrelation, transposedCorrelations } from "./correlation.js";
import { correlateDepthwise, suitsDepthwise } from "./depthwise.js";
import { correlateDirect, type Operands } from "./direct.js";
import type { Call, Runtime } from "./runtime.js";
import type { WeightCache } from "./weights.js";
import { correlateWinograd, planWinograd } from "./winograd.js";

export type ConvolutionKernels = Pick<Kernels, "conv2d" | "conv2dInputGradient">;

export function convolutionKernels(runtime: Runtime, cache: WeightCache): ConvolutionKernels {
  function correlate(
    call: Call,
    correlations: readonly Correlation[],
    operands: Operands,
    algorithm: Algorithm,
  ): void {
    if (correlations.every(suitsDepthwise)) {
      for (const correlation of correlations) correlateDepthwise(runtime, call, correlation, operands);
      return;
    }
    const plan = algorithm === "auto" ? planWinograd(correlations) : undefined;
    if (plan && correlateWinograd(runtime, cache, call, correlations, plan, operands)) return;
    if (correlations.length === 1) {
      correlateDirect(runtime, cache, call, correlations[0], operands);
      return;
    }
    // Phases that cannot share their tiles go each its own way.
    for (const correlation of correlations) correlate(call, [correlation], operands, algorithm);
  }

  /** Runs correlations from `source` to `output`; phases that no tap reaches keep the bias alone. */
  function run(
    correlations: (geometry: ConvGeometry) => Correlation[],
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
      const all = correlations(geometry);
      const full = all.filter(
        ({ channels, vertical, horizontal }) => channels * vertical.taps.length * horizontal.taps.length > 0,
      );
      if (full.length < all.length || source.length === 0) {
        const cells = all[0].vertical.size * all[0].horizontal.size;
        fill(runtime.memory.view(operands.out, output.length), bias, cells);
        if (source.length === 0) return;
      }
      if (full.length > 0) correlate(call, full, operands, algorithm);
    });
  }

  return {
    conv2d: (input, weight, bias, output, geometry, algorithm) => {
      run((g) => [forwardCorrelation(g)], input, weight, bias, output, geometry, algorithm);
    },
    conv2dInputGradient: (gradient, weight, bias, output, geometry, algorithm) => {
      run(transposedCorrelations, gradient, weight, bias, output, geometry, algorithm);
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
