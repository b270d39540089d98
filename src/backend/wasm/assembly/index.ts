// What the driver calls: each kernel works on the units [begin, end) of a job (see ../switchboard.ts).

export { same, magnitude } from "./compare";
export { convolve, packWeight } from "./convolution";
export { pad } from "./pad";
export { sumPlanes } from "./reduction";
export { packRows, weightGradient } from "./weight-gradient";
export { winograd, winogradWeight } from "./winograd";
export { winogradGather, winogradProduct, winogradTiles } from "./winograd-gradient";
