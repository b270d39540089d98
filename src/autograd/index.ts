export { checkGradients, type CheckOptions } from "./check.js";
export { grad, gradients, type GradientOptions } from "./gradients.js";
export { detach, noGrad } from "./tape.js";
