/** Which cells of the source each output reads, and which its tile mixes with them. */
import type { Correlation, CorrelationAxis } from "./correlation.js";
import { type Span, SPREAD, type Tiling } from "./winograd-tiling.js";

/** Of one correlation. */
export interface Reads {
  rows: AxisReads;
  columns: AxisReads;
}

/** Along one axis, for each output: cells of the source. Outputs of one tile share its list. */
interface AxisReads {
  windows: readonly (readonly number[])[];
  tiles: readonly (readonly number[])[];
}

export function readsOf({ vertical, horizontal }: Correlation, tiling: Tiling): Reads {
  return {
    rows: axisReads(vertical, tiling.vertical, tiling, tiling.size.y),
    columns: axisReads(horizontal, tiling.horizontal, tiling, tiling.size.x),
  };
}

/** Cells `first`, `first + step`, … that lie inside the source. */
export function cellsFrom(first: number, step: number, count: number, source: number): number[] {
  const cells = Array.from({ length: count }, (_, index) => first + index * step);
  return cells.filter((cell) => cell >= 0 && cell < source);
}

/** `size` outputs a tile. */
function axisReads(axis: CorrelationAxis, span: Span, tiling: Tiling, size: number): AxisReads {
  const outputs = Array.from({ length: axis.count }, (_, output) => output);
  const windows = outputs.map((output) =>
    axis.taps
      .map(({ offset }) => output * axis.stride + offset)
      .filter((cell) => cell >= 0 && cell < axis.source),
  );
  const known = new Map<number, number[]>();
  const tiles = outputs.map((output) => {
    const { first, count, step } = tiling.backwards
      ? tilesThatReach(output, span, tiling)
      : tileOf(output, span, tiling, size);
    const cells = known.get(first) ?? cellsFrom(first, step, count, axis.source);
    known.set(first, cells);
    return cells;
  });
  return { windows, tiles };
}

interface Stretch {
  first: number;
  step: number;
  count: number;
}

/** What the tile of an output reads. A stride's planes are neighbouring cells again. */
function tileOf(output: number, span: Span, { taps, phases, split }: Tiling, size: number): Stretch {
  const tile = Math.floor(output / phases / size);
  return {
    first: span.first + (output % phases) + tile * size * split * phases,
    step: phases,
    count: (size + taps - 1) * split,
  };
}

/** The source cells of all tiles that are spread over an output. */
function tilesThatReach(output: number, span: Span, { taps }: Tiling): Stretch {
  const place = output + span.first + taps - 1;
  const last = Math.floor(place / SPREAD);
  const first = Math.max(0, Math.ceil((place - (SPREAD + taps - 2)) / SPREAD));
  return { first: first * SPREAD, step: 1, count: (last - first + 1) * SPREAD };
}
