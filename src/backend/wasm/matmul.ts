/** Matrix products run through the convolution's kernel: a 1×1 convolution is one. */
import type { Kernels } from "../backend.js";
import { padBias, splitWork } from "./direct.js";
import type { Runtime } from "./runtime.js";

/** Inner rows of a packed panel: see DEPTH in direct.ts. */
const DEPTH = 576;

export function matmulKernels(runtime: Runtime): Pick<Kernels, "matmul"> {
  return {
    matmul: (a, b, output, geometry) => {
      const { batch, rows, inner, columns, transposeA, transposeB, aStep, bStep } = geometry;
      if (output.length === 0) return;
      if (inner === 0) {
        output.fill(0);
        return;
      }
      runtime.call((call) => {
        // One left matrix for the whole batch: the batch's right matrices are images. Otherwise groups.
        const shared = aStep === 0;
        const groups = shared ? 1 : batch;
        const images = shared ? batch : 1;
        const paddedRows = Math.ceil(rows / 4) * 4;
        const block = Math.ceil(inner / Math.ceil(inner / DEPTH));
        const packed = call.temporary(groups * paddedRows * inner * 4);
        const zero = call.integers([0]);
        const [rowBytes, innerBytes] = transposeA ? [4, rows * 4] : [inner * 4, 4];
        const packing = runtime.job([
          ...[call.input(a), packed, zero, 1, inner, block, rows, aStep * 4, rowBytes, innerBytes],
        ]);
        runtime.threads.run("packWeight", packing, groups, groups * paddedRows * inner);

        const [planeBytes, columnBytes] = transposeB ? [4, inner * 4] : [columns * 4, 4];
        const panels = Math.ceil((images * columns) / 8);
        const operations = groups * panels * 8 * paddedRows * inner;
        const split = splitWork(panels, paddedRows / 4, groups, runtime.threads.plan(operations));
        const bias = padBias(runtime, call, 0, groups, rows);
        const job = runtime.job([
          ...[call.input(b), packed, bias, call.output(output), zero, 1],
          ...[inner, block, rows, groups, images],
          ...[bStep * 4, bStep * 4, planeBytes, 0, columnBytes],
          ...[1, columns, rows * columns * 4, columns * 4, 0, 4],
          ...[split.columns, split.rows],
        ]);
        const scratch = 128 + paddedRows * 32 + block * 64;
        runtime.threads.run(
          runtime.wide ? "convolveWide" : "convolve",
          job,
          split.units,
          operations,
          scratch,
        );
      });
    },
  };
}
