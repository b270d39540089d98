/** convlab's one public entry: everything a notebook imports comes from here. */
export * from "./arithmetic/index.js";
export * from "./autograd/index.js";
export * from "./backend/index.js";
export * from "./display/index.js";
export * from "./data/index.js";
export * from "./ops/index.js";
export * from "./tensor/index.js";
