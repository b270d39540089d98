export { type Algorithm, type Backend } from "./backend.js";
export { backend, backendNames, findBackend, offerBackend, useBackend } from "./choose.js";
