/** Documentation as a page of text: `?name` and `name?` in a cell, and hovering. */
import type { Inspection } from "./checker/messages";
import type { MimeBundle } from "./executor/messages";

/** The name that a cell asks about, or undefined for a cell that is code. */
export function helpRequest(code: string): string | undefined {
  const match = /^\s*(?:\?\s*([\w$.]+)|([\w$.]+)\s*\?)\s*$/.exec(code);
  return match?.[1] ?? match?.[2];
}

/** The protocol's pager payload. */
export function page(data: MimeBundle): { source: "page"; data: MimeBundle; start: number } {
  return { source: "page", data, start: 0 };
}

/** Signature and first paragraph at level 0; everything (parameters, errors, examples) at level 1. */
export function inspectionText({ signature, documentation, tags }: Inspection, level: number): MimeBundle {
  const about = level > 0 ? documentation : (documentation.split(/\n\s*\n/)[0] ?? "");
  const plain = [signature, about];
  const markdown = [`\`\`\`typescript\n${signature}\n\`\`\``, about];
  if (level > 0) {
    for (const { name, text } of tags) {
      const isExample = name === "example" && !text.includes("```");
      plain.push(`@${name} ${text}`);
      markdown.push(isExample ? `**example**\n\n\`\`\`typescript\n${text}\n\`\`\`` : `**${name}** ${text}`);
    }
  }
  const join = (parts: string[]): string => parts.filter((part) => part !== "").join("\n\n");
  return { "text/plain": join(plain), "text/markdown": join(markdown) };
}
