/** Everything a cell writes or shows, sent under the cell that wrote it. */
import { randomUUID } from "node:crypto";
import { Writable } from "node:stream";
import type { Comms } from "./comms";
import { currentRun } from "./context";
import type { FromExecutor, MimeBundle } from "./messages";

type Send = (message: FromExecutor) => void;

/** `process.stdout` and `process.stderr`, and with them `console`, become streams of the running cell. */
export function redirectStreams(send: Send): void {
  // Graders count any text on stderr as a failure; warnings are none.
  const warningsToStdout = process.env["NBGRADER_EXECUTION"] !== undefined;
  for (const name of ["stdout", "stderr"] as const) {
    const stream = new Writable({
      decodeStrings: false,
      write(chunk: string | Buffer, _encoding: BufferEncoding, done): void {
        const text = typeof chunk === "string" ? chunk : chunk.toString("utf8");
        send({ type: "stream", cell: currentRun().cell, name, text });
        done();
      },
    });
    Object.defineProperty(process, name, { value: stream, configurable: true, enumerable: true });
  }
  if (warningsToStdout) {
    process.removeAllListeners("warning");
    process.on("warning", ({ name, message }) => process.stdout.write(`${name}: ${message}\n`));
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
  Object.defineProperty(globalThis, Symbol.for("convlab.host"), {
    value: Object.freeze(host),
    configurable: true,
  });
  // A terminal's would do nothing here.
  console.clear = () => host.clearOutput();
}
