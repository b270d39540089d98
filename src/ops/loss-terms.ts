import type { LossTerms } from "../backend/backend.js";
import { type Derivative, record } from "../autograd/tape.js";
import type { Tensor } from "../tensor/tensor.js";
import { compute, view } from "./compute.js";
import { mul } from "./math.js";
import { sumTo } from "./reduce.js";

// Each term, and the sum of all, is worked out in double precision and rounded once: differences, squares and products
// of float32 numbers may leave float32's range on the way to a mean or a gradient that does not.

export interface Terms {
  kind: LossTerms["kind"];
  /** x, t and, where it is a tensor, w. */
  operands: readonly Tensor[];
  /** w where it is no tensor; 1 by default. */
  constant?: number;
}

/** Each term for itself. */
export function eachTerm(terms: Terms): Tensor {
  return derivative(terms, [0, 0, 0], undefined, 1);
}

/** `share` times the sum of the terms. */
export function sumOfTerms(terms: Terms, share: number): Tensor {
  const { kind, operands, constant = 1 } = terms;
  const output = compute([], (kernels, numbers) => {
    kernels.lossSum({ kind, orders: [0, 0, 0], constant, share }, operands.map(view), numbers);
  });
  const slope = (index: number) => (g: Tensor) => derivative(terms, further([0, 0, 0], index), g, share);
  return record(
    output,
    operands.map((operand, index) => [operand, slope(index)]),
    operands,
  );
}

/** `share` times the gradient, which may be one number for all, times the terms' derivative of those orders. */
function derivative(
  terms: Terms,
  orders: LossTerms["orders"],
  gradient: Tensor | undefined,
  share: number,
): Tensor {
  const { kind, operands, constant = 1 } = terms;
  const output = compute(operands[0].shape, (kernels, numbers) => {
    const given = gradient === undefined ? undefined : view(gradient);
    kernels.lossTerms({ kind, orders, constant, share }, operands.map(view), given, numbers);
  });
  const slope = (index: number) => (g: Tensor) =>
    derivative(terms, further(orders, index), gradient === undefined ? g : mul(g, gradient), share);
  const toGradient = (g: Tensor): Tensor => sumTo(derivative(terms, orders, g, share), gradient?.shape ?? []);
  const rules = operands.map((operand, index): Derivative => [operand, slope(index)]);
  return record(output, [...rules, [gradient, toGradient]], operands);
}

/** Once more by that operand. */
function further([n, i, j]: LossTerms["orders"], index: number): LossTerms["orders"] {
  return [index === 0 ? n + 1 : n, index === 1 ? i + 1 : i, index === 2 ? j + 1 : j];
}
