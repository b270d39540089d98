import { shortCut } from "../ops/interpolate.js";
import { type TableKind, tapTable } from "../ops/tap-tables.js";
import type { Layer } from "./network.js";
import { scaleOf } from "./shapes.js";

/** How a record's `mode` and `antialias` read together. */
export function kindOf({ mode = "nearest", antialias = false }: Layer): TableKind {
  return antialias && (mode === "bilinear" || mode === "bicubic") ? `antialiased ${mode}` : mode;
}

/**
 * Output cells per input cell of an interpolation on one axis: its scale, unless the input's side is known and the
 * rounded size is what counts (averages over areas, and the sizes that are copied or doubled).
 */
export function ratioOf(layer: Layer, axis: 0 | 1): number {
  const scale = scaleOf(layer);
  const side = layer.op === "interpolate" ? layer.sides?.[axis] : undefined;
  if (side === undefined) return scale;
  const kind = kindOf(layer);
  const ratio = Math.floor(side * scale) / side;
  return kind === "area" || shortCut(kind, kind === "nearest" ? "asymmetric" : "half-pixel", ratio)
    ? ratio
    : scale;
}

/**
 * Which cells an interpolation reads for its outputs from `low` to `high` on one axis, as if it had no border: exact
 * where the input's side is known.
 */
export function resizeReads(
  layer: Layer,
  [low, high]: readonly [number, number],
  axis: 0 | 1,
): [number, number] {
  const kind = kindOf(layer);
  const ratio = ratioOf(layer, axis);
  switch (kind) {
    case "nearest":
      return [Math.floor(low / ratio), Math.floor(high / ratio)];
    case "area":
      return [floorOf(low / ratio), ceilOf((high + 1) / ratio) - 1];
    case "bilinear":
    case "bicubic": {
      const reach = kind === "bicubic" ? 1 : 0;
      const at = (cell: number): number => Math.floor((cell + 0.5) / ratio - 0.5);
      return [at(low) - reach, at(high) + 1 + reach];
    }
    default: {
      const side = layer.sides?.[axis];
      if (side !== undefined && low >= 0 && high < Math.floor(side * ratio)) {
        return tableReads(kind, side, ratio, [low, high]);
      }
      const reach = reachOf(kind, ratio);
      // Cells whose middle lies within the filter; at its very ends it is 0.
      return [floorOf((low + 0.5) / ratio - reach - 0.5) + 1, ceilOf((high + 0.5) / ratio + reach - 0.5) - 1];
    }
  }
}

/** The first and the last cell to which a filter, cut off at the borders, gives a weight: cubics are 0 at places. */
function tableReads(
  kind: TableKind,
  side: number,
  ratio: number,
  [low, high]: readonly [number, number],
): [number, number] {
  const axis = { scale: Math.fround(1 / ratio), offset: 0.5 };
  const { taps, index, weight } = tapTable(kind, side, Math.floor(side * ratio), axis);
  const read = [...index.subarray(low * taps, (high + 1) * taps)].filter(
    (_, tap) => weight[low * taps + tap] !== 0,
  );
  return read.reduce<[number, number]>(
    ([first, last], cell) => [Math.min(first, cell), Math.max(last, cell)],
    [read[0], read[0]],
  );
}

/** How far from its middle an antialiased filter reaches, in input cells. */
export function reachOf(kind: TableKind, ratio: number): number {
  return (kind === "antialiased bicubic" ? 2 : 1) * Math.max(1, 1 / ratio);
}

// A quotient that is whole but for its rounding is whole: 3 / 0.1 is 30.

function floorOf(value: number): number {
  return near(value) ?? Math.floor(value);
}

function ceilOf(value: number): number {
  return near(value) ?? Math.ceil(value);
}

function near(value: number): number | undefined {
  const whole = Math.round(value);
  return Math.abs(value - whole) < 1e-9 * Math.max(1, Math.abs(value)) ? whole : undefined;
}
