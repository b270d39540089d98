/** convlab's one public entry: everything a notebook imports comes from here. */
export * from "./backend/index.js";
export * from "./tensor/index.js";
