export { type IdxOptions, loadIdx } from "./idx.js";
export { type ImageOptions, loadImage } from "./images.js";
export { type LabelledImages, mnist, type MnistOptions } from "./mnist.js";
