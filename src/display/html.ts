import { escapeUTF8 } from "entities/escape";
import { drawChart } from "./client/chart.js";
import { makeKit } from "./client/kit.js";
import { makeProber } from "./client/prober.js";
import { makeWalker } from "./client/walker.js";
import { wake } from "./client/runtime.js";
import type { FigureParts } from "./figure.js";
import { controlStyle, styleSheet } from "./theme.js";

/** What `makeFigure` has drawn already. */
export interface DrawnPicture {
  readonly key: string;
  readonly svg: string;
  readonly width: number;
  readonly height: number;
  /** Rasters that the static picture does not show, by number. */
  readonly spare: ReadonlyMap<number, string>;
}

/**
 * A figure as HTML. The static picture is an image: JupyterLab's sanitiser, through which the outputs of an
 * untrusted notebook go, lets images with their data pass and drops SVG elements, styles and scripts
 * (packages/apputils/src/sanitizer.ts). Where scripts run, the picture itself takes the image's place.
 */
export function figureHtml<D, S, P>(parts: FigureParts<D, S, P>, drawn: DrawnPicture): string {
  const alt = escapeUTF8(parts.alt);
  const image =
    `<img alt="${alt}" width="${drawn.width}" src="${svgAddress(drawn.svg)}" ` +
    `style="display:block;max-width:100%;height:auto">`;
  const spare = [...drawn.spare].map(
    ([index, address]) => `<img alt="" hidden data-spare="${index}" src="${address}">`,
  );
  return (
    `<div class="convlab" data-convlab="${drawn.key}">${image}${spare.join("")}` +
    `<script>${scriptText(parts, drawn.key)}</script></div>`
  );
}

function scriptText<D, S, P>(parts: FigureParts<D, S, P>, key: string): string {
  const pieces = Object.entries(parts.pieces ?? {}).map(
    ([name, piece]) => `${name}:${sourceText(piece as (...values: never[]) => unknown)}`,
  );
  const fields = [
    `key:${literal(key)}`,
    `name:${literal(parts.name)}`,
    `scene:${literal(parts.scene)}`,
    `initial:${literal(parts.initial ?? {})}`,
    `controls:${literal(parts.controls ?? [])}`,
    `style:${literal(styleSheet("auto"))}`,
    `controlStyle:${literal(controlStyle)}`,
    `draw:${sourceText(parts.draw)}`,
    `pieces:{${pieces.join(",")}}`,
    `drawChart:${sourceText(drawChart)}`,
    `makeKit:${sourceText(makeKit)}`,
    `makeProber:${sourceText(makeProber)}`,
    `makeWalker:${sourceText(makeWalker)}`,
  ];
  return `(${sourceText(wake)})({${fields.join(",\n")}})`;
}

/** An SVG as a `data:` address: percent-encoding keeps text shorter than base64 does. */
export function svgAddress(svg: string): string {
  const written = svg.replace(/[%#<>"&\n]/g, (sign) => encodeURIComponent(sign));
  return `data:image/svg+xml;charset=utf-8,${written}`;
}

/**
 * A function's own source, without comments and indentation; safe inside a script element.
 * Client functions hold no text that runs over a line's end, so that lines can be trimmed.
 */
export function sourceText(source: (...values: never[]) => unknown): string {
  return source
    .toString()
    .replace(/\/\*\*[\s\S]*?\*\//g, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("//"))
    .join("\n")
    .replaceAll("</", "<\\/")
    .replaceAll("<!--", "<\\!--");
}

/** Plain data as a JavaScript literal: JSON, and the numbers that JSON lacks. */
export function literal(value: unknown): string {
  // A private-use character marks the numbers; no label holds it unless it was meant to fool us, and then
  // what stands between two of them is a string all the same.
  const written = JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === "string") return part.replaceAll("\ue000", "");
    if (typeof part !== "number") return part;
    if (!Number.isFinite(part)) return `\ue000${part}`;
    return Number(part.toPrecision(7));
  });
  return written
    .replace(/"\ue000(NaN|-?Infinity)"/g, "$1")
    .replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}
