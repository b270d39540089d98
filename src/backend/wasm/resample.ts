/** Drives assembly/resample.ts, and assembly/doubling.ts where both axes double. */
import type { AxisScale, Kernels, Numbers, ResampleGeometry, TapTable } from "../backend.js";
import type { Call, Runtime } from "./runtime.js";

export type ResampleKernels = Pick<Kernels, "resample" | "resampleGradient">;

type Doubling = "doubleNearest" | "doubleBilinear";

export function resampleKernels(runtime: Runtime): ResampleKernels {
  function byTables(
    kernel: "resample" | "resampleGradient",
    source: Numbers,
    output: Numbers,
    { planes, rows, columns }: ResampleGeometry,
  ): void {
    runtime.call((call) => {
      const job = runtime.job([
        ...[call.input(source), call.output(output)],
        ...[rows.input, columns.input, rows.output, columns.output],
        ...table(call, rows, 1),
        ...table(call, columns, 4),
      ]);
      const operations = planes * rows.output * columns.output * (rows.taps + columns.taps + 2);
      runtime.threads.run(kernel, job, planes, operations, columns.input * 4 + 64);
    });
  }

  function double(
    kernel: Doubling | `${Doubling}Gradient`,
    source: Numbers,
    output: Numbers,
    { planes, rows, columns }: ResampleGeometry,
  ): void {
    runtime.call((call) => {
      const job = runtime.job([call.input(source), call.output(output), rows.input, columns.input]);
      const operations = planes * rows.output * columns.output * 4;
      runtime.threads.run(kernel, job, planes, operations, columns.output * 8 + 128);
    });
  }

  return {
    resample: (input, output, geometry) => {
      if (output.length === 0) return;
      const kernel = doubling(geometry);
      if (kernel === undefined) byTables("resample", input, output, geometry);
      else double(kernel, input, output, geometry);
    },
    resampleGradient: (gradient, output, geometry) => {
      if (output.length === 0) return;
      const kernel = doubling(geometry);
      if (kernel === undefined) byTables("resampleGradient", gradient, output, geometry);
      else double(`${kernel}Gradient`, gradient, output, geometry);
    },
  };
}

/** Taps, and where their indices (times `unit`) and weights are. */
function table(call: Call, { taps, index, weight }: TapTable, unit: number): number[] {
  return [taps, call.integers(unit === 1 ? index : index.map((cell) => cell * unit)), call.numbers(weight)];
}

/** The kernel that doubles height and width as `kind` says, if that is what the geometry does. */
function doubling({ rows, columns, kind }: ResampleGeometry): Doubling | undefined {
  if (kind.name !== "nearest" && kind.name !== "bilinear") return undefined;
  // The nearest cell of output o is ⌊o / 2⌋ for both offsets.
  const doubles = (table: TapTable, { scale, offset }: AxisScale): boolean =>
    table.output === 2 * table.input && scale === 0.5 && (kind.name === "nearest" || offset === 0.5);
  if (!doubles(rows, kind.rows) || !doubles(columns, kind.columns)) return undefined;
  return kind.name === "nearest" ? "doubleNearest" : "doubleBilinear";
}
