/**
 * Which language a cell is in. A comment in its first line says so for that cell, `// @javascript`; where the cell is
 * nothing but that comment, it holds for those that follow.
 */
export type Language = "typescript" | "javascript";

const directive = /^\s*\/\/[ \t]*@(javascript|typescript)[ \t]*(?:\r?\n|$)/;

export function languageOf(source: string): { language: Language; forAll: boolean } | undefined {
  const found = directive.exec(source);
  if (!found) return undefined;
  const language = found[1] === "javascript" ? "javascript" : "typescript";
  return { language, forAll: source.slice(found[0].length).trim() === "" };
}
