/** Jupyter messages on the wire: frames, signatures, headers. Protocol 5.4. */
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { userInfo } from "node:os";

export const protocolVersion = "5.4";

export interface Header {
  msg_id: string;
  msg_type: string;
  session: string;
  username: string;
  date: string;
  version: string;
}

export type Content = Record<string, unknown>;

export interface Message {
  /** Routing identities, which ROUTER sockets put in front. */
  identities: Buffer[];
  header: Header;
  parent: Header | Record<string, never>;
  metadata: Record<string, unknown>;
  content: Content;
  buffers: Buffer[];
}

/** What a connection file says. */
export interface ConnectionInfo {
  transport: string;
  ip: string;
  key: string;
  signature_scheme: string;
  shell_port: number;
  iopub_port: number;
  stdin_port: number;
  control_port: number;
  hb_port: number;
  kernel_name?: string;
}

const delimiter = Buffer.from("<IDS|MSG>");

/** Signs and checks messages with the connection's key; an empty key switches signatures off, as the protocol says. */
export class Wire {
  readonly session: string = randomUUID();
  private readonly username: string;

  constructor(
    private readonly key: string,
    private readonly scheme = "hmac-sha256",
  ) {
    if (!/^hmac-[a-z0-9]+$/.test(scheme))
      throw new Error(`Unknown signature scheme ${scheme}; expected hmac-sha256.`);
    this.username = systemUser();
  }

  header(type: string): Header {
    return {
      msg_id: randomUUID(),
      msg_type: type,
      session: this.session,
      username: this.username,
      date: new Date().toISOString(),
      version: protocolVersion,
    };
  }

  message(type: string, content: object, from: Partial<Omit<Message, "header" | "content">> = {}): Message {
    const { identities = [], parent = {}, metadata = {}, buffers = [] } = from;
    return { identities, header: this.header(type), parent, metadata, content: { ...content }, buffers };
  }

  encode({ identities, header, parent, metadata, content, buffers }: Message): Buffer[] {
    const parts = [header, parent, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
    return [...identities, delimiter, Buffer.from(this.sign(parts)), ...parts, ...buffers];
  }

  /** @throws an Error that says what is wrong with frames that are no message, or not signed with the key. */
  decode(frames: readonly Buffer[]): Message {
    const at = frames.findIndex((frame) => frame.equals(delimiter));
    if (at < 0) throw new Error("no delimiter <IDS|MSG>");
    if (frames.length < at + 6)
      throw new Error(`${frames.length - at - 1} frames after the delimiter, expected at least 5`);
    const signature = frames[at + 1];
    const parts = frames.slice(at + 2, at + 6);
    if (this.key !== "") {
      const expected = Buffer.from(this.sign(parts));
      if (signature.length !== expected.length || !timingSafeEqual(signature, expected))
        throw new Error("wrong signature");
    }
    const [header, parent, metadata, content] = parts.map(parseObject);
    if (typeof header["msg_type"] !== "string" || typeof header["msg_id"] !== "string") {
      throw new Error("the header has no msg_type or no msg_id");
    }
    return {
      identities: frames.slice(0, at).map((frame) => Buffer.from(frame)),
      header: header as unknown as Header,
      parent: parent as unknown as Header,
      metadata,
      content,
      buffers: frames.slice(at + 6).map((frame) => Buffer.from(frame)),
    };
  }

  private sign(parts: readonly Buffer[]): string {
    if (this.key === "") return "";
    const hmac = createHmac(this.scheme.slice("hmac-".length), this.key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }
}

function parseObject(frame: Buffer): Record<string, unknown> {
  const value: unknown = JSON.parse(frame.toString("utf8"));
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new Error("a part is not a JSON object");
  return value as Record<string, unknown>;
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return "username"; // A container's user may have no name.
  }
}

/** A field of a content that is to be text. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
