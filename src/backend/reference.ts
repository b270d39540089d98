import { heap } from "../tensor/storage.js";
import type { Backend } from "./backend.js";
import * as convolution from "./reference/convolution.js";
import * as elementwise from "./reference/elementwise.js";
import * as linear from "./reference/linear.js";
import * as pooling from "./reference/pooling.js";
import * as reduction from "./reference/reduction.js";
import * as sampling from "./reference/sampling.js";

/**
 * The readable backend: every kernel as plain loops, the formula visible in the code. It is the oracle that the
 * fast ones are compared with, and computes what they leave out.
 */
export const reference: Backend = {
  name: "reference",
  allocate: (length) => heap.allocate(length),
  ...convolution,
  ...pooling,
  ...linear,
  ...elementwise,
  ...reduction,
  ...sampling,
};
