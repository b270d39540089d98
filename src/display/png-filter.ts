/**
 * A row of a PNG as differences from its neighbours, by whichever of the format's five filters leaves the least
 * (PNG specification, W3C 2003, §9 and the heuristic of §12.8): photographs and smooth pictures get a half
 * smaller. The filter's number stands first.
 *
 * @param above the row before, of zeros for the first
 * @param parts bytes a pixel
 */
export function filteredRow(row: Uint8Array, above: Uint8Array, parts: number): Uint8Array {
  let best = new Uint8Array();
  let least = Infinity;
  for (const [number, predict] of predictors.entries()) {
    const filtered = new Uint8Array(row.length + 1);
    filtered[0] = number;
    let size = 0;
    for (let at = 0; at < row.length; at++) {
      const left = at < parts ? 0 : row[at - parts];
      const corner = at < parts ? 0 : above[at - parts];
      filtered[at + 1] = row[at] - predict(left, above[at], corner);
      size += Math.min(filtered[at + 1], 256 - filtered[at + 1]);
    }
    if (size < least) [least, best] = [size, filtered];
  }
  return best;
}

/** None, left, above, their mean, Paeth's choice: by their numbers. */
const predictors: readonly ((left: number, above: number, corner: number) => number)[] = [
  () => 0,
  (left) => left,
  (_left, above) => above,
  (left, above) => (left + above) >> 1,
  (left, above, corner) => {
    const [a, b, c] = [
      Math.abs(above - corner),
      Math.abs(left - corner),
      Math.abs(left + above - 2 * corner),
    ];
    return a <= b && a <= c ? left : b <= c ? above : corner;
  },
];
