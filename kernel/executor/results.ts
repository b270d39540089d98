/** From a cell's last value to the MIME bundle that shows it. */
import { inspect } from "node:util";
import type { MimeBundle } from "./messages";

const displaySymbol = Symbol.for("Jupyter.display");

export interface Shown {
  data: MimeBundle;
  metadata: object;
}

/**
 * The value's bundle by its display method where it has one (a flat object MIME → content, or `[data, metadata]`),
 * by what it is otherwise.
 *
 * @throws what the display method throws, and a TypeError for a bundle that is none.
 */
export async function show(value: unknown): Promise<Shown> {
  if (value !== null && typeof value === "object") {
    const method = (value as { [displaySymbol]?: unknown })[displaySymbol];
    if (typeof method === "function") return checked(await (method as () => unknown).call(value));
  }
  return { data: { "text/plain": text(value) }, metadata: {} };
}

/** As the console shows it, uncoloured. */
export function text(value: unknown): string {
  return inspect(value, { depth: 4, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100 });
}

function checked(returned: unknown): Shown {
  const [data, metadata] = Array.isArray(returned) ? (returned as unknown[]) : [returned, {}];
  if (!isRecord(data) || !Object.keys(data).every((key) => key.includes("/"))) {
    throw new TypeError(
      `Symbol.for("Jupyter.display") must return an object from MIME type to content, or [data, metadata]; it returned ${text(returned)}`,
    );
  }
  return { data, metadata: isRecord(metadata) ? metadata : {} };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
