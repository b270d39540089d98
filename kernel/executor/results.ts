/** From a cell's last value to the MIME bundle that shows it. */
import { inspect, types } from "node:util";
import type { MimeBundle } from "./messages";
import { imageOf } from "./images";
import { withBuiltins } from "./builtins";
import { tableOf } from "./tables";
import { isError, settled, world } from "./world";

const displaySymbol = Symbol.for("Jupyter.display");

export interface Shown {
  data: MimeBundle;
  metadata: object;
}

/** How an error that is a value, not thrown, reads. */
export type DescribeError = (error: Error) => readonly string[];

/**
 * The value's bundle by its display method where it has one (a flat object MIME → content, or `[data, metadata]`),
 * by what it is otherwise: images in their bytes, tables of what is rectangular, and always text.
 *
 * @throws what the display method throws, and a TypeError for a bundle that is none.
 */
export async function show(value: unknown, describe: DescribeError): Promise<Shown> {
  if (value !== null && (typeof value === "object" || typeof value === "function")) {
    const method = displayMethod(value);
    if (typeof method === "function") return checked(await settled(Reflect.apply(method, value, [])));
  }
  if (isError(value)) return plain(describe(value).join("\n"));
  return withBuiltins(() => {
    const image = imageOf(value);
    const table = image ? undefined : tableIfReadable(value);
    return {
      data: { ...image, ...(table && { "text/html": table }), "text/plain": text(value) },
      metadata: {},
    };
  });
}

function displayMethod(value: object): unknown {
  try {
    return (value as { [displaySymbol]?: unknown })[displaySymbol];
  } catch (error) {
    // A proxy may refuse whatever it is asked; it is shown as the console shows it.
    if (types.isProxy(value)) return undefined;
    throw error;
  }
}

/** Getters and proxies in the rows may throw: the text, which calls none of them, says what is there. */
function tableIfReadable(value: unknown): string | undefined {
  try {
    return tableOf(value);
  } catch {
    return undefined;
  }
}

function plain(content: string): Shown {
  return { data: { "text/plain": content }, metadata: {} };
}

/** No result is longer: a notebook keeps it. */
const longest = 20_000;

/** As the console shows it, uncoloured. */
export function text(value: unknown): string {
  const whole = inspect(value, { depth: 4, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100 });
  if (whole.length <= longest) return whole;
  return `${whole.slice(0, longest)}… (${String(whole.length - longest)} more characters)`;
}

function checked(returned: unknown): Shown {
  const [data, metadata] = Array.isArray(returned) ? (returned as unknown[]) : [returned, {}];
  if (!isRecord(data) || !Object.keys(data).every((key) => key.includes("/"))) {
    throw new world.TypeError(
      `Symbol.for("Jupyter.display") must return an object from MIME type to content, or [data, metadata]; it returned ${text(returned)}`,
    );
  }
  return { data: bundle(data), metadata: isRecord(metadata) ? metadata : {} };
}

/**
 * The bundle as a notebook can keep it: bytes in base64, as Jupyter has images, and text, or whatever JSON can say
 * for the types that are JSON's. What is undefined is left out.
 */
function bundle(data: Record<string, unknown>): MimeBundle {
  const kept: MimeBundle = {};
  for (const [type, content] of Object.entries(data)) {
    if (content === undefined) continue;
    kept[type] = types.isArrayBufferView(content)
      ? Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("base64")
      : content;
    if (typeof kept[type] === "string" || /[/+]json$/.test(type) || Array.isArray(content)) continue;
    throw new world.TypeError(
      `Symbol.for("Jupyter.display") must give text or bytes for ${type}; it gave ${text(content)}`,
    );
  }
  return kept;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
