export { type ImageOptions, loadImage } from "./images.js";
