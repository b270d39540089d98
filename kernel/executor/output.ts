/** Everything a cell writes or shows, sent under the cell that wrote it. */
import { randomUUID } from "node:crypto";
import { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { inspect } from "node:util";
import type { Comms } from "./comms";
import { currentRun } from "./context";
import type { FromExecutor, MimeBundle } from "./messages";
import { world } from "./world";

type Send = (message: FromExecutor) => void;

/** No message is longer: the kernel may have to let the cell wait between two of them. */
const longest = 65_536;

/**
 * `process.stdout` and `process.stderr`, and with them `console`, become streams of the running cell. They cannot be
 * ended: `pipeline(file, process.stdout)` ends what it writes to, and the next cell wants to be read too.
 */
export function redirectStreams(send: Send): void {
  // Graders count any text on stderr as a failure; warnings are none.
  const warningsToStdout = process.env["NBGRADER_EXECUTION"] !== undefined;
  for (const name of ["stdout", "stderr"] as const) {
    const stream = new CellStream(name, send);
    streams.push(stream);
    Object.defineProperty(process, name, { value: stream, configurable: true, enumerable: true });
  }
  if (warningsToStdout) {
    process.removeAllListeners("warning");
    process.on("warning", ({ name, message }) => process.stdout.write(`${name}: ${message}\n`));
  }
}

const streams: CellStream[] = [];

/** Half a character that a cell has written is shown as one that is wrong when the cell ends. */
export function settleStreams(): void {
  for (const stream of streams) stream.settle();
}

type Written = (error?: Error | null) => void;

/**
 * A stream for its users, but without a state: an interrupt that strikes in the midst of a write, or whoever corks,
 * ends or destroys it, leaves nothing behind that would hold back what is written next.
 */
class CellStream extends Writable {
  readonly fd: number;
  /** Bytes may come in pieces that end in the midst of a character. */
  readonly #decoder = new StringDecoder("utf8");
  readonly #name: "stdout" | "stderr";
  readonly #send: Send;

  constructor(name: "stdout" | "stderr", send: Send) {
    super({ autoDestroy: false, emitClose: false });
    this.fd = name === "stdout" ? 1 : 2;
    this.#name = name;
    this.#send = send;
  }

  override write(chunk: unknown, encoding?: BufferEncoding | Written, written?: Written): boolean {
    const callback = typeof encoding === "function" ? encoding : written;
    if (typeof chunk === "string")
      this.#say(this.#decoded(chunk, typeof encoding === "string" ? encoding : "utf8"));
    else if (ArrayBuffer.isView(chunk)) this.#say(this.#decoder.write(chunk as Buffer));
    else throw new world.TypeError(`write: expected text or bytes, got ${inspect(chunk, { depth: 0 })}`);
    if (callback) process.nextTick(callback);
    return true;
  }

  override end(chunk?: unknown, encoding?: BufferEncoding | (() => void), ended?: () => void): this {
    const callback = [chunk, encoding, ended].find((argument) => typeof argument === "function");
    if (chunk !== undefined && chunk !== null && chunk !== callback)
      this.write(chunk, typeof encoding === "string" ? encoding : "utf8");
    // As a stream that has ended says it, after this turn.
    process.nextTick(() => {
      this.emit("finish");
      if (callback) Reflect.apply(callback as () => void, this, []);
    });
    return this;
  }

  override destroy(): this {
    return this;
  }

  override cork(): void {
    // Nothing is held back.
  }

  override uncork(): void {
    // Nothing has been held back.
  }

  settle(): void {
    this.#say(this.#decoder.end());
  }

  #decoded(text: string, encoding: BufferEncoding): string {
    if (/^utf-?8$/i.test(encoding)) return this.#decoder.end() + text;
    return this.#decoder.write(Buffer.from(text, encoding));
  }

  #say(text: string): void {
    const { cell } = currentRun();
    for (let at = 0; at < text.length;) {
      let next = at + longest;
      // A surrogate pair stays together.
      if (next < text.length && (text.charCodeAt(next - 1) & 0xfc00) === 0xd800) next--;
      this.#send({ type: "stream", cell, name: this.#name, text: text.slice(at, next) });
      at = next;
    }
  }
}

interface DisplayOptions {
  displayId?: string;
  metadata?: object;
}

/** What figures, and whoever else shows things, find under `Symbol.for("convlab.host")`. */
export function provideHost(send: Send, comms: Comms): void {
  const host = {
    display: (data: MimeBundle, { displayId, metadata = {} }: DisplayOptions = {}): void => {
      if (Object.keys(data).length === 0) return;
      send({
        type: "display",
        cell: currentRun().cell,
        data,
        metadata,
        update: false,
        ...(displayId !== undefined && { displayId }),
      });
    },
    updateDisplay: (
      data: MimeBundle,
      displayId: string,
      { metadata = {} }: { metadata?: object } = {},
    ): void => send({ type: "display", cell: currentRun().cell, data, metadata, update: true, displayId }),
    clearOutput: ({ wait = false }: { wait?: boolean } = {}): void =>
      send({ type: "clear", cell: currentRun().cell, wait }),
    page: (data: MimeBundle): void => send({ type: "page", cell: currentRun().cell, data }),
    comm: (
      target: string,
      data: unknown,
      options: { metadata?: object; buffers?: readonly Uint8Array[] } = {},
    ) => comms.open(randomUUID(), target, data, options),
    onComm: (target: string, listener: Parameters<Comms["onOpen"]>[1]): void =>
      comms.onOpen(target, listener),
  };
  Object.defineProperty(world, Symbol.for("convlab.host"), {
    value: Object.freeze(host),
    configurable: true,
  });
}
