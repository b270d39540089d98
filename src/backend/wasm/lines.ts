/** Strided layouts of up to two operands, reduced to lines and few outer dimensions. */
export interface Layout {
  shape: number[];
  a: number[];
  b: number[];
}

/** Drops sides of 1 and merges neighbours that both layouts step through evenly. */
export function collapse(shape: readonly number[], a: readonly number[], b: readonly number[]): Layout {
  const result: Layout = { shape: [], a: [], b: [] };
  shape.forEach((side, dimension) => {
    if (side === 1) return;
    const last = result.shape.length - 1;
    if (last >= 0 && result.a[last] === a[dimension] * side && result.b[last] === b[dimension] * side) {
      result.shape[last] *= side;
      result.a[last] = a[dimension];
      result.b[last] = b[dimension];
    } else {
      result.shape.push(side);
      result.a.push(a[dimension]);
      result.b.push(b[dimension]);
    }
  });
  if (result.shape.length === 0) return { shape: [1], a: [1], b: [1] };
  return result;
}

/** Outer dimensions that the kernels take. */
export const MAX_OUTER = 5;

/** The words that follow an elementwise job's operands: the inner line, then the outer dimensions. */
export function lineWords({ shape, a, b }: Layout): { words: number[]; lines: number } {
  const inner = shape.length - 1;
  const outer = shape.slice(0, inner);
  const fill = (values: readonly number[]): number[] => [
    ...values,
    ...new Array<number>(MAX_OUTER - values.length).fill(0),
  ];
  const bytes = (strides: readonly number[]): number[] => fill(strides.slice(0, inner).map((s) => s * 4));
  return {
    words: [shape[inner], a[inner], b[inner], inner, ...fill(outer), ...bytes(a), ...bytes(b)],
    lines: outer.reduce((product, side) => product * side, 1),
  };
}
