/** Drives assembly/losses.ts: losses of a difference and their first derivatives. The reference has the others. */
import type { Kernels, LossTerms, Numbers } from "../backend.js";
import { reference } from "../reference.js";
import { type Call, doubleBits, type Runtime } from "./runtime.js";

export type LossKernels = Pick<Kernels, "lossTerms" | "lossSum">;

const KINDS: readonly LossTerms["kind"][] = ["square", "size", "smooth"];
const BLOCK = 8192;

export function lossKernels(runtime: Runtime): LossKernels {
  function run(
    call: Call,
    kernel: "losses" | "lossSums",
    { kind, orders, constant, share }: LossTerms,
    [x, t]: readonly Numbers[],
    out: number,
    gradient?: Numbers,
  ): void {
    const [n, i] = orders;
    const job = runtime.job([
      ...[...doubleBits(i === 0 ? share : -share), ...doubleBits(constant)],
      ...[call.input(x), call.input(t), gradient === undefined ? 0 : call.input(gradient), out],
      ...[gradient?.length === 1 ? 0 : 1, x.length, KINDS.indexOf(kind), n + i],
    ]);
    runtime.threads.run(kernel, job, Math.ceil(x.length / BLOCK), x.length * 8);
  }

  return {
    lossTerms: (terms, operands, gradient, output) => {
      if (!takes(terms, 1)) {
        reference.lossTerms(terms, operands, gradient, output);
        return;
      }
      runtime.call((call) => {
        run(call, "losses", terms, operands, call.output(output), gradient);
      });
    },
    lossSum: (terms, operands, output) => {
      if (!takes(terms, 0)) {
        reference.lossSum(terms, operands, output);
        return;
      }
      runtime.call((call) => {
        const blocks = Math.ceil(operands[0].length / BLOCK);
        const out = call.temporary(blocks * 8);
        run(call, "lossSums", { ...terms, share: 1 }, operands, out);
        const sums = new Float64Array(runtime.memory.buffer, out, blocks);
        output[0] = sums.reduce((total, sum) => total + sum, 0) * terms.share;
      });
    },
  };
}

/** Whether assembly/losses.ts has such terms, differentiated at most so often. */
function takes({ kind, orders: [n, i, j] }: LossTerms, most: number): boolean {
  return KINDS.includes(kind) && n + i <= most && j === 0;
}
