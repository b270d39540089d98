/** What an editor asks while its reader writes: each answer is a reply's content. */
import { inspectionText, page } from "./help";
import type { Session } from "./session";
import { toCharacterOffset, toUtf16Offset } from "./text-position";
import { type Content, text } from "./wire";

export class Editor {
  constructor(private readonly session: Session) {}

  async complete(content: Content): Promise<Content> {
    const code = text(content["code"]) ?? "";
    const offset = toUtf16Offset(code, Number(content["cursor_pos"] ?? code.length));
    const { start, end, items } = await this.session.complete(code, offset);
    const range = { cursor_start: toCharacterOffset(code, start), cursor_end: toCharacterOffset(code, end) };
    const types = items.map(({ text: item, kind }) => ({
      text: item,
      type: kind,
      start: range.cursor_start,
      end: range.cursor_end,
    }));
    return {
      status: "ok",
      matches: items.map((item) => item.text),
      ...range,
      metadata: { _jupyter_types_experimental: types },
    };
  }

  async inspect(content: Content): Promise<Content> {
    const code = text(content["code"]) ?? "";
    const offset = toUtf16Offset(code, Number(content["cursor_pos"] ?? code.length));
    const found = await this.session.inspect(code, offset);
    if (!found) return { status: "ok", found: false, data: {}, metadata: {} };
    return {
      status: "ok",
      found: true,
      data: inspectionText(found, Number(content["detail_level"] ?? 0)),
      metadata: {},
    };
  }

  async isComplete(content: Content): Promise<Content> {
    const { status, indent } = await this.session.isComplete(text(content["code"]) ?? "");
    return status === "incomplete" ? { status, indent } : { status };
  }

  /** What `name?` shows in a pager. */
  async help(name: string): Promise<Content> {
    const found = await this.session.inspect(name, name.length);
    return page(found ? inspectionText(found, 1) : { "text/plain": `There is nothing called ${name} here.` });
  }
}
