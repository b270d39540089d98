/** The nearest whole number, the even one of two: as IEEE 754 and PyTorch round; JavaScript rounds halves upwards. */
export function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
