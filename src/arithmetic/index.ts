export { effectiveReceptiveField, type EffectiveField, type EffectiveOptions } from "./effective.js";
export { type Explanation } from "./explanation.js";
export {
  explainInputSizes,
  explainSamePadding,
  type InputSizesExplanation,
  type SamePaddingExplanation,
} from "./explanations.js";
export { explainReceptiveField, type FieldExplanation } from "./field-explanation.js";
export { icnr, type IcnrOptions } from "./icnr.js";
export {
  type Layer,
  type LayeredNetwork,
  type LayerOperation,
  type LayerRecord,
  layersOf,
  type Network,
} from "./network.js";
export { type Box, receptiveBox, type ReceptiveBox, type ReceptiveBoxOptions } from "./receptive-box.js";
export {
  type Field,
  type LayerField,
  type Misalignment,
  receptiveField,
  type ReceptiveField,
  type ReceptiveFieldOptions,
} from "./receptive-field.js";
export { type Relationship, relationships } from "./relationships.js";
export { type LayerShape, shapesOf } from "./shapes.js";
export {
  explainOutputSize,
  explainTransposedOutputSize,
  inputSizes,
  type InputSizesOptions,
  samePadding,
  type SamePadding,
  type SamePaddingOptions,
  type SizeExplanation,
} from "./sizes.js";
export { type LayerSummary, summary, type Summary, type SummaryOptions } from "./summary.js";
export { type TableBundle, type Tabular } from "./table.js";
export { type Unread, unreadPixels, type UnreadOptions } from "./unread.js";
