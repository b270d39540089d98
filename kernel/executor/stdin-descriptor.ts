/** Descriptor 0 for those who read it at once: `fs.readSync(0, …)` asks for a line, `fs.readFileSync(0)` for all there is. */

type Ask = () => string | null;
type Place = { offset?: number; length?: number } | number | undefined;

/** `ask` blocks until the reader has answered; `null` where nobody can be asked, which is the input's end. */
export function provideDescriptor(ask: Ask): void {
  // The cells' own module, and not the executor's copy.
  const fs = process.getBuiltinModule("node:fs");
  const { readSync, readFileSync } = fs;
  let unread: Uint8Array = new Uint8Array();
  const line = (): Buffer => {
    const answer = ask();
    return Buffer.from(answer === null ? "" : `${answer}\n`);
  };

  const readSome = (...args: [number, NodeJS.ArrayBufferView, Place?, number?]): number => {
    if (args[0] !== 0) return Reflect.apply(readSync, fs, args) as number;
    const [, buffer, place, size] = args;
    const target = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    const asked = typeof place === "object" && place !== null ? place : { offset: place, length: size };
    const { offset = 0, length = target.length - offset } = asked;
    if (length > 0 && unread.length === 0) unread = line();
    const part = unread.subarray(0, Math.min(length, target.length - offset));
    target.set(part, offset);
    unread = unread.subarray(part.length);
    return part.length;
  };

  const readAll = (
    file: unknown,
    options?: { encoding?: BufferEncoding } | BufferEncoding | null,
  ): unknown => {
    if (file !== 0 && file !== "/dev/stdin") return readFileSync(file as number, options as BufferEncoding);
    const content = unread.length > 0 ? Buffer.from(unread) : line();
    unread = new Uint8Array();
    const encoding = typeof options === "string" ? options : options?.encoding;
    return encoding ? content.toString(encoding) : content;
  };

  Object.assign(fs, { readSync: named(readSome, "readSync"), readFileSync: named(readAll, "readFileSync") });
}

function named<F extends object>(made: F, name: string): F {
  return Object.defineProperty(made, "name", { value: name });
}
