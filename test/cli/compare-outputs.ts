/** Compares what two runs of a notebook showed: text exactly, floats within a tolerance, figures by what they draw. */
import sharp from "sharp";
import type { CodeCell, JsonValue, MimeBundle, Notebook, Output } from "../../src/cli/notebook/format.js";

/** The differences, in words; none where both runs showed the same. */
export async function differences(committed: Notebook, rerun: Notebook): Promise<string[]> {
  const cells = new Map(codeCells(rerun).map((cell) => [cell.id, cell]));
  const found: string[] = [];
  for (const cell of codeCells(committed)) {
    const other = cells.get(cell.id);
    const problem = other
      ? await compareLists(cell.outputs, other.outputs)
      : "the cell is missing from the new run";
    if (problem !== undefined) found.push(`cell ${cell.id}: ${problem}`);
  }
  return found;
}

function codeCells(notebook: Notebook): CodeCell[] {
  return notebook.cells.filter((cell) => cell.cell_type === "code");
}

async function compareLists(before: Output[], after: Output[]): Promise<string | undefined> {
  const kinds = [before, after].map((list) => list.map(({ output_type: type }) => type).join(", "));
  if (kinds[0] !== kinds[1]) return `had the outputs [${kinds[0]}], now [${kinds[1]}]`;
  for (const [index, output] of before.entries()) {
    const other = after[index];
    const problem = other && (await compareOutputs(output, other));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

async function compareOutputs(before: Output, after: Output): Promise<string | undefined> {
  if (before.output_type === "stream" && after.output_type === "stream") {
    return before.name === after.name ? compareText(before.text, after.text) : "went to another stream";
  }
  if (before.output_type === "error" && after.output_type === "error") {
    return compareText(`${before.ename}: ${before.evalue}`, `${after.ename}: ${after.evalue}`);
  }
  if (!("data" in before) || !("data" in after)) return "another kind of output";
  return compareBundles(before.data, after.data);
}

async function compareBundles(before: MimeBundle, after: MimeBundle): Promise<string | undefined> {
  const types = [before, after].map((bundle) => Object.keys(bundle).sort().join(", "));
  if (types[0] !== types[1]) return `had ${types[0]}, now ${types[1]}`;
  for (const [mime, value] of Object.entries(before)) {
    // Names of widgets, made anew by each run.
    if (mime === "application/vnd.jupyter.widget-view+json") continue;
    const other = after[mime] ?? null;
    let problem: string | undefined;
    if (typeof value !== "string" || typeof other !== "string") problem = compareJson(value, other);
    else if (mime === "text/html") problem = await compareHtml(value, other);
    // Pictures of figures depend on the machine's fonts; the numbers that they draw are in the HTML.
    else if (mime.startsWith("image/")) continue;
    else problem = compareText(value, other);
    if (problem !== undefined) return `${mime}: ${problem}`;
  }
  return undefined;
}

const numbers = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi;

/** Everything but floats exactly; floats within two units of the last place printed, or four digits. */
export function compareText(before: string, after: string): string | undefined {
  if (before === after) return undefined;
  const shapes = [before, after].map((text) => text.replace(numbers, "#").replace(/ +/g, " "));
  const [old, fresh]: string[][] = [before, after].map((text) => [...(text.match(numbers) ?? [])]);
  const same = shapes[0] === shapes[1] && old?.every((number, i) => closeAsPrinted(number, fresh?.[i] ?? ""));
  return same ? undefined : excerpt(before, after);
}

function closeAsPrinted(before: string, after: string): boolean {
  if (!before.includes(".") && !after.includes(".")) return before === after;
  const decimals = Math.min(...[before, after].map((number) => /\.(\d+)/.exec(number)?.[1]?.length ?? 0));
  return closeTo(Number(before), Number(after), 2.001 * 10 ** -decimals);
}

function closeTo(before: number, after: number, absolute: number): boolean {
  const scale = Math.max(Math.abs(before), Math.abs(after));
  return Object.is(before, after) || Math.abs(before - after) <= Math.max(absolute, 1e-4 * scale);
}

function excerpt(before: string, after: string): string {
  const at = Array.from(before).findIndex((sign, i) => sign !== after[i]);
  const from = Math.max(0, at - 30);
  return `had ${JSON.stringify(before.slice(from, from + 90))}, now ${JSON.stringify(after.slice(from, from + 90))}`;
}

export function compareJson(before: JsonValue, after: JsonValue, place = "it"): string | undefined {
  if (typeof before === "number" && typeof after === "number") {
    const whole = Number.isInteger(before) && Number.isInteger(after);
    const close = whole ? before === after : closeTo(before, after, 1e-5);
    return close ? undefined : `${place} was ${before}, is ${after}`;
  }
  if (typeof before === "string" && typeof after === "string") {
    const problem = compareText(before, after);
    return problem === undefined ? undefined : `${place} ${problem}`;
  }
  if (typeof before !== "object" || typeof after !== "object" || before === null || after === null) {
    return before === after
      ? undefined
      : `${place} was ${JSON.stringify(before)}, is ${JSON.stringify(after)}`;
  }
  const [old, fresh] = [before, after].map((object) => new Map(Object.entries(object)));
  if (!old || !fresh || [...old.keys()].join() !== [...fresh.keys()].join())
    return `${place} has other parts`;
  for (const [key, value] of old) {
    const problem = compareJson(value, fresh.get(key) ?? null, `${place}.${key}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

async function compareHtml(before: string, after: string): Promise<string | undefined> {
  if (before === after) return undefined;
  const [old, fresh] = [drawnNumbers(before), drawnNumbers(after)];
  const problem = compareJson(old, fresh, "the figure") ?? compareText(words(before), words(after));
  if (problem !== undefined) return problem;
  const pictures = [before, after].map((html) => [...html.matchAll(/data:image\/png;base64,([\w+/=]+)/g)]);
  const [first = [], second = []] = pictures;
  if (first.length !== second.length) return `had ${first.length} rasters, now ${second.length}`;
  for (const [index, picture] of first.entries()) {
    const apart = await pixelsApart(picture[1] ?? "", second[index]?.[1] ?? "");
    if (apart !== undefined) return `raster ${index}: ${apart}`;
  }
  return undefined;
}

/** A figure's script carries the numbers that it draws as literals; JSON but for what JSON lacks. */
export function drawnNumbers(html: string): JsonValue[] {
  const found = html.matchAll(/^(?:.*\(\{key:.*,)?(scene|initial|controls):(.*),$/gm);
  return [...found].map(([, name = "", literal = ""]): JsonValue => {
    const json = literal.replace(/(?<=[:,[])(NaN|-?Infinity)(?=[,\]}])/g, '"$1"');
    try {
      return [name, JSON.parse(json) as JsonValue];
    } catch {
      return [name, json];
    }
  });
}

/** What HTML says: without its tags, its scripts and so without its identifiers. */
export function words(html: string): string {
  return html
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, " ")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");
}

/** Colours are rounded to 256 levels: numbers that are close may fall one level apart, and two in a colour scale. */
async function pixelsApart(before: string, after: string): Promise<string | undefined> {
  if (before === after) return undefined;
  const [old, fresh] = await Promise.all(
    [before, after].map((base64) =>
      sharp(Buffer.from(base64, "base64")).ensureAlpha().raw().toBuffer({ resolveWithObject: true }),
    ),
  );
  if (!old || !fresh) return "unreadable";
  const sizes = [old, fresh].map(({ info }) => `${info.width} × ${info.height}`);
  if (sizes[0] !== sizes[1]) return `was ${sizes[0]}, is ${sizes[1]}`;
  const worst = old.data.reduce(
    (most, level, i) => Math.max(most, Math.abs(level - (fresh.data[i] ?? 0))),
    0,
  );
  return worst <= 3 ? undefined : `a colour is ${worst} levels off`;
}
