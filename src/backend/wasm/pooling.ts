/** Drives assembly/pooling.ts and assembly/picking.ts. */
import { adaptiveWindows, type Axis } from "../../tensor/window.js";
import type {
  AverageOptions,
  Cells,
  Kernels,
  Numbers,
  PickGeometry,
  PoolGeometry,
  PoolKind,
} from "../backend.js";
import type { Call, Runtime } from "./runtime.js";

export type PoolingKernels = Pick<
  Kernels,
  | "pool2d"
  | "adaptivePool2d"
  | "averagePool2d"
  | "averagePool2dGradient"
  | "scatterAdd"
  | "scatter"
  | "gather"
>;

const Picks = { scatterAdd: 0, scatter: 1, gather: 2 } as const;

export function poolingKernels(runtime: Runtime): PoolingKernels {
  function average(
    kernel: "averagePool" | "averagePoolGradient",
    source: Numbers,
    output: Numbers,
    geometry: PoolGeometry,
    options: AverageOptions,
  ): void {
    runtime.call((call) => {
      const words = windowWords(geometry);
      const divisors = [...averageDivisors(call, geometry, options)];
      const job = runtime.job([call.input(source), call.output(output), 0, 0, 0, ...words, ...divisors]);
      runtime.threads.run(kernel, job, geometry.planes, operations(geometry), rowBytes(geometry));
    });
  }

  function pick(kind: keyof typeof Picks): Kernels["scatter"] {
    return (values, indices, output, { planes, large, small }: PickGeometry) => {
      runtime.call((call) => {
        const addresses = [call.input(values), call.input(words(indices)), call.output(output)];
        const job = runtime.job([...addresses, large, small, Picks[kind]]);
        runtime.threads.run("pick", job, planes, planes * (large / 2 + 2 * small));
      });
    };
  }

  const pool2d: Kernels["pool2d"] = (kind, input, output, indices, geometry) => {
    runtime.call((call) => {
      const operands = picking(call, kind, input, output, indices);
      const job = runtime.job([...operands, ...windowWords(geometry), 0, 0]);
      const kernel = indices ? "poolWithIndices" : "pool";
      runtime.threads.run(kernel, job, geometry.planes, operations(geometry), rowBytes(geometry));
    });
  };

  return {
    pool2d,
    adaptivePool2d: (kind, input, output, indices, { planes, rows, columns }) => {
      if (rows.input % rows.output === 0 && columns.input % columns.output === 0) {
        pool2d(kind, input, output, indices, { planes, rows: blocks(rows), columns: blocks(columns) });
        return;
      }
      runtime.call((call) => {
        const job = runtime.job([
          ...picking(call, kind, input, output, indices),
          ...[rows.input, columns.input, rows.output, columns.output],
          ...[rows, columns].map((axis) => call.integers(adaptiveWindows(axis).flat())),
        ]);
        runtime.threads.run("adaptivePool", job, planes, planes * rows.input * columns.input * 2);
      });
    },
    averagePool2d: (input, output, geometry, options) => {
      average("averagePool", input, output, geometry, options);
    },
    averagePool2dGradient: (gradient, output, geometry, options) => {
      average("averagePoolGradient", gradient, output, geometry, options);
    },
    scatterAdd: pick("scatterAdd"),
    scatter: pick("scatter"),
    gather: pick("gather"),
  };
}

/** The words that jobs of pools begin with. */
function picking(
  call: Call,
  kind: PoolKind,
  input: Numbers,
  output: Numbers,
  indices: Cells | Numbers | undefined,
): number[] {
  const floats = indices instanceof Float32Array;
  const places = indices === undefined ? 0 : call.output(floats ? indices : words(indices));
  return [call.input(input), call.output(output), places, floats ? 1 : 0, kind === "min" ? 1 : 0];
}

/** The same bytes, for a call that copies or places them whatever they mean. */
export function words({ buffer, byteOffset, length }: Cells): Numbers {
  return new Float32Array(buffer, byteOffset, length);
}

function windowWords(geometry: PoolGeometry): number[] {
  const [rows, columns] = [plain(geometry.rows), plain(geometry.columns)];
  return [
    ...[rows.input, columns.input, rows.kernel, columns.kernel, rows.stride, columns.stride],
    ...[rows.dilation, columns.dilation, rows.before, columns.before, rows.output, columns.output],
    ...insideWindows(columns),
  ];
}

/**
 * Scratch of assembly/pooling.ts: a row with its padding, or what four windows read where there are fewer; a row of
 * shares with the zeros around it.
 */
function rowBytes({ columns }: PoolGeometry): number {
  const { input, before, output, stride, kernel, dilation } = plain(columns);
  const span = (Math.max(output, 4) - 1) * stride + kernel * dilation;
  const shares = kernel * dilation + Math.max(output, input + before);
  return Math.max(before + input, span, shares) * 4 + 64;
}

/** Adaptive windows that divide their input evenly, as windows that slide. */
function blocks(axis: Axis): Axis {
  const side = axis.input / axis.output;
  return { ...axis, kernel: side, stride: side };
}

/** The stride of a single window and the dilation of a single tap say nothing, however large: 1. */
export function plain(axis: Axis): Axis {
  const { output, stride, kernel, dilation } = axis;
  return { ...axis, stride: output === 1 ? 1 : stride, dilation: kernel === 1 ? 1 : dilation };
}

/** The windows [first, last) whose taps all lie inside the input. */
function insideWindows({ input, kernel, stride, dilation, before, output }: Axis): [number, number] {
  const first = Math.min(output, Math.ceil(before / stride));
  const last = Math.floor((input - 1 - (kernel - 1) * dilation + before) / stride) + 1;
  return [first, Math.max(first, Math.min(output, last))];
}

/** Addresses of each row's and each column's count of cells; a window is divided by their product. */
function averageDivisors(
  call: Call,
  { rows, columns }: PoolGeometry,
  { countIncludePad, divisor }: AverageOptions,
): [number, number] {
  const counts = (axis: Axis): number[] =>
    Array.from({ length: axis.output }, (_, window) => {
      const start = window * axis.stride - axis.before;
      const end = axis.input + (countIncludePad ? axis.after : 0);
      const low = countIncludePad ? 0 : Math.max(0, Math.ceil(-start / axis.dilation));
      return Math.max(0, Math.min(axis.kernel, Math.ceil((end - start) / axis.dilation)) - low);
    });
  if (divisor === undefined) return [call.numbers(counts(rows)), call.numbers(counts(columns))];
  const ones = new Array<number>(columns.output).fill(1);
  return [call.numbers(new Array<number>(rows.output).fill(divisor)), call.numbers(ones)];
}

function operations({ planes, rows, columns }: PoolGeometry): number {
  return planes * rows.output * columns.output * (4 + rows.kernel * columns.kernel);
}
