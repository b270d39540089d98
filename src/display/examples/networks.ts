import type { LayerRecord } from "../../arithmetic/index.js";
import { tensor, type Tensor } from "../../tensor/index.js";
import { networkDiagram } from "../network-diagram.js";
import { receptiveFieldMap } from "../receptive-field-map.js";
import { segmentation } from "../segmentation.js";
import { trainingCurve } from "../training-curve.js";
import type { Example } from "./example.js";
import { testCard } from "./pictures.js";

const strided: readonly LayerRecord[] = [
  { op: "conv2d", name: "conv1", kernel: 3, padding: 1, channels: 4 },
  { op: "conv2d", name: "conv2", kernel: 3, padding: 1, channels: 4 },
  { op: "avgPool2d", name: "pool1", kernel: 2 },
  { op: "conv2d", name: "conv3", kernel: 3, padding: 1, channels: 8 },
  { op: "conv2d", name: "conv4", kernel: 3, padding: 2, dilation: 2, channels: 8 },
];

/** A small encoder–decoder with skips, after Ronneberger et al. (2015). */
export const unet: readonly LayerRecord[] = [
  { op: "conv2d", name: "encode1", kernel: 3, padding: 1, channels: 16 },
  { op: "maxPool2d", name: "down1", kernel: 2 },
  { op: "conv2d", name: "encode2", kernel: 3, padding: 1, channels: 32 },
  { op: "maxPool2d", name: "down2", kernel: 2 },
  { op: "conv2d", name: "middle", kernel: 3, padding: 1, channels: 64 },
  { op: "convTranspose2d", name: "up2", kernel: 2, stride: 2, channels: 32 },
  { op: "concat", name: "skip2", from: ["up2", "encode2"] },
  { op: "conv2d", name: "decode2", kernel: 3, padding: 1, channels: 32 },
  { op: "interpolate", name: "up1", scale: 2 },
  { op: "concat", name: "skip1", from: ["up1", "encode1"] },
  { op: "conv2d", name: "classes", kernel: 1, channels: 3 },
];

/** Three classes on 24 × 24, and the same a little off. */
function shapesMap(shift: number): Tensor {
  const values = new Float32Array(24 * 24);
  for (let index = 0; index < values.length; index++) {
    const y = Math.floor(index / 24);
    const x = (index % 24) - shift;
    if (Math.hypot(x - 7, y - 8) < 5) values[index] = 1;
    if (x > 12 && x < 21 && y > 11 && y < 20 - shift) values[index] = 2;
  }
  return tensor(values, [24, 24]);
}

export const examples: readonly Example[] = [
  {
    name: "receptive-field-map",
    title: "What one unit sees",
    text: "The theoretical box grows layer by layer; the effective field is a blur inside it.",
    make: () => receptiveFieldMap(strided, testCard(48), { weights: "random", seed: 3, position: [8, 14] }),
  },
  {
    name: "network-diagram",
    title: "An encoder–decoder with skips",
    text: "Shapes go down and up again; arcs are the skips; receptive fields and parameters for every layer.",
    make: () => networkDiagram(unet, { input: [3, 64, 64] }),
  },
  {
    name: "training-curve",
    title: "A training run",
    text: "Losses on one chart, scores on another; the epoch whose loss was NaN is left out and counted.",
    make: () =>
      trainingCurve({
        loss: [2.3, 1.4, 0.92, Number.NaN, 0.55, 0.43, 0.36, 0.31],
        validationLoss: [2.1, 1.3, 0.95, 0.81, 0.7, 0.66, 0.65, 0.66],
        accuracy: [0.12, 0.48, 0.66, 0.72, 0.79, 0.83, 0.86, 0.88],
      }),
  },
  {
    name: "segmentation",
    title: "Predictions against the truth",
    text: "Classes in colours that colour-blind readers tell apart, with the overlap of each.",
    make: () =>
      segmentation({
        image: testCard(24),
        predictions: { early: shapesMap(3), late: shapesMap(1) },
        truth: shapesMap(0),
        classes: ["ground", "disc", "box"],
      }),
  },
];
