import { add, rand, randn, tensor, type Tensor } from "../../src/index.js";
import { Random } from "../../src/tensor/random.js";

let seed = 0;

/** Starts the random inputs again, so that every list of them is the same. */
export function restart(): void {
  seed = 0;
}

export const normal = (...shape: number[]): Tensor => randn(shape, { seed: ++seed });
export const positive = (...shape: number[]): Tensor => add(rand(shape, { seed: ++seed }), 0.5);

/** Numbers 0.06 apart in random order: no step of the check changes which is largest, or crosses 0. */
export function apart(...shape: number[]): Tensor {
  const count = shape.reduce((product, side) => product * side, 1);
  const random = new Random(++seed);
  const order = Array.from({ length: count }, (_, rank) => ({ rank, key: random.uniform() }));
  order.sort((a, b) => a.key - b.key);
  return tensor(
    order.map(({ rank }) => (rank - count / 2 + 0.5) * 0.06),
    shape,
  );
}

export type Sweep = readonly [what: string, fn: (...inputs: Tensor[]) => Tensor, inputs: Tensor[]];
