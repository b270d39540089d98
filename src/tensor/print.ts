const edge = 3;
const threshold = 1000;

/**
 * A tensor's numbers as text, as PyTorch prints them: aligned, four digits after the point unless all are whole,
 * and only the edges of a tensor of more than 1000 numbers. Fixed digits keep what a notebook prints the same on
 * every processor.
 */
export function print(shape: readonly number[], data: Float32Array): string {
  const short = data.length > threshold;
  const shown = visible(shape, short).map((index) => data[index] ?? 0);
  const write = format(shown);
  // No spread: a tensor of many short sides shows more numbers than a call takes arguments.
  const width = shown.reduce((most, value) => Math.max(most, write(value).length), 0);
  const block = (dimension: number, start: number, length: number, indent: number): string => {
    const side = shape[dimension];
    if (side === undefined) return write(data[start] ?? 0).padStart(width);
    const step = side === 0 ? 0 : length / side;
    const last = dimension === shape.length - 1;
    const parts = indices(side, short).map((index) =>
      index < 0 ? "…" : block(dimension + 1, start + index * step, step, indent + 1),
    );
    const gap = last ? ", " : `,${"\n".repeat(shape.length - 1 - dimension)}${" ".repeat(indent + 1)}`;
    return `[${parts.join(gap)}]`;
  };
  const name = "tensor(";
  const note = data.length === 0 || short ? `, shape [${shape.join(", ")}]` : "";
  return `${name}${block(0, 0, data.length, name.length)}${note})`;
}

/** The indices of a side that are shown; −1 stands for those left out. */
function indices(side: number, short: boolean): number[] {
  const all = Array.from({ length: side }, (_, index) => index);
  if (!short || side <= 2 * edge) return all;
  return [...all.slice(0, edge), -1, ...all.slice(-edge)];
}

function visible(shape: readonly number[], short: boolean): number[] {
  let offsets = [0];
  for (const side of shape) {
    const kept = indices(side, short).filter((index) => index >= 0);
    offsets = offsets.flatMap((offset) => kept.map((index) => offset * side + index));
  }
  return offsets;
}

/**
 * How to write one number. What a notebook prints must not depend on the processor or the algorithm, whose last
 * bits differ: so only the largest magnitude decides, and whole numbers may be a rounding error off.
 */
function format(values: readonly number[]): (value: number) => string {
  const finite = values.filter(Number.isFinite);
  const largest = finite.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const tidy = (text: string): string => (/^-0(\.0*)?(e[+-]?\d+)?$/.test(text) ? text.slice(1) : text);
  const scientific = largest >= 1e8 || (largest > 0 && largest < 1e-4);
  const whole = finite.every((value) => Math.abs(value - Math.round(value)) <= 1e-6 * Math.max(1, largest));
  return (value) => {
    if (!Number.isFinite(value)) return String(value);
    if (scientific) return tidy(value.toExponential(4));
    return tidy(whole ? String(Math.round(value)) : value.toFixed(4));
  };
}
