import { escapeText } from "entities";
import highlighter from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";

highlighter.registerLanguage("typescript", typescript);
highlighter.registerLanguage("json", json);
highlighter.registerLanguage("python", python);
highlighter.registerLanguage("bash", bash);
highlighter.registerLanguage("xml", xml);

const otherNames: Record<string, string> = {
  javascript: "typescript",
  js: "typescript",
  jsx: "tsx",
  console: "bash",
};

/** Source code as HTML spans; a language that is not known stays plain. */
export function highlight(code: string, language: string): string {
  const name = otherNames[language.toLowerCase()] ?? language.toLowerCase();
  if (!highlighter.getLanguage(name)) return escapeText(code);
  return highlighter.highlight(code, { language: name, ignoreIllegals: true }).value;
}
