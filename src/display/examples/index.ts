import * as convolutionSteps from "./convolution-steps.js";
import * as comparisons from "./comparisons.js";
import type { Example } from "./example.js";
import * as featureMaps from "./feature-maps.js";
import * as networks from "./networks.js";
import * as patterns from "./patterns.js";
import * as windows from "./windows.js";

export type { Example };

/** Every figure's examples, in the gallery's order. */
export const examples: readonly Example[] = [
  convolutionSteps,
  windows,
  featureMaps,
  comparisons,
  patterns,
  networks,
].flatMap((file) => file.examples);
