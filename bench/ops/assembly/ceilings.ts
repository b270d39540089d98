// What bounds convlab's convolutions: the register tile, on operands that stay in the first-level cache.

import { tilesOfPanels } from "../../../src/backend/wasm/assembly/tile";
import { tilesOfPairs } from "../../../src/backend/wasm/assembly/wide";

const PANELS: usize = 4096;
const WEIGHTS: usize = 65536;
const OUT: usize = 131072;
/** Depth of the product: eight panels of it are 8 KiB. */
const DEPTH: usize = 32;

/** `count` times four rows by eight panels of eight columns, DEPTH deep: 2 · 4 · 64 · 32 operations each. */
export function tile(count: i32): void {
  for (let i = 0; i < count; i++) {
    tilesOfPanels(WEIGHTS, PANELS, PANELS + 8 * DEPTH * 32, DEPTH * 32, OUT, 256);
  }
}

/** The same with the tile for an engine that revectorises. */
export function tileWide(count: i32): void {
  for (let i = 0; i < count; i++) {
    tilesOfPairs(WEIGHTS, PANELS, PANELS + 8 * DEPTH * 32, DEPTH * 32, OUT, 256);
  }
}
