import { isRecorded, record } from "../autograd/tape.js";
import { build } from "../tensor/create.js";
import { roundHalfToEven } from "../tensor/rounding.js";
import type { Tensor } from "../tensor/tensor.js";
import { compute, view } from "./compute.js";
import { concat } from "./join.js";
import { add, mul, sub } from "./math.js";
import { cellsOf } from "./pick.js";

/** What lies beyond the image: zeros, its border for ever, or the image mirrored. */
export type GridPadding = "zeros" | "border" | "reflection";

export interface Sampling {
  /** Cells of the image on this axis. */
  size: number;
  mode: "bilinear" | "nearest" | "bicubic";
  paddingMode: GridPadding;
  alignCorners: boolean;
}

/** What each place reads on one axis: for every tap its cells, −1 outside, and its weights [batch, 1, rows, columns]. */
export interface Line {
  cells: Float64Array[];
  weights: Tensor[];
}

/** What coordinates between −1 and 1 read of an axis. */
export function lineOf(coordinates: Tensor, sampling: Sampling): Line {
  const { size, mode, paddingMode, alignCorners } = sampling;
  const first = new Float64Array(coordinates.size);
  const slopes = new Float32Array(coordinates.size);
  // How far each place lies past its first cell: what the weights depend on.
  const shares = build(coordinates.shape, (numbers) => {
    view(coordinates).forEach((coordinate, index) => {
      const { position, slope } = placeOf(coordinate, sampling);
      first[index] = Math.floor(position);
      numbers[index] = position - first[index];
      slopes[index] = slope;
    });
  });
  const steps = { nearest: [0], bilinear: [0, 1], bicubic: [-1, 0, 1, 2] }[mode];
  if (isRecorded(coordinates)) {
    const slope = build(coordinates.shape, (numbers) => {
      numbers.set(slopes);
    });
    record(shares, [[coordinates, (g) => mul(g, slope)]], [slope]);
  }
  // Cubics fold each cell that they read, the others the place itself.
  const folded = mode === "bicubic" ? paddingMode : "zeros";
  const cellOf = folds[folded];
  return {
    cells: steps.map((step) => first.map((cell) => cellOf(cell + step, size, alignCorners))),
    weights: weightsOf[mode](shares),
  };
}

const weightsOf: Record<Sampling["mode"], (share: Tensor) => Tensor[]> = {
  // The nearest place is whole, and its share is 0 with a slope of 0.
  nearest: (share) => [sub(1, share)],
  bilinear: (share) => [sub(1, share), share],
  bicubic: (share) => {
    const rest = sub(1, share);
    return [outerCubic(share), innerCubic(share), innerCubic(rest), outerCubic(rest)];
  },
};

// Keys' cubic at `share` and at 1 + `share` from its middle, with a = −0.75 as PyTorch. Source: Keys (1981).
const a = -0.75;

function innerCubic(share: Tensor): Tensor {
  const slope = sub(mul(share, a + 2), a + 3);
  return add(mul(mul(slope, share), share), 1);
}

function outerCubic(share: Tensor): Tensor {
  // a(d³ − 5d² + 8d − 4) at d = 1 + t is a·t·(t − 1)².
  const rest = sub(share, 1);
  return mul(mul(mul(share, rest), rest), a);
}

/** Where on the axis a coordinate lies, in cells, and how fast that moves with the coordinate. */
function placeOf(
  coordinate: number,
  { size, mode, paddingMode, alignCorners }: Sampling,
): { position: number; slope: number } {
  const numeric = Number.isNaN(coordinate) ? -1 : coordinate;
  const unit = alignCorners ? (size - 1) / 2 : size / 2;
  // In single precision, as PyTorch, so that the same cells are the nearest.
  const scaled = unit === 0 ? 0 : Math.fround(Math.fround(numeric + 1) * unit);
  const raw = alignCorners ? scaled : Math.fround(scaled - 0.5);
  let place = { position: raw, slope: unit };
  if (!(Math.abs(raw) < far)) {
    // Further out than any image is large there is no telling where, and nothing moves. A mirror shows the first cell.
    place = { position: paddingMode === "reflection" ? 0 : Math.sign(raw) * far, slope: 0 };
  }
  if (mode !== "bicubic" && paddingMode !== "zeros") {
    if (paddingMode === "reflection") place = mirrored(place, size, alignCorners);
    place = clipped(place, size);
  }
  if (mode !== "nearest") return place;
  return { position: roundHalfToEven(place.position), slope: 0 };
}

/** Kept on the axis; beyond its ends, and on them, nothing moves. */
function clipped({ position, slope }: Place, size: number): Place {
  if (position <= 0) return { position: 0, slope: 0 };
  if (position >= size - 1) return { position: size - 1, slope: 0 };
  return { position, slope };
}

/** Thrown back at the middles of the border cells, or at the image's edges. */
function mirrored({ position, slope }: Place, size: number, alignCorners: boolean): Place {
  const low = alignCorners ? 0 : -0.5;
  const span = alignCorners ? size - 1 : size;
  if (span === 0) return { position: 0, slope: 0 };
  const from = Math.fround(position - low);
  const beyond = Math.abs(from);
  const side = from < 0 ? -slope : slope;
  const extra = beyond % span;
  const odd = Math.floor(beyond / span) % 2 === 1;
  return odd
    ? { position: Math.fround(span - extra + low), slope: -side }
    : { position: Math.fround(extra + low), slope: side };
}

interface Place {
  position: number;
  slope: number;
}

const far = 2 ** 31;

/** The cell of the axis that a cell anywhere stands for; −1 for none. */
const folds: Record<GridPadding, (cell: number, size: number, alignCorners: boolean) => number> = {
  zeros: (cell, size) => (cell >= 0 && cell < size ? cell : -1),
  border: (cell, size) => Math.min(Math.max(cell, 0), size - 1),
  reflection: (cell, size, alignCorners) => {
    // Thrown back at their middles, border cells are met once in each period; at the image's edges twice.
    const period = alignCorners ? Math.max(1, 2 * (size - 1)) : 2 * size;
    const place = ((cell % period) + period) % period;
    return place < size ? place : period - place - (alignCorners ? 0 : 1);
  },
};

/** Every pair's product, the last list's fastest, as one tensor [batch, pairs, rows, columns]. */
export function outer(down: readonly Tensor[], across: readonly Tensor[]): Tensor {
  return concat(
    down.flatMap((one) => across.map((other) => mul(one, other))),
    { dim: 1 },
  );
}

/** The cells of a plane for every pair of a row and a column, as `outer` orders them. */
export function cellsAt(
  down: readonly Float64Array[],
  across: readonly Float64Array[],
  [, , , width]: readonly number[],
  [batch, , rows, columns]: readonly number[],
): Tensor {
  const small = rows * columns;
  return compute([batch, down.length * across.length, rows, columns], (_, numbers) => {
    const cells = cellsOf(numbers);
    let to = 0;
    for (let start = 0; start < batch * small; start += small) {
      for (const ys of down) {
        for (const xs of across) {
          for (let at = start; at < start + small; at++) {
            cells[to++] = ys[at] < 0 || xs[at] < 0 ? -1 : ys[at] * width + xs[at];
          }
        }
      }
    }
  });
}
