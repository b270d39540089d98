import { escapeText } from "entities";

/** What a terminal would be showing: the attributes in force at one place of the text. */
interface Style {
  bold: boolean;
  faint: boolean;
  italic: boolean;
  underline: boolean;
  strike: boolean;
  inverse: boolean;
  /** 0–15 of the palette, which the page's theme sets, or a CSS colour. */
  colour: number | string | undefined;
  background: number | string | undefined;
}

const plain: Style = {
  bold: false,
  faint: false,
  italic: false,
  underline: false,
  strike: false,
  inverse: false,
  colour: undefined,
  background: undefined,
};

// Control sequences (ECMA-48): CSI … final byte, OSC … BEL or ST, and two-character escapes.
const escapeSequence = /\x1b(?:\[([0-9:;<=>?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])/g;
const otherControls = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

/** Terminal output as HTML: colours and weights become spans, everything else is escaped. */
export function ansiToHtml(text: string): string {
  let html = "";
  let style = plain;
  let end = 0;
  const visible = overwrite(text);
  const append = (part: string): void => {
    const clean = escapeText(part.replace(otherControls, ""));
    if (clean !== "") html += style === plain ? clean : wrap(clean, style);
  };
  for (const match of visible.matchAll(escapeSequence)) {
    append(visible.slice(end, match.index));
    end = match.index + match[0].length;
    if (match[2] === "m") style = applyCodes(style, match[1] ?? "");
  }
  append(visible.slice(end));
  return html;
}

/** Text as a reader without colours sees it. */
export function stripAnsi(text: string): string {
  return overwrite(text).replace(escapeSequence, "").replace(otherControls, "");
}

/** Keeps what stays visible of a progress line that returns to its start (\r) or steps back (\b). */
function overwrite(text: string): string {
  if (!/[\r\b]/.test(text)) return text;
  return text
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => {
      let shown = line;
      while (/[^\b]\x08/.test(shown)) shown = shown.replace(/[^\b]\x08/g, "");
      const parts = shown.split("\r");
      const last = parts.findLast((part) => part.replace(escapeSequence, "") !== "");
      return last ?? "";
    })
    .join("\n");
}

function applyCodes(style: Style, parameters: string): Style {
  const codes = parameters === "" ? [0] : parameters.split(/[;:]/).map(Number);
  let next: Style = { ...style };
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0;
    if (code === 0) next = { ...plain };
    else if (code === 1) next.bold = true;
    else if (code === 2) next.faint = true;
    else if (code === 3) next.italic = true;
    else if (code === 4) next.underline = true;
    else if (code === 7) next.inverse = true;
    else if (code === 9) next.strike = true;
    else if (code === 22) next = { ...next, bold: false, faint: false };
    else if (code === 23) next.italic = false;
    else if (code === 24) next.underline = false;
    else if (code === 27) next.inverse = false;
    else if (code === 29) next.strike = false;
    else if (code >= 30 && code <= 37) next.colour = code - 30;
    else if (code === 39) next.colour = undefined;
    else if (code >= 40 && code <= 47) next.background = code - 40;
    else if (code === 49) next.background = undefined;
    else if (code >= 90 && code <= 97) next.colour = code - 82;
    else if (code >= 100 && code <= 107) next.background = code - 92;
    else if (code === 38 || code === 48) {
      const [colour, used] = extendedColour(codes.slice(i + 1));
      if (code === 38) next.colour = colour;
      else next.background = colour;
      i += used;
    }
  }
  return sameAsPlain(next) ? plain : next;
}

function sameAsPlain(style: Style): boolean {
  return (Object.keys(plain) as (keyof Style)[]).every((key) => style[key] === plain[key]);
}

/** `5;n` (palette of 256) or `2;r;g;b`; returns the colour and how many codes it took. */
function extendedColour(codes: number[]): [number | string | undefined, number] {
  const [kind, a = 0, b = 0, c = 0] = codes;
  if (kind === 5) return [paletteColour(a), 2];
  if (kind === 2) return [`rgb(${byte(a)} ${byte(b)} ${byte(c)})`, 4];
  return [undefined, codes.length];
}

function byte(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}

function paletteColour(index: number): number | string | undefined {
  if (!(index >= 0 && index <= 255)) return undefined;
  if (index < 16) return index;
  if (index >= 232) {
    const grey = 8 + 10 * (index - 232);
    return `rgb(${grey} ${grey} ${grey})`;
  }
  // xterm's 6 × 6 × 6 cube
  const level = (digit: number): number => (digit === 0 ? 0 : 55 + 40 * digit);
  const cube = index - 16;
  return `rgb(${level(Math.floor(cube / 36))} ${level(Math.floor(cube / 6) % 6)} ${level(cube % 6)})`;
}

function wrap(html: string, style: Style): string {
  const classes: string[] = [];
  const css: string[] = [];
  if (style.bold) classes.push("ansi-bold");
  if (style.faint) classes.push("ansi-faint");
  if (style.italic) classes.push("ansi-italic");
  if (style.underline) classes.push("ansi-underline");
  if (style.strike) classes.push("ansi-strike");
  if (style.inverse) classes.push("ansi-inverse");
  if (typeof style.background === "string") {
    css.push(`background:${style.background}`, `color:${isBright(style.background) ? "#000" : "#fff"}`);
  } else {
    if (style.background !== undefined) classes.push(`ansi-bg-${style.background}`);
    if (typeof style.colour === "number") classes.push(`ansi-fg-${style.colour}`);
    // Chosen for some terminal's ground; leaning towards the ink keeps it readable on ours.
    else if (style.colour !== undefined) css.push(`color:color-mix(in oklab,${style.colour} 40%,var(--ink))`);
  }
  const classAttribute = classes.length > 0 ? ` class="${classes.join(" ")}"` : "";
  const styleAttribute = css.length > 0 ? ` style="${css.join(";")}"` : "";
  return `<span${classAttribute}${styleAttribute}>${html}</span>`;
}

function isBright(colour: string): boolean {
  const [red = 0, green = 0, blue = 0] = colour.match(/\d+/g)?.map(Number) ?? [];
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140;
}
