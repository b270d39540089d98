/**
 * The module `tslab` as cells see it: tslab's public API (1.0.22, `dist/public.d.ts`) on this kernel's display, so that
 * a notebook written for tslab runs here unchanged. What this file declares is also what cells are checked against.
 */
import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { isUint8Array } from "node:util/types";
import { world } from "./executor/world";

interface Versions {
  tslab: string;
  typescript: string;
  node: string;
}

/** The version of tslab whose API this is, and those of the TypeScript and the Node.js that run cells. */
export const versions: Versions = {
  tslab: "1.0.22",
  // Looked up when a cell first asks for this module (executor/tslab-module.ts): the start has no time for it.
  typescript: "",
  node: process.version,
};

/** Shows content of one MIME type; bytes are sent as base64. */
export interface Display {
  javascript(s: string): void;
  html(s: string): void;
  markdown(s: string): void;
  latex(s: string): void;
  svg(s: string): void;
  png(b: Uint8Array): void;
  jpeg(b: Uint8Array): void;
  gif(b: Uint8Array): void;
  pdf(b: Uint8Array): void;
  text(s: string): void;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tslab's own declaration: a cell that fits there fits here
  raw(contentType: string, b: string | Uint8Array): any;
}

/** What of the kernel's host is used here. */
interface Host {
  display(bundle: Record<string, unknown>, options: { displayId?: string }): void;
  updateDisplay(bundle: Record<string, unknown>, displayId: string): void;
}

const hostSymbol = Symbol.for("convlab.host");

function host(): Host {
  const found = (world as { [hostSymbol]?: Host })[hostSymbol];
  if (!found)
    throw new world.Error("tslab: no kernel runs this code; tslab's display works in a notebook's cells");
  return found;
}

function createDisplay(displayId?: string): Display {
  let isShown = false;
  const show = (caller: string, contentType: unknown, content: unknown): void => {
    if (typeof contentType !== "string" || !contentType.includes("/"))
      throw refusal(caller, "contentType", 'a MIME type such as "text/html"', contentType);
    // A JSON type holds an object; tslab passes it on although its declaration does not say so.
    const isJson = typeof content === "object" && content !== null && /[/+]json$/.test(contentType);
    if (typeof content !== "string" && !isUint8Array(content) && !isJson)
      throw refusal(caller, "content", "a string or a Uint8Array", content);
    const data = isUint8Array(content) ? Buffer.from(content).toString("base64") : content;
    const bundle = { [contentType]: data };
    if (displayId !== undefined && isShown) host().updateDisplay(bundle, displayId);
    else host().display(bundle, displayId === undefined ? {} : { displayId });
    isShown = true;
  };
  return {
    javascript: (s) => show("javascript", "text/javascript", s),
    html: (s) => show("html", "text/html", s),
    markdown: (s) => show("markdown", "text/markdown", s),
    latex: (s) => show("latex", "text/latex", s),
    svg: (s) => show("svg", "image/svg+xml", s),
    png: (b) => show("png", "image/png", b),
    jpeg: (b) => show("jpeg", "image/jpeg", b),
    gif: (b) => show("gif", "image/gif", b),
    pdf: (b) => show("pdf", "application/pdf", b),
    text: (s) => show("text", "text/plain", s),
    raw: (contentType, b) => show("raw", contentType, b),
  };
}

function refusal(caller: string, argument: string, expected: string, came: unknown): Error {
  const shown = inspect(came, { depth: 0, maxStringLength: 60, breakLength: Infinity });
  return new world.TypeError(`tslab.display.${caller}: ${argument}: expected ${expected}, got ${shown}`);
}

/** Gives a display whose first content is shown and whose later contents take the place of the one before. */
export function newDisplay(): Display {
  return createDisplay(randomBytes(8).toString("hex"));
}

/** Shows content under the running cell. */
export const display: Display = createDisplay();
