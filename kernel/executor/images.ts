/** Bytes that are a picture, shown as one. */
import { types } from "node:util";
import type { MimeBundle } from "./messages";

/** The first bytes by which each format is known. */
const signatures: [mime: string, bytes: (number | undefined)[]][] = [
  ["image/png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["image/gif", [0x47, 0x49, 0x46, 0x38]],
  [
    "image/webp",
    [0x52, 0x49, 0x46, 0x46, undefined, undefined, undefined, undefined, 0x57, 0x45, 0x42, 0x50],
  ],
];

export function imageOf(value: unknown): MimeBundle | undefined {
  if (!types.isUint8Array(value)) return undefined;
  const found = signatures.find(([, bytes]) =>
    bytes.every((byte, i) => byte === undefined || value[i] === byte),
  );
  if (!found) return undefined;
  return { [found[0]]: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
}
