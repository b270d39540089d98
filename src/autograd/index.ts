export { checkGradients, type CheckOptions } from "./check.js";
export { detach, grad, gradients, type GradientOptions, noGrad } from "./tape.js";
