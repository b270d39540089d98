import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { refusal } from "../tensor/errors.js";
import { displaySymbol, type MimeBundle } from "./figure.js";

/** Where a value may be shown. A kernel puts its own under `Symbol.for("convlab.host")` of `globalThis`. */
export interface Host {
  /** Shows a bundle under the cell that runs; `displayId` lets it be updated later. */
  display(bundle: MimeBundle, options?: DisplayOptions): void | Promise<void>;
  /** Replaces what was shown under that id, wherever it stands. */
  updateDisplay(
    bundle: MimeBundle,
    displayId: string,
    options?: { metadata?: Metadata },
  ): void | Promise<void>;
  /** Takes away what the running cell has shown and written; with `wait`, once something new takes its place. */
  clearOutput?(options?: { wait?: boolean }): void | Promise<void>;
  /** Opens a two-way channel to the page (Jupyter's comm), where the kernel has one. */
  comm?(
    target: string,
    data: unknown,
    options?: { metadata?: Metadata; buffers?: readonly Uint8Array[] },
  ): Comm;
}

export type Metadata = Readonly<Record<string, unknown>>;

export interface DisplayOptions {
  readonly displayId?: string;
  readonly metadata?: Metadata;
}

/** One end of a two-way channel. */
export interface Comm {
  readonly id: string;
  send(data: unknown, options?: { metadata?: Metadata; buffers?: readonly Uint8Array[] }): void;
  onMessage(listener: (data: unknown, buffers: readonly Uint8Array[]) => void): void;
  close(): void;
}

/** The well-known name under which a kernel supplies its host. */
export const hostSymbol: unique symbol = Symbol.for("convlab.host");

/** Something shown, which can be replaced in place. */
export interface Shown {
  readonly displayId: string;
  /** Replaces what was shown by another value. */
  update(value: unknown): Promise<void>;
}

/** The host of this process: the kernel's own, plain tslab's, Deno's; `undefined` outside a notebook. */
export function findHost(): Host | undefined {
  const own = (globalThis as { [hostSymbol]?: Host })[hostSymbol];
  return own ?? tslabHost() ?? denoHost();
}

/**
 * Shows a value in the middle of a cell. What has the display method shows as its picture, anything else as
 * text. Outside a notebook the text goes to standard output.
 *
 * @returns a promise of a handle whose `update` replaces the picture in place; a value whose bundle is ready
 * at once is shown before `show` returns.
 * @example
 * await show(convolutionSteps(ones([5, 5]), ones([3, 3])));
 */
export function show(value: unknown): Promise<Shown> {
  const host = findHost() ?? consoleHost;
  const displayId = randomUUID();
  const shown: Shown = {
    displayId,
    update: async (next) => {
      const { bundle, metadata } = await bundleOf(next);
      await host.updateDisplay(bundle, displayId, { metadata });
    },
  };
  const ready = bundleOf(value);
  const send = ({ bundle, metadata }: Ready): void | Promise<void> =>
    host.display(bundle, { displayId, metadata });
  const sent = ready instanceof Promise ? ready.then(send) : send(ready);
  return Promise.resolve(sent).then(() => shown);
}

/** What `clearOutput` takes. */
export interface ClearOptions {
  /** Leave what is there until the next output takes its place, so that an animation does not flicker. */
  readonly wait?: boolean;
}

/**
 * Clears the output of the running cell: in this kernel and in Deno's. On a terminal it clears the screen, unless `wait`
 * is set; plain tslab cannot clear, and there it does nothing.
 *
 * @param options `wait` (default false) leaves what is there until the next output comes
 * @throws an Error for an option that is none
 * @example
 * await clearOutput({ wait: true });
 */
export async function clearOutput(options: ClearOptions = {}): Promise<void> {
  const wait = checkClear(options);
  const host = findHost();
  if (host) await host.clearOutput?.({ wait });
  // On a terminal nothing is replaced by what comes next.
  else if (!wait) console.clear();
}

