export {
  convolutionSteps,
  type ConvolutionStepsData,
  type ConvolutionStepsOptions,
} from "./convolution-steps.js";
export { featureMaps, type FeatureMapsData, type FeatureMapsOptions, filters } from "./feature-maps.js";
export { type Figure, type MimeBundle, type PictureOptions, type RasterOptions } from "./figure.js";
export { type ClearOptions, clearOutput, type Host, show, type Shown } from "./host.js";
export { type Theme } from "./theme.js";
export {
  convolutionMatrix,
  type ConvolutionMatrixData,
  type ConvolutionMatrixOptions,
} from "./convolution-matrix.js";
export { pixelUse, type PixelUseData } from "./pixel-use.js";
export { slidingWindow, type SlidingWindowData, type WindowFigureOptions } from "./sliding-window.js";
export { channelStack, type ChannelStackData, type ChannelStackOptions } from "./channel-stack.js";
export {
  poolingComparison,
  type PoolingComparisonData,
  type PoolingComparisonOptions,
  type PoolingKind,
} from "./pooling-comparison.js";
export {
  upsamplingComparison,
  type UpsamplingComparisonData,
  type UpsamplingComparisonOptions,
  type UpsamplingMethod,
} from "./upsampling-comparison.js";
export {
  checkerboard,
  type CheckerboardData,
  type OutputOptions,
  type OverlapOptions,
} from "./checkerboard.js";
export { dilationGrid, type DilationGridData, type DilationGridOptions } from "./dilation-grid.js";
export { networkDiagram, type NetworkDiagramData, type NetworkDiagramOptions } from "./network-diagram.js";
export { receptiveFieldMap, type ReceptiveFieldMapData } from "./receptive-field-map.js";
export {
  segmentation,
  type SegmentationData,
  type SegmentationOptions,
  type SegmentationScores,
} from "./segmentation.js";
export {
  type History,
  trainingCurve,
  type TrainingCurveData,
  type TrainingCurveOptions,
} from "./training-curve.js";
export { html, markdown, svg, type Written } from "./written.js";
export {
  checkbox,
  type Control,
  dropdown,
  interact,
  type Interaction,
  play,
  type PlayOptions,
  slider,
  type SliderOptions,
} from "./interact.js";
