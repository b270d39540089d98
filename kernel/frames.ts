/**
 * Messages over a pipe. The kernel and its executor talk this way, each direction over a pipe of its own.
 *
 * A frame is a mark, the length of what follows, its kind, and then a JSON message with the bytes that it carries, or
 * a piece of text that a cell has written. Who writes may be ended by force in the midst of a frame: the mark, which
 * nobody else knows, shows where the next one begins.
 */

/** Text that a cell has written: the one message of which there may be thousands a second. */
export interface TextMessage {
  type: "stream";
  cell: number;
  name: "stdout" | "stderr";
  text: string;
}

/** Anything else: plain data that JSON can hold, and beside it `buffers`. */
export interface DataMessage {
  type: string;
  buffers?: readonly Uint8Array[];
}

const markBytes = 8;
/** The mark, the length, the kind. */
const headBytes = markBytes + 5;
const kinds = { data: 0, stdout: 1, stderr: 2 } as const;

const encoder = new TextEncoder();
// `ignoreBOM` keeps a byte order mark, as any other character.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Encodes messages for one pipe. Lone surrogates become U+FFFD, as in everything that Node writes. */
export class FrameWriter {
  /** Where text is encoded, again and again. */
  private room = new Uint8Array(1024);

  constructor(private readonly mark: Uint8Array) {}

  /** The frame of a message: to be written, or copied, before the next one is asked for. */
  encode(message: DataMessage | TextMessage): Uint8Array {
    if (isText(message)) return this.text(message);
    const { buffers = [], ...rest } = message;
    const json = encoder.encode(JSON.stringify(rest));
    const size = [json, ...buffers].reduce((sum, part) => sum + 4 + part.byteLength, 0);
    const frame = new Uint8Array(headBytes + size);
    this.begin(frame, kinds.data, size);
    const view = new DataView(frame.buffer);
    let at = headBytes;
    for (const part of [json, ...buffers]) {
      view.setUint32(at, part.byteLength);
      frame.set(part, at + 4);
      at += 4 + part.byteLength;
    }
    return frame;
  }

  private text({ cell, name, text }: TextMessage): Uint8Array {
    // A UTF-16 unit takes three bytes at the most.
    const room = headBytes + 4 + 3 * text.length;
    if (room > this.room.length) this.room = new Uint8Array(2 * room);
    const { written } = encoder.encodeInto(text, this.room.subarray(headBytes + 4));
    this.begin(this.room, kinds[name], 4 + written);
    new DataView(this.room.buffer).setUint32(headBytes, cell);
    return this.room.subarray(0, headBytes + 4 + written);
  }

  private begin(frame: Uint8Array<ArrayBuffer>, kind: number, size: number): void {
    frame.set(this.mark);
    new DataView(frame.buffer).setUint32(markBytes, 1 + size);
    frame[headBytes - 1] = kind;
  }
}

/** Puts chunks together again; calls `onMessage` for each whole message. */
export class FrameReader {
  private bytes = new Uint8Array(65_536);
  private start = 0;
  private end = 0;
  /** Bytes of an unfinished frame in which no other begins. */
  private searched = 0;

  constructor(
    private readonly mark: Uint8Array,
    private readonly onMessage: (message: unknown) => void,
  ) {}

  push(chunk: Uint8Array): void {
    this.append(chunk);
    for (;;) {
      this.start = this.find(this.start, this.end);
      const body = this.start + markBytes + 4;
      if (body > this.end) break;
      const view = new DataView(this.bytes.buffer);
      const next = body + view.getUint32(body - 4);
      const end = Math.min(next, this.end);
      // Where another frame begins inside of this one, this one was never finished.
      const another = this.find(this.start + 1 + this.searched, end);
      if (another <= end - markBytes) this.begin(another);
      else if (next > this.end) {
        this.searched = another - this.start - 1;
        break;
      } else {
        const message = this.read(body, next, view);
        // Before it is handled, which may be ended by force. What only looks like a frame is passed over.
        this.begin(message ? next : this.start + 1);
        if (message) this.onMessage(message);
      }
    }
  }

  private begin(start: number): void {
    this.start = start;
    this.searched = 0;
  }

  private append(chunk: Uint8Array): void {
    const kept = this.end - this.start;
    if (this.end + chunk.length > this.bytes.length) {
      const fits = kept + chunk.length <= this.bytes.length / 2;
      const room = fits ? this.bytes : new Uint8Array(2 * (kept + chunk.length));
      room.set(this.bytes.subarray(this.start, this.end));
      this.bytes = room;
      this.start = 0;
      this.end = kept;
    }
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** Where the first mark begins, from `from` to `end`; where it may begin, at the end. */
  private find(from: number, end: number): number {
    const { mark } = this;
    const bytes = this.bytes.subarray(0, end);
    for (let at = bytes.indexOf(mark[0], from); at >= 0; at = bytes.indexOf(mark[0], at + 1)) {
      let same = 1;
      while (same < markBytes && bytes[at + same] === mark[same]) same++;
      if (same === markBytes || at + same === end) return at;
    }
    return end;
  }

  private read(body: number, next: number, view: DataView): object | undefined {
    const kind = this.bytes[body];
    if (kind === kinds.stdout || kind === kinds.stderr) {
      const text = decoder.decode(this.bytes.subarray(body + 5, next));
      const name = kind === kinds.stdout ? "stdout" : "stderr";
      return { type: "stream", cell: view.getUint32(body + 1), name, text } satisfies TextMessage;
    }
    try {
      const parts: Uint8Array[] = [];
      for (let at = body + 1; at < next;) {
        const end = at + 4 + view.getUint32(at);
        parts.push(this.bytes.slice(at + 4, end));
        at = end;
      }
      const [json, ...buffers] = parts;
      return { ...(JSON.parse(decoder.decode(json)) as object), buffers };
    } catch {
      return undefined;
    }
  }
}

function isText(message: DataMessage | TextMessage): message is TextMessage {
  return message.type === "stream";
}
