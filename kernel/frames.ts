/**
 * Length-prefixed messages over a pipe, in V8's serialisation: plain data with its typed arrays intact.
 * The kernel and its executor talk this way, each direction over a pipe of its own.
 */
import { writeSync } from "node:fs";
import { deserialize, serialize } from "node:v8";

const prefixBytes = 4;

export function encodeFrame(message: object): Buffer {
  const body = serialize(message);
  const frame = Buffer.allocUnsafe(prefixBytes + body.length);
  frame.writeUInt32LE(body.length, 0);
  body.copy(frame, prefixBytes);
  return frame;
}

/** Writes before it returns: what was sent is on its way even if the process ends right after. */
export function writeFrameSync(descriptor: number, message: object): void {
  const frame = encodeFrame(message);
  let written = 0;
  while (written < frame.length) written += writeSync(descriptor, frame, written);
}

/** Puts chunks together again; calls `onMessage` for each whole message. */
export function frameDecoder(onMessage: (message: unknown) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let size = 0;
  return (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    for (;;) {
      if (size < prefixBytes) return;
      if (chunks[0].length < prefixBytes) chunks = [Buffer.concat(chunks)];
      const end = prefixBytes + chunks[0].readUInt32LE(0);
      if (size < end) return;
      const whole = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      const rest = whole.subarray(end);
      chunks = rest.length > 0 ? [rest] : [];
      size = rest.length;
      onMessage(deserialize(whole.subarray(prefixBytes, end)));
    }
  };
}
