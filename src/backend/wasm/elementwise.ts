/** Drives assembly/elementwise.ts. What has no vector form is the reference's plain loop on the same memory. */
import type { BinaryKind, CopyGeometry, Kernels, Numbers, ScalarKind, UnaryKind } from "../backend.js";
import { reference } from "../reference.js";
import { collapse, lineWords, MAX_OUTER } from "./lines.js";
import type { Call, Runtime } from "./runtime.js";

export type ElementwiseKernels = Pick<Kernels, "unary" | "scalar" | "binary" | "select" | "copy">;

/** The kinds in the order of the enumeration in assembly/elementwise.ts. */
const KINDS = [
  ...["add", "sub", "mul", "div", "maximum", "minimum"],
  ...["equal", "less", "lessEqual", "greater", "greaterEqual", "gate"],
  ...["leakyRelu", "negative", "abs", "reciprocal", "square", "sqrt", "relu", "floor", "ceil", "round"],
  ...["exp", "sigmoid", "tanh"],
];
const SCALARS: Partial<Record<ScalarKind, string>> = {
  addScalar: "add",
  mulScalar: "mul",
  maxScalar: "maximum",
  minScalar: "minimum",
  leakyRelu: "leakyRelu",
};
const BLOCK = 8192;

export function elementwiseKernels(runtime: Runtime): ElementwiseKernels {
  /** Operands are as long as the output, or one number. */
  function dense(
    kind: number,
    a: number,
    aStep: number,
    b: number,
    bStep: number,
    out: number,
    count: number,
  ): void {
    const job = runtime.job([kind, a, b, out, count, aStep, bStep]);
    // Memory sets the pace: a number costs about as much as four multiply-adds.
    runtime.threads.run("elements", job, Math.ceil(count / BLOCK), count * 4);
  }

  /** The address of an operand spread over `shape`. */
  function spread(
    call: Call,
    operand: Numbers,
    shape: readonly number[],
    strides: readonly number[],
  ): number {
    const count = shape.reduce((product, side) => product * side, 1);
    const address = call.temporary(count * 4);
    const target = runtime.memory.view(address, count);
    const geometry = { shape, inputOffset: 0, inputStrides: strides, outputOffset: 0 };
    copy(operand, target, { ...geometry, outputStrides: denseStrides(shape) }, 0);
    return address;
  }

  const unary = (kind: UnaryKind, input: Numbers, output: Numbers): void => {
    const code = KINDS.indexOf(kind);
    if (code < 0) {
      reference.unary(kind, input, output);
      return;
    }
    runtime.call((call) => {
      const a = call.input(input);
      dense(code, a, 1, a, 0, call.output(output), output.length);
    });
  };

  const scalar = (kind: ScalarKind, input: Numbers, value: number, output: Numbers): void => {
    const code = KINDS.indexOf(SCALARS[kind] ?? "");
    if (code < 0) {
      reference.scalar(kind, input, value, output);
      return;
    }
    runtime.call((call) => {
      const b = call.numbers([value]);
      dense(code, call.input(input), 1, b, 0, call.output(output), output.length);
    });
  };

  const binary: Kernels["binary"] = (kind: BinaryKind, a, b, output, { shape, aStrides, bStrides }) => {
    if (output.length === 0) return;
    const code = KINDS.indexOf(kind);
    const layout = collapse(shape, aStrides, bStrides);
    const inner = layout.shape.length - 1;
    if (code < 0 || inner > MAX_OUTER) {
      reference.binary(kind, a, b, output, { shape, aStrides, bStrides });
      return;
    }
    runtime.call((call) => {
      const out = call.output(output);
      const steps = [layout.a[inner], layout.b[inner]];
      if (inner === 0 && steps.every((step) => step === 0 || step === 1)) {
        dense(code, call.input(a), steps[0], call.input(b), steps[1], out, output.length);
        return;
      }
      if (!steps.every((step) => step === 0 || step === 1) || layout.shape[inner] < 8) {
        // Lines that are short or scattered: spread what is not dense, then work on one long line.
        const aAt = isDense(shape, aStrides) ? call.input(a) : spread(call, a, shape, aStrides);
        const bAt = isDense(shape, bStrides) ? call.input(b) : spread(call, b, shape, bStrides);
        dense(code, aAt, 1, bAt, 1, out, output.length);
        return;
      }
      const { words, lines } = lineWords(layout);
      const job = runtime.job([code, call.input(a), call.input(b), out, ...words]);
      runtime.threads.run("broadcast", job, lines, output.length * 4);
    });
  };

  const copy = (input: Numbers, output: Numbers, geometry: CopyGeometry, background: number): void => {
    const { shape, inputOffset, inputStrides, outputOffset, outputStrides } = geometry;
    const count = shape.reduce((product, side) => product * side, 1);
    const layout = collapse(shape, inputStrides, outputStrides);
    if (layout.shape.length - 1 > MAX_OUTER) {
      reference.copy(input, output, geometry, background);
      return;
    }
    runtime.call((call) => {
      const to = call.output(output);
      if (count < output.length) runtime.memory.view(to, output.length).fill(background);
      if (count === 0) return;
      const { words, lines } = lineWords(layout);
      const addresses = [call.input(input) + inputOffset * 4, to + outputOffset * 4];
      const job = runtime.job([0, ...addresses, 0, ...words]);
      runtime.threads.run("copyLines", job, lines, count * 4);
    });
  };

  return {
    unary,
    scalar,
    binary,
    copy,
    select: (condition, a, b, output) => {
      runtime.call((call) => {
        const addresses = [call.input(condition), call.input(a), call.input(b), call.output(output)];
        const job = runtime.job([...addresses, output.length]);
        runtime.threads.run("select", job, Math.ceil(output.length / BLOCK), output.length * 4);
      });
    },
  };
}

function denseStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let d = shape.length - 2; d >= 0; d--) strides[d] = strides[d + 1] * shape[d + 1];
  return strides;
}

function isDense(shape: readonly number[], strides: readonly number[]): boolean {
  const dense = denseStrides(shape);
  return shape.every((side, dimension) => side === 1 || strides[dimension] === dense[dimension]);
}
