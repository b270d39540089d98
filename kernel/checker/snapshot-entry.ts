/**
 * What becomes the checker's start-up snapshot: TypeScript loaded, its libraries, Node's types and convlab's own
 * declarations parsed and bound, one cell checked. Bundled into one file and run once by `node --build-snapshot`.
 */
import v8 from "node:v8";
import { Checker } from "./checker";
import { serve } from "./server";
import type { Places } from "./places";

const places = JSON.parse(process.env["CONVLAB_PLACES"] ?? "{}") as Places;
const warm = new Checker(places);
for (const source of [
  'import path from "node:path"; import * as convlab from "convlab";',
  "const xs: number[] = [1]; for (const x of xs.map((y) => y + 1)) console.log(x, Math.max(...xs)); await null; xs",
]) {
  warm.compile(source);
  warm.commit("all");
}
// What editors ask: the code that answers is then compiled already.
warm.inspect("Math.max", 8);
warm.rest();
v8.startupSnapshot.setDeserializeMainFunction(() => serve(warm));