function checkClear(options: unknown): boolean {
  if (typeof options !== "object" || options === null)
    throw refusal("clearOutput", "options", "an object such as { wait: true }", options);
  const [unknown] = Object.keys(options).filter((name) => name !== "wait");
  if (unknown !== undefined) throw refusal("clearOutput", "options", "no other option than wait", options);
  const { wait = false } = options as { wait?: unknown };
  if (typeof wait !== "boolean") throw refusal("clearOutput", "wait", "true or false", wait);
  return wait;
}

interface Ready {
  readonly bundle: MimeBundle;
  readonly metadata?: Metadata;
}

type Returned = MimeBundle | readonly [MimeBundle, Metadata];

/** A value's bundle, by its display method or as text. */
export function bundleOf(value: unknown): Ready | Promise<Ready> {
  const method =
    typeof value === "object" && value !== null
      ? (value as { [displaySymbol]?: unknown })[displaySymbol]
      : undefined;
  if (typeof method !== "function") {
    return { bundle: { "text/plain": typeof value === "string" ? value : inspect(value) } };
  }
  const returned = (method as () => Returned | Promise<Returned>).call(value);
  const split = (whole: Returned): Ready =>
    isPair(whole) ? { bundle: whole[0], metadata: whole[1] } : { bundle: whole };
  return returned instanceof Promise ? returned.then(split) : split(returned);
}

function isPair(whole: Returned): whole is readonly [MimeBundle, Metadata] {
  return Array.isArray(whole);
}

const consoleHost: Host = {
  display: (bundle) => {
    process.stdout.write(bundle["text/plain"] + "\n");
  },
  updateDisplay: (bundle) => {
    process.stdout.write(bundle["text/plain"] + "\n");
  },
};

/** What of tslab is used here: one MIME type a message, and entries that overwrite themselves. */
interface TslabDisplay {
  raw(mime: string, content: string | Uint8Array): unknown;
}

interface Tslab {
  readonly display: TslabDisplay;
  newDisplay(): TslabDisplay;
}

function tslabHost(): Host | undefined {
  const tslab = (globalThis as { __tslab__?: { require(name: string): Tslab } }).__tslab__?.require("tslab");
  if (tslab === undefined) return undefined;
  const entries = new Map<string, TslabDisplay>();
  const send = (entry: TslabDisplay, bundle: MimeBundle): void => {
    // The richest first, as a front-end would choose.
    for (const mime of ["text/html", "image/svg+xml", "image/png", "text/plain"]) {
      const content = bundle[mime];
      if (typeof content !== "string") continue;
      entry.raw(mime, content);
      return;
    }
  };
  return {
    display: (bundle, options = {}) => {
      const entry = options.displayId === undefined ? tslab.display : tslab.newDisplay();
      if (options.displayId !== undefined) entries.set(options.displayId, entry);
      send(entry, bundle);
    },
    updateDisplay: (bundle, displayId) => {
      const entry = entries.get(displayId);
      if (entry !== undefined) send(entry, bundle);
    },
  };
}

/** What of Deno's kernel is used here. */
interface DenoJupyter {
  broadcast(type: string, content: Record<string, unknown>): Promise<void>;
}

function denoHost(): Host | undefined {
  const jupyter = (globalThis as { Deno?: { jupyter?: DenoJupyter } }).Deno?.jupyter;
  if (jupyter === undefined) return undefined;
  const content = (
    data: MimeBundle,
    displayId?: string,
    metadata: Metadata = {},
  ): Record<string, unknown> => ({
    data,
    metadata,
    transient: displayId === undefined ? {} : { display_id: displayId },
  });
  return {
    display: (bundle, options = {}) =>
      jupyter.broadcast("display_data", content(bundle, options.displayId, options.metadata)),
    clearOutput: ({ wait = false } = {}) => jupyter.broadcast("clear_output", { wait }),
    updateDisplay: (bundle, displayId, options = {}) =>
      jupyter.broadcast("update_display_data", content(bundle, displayId, options.metadata)),
  };
}
