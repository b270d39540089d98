import { offerBackend } from "./choose.js";
import { createWasmBackend } from "./wasm/index.js";

export { type Algorithm, type Backend } from "./backend.js";
export { backend, backendNames, findBackend, offerBackend, useBackend } from "./choose.js";

offerBackend("wasm", createWasmBackend);
