/** Whether numbers are of such sizes that Winograd's error stays within its bound: see step 5 of ../README.md. */
import type { Call, Runtime } from "./runtime.js";
import type { WinogradPlan } from "./winograd-plan.js";
import { type Reads, readsOf } from "./winograd-reads.js";

/** Beyond this magnitude (and for infinities and NaN) sums in Winograd's domain could overflow: direct it is. */
export const LIMIT = 1e15;

/**
 * How far the largest product of two numbers may exceed the product of typical ones. With normally distributed weights
 * and inputs that is an input of 35 standard deviations, which disturbs its neighbours' outputs by less than 1e-3.
 */
export const RANGE = 64;

/** The largest number that an output reads is so many times the typical one among as many. */
const PEAK = 4;

/** Neighbouring images. */
export interface Images {
  first: number;
  count: number;
}

/** The runs of images of which `odd` says so. */
export function runsOf(odd: readonly boolean[]): Images[] {
  const runs: Images[] = [];
  odd.forEach((one, image) => {
    const last = runs.at(-1);
    if (!one) return;
    if (last !== undefined && last.first + last.count === image) last.count++;
    else runs.push({ first: image, count: 1 });
  });
  return runs;
}

/** Notes the largest magnitude of each of `planes` planes at `source` from `maxima` on, as `frame` does. */
export function noteMagnitudes(
  runtime: Runtime,
  source: number,
  planes: number,
  cells: number,
  maxima: number,
): void {
  runtime.threads.run("planeMagnitudes", runtime.job([source, maxima, cells]), planes, (planes * cells) / 4);
}

/** The largest magnitude of each cell among `channels` planes at `source`, at `out`: room for `cells`, rounded up to four. */
export function cellMagnitudes(
  runtime: Runtime,
  source: number,
  channels: number,
  cells: number,
  out: number,
): Float32Array {
  const job = runtime.job([source, out, channels, cells]);
  runtime.threads.run("cellMagnitudes", job, Math.ceil(cells / 256), (channels * cells) / 4);
  return runtime.memory.view(out, cells);
}

/**
 * Of each of `images` images at `source` whether its outputs would come out worse than the bound allows; `maxima` has the
 * planes' largest magnitudes. It follows from one image and the weights alone.
 */
export function oddImages(
  runtime: Runtime,
  call: Call,
  plan: WinogradPlan,
  source: number,
  images: number,
  maxima: number,
  weightRange: number,
): boolean[] {
  const { groups, frame } = plan;
  const channels = frame.planes / groups;
  const cells = frame.height * frame.width;
  const range = RANGE / weightRange;
  const odd = Array.from({ length: images }, () => false);
  const parts = images * groups;
  const answers = call.temporary(parts * 4);
  if (runtime.comparePeaks(source, maxima, parts, channels, cells, range, LIMIT, answers) === 0) return odd;
  // Peaks are allowed where all around is large.
  const room = call.temporary(Math.ceil(cells / 4) * 16);
  runtime.memory.view(answers, parts).forEach((typical, part) => {
    const image = Math.floor(part / groups);
    if (typical === 0 || odd[image]) return;
    const stays = (): boolean => {
      const sizes = cellMagnitudes(runtime, source + part * channels * cells * 4, channels, cells, room);
      return plan.correlations.every((correlation) =>
        staysNear(sizes, frame.width, readsOf(correlation, plan.tiling), typical, range),
      );
    };
    odd[image] = typical === Infinity || !stays();
  });
  return odd;
}

/**
 * Whether no tile holds a number that is more than `range` times what is typical of the image or of what any of the
 * tile's outputs reads. `sizes` is the source's largest magnitude of each cell, in rows of `width`.
 */
function staysNear(
  sizes: Float32Array,
  width: number,
  { rows, columns }: Reads,
  typical: number,
  range: number,
): boolean {
  const tileLines = new Map<readonly number[], Float32Array>();
  return rows.windows.every((window, y) => {
    const tile = rows.tiles[y];
    const tileLine = tileLines.get(tile) ?? largestOfRows(sizes, width, tile);
    tileLines.set(tile, tileLine);
    if (largestOf(tileLine, undefined) <= range * typical) return true;
    const windowLine = largestOfRows(sizes, width, window);
    return columns.windows.every((columnWindow, x) => {
      const most = largestOf(tileLine, columns.tiles[x]);
      return most <= range * typical || most <= (range * largestOf(windowLine, columnWindow)) / PEAK;
    });
  });
}

/** The largest number of each column in some rows. */
function largestOfRows(sizes: Float32Array, width: number, rows: readonly number[]): Float32Array {
  const line = new Float32Array(width);
  for (const row of rows) {
    const start = row * width;
    for (let x = 0; x < width; x++) {
      const value = sizes[start + x];
      if (value > line[x]) line[x] = value;
    }
  }
  return line;
}

/** The largest number of a line, or of some of its places. */
function largestOf(line: Float32Array, places: readonly number[] | undefined): number {
  let most = 0;
  const count = places === undefined ? line.length : places.length;
  for (let index = 0; index < count; index++) {
    const value = line[places === undefined ? index : places[index]];
    if (value > most) most = value;
  }
  return most;
}
