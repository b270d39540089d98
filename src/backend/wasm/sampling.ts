/** Drives assembly/sampling.ts. */
import type { Cells, Kernels, Numbers, SampleGeometry } from "../backend.js";
import { words } from "./pooling.js";
import type { Runtime } from "./runtime.js";

export type SamplingKernels = Pick<Kernels, "sample" | "sampleGradient" | "sampleWeightGradient">;

export function samplingKernels(runtime: Runtime): SamplingKernels {
  function run(
    kernel: keyof SamplingKernels,
    source: Numbers,
    cells: Cells,
    other: Numbers,
    output: Numbers,
    { batch, channels, taps, large, small }: SampleGeometry,
  ): void {
    runtime.call((call) => {
      const addresses = [
        call.input(source),
        call.input(words(cells)),
        call.input(other),
        call.output(output),
      ];
      const job = runtime.job([...addresses, channels, taps, large, small]);
      const units = batch * (kernel === "sampleWeightGradient" ? taps : channels);
      runtime.threads.run(kernel, job, units, batch * channels * (4 * taps * small + large / 2));
    });
  }

  return {
    sample: (input, cells, weights, output, geometry) => {
      run("sample", input, cells, weights, output, geometry);
    },
    sampleGradient: (gradient, cells, weights, output, geometry) => {
      run("sampleGradient", gradient, cells, weights, output, geometry);
    },
    sampleWeightGradient: (gradient, input, cells, output, geometry) => {
      run("sampleWeightGradient", gradient, cells, input, output, geometry);
    },
  };
}
