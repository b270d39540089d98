/** Jupyter counts a cursor in Unicode characters, JavaScript in UTF-16 units: an emoji is one there and two here. */

export function toUtf16Offset(text: string, characters: number): number {
  let offset = 0;
  for (let left = characters; left > 0 && offset < text.length; left--) {
    offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  }
  return offset;
}

export function toCharacterOffset(text: string, offset: number): number {
  let characters = 0;
  for (let at = 0; at < offset; characters++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return characters;
}
