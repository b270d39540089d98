/** Drives assembly/fold.ts. */
import type { Kernels } from "../backend.js";
import { plain } from "./pooling.js";
import type { Runtime } from "./runtime.js";

export function foldKernels(runtime: Runtime): Pick<Kernels, "fold"> {
  return {
    fold: (input, output, { batch, inputChannels, ...axes }) => {
      const [rows, columns] = [plain(axes.rows), plain(axes.columns)];
      runtime.call((call) => {
        const job = runtime.job([
          ...[call.input(input), call.output(output), rows.input, columns.input],
          ...[rows.kernel, columns.kernel, rows.stride, columns.stride, rows.dilation, columns.dilation],
          ...[rows.before, columns.before, rows.output, columns.output],
        ]);
        // Memory sets the pace: a number costs about as much as four multiply-adds.
        runtime.threads.run("fold", job, batch * inputChannels, input.length * 4);
      });
    },
  };
}
