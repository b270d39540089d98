import { complaint } from "../tensor/errors.js";
import { quoted } from "./sources.js";

/**
 * The bytes that a data URL holds (RFC 2397): percent-encoded, or in Base64. Text in another character set than
 * UTF-8 is rewritten in UTF-8, which is what SVG without a declaration is read as.
 */
export function dataUrlBytes(operation: string, url: string): Uint8Array {
  const refuse = (expected: string): Error => complaint(operation, "path", expected, quoted(url));
  const comma = url.indexOf(",");
  if (comma < 0) throw refuse("a data URL with a comma before its content");
  const parameters = url
    .slice("data:".length, comma)
    .split(";")
    .map((parameter) => parameter.trim().toLowerCase());
  const content = percentDecoded(url.slice(comma + 1));
  if (content === undefined) throw refuse("a data URL in which two hexadecimal digits follow each %");
  const isBase64 = parameters.at(-1) === "base64";
  const bytes = isBase64 ? fromBase64(content) : content;
  if (bytes === undefined) throw refuse("a data URL with content in Base64");
  if (bytes.length === 0) throw refuse("a data URL with content");
  const charset = parameters.find((parameter) => parameter.startsWith("charset="))?.slice("charset=".length);
  if (charset === undefined || !/^text\/|xml/.test(parameters[0])) return bytes;
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset);
  } catch {
    throw refuse(`a data URL in a known character set, not ${JSON.stringify(charset)}`);
  }
  return Buffer.from(decoder.decode(bytes));
}

function percentDecoded(text: string): Buffer | undefined {
  // Signs that are not ASCII may stand as they are, and mean their UTF-8.
  const encoded = Buffer.from(text);
  const decoded = Buffer.alloc(encoded.length);
  let length = 0;
  for (let at = 0; at < encoded.length; at++) {
    if (encoded[at] !== 0x25) {
      decoded[length++] = encoded[at];
      continue;
    }
    const digits = encoded.toString("latin1", at + 1, at + 3);
    if (!/^[0-9a-f]{2}$/i.test(digits)) return undefined;
    decoded[length++] = Number.parseInt(digits, 16);
    at += 2;
  }
  return decoded.subarray(0, length);
}

/** Stricter than Buffer's reading, which passes over what is not Base64. */
function fromBase64(content: Buffer): Buffer | undefined {
  try {
    return Buffer.from(atob(content.toString("latin1")), "latin1");
  } catch {
    return undefined;
  }
}
