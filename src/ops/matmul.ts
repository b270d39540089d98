import type { MatmulGeometry } from "../backend/backend.js";
import { record } from "../autograd/tape.js";
import { knownOptions, refusal } from "../tensor/errors.js";
import { broadcast, count } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkTensor, compute, view } from "./compute.js";
import { add } from "./math.js";
import { sumTo } from "./reduce.js";
import { expand, reshape } from "./shape.js";

/**
 * The matrix product of the last two dimensions; those before are broadcast. A tensor of rank 1 counts as a row
 * on the left and a column on the right, and that dimension is left out of the result.
 *
 * Throws if the inner sides differ. Source: PyTorch, matmul.
 *
 * @example
 * matmul(tensor([[1, 2], [3, 4]]), tensor([[1, 0], [1, 1]])).toArray();
 * // → [[3, 2], [7, 4]]
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  for (const [argument, value] of [
    ["a", a],
    ["b", b],
  ] as const) {
    if (checkTensor("matmul", argument, value).rank === 0) {
      throw refusal("matmul", argument, "at least one dimension", value);
    }
  }
  const left = a.rank === 1 ? reshape(a, [1, a.size]) : a;
  const right = b.rank === 1 ? reshape(b, [b.size, 1]) : b;
  const inner = left.shape[left.rank - 1];
  if (inner !== right.shape[right.rank - 2]) {
    throw refusal("matmul", "b", `${inner} rows, as a has columns`, b);
  }
  const lead = broadcast("matmul", left.shape.slice(0, -2), right.shape.slice(0, -2));
  const [rows, columns] = [left.shape[left.rank - 2], right.shape[right.rank - 1]];
  const product = multiply(batched(left, lead), batched(right, lead), { a: false, b: false });
  const tail = [...(a.rank === 1 ? [] : [rows]), ...(b.rank === 1 ? [] : [columns])];
  return reshape(product, [...lead, ...tail]);
}

/** As [batch, rows, columns], repeated to the leading dimensions; a batch of 1 stays 1 where it is repeated. */
function batched(input: Tensor, lead: readonly number[]): Tensor {
  const matrix = input.shape.slice(-2);
  if (count(input.shape.slice(0, -2)) === 1) return reshape(input, [1, ...matrix]);
  return reshape(expand(input, [...lead, ...matrix]), [count(lead), ...matrix]);
}

interface Transposed {
  a: boolean;
  b: boolean;
}

/** [batch or 1, r, k] × [batch or 1, k, c]; a transposed operand is stored the other way round. */
function multiply(a: Tensor, b: Tensor, transposed: Transposed): Tensor {
  const [rows, inner] = transposed.a ? [a.shape[2], a.shape[1]] : [a.shape[1], a.shape[2]];
  const columns = transposed.b ? b.shape[1] : b.shape[2];
  const batch = a.shape[0] === 1 ? b.shape[0] : a.shape[0];
  const geometry: MatmulGeometry = {
    batch,
    rows,
    inner,
    columns,
    transposeA: transposed.a,
    transposeB: transposed.b,
    aStep: a.shape[0] === 1 ? 0 : rows * inner,
    bStep: b.shape[0] === 1 ? 0 : inner * columns,
  };
  const output = compute([batch, rows, columns], (kernels, numbers) => {
    kernels.matmul(view(a), view(b), numbers, geometry);
  });
  return record(output, [
    [
      a,
      (g) =>
        sumTo(
          transposed.a
            ? multiply(b, g, { a: transposed.b, b: true })
            : multiply(g, b, { a: false, b: !transposed.b }),
          a.shape,
        ),
    ],
    [
      b,
      (g) =>
        sumTo(
          transposed.b
            ? multiply(g, a, { a: true, b: transposed.a })
            : multiply(a, g, { a: !transposed.a, b: false }),
          b.shape,
        ),
    ],
  ]);
}

/**
 * input · weightᵀ + bias: a dense layer. The last dimension of `input` holds the features; `weight` is
 * out × in.
 *
 * Throws if the features do not fit. Source: PyTorch, linear.
 *
 * @example
 * linear(tensor([1, 2]), tensor([[3, 4], [5, 6], [7, 8]]), { bias: tensor([0, 0, 1]) }).toArray();
 * // → [11, 17, 24]
 */
export function linear(input: Tensor, weight: Tensor, options: { bias?: Tensor } = {}): Tensor {
  knownOptions("linear", options, ["bias"]);
  checkTensor("linear", "input", input);
  checkTensor("linear", "weight", weight, [2]);
  const [outputs, inputs] = weight.shape;
  if (input.rank === 0 || input.shape[input.rank - 1] !== inputs) {
    throw refusal(
      "linear",
      "input",
      `${inputs} features in the last dimension, as weight has columns`,
      input,
    );
  }
  const { bias } = options;
  if (bias !== undefined) {
    checkTensor("linear", "bias", bias);
    if (bias.rank !== 1 || bias.size !== outputs) throw refusal("linear", "bias", `shape [${outputs}]`, bias);
  }
  const lead = input.shape.slice(0, -1);
  const rows = reshape(input, [1, count(lead), inputs]);
  const product = multiply(rows, reshape(weight, [1, outputs, inputs]), { a: false, b: true });
  const shaped = reshape(product, [...lead, outputs]);
  return bias === undefined ? shaped : add(shaped, bias);
}
