// What the driver calls: each kernel works on the units [begin, end) of a job (see ../switchboard.ts).

export { fingerprint, magnitude } from "./compare";
export { convolve, convolveWide } from "./convolution";
export { depthwise } from "./depthwise";
export { depthwiseGradient } from "./depthwise-gradient";
export { doubleBilinear, doubleNearest } from "./doubling";
export { doubleBilinearGradient, doubleNearestGradient } from "./doubling-gradient";
export { broadcast, copyLines, elements, select } from "./elementwise";
export { fold } from "./fold";
export { packWeight } from "./packing";
export { pad } from "./pad";
export { adaptivePool, pick, poolWithIndices } from "./picking";
export { averagePool, averagePoolGradient, pool } from "./pooling";
export { reduce, sumPlanes } from "./reduction";
export { resample, resampleGradient } from "./resample";
export { sample, sampleGradient, sampleWeightGradient } from "./sampling";
export { softmax } from "./softmax";
export { packRows, weightGradient } from "./weight-gradient";
export { winograd, winogradWide } from "./winograd";
export { winogradGather, winogradProduct, winogradProductWide, winogradTiles } from "./winograd-gradient";
export { winogradWeight } from "./winograd-weight";
